"""Exponentials, logarithms, roots, trigonometric and hyperbolic functions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "acos", "acosh", "arccos", "arccosh", "arcsin", "arcsinh", "arctan", "arctan2", "arctanh", "asin",
    "asinh", "atan", "atan2", "atanh", "cos", "cosh", "exp", "exp2", "expm1", "hypot", "log", "log10",
    "log1p", "log2", "rsqrt", "sin", "sinh", "sqrt", "tan", "tanh",
]  # fmt: skip


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


def exp2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the power of two.

    ``out = 2 ** input``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.exp2(dlx.tensor([3.0, -1.0]))
        tensor([8.0000, 0.5000])
    """
    return _C.exp2(input, out)


def expm1(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the exponential less one, precise near 0.

    ``out = e ** input - 1``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.expm1(dlx.tensor([1e-8, 1.0]))
        tensor([1.0000e-08, 1.7183e+00])
    """
    return _C.expm1(input, out)


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


def log2(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the logarithm to base 2.

    ``out = log2(input)``; -inf at 0, nan below.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.log2(dlx.tensor([8.0, 0.5]))
        tensor([ 3., -1.])
    """
    return _C.log2(input, out)


def log10(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the logarithm to base 10.

    ``out = log10(input)``; -inf at 0, nan below.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.log10(dlx.tensor([1000.0, 0.1]))
        tensor([ 3., -1.])
    """
    return _C.log10(input, out)


def log1p(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the natural logarithm of one more, precise near 0.

    ``out = ln(1 + input)``; -inf at -1, nan below.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.log1p(dlx.tensor([1e-8, 1.0]))
        tensor([1.0000e-08, 6.9315e-01])
    """
    return _C.log1p(input, out)


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


def sin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the sine.

    ``out = sin(input)``, within 1.1 ulp for every angle, however large.

    Args:
        input: angles in radians. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.sin(dlx.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8415])

    Source: Payne and Hanek 1983, "Radian reduction for trigonometric functions".
    """
    return _C.sin(input, out)


def cos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the cosine.

    ``out = cos(input)``, within 1.1 ulp for every angle, however large.

    Args:
        input: angles in radians. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.cos(dlx.tensor([0.0, 1.0]))
        tensor([1.0000, 0.5403])

    Source: Payne and Hanek 1983, "Radian reduction for trigonometric functions".
    """
    return _C.cos(input, out)


def tan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the tangent.

    ``out = sin(input) / cos(input)``

    Args:
        input: angles in radians. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.tan(dlx.tensor([0.0, 1.0]))
        tensor([0.0000, 1.5574])
    """
    return _C.tan(input, out)


def asin(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse sine.

    ``sin(out) = input``, an angle in [-pi/2, pi/2]; nan outside of [-1, 1].

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.asin(dlx.tensor([0.5, 1.0]))
        tensor([0.5236, 1.5708])
    """
    return _C.asin(input, out)


def acos(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse cosine.

    ``cos(out) = input``, an angle in [0, pi]; nan outside of [-1, 1].

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.acos(dlx.tensor([0.5, -1.0]))
        tensor([1.0472, 3.1416])
    """
    return _C.acos(input, out)


def atan(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse tangent.

    ``tan(out) = input``, an angle in [-pi/2, pi/2].

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.atan(dlx.tensor([1.0, -1.0]))
        tensor([ 0.7854, -0.7854])
    """
    return _C.atan(input, out)


def atan2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the angle of a point.

    ``tan(out) = input / other``, in the quadrant of the point ``(other, input)``: an angle in [-pi, pi].

    Args:
        input: the second coordinate; any shape.
        other: the first coordinate; it broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype; the default dtype (float32) where both are integers.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.atan2(dlx.tensor([1.0, 1.0]), dlx.tensor([1.0, -1.0]))
        tensor([0.7854, 2.3562])
    """
    return _C.atan2(input, other, out)


def sinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the hyperbolic sine.

    ``out = (e ** input - e ** -input) / 2``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.sinh(dlx.tensor([0.0, 1.0]))
        tensor([0.0000, 1.1752])
    """
    return _C.sinh(input, out)


def cosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the hyperbolic cosine.

    ``out = (e ** input + e ** -input) / 2``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.cosh(dlx.tensor([0.0, 1.0]))
        tensor([1.0000, 1.5431])
    """
    return _C.cosh(input, out)


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


def asinh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse hyperbolic sine.

    ``out = ln(input + sqrt(input**2 + 1))``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.asinh(dlx.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8814])
    """
    return _C.asinh(input, out)


def acosh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse hyperbolic cosine.

    ``out = ln(input + sqrt(input**2 - 1))``; nan below 1.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.acosh(dlx.tensor([1.0, 2.0]))
        tensor([0.0000, 1.3170])
    """
    return _C.acosh(input, out)


def atanh(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse hyperbolic tangent.

    ``out = ln((1 + input) / (1 - input)) / 2``; infinite at -1 and 1, nan beyond.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.atanh(dlx.tensor([0.0, 0.5]))
        tensor([0.0000, 0.5493])
    """
    return _C.atanh(input, out)


def hypot(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the length of the hypotenuse, without overflow between.

    ``out = sqrt(input**2 + other**2)``

    Args:
        input: any shape.
        other: a tensor that broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.
        DtypeError: neither input is floating point.

    Example:
        >>> dlx.hypot(dlx.tensor([3.0]), dlx.tensor([4.0]))
        tensor([5.])
    """
    return _C.hypot(input, other, out)


arcsin = asin
arccos = acos
arctan = atan
arctan2 = atan2
arcsinh = asinh
arccosh = acosh
arctanh = atanh

direct(globals())
