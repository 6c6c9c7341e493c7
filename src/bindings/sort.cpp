#include "ops/sort.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(sort) {
  def<"sort", &ops::sort>(m);
  def<"argsort", &ops::argsort>(m);
  def<"topk", &ops::topk>(m);
  def<"kthvalue", &ops::kthvalue>(m);
  def<"median_dim", &ops::median_dim>(m);
  def<"median", &ops::median>(m);
  def<"mode", &ops::mode>(m);
  def<"unique", &ops::unique>(m);
  def<"searchsorted", &ops::searchsorted>(m);
  def<"bucketize", &ops::bucketize>(m);
  def<"bincount", &ops::bincount>(m);
  def<"quantile", &ops::quantile, Autocast::float32>(m);
}

}  // namespace dlx::bindings
