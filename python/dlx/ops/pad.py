"""Padding."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Number

__all__ = ["pad"]


def pad(input: Tensor, pad: Sequence[int], mode: str = "constant", value: Number | None = None) -> Tensor:
    """Add elements at the ends of dimensions.

    Args:
        input: any shape; for modes other than 'constant' ``(c, *)`` or ``(n, c, *)`` with the one, two or three
            dimensions that are padded.
        pad: how many elements come before and behind the last dimension, then the one before it, and so on. Negative
            numbers cut off.
        mode: 'constant'; 'reflect': mirrored at the edge, which is not repeated; 'replicate': the edge again;
            'circular': from the other end.
        value: what 'constant' adds; 0 if None.

    Returns:
        Tensor of the dtype of ``input``, each size larger by its two numbers.

    Raises:
        ShapeError: a size would be negative, or the mode has not enough elements to add that many.
        ValueError: an odd number of values, more dimensions than ``input`` has, an unknown mode, or a ``value`` for
            a mode that takes none.

    Example:
        >>> F.pad(dlx.tensor([1, 2, 3]), (1, 2), value=9)
        tensor([9, 1, 2, 3, 9, 9])
        >>> F.pad(dlx.tensor([[1, 2, 3]]), (2, 0), "reflect")
        tensor([[3, 2, 1, 2, 3]])
    """
    if mode == "constant":
        return _C.constant_pad(input, pad, 0 if value is None else value)
    modes = {"reflect": _C.reflection_pad, "replicate": _C.replication_pad, "circular": _C.circular_pad}
    if mode not in modes:
        raise ValueError(f"pad: mode must be 'constant', 'reflect', 'replicate' or 'circular'. Got {mode!r}.")
    if value is not None and value != 0:
        raise ValueError(f"pad: mode {mode!r} takes no value. Got value={value!r}.")
    return modes[mode](input, pad)
