// Losses that ask for a margin between what is right and what is not: compositions.
#include <cstdint>

#include "kernels/loss.h"
#include "ops/activation.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/distance.h"
#include "ops/elementwise.h"
#include "ops/index.h"
#include "ops/loss.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

Operand zero() { return number(0); }

void check_same_ndim(const char* op, const Tensor& a, const Tensor& b, const Tensor& c, const char* names) {
  check<ShapeError>(a.dim() == b.dim() && b.dim() == c.dim(), "{}: {} must have one number of dimensions. Got shapes {}, {} and {}.", op, names, a.shape(),
                    b.shape(), c.shape());
}

}  // namespace

Tensor soft_margin_loss(const Tensor& input, const Tensor& target, Reduction reduction) {
  check_floating("soft_margin_loss", "input", input);
  return reduced(neg(logsigmoid(mul(input, target))), reduction);
}

Tensor multilabel_soft_margin_loss(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction) {
  check<ShapeError>(input.dim() > 0, "multilabel_soft_margin_loss: input must have shape (*, classes). Got {}.", input.shape());
  const Tensor each = binary_cross_entropy_with_logits(input, to(target, {}, input.dtype()), weight, Reduction::none, {});
  return reduced(mean(each, Dims{-1}, false, {}), reduction);
}

Tensor multi_margin_loss(const Tensor& input, const Tensor& target, int64_t p, double margin, const OptTensor& weight, Reduction reduction) {
  check_floating("multi_margin_loss", "input", input);
  check_dtype("multi_margin_loss", "target", target, DType::int64);
  check<ValueError>(p == 1 || p == 2, "multi_margin_loss: p must be 1 or 2. Got {}.", p);
  check<ShapeError>(input.dim() == 1 || input.dim() == 2, "multi_margin_loss: input must have shape (n, classes) or (classes). Got {}.", input.shape());
  const int64_t classes = input.size(-1 + input.dim());
  check<ShapeError>(classes > 0, "multi_margin_loss: input must have at least one class. Got shape {}.", input.shape());
  Dims rows = input.shape();
  rows.erase(input.dim() - 1);
  check<ShapeError>(target.shape() == rows || (input.dim() == 1 && target.shape() == Dims{1}),
                    "multi_margin_loss: input of shape {} takes a target of shape {}. Got {}.", input.shape(), rows, target.shape());
  if (weight.defined()) {
    check_shape("multi_margin_loss", "weight", weight, {classes});
    check_same_dtype("multi_margin_loss", "weight", weight, "input", input);
  }
  const Tensor y = reshape(target, rows);
  // The log-likelihood kernel reads input at the right classes, and names a class that is not there; it ignores none that is meant.
  const Tensor right = neg(nll_loss(input, y, {}, INT64_MIN, Reduction::none));
  Tensor excess = relu(add(sub(input, unsqueeze(right, -1)), number(margin)));
  if (p == 2) excess = mul(excess, excess);
  if (weight.defined()) excess = mul(excess, unsqueeze(reshape(index_select(weight, 0, reshape(y, {-1})), rows), -1));
  const Tensor numbers = arange(Scalar(0), Scalar(classes), Scalar(1), DType::int64, input.device());
  const Tensor loss = div(sum(where(ne(unsqueeze(y, -1), numbers), excess, zero()), Dims{-1}, false, {}), number(static_cast<double>(classes)));
  return reduced(loss, reduction);
}

Tensor hinge_embedding_loss(const Tensor& input, const Tensor& target, double margin, Reduction reduction) {
  check_floating("hinge_embedding_loss", "input", input);
  const Tensor far = where(ne(target, number(1)), relu(sub(number(margin), input)), zero());
  return reduced(add(far, where(ne(target, number(-1)), input, zero())), reduction);
}

Tensor margin_ranking_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin, Reduction reduction) {
  check_same_ndim("margin_ranking_loss", input1, input2, target, "input1, input2 and target");
  return reduced(relu(add(mul(neg(target), sub(input1, input2)), number(margin))), reduction);
}

Tensor cosine_embedding_loss(const Tensor& input1, const Tensor& input2, const Tensor& target, double margin, Reduction reduction) {
  constexpr double kEps = 1e-12;
  check_floating("cosine_embedding_loss", "input1", input1);
  check<ShapeError>((target.dim() == 1 && input1.dim() == 2) || (target.dim() == 0 && input1.dim() == 1),
                    "cosine_embedding_loss: takes inputs (n, d) with a target (n), or (d) with a target (). Got {} and {}.", input1.shape(), target.shape());
  check<ShapeError>(input2.dim() == input1.dim(), "cosine_embedding_loss: input1 and input2 must have one number of dimensions. Got {} and {}.",
                    input1.shape(), input2.shape());
  const DType sums = sum_dtype(input1.dtype());  // in a half kEps would be 0
  const Tensor a = to(input1, {}, sums), b = to(input2, {}, sums);
  const auto dot = [](const Tensor& x, const Tensor& y) { return sum(mul(x, y), Dims{-1}, false, {}); };
  const Tensor cosine = div(dot(a, b), sqrt(mul(add(dot(a, a), number(kEps)), add(dot(b, b), number(kEps)))));
  const Tensor alike = where(eq(target, number(1)), sub(number(1), cosine), zero());
  return to(reduced(add(alike, where(eq(target, number(-1)), relu(sub(cosine, number(margin))), zero())), reduction), {}, input1.dtype());
}

Tensor triplet_margin_loss(const Tensor& anchor, const Tensor& positive, const Tensor& negative, double margin, double p, double eps, bool swap,
                           Reduction reduction) {
  check_same_ndim("triplet_margin_loss", anchor, positive, negative, "anchor, positive and negative");
  check<ValueError>(margin > 0, "triplet_margin_loss: margin must be above 0. Got {}.", margin);
  const Tensor near = pairwise_distance(anchor, positive, p, eps, false);
  Tensor far = pairwise_distance(anchor, negative, p, eps, false);
  if (swap) far = minimum(far, pairwise_distance(positive, negative, p, eps, false));
  return reduced(relu(add(sub(near, far), number(margin))), reduction);
}

}  // namespace dlx::ops
