"""What takes detail away: blur and erasing."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.data.transforms import _draw
from dlx.data.transforms._image import (
    Image,
    as_images,
    check_image,
    computed_in_float,
    get_size,
    is_number,
    is_pillow,
    numbers_of,
    range_of,
    sizes_of,
    through_tensor,
)
from dlx.data.transforms.compose import Sometimes, Transform
from dlx.data.transforms.crop import pad, random_rectangle
from dlx.ops.conv import conv2d
from dlx.ops.creation import arange, tensor
from dlx.ops.random import randn

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor

__all__ = ["GaussianBlur", "RandomErasing", "erase", "gaussian_blur"]


def gaussian_blur(
    image: Image, kernel_size: int | Sequence[int], sigma: float | Sequence[float] | None = None
) -> Image:
    """Take weighted means over neighbouring pixels; the image is mirrored at its edges.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        kernel_size: width and height of the window, odd; an int for a square.
        sigma: standard deviation of the weights along x and y, in pixels, positive; a number for both. None:
            ``0.15 * kernel_size + 0.35``.

    Returns:
        The image of the same size; integers are rounded.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions, or no pixels.
        ValueError: an even or negative size, or a ``sigma`` that is not positive.

    Example:
        >>> transforms.functional.gaussian_blur(dlx.tensor([[[0.0, 0.0, 1.0, 0.0, 0.0]]]), (3, 1), 1.0)
        tensor([[[0.0000, 0.2741, 0.4519, 0.2741, 0.0000]]])
    """
    check_image("gaussian_blur", image)
    wide, tall = _window("gaussian_blur", kernel_size)
    if sigma is None:
        sigma = (0.15 * wide + 0.35, 0.15 * tall + 0.35)
    sigmas = numbers_of("gaussian_blur", "sigma", sigma, [1, 2])
    if min(sigmas) <= 0:
        raise ValueError(f"gaussian_blur: sigma must be positive. Got {sigma!r}.")
    if is_pillow(image):
        return through_tensor(image, lambda pixels: gaussian_blur(pixels, (wide, tall), sigmas))

    def blurred(pixels: Tensor) -> Tensor:
        edged = pad(pixels, (wide // 2, tall // 2), padding_mode="reflect")
        channels = as_images(edged.unsqueeze(-3))  # each channel an image of its own
        across = _weights(wide, sigmas[0], pixels).view(1, 1, 1, wide)
        down = _weights(tall, sigmas[-1], pixels).view(1, 1, tall, 1)
        return conv2d(conv2d(channels, across), down).reshape(pixels.shape)

    return computed_in_float(image, blurred)


def _window(name: str, kernel_size: Any) -> tuple[int, int]:
    sizes = sizes_of(name, "kernel_size", kernel_size)
    if any(size % 2 == 0 for size in sizes):
        raise ValueError(f"{name}: kernel_size must be odd. Got {kernel_size!r}.")
    return sizes[0], sizes[-1]


def _weights(size: int, sigma: float, like: Tensor) -> Tensor:
    places = arange(size, dtype=_C.float64) - size // 2
    weights = (-0.5 * (places / sigma) ** 2).exp()
    return (weights / weights.sum()).to(dtype=like.dtype, device=like.device)


class GaussianBlur(Transform):
    """Blur an image, by as much as is drawn.

    Args:
        kernel_size: width and height of the window, odd; an int for a square.
        sigma: the range (min, max) of the standard deviation, in pixels, or one number.
        generator: the default generator if None.

    Raises:
        ValueError: an even or negative size, or a ``sigma`` that is not positive.

    Example:
        >>> transforms.GaussianBlur(3, sigma=(0.5, 1.0))(dlx.rand(3, 8, 8)).shape
        dlx.Size([3, 8, 8])
    """

    def __init__(
        self,
        kernel_size: int | Sequence[int],
        sigma: float | Sequence[float] = (0.1, 2.0),
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.kernel_size = _window("GaussianBlur", kernel_size)
        self.sigma = range_of("GaussianBlur", "sigma", (sigma, sigma) if is_number(sigma) else sigma, 1e-6)

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the standard deviation."""
        return {"sigma": _draw.uniform(*self.sigma, self.generator)}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`gaussian_blur`."""
        return gaussian_blur(inpt, self.kernel_size, params["sigma"])


def erase(image: Image, i: int, j: int, h: int, w: int, v: Tensor | float, inplace: bool = False) -> Image:
    """Put values in the place of a rectangle.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.
        i: the first row.
        j: the first column.
        h: how many rows.
        w: how many columns.
        v: a number, or a tensor that broadcasts to ``(c, h, w)``.
        inplace: whether ``image`` itself is changed; not for Pillow images.

    Returns:
        The image.

    Raises:
        TypeError: no image.
        ShapeError: fewer than three dimensions.
        ValueError: the rectangle does not lie within the image.

    Example:
        >>> transforms.functional.erase(dlx.ones(1, 1, 4), 0, 1, 1, 2, 0.0)
        tensor([[[1., 0., 0., 1.]]])
    """
    check_image("erase", image)
    if is_pillow(image):
        return through_tensor(image, lambda pixels: erase(pixels, i, j, h, w, v, True))
    height, width = get_size(image)
    if not (i >= 0 and h >= 0 and i + h <= height and j >= 0 and w >= 0 and j + w <= width):
        raise ValueError(
            f"erase: the rectangle must lie within the image. Got rows {i} to {i + h} and columns {j} to {j + w} "
            f"of an image of {(height, width)}."
        )
    result = image if inplace else image.clone()
    result[..., i : i + h, j : j + w] = v
    return result


class RandomErasing(Sometimes):
    """Erase a random rectangle with a probability.

    Args:
        p: the probability.
        scale: range of the share of the image's area, within [0, 1]; where no such rectangle is found in ten tries,
            nothing is erased.
        ratio: range of height / width.
        value: what comes in its place: a number, one for each channel, or 'random': normal numbers for each pixel.
        inplace: whether the image itself is changed.
        generator: the default generator if None.

    Raises:
        ValueError: ``p`` is outside [0, 1], a range out of order, another string as ``value``; when called, ``value``
            that does not match the channels.

    Example:
        >>> transforms.RandomErasing(p=1.0, value=7)(dlx.zeros(3, 16, 16)).max()
        tensor(7.)

    Source: Zhong et al. 2017, arXiv:1708.04896.
    """

    def __init__(
        self,
        p: float = 0.5,
        scale: Sequence[float] = (0.02, 0.33),
        ratio: Sequence[float] = (0.3, 3.3),
        value: float | Sequence[float] | str = 0.0,
        inplace: bool = False,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(p, generator)
        self.scale = range_of("RandomErasing", "scale", scale, 0, 1)
        self.ratio = range_of("RandomErasing", "ratio", ratio, 1e-6)
        if value != "random":
            value = numbers_of("RandomErasing", "value, if not 'random',", value)
        self.value: tuple[float, ...] | str = value
        self.inplace = inplace

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the rectangle, and what comes in its place."""
        image = flat_inputs[0]
        check_image("RandomErasing", image, pillow_too=False)
        channels, (height, width) = image.size(-3), get_size(image)
        wide = (1 / self.ratio[1], 1 / self.ratio[0])
        found = random_rectangle(height, width, self.scale, wide, self.generator)
        top, left, h, w = found or (0, 0, 0, 0)  # none fits: nothing is erased
        if isinstance(self.value, str):
            value = randn(channels, h, w, generator=self.generator).to(dtype=image.dtype, device=image.device)
        else:
            if len(self.value) not in (1, channels):
                raise ValueError(
                    f"RandomErasing: value has {len(self.value)} numbers but the image has {channels} channels."
                )
            value = tensor(self.value, dtype=image.dtype, device=image.device).view(-1, 1, 1)
        return {"i": top, "j": left, "h": h, "w": w, "v": value}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`erase`."""
        return erase(inpt, **params, inplace=self.inplace)
