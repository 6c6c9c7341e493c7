"""Convolution."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._arguments import each_dim, pair
from dlx.ops._direct import direct
from dlx.ops.pad import pad

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Pair, Sizes

__all__ = ["conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d", "conv_transpose3d"]


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
            1; an odd one goes behind).
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
        input, padding = _padded("conv2d", input, padding, weight, stride, dilation)
    return _C.conv2d(input, weight, bias, stride, padding, dilation, groups)


def conv1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Slide filters along sequences: :func:`conv2d` with one dimension.

    ``out[n, o, x] = bias[o] + sum_{c,i}(input[n, c, x * stride - padding + i * dilation] * weight[o, c, i])``; what
    lies outside the sequence counts as 0.

    Args:
        input: shape ``(n, in_channels, l)``, or ``(in_channels, l)`` for one sequence.
        weight: shape ``(out_channels, in_channels / groups, k)``, of the dtype of ``input``.
        bias: shape ``(out_channels,)``, or none.
        stride: step between positions.
        padding: zeros at each end; 'valid' for none, 'same' for as many as keep the length (stride 1; an odd one goes
            behind).
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.

    Returns:
        Tensor of shape ``(n, out_channels, ol)``, ``ol = (l + 2 * padding - dilation * (k - 1) - 1) // stride + 1``.

    Raises:
        ShapeError: the channels do not fit ``weight`` and ``groups``, or the filter is longer than the padded sequence.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: a stride or dilation below 1, a negative padding, 'same' with a stride.

    Example:
        >>> F.conv1d(dlx.tensor([[1.0, 2.0, 3.0]]), dlx.ones(1, 1, 2))
        tensor([[3., 5.]])
    """
    input, ends = _padded("conv1d", input, padding, weight, stride, dilation)
    return _C.conv1d(input, weight, bias, stride, ends, dilation, groups)


def conv3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes | str = 0,
    dilation: Sizes = 1,
    groups: int = 1,
) -> Tensor:
    """Slide filters over volumes: :func:`conv2d` with three dimensions.

    Args:
        input: shape ``(n, in_channels, d, h, w)``, or ``(in_channels, d, h, w)`` for one volume.
        weight: shape ``(out_channels, in_channels / groups, kd, kh, kw)``, of the dtype of ``input``.
        bias: shape ``(out_channels,)``, or none.
        stride: step between positions; an int or (depth, height, width), as are the next two.
        padding: zeros on each side; 'valid' for none, 'same' for as many as keep the size (stride 1; an odd one goes
            behind).
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.

    Returns:
        Tensor of shape ``(n, out_channels, od, oh, ow)``.

    Raises:
        ShapeError: the channels do not fit ``weight`` and ``groups``, or the filter is larger than the padded volume.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: a stride or dilation below 1, a negative padding, 'same' with a stride.

    Example:
        >>> F.conv3d(dlx.ones(1, 1, 2, 2, 2), dlx.ones(1, 1, 2, 2, 2))
        tensor([[[[[8.]]]]])
    """
    input, ends = _padded("conv3d", input, padding, weight, stride, dilation)
    return _C.conv3d(input, weight, bias, stride, ends, dilation, groups)


def conv_transpose1d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Spread each element of sequences by filters: what takes :func:`conv1d`'s output back to the size of its input.

    Args:
        input: shape ``(n, in_channels, l)``, or ``(in_channels, l)`` for one sequence.
        weight: shape ``(in_channels, out_channels / groups, k)``, of the dtype of ``input``.
        bias: shape ``(out_channels,)``, or none.
        stride: distance between the places that neighbours spread from.
        padding: elements cut off at each end of the result.
        output_padding: elements added behind, less than ``stride`` or ``dilation``.
        groups: input and output channels are divided into so many groups that do not see each other.
        dilation: distance between the elements of a filter.

    Returns:
        Tensor of shape ``(n, out_channels, ol)``,
        ``ol = (l - 1) * stride - 2 * padding + dilation * (k - 1) + output_padding + 1``.

    Raises:
        ShapeError: the channels do not fit ``weight`` and ``groups``, or nothing is left of the result.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: a stride or dilation below 1, a negative padding, too large an ``output_padding``.

    Example:
        >>> F.conv_transpose1d(dlx.tensor([[1.0, 2.0]]), dlx.ones(1, 1, 2), stride=2)
        tensor([[1., 1., 2., 2.]])
    """
    return _C.conv_transpose1d(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose2d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Spread each pixel of images by filters: what takes :func:`conv2d`'s output back to the size of its input.

    ``out[n, o, y * stride - padding + i * dilation, ...] += input[n, c, y, ...] * weight[c, o, i, ...]`` over all
    ``c``, ``y`` and ``i``, and in the width likewise; then the bias is added.

    Args:
        input: shape ``(n, in_channels, h, w)``, or ``(in_channels, h, w)`` for one image; NCHW or ``channels_last`` in
            memory.
        weight: shape ``(in_channels, out_channels / groups, kh, kw)``, of the dtype of ``input``.
        bias: shape ``(out_channels,)``, or none.
        stride: distance between the places that neighbours spread from; an int or (height, width), as are the next
            two and ``dilation``.
        padding: rows and columns cut off on each side of the result.
        output_padding: rows and columns added behind, less than ``stride`` or ``dilation``.
        groups: input and output channels are divided into so many groups that do not see each other.
        dilation: distance between the elements of a filter.

    Returns:
        Tensor of shape ``(n, out_channels, oh, ow)``,
        ``oh = (h - 1) * stride - 2 * padding + dilation * (kh - 1) + output_padding + 1``.

    Raises:
        ShapeError: the channels do not fit ``weight`` and ``groups``, or nothing is left of the result.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: a stride or dilation below 1, a negative padding, too large an ``output_padding``.

    Example:
        >>> F.conv_transpose2d(dlx.ones(1, 1, 2), dlx.ones(1, 1, 2, 2), stride=2)
        tensor([[[1., 1., 1., 1.],
                 [1., 1., 1., 1.]]])
    """
    return _C.conv_transpose2d(input, weight, bias, stride, padding, output_padding, groups, dilation)


def conv_transpose3d(
    input: Tensor,
    weight: Tensor,
    bias: Tensor | None = None,
    stride: Sizes = 1,
    padding: Sizes = 0,
    output_padding: Sizes = 0,
    groups: int = 1,
    dilation: Sizes = 1,
) -> Tensor:
    """Spread each element of volumes by filters: :func:`conv_transpose2d` with three dimensions.

    Args:
        input: shape ``(n, in_channels, d, h, w)``, or ``(in_channels, d, h, w)`` for one volume.
        weight: shape ``(in_channels, out_channels / groups, kd, kh, kw)``, of the dtype of ``input``.
        bias: shape ``(out_channels,)``, or none.
        stride: distance between the places that neighbours spread from; an int or (depth, height, width), as are the
            next two and ``dilation``.
        padding: elements cut off on each side of the result.
        output_padding: elements added behind, less than ``stride`` or ``dilation``.
        groups: input and output channels are divided into so many groups that do not see each other.
        dilation: distance between the elements of a filter.

    Returns:
        Tensor of shape ``(n, out_channels, od, oh, ow)``.

    Raises:
        ShapeError: the channels do not fit ``weight`` and ``groups``, or nothing is left of the result.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: a stride or dilation below 1, a negative padding, too large an ``output_padding``.

    Example:
        >>> F.conv_transpose3d(dlx.ones(1, 1, 1, 1), dlx.ones(1, 1, 1, 1, 2))
        tensor([[[[1., 1.]]]])
    """
    return _C.conv_transpose3d(input, weight, bias, stride, padding, output_padding, groups, dilation)


def _same_padding(function: str, kernel_size: Sizes, stride: Sizes, dilation: Sizes) -> list[tuple[int, int]]:
    """How much padding='same' puts before and behind each dimension."""
    sizes = tuple(kernel_size) if not isinstance(kernel_size, int) else (kernel_size,)
    if any(step != 1 for step in each_dim(function, "stride", stride, len(sizes))):
        raise ValueError(f"{function}: padding='same' needs stride 1. Got stride={stride}.")
    total = [d * (k - 1) for d, k in zip(each_dim(function, "dilation", dilation, len(sizes)), sizes)]
    return [(t // 2, t - t // 2) for t in total]


def _padded(
    function: str, input: Tensor, padding: Sizes | str, weight: Tensor, stride: Sizes, dilation: Sizes
) -> tuple[Tensor, Sizes]:
    """What the kernel cannot do of a padding, done; and the rest: as much on both sides."""
    if not isinstance(padding, str):
        return input, padding
    if padding == "valid":
        return input, 0
    if padding != "same":
        raise ValueError(f"{function}: padding must be ints, 'valid' or 'same'. Got {padding!r}.")
    ends = _same_padding(function, weight.shape[2:], stride, dilation)
    if any(before != behind for before, behind in ends):
        input = pad(input, [n for before, behind in reversed(ends) for n in (0, behind - before)])
    return input, [before for before, _ in ends]


direct(globals())
