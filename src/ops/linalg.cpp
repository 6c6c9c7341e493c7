#include "ops/linalg.h"

#include <algorithm>

#include "core/python_hooks.h"
#include "kernels/linalg.h"
#include "ops/common.h"
#include "ops/copy.h"
#include "ops/elementwise.h"
#include "ops/matmul.h"
#include "ops/reduce.h"
#include "ops/view.h"

namespace dlx::ops {
namespace {

using kernels::Lapack;

Dims batch_of(const Tensor& x) { return Dims(std::span<const int64_t>(x.shape().data(), static_cast<size_t>(x.dim() - 2))); }
Dims with(Dims batch, std::initializer_list<int64_t> sizes) {
  for (const int64_t size : sizes) batch.push_back(size);
  return batch;
}
int64_t rows_of(const Tensor& x) { return x.size(x.dim() - 2); }
int64_t columns_of(const Tensor& x) { return x.size(x.dim() - 1); }
Tensor transposed(const Tensor& x) { return transpose(x, x.dim() - 2, x.dim() - 1); }

void check_matrices(const char* op, const Tensor& x) {
  check<ShapeError>(x.dim() >= 2, "{}: the input must be a matrix or a batch of matrices. Got shape {}.", op, x.shape());
  check<DtypeError>(x.dtype() == DType::float32 || x.dtype() == DType::float64, "{}: the input must be float32 or float64. Got {}.", op, x.dtype());
  check<NotImplementedError>(x.device().type == DeviceType::cpu, "{}: matrices are decomposed on the CPU only. Got device {}; move it with .cpu().", op, x.device());
  check<NotImplementedError>(python_hooks.lapack != nullptr, "{}: matrices are decomposed by NumPy's LAPACK, which a program without Python lacks.", op);
}
void check_square(const char* op, const Tensor& x) {
  check_matrices(op, x);
  check<ShapeError>(rows_of(x) == columns_of(x), "{}: the matrices must be square. Got shape {}.", op, x.shape());
}

void decompose(Lapack what, const std::vector<Tensor>& outs, const std::vector<Tensor>& ins) {
  std::vector<Tensor> plain;  // without histories: the host reads them
  for (const Tensor& x : ins) plain.push_back(alias(as_contiguous(x)));
  int64_t numel = 0;
  for (const Tensor& out : outs) numel += out.numel();
  if (numel > 0) run(kernels::lapack, std::span<const Tensor>(outs), std::span<const Tensor>(plain), what);
}
Tensor new_like(const Tensor& x, const Dims& shape) { return empty(shape, x.dtype(), x.device()); }

// 1 on and below the diagonal and, with `half`, 1/2 on it; n x n.
Tensor lower(const Tensor& like, int64_t n, double on_diagonal) {
  const Tensor i = arange(Scalar(0), Scalar(n), Scalar(1), DType::int64, like.device());
  const Tensor row = unsqueeze(i, 1), column = unsqueeze(i, 0);
  return add(to(gt(row, column), {}, like.dtype()), mul(to(eq(row, column), {}, like.dtype()), number(on_diagonal)));
}
Tensor identity(const Tensor& like, int64_t n) {
  const Tensor i = arange(Scalar(0), Scalar(n), Scalar(1), DType::int64, like.device());
  return to(eq(unsqueeze(i, 1), unsqueeze(i, 0)), {}, like.dtype());
}
Tensor symmetric(const Tensor& x) { return mul(add(x, transposed(x)), number(0.5)); }

// X of a X = b for batches of matrices of one batch shape.
Tensor solved(const Tensor& a, const Tensor& b) {
  Tensor x = new_like(b, b.shape());
  decompose(Lapack::solve, {x}, {a, b});
  return with_gradient("solve", x, {a, b}, [a = save(a)](const Tensor& g, const Tensor& x, Needs needs) -> Gradients {
    const Tensor of_b = solved(transposed(a.get()), g);
    return {needs[0] ? neg(matmul(of_b, transposed(x))) : Tensor(), of_b};
  });
}

}  // namespace

Tensor inv(const Tensor& a, const OptTensor& out) {
  check_square("inv", a);
  Tensor y = new_like(a, a.shape());
  decompose(Lapack::inv, {y}, {a});
  y = with_gradient("inv", y, {a}, [](const Tensor& g, const Tensor& y) {
    const Tensor t = transposed(y);
    return neg(matmul(matmul(t, g), t));
  });
  return written_to("inv", out, {a}, y);
}

Tensor solve(const Tensor& a, const Tensor& b, bool left, const OptTensor& out) {
  check_square("solve", a);
  check_same_dtype("solve", "B", b, "A", a);
  check<ShapeError>(b.dim() >= 1, "solve: B must have 1 dimension at least. Got shape ().");
  common_device("solve", {a, b});
  Dims vectors = batch_of(a);
  vectors.push_back(columns_of(a));
  const bool vector = b.dim() == 1 || (b.dim() == a.dim() - 1 && b.shape() == vectors);
  check<ShapeError>(!vector || left, "solve: left=False takes matrices. Got B of shape {}.", b.shape());
  const Tensor columns = vector ? unsqueeze(b, b.dim()) : b;
  check<ShapeError>((left ? rows_of(columns) : columns_of(columns)) == rows_of(a), "solve: A of shape {} and B of shape {} do not fit.", a.shape(), b.shape());
  const Dims batch = broadcast_shape("solve", batch_of(a), batch_of(columns));
  const auto spread = [&](const Tensor& x) { return batch_of(x) == batch ? x : expand(x, with(batch, {rows_of(x), columns_of(x)})); };
  const Tensor all = spread(a), right = spread(columns);
  Tensor x = left ? solved(all, right) : transposed(solved(transposed(all), transposed(right)));
  if (vector) x = squeeze(x, Dims{x.dim() - 1});
  return written_to("solve", out, {a, b}, x);
}

Tensor det(const Tensor& a, const OptTensor& out) {
  check_square("det", a);
  Tensor y = new_like(a, batch_of(a));
  decompose(Lapack::det, {y}, {a});
  y = with_gradient("det", y, {a}, [a = save(a)](const Tensor& g, const Tensor& y) {
    return mul(unsqueeze(unsqueeze(mul(g, y), y.dim()), y.dim() + 1), transposed(inv(a.get())));
  });
  return written_to("det", out, {a}, y);
}

std::pair<Tensor, Tensor> slogdet(const Tensor& a) {
  check_square("slogdet", a);
  Tensor sign = new_like(a, batch_of(a)), log = new_like(a, batch_of(a));
  decompose(Lapack::slogdet, {sign, log}, {a});
  log = with_gradient("slogdet", log, {a}, [a = save(a)](const Tensor& g) {
    return mul(unsqueeze(unsqueeze(g, g.dim()), g.dim() + 1), transposed(inv(a.get())));
  });
  return {sign, log};
}

// dA = L^-T phi(L^T g) L^-1, made symmetric; phi: the lower half, with half of the diagonal.
// Source: Murray 2016, arXiv:1602.07527.
Tensor cholesky(const Tensor& a, bool upper, const OptTensor& out) {
  check_square("cholesky", a);
  Tensor l = new_like(a, a.shape());
  decompose(Lapack::cholesky, {l}, {upper ? transposed(a) : a});
  l = with_gradient("cholesky", l, {a}, [](const Tensor& g, const Tensor& l) {
    const Tensor phi = mul(matmul(transposed(l), g), lower(l, columns_of(l), 0.5));
    const Tensor t = solved(transposed(l), phi);                                   // L^-T phi
    return symmetric(transposed(solved(transposed(l), transposed(t))));            // (L^-T (L^-T phi)^T)^T
  });
  return written_to("cholesky", out, {a}, upper ? transposed(l) : l);
}

// With M = R gR^T - gQ^T Q: dA = (gQ + Q copyltu(M)) R^-T; copyltu: the lower half mirrored.
// Source: Walter and Lehmann 2018, arXiv:1009.6112.
std::pair<Tensor, Tensor> qr(const Tensor& a, bool complete) {
  check_matrices("qr", a);
  const int64_t m = rows_of(a), n = columns_of(a), k = complete ? m : std::min(m, n);
  check<NotImplementedError>(!recording({a}) || (m >= n && k == n), "qr: a gradient exists here for reduced decompositions of matrices with no more columns than rows. Got shape {}.", a.shape());
  const Tensor q = new_like(a, with(batch_of(a), {m, k})), r = new_like(a, with(batch_of(a), {k, n}));
  decompose(Lapack::qr, {q, r}, {a});
  const Tensor outs[] = {q, r};
  // Both results are needed: the gradient decomposes again instead of holding its own outputs.
  with_gradients("qr", outs, {a}, [a = save(a)](std::span<const Tensor> g, Needs) -> Gradients {
    const auto [q, r] = qr(a.get(), false);
    const int64_t n = columns_of(r);
    Tensor m;
    if (g[1].defined()) m = matmul(r, transposed(g[1]));
    if (g[0].defined()) {
      const Tensor of_q = matmul(transposed(g[0]), q);
      m = m.defined() ? sub(m, of_q) : neg(of_q);
    }
    const Tensor half = mul(m, lower(m, n, 0.5));
    Tensor left = matmul(q, add(half, transposed(half)));
    if (g[0].defined()) left = add(left, g[0]);
    return transposed(solved(r, transposed(left)));
  });
  return {q, r};
}

// Source: Townsend 2016, "Differentiating the singular value decomposition".
std::vector<Tensor> svd(const Tensor& a, bool full_matrices) {
  check_matrices("svd", a);
  const int64_t m = rows_of(a), n = columns_of(a), k = std::min(m, n);
  check<NotImplementedError>(!recording({a}) || !full_matrices || m == n, "svd: with full_matrices=True there is no gradient unless the matrices are square. Pass full_matrices=False.");
  const Tensor u = new_like(a, with(batch_of(a), {m, full_matrices ? m : k})), s = new_like(a, with(batch_of(a), {k})),
               vh = new_like(a, with(batch_of(a), {full_matrices ? n : k, n}));
  decompose(Lapack::svd, {u, s, vh}, {a});
  const Tensor outs[] = {u, s, vh};
  with_gradients("svd", outs, {a}, [a = save(a)](std::span<const Tensor> g, Needs) -> Gradients {
    const std::vector<Tensor> parts = svd(a.get(), false);
    const Tensor &u = parts[0], &s = parts[1], &vh = parts[2];
    const int64_t k = s.shape().back(), m = rows_of(u), n = columns_of(vh);
    const Tensor across = unsqueeze(s, s.dim() - 1), down = unsqueeze(s, s.dim());  // s along columns, and along rows
    const Tensor one = identity(s, k);
    // 1 / (s_j^2 - s_i^2) beside the diagonal.
    const Tensor f = mul(div(number(1), add(mul(sub(across, down), add(across, down)), one)), sub(number(1), one));
    Tensor inner;  // of u (inner) vh
    const auto put = [](Tensor& sum, const Tensor& part) { sum = sum.defined() ? add(sum, part) : part; };
    if (g[1].defined()) put(inner, mul(unsqueeze(g[1], g[1].dim()), one));
    Tensor result;
    if (g[0].defined()) {
      const Tensor x = matmul(transposed(u), g[0]);
      put(inner, mul(mul(f, sub(x, transposed(x))), across));
      if (m > k) put(result, matmul(div(sub(g[0], matmul(u, x)), across), vh));
    }
    if (g[2].defined()) {
      const Tensor x = matmul(vh, transposed(g[2]));
      put(inner, mul(down, mul(f, sub(x, transposed(x)))));
      if (n > k) put(result, matmul(div(u, across), sub(g[2], matmul(transposed(x), vh))));
    }
    if (inner.defined()) put(result, matmul(matmul(u, inner), vh));
    return result;
  });
  return {u, s, vh};
}

// dA = V (diag(gL) + F o (V^T gV)) V^T, F_ij = 1 / (l_j - l_i) beside the diagonal, made symmetric.
std::pair<Tensor, Tensor> eigh(const Tensor& a, bool upper) {
  check_square("eigh", a);
  const Tensor values = new_like(a, with(batch_of(a), {columns_of(a)})), vectors = new_like(a, a.shape());
  decompose(Lapack::eigh, {values, vectors}, {upper ? transposed(a) : a});
  const Tensor outs[] = {values, vectors};
  with_gradients("eigh", outs, {a}, [a = save(a), upper](std::span<const Tensor> g, Needs) -> Gradients {
    const auto [l, v] = eigh(a.get(), upper);
    const Tensor one = identity(l, l.shape().back());
    Tensor inner;
    if (g[0].defined()) inner = mul(unsqueeze(g[0], g[0].dim()), one);
    if (g[1].defined()) {
      const Tensor gap = add(sub(unsqueeze(l, l.dim() - 1), unsqueeze(l, l.dim())), one);
      const Tensor part = mul(div(matmul(transposed(v), g[1]), gap), sub(number(1), one));
      inner = inner.defined() ? add(inner, part) : part;
    }
    return symmetric(matmul(matmul(v, inner), transposed(v)));
  });
  return {values, vectors};
}

// dP = -P dA P + P P^T dA^T (I - A P) + (I - P A) dA^T P^T P. Source: Golub and Pereyra 1973, doi:10.1137/0710036.
Tensor pinv(const Tensor& a, double rtol, const OptTensor& out) {
  check_matrices("pinv", a);
  Tensor p = new_like(a, with(batch_of(a), {columns_of(a), rows_of(a)}));
  decompose(Lapack::pinv, {p}, {a, filled({}, Scalar(rtol), a.dtype(), a.device())});
  p = with_gradient("pinv", p, {a}, [a = save(a)](const Tensor& g, const Tensor& p) {
    const Tensor x = a.get(), pt = transposed(p), gt = transposed(g);
    const Tensor first = matmul(matmul(pt, g), pt), outer = matmul(gt, matmul(p, pt)), inner = matmul(matmul(pt, p), gt);
    return add(sub(sub(outer, matmul(x, matmul(p, outer))), first), sub(inner, matmul(matmul(inner, p), x)));
  });
  return written_to("pinv", out, {a}, p);
}

}  // namespace dlx::ops
