"""Arithmetic, rounding and choices on each element alone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Operand

__all__ = [
    "abs", "absolute", "add", "addcdiv", "addcmul", "angle", "clamp", "clamp_max", "clamp_min",
    "clip", "copysign", "deg2rad", "div", "divide", "fmax", "fmin",
    "heaviside", "ldexp", "lerp", "masked_fill", "maximum", "minimum", "mul", "multiply",
    "nan_to_num", "neg", "negative", "nextafter", "positive", "pow", "rad2deg", "reciprocal", "relu",
    "rsub", "sgn", "sigmoid", "sign", "square", "sub", "subtract", "true_divide",
    "where",
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


def rsub(input: Tensor, other: Operand, alpha: float = 1) -> Tensor:
    """Subtract the first from the second.

    ``out = other - alpha * input``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        alpha: factor of ``input``; an integer where both are integers.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: one is bool, or ``alpha`` is a float for integers.

    Example:
        >>> dlx.rsub(dlx.tensor([5, 7]), 2)
        tensor([-3, -5])
    """
    return _C.rsub(input, other, alpha)


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


def div(input: Operand, other: Operand, *, rounding_mode: str | None = None, out: Tensor | None = None) -> Tensor:
    """Divide, to a floating-point result unless it is rounded.

    ``out = input / other``

    Args:
        input: any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. Division by zero gives inf or nan.
        rounding_mode: None for the quotient itself; "trunc" to round it towards 0, "floor" to round it down. The
            gradient of a rounded quotient is 0.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype; the default dtype (float32) for unrounded quotients of
        integers.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result, or a rounded quotient is of booleans.
        RuntimeError: an integer is divided by 0, to a rounded quotient.
        ValueError: ``rounding_mode`` is something else.

    Example:
        >>> dlx.div(dlx.tensor([1, 2]), 4)
        tensor([0.2500, 0.5000])
    """
    if rounding_mode is None:
        return _C.div(input, other, out)
    if rounding_mode == "floor":
        return _C.div_floor(input, other, out)
    if rounding_mode == "trunc":
        return _C.div_trunc(input, other, out)
    raise ValueError(f"div: rounding_mode must be None, 'trunc' or 'floor'. Got {rounding_mode!r}.")


def true_divide(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Divide, always to a floating-point result: :func:`dlx.div` without rounding.

    ``out = input / other``

    Args:
        input: any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype; the default dtype (float32) where both are integers.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result.

    Example:
        >>> dlx.true_divide(dlx.tensor([1, 2]), 4)
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


def fmax(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the larger of two elements; of a number and nan the number.

    ``out = max(input, other)``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.fmax(dlx.tensor([1.0, dlx.nan]), dlx.tensor([3.0, 2.0]))
        tensor([3., 2.])
    """
    return _C.fmax(input, other, out)


def fmin(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the smaller of two elements; of a number and nan the number.

    ``out = min(input, other)``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.fmin(dlx.tensor([1.0, dlx.nan]), dlx.tensor([3.0, 2.0]))
        tensor([1., 2.])
    """
    return _C.fmin(input, other, out)


def clamp(
    input: Tensor, min: Operand | None = None, max: Operand | None = None, *, out: Tensor | None = None
) -> Tensor:
    """Move what lies outside of bounds to the nearer bound.

    ``out = minimum(maximum(input, min), max)``, so ``max`` where ``min > max``. nan stays nan.

    The gradient is 1 where ``input`` is kept and 0 where a bound takes its place, which then has it.

    Args:
        input: any shape.
        min: the lower bound, a number or a tensor that broadcasts with ``input``; None for none.
        max: the upper bound, likewise. At least one of the two is given.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result.
        ValueError: there is no bound.

    Example:
        >>> dlx.clamp(dlx.tensor([-1.0, 0.5, 3.0]), min=0, max=1)
        tensor([0.0000, 0.5000, 1.0000])
    """
    if min is not None and max is not None:
        return _C.clamp(input, min, max, out)
    if min is not None:
        return _C.clamp_min(input, min, out)
    if max is not None:
        return _C.clamp_max(input, max, out)
    raise ValueError("clamp: at least one of min and max must be given.")


def clamp_min(input: Tensor, min: Operand, *, out: Tensor | None = None) -> Tensor:
    """Raise what lies below a bound to it.

    ``out = maximum(input, min)``

    Args:
        input: any shape.
        min: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result.

    Example:
        >>> dlx.clamp_min(dlx.tensor([-1.0, 0.5]), 0)
        tensor([0.0000, 0.5000])
    """
    return _C.clamp_min(input, min, out)


def clamp_max(input: Tensor, max: Operand, *, out: Tensor | None = None) -> Tensor:
    """Lower what lies above a bound to it.

    ``out = minimum(input, max)``

    Args:
        input: any shape.
        max: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: ``out`` cannot hold the result.

    Example:
        >>> dlx.clamp_max(dlx.tensor([-1.0, 0.5]), 0)
        tensor([-1.,  0.])
    """
    return _C.clamp_max(input, max, out)


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


def sign(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the sign: -1, 0 or 1.

    0 of nan; booleans stay as they are.

    Args:
        input: any shape and dtype.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.sign(dlx.tensor([-2.5, 0.0, 3.0]))
        tensor([-1.,  0.,  1.])
    """
    return _C.sign(input, out)


def positive(input: Tensor) -> Tensor:
    """Return the tensor itself, as the sign + does.

    Args:
        input: any shape; not bool.

    Returns:
        ``input``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> dlx.positive(dlx.tensor([1, -2]))
        tensor([ 1, -2])
    """
    return +input


def square(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply by itself.

    ``out = input ** 2``

    Args:
        input: any shape.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``; int64 of booleans.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.square(dlx.tensor([1.5, -2.0]))
        tensor([2.2500, 4.0000])
    """
    return _C.square(input, out)


def reciprocal(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Divide one by each element.

    ``out = 1 / input``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.reciprocal(dlx.tensor([2.0, 0.0]))
        tensor([0.5000,    inf])
    """
    return _C.reciprocal(input, out)


def copysign(input: Tensor, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Give one number the sign of another.

    ``out = |input|``, negative where ``other`` has the sign bit.

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``, or a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype; the default dtype (float32) where both are integers.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.copysign(dlx.tensor([1.0, 2.0]), dlx.tensor([-3.0, 0.0]))
        tensor([-1.,  2.])
    """
    return _C.copysign(input, other, out)


def nextafter(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the next number that the dtype has, towards another.

    Args:
        input: any shape, float32 or float64.
        other: where to go; it broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: the promoted dtype is another.

    Example:
        >>> dlx.nextafter(dlx.tensor([1.0]), dlx.tensor([2.0])) > 1
        tensor([True])
    """
    return _C.nextafter(input, other, out)


def heaviside(input: Tensor, values: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Ask where a number is positive, as 0 and 1; at 0 take a value.

    ``out = 0 if input < 0 else values if input == 0 else 1``

    Args:
        input: any shape.
        values: the result where ``input`` is 0; of its dtype, and it broadcasts with it.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the dtype of ``input``.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: the dtypes differ.

    Example:
        >>> dlx.heaviside(dlx.tensor([-1.0, 0.0, 2.0]), dlx.tensor(0.5))
        tensor([0.0000, 0.5000, 1.0000])
    """
    return _C.heaviside(input, values, out)


def ldexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Multiply by a power of two.

    ``out = input * 2 ** other``

    Args:
        input: any shape.
        other: the exponents; they broadcast with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, floating point.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.ldexp(dlx.tensor([1.0, 3.0]), dlx.tensor([2, -1]))
        tensor([4.0000, 1.5000])
    """
    return _C.ldexp(input, other, out)


def deg2rad(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Turn degrees into radians.

    ``out = input * pi / 180``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.deg2rad(dlx.tensor([180.0, 90.0]))
        tensor([3.1416, 1.5708])
    """
    return _C.deg2rad(input, out)


def rad2deg(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Turn radians into degrees.

    ``out = input * 180 / pi``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.rad2deg(dlx.tensor([dlx.pi, 1.0]))
        tensor([180.0000,  57.2958])
    """
    return _C.rad2deg(input, out)


def angle(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the angle of a number in the complex plane: pi of what is negative, else 0.

    nan of nan.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.angle(dlx.tensor([-2.0, 3.0]))
        tensor([3.1416, 0.0000])
    """
    return _C.angle(input, out)


def nan_to_num(
    input: Tensor,
    nan: float | None = None,
    posinf: float | None = None,
    neginf: float | None = None,
    *,
    out: Tensor | None = None,
) -> Tensor:
    """Put numbers in the place of nan and the infinities.

    The gradient is 0 there.

    Args:
        input: any shape and dtype; integers stay as they are.
        nan: what to put for nan; 0 if None.
        posinf: for plus infinity; the largest number of the dtype if None.
        neginf: for minus infinity; the smallest number of the dtype if None.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``out`` has another shape.

    Example:
        >>> dlx.nan_to_num(dlx.tensor([1.0, dlx.nan, dlx.inf]), posinf=9.0)
        tensor([1., 0., 9.])
    """
    return _C.nan_to_num(input, nan, posinf, neginf, out)


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


def addcmul(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1, out: Tensor | None = None) -> Tensor:
    """Add a scaled product.

    ``out = input + value * tensor1 * tensor2``

    Args:
        input: any shape.
        tensor1: a factor; it broadcasts with ``input``.
        tensor2: the other factor, likewise.
        value: a number; an integer where all are integers.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: all are bool, or ``out`` cannot hold the result.

    Example:
        >>> dlx.addcmul(dlx.tensor([1.0]), dlx.tensor([2.0]), dlx.tensor([3.0]), value=0.5)
        tensor([4.])
    """
    return _C.addcmul(input, tensor1, tensor2, value, out)


def addcdiv(input: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1, out: Tensor | None = None) -> Tensor:
    """Add a scaled quotient.

    ``out = input + value * tensor1 / tensor2``

    Args:
        input: any shape.
        tensor1: the dividend; it broadcasts with ``input``.
        tensor2: the divisor, likewise.
        value: a number.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: neither ``tensor1`` nor ``tensor2`` is floating point, or ``out`` cannot hold the result.

    Example:
        >>> dlx.addcdiv(dlx.tensor([1.0]), dlx.tensor([3.0]), dlx.tensor([2.0]), value=2)
        tensor([4.])
    """
    return _C.addcdiv(input, tensor1, tensor2, value, out)


def lerp(input: Tensor, end: Tensor, weight: Operand, *, out: Tensor | None = None) -> Tensor:
    """Go a part of the way from one tensor to another.

    ``out = input + weight * (end - input)``; exact at weights 0 and 1.

    Args:
        input: the start; any shape, floating point.
        end: a tensor of the same dtype that broadcasts with ``input``.
        weight: a number, or a tensor of the same dtype that broadcasts with both.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the dtype of ``input``.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: the dtypes differ, or are not floating point.

    Example:
        >>> dlx.lerp(dlx.tensor([0.0, 10.0]), dlx.tensor([4.0, 20.0]), 0.25)
        tensor([ 1.0000, 12.5000])
    """
    return _C.lerp(input, end, weight, out)


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


def masked_fill(input: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """Put a value where a mask is True.

    ``out = value if mask else input``

    Args:
        input: any shape.
        mask: bool; it broadcasts with ``input``.
        value: a number or a 0-d tensor; it is converted to the dtype of ``input``.

    Returns:
        Tensor of the broadcast shape, in the dtype of ``input``.

    Raises:
        ShapeError: the shapes do not broadcast, or ``value`` has dimensions.
        DtypeError: ``mask`` is not bool.
        ValueError: ``value`` is a number that an integer dtype cannot hold.

    Example:
        >>> dlx.masked_fill(dlx.tensor([1.0, 2.0]), dlx.tensor([True, False]), -dlx.inf)
        tensor([-inf, 2.])
    """
    return _C.masked_fill(input, mask, value, None)


def relu_method(self: Tensor) -> Tensor:
    """Set what is negative to zero; see :func:`dlx.relu`."""
    return _C.relu(self, None)


# Methods in place whose arguments are not those of every other op; _methods.py makes those.
def addcdiv_(self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Write the result of :func:`dlx.addcdiv` into the tensor itself, and return it."""
    return _C.addcdiv(self, tensor1, tensor2, value, self)


def addcmul_(self: Tensor, tensor1: Tensor, tensor2: Tensor, *, value: float = 1) -> Tensor:
    """Write the result of :func:`dlx.addcmul` into the tensor itself, and return it."""
    return _C.addcmul(self, tensor1, tensor2, value, self)


def clamp_(self: Tensor, min: Operand | None = None, max: Operand | None = None) -> Tensor:
    """Write the result of :func:`dlx.clamp` into the tensor itself, and return it."""
    return clamp(self, min, max, out=self)


def clamp_max_(self: Tensor, max: Operand) -> Tensor:
    """Write the result of :func:`dlx.clamp_max` into the tensor itself, and return it."""
    return _C.clamp_max(self, max, self)


def clamp_min_(self: Tensor, min: Operand) -> Tensor:
    """Write the result of :func:`dlx.clamp_min` into the tensor itself, and return it."""
    return _C.clamp_min(self, min, self)


def div_(self: Tensor, other: Operand, *, rounding_mode: str | None = None) -> Tensor:
    """Write the result of :func:`dlx.div` into the tensor itself, and return it."""
    return div(self, other, rounding_mode=rounding_mode, out=self)


def heaviside_(self: Tensor, values: Tensor) -> Tensor:
    """Write the result of :func:`dlx.heaviside` into the tensor itself, and return it."""
    return _C.heaviside(self, values, self)


def lerp_(self: Tensor, end: Tensor, weight: Operand) -> Tensor:
    """Write the result of :func:`dlx.lerp` into the tensor itself, and return it."""
    return _C.lerp(self, end, weight, self)


def masked_fill_(self: Tensor, mask: Tensor, value: Operand) -> Tensor:
    """Write the result of :func:`dlx.masked_fill` into the tensor itself, and return it."""
    return _C.masked_fill(self, mask, value, self)


def nan_to_num_(
    self: Tensor, nan: float | None = None, posinf: float | None = None, neginf: float | None = None
) -> Tensor:
    """Write the result of :func:`dlx.nan_to_num` into the tensor itself, and return it."""
    return _C.nan_to_num(self, nan, posinf, neginf, self)


def pow_(self: Tensor, exponent: Operand) -> Tensor:
    """Write the result of :func:`dlx.pow` into the tensor itself, and return it."""
    return _C.pow(self, exponent, self)


def true_divide_(self: Tensor, other: Operand) -> Tensor:
    """Write the result of :func:`dlx.true_divide` into the tensor itself, and return it."""
    return _C.div(self, other, self)


absolute = abs
clip = clamp
divide = div
multiply = mul
negative = neg
sgn = sign
subtract = sub

direct(globals())
