#include "ops/reduce.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(reduce) {
  def<"sum", &ops::sum>(m);
  def<"mean", &ops::mean>(m);
  def<"amax", &ops::amax>(m);
  def<"amin", &ops::amin>(m);
  def<"max_dim", &ops::max_dim>(m);
  def<"min_dim", &ops::min_dim>(m);
  def<"argmax", &ops::argmax>(m);
  def<"argmin", &ops::argmin>(m);
  def<"all", &ops::all>(m);
  def<"any", &ops::any>(m);
  def<"prod", &ops::prod, Autocast::float32>(m);
  def<"var", &ops::var>(m);
  def<"std", &ops::standard_deviation>(m);
  def<"logsumexp", &ops::logsumexp>(m);
  def<"vector_norm", &ops::vector_norm>(m);
  def<"count_nonzero", &ops::count_nonzero>(m);
  def<"nansum", &ops::nansum>(m);
  def<"nanmean", &ops::nanmean>(m);
}

}  // namespace dlx::bindings
