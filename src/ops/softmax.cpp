#include "ops/softmax.h"

#include "kernels/softmax.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"

namespace dlx::ops {
namespace {

using ForwardKernel = Kernel<void(Out, const Tensor&, int64_t)>;
using BackwardKernel = Kernel<void(Out, const Tensor&, const Tensor&, int64_t)>;

Tensor forward(const ForwardKernel& kernel, const Tensor& x, int64_t d) {
  const Tensor from = as_contiguous(x);
  Tensor out = empty_as(from, x.dtype());
  if (x.numel() > 0) run(kernel, out, from, d);
  return out;
}

Tensor fused_backward(const BackwardKernel& kernel, const Tensor& g, const Tensor& y, int64_t d) {
  Tensor out = empty_as(y, y.dtype());  // y is the output of forward: contiguous
  if (y.numel() > 0) run(kernel, out, as_contiguous(g), y, d);
  return out;
}

}  // namespace

Tensor softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype, const OptTensor& out) {
  if (out.defined()) return written_to("softmax", out, {input}, softmax(input, dim, dtype));
  const Tensor x = dtype ? to(input, {}, dtype) : input;
  check_floating("softmax", "input", x);
  const int64_t d = normalized_dim("softmax", dim, x.dim());
  return with_gradient("softmax", forward(kernels::softmax, x, d), {x}, [d](const Tensor& g, const Tensor& y) {
    if (!thread_state.grad_enabled) return fused_backward(kernels::softmax_backward, g, y, d);
    return mul(y, sub(g, sum(mul(g, y), Dims{d}, true, {})));
  });
}

Tensor log_softmax(const Tensor& input, int64_t dim, std::optional<DType> dtype, const OptTensor& out) {
  if (out.defined()) return written_to("log_softmax", out, {input}, log_softmax(input, dim, dtype));
  const Tensor x = dtype ? to(input, {}, dtype) : input;
  check_floating("log_softmax", "input", x);
  const int64_t d = normalized_dim("log_softmax", dim, x.dim());
  return with_gradient("log_softmax", forward(kernels::log_softmax, x, d), {x}, [d](const Tensor& g, const Tensor& y) {
    if (!thread_state.grad_enabled) return fused_backward(kernels::log_softmax_backward, g, y, d);
    return sub(g, mul(exp(y), sum(g, Dims{d}, true, {})));
  });
}

}  // namespace dlx::ops
