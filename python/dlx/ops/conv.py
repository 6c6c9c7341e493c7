"""Convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._arguments import pair

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Pair

__all__ = ["conv2d"]


def conv2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Pair = 1,
    padding: Pair | str = 0,
    dilation: Pair = 1,
    groups: int = 1,
) -> Tensor:
    """Slide filters over images.

    ``out[n, o, y, x] = bias[o] + sum_{c,i,j}(input[n, c, y', x'] * weight[o, c, i, j])`` with
    ``y' = y * stride - padding + i * dilation`` and ``x'`` likewise, the cross-correlation that is called convolution;
    what lies outside the image counts as 0.

    Args:
        input: shape ``(n, in_channels, h, w)``, or ``(in_channels, h, w)`` for one image; NCHW or ``channels_last`` in
            memory.
        weight: shape ``(out_channels, in_channels / groups, kh, kw)``, of the dtype of ``input``.
        bias: shape ``(out_channels,)``, or none.
        stride: step between positions; an int or (height, width), as are the next two.
        padding: rows and columns of zeros on each side; 'valid' for none, 'same' for as many as keep the size (stride
            1).
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.

    Returns:
        Tensor of shape ``(n, out_channels, oh, ow)``,
        ``oh = (h + 2 * padding - dilation * (kh - 1) - 1) // stride + 1``.

    Raises:
        ShapeError: the channels do not fit ``weight`` and ``groups``, or the filter is larger than the padded image.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: a stride or dilation below 1, a negative padding, 'same' with a stride.

    Example:
        >>> F.conv2d(dlx.ones(1, 1, 3, 3), dlx.ones(1, 1, 2, 2))
        tensor([[[[4., 4.],
                  [4., 4.]]]])
    """
    if not isinstance(stride, tuple):
        stride = pair("conv2d", "stride", stride)
    if not isinstance(dilation, tuple):
        dilation = pair("conv2d", "dilation", dilation)
    if not isinstance(padding, tuple):
        padding = _padding(padding, weight, stride, dilation)
    return _C.conv2d(input, weight, bias, stride, padding, dilation, groups)


def _padding(
    padding: Pair | str, weight: Tensor, stride: tuple[int, ...], dilation: tuple[int, ...]
) -> tuple[int, int]:
    if not isinstance(padding, str):
        return pair("conv2d", "padding", padding)
    if padding == "valid":
        return 0, 0
    if padding != "same":
        raise ValueError(f"conv2d: padding must be ints, 'valid' or 'same'. Got {padding!r}.")
    if any(step != 1 for step in stride):
        raise ValueError(f"conv2d: padding='same' needs stride 1. Got stride={stride}.")
    total = [d * (k - 1) for d, k in zip(dilation, weight.shape[-2:])]
    if any(t % 2 for t in total):
        raise ValueError(
            "conv2d: padding='same' needs dilation * (kernel_size - 1) to be even, so that both sides get the same. "
            f"Got kernel size {tuple(weight.shape[-2:])} and dilation={dilation}."
        )
    return total[0] // 2, total[1] // 2
