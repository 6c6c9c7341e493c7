#include "ops/loss.h"

#include "kernels/loss.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/softmax.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// Scores and targets as rows: (rows, classes) and (rows). `moved` is input with its classes last.
struct Rows {
  Tensor scores, target;
  Dims shape;  // of the loss without reduction
};

// `soft`: what else a target may be, for the message.
Rows as_rows(const char* op, const Tensor& input, const Tensor& target, const OptTensor& weight, const char* soft = "") {
  check_floating(op, "input", input);
  check<ShapeError>(input.dim() >= 1, "{}: input must have shape (n, classes, *) or (classes). Got {}.", op, input.shape());
  check<DtypeError>(target.dtype() == DType::int64 || target.dtype() == DType::int32 || target.dtype() == DType::uint8,
                    "{}: target must hold class indices of dtype int64{}. Got {} of shape {}, input of shape {}.", op, soft, target.dtype(), target.shape(), input.shape());
  const int64_t class_dim = input.dim() == 1 ? 0 : 1, classes = input.size(class_dim);
  Dims shape = input.shape();
  shape.erase(class_dim);
  check<ShapeError>(target.shape() == shape, "{}: input of shape {} takes a target of shape {}. Got {}.", op, input.shape(), shape, target.shape());
  check<ShapeError>(classes > 0, "{}: input must have at least one class. Got shape {}.", op, input.shape());
  if (weight.defined()) {
    check_shape(op, "weight", weight, {classes});
    check_same_dtype(op, "weight", weight, "input", input);
    check<RuntimeError>(!autograd::requires_grad(weight), "{}: weight must not require a gradient.", op);
  }
  common_device(op, {input, target, weight});
  Tensor scores = input;
  if (input.dim() > 2) {
    Dims order;
    for (int64_t d = 0; d < input.dim(); ++d)
      if (d != 1) order.push_back(d);
    order.push_back(1);
    scores = permute(input, order);
  }
  const int64_t rows = target.numel();
  if (scores.dim() != 2) scores = reshape(scores, {rows, classes});  // else itself: a view's gradient would be copied
  return {scores, reshaped(as_contiguous(as_dtype(target, DType::int64)), {rows}), shape};
}

// Losses of rows to what was asked for: themselves, their sum, or their mean by row weight.
Tensor reduced(const Tensor& loss, const Tensor& row_weight, const Dims& shape, Reduction reduction, DType dtype) {
  switch (reduction) {
    case Reduction::none: return to(reshape(loss, shape), {}, dtype);
    case Reduction::sum: return to(sum(loss, {}, false, {}), {}, dtype);
    case Reduction::mean: break;
  }
  return to(div(sum(loss, {}, false, {}), sum(row_weight, {}, false, {})), {}, dtype);
}

Tensor distribution(const Dims& shape, DType dtype, const Tensor& target, const OptTensor& weight, int64_t ignore_index, double label_smoothing) {
  Tensor d = empty(shape, dtype, target.device());
  if (d.numel() > 0) run(kernels::target_distribution, d, target, weight, ignore_index, label_smoothing);
  return d;
}

// Cross entropy with probabilities as targets.
Tensor soft_cross_entropy(const Tensor& input, const Tensor& target, const OptTensor& weight, Reduction reduction, double s) {
  check_floating("cross_entropy", "input", input);
  const int64_t class_dim = input.dim() == 1 ? 0 : 1, classes = input.size(class_dim);
  check<ShapeError>(classes > 0, "cross_entropy: input must have at least one class. Got shape {}.", input.shape());
  Tensor t = s > 0 ? add(mul(target, number(1 - s)), number(s / static_cast<double>(classes))) : target;
  if (weight.defined()) {
    check_shape("cross_entropy", "weight", weight, {classes});
    Dims shape(input.dim(), 1);
    shape[class_dim] = classes;
    t = mul(t, reshape(weight, shape));
  }
  const Tensor loss = neg(sum(mul(log_softmax(input, class_dim, {}), t), Dims{class_dim}, false, {}));
  if (reduction == Reduction::none) return loss;
  const Tensor total = sum(loss, {}, false, {});
  const double rows = static_cast<double>(input.numel() / classes);
  return reduction == Reduction::sum ? total : div(total, number(rows));
}

}  // namespace

Tensor cross_entropy(const Tensor& input, const Tensor& target, const OptTensor& weight, int64_t ignore_index, Reduction reduction, double label_smoothing) {
  check<ValueError>(label_smoothing >= 0 && label_smoothing <= 1, "cross_entropy: label_smoothing must be in [0, 1]. Got {}.", label_smoothing);
  if (is_floating(target.dtype()) && target.shape() == input.shape() && input.dim() > 0) {
    check<ValueError>(ignore_index < 0, "cross_entropy: ignore_index={} means class indices, but target holds probabilities.", ignore_index);
    return soft_cross_entropy(input, target, weight, reduction, label_smoothing);
  }
  const Rows rows = as_rows("cross_entropy", input, target, weight, ", or probabilities of input's shape");
  const Tensor& x = rows.scores;
  const DType sums = sum_dtype(x.dtype());
  const Dims n{x.size(0)};
  Tensor loss = empty(n, sums, x.device()), row_weight = empty(n, sums, x.device()), peaks = empty({x.size(0), 2}, sums, x.device());
  const OptTensor w = as_contiguous(weight);
  if (x.size(0) > 0) run(kernels::cross_entropy, loss, row_weight, peaks, as_contiguous(x), rows.target, w, ignore_index, label_smoothing);
  loss = with_gradient("cross_entropy", loss, {x}, [x = save(x), target = save(rows.target), w = save(w), peaks, ignore_index, label_smoothing](const Tensor& g) {
    const Tensor scores = x.get();
    if (thread_state.grad_enabled) {
      const Tensor d = distribution(scores.shape(), scores.dtype(), target.get(), w.get(), ignore_index, label_smoothing);
      const Tensor mass = sum(d, Dims{1}, true, {});
      return mul(to(unsqueeze(g, 1), {}, scores.dtype()), sub(mul(softmax(scores, 1, {}), mass), d));
    }
    Tensor out = empty(scores.shape(), scores.dtype(), scores.device());
    if (out.numel() > 0)
      run(kernels::cross_entropy_backward, out, as_contiguous(g), as_contiguous(scores), target.get(), peaks, w.get(), ignore_index, label_smoothing);
    return out;
  });
  return reduced(loss, row_weight, rows.shape, reduction, input.dtype());
}

Tensor nll_loss(const Tensor& input, const Tensor& target, const OptTensor& weight, int64_t ignore_index, Reduction reduction) {
  const Rows rows = as_rows("nll_loss", input, target, weight);
  const Tensor& x = rows.scores;
  const DType sums = sum_dtype(x.dtype());
  Tensor loss = empty({x.size(0)}, sums, x.device()), row_weight = empty({x.size(0)}, sums, x.device());
  const OptTensor w = as_contiguous(weight);
  if (x.size(0) > 0) run(kernels::nll_loss, loss, row_weight, as_contiguous(x), rows.target, w, ignore_index);
  loss = with_gradient("nll_loss", loss, {x}, [shape = x.shape(), target = save(rows.target), w = save(w), ignore_index, dtype = x.dtype()](const Tensor& g) {
    if (!thread_state.grad_enabled) {
      Tensor out = empty(shape, dtype, g.device());
      if (out.numel() > 0) run(kernels::nll_loss_backward, out, as_contiguous(g), target.get(), w.get(), ignore_index);
      return out;
    }
    const Tensor d = distribution(shape, dtype, target.get(), w.get(), ignore_index, 0);
    return neg(mul(d, to(unsqueeze(g, 1), {}, dtype)));
  });
  return reduced(loss, row_weight, rows.shape, reduction, input.dtype());
}

Tensor one_hot(const Tensor& index, int64_t num_classes) {
  check_dtype("one_hot", "tensor", index, DType::int64);
  check<ValueError>(num_classes >= -1, "one_hot: num_classes must be -1 or a number of classes. Got {}.", num_classes);
  int64_t classes = num_classes;
  if (index.numel() == 0) {
    check<ValueError>(classes >= 0, "one_hot: the number of classes cannot be told from no elements. Give num_classes.");
  } else {
    const int64_t low = host_scalar(amin(index, {}, false), "one_hot").to<int64_t>(), high = host_scalar(amax(index, {}, false), "one_hot").to<int64_t>();
    if (classes < 0) classes = high == INT64_MAX ? high : high + 1;
    check<IndexError>(low >= 0, "one_hot: class {} is out of range; classes are not negative.", low);
    check<IndexError>(high < classes, "one_hot: class {} is out of range for {} classes; it must be in [0, {}].", high, classes, classes - 1);
  }
  const Tensor numbers = arange(Scalar(0), Scalar(classes), Scalar(1), DType::int64, index.device());
  return to(eq(unsqueeze(index, -1), numbers), {}, DType::int64);
}

}  // namespace dlx::ops
