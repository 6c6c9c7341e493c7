#include "ops/conv.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(conv) {
  def<"conv2d", &ops::conv2d, Autocast::lower>(m);
}

}  // namespace dlx::bindings
