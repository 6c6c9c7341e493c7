#include "ops/pool.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(pool) {
  def<"adaptive_avg_pool1d", &ops::adaptive_avg_pool1d>(m);
  def<"adaptive_avg_pool2d", &ops::adaptive_avg_pool2d>(m);
  def<"adaptive_avg_pool3d", &ops::adaptive_avg_pool3d>(m);
  def<"adaptive_max_pool1d", &ops::adaptive_max_pool1d>(m);
  def<"adaptive_max_pool2d", &ops::adaptive_max_pool2d>(m);
  def<"adaptive_max_pool3d", &ops::adaptive_max_pool3d>(m);
  def<"avg_pool1d", &ops::avg_pool1d>(m);
  def<"avg_pool2d", &ops::avg_pool2d>(m);
  def<"avg_pool3d", &ops::avg_pool3d>(m);
  def<"max_pool1d", &ops::max_pool1d>(m);
  def<"max_pool2d", &ops::max_pool2d>(m);
  def<"max_pool3d", &ops::max_pool3d>(m);
  def<"max_unpool", &ops::max_unpool>(m);
}

}  // namespace dlx::bindings
