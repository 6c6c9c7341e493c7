#include "core/loop.h"

#include <array>

namespace dlx {
namespace {

// The stride of `x` along dimension d of `shape`, to which it broadcasts; 0 where it repeats.
int64_t broadcast_stride(const Tensor& x, const Dims& shape, int64_t d) {
  const int64_t own = d - (shape.size() - x.dim());
  return own < 0 || x.size(own) == 1 ? 0 : x.stride(own);
}

using Strides = std::array<std::array<int64_t, kMaxDims>, kMaxLoopOperands>;

// Sorts dimensions so that the fastest comes first: insertion by the first operand whose two strides both move and differ.
void sort_dimensions(const Dims& shape, Strides& strides,  // not const: GCC would warn of what is not yet written
                      size_t operands, int64_t* order) {
  const int64_t ndim = shape.size();
  for (int64_t i = 0; i < ndim; ++i) order[i] = ndim - 1 - i;
  const auto slower = [&](int64_t a, int64_t b) {  // > 0: a belongs after b
    for (size_t k = 0; k < operands; ++k) {
      const int64_t x = strides[k][static_cast<size_t>(a)], y = strides[k][static_cast<size_t>(b)];
      if (x == 0 || y == 0) continue;
      if (x != y) return x < y ? -1 : 1;
      if (shape[a] > shape[b]) return 1;
    }
    return 0;
  };
  for (int64_t i = 1; i < ndim; ++i) {
    int64_t moving = i;
    for (int64_t j = i - 1; j >= 0; --j) {
      const int relation = slower(order[j], order[moving]);
      if (relation > 0) {
        std::swap(order[j], order[moving]);
        moving = j;
      } else if (relation < 0) {
        break;
      }
    }
  }
}

}  // namespace

void plan_loop(LoopPlan& plan, const Tensor& out, std::span<const Tensor* const> inputs) {
  const int operands = static_cast<int>(inputs.size()) + 1;
  plan.operands = operands;
  plan.numel = out.numel();
  bool flat = out.is_contiguous();
  for (int i = 0; i < operands; ++i) {
    const Tensor& x = i == 0 ? out : *inputs[static_cast<size_t>(i - 1)];
    plan.data[i] = static_cast<char*>(x.raw_data());
    plan.dtype[i] = x.dtype();
    flat = flat && (x.numel() == 1 || (x.is_contiguous() && x.shape() == out.shape()));
  }
  if (flat) {  // nothing to sort, which is nearly every call
    plan.ndim = 1;
    plan.size[0] = plan.numel;
    plan.contiguous = true;
    for (int i = 0; i < operands; ++i) {
      const Tensor& x = i == 0 ? out : *inputs[static_cast<size_t>(i - 1)];
      plan.stride[i][0] = x.numel() == 1 && plan.numel != 1 ? 0 : itemsize(plan.dtype[i]);
    }
    return;
  }
  Strides strides;
  const Dims& shape = out.shape();
  const int64_t ndim = shape.size();
  for (int i = 0; i < operands; ++i) {
    const Tensor& x = i == 0 ? out : *inputs[static_cast<size_t>(i - 1)];
    for (int64_t d = 0; d < ndim; ++d)
      strides[static_cast<size_t>(i)][static_cast<size_t>(d)] = broadcast_stride(x, shape, d) * itemsize(x.dtype());
  }
  int64_t order[kMaxDims];
  sort_dimensions(shape, strides, static_cast<size_t>(operands), order);
  int n = 0;
  for (int64_t k = 0; k < ndim; ++k) {
    const size_t d = static_cast<size_t>(order[k]);
    const int64_t size = shape[order[k]];
    if (size == 1) continue;
    plan.size[n] = size;
    for (int i = 0; i < operands; ++i) plan.stride[i][n] = strides[static_cast<size_t>(i)][d];
    ++n;
  }
  if (n == 0) {
    plan.size[0] = 1;
    for (int i = 0; i < operands; ++i) plan.stride[i][0] = itemsize(plan.dtype[i]);
    n = 1;
  }
  plan.ndim = n;
  merge_dimensions(plan);
}

void merge_dimensions(LoopPlan& plan) {
  int n = 0;
  for (int d = 1; d < plan.ndim; ++d) {
    bool merges = true;
    for (int i = 0; merges && i < plan.operands; ++i) merges = plan.stride[i][d] == plan.stride[i][n] * plan.size[n];
    if (merges) {
      plan.size[n] *= plan.size[d];
      continue;
    }
    plan.size[++n] = plan.size[d];
    for (int i = 0; i < plan.operands; ++i) plan.stride[i][n] = plan.stride[i][d];
  }
  plan.ndim = n + 1;
  plan.contiguous = n == 0 && plan.stride[0][0] == itemsize(plan.dtype[0]);
  for (int i = 1; i < plan.operands; ++i)
    plan.contiguous = plan.contiguous && (plan.stride[i][0] == itemsize(plan.dtype[i]) || plan.stride[i][0] == 0);
}

Dims result_strides(const Dims& shape, std::span<const Tensor* const> inputs) {
  bool plain = true, alike = true;
  for (const Tensor* x : inputs) {
    plain = plain && x->is_contiguous() && (x->shape() == shape || x->dim() <= 1);
    alike = alike && x->shape() == shape && x->strides() == inputs[0]->strides();
  }
  if (plain) return contiguous_strides(shape);
  if (alike && is_dense(shape, inputs[0]->strides())) return inputs[0]->strides();
  Strides strides;
  for (size_t i = 0; i < inputs.size(); ++i)
    for (int64_t d = 0; d < shape.size(); ++d) strides[i][static_cast<size_t>(d)] = broadcast_stride(*inputs[i], shape, d);
  int64_t order[kMaxDims];
  sort_dimensions(shape, strides, inputs.size(), order);
  Dims out = Dims::uninitialised(shape.size());
  int64_t step = 1;
  for (int64_t k = 0; k < shape.size(); ++k) {
    out[order[k]] = step;
    step *= shape[order[k]] > 1 ? shape[order[k]] : 1;
  }
  return out;
}

}  // namespace dlx
