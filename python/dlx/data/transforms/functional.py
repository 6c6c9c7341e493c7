"""The functions behind the transforms: nothing random."""

from __future__ import annotations

from dlx.data.transforms._image import InterpolationMode, get_dimensions, get_size
from dlx.data.transforms.colour import (
    adjust_brightness,
    adjust_contrast,
    adjust_hue,
    adjust_saturation,
    normalize,
    rgb_to_grayscale,
    to_grayscale,
)
from dlx.data.transforms.convert import (
    convert_image_dtype,
    pil_to_tensor,
    to_dtype,
    to_image,
    to_pil_image,
    to_tensor,
)
from dlx.data.transforms.crop import center_crop, crop, pad, resized_crop
from dlx.data.transforms.degrade import erase, gaussian_blur
from dlx.data.transforms.geometry import hflip, horizontal_flip, resize, vertical_flip, vflip
from dlx.data.transforms.warp import affine, rotate

__all__ = [
    "InterpolationMode", "adjust_brightness", "adjust_contrast", "adjust_hue", "adjust_saturation", "affine",
    "center_crop", "convert_image_dtype", "crop", "erase", "gaussian_blur", "get_dimensions", "get_size", "hflip",
    "horizontal_flip", "normalize", "pad", "pil_to_tensor", "resize", "resized_crop", "rgb_to_grayscale", "rotate",
    "to_dtype", "to_grayscale", "to_image", "to_pil_image", "to_tensor", "vertical_flip", "vflip",
]  # fmt: skip
