#include "ops/conv.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(conv) {
  def<"conv1d", &ops::conv1d, Autocast::lower>(m);
  def<"conv2d", &ops::conv2d, Autocast::lower>(m);
  def<"conv3d", &ops::conv3d, Autocast::lower>(m);
  def<"conv_transpose1d", &ops::conv_transpose1d, Autocast::lower>(m);
  def<"conv_transpose2d", &ops::conv_transpose2d, Autocast::lower>(m);
  def<"conv_transpose3d", &ops::conv_transpose3d, Autocast::lower>(m);
}

}  // namespace dlx::bindings
