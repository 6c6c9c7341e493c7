#include "ops/conv.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(conv) {
  def<"conv1d", &ops::conv1d>(m);
  def<"conv2d", &ops::conv2d>(m);
  def<"conv3d", &ops::conv3d>(m);
  def<"conv_transpose1d", &ops::conv_transpose1d>(m);
  def<"conv_transpose2d", &ops::conv_transpose2d>(m);
  def<"conv_transpose3d", &ops::conv_transpose3d>(m);
}

}  // namespace dlx::bindings
