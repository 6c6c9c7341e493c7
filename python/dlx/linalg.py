"""Linear algebra, as ``torch.linalg``: decompositions by NumPy's LAPACK in float32 and float64, gradients by formula.

Matrices are the last two dimensions; dimensions before them are batches.
"""

from __future__ import annotations

from collections import namedtuple
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx._lapack import LinAlgError
from dlx.ops._arguments import into, two_outputs
from dlx.ops.matmul import cross as _cross
from dlx.ops.matmul import matmul
from dlx.ops.matmul import matrix_power as _matrix_power

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Dims

__all__ = [
    "LinAlgError", "cholesky", "cond", "cross", "det", "eigh", "eigvalsh", "inv", "inverse", "logdet", "lstsq",
    "matmul", "matrix_norm", "matrix_power", "matrix_rank", "multi_dot", "norm", "pinv", "qr", "slogdet", "solve",
    "solve_triangular", "svd", "svdvals", "vecdot", "vector_norm",
]  # fmt: skip

slogdet_result = namedtuple("slogdet_result", ["sign", "logabsdet"])
qr_result = namedtuple("qr_result", ["Q", "R"])
svd_result = namedtuple("svd_result", ["U", "S", "Vh"])
eigh_result = namedtuple("eigh_result", ["eigenvalues", "eigenvectors"])
lstsq_result = namedtuple("lstsq_result", ["solution", "residuals", "rank", "singular_values"])


# --- norms ------------------------------------------------------------------------------------------------------------
def vector_norm(
    x: Tensor,
    ord: float = 2,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Take a norm of vectors.

    ``out = sum(abs(x)**ord) ** (1 / ord)``; for inf the largest ``abs(x)``, for -inf the smallest, for 0 how many are
    not zero. The gradient at 0 is 0.

    Args:
        x: any shape, floating point unless ``dtype`` is.
        ord: any number.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        dtype: of the result; ``x`` is converted first.
        out: where to write the result.

    Returns:
        Tensor without the reduced dimensions.

    Raises:
        DtypeError: ``x`` is not floating point and no ``dtype`` is given.
        RuntimeError: there are no elements and ``ord`` is infinite or negative.

    Example:
        >>> dlx.linalg.vector_norm(dlx.tensor([3.0, 4.0]))
        tensor(5.)
    """
    return _C.vector_norm(x, ord, dim, keepdim, dtype, out)


def matrix_norm(
    A: Tensor,
    ord: float | str = "fro",
    dim: Sequence[int] = (-2, -1),
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Take a norm of matrices.

    Args:
        A: two dimensions at least, floating point.
        ord: "fro": the root of the sum of squares; "nuc": the sum of the singular values; inf, -inf: the largest and
            the smallest sum of ``abs`` over a row; 1, -1: over a column; 2, -2: the largest and the smallest singular
            value.
        dim: the two dimensions of the matrices.
        keepdim: keep them with size 1.
        dtype: of the result; ``A`` is converted first.
        out: where to write the result.

    Returns:
        Tensor without the two dimensions.

    Raises:
        ShapeError: ``A`` has less than two dimensions.
        DtypeError: ``A`` is not floating point and no ``dtype`` is given.
        ValueError: ``ord`` is none of these, or ``dim`` does not name two dimensions.

    Example:
        >>> dlx.linalg.matrix_norm(dlx.tensor([[1.0, -2.0], [3.0, 4.0]]), float("inf"))
        tensor(7.)
    """
    if A.ndim < 2:
        raise _C.ShapeError(f"matrix_norm: A must have 2 dimensions at least. Got shape {tuple(A.shape)}.")
    if isinstance(dim, int) or len(dim) != 2:
        raise ValueError(f"matrix_norm: dim must name two dimensions. Got {dim!r}.")
    rows, columns = (_dimension("matrix_norm", d, A.ndim) for d in dim)
    if rows == columns:
        raise ValueError(f"matrix_norm: dim must name two dimensions. Got {dim!r}.")
    if ord == "fro":
        return _C.vector_norm(A, 2.0, [rows, columns], keepdim, dtype, out)
    if ord not in ("nuc", 1, -1, 2, -2, float("inf"), -float("inf")):
        raise ValueError(f"matrix_norm: ord must be 'fro', 'nuc', inf, -inf, 1, -1, 2 or -2. Got {ord!r}.")
    if dtype is not None:
        A = A.to(dtype)
    if ord in ("nuc", 2, -2):
        rest = [d for d in range(A.ndim) if d not in (rows, columns)]
        s = svdvals(_C.permute(A, [*rest, rows, columns]))
        if ord == "nuc":
            result = _C.sum(s, [-1], False, None, None)
        else:
            result = (_C.amax if ord == 2 else _C.amin)(s, [-1], False, None)
    else:
        assert not isinstance(ord, str)
        summed, chosen = (rows, columns) if abs(ord) == 1 else (columns, rows)
        sums = _C.vector_norm(A, 1.0, summed, True, None, None)
        result = (_C.amax if ord > 0 else _C.amin)(sums, [chosen], True, None)
        result = _C.squeeze(result, [rows, columns])
    if keepdim:
        for d in sorted((rows, columns)):
            result = _C.unsqueeze(result, d)
    return into(out, result)


def norm(
    A: Tensor,
    ord: float | str | None = None,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """Take a norm of vectors or matrices, as the dimensions say.

    Without ``ord`` the root of the sum of all squares. With it, the vector norm if ``dim`` is one dimension, or if it
    is None and ``A`` has one; the matrix norm if there are two.

    Args:
        A: any shape, floating point unless ``dtype`` is.
        ord: as :func:`vector_norm`'s or :func:`matrix_norm`'s.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        dtype: of the result; ``A`` is converted first.

    Returns:
        Tensor without the reduced dimensions.

    Raises:
        ValueError: ``ord`` does not suit the number of dimensions.
        DtypeError: ``A`` is not floating point and no ``dtype`` is given.

    Example:
        >>> dlx.linalg.norm(dlx.tensor([[3.0, 0.0], [0.0, 4.0]]))
        tensor(5.)
    """
    if ord is None:
        return _C.vector_norm(A, 2.0, dim, keepdim, dtype, out)
    count = A.ndim if dim is None else 1 if isinstance(dim, int) else len(dim)
    if count == 2:
        both = (0, 1) if dim is None else dim
        assert not isinstance(both, int)
        return matrix_norm(A, ord, both, keepdim, dtype=dtype, out=out)
    if isinstance(ord, str) or count != 1:
        wanted = "two" if isinstance(ord, str) else "one or two"
        raise ValueError(f"norm: with ord={ord!r} there must be {wanted} dimensions. Got {count}.")
    return _C.vector_norm(A, ord, dim, keepdim, dtype, out)


def cond(A: Tensor, p: float | str | None = None, *, out: Tensor | None = None) -> Tensor:
    """Find the condition number: how much more, relatively, a solution changes than what it is computed from.

    ``out = norm(A) * norm(inv(A))``

    Args:
        A: shape ``(*, n, n)``, or ``(*, m, n)`` where ``p`` is None, 2 or -2.
        p: as :func:`matrix_norm`'s ``ord``; 2 if None.
        out: where to write the result.

    Returns:
        Tensor of shape ``(*)``; inf for singular matrices if ``p`` is None or 2.

    Raises:
        LinAlgError: a matrix is singular and ``p`` takes its inverse.

    Example:
        >>> dlx.linalg.cond(dlx.tensor([[2.0, 0.0], [0.0, 1.0]]))
        tensor(2.)
    """
    if p in (None, 2, -2):
        s = svdvals(A)
        first, last = _C.select(s, -1, 0), _C.select(s, -1, s.shape[-1] - 1)
        result = last / first if p == -2 else first / last
    else:
        assert p is not None
        result = matrix_norm(A, p) * matrix_norm(inv(A), p)
    return into(out, result)


# --- inverses and equations -------------------------------------------------------------------------------------------
def inv(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Invert square matrices.

    ``A @ out = identity``. To solve equations, :func:`solve` is faster and more exact.

    Args:
        A: shape ``(*, n, n)``, float32 or float64.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``A``.

    Raises:
        LinAlgError: a matrix is singular.
        ShapeError: the matrices are not square.
        DtypeError: ``A`` is neither float32 nor float64.

    Example:
        >>> dlx.linalg.inv(dlx.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor([[0.5000, 0.0000],
                [0.0000, 0.2500]])
    """
    return _C.inv(A, out)


def inverse(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Invert square matrices; see :func:`dlx.linalg.inv`."""
    return _C.inv(input, out)


def solve(A: Tensor, B: Tensor, *, left: bool = True, out: Tensor | None = None) -> Tensor:
    """Solve systems of linear equations.

    ``A @ out = B``; with ``left=False``, ``out @ A = B``.

    Args:
        A: shape ``(*, n, n)``, float32 or float64.
        B: shape ``(*, n, k)``, or vectors: ``(n,)`` or ``(*, n)`` with the leading dimensions of ``A``; its dtype.
        left: whether ``A`` stands on the left.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``B``, the leading dimensions broadcast.

    Raises:
        LinAlgError: a matrix is singular.
        ShapeError: the matrices are not square, or the shapes do not fit.
        DtypeError: the dtypes differ, or are neither float32 nor float64.

    Example:
        >>> dlx.linalg.solve(dlx.tensor([[2.0, 0.0], [0.0, 4.0]]), dlx.tensor([2.0, 2.0]))
        tensor([1.0000, 0.5000])
    """
    return _C.solve(A, B, left, out)


def solve_triangular(
    A: Tensor,
    B: Tensor,
    *,
    upper: bool,
    left: bool = True,
    unitriangular: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Solve systems of linear equations whose matrices are triangular; the other half of ``A`` is not looked at.

    Args:
        A: shape ``(*, n, n)``, float32 or float64.
        B: shape ``(*, n, k)``, of the dtype of ``A``.
        upper: which half counts.
        left: ``A @ out = B`` if true, else ``out @ A = B``.
        unitriangular: take the diagonal as ones.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``B``, the leading dimensions broadcast.

    Raises:
        LinAlgError: an element of the diagonal is 0.
        ShapeError: the matrices are not square, or the shapes do not fit.

    Example:
        >>> A = dlx.tensor([[2.0, 9.0], [1.0, 1.0]])
        >>> dlx.linalg.solve_triangular(A, dlx.tensor([[2.0], [3.0]]), upper=False)
        tensor([[1.],
                [2.]])
    """
    n = A.shape[-1] if A.ndim else 0
    i = _C.arange(0, n, 1, None, A.device)
    row, column = _C.unsqueeze(i, 1), _C.unsqueeze(i, 0)
    half = (_C.le if upper else _C.ge)(row, column, None)
    if unitriangular:
        half = _C.where(_C.eq(row, column, None), False, half)
    triangle = _C.where(half, A, 0)
    if unitriangular:
        triangle = _C.where(_C.eq(row, column, None), 1, triangle)
    return _C.solve(triangle, B, left, out)


def lstsq(A: Tensor, B: Tensor, rcond: float | None = None, *, driver: str | None = None) -> Any:
    """Find the least-squares solutions of systems of linear equations.

    ``solution = argmin_X norm(A @ X - B)``; of several, the one of the smallest norm.

    Args:
        A: shape ``(*, m, n)``, float32 or float64.
        B: shape ``(*, m, k)``, of the dtype of ``A``.
        rcond: singular values below ``rcond`` times the largest count as 0; ``eps * max(m, n)`` if None.
        driver: understood and not needed: the solution comes from the singular values ("gelsd").

    Returns:
        ``(solution, residuals, rank, singular_values)``; residuals are empty unless ``m > n`` and all ranks are ``n``.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: there is no such driver.

    Example:
        >>> dlx.linalg.lstsq(dlx.tensor([[1.0], [1.0]]), dlx.tensor([[1.0], [3.0]])).solution.shape
        dlx.Size([1, 1])
    """
    if driver not in (None, "gels", "gelsy", "gelsd", "gelss"):
        raise ValueError(f"lstsq: driver must be 'gels', 'gelsy', 'gelsd' or 'gelss'. Got {driver!r}.")
    if A.ndim < 2 or B.ndim < 2 or A.shape[-2] != B.shape[-2]:
        raise _C.ShapeError(
            f"lstsq: A (*, m, n) and B (*, m, k) do not fit. Got shapes {tuple(A.shape)} and {tuple(B.shape)}."
        )
    m, n = A.shape[-2:]
    rtol = _tolerance(A, m, n) if rcond is None else rcond
    solution = matmul(_C.pinv(A, rtol, None), B)
    s = svdvals(_C.detach(A))
    rank = _rank_of(s, None, rtol)
    if m > n and bool((rank == n).all()):
        residuals = _C.sum(_C.pow(matmul(A, solution) - B, 2, None), [-2], False, None, None)
    else:
        residuals = _C.empty([0], A.dtype, A.device)
    return lstsq_result(solution, residuals, rank, s)


def pinv(
    A: Tensor,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Find the pseudo-inverses of matrices.

    Args:
        A: shape ``(*, m, n)``, float32 or float64.
        atol: singular values below it count as 0 (for a single matrix).
        rtol: singular values below ``rtol`` times the largest count as 0; ``eps * max(m, n)`` if both are None.
        hermitian: understood and not needed.
        out: where to write the result.

    Returns:
        Tensor of shape ``(*, n, m)``.

    Raises:
        ShapeError: ``A`` is no matrix.
        ValueError: ``atol`` is given for a batch.

    Example:
        >>> dlx.linalg.pinv(dlx.tensor([[1.0], [1.0]]))
        tensor([[0.5000, 0.5000]])
    """
    m, n = A.shape[-2:] if A.ndim >= 2 else (0, 0)
    share = (_tolerance(A, m, n) if atol is None else 0.0) if rtol is None else rtol
    if atol:
        if A.ndim != 2:
            raise ValueError(f"pinv: atol is for a single matrix; use rtol. Got shape {tuple(A.shape)}.")
        largest = float(_C.amax(svdvals(_C.detach(A)), None, False, None)) if m and n else 0.0
        share = max(share, atol / largest if largest else 1.0)
    return _C.pinv(A, share, out)


# --- determinants, ranks and powers -----------------------------------------------------------------------------------
def det(A: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Find the determinants of square matrices.

    Args:
        A: shape ``(*, n, n)``, float32 or float64. The gradient takes the inverse, so a singular matrix has none here.
        out: where to write the result.

    Returns:
        Tensor of shape ``(*)``.

    Raises:
        ShapeError: the matrices are not square.

    Example:
        >>> dlx.linalg.det(dlx.tensor([[2.0, 0.0], [0.0, 4.0]]))
        tensor(8.)
    """
    return _C.det(A, out)


def slogdet(A: Tensor) -> Any:
    """Find the signs of determinants and the logarithms of their absolute values.

    Args:
        A: shape ``(*, n, n)``, float32 or float64.

    Returns:
        ``(sign, logabsdet)``, both of shape ``(*)``; 0 and -inf for singular matrices.

    Raises:
        ShapeError: the matrices are not square.

    Example:
        >>> dlx.linalg.slogdet(dlx.tensor([[-1.0, 0.0], [0.0, 1.0]]))
        slogdet_result(sign=tensor(-1.), logabsdet=tensor(0.))
    """
    return slogdet_result(*_C.slogdet(A))


def logdet(input: Tensor) -> Tensor:
    """Find the logarithms of determinants: nan for negative ones, -inf for singular matrices.

    Example:
        >>> dlx.logdet(dlx.tensor([[1.0, 0.0], [0.0, 1.0]]))
        tensor(0.)
    """
    sign, log = _C.slogdet(input)
    return _C.where(_C.lt(sign, 0, None), float("nan"), log)


def matrix_rank(
    A: Tensor,
    tol: float | None = None,
    *,
    atol: float | None = None,
    rtol: float | None = None,
    hermitian: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Count the singular values that are not as good as zero.

    Args:
        A: shape ``(*, m, n)``, float32 or float64.
        tol: another name of ``atol`` that leaves ``rtol`` at 0.
        atol: values up to it count as 0.
        rtol: values up to ``rtol`` times the largest do; ``eps * max(m, n)`` if None and ``atol`` is None.
        hermitian: understood and not needed.
        out: where to write the result.

    Returns:
        Tensor of int64, shape ``(*)``.

    Raises:
        ShapeError: ``A`` is no matrix.

    Example:
        >>> dlx.linalg.matrix_rank(dlx.tensor([[1.0, 2.0], [2.0, 4.0]]))
        tensor(1)
    """
    atol = tol if atol is None else atol
    m, n = A.shape[-2:] if A.ndim >= 2 else (0, 0)
    if rtol is None:
        rtol = _tolerance(A, m, n) if atol is None else 0.0
    rank = _rank_of(svdvals(_C.detach(A)), atol, rtol)
    return into(out, rank)


def matrix_power(A: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """Multiply square matrices with themselves.

    ``out = A @ A @ ...``, ``n`` factors; of the inverse where ``n`` is negative.

    Args:
        A: shape ``(*, k, k)``.
        n: how often.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``A``.

    Raises:
        ShapeError: the matrices are not square.
        LinAlgError: ``n`` is negative and a matrix is singular.

    Example:
        >>> dlx.linalg.matrix_power(dlx.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
        tensor([[1., 3.],
                [0., 1.]])
    """
    return _matrix_power(A, n, out=out)


# --- decompositions ---------------------------------------------------------------------------------------------------
def cholesky(A: Tensor, *, upper: bool = False, out: Tensor | None = None) -> Tensor:
    """Find the Cholesky factors of symmetric, positive definite matrices.

    ``A = L @ L.T`` with ``L`` lower triangular; only the lower half of ``A`` is looked at (``upper``: ``A = U.T @ U``,
    the upper half).

    Args:
        A: shape ``(*, n, n)``, float32 or float64.
        upper: give the upper factor.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``A``.

    Raises:
        LinAlgError: a matrix is not positive definite.
        ShapeError: the matrices are not square.

    Example:
        >>> dlx.linalg.cholesky(dlx.tensor([[4.0, 2.0], [2.0, 5.0]]))
        tensor([[2., 0.],
                [1., 2.]])
    """
    return _C.cholesky(A, upper, out)


def qr(A: Tensor, mode: str = "reduced") -> Any:
    """Find ``A = Q @ R``, the columns of ``Q`` orthonormal and ``R`` upper triangular.

    Args:
        A: shape ``(*, m, n)``, float32 or float64. Gradients need mode "reduced" and ``m >= n``.
        mode: "reduced": ``Q`` of ``min(m, n)`` columns; "complete": of ``m``; "r": only ``R``, reduced.

    Returns:
        ``(Q, R)``; ``Q`` is empty in mode "r".

    Raises:
        ShapeError: ``A`` is no matrix.
        ValueError: there is no such mode.

    Example:
        >>> Q, R = dlx.linalg.qr(dlx.tensor([[3.0, 1.0], [4.0, 2.0]]))
        >>> dlx.linalg.norm(Q @ R - dlx.tensor([[3.0, 1.0], [4.0, 2.0]])).item() < 1e-5
        True
    """
    if mode not in ("reduced", "complete", "r"):
        raise ValueError(f"qr: mode must be 'reduced', 'complete' or 'r'. Got {mode!r}.")
    Q, R = _C.qr(A, mode == "complete")
    return qr_result(_C.empty([0], A.dtype, A.device) if mode == "r" else Q, R)


def svd(A: Tensor, full_matrices: bool = True, *, driver: str | None = None) -> Any:
    """Find the singular values of matrices: ``A = U @ diag(S) @ Vh``, ``U`` and ``Vh`` orthogonal, ``S`` falling.

    Args:
        A: shape ``(*, m, n)``, float32 or float64. The gradients of ``U`` and ``Vh`` need singular values that differ,
            and square matrices or ``full_matrices=False``.
        full_matrices: give ``U (*, m, m)`` and ``Vh (*, n, n)``; else ``min(m, n)`` columns and rows of them.
        driver: of PyTorch's GPUs; not None is an error.

    Returns:
        ``(U, S, Vh)``.

    Raises:
        ShapeError: ``A`` is no matrix.
        ValueError: ``driver`` is given.

    Example:
        >>> dlx.linalg.svd(dlx.tensor([[0.0, 2.0], [1.0, 0.0]])).S
        tensor([2., 1.])
    """
    if driver is not None:
        raise ValueError(f"svd: driver chooses among routines of a GPU. Got {driver!r}.")
    return svd_result(*_C.svd(A, full_matrices))


def svdvals(A: Tensor, *, driver: str | None = None, out: Tensor | None = None) -> Tensor:
    """Find the singular values of matrices, falling; see :func:`svd`.

    Example:
        >>> dlx.linalg.svdvals(dlx.tensor([[0.0, 2.0], [1.0, 0.0]]))
        tensor([2., 1.])
    """
    s = svd(A, False, driver=driver).S
    return into(out, s)


def eigh(A: Tensor, UPLO: str = "L", *, out: tuple[Tensor, Tensor] | None = None) -> Any:
    """Find the eigenvalues and eigenvectors of symmetric matrices: ``A = V @ diag(L) @ V.T``.

    Args:
        A: shape ``(*, n, n)``, float32 or float64. The gradient of the vectors needs eigenvalues that differ.
        UPLO: "L" or "U": which half of ``A`` is looked at.
        out: two tensors (eigenvalues, eigenvectors) to write the result to.

    Returns:
        ``(eigenvalues, eigenvectors)``, the values rising, the vectors as columns.

    Raises:
        ShapeError: the matrices are not square.
        ValueError: ``UPLO`` is neither "L" nor "U".

    Example:
        >>> dlx.linalg.eigh(dlx.tensor([[3.0, 0.0], [0.0, 1.0]])).eigenvalues
        tensor([1., 3.])
    """
    if UPLO not in ("L", "U"):
        raise ValueError(f"eigh: UPLO must be 'L' or 'U'. Got {UPLO!r}.")
    result = _C.eigh(A, UPLO == "U")
    values, vectors = two_outputs("eigh", "eigenvalues", "eigenvectors", out)
    return eigh_result(into(values, result[0]), into(vectors, result[1]))


def eigvalsh(A: Tensor, UPLO: str = "L", *, out: Tensor | None = None) -> Tensor:
    """Find the eigenvalues of symmetric matrices, rising; see :func:`eigh`.

    Example:
        >>> dlx.linalg.eigvalsh(dlx.tensor([[3.0, 0.0], [0.0, 1.0]]))
        tensor([1., 3.])
    """
    values = eigh(A, UPLO).eigenvalues
    return into(out, values)


# --- products ---------------------------------------------------------------------------------------------------------
def multi_dot(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Multiply several matrices, in the order that takes the fewest multiplications.

    Args:
        tensors: matrices; the first and the last may be vectors.
        out: where to write the result.

    Returns:
        Tensor of the first number of rows and the last number of columns.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: there are no tensors.

    Example:
        >>> dlx.linalg.multi_dot([dlx.ones(1, 2), dlx.ones(2, 3), dlx.ones(3)])
        tensor([6.])
    """
    return _C.multi_dot(list(tensors), out)


def cross(input: Tensor, other: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Take the cross product of vectors with three components; see :func:`dlx.cross`.

    Example:
        >>> dlx.linalg.cross(dlx.tensor([1, 0, 0]), dlx.tensor([0, 1, 0]))
        tensor([0, 0, 1])
    """
    return _cross(input, other, dim, out=out)


def vecdot(x: Tensor, y: Tensor, *, dim: int = -1, out: Tensor | None = None) -> Tensor:
    """Sum the products of two tensors along a dimension; the other dimensions broadcast.

    Example:
        >>> dlx.linalg.vecdot(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]), dlx.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    product = _C.mul(x, y, None)
    return _C.sum(product, dim, False, product.dtype, out)


def _dimension(function: str, dim: int, ndim: int) -> int:
    """A dimension counted from the front."""
    if not -ndim <= dim < ndim:
        raise IndexError(f"{function}: dim {dim} is out of range for {ndim} dimensions.")
    return dim % ndim


def _tolerance(A: Tensor, m: int, n: int) -> float:
    """What counts as nothing beside the largest singular value."""
    return (2.0**-23 if A.dtype == _C.float32 else 2.0**-52) * max(m, n)


def _rank_of(s: Tensor, atol: float | None, rtol: float) -> Tensor:
    """How many singular values are above both bounds."""
    if s.shape[-1] == 0:
        return _C.sum(s, [-1], False, _C.int64, None)
    largest = _C.narrow(s, -1, 0, 1)
    bound = largest * rtol if atol is None else (largest * rtol).clamp(min=atol)
    return _C.sum(_C.gt(s, bound, None), [-1], False, None, None)
