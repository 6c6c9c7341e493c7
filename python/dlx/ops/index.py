"""Reading and adding at positions that a tensor gives."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["gather", "index_add", "index_select"]


def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Add slices of a tensor at given positions; several for one position are added in the order in which they come.

    ``out = input; out[index[i], ...] += alpha * source[i, ...]``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension in which the slices lie.
        index: positions in [-size, size), int32 or int64, shape ``(k,)`` or ``()``.
        source: the shape of ``input`` with ``k`` for dimension ``dim``, the dtype of ``input``.
        alpha: factor of ``source``.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``source`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor, or the dtypes differ.

    Example:
        >>> dlx.index_add(dlx.zeros(3), 0, dlx.tensor([0, 2, 0]), dlx.tensor([1.0, 2.0, 3.0]))
        tensor([4., 0., 2.])
    """
    return _C.index_add(input, dim, index, source, alpha, out)


def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Add slices at given positions, in place; see :func:`dlx.index_add`."""
    return _C.index_add(input, dim, index, source, alpha, input)


def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Pick slices by position.

    ``out[i, ...] = input[index[i], ...]``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension in which the slices lie.
        index: positions, int32 or int64, shape ``(k,)`` or ``()``.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input`` with ``k`` for dimension ``dim``.

    Raises:
        ShapeError: ``index`` has more than one dimension.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor.

    Example:
        >>> dlx.index_select(dlx.tensor([[1, 2, 3], [4, 5, 6]]), 1, dlx.tensor([2, 0]))
        tensor([[3, 1],
                [6, 4]])
    """
    return _C.index_select(input, dim, index, out)


def gather(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Pick one element for each element of an index.

    ``out[i, j] = input[index[i, j], j]`` for two dimensions and ``dim`` 0, and so on.

    Args:
        input: any shape.
        dim: the dimension along which to pick.
        index: positions in [0, size), int64, as many dimensions as ``input`` and no larger but in ``dim``.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``index`` and the dtype of ``input``.

    Raises:
        ShapeError: ``index`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is not int64.

    Example:
        >>> dlx.gather(dlx.tensor([[1, 2], [3, 4]]), 1, dlx.tensor([[0, 0], [1, 0]]))
        tensor([[1, 1],
                [4, 3]])
    """
    return _C.gather(input, dim, index, out)
