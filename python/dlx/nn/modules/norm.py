"""Normalisation layers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.nn import init
from dlx.nn.modules.lazy import Lazy
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.creation import empty, ones, zeros
from dlx.ops.norm import batch_norm, group_norm, instance_norm, layer_norm, local_response_norm, rms_norm

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d",
    "LayerNorm", "LazyBatchNorm1d", "LazyBatchNorm2d", "LazyBatchNorm3d", "LazyInstanceNorm1d", "LazyInstanceNorm2d",
    "LazyInstanceNorm3d", "LocalResponseNorm", "RMSNorm",
]  # fmt: skip


class _ChannelNorm(Module):
    """What batch and instance normalisation have in common: parameters and running statistics."""

    weight: Parameter | None
    bias: Parameter | None
    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None
    _ranks: tuple[int, ...] = ()

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        self.num_features = num_features
        self.eps = eps
        self.momentum = momentum
        self.affine = affine
        self.track_running_stats = track_running_stats
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            value = Parameter(empty(num_features, dtype=dtype, device=device)) if wanted else None
            self.register_parameter(name, value)
        self.register_buffer(
            "running_mean", zeros(num_features, dtype=dtype, device=device) if track_running_stats else None
        )
        self.register_buffer(
            "running_var", ones(num_features, dtype=dtype, device=device) if track_running_stats else None
        )
        self.register_buffer(
            "num_batches_tracked", zeros((), dtype=_C.int64, device=device) if track_running_stats else None
        )
        self.reset_parameters()

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return dict.fromkeys(("weight", "bias", "running_mean", "running_var"), (self.num_features,))

    def reset_running_stats(self) -> None:
        """Forget the batches seen."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            _C.fill_(self.num_batches_tracked, 0)

    def reset_parameters(self) -> None:
        """Forget the batches seen, and set the scale to 1 and the shift to 0."""
        self.reset_running_stats()
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        # Files from before PyTorch 0.4.1 have no counter.
        if self.num_batches_tracked is not None and prefix + "running_mean" in state_dict:
            state_dict.setdefault(prefix + "num_batches_tracked", self.num_batches_tracked.detach().clone())
        super()._load_from_state_dict(state_dict, prefix, *rest)

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class _BatchNorm(_ChannelNorm):
    def _size_of(self, input: Tensor) -> int:
        if input.ndim not in self._ranks:
            allowed = " or ".join(map(str, self._ranks))
            raise _C.ShapeError(f"expected {allowed}D input (got {input.ndim}D input) in {self._get_name()}")
        return input.shape[1]

    def forward(self, input: Tensor) -> Tensor:
        self._size_of(input)
        mean, var = self.running_mean, self.running_var
        momentum = self.momentum
        if self.training and self.track_running_stats and self.num_batches_tracked is not None:
            _C.add(self.num_batches_tracked, 1, 1, self.num_batches_tracked)
            if momentum is None:  # the plain mean over all batches so far
                momentum = 1.0 / self.num_batches_tracked.item()
        training = self.training or (mean is None and var is None)
        if self.training and not self.track_running_stats:
            mean = var = None
        return batch_norm(input, mean, var, self.weight, self.bias, training, momentum or 0.0, self.eps)


class BatchNorm1d(_BatchNorm):
    """Normalise each feature over the batch; see :func:`dlx.nn.functional.batch_norm`.

    Shapes: input and output ``(n, c)`` or ``(n, c, l)``.

    Args:
        num_features: c.
        eps: added to the variance.
        momentum: the weight of a batch in the running statistics; None for the plain mean over all batches.
        affine: whether to scale and shift by parameters, which start as 1 and 0.
        track_running_stats: whether to keep running statistics, which evaluation uses.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ShapeError: the input has another number of dimensions.

    Example:
        >>> nn.BatchNorm1d(3)(dlx.randn(8, 3)).shape
        dlx.Size([8, 3])

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    _ranks = (2, 3)


class BatchNorm2d(_BatchNorm):
    """Normalise each channel of images over the batch; see :func:`dlx.nn.functional.batch_norm`.

    Shapes: input and output ``(n, c, h, w)``.

    Args:
        num_features: c.
        eps: added to the variance.
        momentum: the weight of a batch in the running statistics; None for the plain mean over all batches.
        affine: whether to scale and shift by parameters, which start as 1 and 0.
        track_running_stats: whether to keep running statistics, which evaluation uses.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ShapeError: the input has another number of dimensions.

    Example:
        >>> nn.BatchNorm2d(3)(dlx.randn(8, 3, 4, 4)).shape
        dlx.Size([8, 3, 4, 4])

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    _ranks = (4,)


class BatchNorm3d(_BatchNorm):
    """Normalise each channel of volumes over the batch; see :func:`dlx.nn.functional.batch_norm`.

    Shapes: input and output ``(n, c, d, h, w)``.

    Args:
        num_features: c.
        eps: added to the variance.
        momentum: the weight of a batch in the running statistics; None for the plain mean over all batches.
        affine: whether to scale and shift by parameters, which start as 1 and 0.
        track_running_stats: whether to keep running statistics, which evaluation uses.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ShapeError: the input has another number of dimensions.

    Example:
        >>> nn.BatchNorm3d(3)(dlx.randn(8, 3, 2, 4, 4)).shape
        dlx.Size([8, 3, 2, 4, 4])

    Source: Ioffe and Szegedy 2015, arXiv:1502.03167.
    """

    _ranks = (5,)


class _InstanceNorm(_ChannelNorm):
    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float = 0.1,
        affine: bool = False,
        track_running_stats: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(num_features, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)

    def _size_of(self, input: Tensor) -> int:
        single, batched = self._ranks  # without and with the batch
        if input.ndim not in self._ranks:
            raise _C.ShapeError(
                f"expected {single}D or {batched}D input (got {input.ndim}D input) in {self._get_name()}"
            )
        return input.shape[input.ndim - single]

    def forward(self, input: Tensor) -> Tensor:
        batched = self._ranks[1]
        name, channels = self._get_name(), self._size_of(input)
        if channels != self.num_features and self.affine:
            raise _C.ShapeError(
                f"{name}: input has {channels} channels but the layer {self.num_features}. "
                f"Got input of shape {tuple(input.shape)}."
            )
        x = input if input.ndim == batched else _C.unsqueeze(input, 0)
        use_input = self.training or not self.track_running_stats
        if use_input and x.numel() and x.numel() == x.shape[0] * x.shape[1]:
            raise _C.ShapeError(
                f"{name}: needs more than one element in each channel. Got input of shape {tuple(input.shape)}."
            )
        out = instance_norm(
            x, self.running_mean, self.running_var, self.weight, self.bias, use_input, self.momentum or 0.0, self.eps
        )
        return out if input.ndim == batched else _C.squeeze(out, 0)


class InstanceNorm1d(_InstanceNorm):
    """Normalise each channel of each of the sequences; see :func:`dlx.nn.functional.instance_norm`.

    Shapes: input and output ``(n, c, l)`` or ``(c, l)``.

    Args:
        num_features: c.
        eps: added to the variance.
        momentum: the weight of a batch in the running statistics.
        affine: whether to scale and shift by parameters, which start as 1 and 0.
        track_running_stats: whether to keep running statistics, which evaluation uses.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ShapeError: the input has another number of dimensions or of channels.

    Example:
        >>> nn.InstanceNorm1d(3)(dlx.randn(8, 3, 4)).shape
        dlx.Size([8, 3, 4])

    Source: Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """

    _ranks = (2, 3)


class InstanceNorm2d(_InstanceNorm):
    """Normalise each channel of each of the images; see :func:`dlx.nn.functional.instance_norm`.

    Shapes: input and output ``(n, c, h, w)`` or ``(c, h, w)``.

    Args:
        num_features: c.
        eps: added to the variance.
        momentum: the weight of a batch in the running statistics.
        affine: whether to scale and shift by parameters, which start as 1 and 0.
        track_running_stats: whether to keep running statistics, which evaluation uses.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ShapeError: the input has another number of dimensions or of channels.

    Example:
        >>> nn.InstanceNorm2d(3)(dlx.randn(8, 3, 4, 4)).shape
        dlx.Size([8, 3, 4, 4])

    Source: Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """

    _ranks = (3, 4)


class InstanceNorm3d(_InstanceNorm):
    """Normalise each channel of each of the volumes; see :func:`dlx.nn.functional.instance_norm`.

    Shapes: input and output ``(n, c, d, h, w)`` or ``(c, d, h, w)``.

    Args:
        num_features: c.
        eps: added to the variance.
        momentum: the weight of a batch in the running statistics.
        affine: whether to scale and shift by parameters, which start as 1 and 0.
        track_running_stats: whether to keep running statistics, which evaluation uses.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ShapeError: the input has another number of dimensions or of channels.

    Example:
        >>> nn.InstanceNorm3d(3)(dlx.randn(8, 3, 2, 4, 4)).shape
        dlx.Size([8, 3, 2, 4, 4])

    Source: Ulyanov, Vedaldi and Lempitsky 2016, arXiv:1607.08022.
    """

    _ranks = (4, 5)


class _LazyNorm(Lazy):
    """What lazy norms have in common: whatever has a shape tells how many features there are."""

    _size = "num_features"

    def _size_in(self, shapes: Mapping[str, tuple[int, ...]]) -> int | None:
        return next((shape[0] for shape in shapes.values() if len(shape) == 1), None)


class _LazyChannelNorm(_LazyNorm):
    def __init__(
        self,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__(0, eps, momentum, affine, track_running_stats, device, dtype, bias=bias)  # type: ignore[call-arg]
        self._make_lazy()


class LazyBatchNorm1d(_LazyChannelNorm, BatchNorm1d):
    """A :class:`BatchNorm1d` whose ``num_features`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyBatchNorm1d()
        >>> _ = layer(dlx.randn(8, 3))
        >>> layer.num_features, type(layer).__name__
        (3, 'BatchNorm1d')
    """

    cls_to_become = BatchNorm1d


class LazyBatchNorm2d(_LazyChannelNorm, BatchNorm2d):
    """A :class:`BatchNorm2d` whose ``num_features`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyBatchNorm2d()
        >>> _ = layer(dlx.randn(8, 3, 4, 4))
        >>> layer.num_features, type(layer).__name__
        (3, 'BatchNorm2d')
    """

    cls_to_become = BatchNorm2d


class LazyBatchNorm3d(_LazyChannelNorm, BatchNorm3d):
    """A :class:`BatchNorm3d` whose ``num_features`` the first input tells. All other arguments are the same.

    Example:
        >>> layer = nn.LazyBatchNorm3d()
        >>> _ = layer(dlx.randn(8, 3, 2, 4, 4))
        >>> layer.num_features, type(layer).__name__
        (3, 'BatchNorm3d')
    """

    cls_to_become = BatchNorm3d


class LazyInstanceNorm1d(_LazyChannelNorm, InstanceNorm1d):
    """An :class:`InstanceNorm1d` whose ``num_features`` the first input tells.

    All other arguments are the same, but ``affine`` and ``track_running_stats`` are True if not given, as in PyTorch.

    Example:
        >>> layer = nn.LazyInstanceNorm1d()
        >>> _ = layer(dlx.randn(8, 3, 4))
        >>> layer.num_features, type(layer).__name__
        (3, 'InstanceNorm1d')
    """

    cls_to_become = InstanceNorm1d


class LazyInstanceNorm2d(_LazyChannelNorm, InstanceNorm2d):
    """An :class:`InstanceNorm2d` whose ``num_features`` the first input tells.

    All other arguments are the same, but ``affine`` and ``track_running_stats`` are True if not given, as in PyTorch.

    Example:
        >>> layer = nn.LazyInstanceNorm2d()
        >>> _ = layer(dlx.randn(8, 3, 4, 4))
        >>> layer.num_features, type(layer).__name__
        (3, 'InstanceNorm2d')
    """

    cls_to_become = InstanceNorm2d


class LazyInstanceNorm3d(_LazyChannelNorm, InstanceNorm3d):
    """An :class:`InstanceNorm3d` whose ``num_features`` the first input tells.

    All other arguments are the same, but ``affine`` and ``track_running_stats`` are True if not given, as in PyTorch.

    Example:
        >>> layer = nn.LazyInstanceNorm3d()
        >>> _ = layer(dlx.randn(8, 3, 2, 4, 4))
        >>> layer.num_features, type(layer).__name__
        (3, 'InstanceNorm3d')
    """

    cls_to_become = InstanceNorm3d


class _LastDims(Module):
    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None,
        elementwise_affine: bool,
        bias: bool,
        device: Device | None,
        dtype: _C.dtype | None,
    ) -> None:
        super().__init__()
        self.normalized_shape = (normalized_shape,) if isinstance(normalized_shape, int) else tuple(normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            value = Parameter(empty(self.normalized_shape, dtype=dtype, device=device)) if wanted else None
            self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the scale to 1 and the shift to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)


class LayerNorm(_LastDims):
    """Normalise over the last dimensions; see :func:`dlx.nn.functional.layer_norm` for the formula.

    Shapes: input and output ``(*, *normalized_shape)``, weight and bias ``normalized_shape``.

    Args:
        normalized_shape: the dimensions to normalise over, outermost first; an int for the last one.
        eps: added to the variance.
        elementwise_affine: whether to scale and shift by parameters, which start as 1 and 0.
        bias: whether to shift, if ``elementwise_affine``.
        device: of the parameters.
        dtype: of the parameters.

    Example:
        >>> nn.LayerNorm(8)(dlx.randn(2, 4, 8)).shape
        dlx.Size([2, 4, 8])

    Source: Ba, Kiros and Hinton 2016, arXiv:1607.06450.
    """

    eps: float

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(normalized_shape, eps, elementwise_affine, bias, device, dtype)

    def forward(self, input: Tensor) -> Tensor:
        return layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}, "
            f"bias={self.bias is not None}"
        )


class RMSNorm(_LastDims):
    """Divide by the root mean square over the last dimensions; see :func:`dlx.nn.functional.rms_norm`.

    Shapes: input and output ``(*, *normalized_shape)``, weight ``normalized_shape``.

    Args:
        normalized_shape: the dimensions to take the mean over, outermost first; an int for the last one.
        eps: added to the mean square; the machine epsilon of the arithmetic if None.
        elementwise_affine: whether to scale by a parameter, which starts as 1.
        device: of the parameter.
        dtype: of the parameter.

    Example:
        >>> nn.RMSNorm(8)(dlx.randn(2, 4, 8)).shape
        dlx.Size([2, 4, 8])

    Source: Zhang and Sennrich 2019, arXiv:1910.07467.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(normalized_shape, eps, elementwise_affine, False, device, dtype)
        del self._parameters["bias"]

    def reset_parameters(self) -> None:
        """Set the scale to 1."""
        if self.weight is not None:
            init.ones_(self.weight)

    def forward(self, input: Tensor) -> Tensor:
        return rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(Module):
    """Normalise each group of channels of each sample; see :func:`dlx.nn.functional.group_norm` for the formula.

    Shapes: input and output ``(n, num_channels, *)``.

    Args:
        num_groups: how many groups the channels are divided into.
        num_channels: channels of the input.
        eps: added to the variance.
        affine: whether to scale and shift each channel by parameters, which start as 1 and 0.
        device: of the parameters.
        dtype: of the parameters.
        bias: whether to shift, if ``affine``.

    Raises:
        ValueError: ``num_groups`` does not divide ``num_channels``.

    Example:
        >>> nn.GroupNorm(2, 6)(dlx.randn(4, 6, 8, 8)).shape
        dlx.Size([4, 6, 8, 8])

    Source: Wu and He 2018, arXiv:1803.08494.
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
        *,
        bias: bool = True,
    ) -> None:
        super().__init__()
        if num_groups < 1 or num_channels % num_groups:
            raise ValueError(
                f"GroupNorm: num_groups must divide num_channels. Got num_groups={num_groups}, "
                f"num_channels={num_channels}."
            )
        self.num_groups = num_groups
        self.num_channels = num_channels
        self.eps = eps
        self.affine = affine
        for name, wanted in (("weight", affine), ("bias", affine and bias)):
            value = Parameter(empty(num_channels, dtype=dtype, device=device)) if wanted else None
            self.register_parameter(name, value)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Set the scale to 1 and the shift to 0."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return (
            f"{self.num_groups}, {self.num_channels}, eps={self.eps}, affine={self.affine}, "
            f"bias={self.bias is not None}"
        )


class LocalResponseNorm(Module):
    """Divide by the strength of the channels next to it; see :func:`dlx.nn.functional.local_response_norm`.

    Args:
        size: how many channels.
        alpha: the weight of the neighbours.
        beta: the exponent.
        k: what is added.

    Example:
        >>> nn.LocalResponseNorm(3)(dlx.randn(2, 6, 4, 4)).shape
        dlx.Size([2, 6, 4, 4])

    Source: Krizhevsky, Sutskever and Hinton 2012.
    """

    def __init__(self, size: int, alpha: float = 1e-4, beta: float = 0.75, k: float = 1.0) -> None:
        super().__init__()
        self.size = size
        self.alpha = alpha
        self.beta = beta
        self.k = k

    def forward(self, input: Tensor) -> Tensor:
        return local_response_norm(input, self.size, self.alpha, self.beta, self.k)

    def extra_repr(self) -> str:
        return f"{self.size}, alpha={self.alpha}, beta={self.beta}, k={self.k}"
