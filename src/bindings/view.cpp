#include "ops/view.h"

#include "bindings/def.h"

namespace dlx::bindings {
namespace {

// PyTorch's split takes the size of a piece, or a list of sizes.
struct SizeOrSizes {
  Dims sizes;
  bool one;
};

// PyTorch's view takes a shape, or a dtype.
struct ShapeOrDType {
  Dims shape;
  std::optional<DType> dtype;
};

Tensor view(const Tensor& input, const ShapeOrDType& as) { return as.dtype ? ops::view_dtype(input, *as.dtype) : ops::view(input, as.shape); }

std::vector<Tensor> split(const Tensor& input, const SizeOrSizes& sizes, int64_t dim) {
  return sizes.one ? ops::split_size(input, sizes.sizes[0], dim) : ops::split(input, sizes.sizes, dim);
}

}  // namespace

template <> struct Argument<const SizeOrSizes&> {
  SizeOrSizes value;
  Argument(PyObject* o, Place p) : value{to_dims(o, p), PyIndex_Check(o) != 0} {}
  const SizeOrSizes& get() const { return value; }
};
template <> struct PythonType<SizeOrSizes> : PythonType<Dims> {};
template <> struct Argument<const ShapeOrDType&> {
  ShapeOrDType value;
  Argument(PyObject* o, Place p) : value{{}, dtype_if_any(o)} {
    if (!value.dtype) value.shape = to_dims(o, p);
  }
  const ShapeOrDType& get() const { return value; }
};
template <> struct PythonType<ShapeOrDType> {
  static std::string text() { return PythonType<Dims>::text().append(" | ").append(PythonType<DType>::text()); }
};

DLX_BINDINGS(view) {
  def<"reshape", &ops::reshape>(m);
  def<"view", &view>(m);
  def<"permute", &ops::permute>(m);
  def<"transpose", &ops::transpose>(m);
  def<"expand", &ops::expand>(m);
  def<"squeeze", &ops::squeeze>(m);
  def<"unsqueeze", &ops::unsqueeze>(m);
  def<"flatten", &ops::flatten>(m);
  def<"narrow", &ops::narrow>(m);
  def<"select", &ops::select>(m);
  def<"slice", &ops::slice>(m);
  def<"as_strided", &ops::as_strided>(m);
  def<"detach", &ops::detach>(m);
  def<"split", &split>(m);
  def<"unbind", &ops::unbind>(m);
  def<"unflatten", &ops::unflatten>(m);
  def<"movedim", &ops::movedim>(m);
  def<"diagonal", &ops::diagonal>(m);
  def<"unfold_dim", &ops::unfold_dim>(m);
  def<"view_dtype", &ops::view_dtype>(m);
  def<"squeeze_", &ops::squeeze_>(m);
  def<"unsqueeze_", &ops::unsqueeze_>(m);
  def<"transpose_", &ops::transpose_>(m);
  def<"t_", &ops::t_>(m);
  def<"detach_", &ops::detach_>(m);
  def<"flip", &ops::flip>(m);
  def<"roll", &ops::roll>(m);
  def<"rot90", &ops::rot90>(m);
  def<"repeat", &ops::repeat>(m);
  def<"tile", &ops::tile>(m);
  def<"repeat_interleave", &ops::repeat_interleave>(m);
  def<"repeated_positions", &ops::repeated_positions>(m);
  def<"diag", &ops::diag>(m);
  def<"diag_embed", &ops::diag_embed>(m);
  def<"block_diag", &ops::block_diag>(m);
  def<"cat", &ops::cat, Autocast::widest>(m);
  def<"stack", &ops::stack, Autocast::widest>(m);
}

}  // namespace dlx::bindings
