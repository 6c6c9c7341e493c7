"""Batch dimensions taken as dimensions of one event."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from dlx.distributions import constraints
from dlx.distributions.distribution import Distribution

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["Independent"]


def summed(x: Tensor, dims: int) -> Tensor:
    """The sum over the last dimensions."""
    return x.sum(tuple(range(-dims, 0))) if dims else x


class Independent(Distribution):
    """The last dimensions of a batch as one draw with independent parts: their log-probabilities add up.

    Args:
        base_distribution: the batch.
        reinterpreted_batch_ndims: how many of its last dimensions belong to one draw.
        validate_args: check values.

    Raises:
        ValueError: the batch has not so many dimensions.

    Example:
        >>> normal = dlx.distributions.Normal(dlx.zeros(2), 1.0)
        >>> dlx.distributions.Independent(normal, 1).log_prob(dlx.zeros(2))
        tensor(-1.8379)
    """

    arg_constraints: ClassVar[Any] = {}

    def __init__(
        self, base_distribution: Distribution, reinterpreted_batch_ndims: int, validate_args: bool | None = None
    ) -> None:
        ndims = len(base_distribution.batch_shape)
        if not 0 <= reinterpreted_batch_ndims <= ndims:
            raise ValueError(
                f"Independent: reinterpreted_batch_ndims must be from 0 to {ndims}, the batch's dimensions. "
                f"Got {reinterpreted_batch_ndims}."
            )
        shape = [*base_distribution.batch_shape, *base_distribution.event_shape]
        split = ndims - reinterpreted_batch_ndims
        self.base_dist, self.reinterpreted_batch_ndims = base_distribution, reinterpreted_batch_ndims
        super().__init__(shape[:split], shape[split:], validate_args)

    @property
    def has_rsample(self) -> bool:  # type: ignore[override]
        return self.base_dist.has_rsample

    @property
    def has_enumerate_support(self) -> bool:  # type: ignore[override]
        return self.base_dist.has_enumerate_support and self.reinterpreted_batch_ndims == 0

    @constraints.dependent_property
    def support(self) -> constraints.Constraint:
        return constraints.independent(self.base_dist.support, self.reinterpreted_batch_ndims)

    @property
    def mean(self) -> Tensor:
        return self.base_dist.mean

    @property
    def mode(self) -> Tensor:
        return self.base_dist.mode

    @property
    def variance(self) -> Tensor:
        return self.base_dist.variance

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        count = self.reinterpreted_batch_ndims
        base = self.base_dist.expand([*batch_shape, *self.event_shape[:count]])
        new = _instance if _instance is not None else type(self).__new__(type(self))
        new.base_dist, new.reinterpreted_batch_ndims = base, count
        Distribution.__init__(new, batch_shape, self.event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.sample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        return self.base_dist.rsample(sample_shape)

    def log_prob(self, value: Tensor) -> Tensor:
        return summed(self.base_dist.log_prob(value), self.reinterpreted_batch_ndims)

    def entropy(self) -> Tensor:
        return summed(self.base_dist.entropy(), self.reinterpreted_batch_ndims)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        if self.reinterpreted_batch_ndims:
            raise NotImplementedError("Independent: the values of a draw with several parts are too many to list.")
        return self.base_dist.enumerate_support(expand)

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_dist!r}, {self.reinterpreted_batch_ndims})"
