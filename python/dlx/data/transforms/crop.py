"""Padding and cropping."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dlx import _C
from dlx.data.transforms import _draw
from dlx.data.transforms._image import (
    Fill,
    Image,
    InterpolationMode,
    check_image,
    fill_for,
    get_size,
    is_int,
    is_pillow,
    pair_of,
    range_of,
    through_tensor,
)
from dlx.data.transforms.compose import Transform
from dlx.data.transforms.geometry import resize
from dlx.ops.creation import tensor

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor
    from dlx.data.transforms._image import Array

__all__ = [
    "CenterCrop", "Pad", "RandomCrop", "RandomResizedCrop", "center_crop", "crop", "pad", "random_rectangle",
    "resized_crop",
]  # fmt: skip

_PADDINGS = ("constant", "edge", "reflect", "symmetric")
_Mode = InterpolationMode | str | int


# --- pad -------------------------------------------------------------------------------------------------------------


def pad(image: Image, padding: int | Sequence[int], fill: Fill = None, padding_mode: str = "constant") -> Image:
    """Add pixels at the edges.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        padding: an int for all sides, (left and right, top and bottom), or (left, top, right, bottom); not negative.
        fill: what 'constant' adds: a number, or one for each channel; 0 if None.
        padding_mode: 'constant'; 'edge': the last pixel again; 'reflect': the image mirrored at the last pixel;
            'symmetric': at the edge behind it.

    Returns:
        The larger image.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions, or no pixels to repeat.
        ValueError: a negative padding, an unknown mode, or ``fill`` that does not match the channels.

    Example:
        >>> transforms.functional.pad(dlx.tensor([[[1, 2, 3]]]), (2, 0), padding_mode="reflect")
        tensor([[[3, 2, 1, 2, 3, 2, 1]]])
    """
    check_image("pad", image)
    sides = _sides("pad", padding)
    _check_padding_mode("pad", padding_mode)
    filling = fill_for("pad", image, fill)
    if is_pillow(image):
        if padding_mode == "constant":
            from PIL import ImageOps

            return ImageOps.expand(image, sides, filling)
        return through_tensor(image, lambda pixels: _continued(pixels, sides, padding_mode))
    return _on_canvas(image, sides, filling) if padding_mode == "constant" else _continued(image, sides, padding_mode)


def _sides(name: str, padding: Any) -> tuple[int, int, int, int]:
    """Left, top, right, bottom."""
    values = [padding] if is_int(padding) else list(padding) if isinstance(padding, (list, tuple)) else []
    if len(values) not in (1, 2, 4) or not all(is_int(v) and v >= 0 for v in values):
        raise ValueError(
            f"{name}: padding must be an int, 0 or more, or two (left and right, top and bottom) or four of them "
            f"(left, top, right, bottom). Got {padding!r}."
        )
    left, top, right, bottom = values * (4 // len(values))
    return left, top, right, bottom


def _check_padding_mode(name: str, mode: str) -> None:
    if mode not in _PADDINGS:
        raise ValueError(f"{name}: padding_mode must be one of {', '.join(map(repr, _PADDINGS))}. Got {mode!r}.")


def _on_canvas(image: Tensor, sides: tuple[int, int, int, int], fill: Tensor) -> Tensor:
    left, top, right, bottom = sides
    height, width = image.shape[-2:]
    canvas = fill.expand(*image.shape[:-2], top + height + bottom, left + width + right).clone()
    canvas[..., top : top + height, left : left + width] = image
    return canvas


def _continued(image: Tensor, sides: tuple[int, int, int, int], mode: str) -> Tensor:
    left, top, right, bottom = sides
    height, width = image.shape[-2:]
    if height == 0 or width == 0:
        raise _C.ShapeError(f"pad: padding_mode {mode!r} needs an image with pixels. Got shape {tuple(image.shape)}.")
    rows = tensor(_sources(height, top, bottom, mode), device=image.device)
    columns = tensor(_sources(width, left, right, mode), device=image.device)
    return image.index_select(-2, rows).index_select(-1, columns)


def _sources(n: int, before: int, behind: int, mode: str) -> Array:
    """Which of n pixels stands at each place."""
    places = np.arange(-before, n + behind)
    if mode == "edge":
        return places.clip(0, n - 1)
    if mode == "symmetric":  # ... 1 0 | 0 1 2 | 2 1 ..., again after 2 n
        places = places % (2 * n)
        return np.minimum(places, 2 * n - 1 - places)
    period = max(1, 2 * (n - 1))  # reflect: ... 2 1 | 0 1 2 | 1 0 ...
    places = places % period
    return np.minimum(places, period - places)


class Pad(Transform):
    """Add pixels at the edges, as :func:`pad`.

    Args:
        padding: an int for all sides, (left and right, top and bottom), or (left, top, right, bottom).
        fill: what 'constant' adds: a number, or one for each channel.
        padding_mode: 'constant', 'edge', 'reflect' or 'symmetric'.

    Raises:
        ValueError: a negative padding, or an unknown mode.

    Example:
        >>> transforms.Pad((1, 0), fill=9)(dlx.tensor([[[1, 2]]]))
        tensor([[[9, 1, 2, 9]]])
    """

    moves = True

    def __init__(self, padding: int | Sequence[int], fill: Fill = 0, padding_mode: str = "constant") -> None:
        super().__init__()
        _sides("Pad", padding)
        _check_padding_mode("Pad", padding_mode)
        self.padding = padding
        self.fill = fill
        self.padding_mode = padding_mode

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`pad`."""
        return pad(inpt, self.padding, self.fill, self.padding_mode)


# --- crop ------------------------------------------------------------------------------------------------------------


def crop(image: Image, top: int, left: int, height: int, width: int) -> Image:
    """Cut a rectangle out of an image. What of it lies outside of the image is 0.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        top: the first row; may be negative, as ``left``.
        left: the first column.
        height: how many rows.
        width: how many columns.

    Returns:
        The image of that height and width; a view of ``image`` where all of it lies inside.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions.
        ValueError: ``height`` or ``width`` is not positive.

    Example:
        >>> transforms.functional.crop(dlx.arange(6).reshape(1, 2, 3), 0, 1, 1, 2)
        tensor([[[1, 2]]])
    """
    check_image("crop", image)
    if height <= 0 or width <= 0:
        raise ValueError(f"crop: height and width must be positive. Got {height} and {width}.")
    if is_pillow(image):
        return image.crop((left, top, left + width, top + height))
    h, w = get_size(image)
    first_row, last_row = (min(max(y, 0), h) for y in (top, top + height))
    first_column, last_column = (min(max(x, 0), w) for x in (left, left + width))
    inside = image[..., first_row:last_row, first_column:last_column]
    above, beside = min(max(-top, 0), height), min(max(-left, 0), width)
    below, behind = height - above - inside.size(-2), width - beside - inside.size(-1)
    if not any((above, beside, below, behind)):
        return inside
    return _on_canvas(inside, (beside, above, behind, below), fill_for("crop", image, 0))


def center_crop(image: Image, output_size: int | Sequence[int]) -> Image:
    """Cut out the middle of an image; one that is smaller is padded with 0.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        output_size: height and width of the result; an int for a square.

    Returns:
        The image of that size.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions.
        ValueError: a size that is not positive.

    Example:
        >>> transforms.functional.center_crop(dlx.arange(5).reshape(1, 1, 5), (1, 3))
        tensor([[[1, 2, 3]]])
    """
    check_image("center_crop", image)
    height, width = pair_of("center_crop", "output_size", output_size)
    h, w = get_size(image)
    return crop(image, _middle(h, height), _middle(w, width), height, width)


def _middle(size: int, wanted: int) -> int:
    """Where ``wanted`` of ``size`` pixels begin. Halves go to the even number, and a padding is rounded down."""
    return round((size - wanted) / 2) if size >= wanted else -((wanted - size) // 2)


def resized_crop(
    image: Image,
    top: int,
    left: int,
    height: int,
    width: int,
    size: int | Sequence[int],
    interpolation: _Mode = InterpolationMode.BILINEAR,
    antialias: bool | None = True,
) -> Image:
    """Cut a rectangle out of an image and resize it.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        top: the first row.
        left: the first column.
        height: how many rows.
        width: how many columns.
        size: height and width of the result, or an int for the shorter edge.
        interpolation: as in :func:`resize`.
        antialias: as in :func:`resize`.

    Returns:
        The image of that size.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions.
        ValueError: a size that is not positive, or an unknown mode.

    Example:
        >>> transforms.functional.resized_crop(dlx.rand(3, 9, 9), 1, 2, 6, 6, (4, 4)).shape
        dlx.Size([3, 4, 4])
    """
    return resize(crop(image, top, left, height, width), size, interpolation, antialias=antialias)


class CenterCrop(Transform):
    """Cut out the middle, as :func:`center_crop`.

    Args:
        size: height and width; an int for a square.

    Raises:
        ValueError: a size that is not positive.

    Example:
        >>> transforms.CenterCrop(4)(dlx.zeros(3, 10, 8)).shape
        dlx.Size([3, 4, 4])
    """

    moves = True

    def __init__(self, size: int | Sequence[int]) -> None:
        super().__init__()
        self.size = pair_of("CenterCrop", "size", size)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`center_crop`."""
        return center_crop(inpt, self.size)


class RandomCrop(Transform):
    """Cut a rectangle out at a random place.

    Args:
        size: height and width; an int for a square.
        padding: added at the edges before, as in :func:`pad`.
        pad_if_needed: whether an image that is smaller is padded, on both sides, by as much as it lacks; else it is an
            error.
        fill: what a padding is filled with.
        padding_mode: as in :func:`pad`.
        generator: the default generator if None.

    Raises:
        ValueError: a size that is not positive, a negative padding, or an unknown mode; when called, an image that is
            smaller than ``size``.

    Example:
        >>> transforms.RandomCrop(8, padding=2)(dlx.rand(3, 8, 8)).shape
        dlx.Size([3, 8, 8])
    """

    moves = True

    def __init__(
        self,
        size: int | Sequence[int],
        padding: int | Sequence[int] | None = None,
        pad_if_needed: bool = False,
        fill: Fill = 0,
        padding_mode: str = "constant",
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.size = pair_of("RandomCrop", "size", size)
        _sides("RandomCrop", 0 if padding is None else padding)
        _check_padding_mode("RandomCrop", padding_mode)
        self.padding = padding
        self.pad_if_needed = pad_if_needed
        self.fill = fill
        self.padding_mode = padding_mode

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the place."""
        check_image("RandomCrop", flat_inputs[0])
        left, top, right, bottom = _sides("RandomCrop", 0 if self.padding is None else self.padding)
        h, w = get_size(flat_inputs[0])
        h, w = h + top + bottom, w + left + right
        height, width = self.size
        if self.pad_if_needed:
            more_rows, more_columns = max(height - h, 0), max(width - w, 0)
            left, top, right, bottom = left + more_columns, top + more_rows, right + more_columns, bottom + more_rows
            h, w = h + 2 * more_rows, w + 2 * more_columns
        if height > h or width > w:
            padded = " with its padding" if self.padding is not None else ""
            raise ValueError(
                f"RandomCrop: size must not be larger than the image, which is {(h, w)}{padded}. Got {self.size}. "
                "Use padding or pad_if_needed=True."
            )
        return {
            "padding": (left, top, right, bottom),
            "top": _draw.integer(0, h - height, self.generator),
            "left": _draw.integer(0, w - width, self.generator),
        }

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Pad, if need be, and call :func:`crop`."""
        if any(params["padding"]):
            inpt = pad(inpt, params["padding"], self.fill, self.padding_mode)
        return crop(inpt, params["top"], params["left"], *self.size)


class RandomResizedCrop(Transform):
    """Cut a rectangle of random size and proportions out at a random place, and resize it.

    Args:
        size: height and width of the result; an int for a square.
        scale: range of the share of the image's area.
        ratio: range of width / height, drawn evenly by its logarithm.
        interpolation: as in :func:`resize`.
        antialias: as in :func:`resize`.
        generator: the default generator if None.

    Raises:
        ValueError: a size that is not positive, or a range out of order.

    Example:
        >>> transforms.RandomResizedCrop(8)(dlx.rand(3, 20, 30)).shape
        dlx.Size([3, 8, 8])

    Source: Szegedy et al. 2015, arXiv:1409.4842.
    """

    moves = True

    def __init__(
        self,
        size: int | Sequence[int],
        scale: Sequence[float] = (0.08, 1.0),
        ratio: Sequence[float] = (3 / 4, 4 / 3),
        interpolation: _Mode = InterpolationMode.BILINEAR,
        antialias: bool | None = True,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.size = pair_of("RandomResizedCrop", "size", size)
        self.scale = range_of("RandomResizedCrop", "scale", scale, 0)
        self.ratio = range_of("RandomResizedCrop", "ratio", ratio, 1e-6)
        self.interpolation = interpolation
        self.antialias = antialias

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the rectangle."""
        check_image("RandomResizedCrop", flat_inputs[0])
        h, w = get_size(flat_inputs[0])
        found = random_rectangle(h, w, self.scale, self.ratio, self.generator)
        top, left, height, width = found or _largest_rectangle(h, w, self.ratio)
        return {"top": top, "left": left, "height": height, "width": width}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`resized_crop`."""
        return resized_crop(inpt, **params, size=self.size, interpolation=self.interpolation, antialias=self.antialias)


def random_rectangle(
    h: int, w: int, scale: tuple[float, float], ratio: tuple[float, float], generator: Generator | None
) -> tuple[int, int, int, int] | None:
    """Top, left, height and width of a rectangle in the image, if one fits; the ratio is that of width to height."""
    for _ in range(10):
        area = h * w * _draw.uniform(*scale, generator)
        proportion = _draw.log_uniform(*ratio, generator)
        width, height = round(math.sqrt(area * proportion)), round(math.sqrt(area / proportion))
        if 0 < width <= w and 0 < height <= h:
            return _draw.integer(0, h - height, generator), _draw.integer(0, w - width, generator), height, width
    return None


def _largest_rectangle(h: int, w: int, ratio: tuple[float, float]) -> tuple[int, int, int, int]:
    """The largest one in the middle that keeps to the ratio."""
    low, high = ratio
    width, height = w, h
    if w < low * h:
        height = max(1, round(w / low))
    elif w > high * h:
        width = max(1, round(h * high))
    return (h - height) // 2, (w - width) // 2, height, width
