#include "ops/linalg.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(linalg) {
  def<"inv", &ops::inv>(m);
  def<"solve", &ops::solve>(m);
  def<"det", &ops::det>(m);
  def<"slogdet", &ops::slogdet>(m);
  def<"cholesky", &ops::cholesky>(m);
  def<"qr", &ops::qr>(m);
  def<"svd", &ops::svd>(m);
  def<"eigh", &ops::eigh>(m);
  def<"pinv", &ops::pinv>(m);
}

}  // namespace dlx::bindings
