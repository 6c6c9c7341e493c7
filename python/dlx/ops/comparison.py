"""Comparisons, questions about elements, and the logic of truth values."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Operand

__all__ = [
    "allclose", "eq", "equal", "ge", "greater", "greater_equal", "gt", "isclose", "isfinite", "isinf",
    "isnan", "isneginf", "isposinf", "isreal", "le", "less", "less_equal", "logical_and", "logical_not",
    "logical_or", "logical_xor", "lt", "ne", "not_equal", "signbit",
]  # fmt: skip


def eq(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Ask where two tensors are equal; nan equals nothing.

    ``out = input == other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.eq(dlx.tensor([1, 2, 3]), 2)
        tensor([False,  True, False])
    """
    return _C.eq(input, other, out)


def ne(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Ask where two tensors differ; nan differs from everything.

    ``out = input != other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.ne(dlx.tensor([1, 2, 3]), 2)
        tensor([ True, False,  True])
    """
    return _C.ne(input, other, out)


def lt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Ask where ``input`` is smaller.

    ``out = input < other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.lt(dlx.tensor([1, 2, 3]), 2)
        tensor([ True, False, False])
    """
    return _C.lt(input, other, out)


def le(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Ask where ``input`` is smaller or equal.

    ``out = input <= other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.le(dlx.tensor([1, 2, 3]), 2)
        tensor([ True,  True, False])
    """
    return _C.le(input, other, out)


def gt(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Ask where ``input`` is larger.

    ``out = input > other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.gt(dlx.tensor([1, 2, 3]), 2)
        tensor([False, False,  True])
    """
    return _C.gt(input, other, out)


def ge(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Ask where ``input`` is larger or equal.

    ``out = input >= other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.ge(dlx.tensor([1, 2, 3]), 2)
        tensor([False,  True,  True])
    """
    return _C.ge(input, other, out)


def logical_and(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask where both are True.

    ``out = input and other``

    Args:
        input: any shape and dtype; what is not 0 is True.
        other: a tensor that broadcasts with ``input``, of any dtype.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.logical_and(dlx.tensor([True, True]), dlx.tensor([1, 0]))
        tensor([ True, False])
    """
    return _C.logical_and(input, other, out)


def logical_or(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask where one or both are True.

    ``out = input or other``

    Args:
        input: any shape and dtype; what is not 0 is True.
        other: a tensor that broadcasts with ``input``, of any dtype.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.logical_or(dlx.tensor([False, True]), dlx.tensor([0, 0]))
        tensor([False,  True])
    """
    return _C.logical_or(input, other, out)


def logical_xor(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask where one of the two, not both, is True.

    ``out = bool(input) != bool(other)``

    Args:
        input: any shape and dtype; what is not 0 is True.
        other: a tensor that broadcasts with ``input``, of any dtype.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.logical_xor(dlx.tensor([True, True]), dlx.tensor([1, 0]))
        tensor([False,  True])
    """
    return _C.logical_xor(input, other, out)


def logical_not(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask where a tensor is False.

    ``out = not input``

    Args:
        input: any shape and dtype; 0 is False.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, bool.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.logical_not(dlx.tensor([0, 3]))
        tensor([ True, False])
    """
    return _C.logical_not(input, out)


def isnan(input: Tensor) -> Tensor:
    """Ask which elements are nan.

    Args:
        input: any shape and dtype; integers never are.

    Returns:
        Tensor of the shape of ``input``, bool.

    Example:
        >>> dlx.isnan(dlx.tensor([1.0, dlx.nan]))
        tensor([False,  True])
    """
    return _C.isnan(input)


def isinf(input: Tensor) -> Tensor:
    """Ask which elements are infinite.

    Args:
        input: any shape and dtype; integers never are.

    Returns:
        Tensor of the shape of ``input``, bool.

    Example:
        >>> dlx.isinf(dlx.tensor([1.0, -dlx.inf]))
        tensor([False,  True])
    """
    return _C.isinf(input)


def isfinite(input: Tensor) -> Tensor:
    """Ask which elements are neither infinite nor nan.

    Args:
        input: any shape and dtype; integers always are.

    Returns:
        Tensor of the shape of ``input``, bool.

    Example:
        >>> dlx.isfinite(dlx.tensor([1.0, dlx.inf, dlx.nan]))
        tensor([ True, False, False])
    """
    return _C.isfinite(input)


def isposinf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask which elements are plus infinity.

    Args:
        input: any shape and dtype.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, bool.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.isposinf(dlx.tensor([dlx.inf, -dlx.inf]))
        tensor([ True, False])
    """
    return _C.isposinf(input, out)


def isneginf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask which elements are minus infinity.

    Args:
        input: any shape and dtype.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, bool.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.isneginf(dlx.tensor([dlx.inf, -dlx.inf]))
        tensor([False,  True])
    """
    return _C.isneginf(input, out)


def isreal(input: Tensor) -> Tensor:
    """Ask which elements are real: all, as there are no complex dtypes yet.

    Args:
        input: any shape and dtype.

    Returns:
        Tensor of the shape of ``input``, bool.

    Example:
        >>> dlx.isreal(dlx.tensor([1.0, 2.0]))
        tensor([True, True])
    """
    return _C.isreal(input)


def signbit(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask which elements have the sign bit: what is negative, -0.0 among them.

    Args:
        input: any shape and dtype.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, bool.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.signbit(dlx.tensor([-1.0, -0.0, 0.0]))
        tensor([ True,  True, False])
    """
    return _C.signbit(input, out)


def isclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> Tensor:
    """Ask which elements are equal up to an error.

    ``|input - other| <= atol + rtol * |other|``; an infinity is close to itself alone.

    Args:
        input: any shape.
        other: a tensor of the same dtype that broadcasts with ``input``.
        rtol: the error allowed, as a share of ``|other|``.
        atol: the error allowed besides.
        equal_nan: whether two nans are close.

    Returns:
        Tensor of the broadcast shape, bool.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: the dtypes differ.
        ValueError: ``rtol`` or ``atol`` is negative.

    Example:
        >>> dlx.isclose(dlx.tensor([1.0, 2.0]), dlx.tensor([1.000001, 2.1]))
        tensor([ True, False])
    """
    return _C.isclose(input, other, rtol, atol, equal_nan)


def allclose(input: Tensor, other: Tensor, rtol: float = 1e-05, atol: float = 1e-08, equal_nan: bool = False) -> bool:
    """Ask whether all elements are equal up to an error.

    ``|input - other| <= atol + rtol * |other|`` everywhere; an infinity is close to itself alone.

    Args:
        input: any shape.
        other: a tensor of the same dtype that broadcasts with ``input``.
        rtol: the error allowed, as a share of ``|other|``.
        atol: the error allowed besides.
        equal_nan: whether two nans are close.

    Returns:
        bool.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: the dtypes differ.
        ValueError: ``rtol`` or ``atol`` is negative.

    Example:
        >>> dlx.allclose(dlx.tensor([1.0, 2.0]), dlx.tensor([1.000001, 2.0]))
        True
    """
    return _C.allclose(input, other, rtol, atol, equal_nan)


def equal(input: Tensor, other: Tensor) -> bool:
    """Ask whether two tensors have one shape and the same elements; nan equals nothing.

    Args:
        input: any shape.
        other: any shape; its dtype may be another.

    Returns:
        bool.

    Raises:
        RuntimeError: the tensors are on two devices.

    Example:
        >>> dlx.equal(dlx.tensor([1, 2]), dlx.tensor([1, 2]))
        True
    """
    return _C.equal(input, other)


not_equal = ne
less = lt
less_equal = le
greater = gt
greater_equal = ge

direct(globals())
