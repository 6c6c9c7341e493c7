"""Matrix products. Each element is one chain of fused multiply-adds along k, the same on any number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import into
from dlx.ops._direct import direct
from dlx.ops.einsum import einsum

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "addmm", "addmv", "baddbmm", "bmm", "chain_matmul", "cross", "dot", "einsum", "ger", "inner", "kron", "matmul",
    "matrix_power", "mm", "mv", "outer", "tensordot", "trace", "vdot",
]  # fmt: skip


def matmul(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply matrices, vectors or batches of them.

    ``out[..., i, j] = sum_k(input[..., i, k] * other[..., k, j])``

    Args:
        input: shape ``(..., n, k)`` or ``(k,)``.
        other: shape ``(..., k, m)`` or ``(k,)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor of shape ``(..., n, m)``, the leading dimensions broadcast; a vector's dimension does not appear.

    Raises:
        ShapeError: an argument has no dimensions, ``k`` differs, or the leading dimensions do not broadcast.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.matmul(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]), dlx.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    return _C.matmul(input, other, out)


def mm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply two matrices.

    ``out[i, j] = sum_k(input[i, k] * mat2[k, j])``

    Args:
        input: shape ``(n, k)``.
        mat2: shape ``(k, m)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor of shape ``(n, m)``.

    Raises:
        ShapeError: an argument is no matrix, or ``k`` differs.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.mm(dlx.tensor([[1.0, 2.0]]), dlx.tensor([[3.0], [4.0]]))
        tensor([[11.]])
    """
    if input.ndim != 2 or mat2.ndim != 2:
        raise _ranks("mm", 2, input, mat2)
    return _C.matmul(input, mat2, out)


def bmm(input: Tensor, mat2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply two batches of matrices, without broadcasting.

    ``out[b, i, j] = sum_k(input[b, i, k] * mat2[b, k, j])``

    Args:
        input: shape ``(b, n, k)``.
        mat2: shape ``(b, k, m)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor of shape ``(b, n, m)``.

    Raises:
        ShapeError: an argument has other than three dimensions, or ``b`` or ``k`` differs.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.bmm(dlx.ones(1, 1, 2), dlx.ones(1, 2, 1))
        tensor([[[2.]]])
    """
    if input.ndim != 3 or mat2.ndim != 3:
        raise _ranks("bmm", 3, input, mat2)
    if input.shape[0] != mat2.shape[0]:
        raise _C.ShapeError(
            "bmm: input and mat2 must have the same first dimension. "
            f"Got shapes {tuple(input.shape)} and {tuple(mat2.shape)}."
        )
    return _C.matmul(input, mat2, out)


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Apply a linear map to the last dimension.

    ``out = input @ weight.T + bias``

    Args:
        input: shape ``(*, in_features)``.
        weight: shape ``(out_features, in_features)`` or ``(in_features,)``, of the dtype of ``input``.
        bias: shape ``(out_features,)``, or none.

    Returns:
        Tensor of shape ``(*, out_features)``.

    Raises:
        ShapeError: ``in_features`` differs, or ``bias`` has another shape.
        DtypeError: the dtypes differ.

    Example:
        >>> F.linear(dlx.tensor([1.0, 2.0]), dlx.tensor([[3.0, 4.0]]), dlx.tensor([0.5]))
        tensor([11.5000])
    """
    return _C.linear(input, weight, bias)


def addmm(
    input: Tensor,
    mat1: Tensor,
    mat2: Tensor,
    *,
    beta: float = 1,
    alpha: float = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Add a product to a tensor.

    ``out = beta * input + alpha * (mat1 @ mat2)``; where ``beta`` is 0, ``input`` may hold anything, nan too.

    Args:
        input: broadcasts to ``(n, m)``, of the dtype of ``mat1``.
        mat1: shape ``(n, k)``.
        mat2: shape ``(k, m)``, of the dtype of ``mat1``.
        beta: factor of ``input``; a whole number for integers.
        alpha: factor of the product; a whole number for integers.
        out: where to write the result.

    Returns:
        Tensor of shape ``(n, m)``.

    Raises:
        ShapeError: the shapes do not fit.
        DtypeError: the dtypes differ, or a factor is no whole number where the tensors hold integers.

    Example:
        >>> dlx.addmm(dlx.ones(1, 1), dlx.tensor([[1.0, 2.0]]), dlx.tensor([[3.0], [4.0]]))
        tensor([[12.]])
    """
    return _C.addmm(input, mat1, mat2, beta, alpha, out)


def addmm_(input: Tensor, mat1: Tensor, mat2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Add a product to a tensor in place; see :func:`dlx.addmm`."""
    return _C.addmm(input, mat1, mat2, beta, alpha, input)


def addmv(
    input: Tensor,
    mat: Tensor,
    vec: Tensor,
    *,
    beta: float = 1,
    alpha: float = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Add a product to a tensor.

    ``out = beta * input + alpha * (mat @ vec)``; where ``beta`` is 0, ``input`` may hold anything, nan too.

    Args:
        input: broadcasts to ``(n,)``, of the dtype of ``mat``.
        mat: shape ``(n, k)``.
        vec: shape ``(k,)``, of the dtype of ``mat``.
        beta: factor of ``input``; a whole number for integers.
        alpha: factor of the product; a whole number for integers.
        out: where to write the result.

    Returns:
        Tensor of shape ``(n,)``.

    Raises:
        ShapeError: the shapes do not fit.
        DtypeError: the dtypes differ, or a factor is no whole number where the tensors hold integers.

    Example:
        >>> dlx.addmv(dlx.ones(1), dlx.tensor([[1.0, 2.0]]), dlx.tensor([3.0, 4.0]))
        tensor([12.])
    """
    return _C.addmv(input, mat, vec, beta, alpha, out)


def addmv_(input: Tensor, mat: Tensor, vec: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Add a product to a tensor in place; see :func:`dlx.addmv`."""
    return _C.addmv(input, mat, vec, beta, alpha, input)


def baddbmm(
    input: Tensor,
    batch1: Tensor,
    batch2: Tensor,
    *,
    beta: float = 1,
    alpha: float = 1,
    out: Tensor | None = None,
) -> Tensor:
    """Add a product to a tensor.

    ``out = beta * input + alpha * (batch1 @ batch2)``; where ``beta`` is 0, ``input`` may hold anything, nan too.

    Args:
        input: broadcasts to ``(b, n, m)``, of the dtype of ``batch1``.
        batch1: shape ``(b, n, k)``.
        batch2: shape ``(b, k, m)``, of the dtype of ``batch1``.
        beta: factor of ``input``; a whole number for integers.
        alpha: factor of the product; a whole number for integers.
        out: where to write the result.

    Returns:
        Tensor of shape ``(b, n, m)``.

    Raises:
        ShapeError: the shapes do not fit.
        DtypeError: the dtypes differ, or a factor is no whole number where the tensors hold integers.

    Example:
        >>> dlx.baddbmm(dlx.ones(1, 1, 1), dlx.ones(1, 1, 2), dlx.ones(1, 2, 1))
        tensor([[[3.]]])
    """
    return _C.baddbmm(input, batch1, batch2, beta, alpha, out)


def baddbmm_(input: Tensor, batch1: Tensor, batch2: Tensor, *, beta: float = 1, alpha: float = 1) -> Tensor:
    """Add a product to a tensor in place; see :func:`dlx.baddbmm`."""
    return _C.baddbmm(input, batch1, batch2, beta, alpha, input)


def dot(input: Tensor, tensor: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply two vectors.

    ``out = sum(input * tensor)``

    Args:
        input: shape ``(n,)``.
        tensor: shape ``(n,)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor without dimensions.

    Raises:
        ShapeError: an argument is no vector, or the lengths differ.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.dot(dlx.tensor([1.0, 2.0]), dlx.tensor([3.0, 4.0]))
        tensor(11.)
    """
    return _C.dot(input, tensor, out)


def vdot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply two vectors; of real ones as :func:`dlx.dot`.

    ``out = sum(conj(input) * other)``

    Args:
        input: shape ``(n,)``.
        other: shape ``(n,)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor without dimensions.

    Raises:
        ShapeError: an argument is no vector, or the lengths differ.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.vdot(dlx.tensor([1.0, 2.0]), dlx.tensor([3.0, 4.0]))
        tensor(11.)
    """
    return _C.dot(input, other, out)


def mv(input: Tensor, vec: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply a matrix and a vector.

    ``out[i] = sum_k(input[i, k] * vec[k])``

    Args:
        input: shape ``(n, k)``.
        vec: shape ``(k,)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor of shape ``(n,)``.

    Raises:
        ShapeError: the shapes do not fit.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.mv(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]), dlx.tensor([1.0, 1.0]))
        tensor([3., 7.])
    """
    return _C.mv(input, vec, out)


def outer(input: Tensor, vec2: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply each element of a vector with each of another.

    ``out[i, j] = input[i] * vec2[j]``

    Args:
        input: shape ``(n,)``.
        vec2: shape ``(m,)``.
        out: where to write the result.

    Returns:
        Tensor of shape ``(n, m)``.

    Raises:
        ShapeError: an argument is no vector.

    Example:
        >>> dlx.outer(dlx.tensor([1, 2]), dlx.tensor([3, 4]))
        tensor([[3, 4],
                [6, 8]])
    """
    return _C.outer(input, vec2, out)


def inner(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sum the products over the last dimension of both.

    ``out[i, j] = sum_k(input[i, k] * other[j, k])`` for two dimensions, and so on.

    Args:
        input: shape ``(*, k)``, or without dimensions: then ``input * other``.
        other: shape ``(*, k)``, of the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor of ``input``'s shape and then ``other``'s, both without the last dimension.

    Raises:
        ShapeError: ``k`` differs.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.inner(dlx.tensor([1.0, 2.0]), dlx.tensor([[3.0, 4.0], [5.0, 6.0]]))
        tensor([11., 17.])
    """
    return _C.inner(input, other, out)


def tensordot(a: Tensor, b: Tensor, dims: Any = 2, out: Tensor | None = None) -> Tensor:
    """Sum the products over pairs of dimensions.

    ``dims=n`` sums over the last ``n`` of ``a`` and the first ``n`` of ``b``, in order.

    Args:
        a: any shape.
        b: any shape, of the dtype of ``a``.
        dims: how many, or two lists: the dimensions of ``a``, and those of ``b`` that belong to them.
        out: where to write the result.

    Returns:
        Tensor of the other dimensions of ``a`` and then of ``b``.

    Raises:
        ShapeError: the sizes of a pair differ.
        ValueError: there are not so many dimensions, or one is given twice.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.tensordot(dlx.ones(2, 3, 4), dlx.ones(3, 4, 5), dims=2).shape
        dlx.Size([2, 5])
    """
    if isinstance(dims, _C.Tensor):
        dims = dims.tolist()
    if isinstance(dims, int):
        if not 0 <= dims <= min(a.ndim, b.ndim):
            raise ValueError(f"tensordot: dims must be from 0 to {min(a.ndim, b.ndim)}, or two lists. Got {dims}.")
        of_a, of_b = list(range(a.ndim - dims, a.ndim)), list(range(dims))
    else:
        of_a, of_b = ([d] if isinstance(d, int) else list(d) for d in dims)
    return _C.tensordot(a, b, of_a, of_b, out)


def kron(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the Kronecker product.

    ``out[i * p + k, j * q + l] = input[i, j] * other[k, l]`` for ``other`` of shape ``(p, q)``, and so on.

    Args:
        input: any shape.
        other: any shape; the shorter one gets leading dimensions of size 1.
        out: where to write the result.

    Returns:
        Tensor whose sizes are the products of the sizes.

    Raises:
        ShapeError: the result would be too large.

    Example:
        >>> dlx.kron(dlx.tensor([1, 2]), dlx.tensor([1, 10]))
        tensor([ 1, 10,  2, 20])
    """
    return _C.kron(input, other, out)


def cross(input: Tensor, other: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Take the cross product of vectors with three components.

    ``out = (a1 b2 - a2 b1, a2 b0 - a0 b2, a0 b1 - a1 b0)``

    Args:
        input: any shape that broadcasts with ``other``.
        other: likewise.
        dim: the dimension of the components; the first of size 3 if None.
        out: where to write the result.

    Returns:
        Tensor of the shape that both broadcast to.

    Raises:
        ShapeError: the dimension has another size than 3.
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.cross(dlx.tensor([1, 0, 0]), dlx.tensor([0, 1, 0]))
        tensor([0, 0, 1])
    """
    return _C.cross(input, other, dim, out)


def trace(input: Tensor) -> Tensor:
    """Sum the diagonal of a matrix.

    ``out = sum_i(input[i, i])``

    Args:
        input: shape ``(n, m)``.

    Returns:
        Tensor without dimensions.

    Raises:
        ShapeError: ``input`` is no matrix.

    Example:
        >>> dlx.trace(dlx.tensor([[1, 2], [3, 4]]))
        tensor(5)
    """
    return _C.trace(input)


def chain_matmul(*matrices: Tensor, out: Tensor | None = None) -> Tensor:
    """Multiply several matrices, in the order that takes the fewest multiplications.

    ``out = matrices[0] @ matrices[1] @ ...``

    Args:
        *matrices: shapes ``(n, k)``, ``(k, m)``, ...
        out: where to write the result.

    Returns:
        Tensor of the first number of rows and the last number of columns.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: there are no matrices.

    Example:
        >>> dlx.chain_matmul(dlx.ones(1, 2), dlx.ones(2, 3), dlx.ones(3, 1))
        tensor([[6.]])
    """
    return _C.multi_dot(list(matrices), out)


def matrix_power(input: Tensor, n: int, *, out: Tensor | None = None) -> Tensor:
    """Multiply a square matrix with itself; see :func:`dlx.linalg.matrix_power`.

    ``out = input @ input @ ...``, ``n`` factors; of the inverse where ``n`` is negative.

    Args:
        input: shape ``(*, k, k)``.
        n: how often.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``.

    Raises:
        ShapeError: the matrices are not square.

    Example:
        >>> dlx.matrix_power(dlx.tensor([[1.0, 1.0], [0.0, 1.0]]), 3)
        tensor([[1., 3.],
                [0., 1.]])
    """
    if input.ndim < 2 or input.shape[-1] != input.shape[-2]:
        raise _C.ShapeError(f"matrix_power: the matrices must be square. Got shape {tuple(input.shape)}.")
    base, left = (input, n) if n >= 0 else (_C.inv(input, None), -n)
    result: Tensor | None = None
    while left:
        if left % 2:
            result = base if result is None else _C.matmul(result, base, None)
        left //= 2
        if left:
            base = _C.matmul(base, base, None)
    if result is None:
        i = _C.arange(0, input.shape[-1], 1, None, input.device)
        one = _C.eq(_C.unsqueeze(i, 1), _C.unsqueeze(i, 0), None).to(input.dtype)
        result = _C.clone(_C.expand(one, input.shape), _C.contiguous_format)
    elif result is input:
        result = _C.clone(input, _C.preserve_format)
    return into(out, result)


ger = outer


def _ranks(function: str, rank: int, input: Tensor, mat2: Tensor) -> _C.ShapeError:
    return _C.ShapeError(
        f"{function}: input and mat2 must have {rank} dimensions; dlx.matmul takes any. "
        f"Got shapes {tuple(input.shape)} and {tuple(mat2.shape)}."
    )


direct(globals())
