#include "ops/matmul.h"

#include "autograd/engine_ops.h"
#include "kernels/matmul.h"
#include "ops/common.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

// (batch, m, k) x (batch, k, n), sizes checked.
Tensor batched(const Tensor& a, const Tensor& b, const OptTensor& destination) {
  const Dims shape{a.size(0), a.size(1), b.size(2)};
  Tensor out = destination.defined() ? Tensor(destination) : empty(shape, a.dtype(), a.device());
  if (out.numel() > 0) run(kernels::matmul, out, a, b);
  return with_gradient("matmul", out, {a, b}, [a = save(a), b = save(b)](const Tensor& g, Needs needs) -> Gradients {
    return {needs[0] ? batched(g, transpose(b.get(), 1, 2), {}) : Tensor(), needs[1] ? batched(transpose(a.get(), 1, 2), g, {}) : Tensor()};
  });
}

Dims leading(const Tensor& x) { return Dims(std::span<const int64_t>(x.shape().data(), static_cast<size_t>(x.dim() - 2))); }

Dims joined(Dims batch, std::initializer_list<int64_t> rest) {
  for (const int64_t size : rest) batch.push_back(size);
  return batch;
}

}  // namespace

Tensor matmul(const Tensor& input, const Tensor& other, const OptTensor& out) {
  check<ShapeError>(input.dim() > 0 && other.dim() > 0, "matmul: both tensors must have at least 1 dimension. Got shapes {} and {}.",
                    input.shape(), other.shape());
  check_same_dtype("matmul", "other", other, "input", input);
  check<DtypeError>(input.dtype() != DType::boolean, "matmul: booleans have no products of matrices. Convert with .to(dlx.int64).");
  const Device device = common_device("matmul", {input, other});
  const Tensor a = input.dim() == 1 ? unsqueeze(input, 0) : input, b = other.dim() == 1 ? unsqueeze(other, 1) : other;
  const int64_t m = a.size(a.dim() - 2), k = a.shape().back(), n = b.shape().back();
  check<ShapeError>(b.size(b.dim() - 2) == k,
                    "matmul: the last dimension of input ({}) must equal the {} dimension of other ({}). Got shapes {} and {}.", k,
                    other.dim() == 1 ? "only" : "last but one", b.size(b.dim() - 2), input.shape(), other.shape());
  const Dims batch = broadcast_shape("matmul", leading(a), leading(b));
  Dims shape = batch;
  if (input.dim() > 1) shape.push_back(m);
  if (other.dim() > 1) shape.push_back(n);
  const int64_t count = checked_numel(batch, "matmul");

  OptTensor target;
  if (out.defined()) {
    const Result r("matmul", out, {input, other}, shape, input.dtype(), device);
    check<RuntimeError>(overlap_of(out, input) == Overlap::none && overlap_of(out, other) == Overlap::none,
                        "matmul: out shares memory with an input. Use the result instead.");
    if (out.is_contiguous() && out.dtype() == input.dtype()) target = reshaped(out, {count, m, n});
  }
  // One matrix on the right and rows on the left: the batch is more rows.
  const bool fold = leading(b).empty() && a.dim() > 2;
  Tensor result;
  if (fold) {
    const OptTensor rows = target.defined() ? OptTensor(reshaped(target, {1, count * m, n})) : OptTensor();
    result = batched(unsqueeze(reshape(a, {count * m, k}), 0), unsqueeze(b, 0), rows);
  } else {
    const auto three = [&](const Tensor& x) {
      return reshape(leading(x) == batch ? x : expand(x, joined(batch, {x.size(x.dim() - 2), x.shape().back()})), {count, x.size(x.dim() - 2), x.shape().back()});
    };
    result = batched(a.dim() == 2 && count == 1 ? unsqueeze(a, 0) : three(a), b.dim() == 2 && count == 1 ? unsqueeze(b, 0) : three(b), target);
  }
  if (!out.defined()) return reshape(result, shape);
  if (!target.defined()) copy_untracked(out, reshaped(result, shape));
  return out;
}

Tensor linear(const Tensor& x, const Tensor& weight, const OptTensor& bias) {
  check<ShapeError>(weight.dim() == 2, "linear: weight must have 2 dimensions (out_features, in_features). Got shape {}.", weight.shape());
  check<ShapeError>(x.dim() > 0 && x.shape().back() == weight.size(1),
                    "linear: input has {} features in its last dimension but weight is {}, which takes {}. Got input of shape {}.",
                    x.dim() > 0 ? x.shape().back() : 0, weight.shape(), weight.size(1), x.shape());
  check<DtypeError>(x.dtype() == weight.dtype(), "linear: input is {} but weight is {}. Convert the input with .to(dlx.{}).", x.dtype(), weight.dtype(), weight.dtype());
  check<DtypeError>(x.dtype() != DType::boolean, "linear: input must not be bool.");
  if (bias.defined()) {
    check_shape("linear", "bias", bias, {weight.size(0)});
    check_same_dtype("linear", "bias", bias, "weight", weight);
  }
  const Device device = common_device("linear", {x, weight, bias});
  const int64_t k = weight.size(1), n = weight.size(0);
  Dims shape = x.shape();
  shape[shape.size() - 1] = n;
  int64_t rows = 1;
  for (int64_t d = 0; d + 1 < x.dim(); ++d) rows *= x.size(d);
  const Tensor flat = x.dim() == 2 ? x : reshaped(as_contiguous(x), {rows, k});
  Tensor out = empty(shape, x.dtype(), device);
  if (out.numel() > 0) run(kernels::linear, reshaped(out, {rows, n}), flat, weight, as_contiguous(bias));
  return with_gradient("linear", out, {x, weight, bias},
                       [x = save(x), weight = save(weight), rows, n, k](const Tensor& g, Needs needs) -> Gradients {
    const Tensor g2 = reshape(g, {rows, n});
    return {needs[0] ? reshape(matmul(g2, weight.get()), x.get().shape()) : Tensor(),
            needs[1] ? matmul(t(g2), reshape(x.get(), {rows, k})) : Tensor(),
            needs[2] ? sum(g2, Dims{0}, false, {}) : Tensor()};
  });
}

}  // namespace dlx::ops
