"""Changes of shape as layers."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlx._C import ShapeError
from dlx.nn.modules.module import Module
from dlx.ops.view import flatten, reshape

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Flatten", "Unflatten"]


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


class Unflatten(Module):
    """Cut one dimension into several.

    Args:
        dim: the dimension to cut.
        unflattened_size: the new sizes; one may be -1: it is worked out.

    Raises:
        TypeError: ``dim`` is no int, or a size is none.
        ShapeError: the sizes do not give the dimension's (when it is called).

    Example:
        >>> nn.Unflatten(1, (3, 4))(dlx.zeros(2, 12)).shape
        dlx.Size([2, 3, 4])
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        if not isinstance(dim, int):
            raise TypeError(f"Unflatten: dim must be an int: dlx has no named dimensions. Got {type(dim).__name__}.")
        for size in unflattened_size:
            if not isinstance(size, int):
                raise TypeError(f"Unflatten: sizes must be ints. Got {type(size).__name__}.")
        self.dim = dim
        self.unflattened_size = unflattened_size

    def forward(self, input: Tensor) -> Tensor:
        rank = input.ndim
        if not -rank <= self.dim < rank:
            raise IndexError(
                f"Unflatten: dim must be in [{-rank}, {rank}) for shape {tuple(input.shape)}. Got {self.dim}."
            )
        dim = self.dim % rank
        sizes = list(self.unflattened_size)
        given = math.prod(size for size in sizes if size != -1)
        if sizes.count(-1) == 1 and given:
            sizes[sizes.index(-1)] = input.shape[dim] // given
        if math.prod(sizes) != input.shape[dim] or min(sizes, default=0) < 0:
            raise ShapeError(
                f"Unflatten: sizes {tuple(self.unflattened_size)} do not multiply up to {input.shape[dim]}, the size "
                f"of dimension {dim} of the input of shape {tuple(input.shape)}."
            )
        return reshape(input, (*input.shape[:dim], *sizes, *input.shape[dim + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"
