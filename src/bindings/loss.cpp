#include "ops/loss.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(loss) {
  def<"cross_entropy", &ops::cross_entropy, Autocast::float32>(m);
  def<"nll_loss", &ops::nll_loss, Autocast::float32>(m);
  def<"mse_loss", &ops::mse_loss, Autocast::float32>(m);
}

}  // namespace dlx::bindings
