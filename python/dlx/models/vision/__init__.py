"""Networks for images, written from their papers, with the arguments and ``state_dict`` keys of torchvision's."""

from __future__ import annotations

from typing import Any

from dlx.models.vision.lenet import LeNet
from dlx.models.vision.mobilenet import MobileNetV2, mobilenet_v2
from dlx.models.vision.resnet import (
    ResNet,
    resnet18,
    resnet34,
    resnet50,
    resnet101,
    resnet152,
    resnext50_32x4d,
    resnext101_32x8d,
    resnext101_64x4d,
    wide_resnet50_2,
    wide_resnet101_2,
)
from dlx.models.vision.unet import UNet
from dlx.models.vision.vgg import VGG, vgg11, vgg11_bn, vgg13, vgg13_bn, vgg16, vgg16_bn, vgg19, vgg19_bn

__all__ = [
    "LeNet", "MobileNetV2", "ResNet", "UNet", "VGG", "mobilenet_v2", "resnet18", "resnet34", "resnet50", "resnet101",
    "resnet152", "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn",
    "vgg16", "vgg16_bn", "vgg19", "vgg19_bn", "wide_resnet50_2", "wide_resnet101_2",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.models.vision", name)
