#include "ops/pool.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(pool) {
  def<"max_pool2d", &ops::max_pool2d>(m);
}

}  // namespace dlx::bindings
