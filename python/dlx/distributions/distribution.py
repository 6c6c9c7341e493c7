"""Distribution: what all distributions are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import dlx
from dlx.distributions import constraints

if TYPE_CHECKING:
    from dlx import Size, Tensor

__all__ = ["Distribution", "GivenByProbsOrLogits"]


class Distribution:
    """A batch of distributions.

    ``batch_shape`` counts distributions that may differ; ``event_shape`` is the shape of one draw of one of them. A
    sample has the shape ``sample_shape + batch_shape + event_shape``.

    Args:
        batch_shape: the shape of the batch.
        event_shape: the shape of one draw.
        validate_args: check parameters and values; if None, as :meth:`set_default_validate_args` says.

    Raises:
        ValueError: a parameter does not satisfy its constraint.
    """

    has_rsample = False
    has_enumerate_support = False
    _validate_args = __debug__

    def __init__(
        self,
        batch_shape: Sequence[int] = (),
        event_shape: Sequence[int] = (),
        validate_args: bool | None = None,
    ) -> None:
        self._batch_shape, self._event_shape = dlx.Size(batch_shape), dlx.Size(event_shape)
        if validate_args is not None:
            self._validate_args = validate_args
        if not self._validate_args:
            return
        for name, constraint in self.arg_constraints.items():
            if constraints.is_dependent(constraint):
                continue
            if name not in self.__dict__ and isinstance(getattr(type(self), name, None), property):
                continue  # worked out from another parameter
            value = getattr(self, name)
            if not bool(constraint.check(value).all()):
                raise ValueError(
                    f"{type(self).__name__}: {name} of shape {tuple(value.shape)} must satisfy {constraint!r}. "
                    f"Got {value.tolist() if value.numel() <= 10 else 'values that do not'}."
                )

    @staticmethod
    def set_default_validate_args(value: bool) -> None:
        """Set whether distributions check their parameters and values if they are not told.

        Raises:
            ValueError: ``value`` is not a bool.
        """
        if value not in (True, False):
            raise ValueError(f"set_default_validate_args: it takes True or False. Got {value!r}.")
        Distribution._validate_args = value

    @property
    def batch_shape(self) -> Size:
        """The shape of the batch."""
        return self._batch_shape

    @property
    def event_shape(self) -> Size:
        """The shape of one draw of one distribution."""
        return self._event_shape

    @property
    def arg_constraints(self) -> dict[str, constraints.Constraint]:
        """What each parameter must satisfy."""
        raise NotImplementedError(f"{type(self).__name__} has no arg_constraints.")

    @property
    def support(self) -> Any:
        """What values a draw may have."""
        raise NotImplementedError(f"{type(self).__name__} has no support.")

    @property
    def mean(self) -> Tensor:
        """The means."""
        raise NotImplementedError(f"{type(self).__name__} has no mean.")

    @property
    def mode(self) -> Tensor:
        """The most likely values."""
        raise NotImplementedError(f"{type(self).__name__} has no mode.")

    @property
    def variance(self) -> Tensor:
        """The variances."""
        raise NotImplementedError(f"{type(self).__name__} has no variance.")

    @property
    def stddev(self) -> Tensor:
        """The standard deviations."""
        return self.variance.sqrt()

    def expand(self, batch_shape: Sequence[int], _instance: Any = None) -> Any:
        """Give the same distributions for a larger batch, their parameters expanded."""
        raise NotImplementedError(f"{type(self).__name__} has no expand.")

    def sample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw, with no gradient."""
        with dlx.no_grad():
            return self.rsample(sample_shape)

    def rsample(self, sample_shape: Sequence[int] = ()) -> Tensor:
        """Draw as a function of the parameters, which a gradient goes through.

        Raises:
            NotImplementedError: the distribution cannot (``has_rsample`` is False).
        """
        raise NotImplementedError(f"{type(self).__name__} has no rsample.")

    def sample_n(self, n: int) -> Tensor:
        """Draw n times; an old name of ``sample((n,))``."""
        return self.sample((n,))

    def log_prob(self, value: Tensor) -> Tensor:
        """Find the logarithm of the density, or of the probability, of values.

        Raises:
            ValueError: a value is outside the support, or its shape does not fit the batch's.
        """
        raise NotImplementedError(f"{type(self).__name__} has no log_prob.")

    def cdf(self, value: Tensor) -> Tensor:
        """Find the probability of drawing no more than `value`."""
        raise NotImplementedError(f"{type(self).__name__} has no cdf.")

    def icdf(self, value: Tensor) -> Tensor:
        """Find the value that is not exceeded with a given probability."""
        raise NotImplementedError(f"{type(self).__name__} has no icdf.")

    def enumerate_support(self, expand: bool = True) -> Tensor:
        """List all values that can be drawn, along a new first dimension."""
        raise NotImplementedError(f"{type(self).__name__} has no enumerate_support.")

    def entropy(self) -> Tensor:
        """Find the entropies, in nats."""
        raise NotImplementedError(f"{type(self).__name__} has no entropy.")

    def perplexity(self) -> Tensor:
        """Find the exponentials of the entropies."""
        return self.entropy().exp()

    # --- for subclasses -----------------------------------------------------------------------------------------------
    def _extended_shape(self, sample_shape: Sequence[int] = ()) -> Size:
        """The shape of a sample."""
        return dlx.Size([*sample_shape, *self._batch_shape, *self._event_shape])

    def _expanded_as(self, batch_shape: Sequence[int], instance: Any, names: Sequence[str], own: Any) -> Any:
        """A distribution of the same class with these parameters expanded; `own` is the class that asks."""
        if instance is None and type(self).__init__ is not own.__init__:
            raise NotImplementedError(
                f"{type(self).__name__} has an __init__ of its own, so it must define expand too."
            )
        new = instance if instance is not None else type(self).__new__(type(self))
        for name in names:
            if name in self.__dict__:
                setattr(new, name, getattr(self, name).expand(tuple(batch_shape)))
        Distribution.__init__(new, batch_shape, self._event_shape, validate_args=False)
        new._validate_args = self._validate_args
        return new

    def _validate_sample(self, value: Any) -> None:
        """Raise if values cannot be draws."""
        if not self._validate_args:
            return
        name = type(self).__name__
        if not isinstance(value, dlx.Tensor):
            raise ValueError(f"{name}: the value must be a Tensor. Got {type(value).__name__}.")
        wanted = (*self._batch_shape, *self._event_shape)
        dims = len(self._event_shape)
        if dims and tuple(value.shape[-dims:]) != tuple(self._event_shape):
            raise ValueError(
                f"{name}: the value's last dimensions must be {tuple(self._event_shape)}. Got {tuple(value.shape)}."
            )
        for got, want in zip(reversed(value.shape), reversed(wanted)):
            if got != want and 1 not in (got, want):
                raise ValueError(f"{name}: a value of shape {tuple(value.shape)} does not broadcast with {wanted}.")
        try:
            support = self.support
        except NotImplementedError:
            return
        if not bool(support.check(value).all()):
            raise ValueError(
                f"{name}: the value of shape {tuple(value.shape)} must be within the support {support!r}. "
                f"Got {value.tolist() if value.numel() <= 10 else 'values outside'}."
            )

    def __repr__(self) -> str:
        names = [name for name in self.arg_constraints if name in self.__dict__]
        shown = [(name, self.__dict__[name]) for name in names]
        parts = [f"{name}: {value.item() if value.numel() == 1 else value.shape}" for name, value in shown]
        return f"{type(self).__name__}({', '.join(parts)})"


class GivenByProbsOrLogits(Distribution):
    """A distribution with one parameter in two forms: the one given is an attribute, the other is worked out."""

    def __getattr__(self, name: str) -> Any:
        # Only reached for what is no attribute.
        if name == "probs" and "logits" in self.__dict__:
            return self._probs_of(self.logits)
        if name == "logits" and "probs" in self.__dict__:
            return self._logits_of(self.probs)
        raise AttributeError(f"{type(self).__name__} has no attribute {name!r}.")

    @staticmethod
    def _probs_of(logits: Tensor) -> Tensor:
        raise NotImplementedError("written by each of them")

    @staticmethod
    def _logits_of(probs: Tensor) -> Tensor:
        raise NotImplementedError("written by each of them")

    @property
    def _param(self) -> Tensor:
        return self.__dict__["probs"] if "probs" in self.__dict__ else self.__dict__["logits"]

    @property
    def param_shape(self) -> Size:
        """The shape of the parameter."""
        return self._param.shape


def broadcast(*values: Any) -> list[Tensor]:
    """Parameters as tensors of one shape: numbers take the dtype and device of the first tensor."""
    like = next((v for v in values if isinstance(v, dlx.Tensor)), None)
    dtype = dlx.get_default_dtype() if like is None else like.dtype
    device = None if like is None else like.device
    tensors = [v if isinstance(v, dlx.Tensor) else dlx.tensor(float(v), dtype=dtype, device=device) for v in values]
    return list(dlx.broadcast_tensors(*tensors))


def inside(probs: Tensor) -> Tensor:
    """Probabilities kept off 0 and 1 by the machine epsilon, as PyTorch does before it takes logarithms."""
    eps = dlx.finfo(probs.dtype).eps
    return probs.clamp(eps, 1 - eps)


def log_sigmoid_pair(logits: Tensor) -> tuple[Tensor, Tensor]:
    """Take log(sigmoid(logits)) and log(1 - sigmoid(logits)), without overflow."""
    softplus = dlx.nn.functional.softplus
    return -softplus(-logits), -softplus(logits)
