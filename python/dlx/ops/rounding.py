"""Rounding to whole numbers, rounded quotients and remainders."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Operand

__all__ = ["ceil", "fix", "floor", "floor_divide", "fmod", "frac", "remainder", "round", "trunc"]


def floor_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Divide and round down.

    ``out = input // other``, as Python rounds. It has no gradient; that of ``div(rounding_mode="floor")`` is 0.

    Args:
        input: any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: both are bool, or ``out`` cannot hold the result.
        RuntimeError: an integer is divided by 0.

    Example:
        >>> dlx.floor_divide(dlx.tensor([7, -7]), 2)
        tensor([ 3, -4])
    """
    return _C.floor_divide(input, other, out)


def remainder(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Take the remainder, with the sign of the divisor.

    ``out = input % other``, as Python has it; exact.

    Args:
        input: any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: both are bool, or ``out`` cannot hold the result.
        RuntimeError: an integer is divided by 0.

    Example:
        >>> dlx.remainder(dlx.tensor([7, -7]), 3)
        tensor([1, 2])
    """
    return _C.remainder(input, other, out)


def fmod(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Take the remainder, with the sign of the dividend.

    ``out = input - other * trunc(input / other)``, as C's fmod; exact.

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: both are bool, or ``out`` cannot hold the result.
        RuntimeError: an integer is divided by 0.

    Example:
        >>> dlx.fmod(dlx.tensor([7, -7]), 3)
        tensor([ 1, -1])
    """
    return _C.fmod(input, other, out)


def ceil(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Round up to whole numbers.

    The gradient is 0.

    Args:
        input: floating point or integers, which are whole already.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.ceil(dlx.tensor([1.2, -1.8]))
        tensor([ 2., -1.])
    """
    return _C.ceil(input, out)


def floor(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Round down to whole numbers.

    The gradient is 0.

    Args:
        input: floating point or integers, which are whole already.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.floor(dlx.tensor([1.2, -1.8]))
        tensor([ 1., -2.])
    """
    return _C.floor(input, out)


def trunc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Round towards 0 to whole numbers.

    The gradient is 0.

    Args:
        input: floating point or integers, which are whole already.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.trunc(dlx.tensor([1.2, -1.8]))
        tensor([ 1., -1.])
    """
    return _C.trunc(input, out)


def round(input: Tensor, *, decimals: int = 0, out: Tensor | None = None) -> Tensor:
    """Round to the nearest number with so many decimals; halves to even.

    ``out = round(input * 10**decimals) / 10**decimals``. The gradient is 0.

    Args:
        input: floating point or integers, which are whole already.
        decimals: digits after the point, or, negative, zeros before it.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is bool, or integers are to have decimals.

    Example:
        >>> dlx.round(dlx.tensor([0.5, 1.5, 2.567]))
        tensor([0., 2., 3.])
    """
    return _C.round(input, decimals, out)


def frac(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Keep the part after the point, with the sign.

    ``out = input - trunc(input)``

    Args:
        input: any shape, floating point.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> dlx.frac(dlx.tensor([1.25, -2.5]))
        tensor([ 0.2500, -0.5000])
    """
    return _C.frac(input, out)


def round_(self: Tensor, *, decimals: int = 0) -> Tensor:
    """Write the result of :func:`dlx.round` into the tensor itself, and return it."""
    return _C.round(self, decimals, self)


fix = trunc

direct(globals())
