#include "ops/optim.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(optim) {
  def<"sgd_step", &ops::sgd_step>(m);
  def<"adam_step", &ops::adam_step>(m);
  def<"rmsprop_step", &ops::rmsprop_step>(m);
  def<"adagrad_step", &ops::adagrad_step>(m);
  def<"total_norm", &ops::total_norm>(m);
  def<"clip_to_norm", &ops::clip_to_norm>(m);
  def<"clip_to_value", &ops::clip_to_value>(m);
}

}  // namespace dlx::bindings
