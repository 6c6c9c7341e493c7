"""Dropout as a layer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.dropout import dropout

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Dropout"]


class Dropout(Module):
    """Set elements to zero at random while training; see :func:`dlx.nn.functional.dropout`.

    Args:
        p: the probability of a zero, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.Dropout(0.5).eval()(dlx.ones(2))
        tensor([1., 1.])
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training, self.inplace)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
