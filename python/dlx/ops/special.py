"""Functions of probability and statistics: the error function and its kin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Operand

__all__ = [
    "digamma", "erf", "erfc", "erfinv", "lgamma", "logaddexp", "logaddexp2", "logit", "sinc", "xlogy",
]  # fmt: skip


def erf(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the error function.

    ``out = 2 / sqrt(pi) * (integral of e ** -t**2 from 0 to input)``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.erf(dlx.tensor([0.0, 1.0]))
        tensor([0.0000, 0.8427])
    """
    return _C.erf(input, out)


def erfc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the complement of the error function, precise where it is small.

    ``out = 1 - erf(input)``

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.erfc(dlx.tensor([0.0, 5.0]))
        tensor([1.0000e+00, 1.5375e-12])
    """
    return _C.erfc(input, out)


def erfinv(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the inverse of the error function.

    ``erf(out) = input``; infinite at -1 and 1, nan beyond.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.erfinv(dlx.tensor([0.0, 0.5]))
        tensor([0.0000, 0.4769])

    Source: Giles 2011, "Approximating the erfinv function", GPU Computing Gems 2.
    """
    return _C.erfinv(input, out)


def lgamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the logarithm of the absolute value of the gamma function.

    ``out = ln |gamma(input)|``; infinite at 0 and at negative whole numbers.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.lgamma(dlx.tensor([0.5, 5.0]))
        tensor([0.5724, 3.1781])
    """
    return _C.lgamma(input, out)


def digamma(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the derivative of the logarithm of the gamma function.

    ``out = gamma'(input) / gamma(input)``; infinite at 0, nan at negative whole numbers.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.digamma(dlx.tensor([0.5, 5.0]))
        tensor([-1.9635,  1.5061])
    """
    return _C.digamma(input, out)


def sinc(input: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Take the normalised cardinal sine.

    ``out = sin(pi * input) / (pi * input)``, 1 at 0.

    Args:
        input: any shape. Integers are computed in the default dtype (float32).
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.sinc(dlx.tensor([0.0, 0.5]))
        tensor([1.0000, 0.6366])
    """
    return _C.sinc(input, out)


def logit(input: Tensor, eps: float | None = None, *, out: Tensor | None = None) -> Tensor:
    """Take the logarithm of the odds: the inverse of the sigmoid.

    ``out = ln(input / (1 - input))``

    Args:
        input: probabilities. Integers are computed in the default dtype (float32).
        eps: move ``input`` into ``[eps, 1 - eps]`` first; None leaves it, and gives nan outside of [0, 1].
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``out`` is not floating point.

    Example:
        >>> dlx.logit(dlx.tensor([0.5, 0.9]))
        tensor([0.0000, 2.1972])
    """
    return _C.logit(input, eps, out)


def logaddexp(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Add numbers that are given by their logarithms.

    ``out = ln(e ** input + e ** other)``, without overflow between.

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
        >>> dlx.logaddexp(dlx.tensor([0.0, 1000.0]), dlx.tensor([0.0, 1000.0]))
        tensor([6.9315e-01, 1.0007e+03])
    """
    return _C.logaddexp(input, other, out)


def logaddexp2(input: Tensor, other: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Add numbers that are given by their logarithms to base 2.

    ``out = log2(2 ** input + 2 ** other)``, without overflow between.

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
        >>> dlx.logaddexp2(dlx.tensor([0.0, 1000.0]), dlx.tensor([0.0, 1000.0]))
        tensor([1.0000e+00, 1.0010e+03])
    """
    return _C.logaddexp2(input, other, out)


def xlogy(input: Operand, other: Operand, *, out: Tensor | None = None) -> Tensor:
    """Multiply by a logarithm.

    ``out = input * ln(other)``, 0 where ``input`` is 0 and ``other`` is not nan.

    Args:
        input: any shape, or a number.
        other: a tensor that broadcasts with ``input``, or a number. At least one of the two is a tensor.
        out: where to write the result.

    Returns:
        Tensor of the broadcast shape, in the promoted dtype; the default dtype (float32) where both are integers.

    Raises:
        ShapeError: the shapes do not broadcast, or ``out`` has another shape.

    Example:
        >>> dlx.xlogy(dlx.tensor([0.0, 2.0]), dlx.tensor([0.0, 3.0]))
        tensor([0.0000, 2.1972])
    """
    return _C.xlogy(input, other, out)


def logit_(self: Tensor, eps: float | None = None) -> Tensor:
    """Write the result of :func:`dlx.logit` into the tensor itself, and return it."""
    return _C.logit(self, eps, self)


direct(globals())
