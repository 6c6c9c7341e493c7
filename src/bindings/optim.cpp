#include "ops/optim.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(optim) {
  def<"sgd_step", &ops::sgd_step>(m);
  def<"adam_step", &ops::adam_step>(m);
  def<"rmsprop_step", &ops::rmsprop_step>(m);
  def<"adagrad_step", &ops::adagrad_step>(m);
}

}  // namespace dlx::bindings
