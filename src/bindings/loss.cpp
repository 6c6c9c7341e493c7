#include "ops/loss.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(loss) {
  def<"cross_entropy", &ops::cross_entropy, Autocast::float32>(m);
  def<"nll_loss", &ops::nll_loss, Autocast::float32>(m);
  def<"one_hot", &ops::one_hot>(m);
  def<"ctc_loss", &ops::ctc_loss, Autocast::float32>(m);
  def<"mse_loss", &ops::mse_loss, Autocast::float32>(m);
  def<"l1_loss", &ops::l1_loss, Autocast::float32>(m);
  def<"smooth_l1_loss", &ops::smooth_l1_loss, Autocast::float32>(m);
  def<"huber_loss", &ops::huber_loss, Autocast::float32>(m);
  def<"binary_cross_entropy", &ops::binary_cross_entropy, Autocast::float32>(m);
  def<"binary_cross_entropy_with_logits", &ops::binary_cross_entropy_with_logits, Autocast::float32>(m);
  def<"kl_div", &ops::kl_div, Autocast::float32>(m);
  def<"poisson_nll_loss", &ops::poisson_nll_loss, Autocast::float32>(m);
  def<"gaussian_nll_loss", &ops::gaussian_nll_loss, Autocast::float32>(m);
  def<"soft_margin_loss", &ops::soft_margin_loss, Autocast::float32>(m);
  def<"multilabel_soft_margin_loss", &ops::multilabel_soft_margin_loss, Autocast::float32>(m);
  def<"multi_margin_loss", &ops::multi_margin_loss, Autocast::float32>(m);
  def<"hinge_embedding_loss", &ops::hinge_embedding_loss, Autocast::float32>(m);
  def<"margin_ranking_loss", &ops::margin_ranking_loss, Autocast::float32>(m);
  def<"cosine_embedding_loss", &ops::cosine_embedding_loss, Autocast::float32>(m);
  def<"triplet_margin_loss", &ops::triplet_margin_loss, Autocast::float32>(m);
}

}  // namespace dlx::bindings
