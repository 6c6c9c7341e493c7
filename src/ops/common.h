// What every op needs: checks with one wording each, promotion, destinations, untracked helpers.
#pragma once
#include <array>
#include <optional>
#include <vector>

#include "autograd/gradient.h"
#include "core/errors.h"
#include "core/loop.h"
#include "kernels/run.h"
#include "ops/in_place.h"

namespace dlx::ops {

using autograd::Gradients;
using autograd::Inputs;
using autograd::Needs;
using autograd::recording;
using autograd::save;
using autograd::Saved;
using autograd::with_gradient;
using autograd::with_gradients;

// Checks. `name` is the argument as users know it.
void check_floating(const char* op, const char* name, const Tensor& x);
void check_integer(const char* op, const char* name, const Tensor& x);      // int8..int64, uint8
void check_dim(const char* op, const char* name, const Tensor& x, int64_t ndim);
void check_shape(const char* op, const char* name, const Tensor& x, const Dims& shape);
void check_dtype(const char* op, const char* name, const Tensor& x, DType dtype);
void check_same_dtype(const char* op, const char* name, const Tensor& x, const char* other_name, const Tensor& other);
// The device of all inputs (Python numbers and undefined tensors aside); RuntimeError if there are two.
Device common_device(const char* op, Inputs inputs);
Device common_device(const char* op, std::span<const Tensor> inputs);

// The dtype of a result by PyTorch's rules: among dimensioned tensors first; 0-d tensors, then numbers, count only with a higher kind.
DType result_type(Inputs inputs);
DLX_INLINE DType result_type(const Tensor& a, const Tensor& b) {
  return a.dtype() == b.dtype() && !a.is_number() && !b.is_number() ? a.dtype() : result_type({a, b});
}
// The dtype of the arithmetic: halves compute in float32.
inline DType compute_dtype(DType dtype) { return is_half(dtype) ? DType::float32 : dtype; }
// Integers and bool as the default floating dtype.
inline DType as_floating(DType dtype) { return is_floating(dtype) ? dtype : default_dtype(); }

// A number as an operand of another op.
inline Operand number(double value) { return Operand(Scalar(value)); }

// Untracked: an op called inside an op would build a graph of its own.
Tensor as_contiguous(const Tensor& x);                     // x itself where it is
Tensor as_dtype(const Tensor& x, DType dtype);             // x itself where it has it
Tensor untracked_copy(const Tensor& x);                    // contiguous
// Between a device and the host the copy has finished when it returns: the host may read, or change, its side.
void copy_untracked(const Tensor& to, const Tensor& from);
Tensor zeros(const Dims& shape, DType dtype, Device device);
Tensor filled(const Dims& shape, Scalar value, DType dtype, Device device);
Tensor permuted(const Tensor& x, std::span<const int64_t> order);

// (outer, n, inner) of x around dimension `dim`: the layout that kernels along one dimension take. 0-d counts as one element.
Dims around(const Tensor& x, int64_t dim);

// Images (n, c, h, w): do their channels run fastest in memory? Convolution and pooling keep the format of their input.
bool is_channels_last(const Tensor& x);
Dims channels_last_strides(const Dims& shape);
// Strides for `shape` in the format of x.
Dims image_strides(const Tensor& x, const Dims& shape);

// Where an op's result goes: a new tensor, `out`, or one of the inputs (in place). One body of an op serves all three.
class Result {
 public:
  // Checks that `out`, if given, will do: shape, castable dtype, device, no element twice, not read-only, no partial overlap
  // with an input. A new tensor gets `strides`, or is contiguous.
  Result(const char* op, const OptTensor& out, Inputs inputs, const Dims& shape, const Dims& strides, DType dtype, Device device)
      : Result(op, out, inputs, shape, &strides, dtype, device) {}
  Result(const char* op, const OptTensor& out, Inputs inputs, const Dims& shape, DType dtype, Device device)
      : Result(op, out, inputs, shape, nullptr, dtype, device) {}
  // For a new tensor that is already made.
  Result(const char* op, Inputs inputs, Tensor made);

  operator const Tensor&() const { return tensor_; }
  const Tensor& tensor() const { return tensor_; }
  bool recording() const { return recording_; }
  bool needs(int input) const { return recording_ && autograd::requires_grad(inputs_[static_cast<size_t>(input)].get()); }
  // Keeps x for the gradient if it is `needed`. To be called before the kernel: in place, what it overwrites is cloned.
  Saved save(const Tensor& x, bool needed = true) const;
  template <class F> Tensor with_gradient(F f) const {
    if (recording_) {
      const std::span<const std::reference_wrapper<const Tensor>> inputs(inputs_.data(), static_cast<size_t>(count_));
      const auto node = autograd::make_node(op_, inputs, 1, std::move(f));
      if constexpr (autograd::WantsOutput<F>) node->out_.keep(tensor_, 0);
      if (in_place_) rewrite_history(tensor_, node);
      else autograd::attach_outputs(node, {&tensor_, 1});
    }
    return tensor_;
  }

 private:
  Result(const char* op, const OptTensor& out, Inputs inputs, const Dims& shape, const Dims* strides, DType dtype, Device device);

  static constexpr size_t kMaxInputs = 4;
  const char* op_;
  Tensor tensor_;
  bool in_place_ = false;
  bool recording_;
  int64_t count_ = 0;
  std::array<std::reference_wrapper<const Tensor>, kMaxInputs> inputs_;
};

// The same for an element-wise op: broadcasts the inputs, keeps their order of dimensions.
Result elementwise_result(const char* op, const OptTensor& out, Inputs inputs, DType dtype);

// For an op made of other ops: `made`, its result, or `out` with the result written to it (checked as Result does; in place too).
Tensor written_to(const char* op, const OptTensor& out, Inputs inputs, const Tensor& made);

// A read of the tensor's data by the host: the one way. Contiguous, in host memory, finished.
Tensor host_copy(const Tensor& x, const char* what);
Scalar host_scalar(const Tensor& x, const char* what);     // x has one element

}  // namespace dlx::ops
