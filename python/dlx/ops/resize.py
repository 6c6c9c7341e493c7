"""Interpolation, patches, and channels moved to places."""

from __future__ import annotations

import math
import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct
from dlx.ops.creation import tensor
from dlx.ops.pool import adaptive_avg_pool1d, adaptive_avg_pool2d, adaptive_avg_pool3d

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Sizes

__all__ = [
    "channel_shuffle", "fold", "interpolate", "pixel_shuffle", "pixel_unshuffle", "unfold", "upsample_bilinear",
    "upsample_nearest",
]  # fmt: skip

_RANKS = {
    "nearest": (3, 4, 5), "nearest-exact": (3, 4, 5), "area": (3, 4, 5), "linear": (3,), "bilinear": (4,),
    "bicubic": (4,), "trilinear": (5,), "lanczos": (4,),
}  # fmt: skip
_AREA = {1: adaptive_avg_pool1d, 2: adaptive_avg_pool2d, 3: adaptive_avg_pool3d}


def interpolate(
    input: Tensor,
    size: Sizes | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
    recompute_scale_factor: bool | None = None,
    antialias: bool = False,
) -> Tensor:
    """Resize sequences, images or volumes.

    Element ``j`` of a dimension's ``m`` lies at ``(j + 0.5) * n / m - 0.5`` among the ``n`` of the input, or, with
    ``align_corners``, at ``j * (n - 1) / (m - 1)``; what lies between elements is interpolated as ``mode`` says.

    Args:
        input: shape ``(n, c, l)``, ``(n, c, h, w)`` or ``(n, c, d, h, w)``; NCHW or ``channels_last`` in memory.
        size: of the result; an int for all dimensions, or one for each.
        scale_factor: instead of ``size``: each size is multiplied by it and rounded down.
        mode: 'nearest' (the element at ``floor(j * n / m)``), 'nearest-exact' (the one nearest to the centre),
            'linear' (3-d), 'bilinear' and 'bicubic' (4-d), 'trilinear' (5-d), 'area' (the mean over what it covers), or
            'lanczos' (4-d, with ``antialias``: as Pillow resizes).
        align_corners: whether the first and last elements stay where they are; for the linear and cubic modes.
        recompute_scale_factor: whether positions follow from the sizes even where ``scale_factor`` is given; else they
            follow from ``scale_factor`` itself.
        antialias: whether making smaller takes the mean over all elements, with a wider filter; for 'bilinear',
            'bicubic' and 'lanczos'.

    Returns:
        Tensor of shape ``(n, c, *size)``.

    Raises:
        ShapeError: the mode does not take that many dimensions, or a size of ``input`` but the batch is 0.
        ValueError: neither or both of ``size`` and ``scale_factor``, a size below 1, an unknown mode, or an option
            that the mode does not have.
        DtypeError: ``input`` is not floating point, in the modes that compute.

    Example:
        >>> F.interpolate(dlx.tensor([[[1.0, 2.0]]]), scale_factor=2)
        tensor([[[1., 1., 2., 2.]]])
        >>> F.interpolate(dlx.tensor([[[1.0, 2.0]]]), size=3, mode="linear", align_corners=True)
        tensor([[[1.0000, 1.5000, 2.0000]]])

    Source: Keys 1981 for the cubic filter (a = -0.75; -0.5 with ``antialias``); Duchon 1979 for Lanczos's.
    """
    if mode not in _RANKS:
        raise ValueError(f"interpolate: mode must be one of {', '.join(map(repr, _RANKS))}. Got {mode!r}.")
    if input.ndim not in _RANKS[mode]:
        allowed = " or ".join(map(str, _RANKS[mode]))
        raise _C.ShapeError(
            f"interpolate: mode {mode!r} takes an input of {allowed} dimensions, (n, c) and those to resize. "
            f"Got shape {tuple(input.shape)}."
        )
    smooth = mode not in ("nearest", "nearest-exact", "area")
    if align_corners is not None and not smooth:
        raise ValueError(f"interpolate: align_corners is for the linear and cubic modes. Got mode={mode!r}.")
    if antialias and mode not in ("bilinear", "bicubic", "lanczos"):
        raise ValueError(f"interpolate: antialias is for the modes 'bilinear', 'bicubic' and 'lanczos'. Got {mode!r}.")
    if mode == "lanczos" and (align_corners or not antialias):
        raise ValueError("interpolate: mode 'lanczos' takes antialias=True and no align_corners=True.")
    count = input.ndim - 2
    sizes, factors = _resized(input, size, scale_factor, bool(recompute_scale_factor), count)
    if mode == "area":
        return _AREA[count](input, sizes)
    f0, f1, f2 = [*factors, None, None, None][:3]
    if not smooth:
        return _C.resize_nearest(input, sizes, f0, f1, f2, mode == "nearest-exact")
    if mode == "lanczos":
        return _lanczos(input, sizes, factors)
    resize = _C.resize_cubic if mode == "bicubic" else _C.resize_linear
    return resize(input, sizes, f0, f1, f2, bool(align_corners), antialias)


def _lanczos(input: Tensor, sizes: list[int], factors: list[float | None]) -> Tensor:
    if not input.dtype.is_floating_point:
        raise _C.DtypeError(f"interpolate: input must be floating point for mode 'lanczos'. Got {input.dtype}.")
    if 0 in input.shape[1:] or min(sizes) < 1:
        raise _C.ShapeError(
            f"interpolate: sizes must be at least 1. Got size {tuple(sizes)} for input of shape {tuple(input.shape)}."
        )
    dtype = _C.promote_types(input.dtype, _C.float32)
    rows, columns = (
        _lanczos_weights(n, m, n / m if f is None else 1 / f).to(dtype).to(input.device)
        for n, m, f in zip(input.shape[2:], sizes, factors)
    )
    out = (rows @ (input.to(dtype) @ columns.mT)).to(input.dtype)
    channels_last = not input.is_contiguous() and input.is_contiguous(memory_format=_C.channels_last)
    return out.contiguous(memory_format=_C.channels_last) if channels_last else out


def _lanczos_weights(n: int, m: int, step: float) -> Tensor:
    """(m, n): the windowed sinc of three lobes around each centre, as wide as a step where that exceeds 1."""
    import numpy as np

    wide = max(step, 1.0)
    centres = (np.arange(m)[:, None] + 0.5) * step
    first, end = ((centres + side * 3 * wide + 0.5).astype(np.int64) for side in (-1, 1))  # towards 0, as Pillow does
    at = np.arange(n)
    x = (at + 0.5 - centres) / wide
    weights = np.where((at >= first) & (at < end) & (abs(x) < 3), np.sinc(x) * np.sinc(x / 3), 0)
    return tensor(weights / weights.sum(axis=1, keepdims=True))


def _resized(
    input: Tensor, size: Any, scale_factor: Any, recompute: bool, count: int
) -> tuple[list[int], list[float | None]]:
    """The result's sizes, and the factors that positions follow from; None for the ratio of the sizes."""
    if (size is None) == (scale_factor is None):
        given = "neither" if size is None else "both"
        raise ValueError(f"interpolate: give size or scale_factor. Got {given}.")
    name, value = ("size", size) if scale_factor is None else ("scale_factor", scale_factor)
    values = list(value) if isinstance(value, (list, tuple)) else [value] * count
    if len(values) != count:
        raise ValueError(
            f"interpolate: {name} must have one value for each of the {count} dimensions behind (n, c). "
            f"Got {value!r} for input of shape {tuple(input.shape)}."
        )
    if scale_factor is None:
        if recompute:
            raise ValueError("interpolate: recompute_scale_factor needs scale_factor. Got size.")
        return values, [None] * count
    for v in values:
        if not 0 < v < math.inf:
            raise ValueError(f"interpolate: scale_factor must be positive. Got {scale_factor!r}.")
    sizes = [math.floor(float(n) * v) for n, v in zip(input.shape[2:], values)]
    return sizes, [None] * count if recompute else [float(v) for v in values]


def upsample(
    input: Tensor,
    size: Sizes | None = None,
    scale_factor: float | Sequence[float] | None = None,
    mode: str = "nearest",
    align_corners: bool | None = None,
) -> Tensor:
    """Resize; :func:`interpolate` is the name to use, and says what the arguments mean.

    Args:
        input: shape ``(n, c, *)`` with one, two or three dimensions to resize.
        size: of the result.
        scale_factor: instead of ``size``.
        mode: how to interpolate.
        align_corners: where the corners lie.

    Returns:
        Tensor of shape ``(n, c, *size)``.

    Raises:
        ValueError: neither or both of ``size`` and ``scale_factor``.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     F.upsample(dlx.tensor([[[1.0, 2.0]]]), scale_factor=2)
        tensor([[[1., 1., 2., 2.]]])
    """
    warnings.warn("nn.functional.upsample is deprecated: use nn.functional.interpolate.", FutureWarning, stacklevel=2)
    return interpolate(input, size, scale_factor, mode, align_corners)


def upsample_nearest(
    input: Tensor, size: Sizes | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """Resize by the nearest elements; :func:`interpolate` is the name to use.

    Args:
        input: shape ``(n, c, *)`` with one, two or three dimensions to resize.
        size: of the result.
        scale_factor: instead of ``size``.

    Returns:
        Tensor of shape ``(n, c, *size)``.

    Raises:
        ValueError: neither or both of ``size`` and ``scale_factor``.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     F.upsample_nearest(dlx.tensor([[[1.0, 2.0]]]), scale_factor=2)
        tensor([[[1., 1., 2., 2.]]])
    """
    warnings.warn(
        "nn.functional.upsample_nearest is deprecated: use nn.functional.interpolate.", FutureWarning, stacklevel=2
    )
    return interpolate(input, size, scale_factor)


def upsample_bilinear(
    input: Tensor, size: Sizes | None = None, scale_factor: float | Sequence[float] | None = None
) -> Tensor:
    """Resize images linearly with their corners aligned; :func:`interpolate` is the name to use.

    Args:
        input: shape ``(n, c, h, w)``.
        size: of the result.
        scale_factor: instead of ``size``.

    Returns:
        Tensor of shape ``(n, c, *size)``.

    Raises:
        ValueError: neither or both of ``size`` and ``scale_factor``.

    Example:
        >>> import warnings
        >>> with warnings.catch_warnings():
        ...     warnings.simplefilter("ignore")
        ...     F.upsample_bilinear(dlx.tensor([[[[1.0, 2.0]]]]), size=(1, 3))
        tensor([[[[1.0000, 1.5000, 2.0000]]]])
    """
    warnings.warn(
        "nn.functional.upsample_bilinear is deprecated: use nn.functional.interpolate.", FutureWarning, stacklevel=2
    )
    return interpolate(input, size, scale_factor, mode="bilinear", align_corners=True)


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Lay channels out as pixels.

    ``out[..., c, y * r + i, x * r + j] = input[..., (c * r + i) * r + j, y, x]`` with ``r = upscale_factor``.

    Args:
        input: shape ``(*, c * r * r, h, w)``.
        upscale_factor: r.

    Returns:
        Tensor of shape ``(*, c, h * r, w * r)``.

    Raises:
        ShapeError: the channels are no multiple of ``r * r``, or fewer than three dimensions.
        ValueError: ``upscale_factor`` below 1.

    Example:
        >>> F.pixel_shuffle(dlx.arange(4).reshape(4, 1, 1), 2)
        tensor([[[0, 1],
                 [2, 3]]])

    Source: Shi et al. 2016, arXiv:1609.05158.
    """
    return _C.pixel_shuffle(input, upscale_factor)


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """Stack pixels as channels: undo :func:`pixel_shuffle`.

    Args:
        input: shape ``(*, c, h * r, w * r)``.
        downscale_factor: r.

    Returns:
        Tensor of shape ``(*, c * r * r, h, w)``.

    Raises:
        ShapeError: height or width is no multiple of r, or fewer than three dimensions.
        ValueError: ``downscale_factor`` below 1.

    Example:
        >>> F.pixel_unshuffle(dlx.arange(4).reshape(1, 2, 2), 2).flatten()
        tensor([0, 1, 2, 3])
    """
    return _C.pixel_unshuffle(input, downscale_factor)


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """Deal the channels of groups out in turn.

    ``out[:, i * groups + g] = input[:, g * k + i]`` with ``k = channels / groups``.

    Args:
        input: shape ``(n, channels, *)`` with at least three dimensions.
        groups: how many groups the channels lie in.

    Returns:
        Tensor of the shape of ``input``.

    Raises:
        ShapeError: fewer than three dimensions.
        ValueError: ``groups`` does not divide the channels.

    Example:
        >>> F.channel_shuffle(dlx.arange(4).reshape(1, 4, 1), 2).flatten()
        tensor([0, 2, 1, 3])

    Source: Zhang et al. 2018, arXiv:1707.01083.
    """
    return _C.channel_shuffle(input, groups)


def unfold(input: Tensor, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> Tensor:
    """Take the patches of images as columns.

    Args:
        input: shape ``(n, c, h, w)``, or ``(c, h, w)`` for one image.
        kernel_size: size of a patch; an int or (height, width), as are the others.
        dilation: distance between the elements of a patch.
        padding: rows and columns of zeros on each side.
        stride: step between patches.

    Returns:
        Tensor of shape ``(n, c * kh * kw, positions)``, a column for each position, row by row.

    Raises:
        ShapeError: ``input`` has other than three or four dimensions, or is smaller than one patch.
        DtypeError: ``input`` is not floating point.
        ValueError: a size, dilation or stride below 1, or a negative padding.

    Example:
        >>> F.unfold(dlx.tensor([[[1.0, 2.0, 3.0]]]), (1, 2))
        tensor([[1., 2.],
                [2., 3.]])
    """
    return _C.im2col(input, kernel_size, dilation, padding, stride)


def fold(
    input: Tensor,
    output_size: Sizes,
    kernel_size: Sizes,
    dilation: Sizes = 1,
    padding: Sizes = 0,
    stride: Sizes = 1,
) -> Tensor:
    """Add columns up to the images whose patches they are: the transposed of :func:`unfold`.

    Args:
        input: shape ``(n, c * kh * kw, positions)``, or without ``n`` for one image.
        output_size: height and width of the images.
        kernel_size: size of a patch; an int or (height, width), as are the others.
        dilation: distance between the elements of a patch.
        padding: rows and columns on each side that patches reach over the edge and that are dropped.
        stride: step between patches.

    Returns:
        Tensor of shape ``(n, c, *output_size)``.

    Raises:
        ShapeError: the channels are no multiple of ``kh * kw``, or the positions are not as many as such images have.
        DtypeError: ``input`` is not floating point.
        ValueError: a size, dilation or stride below 1, or a negative padding.

    Example:
        >>> F.fold(dlx.tensor([[1.0, 2.0], [2.0, 3.0]]), (1, 3), (1, 2))
        tensor([[[1., 4., 3.]]])
    """
    return _C.col2im(input, output_size, kernel_size, dilation, padding, stride)


direct(globals())
