#include "ops/scan.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(scan) {
  def<"cumsum", &ops::cumsum>(m);
  def<"cumprod", &ops::cumprod>(m);
  def<"cummax", &ops::cummax>(m);
  def<"cummin", &ops::cummin>(m);
  def<"logcumsumexp", &ops::logcumsumexp>(m);
  def<"diff", &ops::diff>(m);
}

}  // namespace dlx::bindings
