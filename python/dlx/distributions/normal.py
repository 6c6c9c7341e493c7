"""The normal distribution."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import dlx
from dlx.distributions import constraints
from dlx.distributions.distribution import Distribution, broadcast

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["Normal"]


class Normal(Distribution):
    """The normal (Gaussian) distribution, of density ``exp(-((x - loc) / scale)**2 / 2) / (scale * sqrt(2 * pi))``.

    Args:
        loc: the means.
        scale: the standard deviations, positive; broadcasts with ``loc``.
        validate_args: check parameters and values.

    Raises:
        ValueError: a parameter does not satisfy its constraint.

    Example:
        >>> dlx.distributions.Normal(0.0, 1.0).log_prob(dlx.tensor(0.0))
        tensor(-0.9189)
    """

    arg_constraints: ClassVar[Any] = {"loc": constraints.real, "scale": constraints.positive}
    support = constraints.real
    has_rsample = True

    def __init__(self, loc: Tensor | float, scale: Tensor | float, validate_args: bool | None = None) -> None:
        self.loc, self.scale = broadcast(loc, scale)
        super().__init__(self.loc.shape, validate_args=validate_args)

    @property
    def mean(self) -> Tensor:
        return self.loc

    @property
    def mode(self) -> Tensor:
        return self.loc

    @property
    def stddev(self) -> Tensor:
        return self.scale

    @property
    def variance(self) -> Tensor:
        return self.scale.pow(2)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        return self._expanded_as(batch_shape, _instance, ("loc", "scale"), Normal)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with dlx.no_grad():
            shape = self._extended_shape(sample_shape)
            return dlx.normal(self.loc.expand(shape), self.scale.expand(shape))

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        z = dlx.randn(self._extended_shape(sample_shape), dtype=self.loc.dtype, device=self.loc.device)
        return self.loc + z * self.scale

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return -(((value - self.loc) / self.scale) ** 2) / 2 - self.scale.log() - math.log(2 * math.pi) / 2

    def cdf(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        return 0.5 * dlx.erfc((self.loc - value) / (self.scale * math.sqrt(2)))

    def icdf(self, value: Tensor) -> Tensor:
        return self.loc + self.scale * dlx.erfinv(2 * value - 1) * math.sqrt(2)

    def entropy(self) -> Tensor:
        return 0.5 + 0.5 * math.log(2 * math.pi) + self.scale.log()
