"""Activations as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx._C import ShapeError
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.activation import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu6,
    rrelu,
    selu,
    silu,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)
from dlx.ops.creation import full
from dlx.ops.elementary import tanh
from dlx.ops.elementwise import relu, sigmoid
from dlx.ops.softmax import log_softmax, softmax

if TYPE_CHECKING:
    from dlx import _C
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = [
    "CELU", "ELU", "GELU", "GLU", "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "LeakyReLU", "LogSigmoid",
    "LogSoftmax", "Mish", "PReLU", "RReLU", "ReLU", "ReLU6", "SELU", "SiLU", "Sigmoid", "Softmax", "Softmax2d",
    "Softmin", "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold",
]  # fmt: skip


class ReLU(Module):
    """Set what is negative to zero; see :func:`dlx.relu`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.ReLU()(dlx.tensor([-1.0, 2.0]))
        tensor([0., 2.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return relu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ReLU6(Module):
    """Cut off below 0 and above 6; see :func:`dlx.nn.functional.relu6`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.ReLU6()(dlx.tensor([-1.0, 8.0]))
        tensor([0., 6.])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return relu6(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class ELU(Module):
    """Bend the negative side towards ``-alpha`` exponentially; see :func:`dlx.nn.functional.elu`.

    Args:
        alpha: how far below zero results reach.
        inplace: write the result into the input.

    Example:
        >>> nn.ELU()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.6321,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return elu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class CELU(Module):
    """Bend the negative side, with one slope at zero for every ``alpha``; see :func:`dlx.nn.functional.celu`.

    Args:
        alpha: how far below zero results reach; not 0.
        inplace: write the result into the input.

    Example:
        >>> nn.CELU(2.0)(dlx.tensor([-1.0, 2.0]))
        tensor([-0.7869,  2.0000])
    """

    def __init__(self, alpha: float = 1.0, inplace: bool = False) -> None:
        super().__init__()
        self.alpha = alpha
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return celu(input, self.alpha, self.inplace)

    def extra_repr(self) -> str:
        return f"alpha={self.alpha}" + (", inplace=True" if self.inplace else "")


class SELU(Module):
    """Apply a scaled elu that keeps mean 0 and variance 1; see :func:`dlx.nn.functional.selu`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.SELU()(dlx.tensor([-1.0, 2.0]))
        tensor([-1.1113,  2.1014])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return selu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class GELU(Module):
    """Weigh each element by the probability that a normal variable is below it; see :func:`dlx.nn.functional.gelu`.

    Args:
        approximate: 'none' or 'tanh'.

    Example:
        >>> nn.GELU()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.1587,  1.9545])
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class SiLU(Module):
    """Weigh each element by its sigmoid; see :func:`dlx.nn.functional.silu`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.SiLU()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.2689,  1.7616])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return silu(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Mish(Module):
    """Weigh each element by the tanh of its softplus; see :func:`dlx.nn.functional.mish`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.Mish()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.3034,  1.9440])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return mish(input, self.inplace)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Softplus(Module):
    """Smooth relu; see :func:`dlx.nn.functional.softplus`.

    Args:
        beta: how sharply it bends.
        threshold: above it the function counts as linear.

    Example:
        >>> nn.Softplus()(dlx.tensor([-1.0, 2.0]))
        tensor([0.3133, 2.1269])
    """

    def __init__(self, beta: float = 1.0, threshold: float = 20.0) -> None:
        super().__init__()
        self.beta = beta
        self.threshold = threshold

    def forward(self, input: Tensor) -> Tensor:
        return softplus(input, self.beta, self.threshold)

    def extra_repr(self) -> str:
        return f"beta={self.beta}, threshold={self.threshold}"


class LogSigmoid(Module):
    """Take the logarithm of the sigmoid; see :func:`dlx.nn.functional.logsigmoid`.

    Example:
        >>> nn.LogSigmoid()(dlx.tensor([-1.0, 2.0]))
        tensor([-1.3133, -0.1269])
    """

    def forward(self, input: Tensor) -> Tensor:
        return logsigmoid(input)


class LeakyReLU(Module):
    """Scale down what is negative; see :func:`dlx.nn.functional.leaky_relu`.

    Args:
        negative_slope: factor of negative elements.
        inplace: write the result into the input.

    Example:
        >>> nn.LeakyReLU(0.1)(dlx.tensor([-1.0, 2.0]))
        tensor([-0.1000,  2.0000])
    """

    def __init__(self, negative_slope: float = 0.01, inplace: bool = False) -> None:
        super().__init__()
        self.negative_slope = negative_slope
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return leaky_relu(input, self.negative_slope, self.inplace)

    def extra_repr(self) -> str:
        return f"negative_slope={self.negative_slope}" + (", inplace=True" if self.inplace else "")


class PReLU(Module):
    """Scale what is negative by a learned factor; see :func:`dlx.nn.functional.prelu`.

    Args:
        num_parameters: 1, or the number of channels.
        init: what the factors start from.
        device: of the factors.
        dtype: of the factors.

    Example:
        >>> nn.PReLU()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.2500,  2.0000], grad_fn=<PreluBackward>)
    """

    weight: Parameter

    def __init__(
        self,
        num_parameters: int = 1,
        init: float = 0.25,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        self.num_parameters = num_parameters
        self.init = init
        self.weight = Parameter(full((num_parameters,), float(init), dtype=dtype, device=device))

    def reset_parameters(self) -> None:
        """Set every factor to what it starts from."""
        self.weight.data.fill_(self.init)

    def forward(self, input: Tensor) -> Tensor:
        return prelu(input, self.weight)

    def extra_repr(self) -> str:
        return f"num_parameters={self.num_parameters}"


class RReLU(Module):
    """Scale what is negative by a random factor while training; see :func:`dlx.nn.functional.rrelu`.

    Args:
        lower: smallest slope.
        upper: largest slope.
        inplace: write the result into the input.

    Example:
        >>> nn.RReLU(0.1, 0.3).eval()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.2000,  2.0000])
    """

    def __init__(self, lower: float = 1.0 / 8, upper: float = 1.0 / 3, inplace: bool = False) -> None:
        super().__init__()
        self.lower = lower
        self.upper = upper
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return rrelu(input, self.lower, self.upper, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"lower={self.lower}, upper={self.upper}" + (", inplace=True" if self.inplace else "")


class Hardtanh(Module):
    """Cut off at both sides; see :func:`dlx.nn.functional.hardtanh`.

    Args:
        min_val: smallest result.
        max_val: largest result; above ``min_val``.
        inplace: write the result into the input.
        min_value: PyTorch's deprecated name of ``min_val``: an error if given.
        max_value: PyTorch's deprecated name of ``max_val``: an error if given.

    Raises:
        ValueError: ``max_val`` is not above ``min_val``, or a deprecated name is given.

    Example:
        >>> nn.Hardtanh()(dlx.tensor([-3.0, 0.5]))
        tensor([-1.0000,  0.5000])
    """

    def __init__(
        self,
        min_val: float = -1.0,
        max_val: float = 1.0,
        inplace: bool = False,
        min_value: float | None = None,
        max_value: float | None = None,
    ) -> None:
        super().__init__()
        if min_value is not None or max_value is not None:
            raise ValueError("Hardtanh: min_value and max_value are deprecated. Use min_val and max_val.")
        if not max_val > min_val:
            raise ValueError(f"Hardtanh: max_val must be above min_val. Got min_val={min_val}, max_val={max_val}.")
        self.min_val = min_val
        self.max_val = max_val
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return hardtanh(input, self.min_val, self.max_val, self.inplace)

    def extra_repr(self) -> str:
        return f"min_val={self.min_val}, max_val={self.max_val}" + (", inplace=True" if self.inplace else "")


class Hardsigmoid(Module):
    """Squash to [0, 1] by a straight line; see :func:`dlx.nn.functional.hardsigmoid`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.Hardsigmoid()(dlx.tensor([-4.0, 0.0, 1.5]))
        tensor([0.0000, 0.5000, 0.7500])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return hardsigmoid(input, self.inplace)


class Hardswish(Module):
    """Weigh each element by its hardsigmoid; see :func:`dlx.nn.functional.hardswish`.

    Args:
        inplace: write the result into the input.

    Example:
        >>> nn.Hardswish()(dlx.tensor([-1.0, 2.0]))
        tensor([-0.3333,  1.6667])
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return hardswish(input, self.inplace)


class Hardshrink(Module):
    """Set small elements to zero; see :func:`dlx.hardshrink`.

    Args:
        lambd: the largest size that becomes 0.

    Example:
        >>> nn.Hardshrink()(dlx.tensor([-1.0, 0.3]))
        tensor([-1.,  0.])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return hardshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Softshrink(Module):
    """Move elements towards zero by a fixed amount; see :func:`dlx.nn.functional.softshrink`.

    Args:
        lambd: how far; not negative.

    Example:
        >>> nn.Softshrink()(dlx.tensor([-1.0, 0.3]))
        tensor([-0.5000,  0.0000])
    """

    def __init__(self, lambd: float = 0.5) -> None:
        super().__init__()
        self.lambd = lambd

    def forward(self, input: Tensor) -> Tensor:
        return softshrink(input, self.lambd)

    def extra_repr(self) -> str:
        return f"{self.lambd}"


class Threshold(Module):
    """Replace what does not exceed a threshold; see :func:`dlx.threshold`.

    Args:
        threshold: what must be exceeded.
        value: what takes the place of the others.
        inplace: write the result into the input.

    Example:
        >>> nn.Threshold(0.5, 9.0)(dlx.tensor([-1.0, 2.0]))
        tensor([9., 2.])
    """

    def __init__(self, threshold: float, value: float, inplace: bool = False) -> None:
        super().__init__()
        self.threshold = threshold
        self.value = value
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return threshold(input, self.threshold, self.value, self.inplace)

    def extra_repr(self) -> str:
        return f"threshold={self.threshold}, value={self.value}" + (", inplace=True" if self.inplace else "")


class GLU(Module):
    """Gate one half of a dimension by the sigmoid of the other; see :func:`dlx.nn.functional.glu`.

    Args:
        dim: the dimension that is halved.

    Example:
        >>> nn.GLU()(dlx.tensor([1.0, 2.0, 0.0, 0.0]))
        tensor([0.5000, 1.0000])
    """

    def __init__(self, dim: int = -1) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return glu(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Tanh(Module):
    """Take the hyperbolic tangent; see :func:`dlx.tanh`.

    Example:
        >>> nn.Tanh()(dlx.tensor([0.0]))
        tensor([0.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return tanh(input)


class Sigmoid(Module):
    """Squash to (0, 1); see :func:`dlx.sigmoid`.

    Example:
        >>> nn.Sigmoid()(dlx.tensor([0.0]))
        tensor([0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        return sigmoid(input)


class Softsign(Module):
    """Squash to (-1, 1) by a quotient; see :func:`dlx.nn.functional.softsign`.

    Example:
        >>> nn.Softsign()(dlx.tensor([3.0]))
        tensor([0.7500])
    """

    def forward(self, input: Tensor) -> Tensor:
        return softsign(input)


class Tanhshrink(Module):
    """Subtract the hyperbolic tangent; see :func:`dlx.nn.functional.tanhshrink`.

    Example:
        >>> nn.Tanhshrink()(dlx.tensor([3.0]))
        tensor([2.0049])
    """

    def forward(self, input: Tensor) -> Tensor:
        return tanhshrink(input)


class Softmax(Module):
    """Turn scores into probabilities along one dimension; see :func:`dlx.softmax`.

    Args:
        dim: the dimension along which the results sum to 1.

    Example:
        >>> nn.Softmax(dim=0)(dlx.tensor([1.0, 1.0]))
        tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax2d(Module):
    """Turn the channels of an image into probabilities at each place: softmax over dimension -3.

    Shapes: input ``(n, c, h, w)`` or ``(c, h, w)``.

    Raises:
        ShapeError: the input has another number of dimensions.

    Example:
        >>> nn.Softmax2d()(dlx.zeros(2, 1, 1)).flatten()
        tensor([0.5000, 0.5000])
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ShapeError(f"Softmax2d: input must have shape (n, c, h, w) or (c, h, w). Got {tuple(input.shape)}.")
        return softmax(input, -3)


class Softmin(Module):
    """Turn scores into probabilities, the smallest score to the largest; see :func:`dlx.nn.functional.softmin`.

    Args:
        dim: the dimension along which the results sum to 1.

    Example:
        >>> nn.Softmin(dim=0)(dlx.tensor([1.0, 1.0]))
        tensor([0.5000, 0.5000])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return softmin(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class LogSoftmax(Module):
    """Take the logarithm of softmax; see :func:`dlx.log_softmax`.

    Args:
        dim: the dimension along which the results sum to 1.

    Example:
        >>> nn.LogSoftmax(dim=0)(dlx.tensor([1.0, 1.0]))
        tensor([-0.6931, -0.6931])
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return log_softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
