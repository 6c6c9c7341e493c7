"""Transforms of images: tensors of shape ``(..., c, h, w)``, and Pillow images where that makes sense.

Names and arguments are those of torchvision.transforms.v2. What is random comes from dlx's generators, so
``dlx.manual_seed`` fixes an epoch; each random transform takes a ``generator`` of its own as well. A call draws once:
all images of a batch ``(n, c, h, w)`` are changed alike, and so is a :class:`Mask` beside an image. Floating point
means [0, 1], integers their dtype's range.

Example:
    >>> from dlx.data import transforms
    >>> augment = transforms.Compose([
    ...     transforms.RandomResizedCrop(8),
    ...     transforms.RandomHorizontalFlip(),
    ...     transforms.ToDtype(dlx.float32, scale=True),
    ...     transforms.Normalize(mean=[0.5, 0.5, 0.5], std=[0.25, 0.25, 0.25]),
    ... ])
    >>> augment(dlx.zeros(3, 12, 16, dtype=dlx.uint8)).shape
    dlx.Size([3, 8, 8])
"""

from __future__ import annotations

from dlx.data.transforms import functional
from dlx.data.transforms._image import InterpolationMode
from dlx.data.transforms.batch import CutMix, MixUp
from dlx.data.transforms.colour import ColorJitter, Grayscale, Normalize, RandomGrayscale
from dlx.data.transforms.compose import Compose, Lambda, Mask, RandomApply, RandomChoice, Transform
from dlx.data.transforms.convert import ConvertImageDtype, PILToTensor, ToDtype, ToImage, ToPILImage, ToTensor
from dlx.data.transforms.crop import CenterCrop, Pad, RandomCrop, RandomResizedCrop
from dlx.data.transforms.degrade import GaussianBlur, RandomErasing
from dlx.data.transforms.geometry import RandomHorizontalFlip, RandomVerticalFlip, Resize
from dlx.data.transforms.warp import RandomAffine, RandomRotation

__all__ = [
    "CenterCrop", "ColorJitter", "Compose", "ConvertImageDtype", "CutMix", "GaussianBlur", "Grayscale",
    "InterpolationMode", "Lambda", "Mask", "MixUp", "Normalize", "PILToTensor", "Pad", "RandomAffine", "RandomApply",
    "RandomChoice", "RandomCrop", "RandomErasing", "RandomGrayscale", "RandomHorizontalFlip", "RandomResizedCrop",
    "RandomRotation", "RandomVerticalFlip", "Resize", "ToDtype", "ToImage", "ToPILImage", "ToTensor", "Transform",
    "functional",
]  # fmt: skip
