"""Convolution layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.nn import init
from dlx.nn.modules.lazy import Lazy
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops._arguments import each_dim
from dlx.ops.conv import (
    _same_padding,
    conv1d,
    conv2d,
    conv3d,
    conv_transpose1d,
    conv_transpose2d,
    conv_transpose3d,
)
from dlx.ops.creation import empty
from dlx.ops.pad import pad

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device, Sizes

__all__ = [
    "Conv1d", "Conv2d", "Conv3d", "ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d", "LazyConv1d", "LazyConv2d",
    "LazyConv3d", "LazyConvTranspose1d", "LazyConvTranspose2d", "LazyConvTranspose3d",
]  # fmt: skip

_MODES = ("zeros", "reflect", "replicate", "circular")


class _Conv(Module):
    """What the layers of convolution have in common: their arguments and parameters."""

    weight: Parameter
    bias: Parameter | None
    _spatial: int  # how many dimensions filters slide over
    _function: Callable[..., Tensor]
    _transposed = False

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes,
        padding: Sizes | str,
        dilation: Sizes,
        output_padding: Sizes,
        groups: int,
        bias: bool,
        padding_mode: str,
        device: Device | None,
        dtype: _C.dtype | None,
    ) -> None:
        super().__init__()
        name, n = self._get_name(), self._spatial
        if padding_mode not in _MODES or (self._transposed and padding_mode != "zeros"):
            allowed = "'zeros'" if self._transposed else ", ".join(map(repr, _MODES))
            raise ValueError(f"{name}: padding_mode must be {allowed}. Got {padding_mode!r}.")
        self.in_channels = in_channels
        self.out_channels = out_channels
        self.kernel_size = each_dim(name, "kernel_size", kernel_size, n)
        self.stride = each_dim(name, "stride", stride, n)
        self.padding = padding if isinstance(padding, str) else each_dim(name, "padding", padding, n)
        self.dilation = each_dim(name, "dilation", dilation, n)
        self.transposed = self._transposed
        self.output_padding = each_dim(name, "output_padding", output_padding, n)
        self.groups = groups
        self.padding_mode = padding_mode
        # What a padding_mode other than 'zeros' adds, as functional.pad takes it: from the last dimension on.
        if not isinstance(self.padding, str):
            ends = [(p, p) for p in self.padding]
        elif self.padding == "same":
            ends = _same_padding(name, self.kernel_size, self.stride, self.dilation)
        elif self.padding == "valid":
            ends = [(0, 0)] * n
        else:
            raise ValueError(f"{name}: padding must be ints, 'valid' or 'same'. Got {padding!r}.")
        self._ends = [p for both in reversed(ends) for p in both]
        shapes = self._shapes()
        self.weight = Parameter(empty(shapes["weight"], dtype=dtype, device=device))
        if bias:
            self.bias = Parameter(empty(shapes["bias"], dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        n_in, n_out, groups = self.in_channels, self.out_channels, self.groups
        if groups < 1 or n_in % groups or n_out % groups:
            raise ValueError(
                f"{self._get_name()}: groups must be at least 1 and divide in_channels and out_channels. "
                f"Got groups={groups}, in_channels={n_in}, out_channels={n_out}."
            )
        channels = (n_in, n_out // groups) if self._transposed else (n_out, n_in // groups)
        return {"weight": (*channels, *self.kernel_size), "bias": (n_out,)}

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            fan_in = math.prod(self.weight.shape[1:])
            bound = 1 / math.sqrt(fan_in) if fan_in > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def _conv_forward(self, input: Tensor, weight: Tensor, bias: Tensor | None) -> Tensor:
        function = type(self)._function
        if self.padding_mode == "zeros":
            return function(input, weight, bias, self.stride, self.padding, self.dilation, self.groups)
        padded = pad(input, self._ends, self.padding_mode)
        return function(padded, weight, bias, self.stride, 0, self.dilation, self.groups)

    def forward(self, input: Tensor) -> Tensor:
        return self._conv_forward(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        nothing, ones = (0,) * self._spatial, (1,) * self._spatial
        text = f"{self.in_channels}, {self.out_channels}, kernel_size={self.kernel_size}, stride={self.stride}"
        if self.padding != nothing:
            text += f", padding={self.padding}"
        if self.dilation != ones:
            text += f", dilation={self.dilation}"
        if self.output_padding != nothing:
            text += f", output_padding={self.output_padding}"
        if self.groups != 1:
            text += f", groups={self.groups}"
        if self.bias is None:
            text += ", bias=False"
        if self.padding_mode != "zeros":
            text += f", padding_mode={self.padding_mode}"
        return text


class _PlainConv(_Conv):
    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(
            in_channels, out_channels, kernel_size, stride, padding, dilation, 0, groups, bias, padding_mode, device,
            dtype,
        )  # fmt: skip


class Conv1d(_PlainConv):
    """Slide filters along sequences; see :func:`dlx.nn.functional.conv1d` for the formula.

    Args:
        in_channels: channels of the input.
        out_channels: filters, and channels of the output.
        kernel_size: length of a filter.
        stride: step between positions.
        padding: elements added at each end, 'valid' or 'same'.
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        padding_mode: what is added: 'zeros', or as the mode of :func:`dlx.nn.functional.pad` says: 'reflect',
            'replicate' or 'circular'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, l)``, output ``(n, out_channels, ol)``, both also without ``n``; weight
    ``(out_channels, in_channels / groups, k)``, bias ``(out_channels,)``; both start uniform on
    ``[-1/sqrt(fan_in), 1/sqrt(fan_in))``, ``fan_in = in_channels / groups * k``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> nn.Conv1d(3, 8, 3, padding=1)(dlx.zeros(2, 3, 16)).shape
        dlx.Size([2, 8, 16])
    """

    _spatial = 1
    _function = staticmethod(conv1d)


class Conv2d(_PlainConv):
    """Slide filters over images; see :func:`dlx.nn.functional.conv2d` for the formula.

    Args:
        in_channels: channels of the input.
        out_channels: filters, and channels of the output.
        kernel_size: size of a filter; an int or (height, width), as are the next three.
        stride: step between positions.
        padding: rows and columns added on each side, 'valid' or 'same'.
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        padding_mode: what is added: 'zeros', or as the mode of :func:`dlx.nn.functional.pad` says: 'reflect',
            'replicate' or 'circular'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, h, w)``, output ``(n, out_channels, oh, ow)``, both also without ``n``; weight
    ``(out_channels, in_channels / groups, kh, kw)``, bias ``(out_channels,)``; both start uniform on
    ``[-1/sqrt(fan_in), 1/sqrt(fan_in))``, ``fan_in = in_channels / groups * kh * kw``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> nn.Conv2d(3, 8, 3, padding=1)(dlx.zeros(2, 3, 16, 16)).shape
        dlx.Size([2, 8, 16, 16])
    """

    _spatial = 2
    _function = staticmethod(conv2d)


class Conv3d(_PlainConv):
    """Slide filters over volumes; see :func:`dlx.nn.functional.conv3d`.

    Args:
        in_channels: channels of the input.
        out_channels: filters, and channels of the output.
        kernel_size: size of a filter; an int or (depth, height, width), as are the next three.
        stride: step between positions.
        padding: elements added on each side, 'valid' or 'same'.
        dilation: distance between the elements of a filter.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        padding_mode: what is added: 'zeros', or as the mode of :func:`dlx.nn.functional.pad` says: 'reflect',
            'replicate' or 'circular'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, d, h, w)``, output ``(n, out_channels, od, oh, ow)``, both also without ``n``;
    weight ``(out_channels, in_channels / groups, kd, kh, kw)``, bias ``(out_channels,)``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> nn.Conv3d(1, 4, 3, padding=1)(dlx.zeros(2, 1, 4, 8, 8)).shape
        dlx.Size([2, 4, 4, 8, 8])
    """

    _spatial = 3
    _function = staticmethod(conv3d)


class _ConvTranspose(_Conv):
    _transposed = True

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        ends = each_dim(self._get_name(), "padding", padding, self._spatial)
        super().__init__(
            in_channels, out_channels, kernel_size, stride, ends, dilation, output_padding, groups, bias,
            padding_mode, device, dtype,
        )  # fmt: skip

    def forward(self, input: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        more = self.output_padding if output_size is None else self._output_padding(input, output_size)
        function: Any = type(self)._function
        return function(input, self.weight, self.bias, self.stride, self.padding, more, self.groups, self.dilation)

    def _output_padding(self, input: Tensor, output_size: Sequence[int]) -> tuple[int, ...]:
        """The output_padding that gives the result this size."""
        n, name = self._spatial, self._get_name()
        if len(output_size) not in (n, input.ndim):
            raise ValueError(
                f"{name}: output_size must have {n} sizes, or the whole shape of {input.ndim}. "
                f"Got {tuple(output_size)}."
            )
        wanted = tuple(output_size)[-n:]
        ends = each_dim(name, "padding", self.padding, n)
        least = [
            (size - 1) * s - 2 * p + d * (k - 1) + 1
            for size, s, p, d, k in zip(input.shape[-n:], self.stride, ends, self.dilation, self.kernel_size)
        ]
        if any(not low <= w < low + s for w, low, s in zip(wanted, least, self.stride)):
            most = tuple(low + s - 1 for low, s in zip(least, self.stride))
            raise ValueError(f"{name}: output_size must be from {tuple(least)} to {most}. Got {wanted}.")
        return tuple(w - low for w, low in zip(wanted, least))


class ConvTranspose1d(_ConvTranspose):
    """Spread each element of sequences by filters; see :func:`dlx.nn.functional.conv_transpose1d`.

    Calling the layer takes a second argument, ``output_size``: the length, of those that the convolution would map to
    the input's, that the result is to have.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: length of a filter.
        stride: distance between the places that neighbours spread from.
        padding: elements cut off at each end.
        output_padding: elements added behind.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        dilation: distance between the elements of a filter.
        padding_mode: 'zeros'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, l)``, output ``(n, out_channels, ol)``, both also without ``n``; weight
    ``(in_channels, out_channels / groups, k)``, bias ``(out_channels,)``; both start uniform on
    ``[-1/sqrt(fan), 1/sqrt(fan))``, ``fan = out_channels / groups * k``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> nn.ConvTranspose1d(3, 8, 2, stride=2)(dlx.zeros(2, 3, 16)).shape
        dlx.Size([2, 8, 32])
    """

    _spatial = 1
    _function = staticmethod(conv_transpose1d)


class ConvTranspose2d(_ConvTranspose):
    """Spread each pixel of images by filters; see :func:`dlx.nn.functional.conv_transpose2d` for the formula.

    Calling the layer takes a second argument, ``output_size``: the size, of those that the convolution would map to
    the input's, that the result is to have.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: size of a filter; an int or (height, width), as are the next three and ``dilation``.
        stride: distance between the places that neighbours spread from.
        padding: rows and columns cut off on each side.
        output_padding: rows and columns added behind.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        dilation: distance between the elements of a filter.
        padding_mode: 'zeros'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, h, w)``, output ``(n, out_channels, oh, ow)``, both also without ``n``; weight
    ``(in_channels, out_channels / groups, kh, kw)``, bias ``(out_channels,)``; both start uniform on
    ``[-1/sqrt(fan), 1/sqrt(fan))``, ``fan = out_channels / groups * kh * kw``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> up = nn.ConvTranspose2d(3, 8, 3, stride=2, padding=1)
        >>> up(dlx.zeros(2, 3, 8, 8)).shape
        dlx.Size([2, 8, 15, 15])
        >>> up(dlx.zeros(2, 3, 8, 8), output_size=(16, 16)).shape
        dlx.Size([2, 8, 16, 16])
    """

    _spatial = 2
    _function = staticmethod(conv_transpose2d)


class ConvTranspose3d(_ConvTranspose):
    """Spread each element of volumes by filters; see :func:`dlx.nn.functional.conv_transpose3d`.

    Calling the layer takes a second argument, ``output_size``: the size, of those that the convolution would map to
    the input's, that the result is to have.

    Args:
        in_channels: channels of the input.
        out_channels: channels of the output.
        kernel_size: size of a filter; an int or (depth, height, width), as are the next three and ``dilation``.
        stride: distance between the places that neighbours spread from.
        padding: elements cut off on each side.
        output_padding: elements added behind.
        groups: input and output channels are divided into so many groups that do not see each other.
        bias: whether to add a bias.
        dilation: distance between the elements of a filter.
        padding_mode: 'zeros'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(n, in_channels, d, h, w)``, output ``(n, out_channels, od, oh, ow)``, both also without ``n``.

    Raises:
        ValueError: ``groups`` does not divide both channels, or an argument is out of its range.

    Example:
        >>> nn.ConvTranspose3d(1, 4, 2, stride=2)(dlx.zeros(2, 1, 4, 8, 8)).shape
        dlx.Size([2, 4, 8, 16, 16])
    """

    _spatial = 3
    _function = staticmethod(conv_transpose3d)


class _LazyConv(Lazy):
    """What lazy convolutions have in common: where in the input and in the weight the channels stand."""

    _size = "in_channels"
    _spatial: int
    _transposed: bool
    groups: int

    def _size_of(self, input: Tensor) -> int:
        dims = self._spatial
        if input.ndim not in (dims + 1, dims + 2):
            shape = ", ".join(("d", "h", "w")[3 - dims :])
            raise _C.ShapeError(
                f"{self._get_name()}: input must have shape (n, in_channels, {shape}) or (in_channels, {shape}). "
                f"Got {tuple(input.shape)}."
            )
        return input.shape[input.ndim - dims - 1]

    def _size_in(self, shapes: Mapping[str, tuple[int, ...]]) -> int | None:
        shape = shapes.get("weight", ())
        if len(shape) != self._spatial + 2:
            return None
        return shape[0] if self._transposed else shape[1] * self.groups


class _LazyPlainConv(_LazyConv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes | str = 0,
        dilation: Sizes = 1,
        groups: int = 1,
        bias: bool = True,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        arguments: Any = (out_channels, kernel_size, stride, padding, dilation, groups, bias, padding_mode)
        super().__init__(0, *arguments, device, dtype)  # type: ignore[call-arg]
        self._make_lazy()


class _LazyConvTranspose(_LazyConv):
    def __init__(
        self,
        out_channels: int,
        kernel_size: Sizes,
        stride: Sizes = 1,
        padding: Sizes = 0,
        output_padding: Sizes = 0,
        groups: int = 1,
        bias: bool = True,
        dilation: Sizes = 1,
        padding_mode: str = "zeros",
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        arguments: Any = (out_channels, kernel_size, stride, padding, output_padding, groups, bias, dilation)
        super().__init__(0, *arguments, padding_mode, device, dtype)  # type: ignore[call-arg]
        self._make_lazy()


class LazyConv1d(_LazyPlainConv, Conv1d):
    """A :class:`Conv1d` whose ``in_channels`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyConv1d(4, 3)
        >>> _ = layer(dlx.zeros(1, 2, 8))
        >>> layer
        Conv1d(2, 4, kernel_size=(3,), stride=(1,))
    """

    cls_to_become = Conv1d


class LazyConv2d(_LazyPlainConv, Conv2d):
    """A :class:`Conv2d` whose ``in_channels`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyConv2d(4, 3)
        >>> _ = layer(dlx.zeros(1, 2, 8, 8))
        >>> layer
        Conv2d(2, 4, kernel_size=(3, 3), stride=(1, 1))
    """

    cls_to_become = Conv2d


class LazyConv3d(_LazyPlainConv, Conv3d):
    """A :class:`Conv3d` whose ``in_channels`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyConv3d(4, 3)
        >>> _ = layer(dlx.zeros(1, 2, 8, 8, 8))
        >>> layer
        Conv3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1))
    """

    cls_to_become = Conv3d


class LazyConvTranspose1d(_LazyConvTranspose, ConvTranspose1d):
    """A :class:`ConvTranspose1d` whose ``in_channels`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyConvTranspose1d(4, 3)
        >>> _ = layer(dlx.zeros(1, 2, 8))
        >>> layer
        ConvTranspose1d(2, 4, kernel_size=(3,), stride=(1,))
    """

    cls_to_become = ConvTranspose1d


class LazyConvTranspose2d(_LazyConvTranspose, ConvTranspose2d):
    """A :class:`ConvTranspose2d` whose ``in_channels`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyConvTranspose2d(4, 3)
        >>> _ = layer(dlx.zeros(1, 2, 8, 8))
        >>> layer
        ConvTranspose2d(2, 4, kernel_size=(3, 3), stride=(1, 1))
    """

    cls_to_become = ConvTranspose2d


class LazyConvTranspose3d(_LazyConvTranspose, ConvTranspose3d):
    """A :class:`ConvTranspose3d` whose ``in_channels`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyConvTranspose3d(4, 3)
        >>> _ = layer(dlx.zeros(1, 2, 8, 8, 8))
        >>> layer
        ConvTranspose3d(2, 4, kernel_size=(3, 3, 3), stride=(1, 1, 1))
    """

    cls_to_become = ConvTranspose3d
