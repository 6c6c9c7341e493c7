"""VGG: plain stacks of 3 x 3 convolutions. Arguments and ``state_dict`` keys are torchvision's, so its files load."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import nn
from dlx.models.vision._start import start_convolutions, start_linear, untrained

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["VGG", "vgg11", "vgg11_bn", "vgg13", "vgg13_bn", "vgg16", "vgg16_bn", "vgg19", "vgg19_bn"]

_CHANNELS = (64, 128, 256, 512, 512)  # of the five stages

# How many convolutions each stage has: columns A, B, D and E of the paper's table 1.
_COUNTS = {11: (1, 1, 2, 2, 2), 13: (2, 2, 2, 2, 2), 16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}


class VGG(nn.Module):
    """Convolutional features, pooled to 7 x 7, and three linear layers with dropout.

    Args:
        features: makes 512 channels of images; those of the paper come from :func:`vgg11` and its like.
        num_classes: scores of each image.
        init_weights: draw the first weights as He et al. 2015 do, those of linear layers with a standard deviation of
            0.01 as the paper; else they are the layers' own.
        dropout: share of the linear layers' features that is dropped while training.

    Shapes: input ``(n, c, h, w)``, 32 x 32 or larger, output ``(n, num_classes)``.

    Source: Simonyan and Zisserman 2014, arXiv:1409.1556.
    """

    def __init__(
        self, features: nn.Module, num_classes: int = 1000, init_weights: bool = True, dropout: float = 0.5
    ) -> None:
        super().__init__()
        self.features = features
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )
        if init_weights:
            start_convolutions(self)
            for layer in self.classifier:
                if isinstance(layer, nn.Linear):
                    start_linear(layer)

    def forward(self, x: Tensor) -> Tensor:
        return self.classifier(self.avgpool(self.features(x)).flatten(1))


def _features(counts: Sequence[int], batch_norm: bool, in_channels: int) -> nn.Sequential:
    layers: list[nn.Module] = []
    for channels, count in zip(_CHANNELS, counts):
        for _ in range(count):
            layers.append(nn.Conv2d(in_channels, channels, 3, padding=1))
            if batch_norm:
                layers.append(nn.BatchNorm2d(channels))
            layers.append(nn.ReLU())
            in_channels = channels
        layers.append(nn.MaxPool2d(2, stride=2))
    return nn.Sequential(*layers)


def _vgg(depth: int, batch_norm: bool, weights: None, in_channels: int, kwargs: dict[str, Any]) -> VGG:
    name = f"vgg{depth}_bn" if batch_norm else f"vgg{depth}"
    return untrained(name, VGG, weights, _features(_COUNTS[depth], batch_norm, in_channels), **kwargs)


def vgg11(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 11 layers with weights, 133 million parameters, most of them in the linear layers.

    Args:
        weights: None; dlx ships no trained weights.
        in_channels: of the images.
        kwargs: as for :class:`VGG`.

    Example:
        >>> model = dlx.models.vision.vgg11(num_classes=10, init_weights=False)
        >>> [name for name, _ in model.named_children()]
        ['features', 'avgpool', 'classifier']
    """
    return _vgg(11, False, weights, in_channels, kwargs)


def vgg13(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 13 layers; arguments as for :func:`vgg11`."""
    return _vgg(13, False, weights, in_channels, kwargs)


def vgg16(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 16 layers; arguments as for :func:`vgg11`."""
    return _vgg(16, False, weights, in_channels, kwargs)


def vgg19(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 19 layers; arguments as for :func:`vgg11`."""
    return _vgg(19, False, weights, in_channels, kwargs)


def vgg11_bn(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 11 layers with batch norm after each convolution; arguments as for :func:`vgg11`."""
    return _vgg(11, True, weights, in_channels, kwargs)


def vgg13_bn(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 13 layers with batch norm after each convolution; arguments as for :func:`vgg11`."""
    return _vgg(13, True, weights, in_channels, kwargs)


def vgg16_bn(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 16 layers with batch norm after each convolution; arguments as for :func:`vgg11`."""
    return _vgg(16, True, weights, in_channels, kwargs)


def vgg19_bn(*, weights: None = None, in_channels: int = 3, **kwargs: Any) -> VGG:
    """Make a VGG of 19 layers with batch norm after each convolution; arguments as for :func:`vgg11`."""
    return _vgg(19, True, weights, in_channels, kwargs)
