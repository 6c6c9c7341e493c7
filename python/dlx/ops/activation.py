"""Activations: functions between the layers of a network."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct
from dlx.ops.softmax import _dim_of

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["celu", "hardshrink", "prelu", "relu_", "rrelu", "selu", "threshold"]


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Bend the negative side towards ``-alpha`` exponentially.

    ``out = input if input > 0 else alpha * (e ** input - 1)``

    Args:
        input: any shape, floating point.
        alpha: how far below zero results reach.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.elu(dlx.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])

    Source: Clevert et al. 2015, arXiv:1511.07289.
    """
    return _C.elu(input, alpha, input if inplace else None)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """Bend the negative side as elu does, with one slope at zero for every ``alpha``.

    ``out = max(input, 0) + min(alpha * (e ** (input / alpha) - 1), 0)``

    Args:
        input: any shape, floating point.
        alpha: how far below zero results reach; not 0.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``alpha`` is 0.

    Example:
        >>> F.celu(dlx.tensor([-1.0, 2.0]), alpha=2.0)
        tensor([-0.7869,  2.0000])

    Source: Barron 2017, arXiv:1704.07483.
    """
    return _C.celu(input, alpha, input if inplace else None)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """Apply a scaled elu that keeps mean 0 and variance 1 through many layers.

    ``out = scale * (input if input > 0 else alpha * (e ** input - 1))``, ``alpha`` = 1.67326324, ``scale`` = 1.05070099

    Args:
        input: any shape, floating point.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.selu(dlx.tensor([-1.0, 2.0]))
        tensor([-1.1113,  2.1014])

    Source: Klambauer et al. 2017, arXiv:1706.02515.
    """
    return _C.selu(input, input if inplace else None)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Weigh each element by the probability that a normal variable is below it.

    ``out = input * Phi(input)``, ``Phi`` the normal distribution function; with ``approximate='tanh'``
    ``out = 0.5 * input * (1 + tanh(sqrt(2 / pi) * (input + 0.044715 * input ** 3)))``

    Args:
        input: any shape, floating point.
        approximate: 'none' or 'tanh'.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``approximate`` is neither 'none' nor 'tanh'.

    Example:
        >>> F.gelu(dlx.tensor([-1.0, 2.0]))
        tensor([-0.1587,  1.9545])

    -inf gives -0, its limit; PyTorch gives nan.

    Source: Hendrycks and Gimpel 2016, arXiv:1606.08415.
    """
    return _C.gelu(input, _is_tanh(approximate))


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """Weigh each element by its sigmoid (also called swish).

    ``out = input / (1 + e ** -input)``

    Args:
        input: any shape, floating point.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.silu(dlx.tensor([-1.0, 2.0]))
        tensor([-0.2689,  1.7616])

    -inf gives -0, its limit; PyTorch gives nan.

    Source: Elfwing et al. 2017, arXiv:1702.03118.
    """
    return _C.silu(input, input if inplace else None)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """Weigh each element by the tanh of its softplus.

    ``out = input * tanh(log(1 + e ** input))``

    Args:
        input: any shape, floating point.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.mish(dlx.tensor([-1.0, 2.0]))
        tensor([-0.3034,  1.9440])

    -inf gives -0, its limit; PyTorch gives nan.

    Source: Misra 2019, arXiv:1908.08681.
    """
    return _C.mish(input, input if inplace else None)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """Smooth relu.

    ``out = log(1 + e ** (beta * input)) / beta``; ``input`` itself where ``beta * input > threshold``

    Args:
        input: any shape, floating point.
        beta: how sharply it bends.
        threshold: above it the function counts as linear.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.softplus(dlx.tensor([-1.0, 2.0]))
        tensor([0.3133, 2.1269])
    """
    return _C.softplus(input, beta, threshold)


def logsigmoid(input: Tensor) -> Tensor:
    """Take the logarithm of the sigmoid, without loss where the sigmoid is tiny.

    ``out = -log(1 + e ** -input)``

    Args:
        input: any shape, floating point.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.logsigmoid(dlx.tensor([-100.0, 2.0]))
        tensor([-100.0000,   -0.1269])
    """
    return _C.logsigmoid(input)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """Scale down what is negative.

    ``out = input if input > 0 else negative_slope * input``

    Args:
        input: any shape, floating point.
        negative_slope: factor of negative elements.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.leaky_relu(dlx.tensor([-1.0, 2.0]), 0.1)
        tensor([-0.1000,  2.0000])
    """
    return _C.leaky_relu(input, negative_slope, input if inplace else None)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """Scale what is negative by a learned factor, one for all or one for each channel.

    ``out = input if input > 0 else weight * input``

    Args:
        input: any shape, floating point.
        weight: 1 element, or one for each channel: dimension 1 of ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``weight`` has another number of elements than 1 and the channels.
        DtypeError: ``input`` is not floating point, or ``weight`` has another dtype.

    Example:
        >>> F.prelu(dlx.tensor([-1.0, 2.0]), dlx.tensor([0.25]))
        tensor([-0.2500,  2.0000])

    Source: He et al. 2015, arXiv:1502.01852.
    """
    return _C.prelu(input, weight)


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """Scale what is negative by a random factor while training, by the mean factor else.

    ``out = input if input > 0 else slope * input``, each ``slope`` uniform in ``[lower, upper]``

    Args:
        input: any shape, floating point.
        lower: smallest slope.
        upper: largest slope.
        training: if False, every slope is ``(lower + upper) / 2``.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``lower`` is above ``upper``.

    Example:
        >>> F.rrelu(dlx.tensor([-1.0, 2.0]), 0.1, 0.3)
        tensor([-0.2000,  2.0000])

    Source: Xu et al. 2015, arXiv:1505.00853.
    """
    return _C.rrelu(input, lower, upper, training, input if inplace else None)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """Cut off at both sides.

    ``out = min(max(input, min_val), max_val)``. The gradient from the bounds on is 0.

    Args:
        input: any shape; not bool.
        min_val: smallest result.
        max_val: largest result.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is bool.
        ValueError: ``min_val`` is above ``max_val``, or the dtype of ``input`` cannot hold one of them.

    Example:
        >>> F.hardtanh(dlx.tensor([-3.0, 0.5]))
        tensor([-1.0000,  0.5000])
    """
    return _C.hardtanh(input, min_val, max_val, input if inplace else None)


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """Cut off below 0 and above 6.

    ``out = min(max(input, 0), 6)``

    Args:
        input: any shape; not bool.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> F.relu6(dlx.tensor([-1.0, 2.0, 8.0]))
        tensor([0., 2., 6.])
    """
    return _C.relu6(input, input if inplace else None)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """Squash to [0, 1] by a straight line.

    ``out = min(max(input + 3, 0), 6) / 6``

    Args:
        input: any shape, floating point.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.hardsigmoid(dlx.tensor([-4.0, 0.0, 1.5]))
        tensor([0.0000, 0.5000, 0.7500])
    """
    return _C.hardsigmoid(input, input if inplace else None)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """Weigh each element by its hardsigmoid.

    ``out = input * min(max(input + 3, 0), 6) / 6``

    Args:
        input: any shape, floating point.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.hardswish(dlx.tensor([-1.0, 2.0]))
        tensor([-0.3333,  1.6667])

    Source: Howard et al. 2019, arXiv:1905.02244.
    """
    return _C.hardswish(input, input if inplace else None)


def hardshrink(input: Tensor, lambd: float = 0.5, *, out: Tensor | None = None) -> Tensor:
    """Set small elements to zero.

    ``out = input if |input| > lambd else 0``

    Args:
        input: any shape, floating point.
        lambd: the largest size that becomes 0.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.hardshrink(dlx.tensor([-1.0, 0.3]))
        tensor([-1.,  0.])
    """
    return _C.hardshrink(input, lambd, out)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """Move elements towards zero by a fixed amount, at most to zero.

    ``out = sign(input) * max(|input| - lambd, 0)``

    Args:
        input: any shape, floating point.
        lambd: how far; not negative.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        DtypeError: ``input`` is not floating point.
        ValueError: ``lambd`` is negative.

    Example:
        >>> F.softshrink(dlx.tensor([-1.0, 0.3]))
        tensor([-0.5000,  0.0000])
    """
    return _C.softshrink(input, lambd)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """Replace what does not exceed a threshold.

    ``out = input if input > threshold else value``; nan stays.

    Args:
        input: any shape; not bool.
        threshold: what must be exceeded.
        value: what takes the place of the others.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace``.

    Raises:
        DtypeError: ``input`` is bool.
        ValueError: the dtype of ``input`` cannot hold ``threshold`` or ``value``.

    Example:
        >>> F.threshold(dlx.tensor([-1.0, 2.0]), 0.5, 9.0)
        tensor([9., 2.])
    """
    return _C.threshold(input, threshold, value, input if inplace else None)


def glu(input: Tensor, dim: int = -1, *, axis: int | None = None) -> Tensor:
    """Gate one half of a dimension by the sigmoid of the other.

    ``out = a * sigmoid(b)``, ``a`` and ``b`` the first and the second half along ``dim``

    Args:
        input: floating point, of an even size along ``dim``.
        dim: the dimension that is halved.
        axis: another name of ``dim``.

    Returns:
        Tensor of the shape of ``input``, but for half the size along ``dim``.

    Raises:
        ShapeError: the size along ``dim`` is odd, or ``input`` has no dimension.
        IndexError: ``dim`` is out of range.
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.glu(dlx.tensor([1.0, 2.0, 0.0, 0.0]))
        tensor([0.5000, 1.0000])

    Source: Dauphin et al. 2016, arXiv:1612.08083.
    """
    return _C.glu(input, dim if axis is None else axis)


def softsign(input: Tensor) -> Tensor:
    """Squash to (-1, 1) by a quotient.

    ``out = input / (1 + |input|)``

    Args:
        input: any shape; not bool. Integers are computed in the default dtype (float32).

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> F.softsign(dlx.tensor([-1.0, 3.0]))
        tensor([-0.5000,  0.7500])
    """
    return _C.softsign(input)


def tanhshrink(input: Tensor) -> Tensor:
    """Subtract the hyperbolic tangent.

    ``out = input - tanh(input)``

    Args:
        input: any shape; not bool. Integers are computed in the default dtype (float32).

    Returns:
        Tensor of the shape of ``input``, floating point.

    Raises:
        DtypeError: ``input`` is bool.

    Example:
        >>> F.tanhshrink(dlx.tensor([-1.0, 3.0]))
        tensor([-0.2384,  2.0049])
    """
    return _C.tanhshrink(input)


def softmin(input: Tensor, dim: int | None = None, dtype: _C.dtype | None = None, *, axis: int | None = None) -> Tensor:
    """Turn scores into probabilities, the smallest score to the largest.

    ``out = softmax(-input)`` along ``dim``

    Args:
        input: any shape, floating point unless ``dtype`` is.
        dim: the dimension along which the results sum to 1.
        dtype: of the result; ``input`` is converted first.
        axis: another name of ``dim``.

    Returns:
        Tensor of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.

    Example:
        >>> F.softmin(dlx.tensor([1.0, 2.0, 3.0]), dim=0)
        tensor([0.6652, 0.2447, 0.0900])

    PyTorch's ``nn.functional`` has a parameter ``_stacklevel`` between ``dim`` and ``dtype``; dlx has not.
    """
    if dim is None:
        dim = _dim_of("softmin", input, axis)
    return _C.softmax(_C.neg(input if dtype is None else input.to(dtype), None), dim, None, None)


def gumbel_softmax(
    logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1, *, axis: int | None = None
) -> Tensor:
    """Draw one class at random, in a way that gradients pass.

    ``out = softmax((logits + noise) / tau)`` along ``dim``, the noise drawn from the Gumbel distribution

    Args:
        logits: unnormalised log probabilities, any shape, floating point.
        tau: temperature: the smaller, the closer to 0 and 1 the results; not 0.
        hard: if True, results are 0 and 1, with the gradient of the soft ones.
        eps: has no effect, as in PyTorch, and warns if given.
        dim: the dimension along which a class is drawn.
        axis: another name of ``dim``.

    Returns:
        Tensor of the shape and dtype of ``logits``; it sums to 1 along ``dim``.

    Raises:
        IndexError: ``dim`` is out of range.
        DtypeError: ``logits`` is not floating point.
        ValueError: ``tau`` is 0.

    Example:
        >>> F.gumbel_softmax(dlx.tensor([0.0, 100.0]), hard=True)
        tensor([0., 1.])

    Source: Jang et al. 2016, arXiv:1611.01144; Maddison et al. 2016, arXiv:1611.00712.
    """
    if eps != 1e-10:
        import warnings

        warnings.warn("gumbel_softmax: eps is deprecated and has no effect.", stacklevel=2)
    return _C.gumbel_softmax(logits, tau, hard, dim if axis is None else axis)


def relu_(input: Tensor) -> Tensor:
    """Set what is negative to zero, in place; see :func:`dlx.relu`."""
    return _C.relu(input, input)


def celu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Bend the negative side with one slope at zero, in place; see :func:`celu`."""
    return _C.celu(input, alpha, input)


def elu_(input: Tensor, alpha: float = 1.0) -> Tensor:
    """Bend the negative side, in place; see :func:`elu`."""
    return _C.elu(input, alpha, input)


def hardtanh_(input: Tensor, min_val: float = -1.0, max_val: float = 1.0) -> Tensor:
    """Cut off at both sides, in place; see :func:`hardtanh`."""
    return _C.hardtanh(input, min_val, max_val, input)


def leaky_relu_(input: Tensor, negative_slope: float = 0.01) -> Tensor:
    """Scale what is negative, in place; see :func:`leaky_relu`."""
    return _C.leaky_relu(input, negative_slope, input)


def rrelu_(input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False) -> Tensor:
    """Scale what is negative by a random factor while training, in place; see :func:`rrelu`."""
    return _C.rrelu(input, lower, upper, training, input)


def selu_(input: Tensor) -> Tensor:
    """Bend the negative side so that activations normalise themselves, in place; see :func:`selu`."""
    return _C.selu(input, input)


def threshold_(input: Tensor, threshold: float, value: float) -> Tensor:
    """Replace what does not exceed a threshold, in place; see :func:`threshold`."""
    return _C.threshold(input, threshold, value, input)


def _is_tanh(approximate: str) -> bool:
    if approximate not in ("none", "tanh"):
        raise ValueError(f"gelu: approximate must be 'none' or 'tanh'. Got {approximate!r}.")
    return approximate == "tanh"


direct(globals())
