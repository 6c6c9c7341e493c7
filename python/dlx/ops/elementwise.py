"""Functions that work on each element alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Operand

__all__ = [
    "abs", "add", "div", "eq", "exp", "ge", "gt", "le", "log", "lt", "maximum", "minimum", "mul", "ne", "neg",
    "pow", "relu", "rsqrt", "sigmoid", "sqrt", "sub", "tanh", "where",
]  # fmt: skip


def add(input: Operand, other: Operand, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Add two tensors, or a tensor and a number.

    ``out = input + alpha * other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        alpha: factor of ``other``; an integer where both are integers.
        out: where to write the result; its dtype must be able to hold it, and its shape must be the result's.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``alpha`` is a float for integers, or ``out`` cannot hold the result.

    Example:
        >>> dlx.add(dlx.tensor([1.0, 2.0]), dlx.tensor([10.0, 20.0]), alpha=0.5)
        tensor([ 6., 12.])
    """
    return _C.add(input, other, alpha, out)


def sub(input: Operand, other: Operand, *, alpha: float = 1, out: Tensor | None = None) -> Tensor:
    """Subtract a tensor or a number from a tensor.

    ``out = input - alpha * other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        alpha: factor of ``other``; an integer where both are integers.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: both are bool, ``alpha`` is a float for integers, or ``out`` cannot hold the result.

    Example:
        >>> dlx.sub(dlx.tensor([5, 7]), 2)
        tensor([3, 5])
    """
    return _C.sub(input, other, alpha, out)


def mul(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Multiply two tensors, or a tensor and a number, element by element.

    ``out = input * other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result.

    Example:
        >>> dlx.mul(dlx.tensor([[1], [2]]), dlx.tensor([10, 20]))
        tensor([[10, 20],
                [20, 40]])
    """
    return _C.mul(input, other, out)


def div(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Divide, always to a floating-point result.

    ``out = input / other``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number. Division by zero gives inf or nan.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype; the default dtype (float32) where both are integers.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result.

    Example:
        >>> dlx.div(dlx.tensor([1, 2]), 4)
        tensor([0.2500, 0.5000])
    """
    return _C.div(input, other, out)


def pow(input: Operand, exponent: Operand, *, out: Tensor | None = None) -> Tensor:
    """Raise to a power, element by element.

    ``out = input ** exponent``

    Args:
        input: any shape, or a number.
        exponent: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        ValueError: an integer tensor is raised to a negative integer.

    Example:
        >>> dlx.pow(dlx.tensor([1.0, 2.0, 3.0]), 2)
        tensor([1., 4., 9.])
    """
    return _C.pow(input, exponent, out)


def maximum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the larger of two elements; nan if either is nan.

    ``out = max(input, other)``. Where both are equal, each gets half of the gradient.

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.maximum(dlx.tensor([1, 5]), dlx.tensor([3, 2]))
        tensor([3, 5])
    """
    return _C.maximum(input, other, out)


def minimum(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the smaller of two elements; nan if either is nan.

    ``out = min(input, other)``. Where both are equal, each gets half of the gradient.

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.minimum(dlx.tensor([1, 5]), dlx.tensor([3, 2]))
        tensor([1, 2])
    """
    return _C.minimum(input, other, out)


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


def neg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Change the sign.

    ``out = -input``

    Args:
        input: any shape; not bool.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.neg(dlx.tensor([1, -2]))
        tensor([-1,  2])
    """
    return _C.neg(input, out)


def exp(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the exponential.

    ``out = e ** input``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.exp(dlx.tensor([0.0, 1.0]))
        tensor([1.0000, 2.7183])
    """
    return _C.exp(input, out)


def log(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the natural logarithm.

    ``out = ln(input)``; -inf at 0, nan below.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.log(dlx.tensor([1.0, 10.0]))
        tensor([0.0000, 2.3026])
    """
    return _C.log(input, out)


def sqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the square root.

    ``out = sqrt(input)``; nan below 0.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.sqrt(dlx.tensor([4.0, 9.0]))
        tensor([2., 3.])
    """
    return _C.sqrt(input, out)


def rsqrt(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take one over the square root, without the machine's approximate instruction.

    ``out = 1 / sqrt(input)``; inf at 0, nan below.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.rsqrt(dlx.tensor([4.0, 16.0]))
        tensor([0.5000, 0.2500])
    """
    return _C.rsqrt(input, out)


def tanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the hyperbolic tangent.

    ``out = (e ** input - e ** -input) / (e ** input + e ** -input)``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.tanh(dlx.tensor([0.0, 1.0]))
        tensor([0.0000, 0.7616])
    """
    return _C.tanh(input, out)


def sigmoid(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Squash to (0, 1).

    ``out = 1 / (1 + e ** -input)``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.sigmoid(dlx.tensor([0.0, 2.0]))
        tensor([0.5000, 0.8808])
    """
    return _C.sigmoid(input, out)


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """Set what is negative to zero.

    ``out = max(input, 0)``; nan stays nan. The gradient at 0 is 0.

    Args:
        input: any shape; not bool.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.relu(dlx.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """
    return _C.relu(input, input if inplace else None)


def abs(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Drop the sign.

    ``out = |input|``; the gradient at 0 is 0.

    Args:
        input: any shape; not bool.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.abs(dlx.tensor([-3, 2]))
        tensor([3, 2])
    """
    return _C.abs(input, out)


def where(condition: Tensor, input: Operand, other: Operand) -> Tensor:
    """Choose between two tensors, element by element.

    ``out = input if condition else other``

    Args:
        condition: bool; broadcasts with the other two.
        input: a tensor or a number, taken where ``condition`` is True.
        other: a tensor or a number, taken elsewhere.

    Returns:
        Tensor of the broadcast shape, in the dtype that ``input`` and ``other`` promote to.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: ``condition`` is not bool.

    Example:
        >>> x = dlx.tensor([-1.0, 2.0])
        >>> dlx.where(x > 0, x, 0.0)
        tensor([0., 2.])
    """
    return _C.where(condition, input, other)


def where_method(self: Operand, condition: Tensor, other: Operand) -> Tensor:
    """Keep the elements where ``condition`` is True and take those of ``other`` elsewhere; see :func:`dlx.where`."""
    return _C.where(condition, self, other)
