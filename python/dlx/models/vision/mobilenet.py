"""MobileNetV2: few multiplications, by depthwise convolutions between 1 x 1 ones.

Arguments and ``state_dict`` keys are torchvision's, so its files load.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import nn
from dlx.models.vision._start import start_convolutions, start_linear, untrained

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["ConvNormActivation", "InvertedResidual", "MobileNetV2", "mobilenet_v2"]

Norm = Callable[[int], nn.Module]

# The paper's table 2: expansion, channels, blocks, stride of the first.
_SETTING = (
    (1, 16, 1, 1),
    (6, 24, 2, 2),
    (6, 32, 3, 2),
    (6, 64, 4, 2),
    (6, 96, 3, 1),
    (6, 160, 3, 2),
    (6, 320, 1, 1),
)


def _round_channels(channels: float, divisor: int) -> int:
    """The nearest multiple of `divisor`, but not under 90 % of `channels`."""
    nearest = max(divisor, int(channels + divisor / 2) // divisor * divisor)
    return nearest + divisor if nearest < 0.9 * channels else nearest


class ConvNormActivation(nn.Sequential):
    """A convolution that keeps the size but for its stride, a norm and a ReLU6.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: size of a filter, odd.
        stride: of the convolution.
        groups: of the convolution.
        norm_layer: makes a norm of so many channels; batch norm if None.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int = 3,
        stride: int = 1,
        groups: int = 1,
        norm_layer: Norm | None = None,
    ) -> None:
        padding = (kernel_size - 1) // 2
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size, stride, padding, groups=groups, bias=False),
            (norm_layer or nn.BatchNorm2d)(out_channels),
            nn.ReLU6(),
        )


class InvertedResidual(nn.Module):
    """Widen by a 1 x 1 convolution, filter each channel, narrow again without activation; add the input if it fits.

    Args:
        inp: channels of the input.
        oup: channels of the output.
        stride: 1 or 2.
        expand_ratio: how many times wider the middle is; at 1 the first convolution is left out.
        norm_layer: makes a norm of so many channels; batch norm if None.

    Raises:
        ValueError: another stride.
    """

    def __init__(self, inp: int, oup: int, stride: int, expand_ratio: float, norm_layer: Norm | None = None) -> None:
        super().__init__()
        if stride not in (1, 2):
            raise ValueError(f"InvertedResidual: stride must be 1 or 2. Got {stride}.")
        width = round(inp * expand_ratio)
        widen = [ConvNormActivation(inp, width, 1, norm_layer=norm_layer)] if expand_ratio != 1 else []
        self.stride = stride
        self.use_res_connect = stride == 1 and inp == oup
        self.conv = nn.Sequential(
            *widen,
            ConvNormActivation(width, width, 3, stride, groups=width, norm_layer=norm_layer),
            nn.Conv2d(width, oup, 1, bias=False),
            (norm_layer or nn.BatchNorm2d)(oup),
        )

    def forward(self, x: Tensor) -> Tensor:
        return x + self.conv(x) if self.use_res_connect else self.conv(x)


class MobileNetV2(nn.Module):
    """A stem, blocks that widen and narrow, a last 1 x 1 convolution, the mean of all places and a linear layer.

    Args:
        num_classes: scores of each image.
        width_mult: channels over the paper's.
        inverted_residual_setting: rows of expansion, channels, blocks and the first one's stride; the paper's if None.
        round_nearest: channels are rounded to a multiple of it.
        block: makes a block; :class:`InvertedResidual` if None.
        norm_layer: makes a norm of so many channels; batch norm if None.
        dropout: share of the features that is dropped before the linear layer while training.
        in_channels: of the images.

    Shapes: input ``(n, in_channels, h, w)`` of any size, output ``(n, num_classes)``.

    Raises:
        ValueError: ``inverted_residual_setting`` is empty or has a row of other than four numbers.

    Example:
        >>> model = dlx.models.vision.MobileNetV2(num_classes=10, width_mult=0.25).eval()
        >>> model(dlx.zeros(1, 3, 32, 32)).shape
        dlx.Size([1, 10])

    Source: Sandler, Howard, Zhu, Zhmoginov and Chen 2018, arXiv:1801.04381.
    """

    def __init__(
        self,
        num_classes: int = 1000,
        width_mult: float = 1.0,
        inverted_residual_setting: Sequence[Sequence[int]] | None = None,
        round_nearest: int = 8,
        block: Callable[..., nn.Module] | None = None,
        norm_layer: Norm | None = None,
        dropout: float = 0.2,
        *,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        setting = _SETTING if inverted_residual_setting is None else inverted_residual_setting
        if not setting or any(len(row) != 4 for row in setting):
            raise ValueError(
                "MobileNetV2: inverted_residual_setting must have rows of four numbers: expansion, channels, blocks, "
                f"stride. Got {inverted_residual_setting!r}."
            )
        block = block or InvertedResidual
        channels = _round_channels(32 * width_mult, round_nearest)
        self.last_channel = _round_channels(1280 * max(1.0, width_mult), round_nearest)
        features: list[nn.Module] = [ConvNormActivation(in_channels, channels, 3, 2, norm_layer=norm_layer)]
        for expansion, planned, count, stride in setting:
            out_channels = _round_channels(planned * width_mult, round_nearest)
            for i in range(count):
                features.append(
                    block(channels, out_channels, stride if i == 0 else 1, expansion, norm_layer=norm_layer)
                )
                channels = out_channels
        features.append(ConvNormActivation(channels, self.last_channel, 1, norm_layer=norm_layer))
        self.features = nn.Sequential(*features)
        scores = nn.Linear(self.last_channel, num_classes)
        self.classifier = nn.Sequential(nn.Dropout(dropout), scores)

        start_convolutions(self)
        start_linear(scores)

    def forward(self, x: Tensor) -> Tensor:
        x = nn.functional.adaptive_avg_pool2d(self.features(x), 1)
        return self.classifier(x.flatten(1))


def mobilenet_v2(*, weights: None = None, **kwargs: Any) -> MobileNetV2:
    """Make a MobileNetV2, of 3.5 million parameters.

    Args:
        weights: None; dlx ships no trained weights.
        kwargs: as for :class:`MobileNetV2`.

    Example:
        >>> sum(p.numel() for p in dlx.models.vision.mobilenet_v2().parameters())
        3504872
    """
    return untrained("mobilenet_v2", MobileNetV2, weights, **kwargs)
