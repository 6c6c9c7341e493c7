"""The exponential distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import dlx
from dlx.distributions import constraints
from dlx.distributions.distribution import Distribution, broadcast

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["Exponential"]


class Exponential(Distribution):
    """The exponential distribution, of density ``rate * exp(-rate * x)``, ``x >= 0``.

    Args:
        rate: the rates, positive.
        validate_args: check parameters and values.

    Raises:
        ValueError: a rate is not positive.

    Example:
        >>> dlx.distributions.Exponential(2.0).mean
        tensor(0.5000)
    """

    arg_constraints: ClassVar[Any] = {"rate": constraints.positive}
    support = constraints.nonnegative
    has_rsample = True

    def __init__(self, rate: Tensor | float, validate_args: bool | None = None) -> None:
        [self.rate] = broadcast(rate)
        super().__init__(self.rate.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return 1 / self.rate

    @property
    def mode(self) -> Tensor:
        return dlx.zeros_like(self.rate)

    @property
    def stddev(self) -> Tensor:
        return 1 / self.rate

    @property
    def variance(self) -> Tensor:
        return self.rate.pow(-2)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        return self._expanded_as(batch_shape, _instance, ("rate",), Exponential)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        drawn = dlx.empty(self._extended_shape(sample_shape), dtype=self.rate.dtype, device=self.rate.device)
        return drawn.exponential_() / self.rate

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return self.rate.log() - self.rate * value

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return -(-self.rate * value).expm1()

    def icdf(self, value: Tensor) -> Tensor:
        return -(-value).log1p() / self.rate

    def entropy(self) -> Tensor:
        return 1 - self.rate.log()
