"""U-Net: a score for each class at each pixel."""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable
from typing import TYPE_CHECKING

from dlx import nn
from dlx.nn import functional as F
from dlx.ops.view import cat

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["UNet"]

Norm = Callable[[int], nn.Module]


def _double_conv(in_channels: int, out_channels: int, norm: Norm) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, 3, padding=1, bias=False),
        norm(out_channels),
        nn.ReLU(),
        nn.Conv2d(out_channels, out_channels, 3, padding=1, bias=False),
        norm(out_channels),
        nn.ReLU(),
    )


class _Up(nn.Module):
    """Make features the next level's size, put its own beside them, and convolve both."""

    def __init__(self, in_channels: int, out_channels: int, bilinear: bool, norm: Norm) -> None:
        super().__init__()
        self.bilinear = bilinear
        self.up = (nn.Conv2d if bilinear else nn.ConvTranspose2d)(
            in_channels, out_channels, 1 if bilinear else 2, stride=1 if bilinear else 2
        )
        self.conv = _double_conv(2 * out_channels, out_channels, norm)

    def forward(self, x: Tensor, beside: Tensor) -> Tensor:
        size = beside.shape[-2:]  # an odd size was rounded down on the way
        if self.bilinear:
            x = F.interpolate(self.up(x), size=size, mode="bilinear", align_corners=False)
        else:
            x = self.up(x, output_size=size)
        return self.conv(cat([beside, x], 1))


class UNet(nn.Module):
    """Two convolutions at each of several sizes, down to the smallest and up again beside what they were on the way.

    The paper's convolutions have no padding, so that its output is smaller than its input, and no norms; these keep the
    size, and any size of at least ``2 ** depth`` will do.

    Args:
        in_channels: of the images.
        num_classes: scores of each pixel.
        width: channels at full size; each level has twice those of the one above.
        depth: how many times the size is halved.
        bilinear: enlarge by interpolation and a 1 x 1 convolution instead of by a transposed one.
        norm_layer: makes a norm of so many channels; batch norm if None.

    Shapes: input ``(n, in_channels, h, w)``, output ``(n, num_classes, h, w)``.

    Raises:
        ValueError: a size below 1.

    Example:
        >>> model = dlx.models.vision.UNet(in_channels=1, num_classes=3, width=8, depth=2)
        >>> model(dlx.zeros(2, 1, 30, 41)).shape
        dlx.Size([2, 3, 30, 41])

    Source: Ronneberger, Fischer and Brox 2015, arXiv:1505.04597.
    """

    def __init__(
        self,
        in_channels: int = 3,
        num_classes: int = 2,
        width: int = 64,
        depth: int = 4,
        bilinear: bool = False,
        norm_layer: Norm | None = None,
    ) -> None:
        super().__init__()
        if min(in_channels, num_classes, width, depth) < 1:
            raise ValueError(
                "UNet: in_channels, num_classes, width and depth must be at least 1. "
                f"Got {in_channels}, {num_classes}, {width}, {depth}."
            )
        norm = norm_layer or nn.BatchNorm2d
        widths = [width * 2**level for level in range(depth + 1)]
        self.first = _double_conv(in_channels, width, norm)
        self.pool = nn.MaxPool2d(2)
        levels = list(itertools.pairwise(widths))
        self.down = nn.ModuleList(_double_conv(above, below, norm) for above, below in levels)
        self.up = nn.ModuleList(_Up(below, above, bilinear, norm) for above, below in reversed(levels))
        self.last = nn.Conv2d(width, num_classes, 1)
        self._start()

    def _start(self) -> None:
        """Draw weights with the paper's deviation sqrt(2 / N), N being how many inputs an output sees."""
        for module in self.modules():
            if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
                inputs = math.prod(module.weight.shape[1:]) if isinstance(module, nn.Conv2d) else module.in_channels
                nn.init.normal_(module.weight, 0, math.sqrt(2 / inputs))
                if module.bias is not None:
                    nn.init.zeros_(module.bias)

    def forward(self, images: Tensor) -> Tensor:
        levels = [self.first(images)]
        for down in self.down:
            levels.append(down(self.pool(levels[-1])))
        x = levels.pop()
        for up in self.up:
            x = up(x, levels.pop())
        return self.last(x)
