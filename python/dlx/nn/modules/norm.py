"""Normalisation layers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.nn import init
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.creation import empty, ones, zeros
from dlx.ops.norm import batch_norm

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = ["BatchNorm1d", "BatchNorm2d"]


class _BatchNorm(Module):
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

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in self._ranks:
            allowed = " or ".join(map(str, self._ranks))
            raise _C.ShapeError(f"expected {allowed}D input (got {input.ndim}D input) in {self._get_name()}")
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
