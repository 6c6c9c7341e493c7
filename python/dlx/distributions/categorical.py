"""The categorical distribution."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, ClassVar

import dlx
from dlx.distributions import constraints
from dlx.distributions.distribution import GivenByProbsOrLogits, inside

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["Categorical"]


class Categorical(GivenByProbsOrLogits):
    """One of ``0, 1, ..., n - 1``, each with its probability.

    Args:
        probs: weights, shape ``(*, n)``, none negative; divided by their sum.
        logits: logarithms of weights instead; their logsumexp is taken off.
        validate_args: check parameters and values.

    Raises:
        ValueError: both or neither of ``probs`` and ``logits`` is given, they have no dimensions, or they make no
            probabilities.

    Example:
        >>> dlx.distributions.Categorical(dlx.tensor([1.0, 3.0])).probs
        tensor([0.2500, 0.7500])
    """

    arg_constraints: ClassVar[Any] = {"probs": constraints.simplex, "logits": constraints.real_vector}
    has_enumerate_support = True

    def __init__(
        self, probs: Tensor | None = None, logits: Tensor | None = None, validate_args: bool | None = None
    ) -> None:
        if (probs is None) == (logits is None):
            raise ValueError("Categorical: one of probs and logits must be given, and not both.")
        given = probs if logits is None else logits
        if not isinstance(given, dlx.Tensor) or given.ndim < 1:
            raise ValueError(f"Categorical: probs or logits must be a tensor of 1 dimension at least. Got {given!r}.")
        if logits is None:
            self.probs = given / given.sum(-1, keepdim=True)
        else:
            self.logits = given - given.logsumexp(-1, keepdim=True)
        self._num_events = given.shape[-1]
        super().__init__(given.shape[:-1], validate_args=validate_args)

    @staticmethod
    def _probs_of(logits: Tensor) -> Tensor:
        return logits.softmax(-1)

    @staticmethod
    def _logits_of(probs: Tensor) -> Tensor:
        return inside(probs).log()

    @constraints.dependent_property
    def support(self) -> constraints.Constraint:
        return constraints.integer_interval(0, self._num_events - 1)

    @property
    def mean(self) -> Tensor:
        return dlx.full(self._batch_shape, float("nan"), dtype=self._param.dtype, device=self._param.device)

    @property
    def mode(self) -> Tensor:
        return self.probs.argmax(-1)

    @property
    def variance(self) -> Tensor:
        return self.mean

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        if _instance is None and type(self).__init__ is not Categorical.__init__:
            raise NotImplementedError(
                f"{type(self).__name__} has an __init__ of its own, so it must define expand too."
            )
        new = _instance if _instance is not None else type(self).__new__(type(self))
        for name in ("probs", "logits"):
            if name in self.__dict__:
                setattr(new, name, self.__dict__[name].expand(*batch_shape, self._num_events))
        new._num_events = self._num_events
        GivenByProbsOrLogits.__init__(new, batch_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        with dlx.no_grad():
            count = dlx.Size(sample_shape).numel()
            rows = self.probs.reshape(-1, self._num_events)
            if count == 0 or rows.shape[0] == 0:
                return dlx.zeros(self._extended_shape(sample_shape), dtype=dlx.int64, device=self._param.device)
            drawn = dlx.multinomial(rows, count, replacement=True)
            return drawn.t().reshape(self._extended_shape(sample_shape))

    def log_prob(self, value: Tensor) -> Tensor:
        self._validate_sample(value)
        at, logits = dlx.broadcast_tensors(value.long().unsqueeze(-1), self.logits)
        return logits.gather(-1, at[..., :1]).squeeze(-1)

    def entropy(self) -> Tensor:
        logits = self.logits
        probs = self.probs
        return -dlx.where(probs == 0, 0.0, logits * probs).sum(-1)  # 0 * -inf would be nan

    def enumerate_support(self, expand: bool = True) -> Tensor:
        values = dlx.arange(self._num_events, dtype=dlx.int64, device=self._param.device)
        values = values.view(-1, *(1 for _ in self._batch_shape))
        return values.expand(-1, *self._batch_shape) if expand else values
