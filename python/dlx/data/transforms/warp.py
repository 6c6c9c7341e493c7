"""Rotations and other affine maps."""

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
    as_images,
    check_image,
    computed_in_float,
    fill_for,
    get_size,
    is_number,
    is_pillow,
    mode_name,
    numbers_of,
    pillow,
    range_of,
    resampling,
)
from dlx.data.transforms.compose import Transform
from dlx.ops.creation import ones, tensor
from dlx.ops.grid import affine_grid, grid_sample

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor
    from dlx.data.transforms._image import Array

__all__ = ["RandomAffine", "RandomRotation", "affine", "rotate"]

_Mode = InterpolationMode | str | int
_MODES = ("nearest", "bilinear", "bicubic")

# Maps are matrices (3, 3) of places (x, y, 1) in pixels: the first pixel reaches from 0 to 1.


def _moved(x: float, y: float) -> Array:
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def _turned(degrees: float) -> Array:
    """Clockwise, for y points down; a quarter turn is exact."""
    c, s = round(math.cos(math.radians(degrees)), 15), round(math.sin(math.radians(degrees)), 15)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def _sheared(x: float, y: float) -> Array:
    """Along x, then along y, by angles in degrees."""
    along_x = np.array([[1.0, -math.tan(math.radians(x)), 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    along_y = np.array([[1.0, 0.0, 0.0], [-math.tan(math.radians(y)), 1.0, 0.0], [0.0, 0.0, 1.0]])
    return along_y @ along_x


def rotate(
    image: Image,
    angle: float,
    interpolation: _Mode = InterpolationMode.NEAREST,
    expand: bool = False,
    center: Sequence[float] | None = None,
    fill: Fill = None,
) -> Image:
    """Rotate an image counter-clockwise.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        angle: in degrees.
        interpolation: 'nearest', 'bilinear' or 'bicubic'.
        expand: whether the result is as large as is needed to hold all of the image, ``center`` or not; else it has the
            image's size.
        center: what does not move, (x, y) in pixels from the upper left corner; the middle if None.
        fill: what comes from outside: a number, or one for each channel; 0 if None.

    Returns:
        The rotated image.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions, or no pixels.
        ValueError: an angle or centre that is no finite number, or an unknown mode.

    Example:
        >>> transforms.functional.rotate(dlx.tensor([[[1, 2], [3, 4]]]), 90)
        tensor([[[2, 4],
                 [1, 3]]])
    """
    check_image("rotate", image)
    (angle,) = numbers_of("rotate", "angle", angle, [1])
    height, width = get_size(image)
    middle = (width / 2, height / 2)
    x, y = middle if center is None or expand else numbers_of("rotate", "center", center, [2])
    matrix = _moved(x, y) @ _turned(-angle) @ _moved(-x, -y)
    size = (height, width)
    if expand:
        corners = matrix @ np.array([[0, width, 0, width], [0, 0, height, height], [1, 1, 1, 1]])
        low, high = corners[:2].min(axis=1).round(4), corners[:2].max(axis=1).round(4)
        wide, tall = (math.ceil(b) - math.floor(a) for a, b in zip(low, high))  # whole pixels of the image's grid
        if angle % 90 == 0:
            wide, tall = (height, width) if angle % 180 else (width, height)
        matrix = _moved(wide / 2 - middle[0], tall / 2 - middle[1]) @ matrix
        size = (tall, wide)
    return _warped("rotate", image, matrix, size, interpolation, fill)


def affine(
    image: Image,
    angle: float,
    translate: Sequence[float],
    scale: float,
    shear: float | Sequence[float],
    interpolation: _Mode = InterpolationMode.NEAREST,
    fill: Fill = None,
    center: Sequence[float] | None = None,
) -> Image:
    """Shear, scale, rotate and move an image, in this order.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        angle: of the rotation, clockwise, in degrees.
        translate: how far to the right and down, in pixels.
        scale: positive.
        shear: angle in degrees along x, or two, along x and y.
        interpolation: 'nearest', 'bilinear' or 'bicubic'.
        fill: what comes from outside: a number, or one for each channel; 0 if None.
        center: what only ``translate`` moves, (x, y) in pixels from the upper left corner; the middle if None.

    Returns:
        The image of the same size.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions, or no pixels.
        ValueError: something that is no finite number, a scale that is not positive, or an unknown mode.

    Example:
        >>> image = dlx.tensor([[[1, 2, 3]]])
        >>> transforms.functional.affine(image, angle=0, translate=(1, 0), scale=1.0, shear=0)
        tensor([[[0, 1, 2]]])
    """
    check_image("affine", image)
    (angle,) = numbers_of("affine", "angle", angle, [1])
    right, down = numbers_of("affine", "translate", translate, [2])
    (scale,) = numbers_of("affine", "scale", scale, [1])
    if scale <= 0:
        raise ValueError(f"affine: scale must be positive. Got {scale}.")
    along_x, along_y = (*numbers_of("affine", "shear", shear, [1, 2]), 0.0)[:2]
    height, width = get_size(image)
    x, y = (width / 2, height / 2) if center is None else numbers_of("affine", "center", center, [2])
    scaled = np.diag([scale, scale, 1.0])
    matrix = _moved(x + right, y + down) @ _turned(angle) @ _sheared(along_x, along_y) @ scaled @ _moved(-x, -y)
    return _warped("affine", image, matrix, (height, width), interpolation, fill)


def _warped(
    function: str, image: Image, matrix: Array, size: tuple[int, int], interpolation: _Mode, fill: Fill
) -> Image:
    """The image of that size whose pixel at ``matrix @ place`` is the one at ``place``."""
    mode = mode_name(function, image, interpolation, _MODES)
    filling = fill_for(function, image, fill)
    height, width = get_size(image)
    if height == 0 or width == 0:
        raise _C.ShapeError(f"{function}: image must have pixels. Got height {height} and width {width}.")
    back = np.linalg.inv(matrix)
    if is_pillow(image):
        affine_kind = pillow().Transform.AFFINE
        return image.transform(size[::-1], affine_kind, back[:2].ravel().tolist(), resampling(mode), fillcolor=filling)

    # grid_sample's places reach from -1 to 1.
    tall, wide = size
    from_unit = np.array([[wide / 2, 0.0, wide / 2], [0.0, tall / 2, tall / 2], [0.0, 0.0, 1.0]])
    to_unit = np.array([[2 / width, 0.0, -1.0], [0.0, 2 / height, -1.0], [0.0, 0.0, 1.0]])
    theta = (to_unit @ back @ from_unit)[:2]

    def sampled(pixels: Tensor) -> Tensor:
        images = as_images(pixels)
        grid = affine_grid(tensor(theta[None], dtype=images.dtype, device=images.device), (1, 1, tall, wide))
        moved = grid_sample(images, grid.expand(images.size(0), -1, -1, -1), mode)
        if np.any(fill):  # where a pixel is partly outside, by its share: outside is 0 to grid_sample
            inside = grid_sample(ones(1, 1, height, width, dtype=images.dtype, device=images.device), grid, mode)
            moved = moved + (1 - inside) * filling.to(images.dtype)
        return moved.reshape(*pixels.shape[:-2], tall, wide)

    return computed_in_float(image, sampled)


def _angles(name: str, degrees: Any) -> tuple[float, float]:
    if is_number(degrees):
        if not degrees >= 0:
            raise ValueError(f"{name}: degrees must not be negative; a range is given as (min, max). Got {degrees}.")
        return range_of(name, "degrees", (-degrees, degrees))
    return range_of(name, "degrees", degrees)


class RandomRotation(Transform):
    """Rotate an image by a random angle.

    Args:
        degrees: the range (min, max) of the angle, counter-clockwise, or a number d for (-d, d).
        interpolation: as in :func:`rotate`, like all that follow.
        expand: whether the result grows to hold all of the image.
        center: what does not move, (x, y).
        fill: what comes from outside.
        generator: the default generator if None.

    Raises:
        ValueError: ``degrees`` is negative, or a range out of order.

    Example:
        >>> transforms.RandomRotation((90, 90))(dlx.tensor([[[1, 2], [3, 4]]]))
        tensor([[[2, 4],
                 [1, 3]]])
    """

    moves = True

    def __init__(
        self,
        degrees: float | Sequence[float],
        interpolation: _Mode = InterpolationMode.NEAREST,
        expand: bool = False,
        center: Sequence[float] | None = None,
        fill: Fill = 0,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.degrees = _angles("RandomRotation", degrees)
        self.interpolation = interpolation
        self.expand = expand
        self.center = center
        self.fill = fill

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the angle."""
        return {"angle": _draw.uniform(*self.degrees, self.generator)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`rotate`."""
        return rotate(inpt, params["angle"], self.interpolation, self.expand, self.center, self.fill)


class RandomAffine(Transform):
    """Shear, scale, rotate and move an image at random, its middle being kept.

    Args:
        degrees: the range (min, max) of the angle, clockwise, or a number d for (-d, d).
        translate: how far to move at most, as shares of width and height, in [0, 1]; by whole pixels. None: not.
        scale: the range (min, max) of the scale, positive. None: 1.
        shear: an angle s for (-s, s) along x, a range along x, or two ranges in one, (min_x, max_x, min_y, max_y).
            None: not.
        interpolation: as in :func:`affine`, like all that follow.
        fill: what comes from outside.
        center: what only ``translate`` moves, (x, y).
        generator: the default generator if None.

    Raises:
        ValueError: a range out of order or of its bounds.

    Example:
        >>> transforms.RandomAffine(10, translate=(0.1, 0.1), scale=(0.9, 1.1))(dlx.rand(3, 8, 8)).shape
        dlx.Size([3, 8, 8])
    """

    moves = True

    def __init__(
        self,
        degrees: float | Sequence[float],
        translate: Sequence[float] | None = None,
        scale: Sequence[float] | None = None,
        shear: float | Sequence[float] | None = None,
        interpolation: _Mode = InterpolationMode.NEAREST,
        fill: Fill = 0,
        center: Sequence[float] | None = None,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.degrees = _angles("RandomAffine", degrees)
        self.translate = None if translate is None else numbers_of("RandomAffine", "translate", translate, [2])
        if self.translate is not None and not all(0 <= share <= 1 for share in self.translate):
            raise ValueError(f"RandomAffine: translate must be two shares in [0, 1]. Got {translate!r}.")
        self.scale = None if scale is None else range_of("RandomAffine", "scale", scale, 1e-6)
        self.shear = None if shear is None else _shears(shear)
        self.interpolation = interpolation
        self.fill = fill
        self.center = center

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the parameters of :func:`affine`."""
        check_image("RandomAffine", flat_inputs[0])
        height, width = get_size(flat_inputs[0])
        draw = lambda low, high: _draw.uniform(low, high, self.generator)
        angle = draw(*self.degrees)
        across, down = (0.0, 0.0) if self.translate is None else (self.translate[0] * width, self.translate[1] * height)
        translate = (round(draw(-across, across)), round(draw(-down, down)))
        scale = 1.0 if self.scale is None else draw(*self.scale)
        low_x, high_x, low_y, high_y = self.shear or (0.0, 0.0, 0.0, 0.0)
        return {
            "angle": angle, "translate": translate, "scale": scale, "shear": (draw(low_x, high_x), draw(low_y, high_y)),
        }  # fmt: skip

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`affine`."""
        return affine(inpt, **params, interpolation=self.interpolation, fill=self.fill, center=self.center)


def _shears(shear: Any) -> tuple[float, float, float, float]:
    values = numbers_of("RandomAffine", "shear", shear, [1, 2, 4])
    if len(values) == 1:
        values = (-abs(values[0]), abs(values[0]))
    low_x, high_x, low_y, high_y = (*values, 0.0, 0.0)[:4]
    if low_x > high_x or low_y > high_y:
        raise ValueError(f"RandomAffine: shear must be ranges, min before max. Got {shear!r}.")
    return low_x, high_x, low_y, high_y
