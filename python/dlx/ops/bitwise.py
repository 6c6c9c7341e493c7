"""Integers as bits, and their divisors."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Operand

__all__ = [
    "bitwise_and", "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor",
    "gcd", "lcm",
]  # fmt: skip


def bitwise_and(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Keep the bits that both have; of booleans, and.

    ``out = input & other``

    Args:
        input: integers or booleans of any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point.

    Example:
        >>> dlx.bitwise_and(dlx.tensor([6, 5]), 3)
        tensor([2, 1])
    """
    return _C.bitwise_and(input, other, out)


def bitwise_or(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Join the bits; of booleans, or.

    ``out = input | other``

    Args:
        input: integers or booleans of any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point.

    Example:
        >>> dlx.bitwise_or(dlx.tensor([6, 5]), 3)
        tensor([7, 7])
    """
    return _C.bitwise_or(input, other, out)


def bitwise_xor(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Keep the bits that one of the two has; of booleans, exclusive or.

    ``out = input ^ other``

    Args:
        input: integers or booleans of any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point.

    Example:
        >>> dlx.bitwise_xor(dlx.tensor([6, 5]), 3)
        tensor([5, 6])
    """
    return _C.bitwise_xor(input, other, out)


def bitwise_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Turn every bit round; of booleans, not.

    ``out = ~input``

    Args:
        input: integers or booleans of any shape.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is floating point.

    Example:
        >>> dlx.bitwise_not(dlx.tensor([0, 5]))
        tensor([-1, -6])
    """
    return _C.bitwise_not(input, out)


def bitwise_left_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Move the bits up.

    ``out = input << other``, which wraps around; 0 where ``other`` is negative or as large as the dtype is wide.

    Args:
        input: integers of any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point, or both are bool.

    Example:
        >>> dlx.bitwise_left_shift(dlx.tensor([1, 3]), 2)
        tensor([ 4, 12])
    """
    return _C.bitwise_left_shift(input, other, out)


def bitwise_right_shift(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Move the bits down, keeping the sign.

    ``out = input >> other``; 0, or -1 of negative numbers, where ``other`` is negative or as large as the dtype is
    wide.

    Args:
        input: integers of any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point, or both are bool.

    Example:
        >>> dlx.bitwise_right_shift(dlx.tensor([8, -8]), 2)
        tensor([ 2, -2])
    """
    return _C.bitwise_right_shift(input, other, out)


def gcd(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the greatest common divisor.

    Never negative; ``gcd(0, 0) = 0``.

    Args:
        input: integers of any shape.
        other: integers; it broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point, or both are bool.

    Example:
        >>> dlx.gcd(dlx.tensor([12, -9]), dlx.tensor([18, 6]))
        tensor([6, 3])
    """
    return _C.gcd(input, other, out)


def lcm(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the least common multiple.

    Never negative, but for overflow; 0 where either is 0.

    Args:
        input: integers of any shape.
        other: integers; it broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: one is floating point, or both are bool.

    Example:
        >>> dlx.lcm(dlx.tensor([4, -9]), dlx.tensor([6, 6]))
        tensor([12, 18])
    """
    return _C.lcm(input, other, out)


direct(globals())
