"""Activations as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.elementary import tanh
from dlx.ops.elementwise import relu, sigmoid
from dlx.ops.softmax import softmax

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["ReLU", "Sigmoid", "Softmax", "Tanh"]


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
