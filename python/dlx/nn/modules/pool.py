"""Pooling layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.nn.modules.module import Module
from dlx.ops.pool import max_pool2d

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Pair

__all__ = ["MaxPool2d"]


class MaxPool2d(Module):
    """Take the largest value in each window; see :func:`dlx.nn.functional.max_pool2d`.

    Args:
        kernel_size: size of the window; an int or (height, width), as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each edge.
        dilation: distance between the elements of a window.
        return_indices: also return where each value was found.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.MaxPool2d(2)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 3, 4, 4])
    """

    def __init__(
        self,
        kernel_size: Pair,
        stride: Pair | None = None,
        padding: Pair = 0,
        dilation: Pair = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        return max_pool2d(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )
