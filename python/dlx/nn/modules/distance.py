"""Distances as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.distance import cosine_similarity, pairwise_distance

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["CosineSimilarity", "PairwiseDistance"]


class CosineSimilarity(Module):
    """Take the cosine of the angle between vectors; see :func:`dlx.nn.functional.cosine_similarity`.

    Args:
        dim: the dimension of the vectors.
        eps: the least length.

    Example:
        >>> nn.CosineSimilarity()(dlx.tensor([[1.0, 0.0]]), dlx.tensor([[3.0, 4.0]]))
        tensor([0.6000])
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """Take the distance between vectors; see :func:`dlx.nn.functional.pairwise_distance`.

    Args:
        p: of the norm; inf and 0 too.
        eps: added to each difference.
        keepdim: whether the last dimension stays, with size 1.

    Example:
        >>> nn.PairwiseDistance()(dlx.tensor([[0.0, 0.0]]), dlx.tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
