"""Lengths of vectors and what is between two of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct
from dlx.ops.creation import triu_indices

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["cosine_similarity", "pairwise_distance", "pdist"]


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8, *, axis: int | None = None) -> Tensor:
    """Take the cosine of the angle between vectors.

    ``out = sum(x1 * x2) / (max(norm(x1), eps) * max(norm(x2), eps))`` along ``dim``

    Args:
        x1: any shape, floating point.
        x2: broadcasts with ``x1``.
        dim: the dimension of the vectors, in the broadcast shape.
        eps: the least length, so that zeros give 0.
        axis: another name of ``dim``.

    Returns:
        Tensor of the broadcast shape without ``dim``, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast.
        IndexError: ``dim`` is out of range.
        DtypeError: neither is floating point.

    Example:
        >>> F.cosine_similarity(dlx.tensor([[1.0, 0.0]]), dlx.tensor([[3.0, 4.0]]))
        tensor([0.6000])
    """
    return _C.cosine_similarity(x1, x2, dim if axis is None else axis, eps)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """Take the distance between vectors.

    ``out = norm(x1 - x2 + eps, p)`` over the last dimension

    Args:
        x1: shape ``(*, d)``, floating point.
        x2: broadcasts with ``x1``.
        p: of the norm; inf and 0 too.
        eps: added to each difference, so that equal vectors have a gradient.
        keepdim: whether the last dimension stays, with size 1.

    Returns:
        Tensor of the broadcast shape without its last dimension, in the promoted dtype.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: neither is floating point.

    Example:
        >>> F.pairwise_distance(dlx.tensor([[0.0, 0.0]]), dlx.tensor([[3.0, 4.0]]))
        tensor([5.0000])
    """
    return _C.pairwise_distance(x1, x2, p, eps, keepdim)


def normalize(
    input: Tensor,
    p: float = 2.0,
    dim: int = 1,
    eps: float = 1e-12,
    out: Tensor | None = None,
    *,
    axis: int | None = None,
) -> Tensor:
    """Scale vectors to length 1.

    ``out = input / max(norm(input, p), eps)`` along ``dim``

    Args:
        input: any shape, floating point.
        p: of the norm; inf and 0 too.
        dim: the dimension of the vectors.
        eps: the least length, so that zeros stay zeros.
        out: where to write the result.
        axis: another name of ``dim``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.normalize(dlx.tensor([[3.0, 4.0]]))
        tensor([[0.6000, 0.8000]])
    """
    return _C.normalize(input, p, dim if axis is None else axis, eps, out)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Take the distances between all pairs of rows, each once.

    ``norm(input[i] - input[j], p)`` for ``i < j``: all ``j`` of the first row, then those of the second and so on.

    Args:
        input: shape ``(n, d)``, floating point.
        p: of the norm, 0 or more; inf too.

    Returns:
        Tensor of shape ``(n * (n - 1) / 2,)``.

    Raises:
        ShapeError: ``input`` has other than two dimensions.
        DtypeError: ``input`` is not floating point.
        ValueError: ``p`` is negative.

    Example:
        >>> F.pdist(dlx.tensor([[0.0, 0.0], [3.0, 4.0], [3.0, 0.0]]))
        tensor([5., 3., 4.])
    """
    if input.ndim != 2:
        raise _C.ShapeError(f"pdist: input must have shape (n, d). Got {tuple(input.shape)}.")
    if not input.dtype.is_floating_point:
        raise _C.DtypeError(f"pdist: input must be floating point. Got {input.dtype}.")
    if not p >= 0:
        raise ValueError(f"pdist: p must not be negative. Got {p}.")
    first, second = triu_indices(len(input), len(input), 1, device=input.device)
    return _C.vector_norm(input[first] - input[second], p, [1], False, None, None)


direct(globals())
