"""Matrix products. Each element is one chain of fused multiply-adds along k, the same on any number of threads."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["bmm", "matmul", "mm"]


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


def _ranks(function: str, rank: int, input: Tensor, mat2: Tensor) -> _C.ShapeError:
    return _C.ShapeError(
        f"{function}: input and mat2 must have {rank} dimensions; dlx.matmul takes any. "
        f"Got shapes {tuple(input.shape)} and {tuple(mat2.shape)}."
    )
