"""From Pillow and NumPy to tensors and back, and from one dtype to another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from dlx import _C
from dlx.data.transforms._image import Image, check_image, is_pillow, is_pixels, picture
from dlx.data.transforms.compose import Transform
from dlx.ops.creation import from_numpy
from dlx.ops.questions import iinfo

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "ConvertImageDtype", "PILToTensor", "ToDtype", "ToImage", "ToPILImage", "ToTensor", "convert_image_dtype",
    "pil_to_tensor", "to_dtype", "to_image", "to_pil_image", "to_tensor",
]  # fmt: skip

# The modes of Pillow for a tensor of that many channels; the first is the usual one.
_MODES = {1: ("L", "P", "1", "I", "F"), 2: ("LA",), 3: ("RGB", "YCbCr", "HSV"), 4: ("RGBA", "CMYK", "RGBX")}
_DTYPES = {"1": _C.bool, "I": _C.int32, "F": _C.float32}  # of the others: uint8


def pil_to_tensor(pic: Any) -> Tensor:
    """Copy the pixels of a Pillow image, as they are, to a tensor.

    Args:
        pic: a Pillow image.

    Returns:
        Tensor of shape ``(c, h, w)``: uint8, bool for mode "1", int32 for "I" and for 16 bits, float32 for "F".

    Raises:
        TypeError: ``pic`` is no Pillow image.

    Example:
        >>> from PIL import Image
        >>> transforms.functional.pil_to_tensor(Image.new("RGB", (2, 1), (1, 2, 3)))[:, 0, 0]
        tensor([1, 2, 3], dtype=dlx.uint8)
    """
    if not is_pillow(pic):
        raise TypeError(f"pil_to_tensor: pic must be a Pillow image. Got {type(pic).__name__}.")
    return _from_array("pil_to_tensor", np.array(pic))


def to_image(inpt: Any) -> Tensor:
    """Copy the pixels of a Pillow image or a NumPy array, as they are, to a tensor.

    Args:
        inpt: a Pillow image, an array of shape ``(h, w)`` or ``(h, w, c)``, or a tensor, which is returned.

    Returns:
        Tensor of shape ``(c, h, w)``, of the dtype of ``inpt``.

    Raises:
        TypeError: ``inpt`` is nothing of that.
        ShapeError: an array with other than two or three dimensions.

    Example:
        >>> transforms.functional.to_image(np.zeros((4, 5, 3), dtype=np.uint8)).shape
        dlx.Size([3, 4, 5])
    """
    if isinstance(inpt, _C.Tensor):
        check_image("to_image", inpt)
        return inpt
    if not is_pixels(inpt):
        raise TypeError(
            f"to_image: an image must be a Pillow image, a NumPy array or a Tensor. Got {type(inpt).__name__}."
        )
    return _from_array("to_image", np.array(inpt))


def _from_array(function: str, array: np.ndarray[Any, Any]) -> Tensor:
    if array.ndim not in (2, 3):
        raise _C.ShapeError(f"{function}: an array must have the shape (h, w) or (h, w, c). Got {array.shape}.")
    if array.dtype == np.uint16:  # Pillow's modes of 16 bits
        array = array.astype(np.int32)
    pixels = from_numpy(array if array.ndim == 3 else array[:, :, None])
    return pixels.permute(2, 0, 1).contiguous()


def to_tensor(pic: Any) -> Tensor:
    """Turn a Pillow image or a NumPy array into a tensor; 8-bit pixels become numbers in [0, 1].

    Args:
        pic: a Pillow image, or an array of shape ``(h, w)`` or ``(h, w, c)``.

    Returns:
        Tensor of shape ``(c, h, w)``: uint8 and bool as the default dtype, divided by 255 and by 1; others as they are.

    Raises:
        TypeError: ``pic`` is nothing of that.
        ShapeError: an array with other than two or three dimensions.

    Example:
        >>> transforms.functional.to_tensor(np.array([[0, 255]], dtype=np.uint8))
        tensor([[[0., 1.]]])
    """
    if not is_pixels(pic):
        hint = " A Tensor is one already: convert it by ToDtype." if isinstance(pic, _C.Tensor) else ""
        raise TypeError(f"to_tensor: pic must be a Pillow image or a NumPy array. Got {type(pic).__name__}.{hint}")
    pixels = _from_array("to_tensor", np.array(pic))
    return to_dtype(pixels, _C.get_default_dtype(), True) if pixels.dtype in (_C.uint8, _C.bool) else pixels


def to_pil_image(pic: Any, mode: str | None = None) -> Any:
    """Turn a tensor or a NumPy array into a Pillow image.

    Args:
        pic: a tensor of shape ``(c, h, w)`` or ``(h, w)``, or an array of shape ``(h, w)`` or ``(h, w, c)``, with one
            to four channels: integers, or floating point in [0, 1].
        mode: of the image; if None, "L", "LA", "RGB" or "RGBA" by the channels ("I" for int32, "1" for bool).

    Returns:
        A Pillow image.

    Raises:
        ImportError: Pillow is not installed.
        TypeError: ``pic`` is no tensor and no array.
        ShapeError: another number of dimensions or channels.
        ValueError: a mode which does not have that many channels.

    Example:
        >>> transforms.functional.to_pil_image(dlx.rand(3, 4, 5)).size
        (5, 4)
    """
    if isinstance(pic, np.ndarray):
        pixels = _from_array("to_pil_image", np.array(pic))
    elif isinstance(pic, _C.Tensor):
        pixels = pic.unsqueeze(0) if pic.ndim == 2 else pic
    else:
        raise TypeError(f"to_pil_image: pic must be a Tensor or a NumPy array. Got {type(pic).__name__}.")
    if pixels.ndim != 3 or pixels.size(0) not in _MODES:
        raise _C.ShapeError(
            "to_pil_image: an image must have the shape (c, h, w) or (h, w), with 1 to 4 channels. "
            f"Got {tuple(pic.shape)}."
        )
    modes = _MODES[pixels.size(0)]
    if mode is None:
        mode = next((m for m in ("I", "1") if _DTYPES[m] == pixels.dtype and m in modes), modes[0])
    if mode not in modes:
        raise ValueError(
            f"to_pil_image: mode of an image with {pixels.size(0)} channels must be one of "
            f"{', '.join(map(repr, modes))}. Got {mode!r}."
        )
    dtype = _DTYPES.get(mode, _C.uint8)
    return picture(pixels if mode == "F" and pixels.is_floating_point() else to_dtype(pixels, dtype, True), mode)


def _top(dtype: _C.dtype) -> int:
    """What stands for white in an integer dtype."""
    return 1 if dtype == _C.bool else int(iinfo(dtype).max)


def to_dtype(inpt: Any, dtype: _C.dtype = _C.float32, scale: bool = False) -> Tensor:
    """Convert an image to another dtype.

    Args:
        inpt: shape ``(..., c, h, w)``.
        dtype: of the result.
        scale: whether values are carried from the range of one dtype to that of the other: [0, 1] for floating point, 0
            to the largest value for integers. Floats become integers by ``floor(x * (largest + 0.999))``, so that all
            are as frequent and a way back gives what was; those outside of [0, 1] become the nearest end.

    Returns:
        Tensor of the shape of ``inpt``.

    Raises:
        TypeError: ``inpt`` is no tensor, or ``dtype`` is no dtype.
        ValueError: floats are to be scaled to 32- or 64-bit integers, of which they do not have the digits.

    Example:
        >>> transforms.functional.to_dtype(dlx.tensor([[[0, 51, 255]]], dtype=dlx.uint8), dlx.float32, scale=True)
        tensor([[[0.0000, 0.2000, 1.0000]]])
    """
    if not isinstance(dtype, _C.dtype):
        raise TypeError(f"to_dtype: dtype must be a dtype of dlx. Got {dtype!r}.")
    if not isinstance(inpt, _C.Tensor):
        check_image("to_dtype", inpt, pillow_too=False)
    if not scale or inpt.dtype == dtype:
        return inpt.to(dtype)
    if dtype.is_floating_point:
        return inpt.to(dtype) if inpt.is_floating_point() else inpt.to(dtype) / _top(inpt.dtype)
    if inpt.is_floating_point():
        if dtype in (_C.int32, _C.int64):
            raise ValueError(
                f"to_dtype: {str(inpt.dtype)[4:]} cannot be scaled to {str(dtype)[4:]}, whose values need more digits."
            )
        exact = _C.float64 if inpt.dtype == _C.float64 else _C.float32
        return (inpt.to(exact).clamp(0, 1) * (_top(dtype) + 1 - 1e-3)).floor().to(dtype)
    have, want = _top(inpt.dtype) + 1, _top(dtype) + 1  # powers of two: shifts
    return inpt.to(dtype) * (want // have) if want >= have else (inpt // (have // want)).to(dtype)


def convert_image_dtype(image: Tensor, dtype: _C.dtype = _C.float32) -> Tensor:
    """Convert an image to another dtype and its range: :func:`to_dtype` with ``scale=True``.

    Args:
        image: shape ``(..., c, h, w)``.
        dtype: of the result.

    Returns:
        Tensor of the shape of ``image``.

    Raises:
        ValueError: floats are to be scaled to 32- or 64-bit integers.

    Example:
        >>> transforms.functional.convert_image_dtype(dlx.ones(1, 1, 2), dlx.uint8)
        tensor([[[255, 255]]], dtype=dlx.uint8)
    """
    return to_dtype(image, dtype, scale=True)


class _FromPixels(Transform):
    """Base of those that take all Pillow images and arrays of a sample."""

    def __init__(self) -> None:
        super().__init__()

    def takes(self, flat_inputs: list[Any]) -> list[bool]:
        """Say which parts are pixels; if none are, what the base says."""
        pixels = [is_pixels(x) for x in flat_inputs]
        return pixels if any(pixels) else super().takes(flat_inputs)


class ToTensor(_FromPixels):
    """Turn Pillow images and NumPy arrays into tensors; 8-bit pixels become numbers in [0, 1].

    Example:
        >>> transforms.ToTensor()(np.full((2, 2, 3), 255, dtype=np.uint8)).shape
        dlx.Size([3, 2, 2])
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Call :func:`to_tensor`."""
        return to_tensor(inpt)


class ToImage(_FromPixels):
    """Turn Pillow images and NumPy arrays into tensors of the same values.

    Example:
        >>> transforms.ToImage()(np.full((2, 2, 3), 255, dtype=np.uint8)).dtype
        dlx.uint8
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Call :func:`to_image`."""
        return to_image(inpt)


class PILToTensor(_FromPixels):
    """Turn Pillow images into tensors of the same values.

    Example:
        >>> from PIL import Image
        >>> transforms.PILToTensor()(Image.new("L", (2, 1), 7))
        tensor([[[7, 7]]], dtype=dlx.uint8)
    """

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Call :func:`pil_to_tensor`."""
        return pil_to_tensor(inpt)


class ToPILImage(Transform):
    """Turn a tensor or a NumPy array into a Pillow image.

    Args:
        mode: of the image; by the channels if None.

    Example:
        >>> transforms.ToPILImage()(dlx.zeros(3, 4, 5)).mode
        'RGB'
    """

    def __init__(self, mode: str | None = None) -> None:
        super().__init__()
        self.mode = mode

    def takes(self, flat_inputs: list[Any]) -> list[bool]:
        """Say which parts are arrays; if none are, the first image."""
        arrays = [isinstance(x, np.ndarray) for x in flat_inputs]
        return arrays if any(arrays) else super().takes(flat_inputs)

    def transform(self, inpt: Any, params: dict[str, Any]) -> Image:
        """Call :func:`to_pil_image`."""
        return to_pil_image(inpt, self.mode)


class ToDtype(Transform):
    """Convert an image to another dtype.

    Args:
        dtype: of the result.
        scale: whether values are carried from one dtype's range to the other's, as in :func:`to_dtype`.

    Raises:
        TypeError: ``dtype`` is no dtype.

    Example:
        >>> transforms.ToDtype(dlx.float32, scale=True)(dlx.full((1, 1, 2), 255, dtype=dlx.uint8))
        tensor([[[1., 1.]]])
    """

    def __init__(self, dtype: _C.dtype, scale: bool = False) -> None:
        super().__init__()
        if not isinstance(dtype, _C.dtype):
            raise TypeError(f"ToDtype: dtype must be a dtype of dlx. Got {dtype!r}.")
        self.dtype = dtype
        self.scale = scale

    def transform(self, inpt: Any, params: dict[str, Any]) -> Tensor:
        """Call :func:`to_dtype`."""
        return to_dtype(inpt, self.dtype, self.scale)


class ConvertImageDtype(ToDtype):
    """Convert an image to another dtype and its range.

    Args:
        dtype: of the result.

    Example:
        >>> transforms.ConvertImageDtype(dlx.uint8)(dlx.ones(1, 1, 2))
        tensor([[[255, 255]]], dtype=dlx.uint8)
    """

    def __init__(self, dtype: _C.dtype = _C.float32) -> None:
        super().__init__(dtype, scale=True)
