#include "ops/norm.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(norm) {
  def<"batch_norm", &ops::batch_norm>(m);
}

}  // namespace dlx::bindings
