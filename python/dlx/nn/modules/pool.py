"""Pooling layers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx.nn.modules.module import Module
from dlx.ops._arguments import each_dim
from dlx.ops.pool import (
    adaptive_avg_pool1d,
    adaptive_avg_pool2d,
    adaptive_avg_pool3d,
    adaptive_max_pool1d,
    adaptive_max_pool2d,
    adaptive_max_pool3d,
    avg_pool1d,
    avg_pool2d,
    avg_pool3d,
    fractional_max_pool2d,
    fractional_max_pool3d,
    lp_pool1d,
    lp_pool2d,
    lp_pool3d,
    max_pool1d,
    max_pool2d,
    max_pool3d,
    max_unpool1d,
    max_unpool2d,
    max_unpool3d,
)

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import OutputSizes, Sizes

__all__ = [
    "AdaptiveAvgPool1d", "AdaptiveAvgPool2d", "AdaptiveAvgPool3d", "AdaptiveMaxPool1d", "AdaptiveMaxPool2d",
    "AdaptiveMaxPool3d", "AvgPool1d", "AvgPool2d", "AvgPool3d", "FractionalMaxPool2d", "FractionalMaxPool3d",
    "LPPool1d", "LPPool2d", "LPPool3d", "MaxPool1d", "MaxPool2d", "MaxPool3d", "MaxUnpool1d", "MaxUnpool2d",
    "MaxUnpool3d",
]  # fmt: skip


class _MaxPool(Module):
    _function: Callable[..., Any]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        dilation: Sizes = 1,
        return_indices: bool = False,
        ceil_mode: bool = False,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.dilation = dilation
        self.return_indices = return_indices
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Any:
        function = type(self)._function
        return function(
            input, self.kernel_size, self.stride, self.padding, self.dilation, self.ceil_mode, self.return_indices
        )

    def extra_repr(self) -> str:
        return (
            f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}, dilation={self.dilation}, "
            f"ceil_mode={self.ceil_mode}"
        )


class MaxPool1d(_MaxPool):
    """Take the largest value in each window of sequences; see :func:`dlx.nn.functional.max_pool1d`.

    Args:
        kernel_size: size of the window; an int, as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each edge.
        dilation: distance between the elements of a window.
        return_indices: also return where each value was found.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.MaxPool1d(2)(dlx.zeros(1, 3, 8)).shape
        dlx.Size([1, 3, 4])
    """

    _function = staticmethod(max_pool1d)


class MaxPool2d(_MaxPool):
    """Take the largest value in each window of images; see :func:`dlx.nn.functional.max_pool2d`.

    Args:
        kernel_size: size of the window; an int or (height, width), as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each edge.
        dilation: distance between the elements of a window.
        return_indices: also return where each value was found.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.MaxPool2d(2)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 3, 4, 4])
    """

    _function = staticmethod(max_pool2d)


class MaxPool3d(_MaxPool):
    """Take the largest value in each window of volumes; see :func:`dlx.nn.functional.max_pool3d`.

    Args:
        kernel_size: size of the window; an int or (depth, height, width), as are the next three.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows may reach over each edge.
        dilation: distance between the elements of a window.
        return_indices: also return where each value was found.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.MaxPool3d(2)(dlx.zeros(1, 3, 8, 8, 8)).shape
        dlx.Size([1, 3, 4, 4, 4])
    """

    _function = staticmethod(max_pool3d)


class _AvgPool(Module):
    _function: Callable[..., Tensor]

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
        divisor_override: int | None = None,
    ) -> None:
        super().__init__()
        self.kernel_size = kernel_size
        self.stride = kernel_size if stride is None else stride
        self.padding = padding
        self.ceil_mode = ceil_mode
        self.count_include_pad = count_include_pad
        self.divisor_override = divisor_override

    def forward(self, input: Tensor) -> Tensor:
        function = type(self)._function
        return function(
            input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad,
            self.divisor_override,
        )  # fmt: skip

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class AvgPool1d(_AvgPool):
    """Take the mean of each window of sequences; see :func:`dlx.nn.functional.avg_pool1d`.

    Args:
        kernel_size: size of the window; an int, as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: zeros at each end.
        ceil_mode: also take a last window that is partly outside.
        count_include_pad: whether the zeros of the padding count as elements.

    Example:
        >>> nn.AvgPool1d(2)(dlx.zeros(1, 3, 8)).shape
        dlx.Size([1, 3, 4])
    """

    def __init__(
        self,
        kernel_size: Sizes,
        stride: Sizes | None = None,
        padding: Sizes = 0,
        ceil_mode: bool = False,
        count_include_pad: bool = True,
    ) -> None:
        window = each_dim("AvgPool1d", "kernel_size", kernel_size, 1)
        step = window if stride is None else each_dim("AvgPool1d", "stride", stride, 1)
        super().__init__(window, step, each_dim("AvgPool1d", "padding", padding, 1), ceil_mode, count_include_pad)

    def forward(self, input: Tensor) -> Tensor:
        return avg_pool1d(input, self.kernel_size, self.stride, self.padding, self.ceil_mode, self.count_include_pad)


class AvgPool2d(_AvgPool):
    """Take the mean of each window of images; see :func:`dlx.nn.functional.avg_pool2d`.

    Args:
        kernel_size: size of the window; an int or (height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: zeros at each end.
        ceil_mode: also take a last window that is partly outside.
        count_include_pad: whether the zeros of the padding count as elements.
        divisor_override: what to divide sums by instead of the size of the window.

    Example:
        >>> nn.AvgPool2d(2)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 3, 4, 4])
    """

    _function = staticmethod(avg_pool2d)


class AvgPool3d(_AvgPool):
    """Take the mean of each window of volumes; see :func:`dlx.nn.functional.avg_pool3d`.

    Args:
        kernel_size: size of the window; an int or (depth, height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: zeros at each end.
        ceil_mode: also take a last window that is partly outside.
        count_include_pad: whether the zeros of the padding count as elements.
        divisor_override: what to divide sums by instead of the size of the window.

    Example:
        >>> nn.AvgPool3d(2)(dlx.zeros(1, 3, 8, 8, 8)).shape
        dlx.Size([1, 3, 4, 4, 4])
    """

    _function = staticmethod(avg_pool3d)


class _AdaptivePool(Module):
    def __init__(self, output_size: OutputSizes) -> None:
        super().__init__()
        self.output_size = output_size

    def extra_repr(self) -> str:
        return f"output_size={self.output_size}"


class _AdaptiveAvgPool(_AdaptivePool):
    _function: Callable[..., Tensor]

    def forward(self, input: Tensor) -> Tensor:
        return type(self)._function(input, self.output_size)


class _AdaptiveMaxPool(_AdaptivePool):
    _function: Callable[..., Any]

    def __init__(self, output_size: OutputSizes, return_indices: bool = False) -> None:
        super().__init__(output_size)
        self.return_indices = return_indices

    def forward(self, input: Tensor) -> Any:
        return type(self)._function(input, self.output_size, self.return_indices)


class AdaptiveAvgPool1d(_AdaptiveAvgPool):
    """Take the means of so many windows that cover sequences evenly.

    See :func:`dlx.nn.functional.adaptive_avg_pool1d`.

    Args:
        output_size: how many windows; an int, None for as many as elements.

    Example:
        >>> nn.AdaptiveAvgPool1d(3)(dlx.zeros(1, 3, 8)).shape
        dlx.Size([1, 3, 3])
    """

    _function = staticmethod(adaptive_avg_pool1d)


class AdaptiveAvgPool2d(_AdaptiveAvgPool):
    """Take the means of so many windows that cover images evenly.

    See :func:`dlx.nn.functional.adaptive_avg_pool2d`.

    Args:
        output_size: how many windows; an int or (height, width), None for as many as elements.

    Example:
        >>> nn.AdaptiveAvgPool2d(3)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 3, 3, 3])
    """

    _function = staticmethod(adaptive_avg_pool2d)


class AdaptiveAvgPool3d(_AdaptiveAvgPool):
    """Take the means of so many windows that cover volumes evenly.

    See :func:`dlx.nn.functional.adaptive_avg_pool3d`.

    Args:
        output_size: how many windows; an int or (depth, height, width), None for as many as elements.

    Example:
        >>> nn.AdaptiveAvgPool3d(3)(dlx.zeros(1, 3, 8, 8, 8)).shape
        dlx.Size([1, 3, 3, 3, 3])
    """

    _function = staticmethod(adaptive_avg_pool3d)


class AdaptiveMaxPool1d(_AdaptiveMaxPool):
    """Take the largest values of so many windows that cover sequences evenly.

    See :func:`dlx.nn.functional.adaptive_max_pool1d`.

    Args:
        output_size: how many windows; an int, None for as many as elements.
        return_indices: also return where each value was found.

    Example:
        >>> nn.AdaptiveMaxPool1d(3)(dlx.zeros(1, 3, 8)).shape
        dlx.Size([1, 3, 3])
    """

    _function = staticmethod(adaptive_max_pool1d)


class AdaptiveMaxPool2d(_AdaptiveMaxPool):
    """Take the largest values of so many windows that cover images evenly.

    See :func:`dlx.nn.functional.adaptive_max_pool2d`.

    Args:
        output_size: how many windows; an int or (height, width), None for as many as elements.
        return_indices: also return where each value was found.

    Example:
        >>> nn.AdaptiveMaxPool2d(3)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 3, 3, 3])
    """

    _function = staticmethod(adaptive_max_pool2d)


class AdaptiveMaxPool3d(_AdaptiveMaxPool):
    """Take the largest values of so many windows that cover volumes evenly.

    See :func:`dlx.nn.functional.adaptive_max_pool3d`.

    Args:
        output_size: how many windows; an int or (depth, height, width), None for as many as elements.
        return_indices: also return where each value was found.

    Example:
        >>> nn.AdaptiveMaxPool3d(3)(dlx.zeros(1, 3, 8, 8, 8)).shape
        dlx.Size([1, 3, 3, 3, 3])
    """

    _function = staticmethod(adaptive_max_pool3d)


class _LPPool(Module):
    _function: Callable[..., Tensor]

    def __init__(
        self, norm_type: float, kernel_size: Sizes, stride: Sizes | None = None, ceil_mode: bool = False
    ) -> None:
        super().__init__()
        self.norm_type = norm_type
        self.kernel_size = kernel_size
        self.stride = stride
        self.ceil_mode = ceil_mode

    def forward(self, input: Tensor) -> Tensor:
        function = type(self)._function
        return function(input, float(self.norm_type), self.kernel_size, self.stride, self.ceil_mode)

    def extra_repr(self) -> str:
        return (
            f"norm_type={self.norm_type}, kernel_size={self.kernel_size}, stride={self.stride}, "
            f"ceil_mode={self.ceil_mode}"
        )


class LPPool1d(_LPPool):
    """Take the p-norm of each window of sequences; see :func:`dlx.nn.functional.lp_pool1d`.

    Args:
        norm_type: p.
        kernel_size: size of the window; an int.
        stride: step between windows; ``kernel_size`` if None.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.LPPool1d(2, 2)(dlx.zeros(1, 3, 8)).shape
        dlx.Size([1, 3, 4])
    """

    _function = staticmethod(lp_pool1d)


class LPPool2d(_LPPool):
    """Take the p-norm of each window of images; see :func:`dlx.nn.functional.lp_pool2d`.

    Args:
        norm_type: p.
        kernel_size: size of the window; an int or (height, width).
        stride: step between windows; ``kernel_size`` if None.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.LPPool2d(2, 2)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 3, 4, 4])
    """

    _function = staticmethod(lp_pool2d)


class LPPool3d(_LPPool):
    """Take the p-norm of each window of volumes; see :func:`dlx.nn.functional.lp_pool3d`.

    Args:
        norm_type: p.
        kernel_size: size of the window; an int or (depth, height, width).
        stride: step between windows; ``kernel_size`` if None.
        ceil_mode: also take a last window that is partly outside.

    Example:
        >>> nn.LPPool3d(2, 2)(dlx.zeros(1, 3, 8, 8, 8)).shape
        dlx.Size([1, 3, 4, 4, 4])
    """

    _function = staticmethod(lp_pool3d)


class _FractionalMaxPool(Module):
    _function: Callable[..., Any]
    _spatial: int

    def __init__(
        self,
        kernel_size: Sizes,
        output_size: Sizes | None = None,
        output_ratio: float | Sequence[float] | None = None,
        return_indices: bool = False,
        _random_samples: Tensor | None = None,
    ) -> None:
        super().__init__()
        name, n = self._get_name(), self._spatial
        if (output_size is None) == (output_ratio is None):
            raise ValueError(
                f"{name}: it takes one of output_size and output_ratio. Got {output_size!r} and {output_ratio!r}."
            )
        if isinstance(output_ratio, (int, float)):
            output_ratio = (output_ratio,) * n
        if output_ratio is not None and not all(0 < ratio < 1 for ratio in output_ratio):
            raise ValueError(f"{name}: output_ratio must be in (0, 1). Got {output_ratio!r}.")
        self.kernel_size = each_dim(name, "kernel_size", kernel_size, n)
        self.output_size = None if output_size is None else each_dim(name, "output_size", output_size, n)
        self.output_ratio = output_ratio
        self.return_indices = return_indices
        self.register_buffer("_random_samples", _random_samples)

    def forward(self, input: Tensor) -> Any:
        function = type(self)._function
        return function(
            input, self.kernel_size, self.output_size, self.output_ratio, self.return_indices, self._random_samples
        )


class FractionalMaxPool2d(_FractionalMaxPool):
    """Take the largest values of so many windows, whose steps over images are drawn at random.

    See :func:`dlx.nn.functional.fractional_max_pool2d`.

    Args:
        kernel_size: size of the windows; an int or (height, width).
        output_size: how many windows; an int or (height, width).
        output_ratio: instead of ``output_size``: how many, over the size of the image, in (0, 1).
        return_indices: also return where each value was found.
        _random_samples: the draws instead of new ones at each call.

    Raises:
        ValueError: neither or both of ``output_size`` and ``output_ratio``, or a ratio outside (0, 1).

    Example:
        >>> nn.FractionalMaxPool2d(2, output_ratio=0.7)(dlx.zeros(1, 3, 10, 10)).shape
        dlx.Size([1, 3, 7, 7])

    Source: Graham 2014, arXiv:1412.6071.
    """

    _spatial = 2
    _function = staticmethod(fractional_max_pool2d)


class FractionalMaxPool3d(_FractionalMaxPool):
    """Take the largest values of so many windows, whose steps over volumes are drawn at random.

    See :func:`dlx.nn.functional.fractional_max_pool3d`.

    Args:
        kernel_size: size of the windows; an int or (depth, height, width).
        output_size: how many windows; an int or (depth, height, width).
        output_ratio: instead of ``output_size``: how many, over the size of the volume, in (0, 1).
        return_indices: also return where each value was found.
        _random_samples: the draws instead of new ones at each call.

    Raises:
        ValueError: neither or both of ``output_size`` and ``output_ratio``, or a ratio outside (0, 1).

    Example:
        >>> nn.FractionalMaxPool3d(2, output_size=3)(dlx.zeros(1, 3, 8, 8, 8)).shape
        dlx.Size([1, 3, 3, 3, 3])

    Source: Graham 2014, arXiv:1412.6071.
    """

    _spatial = 3
    _function = staticmethod(fractional_max_pool3d)


class _MaxUnpool(Module):
    _function: Callable[..., Tensor]
    _spatial: int

    def __init__(self, kernel_size: Sizes, stride: Sizes | None = None, padding: Sizes = 0) -> None:
        super().__init__()
        name = self._get_name()
        self.kernel_size = each_dim(name, "kernel_size", kernel_size, self._spatial)
        self.stride = self.kernel_size if stride is None else each_dim(name, "stride", stride, self._spatial)
        self.padding = each_dim(name, "padding", padding, self._spatial)

    def forward(self, input: Tensor, indices: Tensor, output_size: Sequence[int] | None = None) -> Tensor:
        function = type(self)._function
        return function(input, indices, self.kernel_size, self.stride, self.padding, output_size)

    def extra_repr(self) -> str:
        return f"kernel_size={self.kernel_size}, stride={self.stride}, padding={self.padding}"


class MaxUnpool1d(_MaxUnpool):
    """Put the values of max pooling back where they were found; see :func:`dlx.nn.functional.max_unpool1d`.

    Args:
        kernel_size: size of the pooling's window; an int, as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows reached over each edge.

    Example:
        >>> values, indices = nn.MaxPool1d(2, return_indices=True)(dlx.zeros(1, 3, 8))
        >>> nn.MaxUnpool1d(2)(values, indices).shape
        dlx.Size([1, 3, 8])
    """

    _spatial = 1
    _function = staticmethod(max_unpool1d)


class MaxUnpool2d(_MaxUnpool):
    """Put the values of max pooling back where they were found; see :func:`dlx.nn.functional.max_unpool2d`.

    Args:
        kernel_size: size of the pooling's window; an int or (height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows reached over each edge.

    Example:
        >>> values, indices = nn.MaxPool2d(2, return_indices=True)(dlx.zeros(1, 3, 8, 8))
        >>> nn.MaxUnpool2d(2)(values, indices).shape
        dlx.Size([1, 3, 8, 8])
    """

    _spatial = 2
    _function = staticmethod(max_unpool2d)


class MaxUnpool3d(_MaxUnpool):
    """Put the values of max pooling back where they were found; see :func:`dlx.nn.functional.max_unpool3d`.

    Args:
        kernel_size: size of the pooling's window; an int or (depth, height, width), as are the next two.
        stride: step between windows; ``kernel_size`` if None.
        padding: how far windows reached over each edge.

    Example:
        >>> values, indices = nn.MaxPool3d(2, return_indices=True)(dlx.zeros(1, 3, 8, 8, 8))
        >>> nn.MaxUnpool3d(2)(values, indices).shape
        dlx.Size([1, 3, 8, 8, 8])
    """

    _spatial = 3
    _function = staticmethod(max_unpool3d)
