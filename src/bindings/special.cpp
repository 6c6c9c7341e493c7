#include "ops/special.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(special) {
  def<"erf", &ops::erf>(m);
  def<"erfc", &ops::erfc>(m);
  def<"erfinv", &ops::erfinv>(m);
  def<"lgamma", &ops::lgamma>(m);
  def<"digamma", &ops::digamma>(m);
  def<"sinc", &ops::sinc>(m);
  def<"logit", &ops::logit>(m);
  def<"logaddexp", &ops::logaddexp>(m);
  def<"logaddexp2", &ops::logaddexp2>(m);
  def<"xlogy", &ops::xlogy>(m);
}

}  // namespace dlx::bindings
