"""Convolution layers."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from dlx.nn import init
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops._arguments import pair
from dlx.ops.conv import _padding, conv2d
from dlx.ops.creation import empty

if TYPE_CHECKING:
    from dlx import _C
    from dlx._C import Tensor
    from dlx._types import Device, Pair

__all__ = ["Conv2d"]


class Conv2d(Module):
    """Slide filters over images; see :func:`dlx.nn.functional.conv2d` for the formula.

    Args:
        in_channels: channels of the input.
        out_channels: filters, and channels of the output.
        kernel_size: size of a filter; an int or (height, width), as are the next three.
        stride: step between positions.
        padding: rows and columns of zeros on each side, 'valid' or 'same'.
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        padding_mode: 'zeros'; the other modes of PyTorch are not here yet.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, h, w)``, output ``(n, out_channels, oh, ow)``, weight
    ``(out_channels, in_channels / groups, kh, kw)``, bias ``(out_channels,)``; both start uniform on
    ``[-1/sqrt(fan_in), 1/sqrt(fan_in))``, ``fan_in = in_channels / groups * kh * kw``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> nn.Conv2d(3, 8, 3, padding=1)(dlx.zeros(2, 3, 16, 16)).shape
        dlx.Size([2, 8, 16, 16])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Pair,
        stride: Pair = 1,
        padding: Pair | str = 0,
        dilation: Pair = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        if groups < 1 or in_channels % groups or out_channels % groups:
            raise ValueError(
                f"Conv2d: groups must be at least 1 and divide in_channels and out_channels. Got groups={groups}, "
                f"in_channels={in_channels}, out_channels={out_channels}."
            )
        if padding_mode != "zeros":
            raise ValueError(f"Conv2d: padding_mode must be 'zeros'. Got {padding_mode!r}.")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = pair("Conv2d", "kernel_size", kernel_size)
        self.stride = pair("Conv2d", "stride", stride)
        self.padding = padding if isinstance(padding, str) else pair("Conv2d", "padding", padding)
        self.dilation = pair("Conv2d", "dilation", dilation)
        self.groups = groups
        self.padding_mode = padding_mode
        self.weight = Parameter(
            empty(out_channels, in_channels // groups, *self.kernel_size, dtype=dtype, device=device)
        )
        _padding(self.padding, self.weight, self.stride, self.dilation)  # says now what forward would say
        if bias:
            self.bias = Parameter(empty(out_channels, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return conv2d(input, self.weight, self.bias, self.stride, self.padding, self.dilation, self.groups)

    def extra_repr(self) -> str:
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != (0, 0):
            text += f", padding={self.padding}"
        if self.dilation != (1, 1):
            text += f", dilation={self.dilation}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        return text
