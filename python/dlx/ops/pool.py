"""Pooling."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import each_dim, pair

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import OutputSizes, Pair, Sizes

__all__ = [
    "adaptive_avg_pool1d", "adaptive_avg_pool2d", "adaptive_avg_pool3d", "adaptive_max_pool1d",
    "adaptive_max_pool2d", "adaptive_max_pool3d", "avg_pool1d", "avg_pool2d", "avg_pool3d", "fractional_max_pool2d",
    "fractional_max_pool3d", "lp_pool1d", "lp_pool2d", "lp_pool3d", "max_pool1d", "max_pool2d", "max_pool3d",
    "max_unpool1d", "max_unpool2d", "max_unpool3d",
]  # fmt: skip


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
        padding: how far windows may reach over each edge, at most half of what it spans.
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
    step = (
        window
        if stride is None or stride == ()
        else stride
        if isinstance(stride, tuple)
        else pair("max_pool2d", "stride", stride)
    )
    if not isinstance(padding, tuple):
        padding = pair("max_pool2d", "padding", padding)
    if not isinstance(dilation, tuple):
        dilation = pair("max_pool2d", "dilation", dilation)
    both = _C.max_pool2d(input, window, step, padding, dilation, ceil_mode)
    return both if return_indices else both[0]


def max_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest value in each window of sequences: :func:`max_pool2d` with one dimension.

    Args:
        input: shape ``(n, c, l)``, or ``(c, l)`` for one sequence.
        kernel_size: size of the window; an int, as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each end, at most half of what it spans.
        dilation: distance between the elements of a window.
        ceil_mode: also take a last window that is partly outside, if it starts inside.
        return_indices: also return where in the sequence, as one number, each value was found.

    Returns:
        Tensor of shape ``(n, c, ol)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 2 or 3 dimensions, or is smaller than one window.
        ValueError: a size, stride or dilation below 1, or too large a padding.

    Example:
        >>> F.max_pool1d(dlx.tensor([[1.0, 3.0, 2.0, 4.0]]), 2)
        tensor([[3., 4.]])
    """
    both = _C.max_pool1d(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)
    return both if return_indices else both[0]


def max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    dilation: Sizes = 1,
    ceil_mode: bool = False,
    return_indices: bool = False,
) -> Any:
    """Take the largest value in each window of volumes: :func:`max_pool2d` with three dimensions.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume.
        kernel_size: size of the window; an int or (depth, height, width), as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each end, at most half of what it spans.
        dilation: distance between the elements of a window.
        ceil_mode: also take a last window that is partly outside, if it starts inside.
        return_indices: also return where in the volume, as one number, each value was found.

    Returns:
        Tensor of shape ``(n, c, od, oh, ow)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or is smaller than one window.
        ValueError: a size, stride or dilation below 1, or too large a padding.

    Example:
        >>> F.max_pool3d(dlx.arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[7.]]]])
    """
    both = _C.max_pool3d(input, kernel_size, () if stride is None else stride, padding, dilation, ceil_mode)
    return both if return_indices else both[0]


def avg_pool1d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
) -> Tensor:
    """Take the mean of each window of sequences.

    Args:
        input: shape ``(n, c, l)``, or ``(c, l)`` for one sequence; floating point. Halves are summed in float32.
        kernel_size: size of the window; an int, as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: zeros at each end, at most half of what it spans.
        ceil_mode: also take a last window that is partly outside, if it starts inside; what lies beyond the padding
            does not count.
        count_include_pad: whether the zeros of the padding count as elements.

    Returns:
        Tensor of shape ``(n, c, ol)``.

    Raises:
        ShapeError: ``input`` has other than 2 or 3 dimensions, or is smaller than one window.
        DtypeError: ``input`` is not floating point.
        ValueError: a size or stride below 1, or too large a padding.

    Example:
        >>> F.avg_pool1d(dlx.tensor([[1.0, 3.0, 2.0, 4.0]]), 2)
        tensor([[2., 3.]])
    """
    step = () if stride is None else stride
    return _C.avg_pool1d(input, kernel_size, step, padding, ceil_mode, count_include_pad)


def avg_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Take the mean of each window of images.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image; floating point. Halves are summed in float32.
        kernel_size: size of the window; an int or (height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: zeros at each end, at most half of what it spans.
        ceil_mode: also take a last window that is partly outside, if it starts inside; what lies beyond the padding
            does not count.
        count_include_pad: whether the zeros of the padding count as elements.
        divisor_override: what to divide sums by instead of the size of the window.

    Returns:
        Tensor of shape ``(n, c, oh, ow)``.

    Raises:
        ShapeError: ``input`` has other than 3 or 4 dimensions, or is smaller than one window.
        DtypeError: ``input`` is not floating point.
        ValueError: a size or stride below 1, or too large a padding, or a divisor of 0.

    Example:
        >>> F.avg_pool2d(dlx.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 2)
        tensor([[[3.]]])
    """
    step = () if stride is None else stride
    return _C.avg_pool2d(input, kernel_size, step, padding, ceil_mode, count_include_pad, divisor_override)


def avg_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    ceil_mode: bool = False,
    count_include_pad: bool = True,
    divisor_override: int | None = None,
) -> Tensor:
    """Take the mean of each window of volumes.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume; floating point. Halves are summed in
            float32.
        kernel_size: size of the window; an int or (depth, height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: zeros at each end, at most half of what it spans.
        ceil_mode: also take a last window that is partly outside, if it starts inside; what lies beyond the padding
            does not count.
        count_include_pad: whether the zeros of the padding count as elements.
        divisor_override: what to divide sums by instead of the size of the window.

    Returns:
        Tensor of shape ``(n, c, od, oh, ow)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or is smaller than one window.
        DtypeError: ``input`` is not floating point.
        ValueError: a size or stride below 1, or too large a padding, or a divisor of 0.

    Example:
        >>> F.avg_pool3d(dlx.arange(8.0).reshape(1, 2, 2, 2), 2)
        tensor([[[[3.5000]]]])
    """
    step = () if stride is None else stride
    return _C.avg_pool3d(input, kernel_size, step, padding, ceil_mode, count_include_pad, divisor_override)


def adaptive_avg_pool1d(input: Tensor, output_size: Sizes) -> Tensor:
    """Take the means of so many windows that cover sequences evenly.

    Window ``j`` of ``m`` reaches from ``floor(j * n / m)`` to ``ceil((j + 1) * n / m)`` in a dimension of size ``n``.

    Args:
        input: shape ``(n, c, l)``, or ``(c, l)`` for one sequence; floating point. Halves are summed in float32.
        output_size: how many windows; an int.

    Returns:
        Tensor of shape ``(n, c, output_size)``.

    Raises:
        ShapeError: ``input`` has other than 2 or 3 dimensions, or a size other than the batch's is 0.
        DtypeError: ``input`` is not floating point.
        ValueError: a negative size.

    Example:
        >>> F.adaptive_avg_pool1d(dlx.tensor([[1.0, 3.0, 5.0]]), 2)
        tensor([[2., 4.]])
    """
    return _C.adaptive_avg_pool1d(input, _output_size("adaptive_avg_pool1d", output_size, 1))


def adaptive_avg_pool2d(input: Tensor, output_size: OutputSizes) -> Tensor:
    """Take the means of so many windows that cover images evenly.

    Window ``j`` of ``m`` reaches from ``floor(j * n / m)`` to ``ceil((j + 1) * n / m)`` in a dimension of size ``n``.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image; floating point. Halves are summed in float32.
        output_size: how many windows; an int or (height, width), None for as many as elements.

    Returns:
        Tensor of shape ``(n, c, *output_size)``.

    Raises:
        ShapeError: ``input`` has other than 3 or 4 dimensions, or a size other than the batch's is 0.
        DtypeError: ``input`` is not floating point.
        ValueError: a negative size.

    Example:
        >>> F.adaptive_avg_pool2d(dlx.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 1)
        tensor([[[3.]]])
    """
    return _C.adaptive_avg_pool2d(input, _output_size("adaptive_avg_pool2d", output_size, 2))


def adaptive_avg_pool3d(input: Tensor, output_size: OutputSizes) -> Tensor:
    """Take the means of so many windows that cover volumes evenly.

    Window ``j`` of ``m`` reaches from ``floor(j * n / m)`` to ``ceil((j + 1) * n / m)`` in a dimension of size ``n``.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume; floating point. Halves are summed in
            float32.
        output_size: how many windows; an int or (depth, height, width), None for as many as elements.

    Returns:
        Tensor of shape ``(n, c, *output_size)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or a size other than the batch's is 0.
        DtypeError: ``input`` is not floating point.
        ValueError: a negative size.

    Example:
        >>> F.adaptive_avg_pool3d(dlx.arange(8.0).reshape(1, 2, 2, 2), 1)
        tensor([[[[3.5000]]]])
    """
    return _C.adaptive_avg_pool3d(input, _output_size("adaptive_avg_pool3d", output_size, 3))


def adaptive_max_pool1d(input: Tensor, output_size: Sizes, return_indices: bool = False) -> Any:
    """Take the largest values of so many windows that cover sequences evenly.

    The windows are those of :func:`adaptive_avg_pool1d`; nan is the largest.

    Args:
        input: shape ``(n, c, l)``, or ``(c, l)`` for one sequence.
        output_size: how many windows; an int.
        return_indices: also return where in the sequence, as one number, each value was found.

    Returns:
        Tensor of shape ``(n, c, output_size)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 2 or 3 dimensions, or a size other than the batch's is 0.
        ValueError: a negative size.

    Example:
        >>> F.adaptive_max_pool1d(dlx.tensor([[1.0, 3.0, 5.0]]), 2)
        tensor([[3., 5.]])
    """
    both = _C.adaptive_max_pool1d(input, _output_size("adaptive_max_pool1d", output_size, 1))
    return both if return_indices else both[0]


def adaptive_max_pool2d(input: Tensor, output_size: OutputSizes, return_indices: bool = False) -> Any:
    """Take the largest values of so many windows that cover images evenly.

    The windows are those of :func:`adaptive_avg_pool2d`; nan is the largest.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image.
        output_size: how many windows; an int or (height, width), None for as many as elements.
        return_indices: also return where in the image, as one number, each value was found.

    Returns:
        Tensor of shape ``(n, c, *output_size)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 3 or 4 dimensions, or a size other than the batch's is 0.
        ValueError: a negative size.

    Example:
        >>> F.adaptive_max_pool2d(dlx.tensor([[[1.0, 2.0], [3.0, 6.0]]]), 1)
        tensor([[[6.]]])
    """
    both = _C.adaptive_max_pool2d(input, _output_size("adaptive_max_pool2d", output_size, 2))
    return both if return_indices else both[0]


def adaptive_max_pool3d(input: Tensor, output_size: OutputSizes, return_indices: bool = False) -> Any:
    """Take the largest values of so many windows that cover volumes evenly.

    The windows are those of :func:`adaptive_avg_pool3d`; nan is the largest.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume.
        output_size: how many windows; an int or (depth, height, width), None for as many as elements.
        return_indices: also return where in the volume, as one number, each value was found.

    Returns:
        Tensor of shape ``(n, c, *output_size)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or a size other than the batch's is 0.
        ValueError: a negative size.

    Example:
        >>> F.adaptive_max_pool3d(dlx.arange(8.0).reshape(1, 2, 2, 2), 1)
        tensor([[[[7.]]]])
    """
    both = _C.adaptive_max_pool3d(input, _output_size("adaptive_max_pool3d", output_size, 3))
    return both if return_indices else both[0]


def lp_pool1d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Take the p-norm of each window of sequences.

    ``(sum over the window of input**p) ** (1 / p)``, without taking absolute values: a negative sum gives nan. At
    p = 1 it is the sum; for large p it nears the maximum.

    Args:
        input: shape ``(n, c, l)``, or ``(c, l)`` for one sequence; floating point.
        norm_type: p.
        kernel_size: size of the window; an int.
        stride: step between windows; ``kernel_size`` if None.
        ceil_mode: also take a last window that is partly outside, if it starts inside.

    Returns:
        Tensor of shape ``(n, c, ol)``.

    Raises:
        ShapeError: ``input`` has other than 2 or 3 dimensions, or is smaller than one window.
        ValueError: a size or stride below 1.

    Example:
        >>> F.lp_pool1d(dlx.tensor([[3.0, 4.0]]), 2, 2)
        tensor([[5.]])
    """
    return _lp_pool(1, avg_pool1d, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool2d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Take the p-norm of each window of images.

    ``(sum over the window of input**p) ** (1 / p)``, without taking absolute values: a negative sum gives nan. At
    p = 1 it is the sum; for large p it nears the maximum.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image; floating point.
        norm_type: p.
        kernel_size: size of the window; an int or (height, width).
        stride: step between windows; ``kernel_size`` if None.
        ceil_mode: also take a last window that is partly outside, if it starts inside.

    Returns:
        Tensor of shape ``(n, c, oh, ow)``.

    Raises:
        ShapeError: ``input`` has other than 3 or 4 dimensions, or is smaller than one window.
        ValueError: a size or stride below 1.

    Example:
        >>> F.lp_pool2d(dlx.tensor([[[3.0, 4.0]]]), 2, (1, 2))
        tensor([[[5.]]])
    """
    return _lp_pool(2, avg_pool2d, input, norm_type, kernel_size, stride, ceil_mode)


def lp_pool3d(
    input: Tensor, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
) -> Tensor:
    """Take the p-norm of each window of volumes.

    ``(sum over the window of input**p) ** (1 / p)``, without taking absolute values: a negative sum gives nan. At
    p = 1 it is the sum; for large p it nears the maximum.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume; floating point.
        norm_type: p.
        kernel_size: size of the window; an int or (depth, height, width).
        stride: step between windows; ``kernel_size`` if None.
        ceil_mode: also take a last window that is partly outside, if it starts inside.

    Returns:
        Tensor of shape ``(n, c, od, oh, ow)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or is smaller than one window.
        ValueError: a size or stride below 1.

    Example:
        >>> F.lp_pool3d(dlx.tensor([[[[3.0, 4.0]]]]), 2, (1, 1, 2))
        tensor([[[[5.]]]])
    """
    return _lp_pool(3, avg_pool3d, input, norm_type, kernel_size, stride, ceil_mode)


def fractional_max_pool2d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Take the largest values of so many windows, whose steps over images are drawn at random.

    Along a dimension of size ``n``, ``m`` windows of ``k`` elements start at
    ``floor((j + u) * a) - floor(u * a)``, ``a = (n - k) / (m - 1)``, the last at ``n - k``. Each channel of each image
    draws its own ``u``.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image; floating point.
        kernel_size: size of the windows; an int or (height, width).
        output_size: how many windows; an int or (height, width).
        output_ratio: instead of ``output_size``: how many, over the size of the image, in (0, 1).
        return_indices: also return where in the image, as one number, each value was found.
        _random_samples: the draws, in [0, 1), of shape ``(n, c, 2)``: for the width, then for the height.

    Returns:
        Tensor of shape ``(n, c, *output_size)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 3 or 4 dimensions, or is too small for so many windows.
        ValueError: neither or both of ``output_size`` and ``output_ratio``, or a ratio outside (0, 1).

    Example:
        >>> F.fractional_max_pool2d(dlx.arange(16.0).reshape(1, 4, 4), 3, 1)
        tensor([[[15.]]])

    Source: Graham 2014, arXiv:1412.6071.
    """
    both = _fractional_max_pool(2, input, kernel_size, output_size, output_ratio, _random_samples)
    return both if return_indices else both[0]


def fractional_max_pool3d(
    input: Tensor,
    kernel_size: Sizes,
    output_size: Sizes | None = None,
    output_ratio: float | Sequence[float] | None = None,
    return_indices: bool = False,
    _random_samples: Tensor | None = None,
) -> Any:
    """Take the largest values of so many windows, whose steps over volumes are drawn at random.

    The windows start as those of :func:`fractional_max_pool2d`.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume; floating point.
        kernel_size: size of the windows; an int or (depth, height, width).
        output_size: how many windows; an int or (depth, height, width).
        output_ratio: instead of ``output_size``: how many, over the size of the volume, in (0, 1).
        return_indices: also return where in the volume, as one number, each value was found.
        _random_samples: the draws, in [0, 1), of shape ``(n, c, 3)``: for depth, height and width.

    Returns:
        Tensor of shape ``(n, c, *output_size)``, or ``(values, indices)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or is too small for so many windows.
        ValueError: neither or both of ``output_size`` and ``output_ratio``, or a ratio outside (0, 1).

    Example:
        >>> F.fractional_max_pool3d(dlx.arange(27.0).reshape(1, 3, 3, 3), 2, 1)
        tensor([[[[26.]]]])

    Source: Graham 2014, arXiv:1412.6071.
    """
    both = _fractional_max_pool(3, input, kernel_size, output_size, output_ratio, _random_samples)
    return both if return_indices else both[0]


def max_unpool1d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put the values of :func:`max_pool1d` back where they were found, and 0 elsewhere.

    Args:
        input: shape ``(n, c, l)``, or ``(c, l)`` for one sequence.
        indices: as ``max_pool1d(..., return_indices=True)`` gives them.
        kernel_size: size of the pooling's window; an int, as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows reached over each end.
        output_size: of the sequences, with or without ``(n, c)``; ``(size - 1) * stride - 2 * padding + kernel_size``
            if None, from which it may differ by less than ``stride``.

    Returns:
        Tensor of shape ``(n, c, *output_size)``.

    Raises:
        ShapeError: ``input`` has other than 2 or 3 dimensions, or ``indices`` another shape.
        DtypeError: ``indices`` is not int64.
        IndexError: an index beyond the sequence.
        ValueError: an ``output_size`` that the pooling cannot have had.

    Example:
        >>> F.max_unpool1d(dlx.tensor([[3.0, 4.0]]), dlx.tensor([[1, 3]]), 2)
        tensor([[0., 3., 0., 4.]])
    """
    return _C.max_unpool(
        input, indices, _unpooled_size("max_unpool1d", input, kernel_size, stride, padding, output_size, 1)
    )


def max_unpool2d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put the values of :func:`max_pool2d` back where they were found, and 0 elsewhere.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image.
        indices: as ``max_pool2d(..., return_indices=True)`` gives them.
        kernel_size: size of the pooling's window; an int or (height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows reached over each end.
        output_size: of the images, with or without ``(n, c)``; ``(size - 1) * stride - 2 * padding + kernel_size``
            if None, from which it may differ by less than ``stride``.

    Returns:
        Tensor of shape ``(n, c, *output_size)``.

    Raises:
        ShapeError: ``input`` has other than 3 or 4 dimensions, or ``indices`` another shape.
        DtypeError: ``indices`` is not int64.
        IndexError: an index beyond the image.
        ValueError: an ``output_size`` that the pooling cannot have had.

    Example:
        >>> F.max_unpool2d(dlx.tensor([[[4.0]]]), dlx.tensor([[[3]]]), 2)
        tensor([[[0., 0.],
                 [0., 4.]]])
    """
    return _C.max_unpool(
        input, indices, _unpooled_size("max_unpool2d", input, kernel_size, stride, padding, output_size, 2)
    )


def max_unpool3d(
    input: Tensor,
    indices: Tensor,
    kernel_size: Sizes,
    stride: Sizes | None = None,
    padding: Sizes = 0,
    output_size: Sequence[int] | None = None,
) -> Tensor:
    """Put the values of :func:`max_pool3d` back where they were found, and 0 elsewhere.

    Args:
        input: shape ``(n, c, d, h, w)``, or ``(c, d, h, w)`` for one volume.
        indices: as ``max_pool3d(..., return_indices=True)`` gives them.
        kernel_size: size of the pooling's window; an int or (depth, height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows reached over each end.
        output_size: of the volumes, with or without ``(n, c)``; ``(size - 1) * stride - 2 * padding + kernel_size``
            if None, from which it may differ by less than ``stride``.

    Returns:
        Tensor of shape ``(n, c, *output_size)``.

    Raises:
        ShapeError: ``input`` has other than 4 or 5 dimensions, or ``indices`` another shape.
        DtypeError: ``indices`` is not int64.
        IndexError: an index beyond the volume.
        ValueError: an ``output_size`` that the pooling cannot have had.

    Example:
        >>> F.max_unpool3d(dlx.tensor([[[[4.0]]]]), dlx.tensor([[[[1]]]]), (1, 1, 2))
        tensor([[[[0., 4.]]]])
    """
    return _C.max_unpool(
        input, indices, _unpooled_size("max_unpool3d", input, kernel_size, stride, padding, output_size, 3)
    )


def _lp_pool(
    count: int, average: Callable[..., Tensor], input: Tensor, p: float, kernel_size: Any, stride: Any, ceil_mode: bool
) -> Tensor:
    window = each_dim(f"lp_pool{count}d", "kernel_size", kernel_size, count)
    means = average(_C.pow(input, p, None), window, stride, 0, ceil_mode)
    return _C.pow(_C.mul(means, math.prod(window), None), 1.0 / p, None)


def _fractional_max_pool(
    count: int, input: Tensor, kernel_size: Any, output_size: Any, output_ratio: Any, draws: Tensor | None
) -> tuple[Tensor, Tensor]:
    name = f"fractional_max_pool{count}d"
    window = each_dim(name, "kernel_size", kernel_size, count)
    if input.ndim not in (count + 1, count + 2):
        raise _C.ShapeError(
            f"{name}: input must have {count + 1} or {count + 2} dimensions. Got shape {tuple(input.shape)}."
        )
    size, channels = input.shape[-count:], input.shape[-count - 1]
    many = _fractional_size(name, size, output_size, output_ratio)
    for n, k, m in zip(size, window, many):
        if m < 1 or k < 1 or m + k - 1 > n:
            raise _C.ShapeError(
                f"{name}: windows of kernel_size={window} cannot start at output_size={many} places of an input of "
                f"size {tuple(size)}: in each dimension output_size + kernel_size - 1 must not exceed it."
            )
    images = 1 if input.ndim == count + 1 else len(input)
    if draws is None:
        dtype = _C.promote_types(input.dtype, _C.float32)
        draws = _C.rand((images, channels, count), dtype, input.device, None)
    elif tuple(draws.shape) != (images, channels, count):
        raise _C.ShapeError(
            f"{name}: _random_samples must have shape {(images, channels, count)}. Got {tuple(draws.shape)}."
        )
    draws = draws.to(_C.promote_types(draws.dtype, _C.float32)).reshape(images * channels, count)
    # Where each element of each window lies in its plane: (planes, *many, *window).
    places: Any = 0
    for i, (n, k, m) in enumerate(zip(size, window, many)):
        starts = _fractional_starts(draws[:, [1, 0][i] if count == 2 else i], n, k, m)
        inside = starts[:, :, None] + _C.arange(0, k, 1, None, input.device)
        shape = [1] * (2 * count)
        shape[i], shape[count + i] = m, k
        places = places * n + inside.reshape(len(inside), *shape)
    planes = input.reshape(images * channels, math.prod(size))
    elements = planes.gather(1, places.reshape(len(planes), math.prod(many) * math.prod(window)))
    values, best = elements.reshape(len(planes), math.prod(many), math.prod(window)).max(2)
    found = places.reshape(len(planes), math.prod(many), math.prod(window)).gather(2, best[:, :, None])
    shape = [*input.shape[:-count], *many]
    return values.reshape(shape), found.reshape(shape)


def _fractional_size(name: str, size: Sequence[int], output_size: Any, output_ratio: Any) -> tuple[int, ...]:
    if (output_size is None) == (output_ratio is None):
        raise ValueError(
            f"{name}: it takes one of output_size and output_ratio. Got {output_size!r} and {output_ratio!r}."
        )
    if output_ratio is None:
        return each_dim(name, "output_size", output_size, len(size))
    ratios = [output_ratio] * len(size) if isinstance(output_ratio, (int, float)) else list(output_ratio)
    if len(ratios) != len(size) or not all(0 < ratio < 1 for ratio in ratios):
        raise ValueError(
            f"{name}: output_ratio must be a number in (0, 1), or {len(size)} of them. Got {output_ratio!r}."
        )
    return tuple(int(n * ratio) for n, ratio in zip(size, ratios))


def _fractional_starts(draws: Tensor, n: int, k: int, m: int) -> Tensor:
    """(planes, m): where windows of k elements start along n."""
    last = _C.full((len(draws), 1), n - k, _C.int64, draws.device)
    if m == 1:
        return last
    step = (n - k) / (m - 1)
    u = draws[:, None]
    steps = _C.arange(0, m - 1, 1, draws.dtype, draws.device)
    first = ((steps + u) * step).long() - (u * step).long()
    return _C.cat([first, last], 1, None)


def _output_size(function: str, output_size: Any, count: int) -> tuple[int, ...]:
    """How many windows in each dimension; -1 where there are as many as elements."""
    if output_size is None:
        return (-1,) * count
    if isinstance(output_size, (list, tuple)) and any(n is None for n in output_size):
        output_size = [-1 if n is None else n for n in output_size]
    elif any(n < 0 for n in each_dim(function, "output_size", output_size, count)):
        raise ValueError(f"{function}: output_size must not be negative. Got {output_size!r}.")
    return each_dim(function, "output_size", output_size, count)


def _unpooled_size(
    function: str, input: Tensor, kernel_size: Any, stride: Any, padding: Any, output_size: Any, count: int
) -> list[int]:
    window = each_dim(function, "kernel_size", kernel_size, count)
    step = window if stride is None else each_dim(function, "stride", stride, count)
    ends = each_dim(function, "padding", padding, count)
    sizes = [(n - 1) * s - 2 * p + k for n, s, p, k in zip(input.shape[-count:], step, ends, window)]
    if output_size is None:
        return sizes
    given = list(output_size)[-count:]
    if len(output_size) not in (count, count + 1, count + 2):
        raise ValueError(f"{function}: output_size must have {count} sizes, or the whole shape. Got {output_size!r}.")
    for size, usual, s in zip(given, sizes, step):
        if not usual - s < size < usual + s:
            raise ValueError(
                f"{function}: output_size may differ from {tuple(sizes)} by less than stride={step}. "
                f"Got {tuple(output_size)}."
            )
    return given
