#include "ops/matmul.h"

#include <algorithm>

#include "autograd/engine_ops.h"
#include "kernels/matmul.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

Dims leading(const Tensor& x) { return Dims(std::span<const int64_t>(x.shape().data(), static_cast<size_t>(x.dim() - 2))); }

Dims joined(Dims batch, std::initializer_list<int64_t> rest) {
  for (const int64_t size : rest) batch.push_back(size);
  return batch;
}

// x, whose leading dimensions broadcast to `batch`, as `count` matrices. Untracked.
Tensor matrices(const Tensor& x, const Dims& batch, int64_t count) {
  const int64_t rows = x.size(x.dim() - 2), columns = x.shape().back();
  const GradMode untracked(false);
  return reshape(leading(x) == batch ? x : expand(x, joined(batch, {rows, columns})), {count, rows, columns});
}

// A vector on the left is a row, one on the right a column. Untracked.
Tensor as_row(const Tensor& x) { return x.dim() == 1 ? alias(x, {1, x.size(0)}, {0, x.stride(0)}, x.offset()) : x; }
Tensor as_column(const Tensor& x) { return x.dim() == 1 ? alias(x, {x.size(0), 1}, {x.stride(0), 0}, x.offset()) : x; }

// Where an input was broadcast its gradient has the batch's shape: the engine sums it.
Gradients matmul_backward(const Tensor& gradient, const Tensor& x, const Tensor& y, Needs needs) {
  const Tensor column = y.dim() == 1 ? unsqueeze(gradient, -1) : gradient, g = x.dim() == 1 ? unsqueeze(column, -2) : column;
  Gradients out;
  if (needs[0]) out[0] = matmul(g, y.dim() == 1 ? unsqueeze(y, 0) : transpose(y, -2, -1));
  if (!needs[1]) return out;
  const Tensor a = x.dim() == 1 ? unsqueeze(x, 0) : x;
  if (y.dim() <= 2 && a.dim() > 2) {  // one matrix for the whole batch: one product over all its rows
    const int64_t k = a.shape().back(), n = g.shape().back(), rows = checked_numel(leading(a), "matmul") * a.size(a.dim() - 2);
    out[1] = matmul(t(reshape(a, {rows, k})), reshape(g, {rows, n}));
  } else {
    out[1] = matmul(transpose(a, -2, -1), g);
  }
  if (y.dim() == 1) out[1] = squeeze(out[1], Dims{-1});
  return out;
}

}  // namespace

Tensor matmul(const Tensor& input, const Tensor& other, const OptTensor& out) {
  check<ShapeError>(input.dim() > 0 && other.dim() > 0, "matmul: both tensors must have at least 1 dimension. Got shapes {} and {}.",
                    input.shape(), other.shape());
  check_same_dtype("matmul", "other", other, "input", input);
  check<DtypeError>(input.dtype() != DType::boolean, "matmul: booleans have no products of matrices. Convert with .to(dlx.int64).");
  const Device device = common_device("matmul", {input, other});
  const Tensor a = as_row(input), b = as_column(other);
  const int64_t m = a.size(a.dim() - 2), k = a.shape().back(), n = b.shape().back();
  check<ShapeError>(b.size(b.dim() - 2) == k,
                    "matmul: the last dimension of input ({}) must equal the {} dimension of other ({}). Got shapes {} and {}.", k,
                    other.dim() == 1 ? "only" : "last but one", b.size(b.dim() - 2), input.shape(), other.shape());
  const bool matrices_alone = a.dim() == 2 && b.dim() == 2;
  const Dims batch = matrices_alone ? Dims() : broadcast_shape("matmul", leading(a), leading(b));
  Dims shape = batch;
  if (input.dim() > 1) shape.push_back(m);
  if (other.dim() > 1) shape.push_back(n);
  const int64_t count = checked_numel(batch, "matmul");
  if (out.defined()) {
    const Result r("matmul", out, {input, other}, shape, input.dtype(), device);
    check<RuntimeError>(overlap_of(out, input) == Overlap::none && overlap_of(out, other) == Overlap::none,
                        "matmul: out shares memory with an input. Use the result instead.");
  }
  const bool usable = out.defined() && out.is_contiguous() && out.dtype() == input.dtype();
  const Tensor result = usable ? Tensor(out) : empty(shape, input.dtype(), device);
  if (result.numel() > 0) {
    if (matrices_alone)  // two matrices: the same product with one handle made instead of three
      run(kernels::linear, shape.size() == 2 ? result : reshaped(result, {m, n}), a, alias(b, {n, k}, {b.stride(1), b.stride(0)}, b.offset()), OptTensor());
    else
      run(kernels::matmul, reshaped(result, {count, m, n}), matrices(a, batch, count), matrices(b, batch, count));
  }
  if (out.defined()) {
    if (!usable) copy_untracked(out, result);
    return out;
  }
  if (!recording({input, other})) return result;  // before anything is saved
  return with_gradient("matmul", result, {input, other}, [x = save(input), y = save(other)](const Tensor& g, Needs needs) {
    return matmul_backward(g, x.get(), y.get(), needs);
  });
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
  const auto flat = [&](const Tensor& y, int64_t columns) { return y.dim() == 2 ? y : reshaped(as_contiguous(y), {rows, columns}); };
  Tensor out = empty(shape, x.dtype(), device);
  if (out.numel() > 0) run(kernels::linear, flat(out, n), flat(x, k), weight, as_contiguous(bias));
  if (!recording({x, weight, bias})) return out;  // before anything is saved
  return with_gradient("linear", out, {x, weight, bias},
                       [x = save(x), weight = save(weight), rows, n, k](const Tensor& g, Needs needs) -> Gradients {
    const auto flat = [&](const Tensor& y, int64_t columns) { return y.dim() == 2 ? y : reshape(y, {rows, columns}); };
    const Tensor g2 = flat(g, n), gx = needs[0] ? matmul(g2, weight.get()) : Tensor();
    return {gx.defined() && g.dim() != 2 ? reshape(gx, x.get().shape()) : gx, needs[1] ? matmul(t(g2), flat(x.get(), k)) : Tensor(),
            needs[2] ? sum(g2, Dims{0}, false, {}) : Tensor()};
  });
}

// --- a product added to a tensor -----------------------------------------------------------------------------------

namespace {
void check_rank(const char* op, const char* name, const Tensor& x, int64_t ndim) {
  check<ShapeError>(x.dim() == ndim, "{}: {} must have {} dimension{}. Got shape {}.", op, name, ndim, ndim == 1 ? "" : "s", x.shape());
}

// x as (batch, rows, cols); a vector is a column.
Tensor as_batch(const Tensor& x) {
  if (x.dim() == 3) return x;
  return x.dim() == 2 ? alias(x, {1, x.size(0), x.size(1)}, {0, x.stride(0), x.stride(1)}, x.offset())
                      : alias(x, {1, x.size(0), 1}, {0, x.stride(0), 1}, x.offset());
}

// beta * input + alpha * (a b), in one pass over the result.
Tensor added_product(const char* op, const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha, const OptTensor& out) {
  check_same_dtype(op, "input", input, "the matrices", a);
  check_same_dtype(op, "the second matrix", b, "the first", a);
  check<DtypeError>(a.dtype() != DType::boolean, "{}: booleans have no products of matrices. Convert with .to(dlx.int64).", op);
  for (const Scalar factor : {beta, alpha})
    check<DtypeError>(factor.kind != Kind::floating || is_floating(a.dtype()), "{}: beta and alpha must be whole numbers for tensors of dtype {}.", op, a.dtype());
  const Device device = common_device(op, {input, a, b});
  const Tensor x = as_batch(a), y = as_batch(b);
  check<ShapeError>(x.size(2) == y.size(1), "{}: the last dimension of the first matrix ({}) must equal the rows of the second ({}). Got shapes {} and {}.", op,
                    x.size(2), y.size(1), a.shape(), b.shape());
  const Dims whole{x.size(0), x.size(1), y.size(2)};
  const Dims shape = b.dim() == 1 ? Dims{whole[1]} : a.dim() == 2 ? Dims{whole[1], whole[2]} : whole;
  check<ShapeError>(broadcasts_to(input.shape(), shape), "{}: input of shape {} does not broadcast to the product's shape {}.", op, input.shape(), shape);
  Tensor made = empty(shape, a.dtype(), device);
  if (made.numel() > 0) {
    Dims strides{0, 0, 0};  // of the input, as (batch, m, n)
    for (int64_t d = 1; d <= input.dim(); ++d)
      if (const int64_t from = input.dim() - d; input.size(from) > 1) strides[(b.dim() == 1 ? 2 : 3) - d] = input.stride(from);
    run(kernels::addmm, reshaped(made, whole), beta.is(0) ? OptTensor() : OptTensor(alias(input, whole, strides, input.offset())), x, y, beta, alpha);
  }
  made = with_gradient(op, made, {input, a, b}, [a = save(a), b = save(b), beta, alpha](const Tensor& g, Needs needs) -> Gradients {
    const Tensor scaled = alpha.is(1) || !(needs[1] || needs[2]) ? g : mul(g, Operand(alpha));
    const auto transposed = [](const Tensor& x) { return transpose(x, x.dim() - 2, x.dim() - 1); };
    const bool vector = b.get().dim() == 1;
    return {needs[0] ? beta.is(1) ? g : mul(g, Operand(beta)) : Tensor(),
            needs[1] ? vector ? mul(unsqueeze(scaled, 1), unsqueeze(b.get(), 0)) : matmul(scaled, transposed(b.get())) : Tensor(),
            needs[2] ? matmul(transposed(a.get()), scaled) : Tensor()};
  });
  return written_to(op, out, {input, a, b}, made);
}
}  // namespace

Tensor addmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha, const OptTensor& out) {
  check_rank("addmm", "mat1", a, 2);
  check_rank("addmm", "mat2", b, 2);
  return added_product("addmm", input, a, b, beta, alpha, out);
}
Tensor addmv(const Tensor& input, const Tensor& a, const Tensor& v, Scalar beta, Scalar alpha, const OptTensor& out) {
  check_rank("addmv", "mat", a, 2);
  check_rank("addmv", "vec", v, 1);
  return added_product("addmv", input, a, v, beta, alpha, out);
}
Tensor baddbmm(const Tensor& input, const Tensor& a, const Tensor& b, Scalar beta, Scalar alpha, const OptTensor& out) {
  check_rank("baddbmm", "batch1", a, 3);
  check_rank("baddbmm", "batch2", b, 3);
  check<ShapeError>(a.size(0) == b.size(0), "baddbmm: batch1 and batch2 must have the same first dimension. Got shapes {} and {}.", a.shape(), b.shape());
  return added_product("baddbmm", input, a, b, beta, alpha, out);
}

// --- vectors and other products ------------------------------------------------------------------------------------

Tensor dot(const Tensor& a, const Tensor& b, const OptTensor& out) {
  check_rank("dot", "input", a, 1);
  check_rank("dot", "tensor", b, 1);
  check<ShapeError>(a.numel() == b.numel(), "dot: the vectors must have one length. Got {} and {}.", a.numel(), b.numel());
  return written_to("dot", out, {a, b}, matmul(a, b));
}
Tensor mv(const Tensor& a, const Tensor& v, const OptTensor& out) {
  check_rank("mv", "input", a, 2);
  check_rank("mv", "vec", v, 1);
  return written_to("mv", out, {a, v}, matmul(a, v));
}
Tensor outer(const Tensor& a, const Tensor& b, const OptTensor& out) {
  check_rank("outer", "input", a, 1);
  check_rank("outer", "vec2", b, 1);
  return written_to("outer", out, {a, b}, mul(unsqueeze(a, 1), unsqueeze(b, 0)));
}
Tensor inner(const Tensor& a, const Tensor& b, const OptTensor& out) {
  if (a.dim() == 0 || b.dim() == 0) return written_to("inner", out, {a, b}, mul(a, b));
  check<ShapeError>(a.shape().back() == b.shape().back(), "inner: the last dimensions must agree. Got shapes {} and {}.", a.shape(), b.shape());
  return written_to("inner", out, {a, b}, tensordot(a, b, {a.dim() - 1}, {b.dim() - 1}));
}

Tensor tensordot(const Tensor& a, const Tensor& b, const Dims& of_a, const Dims& of_b, const OptTensor& out) {
  check<ShapeError>(of_a.size() == of_b.size(), "tensordot: as many dimensions of each tensor must be given. Got {} and {}.", of_a, of_b);
  check_same_dtype("tensordot", "other", b, "input", a);
  std::array<bool, kMaxDims> in_a{}, in_b{};
  Dims order_a, order_b, shape, summed_a, summed_b;
  int64_t m = 1, k = 1, n = 1;
  for (int64_t i = 0; i < of_a.size(); ++i) {
    const int64_t da = normalized_dim("tensordot", of_a[i], a.dim()), db = normalized_dim("tensordot", of_b[i], b.dim());
    check<ValueError>(!in_a[static_cast<size_t>(da)] && !in_b[static_cast<size_t>(db)], "tensordot: a dimension is given twice. Got {} and {}.", of_a, of_b);
    check<ShapeError>(a.size(da) == b.size(db), "tensordot: dimension {} of shape {} and dimension {} of shape {} must agree.", da, a.shape(), db, b.shape());
    in_a[static_cast<size_t>(da)] = in_b[static_cast<size_t>(db)] = true;
    summed_a.push_back(da);
    summed_b.push_back(db);
    k *= a.size(da);
  }
  for (int64_t d = 0; d < a.dim(); ++d)
    if (!in_a[static_cast<size_t>(d)]) order_a.push_back(d), shape.push_back(a.size(d)), m *= a.size(d);
  for (const int64_t d : summed_a) order_a.push_back(d);
  for (const int64_t d : summed_b) order_b.push_back(d);
  for (int64_t d = 0; d < b.dim(); ++d)
    if (!in_b[static_cast<size_t>(d)]) order_b.push_back(d), shape.push_back(b.size(d)), n *= b.size(d);
  const Tensor product = matmul(reshape(permute(a, order_a), {m, k}), reshape(permute(b, order_b), {k, n}));
  return written_to("tensordot", out, {a, b}, reshape(product, shape));
}

Tensor kron(const Tensor& a, const Tensor& b, const OptTensor& out) {
  const int64_t dims = std::max(a.dim(), b.dim());
  Dims of_a, of_b, shape;  // a's sizes and b's by turns, with ones between
  for (int64_t d = 0; d < dims; ++d) {
    const int64_t i = d - (dims - a.dim()), j = d - (dims - b.dim());
    const int64_t size_a = i < 0 ? 1 : a.size(i), size_b = j < 0 ? 1 : b.size(j);
    of_a.push_back(size_a);
    of_a.push_back(1);
    of_b.push_back(1);
    of_b.push_back(size_b);
    shape.push_back(checked_numel(Dims{size_a, size_b}, "kron"));
  }
  return written_to("kron", out, {a, b}, reshape(mul(reshape(a, of_a), reshape(b, of_b)), shape));
}

Tensor cross(const Tensor& a, const Tensor& b, std::optional<int64_t> dim, const OptTensor& out) {
  const Dims shape = broadcast_shape("cross", a.shape(), b.shape());
  int64_t d = -1;
  if (dim) d = normalized_dim("cross", *dim, shape.size());
  else
    for (int64_t i = shape.size() - 1; i >= 0; --i)
      if (shape[i] == 3) d = i;
  check<ShapeError>(d >= 0 && !shape.empty() && shape[d] == 3, "cross: the dimension of the vectors must have size 3. Got shapes {} and {}.", a.shape(), b.shape());
  const Tensor x = a.shape() == shape ? a : expand(a, shape), y = b.shape() == shape ? b : expand(b, shape);
  // Components moved round by one and by two places.
  const auto turned = [&](const Tensor& v, int64_t by) { return cat({narrow(v, d, by, 3 - by), narrow(v, d, 0, by)}, d, {}); };
  return written_to("cross", out, {a, b}, sub(mul(turned(x, 1), turned(y, 2)), mul(turned(x, 2), turned(y, 1))));
}

Tensor trace(const Tensor& x) {
  check_rank("trace", "input", x, 2);
  const int64_t n = std::min(x.size(0), x.size(1)), step = x.size(1) + 1;
  return sum(slice(reshape(x, {x.numel()}), 0, 0, n == 0 ? 0 : (n - 1) * step + 1, step), {}, false, {});
}

namespace {
// The product of tensors first to last, split where `split` says.
Tensor product_of(const std::vector<Tensor>& tensors, const std::vector<std::vector<size_t>>& split, size_t first, size_t last) {
  if (first == last) return tensors[first];
  const size_t at = split[first][last];
  return matmul(product_of(tensors, split, first, at), product_of(tensors, split, at + 1, last));
}
}  // namespace

Tensor multi_dot(const std::vector<Tensor>& tensors, const OptTensor& out) {
  const size_t n = tensors.size();
  check<ValueError>(n >= 1, "multi_dot: there must be one tensor at least.");
  check<ShapeError>(n == 1 || (tensors[0].dim() >= 1 && tensors[0].dim() <= 2 && tensors[n - 1].dim() >= 1 && tensors[n - 1].dim() <= 2),
                    "multi_dot: the first and the last tensor must have 1 or 2 dimensions.");
  std::vector<double> sizes;  // matrix i is sizes[i] x sizes[i + 1]
  std::vector<Tensor> matrices;
  for (size_t i = 0; i < n; ++i) {
    const Tensor& x = tensors[i];
    if (n > 1 && i > 0 && i + 1 < n) check_rank("multi_dot", "a tensor in the middle", x, 2);
    if (n == 1) check<ShapeError>(x.dim() == 1 || x.dim() == 2, "multi_dot: the tensor must have 1 or 2 dimensions. Got shape {}.", x.shape());
    const Tensor matrix = x.dim() == 2 ? x : unsqueeze(x, i == 0 ? 0 : 1);
    if (i == 0) sizes.push_back(static_cast<double>(matrix.size(0)));
    else
      check<ShapeError>(sizes.back() == static_cast<double>(matrix.size(0)), "multi_dot: tensor {} of shape {} does not follow one of shape {}.", i, x.shape(),
                        tensors[i - 1].shape());
    sizes.push_back(static_cast<double>(matrix.size(1)));
    matrices.push_back(matrix);
  }
  if (n == 1) return written_to("multi_dot", out, {tensors[0]}, clone(tensors[0]));
  // cost[i][j]: the fewest multiplications for the product of i to j. Source: Cormen et al., Introduction to Algorithms, 15.2.
  std::vector<std::vector<double>> cost(n, std::vector<double>(n, 0));
  std::vector<std::vector<size_t>> split(n, std::vector<size_t>(n, 0));
  for (size_t length = 1; length < n; ++length)
    for (size_t i = 0; i + length < n; ++i) {
      const size_t j = i + length;
      for (size_t k = i; k < j; ++k) {
        const double c = cost[i][k] + cost[k + 1][j] + sizes[i] * sizes[k + 1] * sizes[j + 1];
        if (k == i || c < cost[i][j]) cost[i][j] = c, split[i][j] = k;
      }
    }
  Tensor result = product_of(matrices, split, 0, n - 1);
  if (tensors[n - 1].dim() == 1) result = squeeze(result, Dims{1});
  if (tensors[0].dim() == 1) result = squeeze(result, Dims{0});
  return written_to("multi_dot", out, {tensors[0]}, result);
}

}  // namespace dlx::ops
