"""Cumulative functions along one dimension. Each element follows from the one before it, in one fixed order."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import other_name, required, two_outputs
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["cummax", "cummin", "cumprod", "cumsum", "diff", "logcumsumexp"]

cummax_result = namedtuple("cummax_result", ["values", "indices"])
cummin_result = namedtuple("cummin_result", ["values", "indices"])


def _dim(function: str, dim: Any, axis: Any) -> int:
    """The dimension, under either name."""
    if axis is not None:
        return other_name(function, "dim", dim, "axis", axis)
    if dim is None:
        raise required(function, "dim")
    return dim


def cumsum(
    input: Tensor,
    dim: int | None = None,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Add up along a dimension, keeping every sum on the way.

    ``out[i] = input[0] + ... + input[i]``. Sums of floats are kept in float64.

    Args:
        input: any shape.
        dim: the dimension.
        dtype: of the result; ``input`` is converted first. If None, int64 for integers and bool, else ``input``'s.
        out: where to write the result.
        axis: NumPy's name of ``dim``.

    Returns:
        Tensor of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.cumsum(dlx.tensor([1, 2, 3]), dim=0)
        tensor([1, 3, 6])
    """
    return _C.cumsum(input, _dim("cumsum", dim, axis), dtype, out)


def cumsum_(input: Tensor, dim: int | None = None, *, dtype: _C.dtype | None = None, axis: int | None = None) -> Tensor:
    """Add up along a dimension in place; see :func:`dlx.cumsum`."""
    return _C.cumsum(input, _dim("cumsum_", dim, axis), input.dtype if dtype is None else dtype, input)


def cumprod(
    input: Tensor,
    dim: int | None = None,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Multiply along a dimension, keeping every product on the way.

    ``out[i] = input[0] * ... * input[i]``. Products of floats are kept in float64. The gradient divides by nothing, so
    zeros do no harm.

    Args:
        input: any shape.
        dim: the dimension.
        dtype: of the result; ``input`` is converted first. If None, int64 for integers and bool, else ``input``'s.
        out: where to write the result.
        axis: NumPy's name of ``dim``.

    Returns:
        Tensor of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.cumprod(dlx.tensor([1, 2, 3]), dim=0)
        tensor([1, 2, 6])
    """
    return _C.cumprod(input, _dim("cumprod", dim, axis), dtype, out)


def cumprod_(
    input: Tensor, dim: int | None = None, *, dtype: _C.dtype | None = None, axis: int | None = None
) -> Tensor:
    """Multiply along a dimension in place; see :func:`dlx.cumprod`."""
    return _C.cumprod(input, _dim("cumprod_", dim, axis), input.dtype if dtype is None else dtype, input)


def cummax(input: Tensor, dim: int, *, out: tuple[Tensor, Tensor] | None = None) -> Any:
    """Take the largest value so far along a dimension, and the last index at which it stood; a nan stays.

    Args:
        input: any shape.
        dim: the dimension.
        out: two tensors (values, indices) to write the result to.

    Returns:
        ``(values, indices)``, both of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.cummax(dlx.tensor([1, 3, 2]), dim=0)
        cummax_result(values=tensor([1, 3, 3]), indices=tensor([0, 1, 1]))
    """
    return cummax_result(*_C.cummax(input, dim, *two_outputs("cummax", "values", "indices", out)))


def cummin(input: Tensor, dim: int, *, out: tuple[Tensor, Tensor] | None = None) -> Any:
    """Take the smallest value so far along a dimension, and the last index at which it stood; a nan stays.

    Args:
        input: any shape.
        dim: the dimension.
        out: two tensors (values, indices) to write the result to.

    Returns:
        ``(values, indices)``, both of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.cummin(dlx.tensor([2, 3, 1]), dim=0)
        cummin_result(values=tensor([2, 2, 1]), indices=tensor([0, 0, 2]))
    """
    return cummin_result(*_C.cummin(input, dim, *two_outputs("cummin", "values", "indices", out)))


def logcumsumexp(input: Tensor, dim: int, *, out: Tensor | None = None) -> Tensor:
    """Take the logarithm of the cumulative sum of exponentials, without overflow.

    ``out[i] = log(exp(input[0]) + ... + exp(input[i]))``

    Args:
        input: any shape, floating point.
        dim: the dimension.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.logcumsumexp(dlx.tensor([0.0, 0.0, 1000.0]), dim=0)
        tensor([0.0000e+00, 6.9315e-01, 1.0000e+03])
    """
    return _C.logcumsumexp(input, dim, out)


def diff(
    input: Tensor,
    n: int = 1,
    dim: int = -1,
    prepend: Tensor | None = None,
    append: Tensor | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Take the differences of neighbours along a dimension.

    ``out[i] = input[i + 1] - input[i]``, ``n`` times; of booleans, whether they differ.

    Args:
        input: one dimension at least.
        n: how often, not negative.
        dim: the dimension.
        prepend: put before ``input`` first; its shape but for ``dim``, or no dimensions.
        append: put after ``input`` first.
        out: where to write the result.

    Returns:
        Tensor, ``n`` shorter in ``dim`` than what it started from.

    Raises:
        ShapeError: ``input`` has no dimensions, or ``prepend`` or ``append`` does not fit.
        ValueError: ``n`` is negative.
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.diff(dlx.tensor([1, 4, 9]))
        tensor([3, 5])
    """
    return _C.diff(input, n, dim, prepend, append, out)


direct(globals(), cumsum=(_C.cumsum, "dim"), cumprod=(_C.cumprod, "dim"))
