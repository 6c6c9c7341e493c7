"""The Bernoulli distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import dlx
from dlx.distributions import constraints
from dlx.distributions.distribution import GivenByProbsOrLogits, broadcast, inside, log_sigmoid_pair

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["Bernoulli"]


class Bernoulli(GivenByProbsOrLogits):
    """1 with probability ``probs``, else 0.

    Args:
        probs: the probabilities of 1.
        logits: their log-odds, ``log(p / (1 - p))``, instead of ``probs``.
        validate_args: check parameters and values.

    Raises:
        ValueError: both or neither of ``probs`` and ``logits`` is given, or a probability is outside [0, 1].

    Example:
        >>> dlx.distributions.Bernoulli(dlx.tensor([0.0, 1.0])).sample()
        tensor([0., 1.])
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.unit_interval, "logits": constraints.real}
    support = constraints.boolean
    has_enumerate_support = True

    def __init__(
        self,
        probs: Tensor | float | None = None,
        logits: Tensor | float | None = None,
        validate_args: bool | None = None,
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Bernoulli: one of probs and logits must be given, and not both.")
        if probs is not None:
            [self.probs] = broadcast(probs)
        else:
            [self.logits] = broadcast(logits)
        super().__init__(self._param.shape, validate_args=validate_args)

    @staticmethod
    def _probs_of(logits: Tensor) -> Tensor:
        return logits.sigmoid()

    @staticmethod
    def _logits_of(probs: Tensor) -> Tensor:
        """``log(p / (1 - p))``, p kept off 0 and 1 by the machine epsilon, as in PyTorch."""
        p = inside(probs)
        return p.log() - (-p).log1p()

    @property
    def mean(self) -> Tensor:
        return self.probs

    @property
    def mode(self) -> Tensor:
        """1 or 0; nan where both are as likely."""
        probs = self.probs
        return dlx.where(probs == 0.5, float("nan"), (probs >= 0.5).to(probs.dtype))

    @property
    def variance(self) -> Tensor:
        return self.probs * (1 - self.probs)

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        return self._expanded_as(batch_shape, _instance, ("probs", "logits"), Bernoulli)

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with dlx.no_grad():
            return dlx.bernoulli(self.probs.expand(self._extended_shape(sample_shape)))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        of_one, of_zero = log_sigmoid_pair(self.logits)
        return value * of_one + (1 - value) * of_zero

    def entropy(self) -> Tensor:
        of_one, of_zero = log_sigmoid_pair(self.logits)
        return -(self.probs * of_one + (1 - self.probs) * of_zero)

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = dlx.arange(2, dtype=self._param.dtype, device=self._param.device)
        values = values.view(-1, *(1 for _ in self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
