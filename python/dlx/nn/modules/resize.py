"""Layers that resize, and that move channels to places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.resize import channel_shuffle, fold, interpolate, pixel_shuffle, pixel_unshuffle, unfold

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Sizes

__all__ = [
    "ChannelShuffle", "Fold", "PixelShuffle", "PixelUnshuffle", "Unfold", "Upsample", "UpsamplingBilinear2d",
    "UpsamplingNearest2d",
]  # fmt: skip


class Upsample(Module):
    """Resize sequences, images or volumes; see :func:`dlx.nn.functional.interpolate`.

    Args:
        size: of the result; an int for all dimensions, or one for each.
        scale_factor: instead of ``size``: each size is multiplied by it and rounded down.
        mode: 'nearest', 'linear', 'bilinear', 'bicubic' or 'trilinear'.
        align_corners: whether the first and last elements stay where they are.
        recompute_scale_factor: whether positions follow from the sizes even where ``scale_factor`` is given.

    Example:
        >>> nn.Upsample(scale_factor=2)(dlx.zeros(1, 3, 4, 4)).shape
        dlx.Size([1, 3, 8, 8])
    """

    def __init__(
        self,
        size: Sizes | None = None,
        scale_factor: float | Sequence[float] | None = None,
        mode: str = "nearest",
        align_corners: bool | None = None,
        recompute_scale_factor: bool | None = None,
    ) -> None:
        super().__init__()
        self.name = type(self).__name__
        self.size = size
        self.scale_factor: float | tuple[float, ...] | None = None
        if isinstance(scale_factor, (list, tuple)):
            self.scale_factor = tuple(float(f) for f in scale_factor)
        elif scale_factor:
            self.scale_factor = float(scale_factor)  # type: ignore[arg-type]
        self.mode = mode
        self.align_corners = align_corners
        self.recompute_scale_factor = recompute_scale_factor

    def forward(self, input: Tensor) -> Tensor:
        return interpolate(
            input, self.size, self.scale_factor, self.mode, self.align_corners, self.recompute_scale_factor
        )

    def extra_repr(self) -> str:
        what = f"size={self.size!r}" if self.scale_factor is None else f"scale_factor={self.scale_factor!r}"
        return f"{what}, mode={self.mode!r}"


class UpsamplingNearest2d(Upsample):
    """Resize images by the nearest elements; :class:`Upsample` is the name to use.

    Args:
        size: of the result; an int or (height, width).
        scale_factor: instead of ``size``.

    Example:
        >>> nn.UpsamplingNearest2d(scale_factor=2)(dlx.zeros(1, 3, 4, 4)).shape
        dlx.Size([1, 3, 8, 8])
    """

    def __init__(self, size: Sizes | None = None, scale_factor: float | Sequence[float] | None = None) -> None:
        super().__init__(size, scale_factor, mode="nearest")


class UpsamplingBilinear2d(Upsample):
    """Resize images linearly with their corners aligned; :class:`Upsample` is the name to use.

    Args:
        size: of the result; an int or (height, width).
        scale_factor: instead of ``size``.

    Example:
        >>> nn.UpsamplingBilinear2d(scale_factor=2)(dlx.zeros(1, 3, 4, 4)).shape
        dlx.Size([1, 3, 8, 8])
    """

    def __init__(self, size: Sizes | None = None, scale_factor: float | Sequence[float] | None = None) -> None:
        super().__init__(size, scale_factor, mode="bilinear", align_corners=True)


class PixelShuffle(Module):
    """Lay channels out as pixels; see :func:`dlx.nn.functional.pixel_shuffle`.

    Args:
        upscale_factor: how many pixels a channel becomes in height and in width.

    Example:
        >>> nn.PixelShuffle(2)(dlx.zeros(1, 12, 4, 4)).shape
        dlx.Size([1, 3, 8, 8])
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """Stack pixels as channels; see :func:`dlx.nn.functional.pixel_unshuffle`.

    Args:
        downscale_factor: how many pixels in height and in width become channels.

    Example:
        >>> nn.PixelUnshuffle(2)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 12, 4, 4])
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """Deal the channels of groups out in turn; see :func:`dlx.nn.functional.channel_shuffle`.

    Args:
        groups: how many groups the channels lie in.

    Example:
        >>> nn.ChannelShuffle(2)(dlx.zeros(1, 4, 2, 2)).shape
        dlx.Size([1, 4, 2, 2])
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"


class Unfold(Module):
    """Take the patches of images as columns; see :func:`dlx.nn.functional.unfold`.

    Args:
        kernel_size: size of a patch; an int or (height, width), as are the others.
        dilation: distance between the elements of a patch.
        padding: rows and columns of zeros on each side.
        stride: step between patches.

    Example:
        >>> nn.Unfold(2)(dlx.zeros(1, 3, 4, 4)).shape
        dlx.Size([1, 12, 9])
    """

    def __init__(self, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return unfold(input, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, dilation={self.dilation}, padding={self.padding}, stride={self.stride}"


class Fold(Module):
    """Add columns up to the images whose patches they are; see :func:`dlx.nn.functional.fold`.

    Args:
        output_size: height and width of the images.
        kernel_size: size of a patch; an int or (height, width), as are the others.
        dilation: distance between the elements of a patch.
        padding: rows and columns on each side that are dropped.
        stride: step between patches.

    Example:
        >>> nn.Fold((4, 4), 2)(dlx.zeros(1, 12, 9)).shape
        dlx.Size([1, 3, 4, 4])
    """

    def __init__(
        self, output_size: Sizes, kernel_size: Sizes, dilation: Sizes = 1, padding: Sizes = 0, stride: Sizes = 1
    ) -> None:
        super().__init__()
        self.output_size = output_size
        self.kernel_size = kernel_size
        self.dilation = dilation
        self.padding = padding
        self.stride = stride

    def forward(self, input: Tensor) -> Tensor:
        return fold(input, self.output_size, self.kernel_size, self.dilation, self.padding, self.stride)

    def extra_repr(self) -> str:
        return (
            f"output_size={self.output_size}, kernel_size={self.kernel_size}, dilation={self.dilation}, "
            f"padding={self.padding}, stride={self.stride}"
        )
