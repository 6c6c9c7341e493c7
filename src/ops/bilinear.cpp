#include "ops/bilinear.h"

#include "ops/common.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/view.h"

namespace dlx::ops {

Tensor bilinear(const Tensor& input1, const Tensor& input2, const Tensor& weight, const OptTensor& bias) {
  check_floating("bilinear", "input1", input1);
  check_same_dtype("bilinear", "input2", input2, "input1", input1);
  check_same_dtype("bilinear", "weight", weight, "input1", input1);
  check_dim("bilinear", "weight", weight, 3);
  const int64_t k = weight.size(0), i = weight.size(1), j = weight.size(2);
  check<ShapeError>(input1.dim() > 0 && input2.dim() > 0 && input1.shape().back() == i && input2.shape().back() == j,
                    "bilinear: weight of shape {} takes inputs with {} and {} features in their last dimensions. Got shapes {} and {}.",
                    weight.shape(), i, j, input1.shape(), input2.shape());
  Dims shape = input1.shape(), other = input2.shape();
  shape[shape.size() - 1] = other[other.size() - 1] = k;
  check<ShapeError>(shape == other, "bilinear: the inputs must agree but in their last dimension. Got shapes {} and {}.", input1.shape(), input2.shape());
  if (bias.defined()) {
    check_shape("bilinear", "bias", bias, {k});
    check_same_dtype("bilinear", "bias", bias, "input1", input1);
  }
  common_device("bilinear", {input1, input2, weight, bias});
  int64_t rows = 1;
  for (int64_t d = 0; d + 1 < input1.dim(); ++d) rows *= input1.size(d);
  // One product with all of weight's rows for input2, then one for each row of the batch with input1.
  const Tensor right = reshape(linear(reshape(input2, {rows, j}), reshape(weight, {k * i, j}), {}), {rows, k, i});
  const Tensor out = reshape(matmul(right, unsqueeze(reshape(input1, {rows, i}), 2), {}), shape);
  return bias.defined() ? add(out, Tensor(bias)) : out;
}

}  // namespace dlx::ops
