"""Resizing and flipping."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.data.transforms._image import (
    Image,
    InterpolationMode,
    as_images,
    check_image,
    computed_in_float,
    get_size,
    is_int,
    is_pillow,
    mode_name,
    pillow,
    resampling,
    sizes_of,
)
from dlx.data.transforms.compose import Sometimes, Transform
from dlx.ops.resize import interpolate

if TYPE_CHECKING:
    from dlx._C import Generator

__all__ = [
    "RandomHorizontalFlip", "RandomVerticalFlip", "Resize", "hflip", "horizontal_flip", "resize", "vertical_flip",
    "vflip",
]  # fmt: skip

_MODES = ("nearest", "nearest-exact", "bilinear", "bicubic")
_Mode = InterpolationMode | str | int


# --- resize ----------------------------------------------------------------------------------------------------------


def resize(
    image: Image,
    size: int | Sequence[int] | None,
    interpolation: _Mode = InterpolationMode.BILINEAR,
    max_size: int | None = None,
    antialias: bool | None = True,
) -> Image:
    """Resize an image.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        size: height and width of the result, or an int: the shorter edge, the other in proportion, rounded down. None
            with ``max_size``: the longer edge becomes ``max_size``.
        interpolation: 'nearest', 'nearest-exact', 'bilinear' or 'bicubic'; for Pillow images also 'box', 'hamming' and
            'lanczos'.
        max_size: the most that the longer edge may become, where ``size`` is an int.
        antialias: whether making smaller takes the mean over all pixels, in 'bilinear' and 'bicubic'. Pillow always
            does.

    Returns:
        The image in its new size; integers are rounded.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions, or no pixels.
        ValueError: a size that is not positive, or ``max_size`` that does not go with it, or an unknown mode.

    Example:
        >>> transforms.functional.resize(dlx.rand(3, 8, 16), 4).shape
        dlx.Size([3, 4, 8])
    """
    check_image("resize", image)
    mode = mode_name("resize", image, interpolation, _MODES)
    wanted = _resize_arguments("resize", size, max_size)
    height, width = get_size(image)
    if height == 0 or width == 0:
        raise _C.ShapeError(f"resize: image must have pixels. Got height {height} and width {width}.")
    target = _resized_size(height, width, wanted, max_size)
    if is_pillow(image):
        return image.resize(target[::-1], resampling(mode))
    if target == (height, width):
        return image
    if mode in ("nearest", "nearest-exact"):
        result = interpolate(as_images(image), target, mode=mode)
    else:
        smooth = bool(antialias)
        result = computed_in_float(as_images(image), lambda x: interpolate(x, target, mode=mode, antialias=smooth))
    return result.reshape(*image.shape[:-2], *target)


def _resize_arguments(name: str, size: Any, max_size: Any) -> tuple[int, ...]:
    """The sizes, none for None, checked beside ``max_size``."""
    if max_size is not None and not (is_int(max_size) and max_size > 0):
        raise ValueError(f"{name}: max_size must be a positive int. Got {max_size!r}.")
    if size is None:
        if max_size is None:
            raise ValueError(f"{name}: size may be None only where max_size is given.")
        return ()
    sizes = sizes_of(name, "size", size)
    if max_size is not None and (len(sizes) == 2 or max_size <= sizes[0]):
        raise ValueError(
            f"{name}: max_size goes with one number as size, and must be more than that. "
            f"Got size={size!r} and max_size={max_size}."
        )
    return sizes


def _resized_size(height: int, width: int, sizes: tuple[int, ...], max_size: int | None) -> tuple[int, int]:
    if len(sizes) == 2:
        return sizes[0], sizes[1]
    short, long = min(height, width), max(height, width)
    if sizes:
        new_short, new_long = sizes[0], sizes[0] * long // short
        too_long = max_size is not None and new_long > max_size
    else:
        new_short, new_long, too_long = short, long, True
    if max_size is not None and too_long:
        new_short, new_long = max(1, max_size * new_short // new_long), max_size
    return (new_short, new_long) if height <= width else (new_long, new_short)


class Resize(Transform):
    """Resize images, as :func:`resize`.

    Args:
        size: height and width of the result, or an int for the shorter edge; None with ``max_size``.
        interpolation: how.
        max_size: the most that the longer edge may become.
        antialias: whether making smaller takes the mean over all pixels.

    Raises:
        ValueError: a size that is not positive, or ``max_size`` that does not go with it.

    Example:
        >>> transforms.Resize((4, 6))(dlx.zeros(3, 10, 10, dtype=dlx.uint8)).shape
        dlx.Size([3, 4, 6])
    """

    moves = True

    def __init__(
        self,
        size: int | Sequence[int] | None,
        interpolation: _Mode = InterpolationMode.BILINEAR,
        max_size: int | None = None,
        antialias: bool | None = True,
    ) -> None:
        super().__init__()
        _resize_arguments("Resize", size, max_size)
        self.size = size
        self.interpolation = interpolation
        self.max_size = max_size
        self.antialias = antialias

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`resize`."""
        return resize(inpt, self.size, self.interpolation, self.max_size, self.antialias)


# --- flip ------------------------------------------------------------------------------------------------------------


def horizontal_flip(image: Image) -> Image:
    """Mirror an image left to right.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.

    Returns:
        The image of the same size.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions.

    Example:
        >>> transforms.functional.horizontal_flip(dlx.tensor([[[1, 2, 3]]]))
        tensor([[[3, 2, 1]]])
    """
    check_image("horizontal_flip", image)
    return image.transpose(pillow().Transpose.FLIP_LEFT_RIGHT) if is_pillow(image) else image.flip(-1)


def vertical_flip(image: Image) -> Image:
    """Mirror an image top to bottom.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.

    Returns:
        The image of the same size.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions.

    Example:
        >>> transforms.functional.vertical_flip(dlx.tensor([[[1], [2]]]))
        tensor([[[2],
                 [1]]])
    """
    check_image("vertical_flip", image)
    return image.transpose(pillow().Transpose.FLIP_TOP_BOTTOM) if is_pillow(image) else image.flip(-2)


hflip = horizontal_flip
vflip = vertical_flip


class RandomHorizontalFlip(Sometimes):
    """Mirror an image left to right with a probability.

    Args:
        p: the probability.
        generator: the default generator if None.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> transforms.RandomHorizontalFlip(p=1.0)(dlx.tensor([[[1, 2, 3]]]))
        tensor([[[3, 2, 1]]])
    """

    moves = True

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        super().__init__(p, generator)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`horizontal_flip`."""
        return horizontal_flip(inpt)


class RandomVerticalFlip(Sometimes):
    """Mirror an image top to bottom with a probability.

    Args:
        p: the probability.
        generator: the default generator if None.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> transforms.RandomVerticalFlip(p=0.0)(dlx.tensor([[[1], [2]]]))
        tensor([[[1],
                 [2]]])
    """

    moves = True

    def __init__(self, p: float = 0.5, *, generator: Generator | None = None) -> None:
        super().__init__(p, generator)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`vertical_flip`."""
        return vertical_flip(inpt)
