"""ResNet and its relatives ResNeXt and Wide ResNet: blocks of convolutions that add to what they get.

Arguments and ``state_dict`` keys are torchvision's, so its files load. As there, a block of three convolutions strides
in its 3 x 3 one ("ResNet v1.5"), where the paper strides in the first.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from dlx import nn
from dlx.models.vision._start import start_convolutions, untrained

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "BasicBlock", "Bottleneck", "ResNet", "resnet18", "resnet34", "resnet50", "resnet101", "resnet152",
    "resnext50_32x4d", "resnext101_32x8d", "resnext101_64x4d", "wide_resnet50_2", "wide_resnet101_2",
]  # fmt: skip

Norm = Callable[[int], nn.Module]


def _conv3x3(in_channels: int, out_channels: int, stride: int = 1, groups: int = 1, dilation: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 3, stride, dilation, dilation, groups, bias=False)


def _conv1x1(in_channels: int, out_channels: int, stride: int = 1) -> nn.Conv2d:
    return nn.Conv2d(in_channels, out_channels, 1, stride, bias=False)


class BasicBlock(nn.Module):
    """Two convolutions of 3 x 3, each with a norm, added to the input: the block of ResNet-18 and 34.

    Args:
        inplanes: channels of the input.
        planes: channels of both convolutions, and of the output.
        stride: of the first convolution.
        downsample: what makes the input the output's shape before it is added; the input itself if None.
        groups: 1.
        base_width: 64.
        dilation: 1.
        norm_layer: makes a norm of so many channels; batch norm if None.

    Shapes: input ``(n, inplanes, h, w)``, output ``(n, planes, h / stride, w / stride)``, rounded up.
    """

    expansion: ClassVar[int] = 1  # channels of the output over planes

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Norm | None = None,
    ) -> None:
        super().__init__()
        if groups != 1 or base_width != 64 or dilation != 1:
            raise ValueError(
                "BasicBlock: only groups=1, base_width=64 and dilation=1; Bottleneck takes others. "
                f"Got groups={groups}, base_width={base_width}, dilation={dilation}."
            )
        norm = norm_layer or nn.BatchNorm2d
        self.conv1 = _conv3x3(inplanes, planes, stride)
        self.bn1 = norm(planes)
        self.relu = nn.ReLU()
        self.conv2 = _conv3x3(planes, planes)
        self.bn2 = norm(planes)
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.bn2(self.conv2(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    """Convolutions of 1 x 1, 3 x 3 and 1 x 1, narrow in the middle, added to the input: the block from ResNet-50 on.

    Args:
        inplanes: channels of the input.
        planes: a quarter of the output's channels.
        stride: of the middle convolution.
        downsample: what makes the input the output's shape before it is added; the input itself if None.
        groups: of the middle convolution, which has ``planes * base_width / 64 * groups`` channels.
        base_width: see ``groups``.
        dilation: of the middle convolution.
        norm_layer: makes a norm of so many channels; batch norm if None.

    Shapes: input ``(n, inplanes, h, w)``, output ``(n, 4 * planes, h / stride, w / stride)``, rounded up.
    """

    expansion: ClassVar[int] = 4

    def __init__(
        self,
        inplanes: int,
        planes: int,
        stride: int = 1,
        downsample: nn.Module | None = None,
        groups: int = 1,
        base_width: int = 64,
        dilation: int = 1,
        norm_layer: Norm | None = None,
    ) -> None:
        super().__init__()
        norm = norm_layer or nn.BatchNorm2d
        width = planes * base_width // 64 * groups
        self.conv1 = _conv1x1(inplanes, width)
        self.bn1 = norm(width)
        self.conv2 = _conv3x3(width, width, stride, groups, dilation)
        self.bn2 = norm(width)
        self.conv3 = _conv1x1(width, planes * self.expansion)
        self.bn3 = norm(planes * self.expansion)
        self.relu = nn.ReLU()
        self.downsample = downsample
        self.stride = stride

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(self.conv1(x)))
        out = self.relu(self.bn2(self.conv2(out)))
        out = self.bn3(self.conv3(out))
        return self.relu(out + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    """A stem that makes images four times smaller, four stages of blocks, the mean of all places and a linear layer.

    From the second stage on, the first block of each halves height and width and doubles the channels.

    Args:
        block: :class:`BasicBlock` or :class:`Bottleneck`.
        layers: how many blocks each of the four stages has.
        num_classes: scores of each image.
        zero_init_residual: start the last norm of each block with scale 0, so that the block starts as the identity
            (Goyal et al. 2017, arXiv:1706.02677).
        groups: of the 3 x 3 convolutions (ResNeXt).
        width_per_group: channels of a group in the first stage's 3 x 3 convolutions.
        replace_stride_with_dilation: for each of the last three stages, whether to keep the size and dilate instead.
        norm_layer: makes a norm of so many channels; batch norm if None.
        in_channels: of the images.

    Shapes: input ``(n, in_channels, h, w)`` of any size, output ``(n, num_classes)``.

    Raises:
        ValueError: ``layers`` is not four numbers, ``replace_stride_with_dilation`` not three, or a
            :class:`BasicBlock` was to have groups, another width or dilation.

    Example:
        >>> from dlx.models.vision.resnet import BasicBlock, ResNet
        >>> ResNet(BasicBlock, [1, 1, 1, 1], num_classes=10, in_channels=1)(dlx.zeros(2, 1, 32, 32)).shape
        dlx.Size([2, 10])

    Source: He, Zhang, Ren and Sun 2015, arXiv:1512.03385. ``groups``: Xie et al. 2016, arXiv:1611.05431.
    """

    def __init__(
        self,
        block: type[BasicBlock | Bottleneck],
        layers: Sequence[int],
        num_classes: int = 1000,
        zero_init_residual: bool = False,
        groups: int = 1,
        width_per_group: int = 64,
        replace_stride_with_dilation: Sequence[bool] | None = None,
        norm_layer: Norm | None = None,
        *,
        in_channels: int = 3,
    ) -> None:
        super().__init__()
        dilate = [False] * 3 if replace_stride_with_dilation is None else list(replace_stride_with_dilation)
        if len(layers) != 4 or min(layers) < 1:
            raise ValueError(f"ResNet: layers must be four numbers of at least 1, one for each stage. Got {layers!r}.")
        if len(dilate) != 3:
            raise ValueError(
                "ResNet: replace_stride_with_dilation must be None or three bools, for the last three stages. "
                f"Got {replace_stride_with_dilation!r}."
            )
        norm = norm_layer or nn.BatchNorm2d
        self.inplanes = 64  # channels that the next block gets
        self.dilation = 1
        self.groups = groups
        self.base_width = width_per_group
        self.conv1 = nn.Conv2d(in_channels, 64, 7, stride=2, padding=3, bias=False)
        self.bn1 = norm(64)
        self.relu = nn.ReLU()
        self.maxpool = nn.MaxPool2d(3, stride=2, padding=1)
        self.layer1 = self._stage(block, 64, layers[0], 1, False, norm)
        self.layer2 = self._stage(block, 128, layers[1], 2, dilate[0], norm)
        self.layer3 = self._stage(block, 256, layers[2], 2, dilate[1], norm)
        self.layer4 = self._stage(block, 512, layers[3], 2, dilate[2], norm)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)

        start_convolutions(self)
        if zero_init_residual:
            for module in self.modules():
                if isinstance(module, (BasicBlock, Bottleneck)):
                    last: Any = module.bn3 if isinstance(module, Bottleneck) else module.bn2
                    if last.weight is not None:
                        nn.init.zeros_(last.weight)

    def _stage(
        self, block: type[BasicBlock | Bottleneck], planes: int, count: int, stride: int, dilate: bool, norm: Norm
    ) -> nn.Sequential:
        first_dilation = self.dilation  # what the first block sees is not yet denser
        if dilate:
            self.dilation, stride = self.dilation * stride, 1
        blocks = []
        for i in range(count):
            first, out_channels = i == 0, planes * block.expansion
            downsample = None
            if first and (stride != 1 or self.inplanes != out_channels):
                downsample = nn.Sequential(_conv1x1(self.inplanes, out_channels, stride), norm(out_channels))
            blocks.append(
                block(
                    self.inplanes, planes, stride if first else 1, downsample, self.groups, self.base_width,
                    first_dilation if first else self.dilation, norm,
                )
            )  # fmt: skip
            self.inplanes = out_channels
        return nn.Sequential(*blocks)

    def forward(self, x: Tensor) -> Tensor:
        x = self.maxpool(self.relu(self.bn1(self.conv1(x))))
        x = self.layer4(self.layer3(self.layer2(self.layer1(x))))
        return self.fc(self.avgpool(x).flatten(1))


def resnet18(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-18: 18 layers with weights, 11.7 million parameters.

    Args:
        weights: None; dlx ships no trained weights.
        kwargs: as for :class:`ResNet`.

    Example:
        >>> model = dlx.models.vision.resnet18(num_classes=10).eval()
        >>> model(dlx.zeros(1, 3, 32, 32)).shape
        dlx.Size([1, 10])
    """
    return untrained("resnet18", ResNet, weights, BasicBlock, [2, 2, 2, 2], **kwargs)


def resnet34(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-34, of 21.8 million parameters; arguments as for :func:`resnet18`."""
    return untrained("resnet34", ResNet, weights, BasicBlock, [3, 4, 6, 3], **kwargs)


def resnet50(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-50, of 25.6 million parameters; arguments as for :func:`resnet18`."""
    return untrained("resnet50", ResNet, weights, Bottleneck, [3, 4, 6, 3], **kwargs)


def resnet101(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-101, of 44.5 million parameters; arguments as for :func:`resnet18`."""
    return untrained("resnet101", ResNet, weights, Bottleneck, [3, 4, 23, 3], **kwargs)


def resnet152(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-152, of 60.2 million parameters; arguments as for :func:`resnet18`."""
    return untrained("resnet152", ResNet, weights, Bottleneck, [3, 8, 36, 3], **kwargs)


def resnext50_32x4d(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNeXt-50 with 32 groups of 4 channels; arguments as for :func:`resnet18`.

    Source: Xie et al. 2016, arXiv:1611.05431.
    """
    kwargs = {"groups": 32, "width_per_group": 4} | kwargs
    return untrained("resnext50_32x4d", ResNet, weights, Bottleneck, [3, 4, 6, 3], **kwargs)


def resnext101_32x8d(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNeXt-101 with 32 groups of 8 channels; arguments as for :func:`resnet18`.

    Source: Xie et al. 2016, arXiv:1611.05431.
    """
    kwargs = {"groups": 32, "width_per_group": 8} | kwargs
    return untrained("resnext101_32x8d", ResNet, weights, Bottleneck, [3, 4, 23, 3], **kwargs)


def resnext101_64x4d(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNeXt-101 with 64 groups of 4 channels; arguments as for :func:`resnet18`.

    Source: Xie et al. 2016, arXiv:1611.05431.
    """
    kwargs = {"groups": 64, "width_per_group": 4} | kwargs
    return untrained("resnext101_64x4d", ResNet, weights, Bottleneck, [3, 4, 23, 3], **kwargs)


def wide_resnet50_2(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-50 whose 3 x 3 convolutions are twice as wide; arguments as for :func:`resnet18`.

    Source: Zagoruyko and Komodakis 2016, arXiv:1605.07146.
    """
    return untrained("wide_resnet50_2", ResNet, weights, Bottleneck, [3, 4, 6, 3], **{"width_per_group": 128} | kwargs)


def wide_resnet101_2(*, weights: None = None, **kwargs: Any) -> ResNet:
    """Make a ResNet-101 whose 3 x 3 convolutions are twice as wide; arguments as for :func:`resnet18`.

    Source: Zagoruyko and Komodakis 2016, arXiv:1605.07146.
    """
    kwargs = {"width_per_group": 128} | kwargs
    return untrained("wide_resnet101_2", ResNet, weights, Bottleneck, [3, 4, 23, 3], **kwargs)
