"""Questions about tensors that need no kernel."""

from __future__ import annotations

from typing import Any

from dlx._C import Tensor

__all__ = ["is_floating_point", "is_tensor", "numel"]


def is_tensor(obj: Any) -> bool:
    """Ask whether an object is a tensor.

    Example:
        >>> dlx.is_tensor([1.0])
        False
    """
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """Count the elements.

    Example:
        >>> dlx.numel(dlx.zeros(2, 3))
        6
    """
    return input.numel()


def is_floating_point(input: Tensor) -> bool:
    """Ask whether the dtype is a floating-point one.

    Example:
        >>> dlx.is_floating_point(dlx.tensor([1]))
        False
    """
    return input.dtype.is_floating_point
