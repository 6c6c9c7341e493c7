"""Functions that reduce dimensions: sums, extremes, questions."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import other_name

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Dims

__all__ = ["all", "amax", "amin", "any", "argmax", "argmin", "max", "mean", "min", "sum"]

max_result = namedtuple("max_result", ["values", "indices"])
min_result = namedtuple("min_result", ["values", "indices"])


def sum(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Add up.

    ``out = sum of input over dim``. The order of the additions depends on the length alone, so the bits do too.

    Args:
        input: any shape.
        dim: the dimension or dimensions to sum over; all if None or empty.
        keepdim: keep the summed dimensions with size 1.
        dtype: of the result; ``input`` is converted first. If None, int64 for integers and bool, else that of ``input``
            (halves are summed in float32).
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the summed dimensions; 0 where there is nothing to sum.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: a dimension is given twice.

    Example:
        >>> dlx.sum(dlx.tensor([[1, 2], [3, 4]]), dim=0)
        tensor([4, 6])
    """
    if axis is not None:
        dim = other_name("sum", "dim", dim, "axis", axis)
    return _C.sum(input, dim, keepdim or keepdims, dtype, out)


def mean(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the mean.

    ``out = sum(input) / n`` over ``dim``, ``n`` elements each; nan where there are none.

    Args:
        input: any shape, floating point unless ``dtype`` is.
        dim: the dimension or dimensions to take the mean over; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        dtype: of the result; ``input`` is converted first.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions.

    Raises:
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.mean(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([1.5000, 3.5000])
    """
    if axis is not None:
        dim = other_name("mean", "dim", dim, "axis", axis)
    return _C.mean(input, dim, keepdim or keepdims, dtype, out)


def amax(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the largest value; nan if there is one. Equal largest values share the gradient.

    Args:
        input: any shape; the reduced dimensions are not empty.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions, of the dtype of ``input``.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: there is nothing to take the largest of.

    Example:
        >>> dlx.amax(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([5, 3])
    """
    if axis is not None:
        dim = other_name("amax", "dim", dim, "axis", axis)
    return _C.amax(input, dim, keepdim or keepdims, out)


def amin(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the smallest value; nan if there is one. Equal smallest values share the gradient.

    Args:
        input: any shape; the reduced dimensions are not empty.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions, of the dtype of ``input``.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: there is nothing to take the smallest of.

    Example:
        >>> dlx.amin(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([1, 2])
    """
    if axis is not None:
        dim = other_name("amin", "dim", dim, "axis", axis)
    return _C.amin(input, dim, keepdim or keepdims, out)


def max(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Any:
    """Take the largest value of all, or along one dimension with its index; nan counts as largest.

    ``max(input, other)`` with two tensors is :func:`dlx.maximum`.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to reduce; None for all. Of equal values the first is taken.
        keepdim: keep the reduced dimension with size 1.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        A tensor without dimensions if ``dim`` is None, else ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to take the largest of.

    Example:
        >>> dlx.max(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        max_result(values=tensor([5, 3]), indices=tensor([1, 0]))
    """
    if axis is not None:
        dim = other_name("max", "dim", dim, "axis", axis)
    if dim is None:
        if keepdim or keepdims:
            raise TypeError("max: keepdim needs dim. dlx.amax(x, keepdim=True) keeps all dimensions.")
        return _C.amax(input, None, False, None)
    if isinstance(dim, _C.Tensor):
        return _C.maximum(input, dim, None)
    return max_result(*_C.max_dim(input, dim, keepdim or keepdims))


def min(
    input: Tensor, dim: Any = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Any:
    """Take the smallest value of all, or along one dimension with its index; nan counts as smallest.

    ``min(input, other)`` with two tensors is :func:`dlx.minimum`.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to reduce; None for all. Of equal values the first is taken.
        keepdim: keep the reduced dimension with size 1.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        A tensor without dimensions if ``dim`` is None, else ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to take the smallest of.

    Example:
        >>> dlx.min(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        min_result(values=tensor([1, 2]), indices=tensor([0, 1]))
    """
    if axis is not None:
        dim = other_name("min", "dim", dim, "axis", axis)
    if dim is None:
        if keepdim or keepdims:
            raise TypeError("min: keepdim needs dim. dlx.amin(x, keepdim=True) keeps all dimensions.")
        return _C.amin(input, None, False, None)
    if isinstance(dim, _C.Tensor):
        return _C.minimum(input, dim, None)
    return min_result(*_C.min_dim(input, dim, keepdim or keepdims))


def argmax(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Tensor:
    """Find the index of the largest value, the first of equal ones; nan counts as largest.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to search along; if None, the index counts all elements in order.
        keepdim: keep the reduced dimension with size 1.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of int64 without the reduced dimension.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to search.

    Example:
        >>> dlx.argmax(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([1, 0])
    """
    if axis is not None:
        dim = other_name("argmax", "dim", dim, "axis", axis)
    return _C.argmax(input, dim, keepdim or keepdims)


def argmin(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: int | None = None, keepdims: bool = False
) -> Tensor:
    """Find the index of the smallest value, the first of equal ones; nan counts as smallest.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to search along; if None, the index counts all elements in order.
        keepdim: keep the reduced dimension with size 1.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of int64 without the reduced dimension.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to search.

    Example:
        >>> dlx.argmin(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([0, 1])
    """
    if axis is not None:
        dim = other_name("argmin", "dim", dim, "axis", axis)
    return _C.argmin(input, dim, keepdim or keepdims)


def all(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, axis: Dims | None = None, keepdims: bool = False
) -> Tensor:
    """Ask whether all elements are true (not zero); True where there are none.

    Args:
        input: any shape and dtype.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of bool without the reduced dimensions.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.all(dlx.tensor([[True, False], [True, True]]), dim=1)
        tensor([False,  True])
    """
    if axis is not None:
        dim = other_name("all", "dim", dim, "axis", axis)
    return _C.all(input, dim, keepdim or keepdims)


def any(
    input: Tensor, dim: Dims | None = None, keepdim: bool = False, *, axis: Dims | None = None, keepdims: bool = False
) -> Tensor:
    """Ask whether any element is true (not zero); False where there are none.

    Args:
        input: any shape and dtype.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of bool without the reduced dimensions.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.any(dlx.tensor([[True, False], [False, False]]), dim=1)
        tensor([ True, False])
    """
    if axis is not None:
        dim = other_name("any", "dim", dim, "axis", axis)
    return _C.any(input, dim, keepdim or keepdims)
