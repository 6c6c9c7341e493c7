"""What counts as an image, and what the arguments of several transforms may be."""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Sequence
from enum import Enum
from typing import TYPE_CHECKING, Any, TypeAlias

import numpy as np

from dlx import _C
from dlx.ops.creation import from_numpy, tensor
from dlx.ops.questions import iinfo

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Fill", "Image", "InterpolationMode", "get_dimensions", "get_size"]

Image: TypeAlias = Any  # a Tensor of shape (..., c, h, w), or a Pillow image
Fill: TypeAlias = "float | Sequence[float] | None"  # a number, or one for each channel; None is 0
Array: TypeAlias = "np.ndarray[Any, Any]"


class InterpolationMode(Enum):
    """How to find what lies between pixels. The strings and Pillow's numbers are understood as well.

    ``BOX``, ``HAMMING`` and ``LANCZOS`` are for Pillow images only.
    """

    NEAREST = "nearest"
    NEAREST_EXACT = "nearest-exact"
    BILINEAR = "bilinear"
    BICUBIC = "bicubic"
    BOX = "box"
    HAMMING = "hamming"
    LANCZOS = "lanczos"


_PILLOWS_NUMBERS = {0: "nearest", 1: "lanczos", 2: "bilinear", 3: "bicubic", 4: "box", 5: "hamming"}


def mode_name(function: str, image: Image, interpolation: InterpolationMode | str | int, allowed: Sequence[str]) -> str:
    """The name of the mode; ``allowed`` are those that tensors can do."""
    name: Any = interpolation.value if isinstance(interpolation, InterpolationMode) else interpolation
    name = _PILLOWS_NUMBERS.get(name) if isinstance(name, int) else name
    if is_pillow(image):
        allowed = [mode.value for mode in InterpolationMode]
    if name not in allowed:
        kind = "Pillow images" if is_pillow(image) else "tensors"
        modes = ", ".join(map(repr, allowed))
        raise ValueError(f"{function}: interpolation of {kind} must be one of {modes}. Got {interpolation!r}.")
    return str(name)


def pillow() -> Any:
    """The module PIL.Image, imported when first needed."""
    try:
        import PIL.Image
    except ImportError:
        raise ImportError(
            "Pictures need Pillow, which is not installed. Run: pip install 'dlx[images]'", name="PIL"
        ) from None
    return PIL.Image


def is_pillow(value: Any) -> bool:
    module = sys.modules.get("PIL.Image")  # not imported: then nobody can hold one of its images
    return module is not None and isinstance(value, module.Image)


def resampling(name: str) -> Any:
    """Pillow's filter of that name."""
    return pillow().Resampling[name.removesuffix("-exact").upper()]


def check_image(function: str, image: Image, pillow_too: bool = True) -> None:
    """An image: a tensor of three or more dimensions, or, unless ``pillow_too`` is False, a Pillow image."""
    if is_pillow(image) and pillow_too:
        return
    if not isinstance(image, _C.Tensor):
        also = " or a Pillow image" if pillow_too else ""
        hint = " Use ToTensor, or ToImage and ToDtype, before it." if is_pixels(image) else ""
        raise TypeError(
            f"{function}: image must be a Tensor of shape (..., c, h, w){also}. Got {type(image).__name__}.{hint}"
        )
    if image.ndim < 3:
        hint = " Use image.unsqueeze(0) for an image without channels." if image.ndim == 2 else ""
        raise _C.ShapeError(
            f"{function}: image must have at least three dimensions, (..., c, h, w). "
            f"Got shape {tuple(image.shape)}.{hint}"
        )


def is_pixels(value: Any) -> bool:
    """What ToTensor takes: a Pillow image, or a NumPy array."""
    return is_pillow(value) or isinstance(value, np.ndarray)


def check_floating(function: str, image: Tensor) -> None:
    if not image.is_floating_point():
        raise _C.DtypeError(
            f"{function}: image must be floating point. Got {_name(image.dtype)}; "
            "convert it with ToDtype(dlx.float32, scale=True)."
        )


def _name(dtype: _C.dtype) -> str:
    return str(dtype).removeprefix("dlx.")


def get_size(image: Image) -> tuple[int, int]:
    """Return the height and the width of an image.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.

    Returns:
        ``(h, w)``.

    Example:
        >>> transforms.functional.get_size(dlx.zeros(3, 8, 6))
        (8, 6)
    """
    return get_dimensions(image)[1:]


def get_dimensions(image: Image) -> tuple[int, int, int]:
    """Return the channels, the height and the width of an image.

    Args:
        image: shape ``(..., c, h, w)``, or a Pillow image.

    Returns:
        ``(c, h, w)``.

    Example:
        >>> transforms.functional.get_dimensions(dlx.zeros(5, 3, 8, 6))
        (3, 8, 6)
    """
    check_image("get_dimensions", image)
    if is_pillow(image):
        return len(image.getbands()), image.height, image.width
    channels, height, width = image.shape[-3:]
    return channels, height, width


def is_int(value: Any) -> bool:
    return isinstance(value, (int, np.integer)) and not isinstance(value, bool)


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, np.integer, np.floating)) and not isinstance(value, bool)


def sizes_of(function: str, name: str, value: Any) -> tuple[int, ...]:
    """A "size" argument: one or two positive ints, given as an int or as a sequence."""
    values = (value,) if is_int(value) else tuple(value) if isinstance(value, (list, tuple)) else ()
    if len(values) not in (1, 2) or not all(is_int(v) and v > 0 for v in values):
        raise ValueError(f"{function}: {name} must be a positive int or (height, width). Got {value!r}.")
    return tuple(int(v) for v in values)


def pair_of(function: str, name: str, value: Any) -> tuple[int, int]:
    """A "size" argument of which one number means a square."""
    sizes = sizes_of(function, name, value)
    return sizes[0], sizes[-1]


def numbers_of(function: str, name: str, value: Any, counts: Sequence[int] | None = None) -> tuple[float, ...]:
    """Finite numbers, as many as one of ``counts`` says, or at least one; one may come without a sequence."""
    given = value.tolist() if isinstance(value, (np.ndarray, _C.Tensor)) else value
    values = tuple(given) if isinstance(given, (list, tuple)) else (given,)
    right = len(values) in counts if counts else len(values) > 0
    if not right or not all(is_number(v) and math.isfinite(v) for v in values):
        allowed = " or ".join(map(str, counts)) if counts else "one or more"
        raise ValueError(f"{function}: {name} must have {allowed} finite numbers. Got {value!r}.")
    return tuple(float(v) for v in values)


def range_of(
    function: str, name: str, value: Any, low: float = -math.inf, high: float = math.inf
) -> tuple[float, float]:
    """Two numbers in order, within ``low`` and ``high``."""
    first, second = numbers_of(function, name, value, [2])
    if not low <= first <= second <= high:
        bounds = (
            f" within [{low:g}, {high:g}]" if math.isfinite(high) else f", {low:g} or more" if low > -math.inf else ""
        )
        raise ValueError(f"{function}: {name} must be a range (min, max){bounds}. Got {value!r}.")
    return first, second


def probability(function: str, p: float) -> float:
    if not (is_number(p) and 0 <= p <= 1):
        raise ValueError(f"{function}: p must be a probability in [0, 1]. Got {p!r}.")
    return float(p)


def fill_for(function: str, image: Image, fill: Fill) -> Any:
    """What lies outside: for a tensor one of shape (), or (c, 1, 1); for a Pillow image a number or a tuple."""
    values: list[Any] = list(fill) if isinstance(fill, (list, tuple)) else [0 if fill is None else fill]
    channels = get_dimensions(image)[0]
    if not all(is_number(v) for v in values) or len(values) not in (1, channels):
        raise ValueError(
            f"{function}: fill must be a number, or one for each of the {channels} channels of image. Got {fill!r}."
        )
    if is_pillow(image):
        values = values if image.mode == "F" else [int(v) for v in values]
        return tuple(values * (channels if len(values) == 1 else 1)) if channels > 1 else values[0]
    filled = tensor(values, dtype=image.dtype, device=image.device)
    return filled.view(-1, 1, 1) if len(values) > 1 else filled[0]


def computed_in_float(image: Tensor, compute: Callable[[Tensor], Tensor]) -> Tensor:
    """``compute(image)`` in float32 or float64; integers are rounded and clamped to the range of their dtype."""
    exact = _C.float64 if image.dtype in (_C.float64, _C.int32, _C.int64) else _C.float32
    if image.is_floating_point():
        return compute(image.to(exact)).to(image.dtype)
    result = compute(image.to(exact)).round()
    if image.dtype != _C.bool:
        info = iinfo(image.dtype)
        result = result.clamp(info.min, info.max)
    return result.to(image.dtype)


def as_images(image: Tensor) -> Tensor:
    """Shape ``(n, c, h, w)``, all leading dimensions in one."""
    return image.reshape(math.prod(image.shape[:-3]), *image.shape[-3:])  # -1 could stand for anything if one is 0


def array_of(image: Any) -> Array:
    """The pixels of a Pillow image, shape (h, w) or (h, w, c), in memory of their own."""
    return np.array(image, copy=True)


def through_tensor(image: Any, compute: Callable[[Tensor], Tensor]) -> Any:
    """Do to a Pillow image what is defined for tensors."""
    array = array_of(image)
    pixels = from_numpy(array if array.ndim == 3 else array[:, :, None]).permute(2, 0, 1)
    return picture(compute(pixels), image.mode, like=image)


def picture(pixels: Tensor, mode: str, like: Any = None) -> Any:
    """A Pillow image of that mode of a tensor ``(c, h, w)`` which has the dtype of the mode."""
    array = np.ascontiguousarray(pixels.detach().permute(1, 2, 0).numpy())
    height, width = array.shape[:2]
    if mode == "1":  # packed in bits
        return pillow().fromarray(array.reshape(height, width).astype(np.uint8) * 255).convert("1", dither=0)
    image = pillow().frombytes(mode, (width, height), array.tobytes())
    if mode == "P" and like is not None:
        image.putpalette(like.getpalette())
    return image
