#include "ops/loss.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(loss) {
  def<"cross_entropy", &ops::cross_entropy>(m);
  def<"nll_loss", &ops::nll_loss>(m);
  def<"mse_loss", &ops::mse_loss>(m);
}

}  // namespace dlx::bindings
