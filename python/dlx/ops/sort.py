"""Sorting and selecting. Every sort is stable; nan is the largest value, and -0 equals 0."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import other_name, two_outputs
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "argsort", "argwhere", "bincount", "bucketize", "kthvalue", "median", "mode", "msort", "nanmedian", "nanquantile",
    "nonzero", "quantile", "searchsorted", "sort", "topk", "unique", "unique_consecutive",
]  # fmt: skip

sort_result = namedtuple("sort_result", ["values", "indices"])
topk_result = namedtuple("topk_result", ["values", "indices"])
kthvalue_result = namedtuple("kthvalue_result", ["values", "indices"])
median_result = namedtuple("median_result", ["values", "indices"])
nanmedian_result = namedtuple("nanmedian_result", ["values", "indices"])
mode_result = namedtuple("mode_result", ["values", "indices"])


def sort(
    input: Tensor,
    dim: int = -1,
    descending: bool = False,
    stable: bool | None = False,
    *,
    out: tuple[Tensor, Tensor] | None = None,
    axis: int | None = None,
) -> Any:
    """Sort along a dimension.

    Args:
        input: any shape and dtype.
        dim: the dimension to sort along.
        descending: the largest first; equal values stay in their order in any case.
        stable: understood and not needed: every sort of dlx is stable.
        out: two tensors (values, indices) to write the result to.
        axis: NumPy's name of ``dim``.

    Returns:
        ``(values, indices)``: the sorted tensor, and where its elements stood.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.sort(dlx.tensor([3, 1, 2]))
        sort_result(values=tensor([1, 2, 3]), indices=tensor([1, 2, 0]))
    """
    if axis is not None:
        dim = other_name("sort", "dim", None if dim == -1 else dim, "axis", axis)
    return sort_result(*_C.sort(input, dim, descending, *two_outputs("sort", "values", "indices", out)))


def argsort(
    input: Tensor,
    dim: int = -1,
    descending: bool = False,
    stable: bool = False,
    *,
    out: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Find the indices that sort along a dimension.

    Args:
        input: any shape and dtype.
        dim: the dimension to sort along.
        descending: the largest first.
        stable: understood and not needed: every sort of dlx is stable.
        out: where to write the result.
        axis: NumPy's name of ``dim``.

    Returns:
        Tensor of int64 of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.argsort(dlx.tensor([3, 1, 2]))
        tensor([1, 2, 0])
    """
    if axis is not None:
        dim = other_name("argsort", "dim", None if dim == -1 else dim, "axis", axis)
    return _C.argsort(input, dim, descending, out)


def msort(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Sort along the first dimension.

    Example:
        >>> dlx.msort(dlx.tensor([[3, 1], [2, 4]]))
        tensor([[2, 1],
                [3, 4]])
    """
    if out is None:
        return _C.sort(input, 0, False, None, None)[0]
    return _C.sort(input, 0, False, out, None)[0]


def topk(
    input: Tensor,
    k: int,
    dim: int = -1,
    largest: bool = True,
    sorted: bool = True,
    *,
    out: tuple[Tensor, Tensor] | None = None,
    axis: int | None = None,
) -> Any:
    """Find the ``k`` largest or smallest values along a dimension; of equal ones those that come first.

    Args:
        input: any shape and dtype.
        k: how many, at most the size of ``dim``.
        dim: the dimension to search along.
        largest: the largest if true, else the smallest.
        sorted: understood and not needed: they come sorted.
        out: two tensors (values, indices) to write the result to.
        axis: NumPy's name of ``dim``.

    Returns:
        ``(values, indices)``, of the shape of ``input`` with ``k`` for dimension ``dim``.

    Raises:
        IndexError: ``dim`` or ``k`` is out of range.

    Example:
        >>> dlx.topk(dlx.tensor([3, 1, 2]), 2)
        topk_result(values=tensor([3, 2]), indices=tensor([0, 2]))
    """
    if axis is not None:
        dim = other_name("topk", "dim", None if dim == -1 else dim, "axis", axis)
    return topk_result(*_C.topk(input, k, dim, largest, *two_outputs("topk", "values", "indices", out)))


def kthvalue(
    input: Tensor, k: int, dim: int = -1, keepdim: bool = False, *, out: tuple[Tensor, Tensor] | None = None
) -> Any:
    """Find the ``k``-th smallest value along a dimension.

    Args:
        input: any shape and dtype.
        k: which, from 1.
        dim: the dimension to search along.
        keepdim: keep that dimension with size 1.
        out: two tensors (values, indices) to write the result to.

    Returns:
        ``(values, indices)``.

    Raises:
        ValueError: ``k`` is out of range.
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.kthvalue(dlx.tensor([3, 1, 2]), 2)
        kthvalue_result(values=tensor(2), indices=tensor(2))
    """
    return kthvalue_result(*_C.kthvalue(input, k, dim, keepdim, *two_outputs("kthvalue", "values", "indices", out)))


def median(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: tuple[Tensor, Tensor] | None = None
) -> Any:
    """Find the median, the lower of two; nan if there is one.

    Args:
        input: any shape and dtype.
        dim: the dimension to reduce; all if None.
        keepdim: keep that dimension with size 1.
        out: two tensors (values, indices) to write the result to.

    Returns:
        A tensor without dimensions if ``dim`` is None, else ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range, or there is nothing to choose from.

    Example:
        >>> dlx.median(dlx.tensor([1, 4, 2, 3]))
        tensor(2)
    """
    if dim is None:
        return _C.median(input, False)
    return median_result(*_C.median_dim(input, dim, keepdim, False, *two_outputs("median", "values", "indices", out)))


def nanmedian(
    input: Tensor, dim: int | None = None, keepdim: bool = False, *, out: tuple[Tensor, Tensor] | None = None
) -> Any:
    """Find the median of what is not nan, the lower of two; nan where there is nothing else.

    Args:
        input: any shape and dtype.
        dim: the dimension to reduce; all if None.
        keepdim: keep that dimension with size 1.
        out: two tensors (values, indices) to write the result to.

    Returns:
        A tensor without dimensions if ``dim`` is None, else ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range, or there is nothing to choose from.

    Example:
        >>> dlx.nanmedian(dlx.tensor([1.0, dlx.nan, 3.0]))
        tensor(1.)
    """
    if dim is None:
        return _C.median(input, True)
    outs = two_outputs("nanmedian", "values", "indices", out)
    return nanmedian_result(*_C.median_dim(input, dim, keepdim, True, *outs))


def mode(input: Tensor, dim: int = -1, keepdim: bool = False, *, out: tuple[Tensor, Tensor] | None = None) -> Any:
    """Find the most frequent value along a dimension: the smallest such, and the last index at which it stands.

    Args:
        input: any shape and dtype.
        dim: the dimension to reduce.
        keepdim: keep that dimension with size 1.
        out: two tensors (values, indices) to write the result to.

    Returns:
        ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range, or there is nothing to choose from.

    Example:
        >>> dlx.mode(dlx.tensor([1, 2, 2, 3]))
        mode_result(values=tensor(2), indices=tensor(2))
    """
    return mode_result(*_C.mode(input, dim, keepdim, *two_outputs("mode", "values", "indices", out)))


def unique(
    input: Tensor,
    sorted: bool = True,
    return_inverse: bool = False,
    return_counts: bool = False,
    dim: int | None = None,
) -> Any:
    """Find the different elements, or the different slices along a dimension.

    Args:
        input: any shape and dtype. A nan differs from every other.
        sorted: understood and not needed: they come sorted, slices by their first elements first.
        return_inverse: also tell for each element which of the results it is.
        return_counts: also tell how often each result stands in ``input``.
        dim: compare slices along this dimension; None for single elements.

    Returns:
        The different elements in one dimension (or slices in ``dim``); with ``return_inverse`` and ``return_counts`` a
        tuple in that order: values, inverse (of the shape of ``input``, or of size ``input.shape[dim]``), counts.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.unique(dlx.tensor([3, 1, 3]), return_counts=True)
        (tensor([1, 3]), tensor([1, 2]))
    """
    return _asked(_C.unique(input, dim, False), return_inverse, return_counts)


def unique_consecutive(
    input: Tensor, return_inverse: bool = False, return_counts: bool = False, dim: int | None = None
) -> Any:
    """Keep the first of each run of equal elements, or of equal slices along a dimension.

    Args:
        input: any shape and dtype. A nan differs from every other.
        return_inverse: also tell for each element which of the results it is.
        return_counts: also tell how long each run is.
        dim: compare slices along this dimension; None for single elements.

    Returns:
        As :func:`dlx.unique`.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.unique_consecutive(dlx.tensor([1, 1, 2, 1]))
        tensor([1, 2, 1])
    """
    return _asked(_C.unique(input, dim, True), return_inverse, return_counts)


def _asked(results: tuple[Tensor, ...], return_inverse: bool, return_counts: bool) -> Any:
    """What unique was asked for of (values, inverse, counts)."""
    values, inverse, counts = results
    if return_inverse:
        return (values, inverse, counts) if return_counts else (values, inverse)
    return (values, counts) if return_counts else values


def searchsorted(
    sorted_sequence: Tensor,
    input: Tensor | float,
    *,
    out_int32: bool = False,
    right: bool = False,
    side: str | None = None,
    sorter: Tensor | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Find where values would go in sorted rows.

    ``sequence[i - 1] < value <= sequence[i]`` for the result ``i``; with ``right``,
    ``sequence[i - 1] <= value < sequence[i]``.

    Args:
        sorted_sequence: shape ``(n,)``, or ``(*, n)`` with rows for those of ``input``; rising along the last
            dimension.
        input: the values, shape ``(*, m)``, or any shape where ``sorted_sequence`` has one dimension.
        out_int32: give int32 instead of int64.
        right: behind equal elements instead of before them.
        side: "left" or "right", another way to say ``right``.
        sorter: the indices that sort ``sorted_sequence``, if it is not sorted itself; int64.
        out: where to write the result.

    Returns:
        Tensor of indices of the shape of ``input``.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: ``side`` is neither "left" nor "right", or contradicts ``right``.

    Example:
        >>> dlx.searchsorted(dlx.tensor([1, 3, 5]), dlx.tensor([3, 4]))
        tensor([1, 2])
    """
    if side is not None:
        if side not in ("left", "right"):
            raise ValueError(f"searchsorted: side must be 'left' or 'right'. Got {side!r}.")
        if right and side == "left":
            raise ValueError("searchsorted: right=True and side='left' contradict each other.")
        right = side == "right"
    return _C.searchsorted(sorted_sequence, input, out_int32, right, sorter, out)


def bucketize(
    input: Tensor | float,
    boundaries: Tensor,
    *,
    out_int32: bool = False,
    right: bool = False,
    out: Tensor | None = None,
) -> Tensor:
    """Find the bucket of each value, given the sorted boundaries between buckets.

    Args:
        input: the values, any shape.
        boundaries: shape ``(n,)``, rising.
        out_int32: give int32 instead of int64.
        right: a value that equals a boundary belongs above it instead of below.
        out: where to write the result.

    Returns:
        Tensor of indices from 0 to ``n``, of the shape of ``input``.

    Raises:
        ShapeError: ``boundaries`` has other than one dimension.

    Example:
        >>> dlx.bucketize(dlx.tensor([0, 3, 9]), dlx.tensor([1, 3, 5]))
        tensor([0, 1, 3])
    """
    return _C.bucketize(input, boundaries, out_int32, right, out)


def nonzero(input: Tensor, *, as_tuple: bool = False, out: Tensor | None = None) -> Any:
    """Find where elements are not zero. The host must wait for the data, since they decide the shape.

    Args:
        input: any shape and dtype.
        as_tuple: give one tensor for each dimension, which can index ``input``.
        out: where to write the result (not with ``as_tuple``).

    Returns:
        Tensor of int64, shape ``(count, input.dim())``; or a tuple of tensors of shape ``(count,)``.

    Raises:
        TypeError: ``out`` is given with ``as_tuple``.

    Example:
        >>> dlx.nonzero(dlx.tensor([[0, 1], [2, 0]]))
        tensor([[0, 1],
                [1, 0]])
    """
    if not as_tuple:
        return _C.nonzero(input, out)
    if out is not None:
        raise TypeError("nonzero: out cannot be used with as_tuple=True.")
    return _C.unbind(_C.nonzero(input if input.ndim else _C.unsqueeze(input, 0), None), 1)


def argwhere(input: Tensor) -> Tensor:
    """Find where elements are not zero, as rows of coordinates; see :func:`dlx.nonzero`.

    Example:
        >>> dlx.argwhere(dlx.tensor([0, 7]))
        tensor([[1]])
    """
    return _C.nonzero(input, None)


def bincount(input: Tensor, weights: Tensor | None = None, minlength: int = 0) -> Tensor:
    """Count how often each integer stands in a tensor.

    Args:
        input: shape ``(n,)``, integers that are not negative.
        weights: shape ``(n,)``; if given, they are added up instead of ones.
        minlength: the least size of the result.

    Returns:
        Tensor of shape ``(max(input) + 1,)`` or longer: int64, or the sums of ``weights`` in float32 or float64.

    Raises:
        ShapeError: ``input`` has other than one dimension, or ``weights`` another shape.
        DtypeError: ``input`` does not hold integers.
        ValueError: an integer or ``minlength`` is negative.

    Example:
        >>> dlx.bincount(dlx.tensor([0, 2, 2]))
        tensor([1, 0, 2])
    """
    return _C.bincount(input, weights, minlength)


_INTERPOLATIONS = ("linear", "lower", "higher", "midpoint", "nearest")


def quantile(
    input: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Find quantiles: the values below which given shares of the elements lie; nan if one is.

    The value at place ``q * (n - 1)`` of the ``n`` sorted elements; between two of them as ``interpolation`` says.

    Args:
        input: float32 or float64, not empty.
        q: a number in [0, 1], or a tensor of them, shape ``()`` or ``(k,)``, of the dtype of ``input``.
        dim: the dimension to reduce; all if None.
        keepdim: keep that dimension with size 1.
        interpolation: "linear", "lower", "higher", "midpoint" or "nearest".
        out: where to write the result.

    Returns:
        Tensor without the reduced dimension; with ``k`` first if ``q`` has a dimension.

    Raises:
        DtypeError: ``input`` is of another dtype.
        ValueError: ``q`` is outside [0, 1], or ``interpolation`` is unknown.

    Example:
        >>> dlx.quantile(dlx.tensor([1.0, 2.0, 3.0, 4.0]), 0.5)
        tensor(2.5000)
    """
    return _quantile("quantile", input, q, dim, keepdim, interpolation, False, out)


def nanquantile(
    input: Tensor,
    q: Tensor | float,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    interpolation: str = "linear",
    out: Tensor | None = None,
) -> Tensor:
    """Find quantiles of what is not nan; see :func:`dlx.quantile`.

    Example:
        >>> dlx.nanquantile(dlx.tensor([1.0, dlx.nan, 3.0]), 0.5)
        tensor(2.)
    """
    return _quantile("nanquantile", input, q, dim, keepdim, interpolation, True, out)


def _quantile(
    function: str, input: Tensor, q: Any, dim: int | None, keepdim: bool, interpolation: str, skip: bool, out: Any
) -> Tensor:
    """Either quantile, its interpolation as a number."""
    if interpolation not in _INTERPOLATIONS:
        raise ValueError(
            f"{function}: interpolation must be one of {', '.join(_INTERPOLATIONS)}. Got {interpolation!r}."
        )
    if not isinstance(q, _C.Tensor):
        q = _C.full((), float(q), input.dtype, input.device)
    return _C.quantile(input, q, dim, keepdim, _INTERPOLATIONS.index(interpolation), skip, out)


direct(globals())
