"""Changes of shape as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.view import flatten

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Flatten"]


class Flatten(Module):
    """Join neighbouring dimensions to one, by default all but the first.

    Args:
        start_dim: the first to join.
        end_dim: the last to join.

    Example:
        >>> nn.Flatten()(dlx.zeros(2, 3, 4)).shape
        dlx.Size([2, 12])
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"
