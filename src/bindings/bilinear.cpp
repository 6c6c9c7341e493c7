#include "ops/bilinear.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(bilinear) {
  def<"bilinear", &ops::bilinear, Autocast::lower>(m);
}

}  // namespace dlx::bindings
