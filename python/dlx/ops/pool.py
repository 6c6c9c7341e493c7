"""Pooling."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import pair

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Pair

__all__ = ["max_pool2d"]


def max_pool2d(
    input: Tensor,
    kernel_size: Pair,
    stride: Pair | None = None,
    padding: Pair = 0,
    dilation: Pair = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest value in each window of an image.

    ``out[n, c, y, x] = max_{i,j}(input[n, c, y', x'])`` with ``y' = y * stride - padding + i * dilation`` and ``x'``
    likewise; what lies outside the image never wins, nan does.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image; NCHW or ``channels_last`` in memory.
        kernel_size: size of the window; an int or (height, width), as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each edge, at most half of ``kernel_size``.
        dilation: distance between the elements of a window.
        ceil_mode: also take a last window that is partly outside, if it starts inside.
        return_indices: also return where in the image (``y * w + x``) each value was found.

    Returns:
        Tensor of shape ``(n, c, oh, ow)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than three or four dimensions, or is smaller than one window.
        ValueError: a size, stride or dilation below 1, or too large a padding.

    Example:
        >>> F.max_pool2d(dlx.tensor([[[1.0, 2.0], [3.0, 4.0]]]), 2)
        tensor([[[4.]]])
    """
    window = kernel_size if isinstance(kernel_size, tuple) else pair("max_pool2d", "kernel_size", kernel_size)
    step = window if stride is None else stride if isinstance(stride, tuple) else pair("max_pool2d", "stride", stride)
    if not isinstance(padding, tuple):
        padding = pair("max_pool2d", "padding", padding)
    if not isinstance(dilation, tuple):
        dilation = pair("max_pool2d", "dilation", dilation)
    both = _C.max_pool2d(input, window, step, padding, dilation, ceil_mode)
    return both if return_indices else both[0]
