"""Brightness, contrast, saturation, hue, grey and the scale of channels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.data.transforms import _draw
from dlx.data.transforms._image import (
    Image,
    check_floating,
    check_image,
    get_dimensions,
    is_number,
    is_pillow,
    numbers_of,
    pillow,
    range_of,
    through_tensor,
)
from dlx.data.transforms.compose import Sometimes, Transform
from dlx.data.transforms.convert import to_dtype
from dlx.ops.creation import tensor
from dlx.ops.elementwise import where
from dlx.ops.questions import iinfo
from dlx.ops.view import cat, stack

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor

__all__ = [
    "ColorJitter", "Grayscale", "Normalize", "RandomGrayscale", "adjust_brightness", "adjust_contrast", "adjust_hue",
    "adjust_saturation", "normalize", "rgb_to_grayscale", "to_grayscale",
]  # fmt: skip


def _checked(function: str, image: Image) -> None:
    """An image in grey or in red, green and blue."""
    check_image(function, image)
    if is_pillow(image):
        if image.mode not in ("L", "RGB"):
            raise ValueError(
                f"{function}: a Pillow image must have the mode 'L' or 'RGB'. Got {image.mode!r}; "
                "use image.convert('RGB')."
            )
        return
    if image.size(-3) not in (1, 3):
        raise _C.ShapeError(
            f"{function}: image must have 1 channel (grey) or 3 (red, green, blue). Got shape {tuple(image.shape)}."
        )
    if not image.is_floating_point() and image.dtype == _C.bool:
        raise _C.DtypeError(f"{function}: image must be of integers or floating point. Got bool.")


def _factor(function: str, name: str, value: Any) -> float:
    (factor,) = numbers_of(function, name, value, [1])
    if factor < 0:
        raise ValueError(f"{function}: {name} must not be negative. Got {value!r}.")
    return factor


def _white(image: Tensor) -> float:
    return 1.0 if image.is_floating_point() else iinfo(image.dtype).max


def _grey(image: Tensor) -> Tensor:
    """One channel, not yet rounded; the weights are those of ITU-R BT.601."""
    if image.size(-3) == 1:
        return image if image.is_floating_point() else image.to(_C.float32)
    red, green, blue = image.unbind(-3)
    return (0.2989 * red + 0.587 * green + 0.114 * blue).unsqueeze(-3)


def _blended(image: Tensor, other: Tensor | float, factor: float) -> Tensor:
    """``factor`` of the image and the rest of the other, within the range of the dtype; integers are rounded down."""
    mixed = image * factor + other * (1 - factor)
    return mixed.clamp(0, _white(image)).to(image.dtype)


def _whole_if(image: Tensor, grey: Tensor) -> Tensor:
    return grey if image.is_floating_point() else grey.floor()


def _coloured(image: Image, compute: Callable[[Tensor], Tensor]) -> Image:
    return through_tensor(image, compute) if is_pillow(image) else compute(image)


def adjust_brightness(image: Image, brightness_factor: float) -> Image:
    """Make an image brighter or darker: multiply it.

    Args:
        image: shape ``(..., c, h, w)`` with 1 or 3 channels, or a Pillow image in "L" or "RGB".
        brightness_factor: 0: black, 1: as it is, more: brighter.

    Returns:
        The image of the same dtype, clamped to its range: [0, 1] for floating point.

    Raises:
        TypeError: no image.
        ShapeError: another number of dimensions or channels.
        ValueError: a negative factor.

    Example:
        >>> transforms.functional.adjust_brightness(dlx.tensor([[[0.2, 0.8]]]), 2.0)
        tensor([[[0.4000, 1.0000]]])
    """
    _checked("adjust_brightness", image)
    factor = _factor("adjust_brightness", "brightness_factor", brightness_factor)
    return _coloured(image, lambda x: _blended(x, 0.0, factor))


def adjust_contrast(image: Image, contrast_factor: float) -> Image:
    """Move an image away from its mean brightness, or towards it.

    Args:
        image: shape ``(..., c, h, w)`` with 1 or 3 channels, or a Pillow image in "L" or "RGB".
        contrast_factor: 0: all pixels the mean grey, 1: as it is, more: more contrast.

    Returns:
        The image of the same dtype, clamped to its range.

    Raises:
        TypeError: no image.
        ShapeError: another number of dimensions or channels.
        ValueError: a negative factor.

    Example:
        >>> transforms.functional.adjust_contrast(dlx.tensor([[[0.25, 0.75]]]), 0.5)
        tensor([[[0.3750, 0.6250]]])
    """
    _checked("adjust_contrast", image)
    factor = _factor("adjust_contrast", "contrast_factor", contrast_factor)
    mean = lambda x: _whole_if(x, _grey(x)).mean(dim=(-3, -2, -1), keepdim=True)
    return _coloured(image, lambda x: _blended(x, mean(x), factor))


def adjust_saturation(image: Image, saturation_factor: float) -> Image:
    """Move an image away from grey, or towards it.

    Args:
        image: shape ``(..., c, h, w)`` with 1 or 3 channels, or a Pillow image in "L" or "RGB".
        saturation_factor: 0: grey, 1: as it is, more: more colourful.

    Returns:
        The image of the same dtype, clamped to its range; a grey one as it was.

    Raises:
        TypeError: no image.
        ShapeError: another number of dimensions or channels.
        ValueError: a negative factor.

    Example:
        >>> transforms.functional.adjust_saturation(dlx.tensor([1.0, 0.0, 0.0]).view(3, 1, 1), 0.0).flatten()
        tensor([0.2989, 0.2989, 0.2989])
    """
    _checked("adjust_saturation", image)
    factor = _factor("adjust_saturation", "saturation_factor", saturation_factor)
    if get_dimensions(image)[0] == 1:
        return image
    return _coloured(image, lambda x: _blended(x, _whole_if(x, _grey(x)), factor))


def adjust_hue(image: Image, hue_factor: float) -> Image:
    """Turn the colours of an image around the wheel of hues.

    Args:
        image: shape ``(..., c, h, w)`` with 1 or 3 channels, or a Pillow image in "L" or "RGB".
        hue_factor: by how much of a turn, in [-0.5, 0.5]: a third makes red green, 0.5 is the opposite colour.

    Returns:
        The image of the same dtype; a grey one as it was.

    Raises:
        TypeError: no image.
        ShapeError: another number of dimensions or channels.
        ValueError: ``hue_factor`` is outside [-0.5, 0.5].

    Example:
        >>> transforms.functional.adjust_hue(dlx.tensor([1.0, 0.0, 0.0]).view(3, 1, 1), 0.5).flatten()
        tensor([0., 1., 1.])

    Source: Smith 1978, doi:10.1145/800248.807361.
    """
    _checked("adjust_hue", image)
    if not (is_number(hue_factor) and -0.5 <= hue_factor <= 0.5):
        raise ValueError(f"adjust_hue: hue_factor must be in [-0.5, 0.5]. Got {hue_factor!r}.")
    if get_dimensions(image)[0] == 1:
        return image
    return _coloured(image, lambda x: _turned(x, float(hue_factor)))


def _turned(image: Tensor, turn: float) -> Tensor:
    pixels = to_dtype(image, image.dtype if image.is_floating_point() else _C.float32, scale=True)
    red, green, blue = pixels.unbind(-3)
    value = pixels.amax(dim=-3)
    chroma = value - pixels.amin(dim=-3)
    unit = where(chroma == 0, 1, chroma)  # grey has no hue: any will do
    # The hue in sixths of a turn, from red over green (2) and blue (4).
    from_blue = where(value == green, (blue - red) / unit + 2, (red - green) / unit + 4)
    hue = where(value == red, (green - blue) / unit, from_blue) + 6 * turn
    # Of each channel: `value`, less up to `chroma` the further its own hue is away.
    distances = [(hue + shift) % 6 for shift in (5, 3, 1)]
    channels = [value - chroma * where(d < 2, d, 4 - d).clamp(0, 1) for d in distances]
    return to_dtype(stack(channels, dim=-3), image.dtype, scale=True)


def rgb_to_grayscale(image: Image, num_output_channels: int = 1) -> Image:
    """Make an image grey: 0.2989 red + 0.587 green + 0.114 blue.

    Args:
        image: shape ``(..., c, h, w)`` with 1 or 3 channels, or a Pillow image of any mode.
        num_output_channels: 1, or 3 for three equal channels.

    Returns:
        The image with that many channels; integers are rounded down.

    Raises:
        TypeError: no image.
        ShapeError: another number of dimensions or channels.
        ValueError: ``num_output_channels`` is neither 1 nor 3.

    Example:
        >>> transforms.functional.rgb_to_grayscale(dlx.ones(3, 4, 4)).shape
        dlx.Size([1, 4, 4])
    """
    _check_outputs("rgb_to_grayscale", num_output_channels)
    if is_pillow(image):
        grey = image.convert("L")
        return grey if num_output_channels == 1 else pillow().merge("RGB", [grey] * 3)
    _checked("rgb_to_grayscale", image)
    one = image if image.size(-3) == 1 else _grey(image).to(image.dtype)
    return one if num_output_channels == 1 else cat([one] * 3, dim=-3)


to_grayscale = rgb_to_grayscale


def _check_outputs(name: str, channels: int) -> None:
    if channels not in (1, 3):
        raise ValueError(f"{name}: num_output_channels must be 1 or 3. Got {channels!r}.")


def normalize(image: Tensor, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> Tensor:
    """Shift and scale each channel: ``(image - mean) / std``.

    Args:
        image: shape ``(..., c, h, w)``, floating point.
        mean: one number for each channel, or one for all.
        std: likewise, not 0.
        inplace: whether ``image`` itself is changed.

    Returns:
        Tensor of the shape of ``image``.

    Raises:
        TypeError: no tensor.
        ShapeError: fewer than three dimensions, or not as many channels as numbers.
        DtypeError: ``image`` is not floating point.
        ValueError: a number that is not finite, or a ``std`` of 0.

    Example:
        >>> transforms.functional.normalize(dlx.tensor([[[1.0]], [[4.0]]]), mean=[0, 2], std=[1, 2]).flatten()
        tensor([1., 1.])
    """
    check_image("normalize", image, pillow_too=False)
    check_floating("normalize", image)
    means, stds = _scales("normalize", mean, std)
    for name, values in (("mean", means), ("std", stds)):
        if len(values) not in (1, image.size(-3)):
            raise _C.ShapeError(
                f"normalize: {name} has {len(values)} numbers but image has {image.size(-3)} channels. "
                f"Got image of shape {tuple(image.shape)}."
            )
    shift, scale = (tensor(values, dtype=image.dtype, device=image.device).view(-1, 1, 1) for values in (means, stds))
    return image.sub_(shift).div_(scale) if inplace else (image - shift) / scale


def _scales(name: str, mean: Any, std: Any) -> tuple[tuple[float, ...], tuple[float, ...]]:
    means, stds = numbers_of(name, "mean", mean), numbers_of(name, "std", std)
    if 0 in stds:
        raise ValueError(f"{name}: std must not be 0. Got {std!r}.")
    return means, stds


class Normalize(Transform):
    """Shift and scale each channel, as :func:`normalize`.

    Args:
        mean: one number for each channel, or one for all.
        std: likewise, not 0.
        inplace: whether the image itself is changed.

    Raises:
        ValueError: a number that is not finite, or a ``std`` of 0.

    Example:
        >>> transforms.Normalize([0.5], [0.5])(dlx.tensor([[[0.0, 1.0]]]))
        tensor([[[-1.,  1.]]])
    """

    def __init__(self, mean: Sequence[float], std: Sequence[float], inplace: bool = False) -> None:
        super().__init__()
        self.mean, self.std = _scales("Normalize", mean, std)
        self.inplace = inplace

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Call :func:`normalize`."""
        return normalize(inpt, self.mean, self.std, self.inplace)


class Grayscale(Transform):
    """Make an image grey, as :func:`rgb_to_grayscale`.

    Args:
        num_output_channels: 1, or 3 for three equal channels.

    Raises:
        ValueError: ``num_output_channels`` is neither 1 nor 3.

    Example:
        >>> transforms.Grayscale(3)(dlx.rand(3, 4, 4)).shape
        dlx.Size([3, 4, 4])
    """

    def __init__(self, num_output_channels: int = 1) -> None:
        super().__init__()
        _check_outputs("Grayscale", num_output_channels)
        self.num_output_channels = num_output_channels

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`rgb_to_grayscale`."""
        return rgb_to_grayscale(inpt, self.num_output_channels)


class RandomGrayscale(Sometimes):
    """Make an image grey with a probability; it keeps its number of channels.

    Args:
        p: the probability.
        generator: the default generator if None.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> transforms.RandomGrayscale(p=1.0)(dlx.rand(3, 4, 4)).shape
        dlx.Size([3, 4, 4])
    """

    def __init__(self, p: float = 0.1, *, generator: Generator | None = None) -> None:
        super().__init__(p, generator)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`rgb_to_grayscale`."""
        return rgb_to_grayscale(inpt, 1 if get_dimensions(inpt)[0] == 1 else 3)


class ColorJitter(Transform):
    """Change brightness, contrast, saturation and hue at random, in random order.

    Args:
        brightness: the range (min, max) of the factor of :func:`adjust_brightness`, or a number b for
            ``(max(0, 1 - b), 1 + b)``; None: not changed.
        contrast: likewise for :func:`adjust_contrast`.
        saturation: likewise for :func:`adjust_saturation`.
        hue: the range of :func:`adjust_hue`, within [-0.5, 0.5], or a number h for (-h, h).
        generator: the default generator if None.

    Raises:
        ValueError: a range out of order or of its bounds.

    Example:
        >>> transforms.ColorJitter(brightness=0.2, hue=0.1)(dlx.rand(3, 4, 4)).shape
        dlx.Size([3, 4, 4])
    """

    def __init__(
        self,
        brightness: float | Sequence[float] | None = None,
        contrast: float | Sequence[float] | None = None,
        saturation: float | Sequence[float] | None = None,
        hue: float | Sequence[float] | None = None,
        *,
        generator: Generator | None = None,
    ) -> None:
        super().__init__(generator)
        self.brightness = _jitter("brightness", brightness, 1)
        self.contrast = _jitter("contrast", contrast, 1)
        self.saturation = _jitter("saturation", saturation, 1)
        self.hue = _jitter("hue", hue, 0)

    def make_params(self, flat_inputs: list[Any]) -> dict[str, Any]:
        """Draw the factors, in the order in which they are used."""
        ranges = {
            "brightness": self.brightness,
            "contrast": self.contrast,
            "saturation": self.saturation,
            "hue": self.hue,
        }
        names = [list(ranges)[i] for i in _draw.order(4, self.generator)]
        return {name: _draw.uniform(*r, self.generator) for name in names if (r := ranges[name]) is not None}

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Change the image by each of the factors."""
        adjust = {
            "brightness": adjust_brightness, "contrast": adjust_contrast, "saturation": adjust_saturation,
            "hue": adjust_hue,
        }  # fmt: skip
        for name, factor in params.items():
            inpt = adjust[name](inpt, factor)
        return inpt


def _jitter(name: str, value: Any, middle: float) -> tuple[float, float] | None:
    """The range of a factor around the one that changes nothing; None if there is no other in it."""
    if value is None:
        return None
    low, high = (0.0, float("inf")) if middle else (-0.5, 0.5)
    if is_number(value):
        if value < 0:
            raise ValueError(f"ColorJitter: {name} must not be negative. Got {value!r}.")
        value = (max(low, middle - value), middle + value)
    found = range_of("ColorJitter", name, value, low, high)
    return None if found == (middle, middle) else found
