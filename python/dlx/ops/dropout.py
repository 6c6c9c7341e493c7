"""Dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["dropout"]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set elements to zero at random and scale up the rest, so that the expected value stays.

    ``out = input * mask / (1 - p)``, each element of ``mask`` being 0 with probability ``p``, else 1.

    Args:
        input: any shape, floating point.
        p: the probability of a zero, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.dropout(dlx.ones(3), p=0.5, training=False)
        tensor([1., 1., 1.])

    Source: Srivastava et al. 2014, JMLR 15(56).
    """
    return _C.dropout(input, p, training, input if inplace else None)
