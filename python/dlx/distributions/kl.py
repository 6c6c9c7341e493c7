"""Kullback-Leibler divergences, registered by pairs of classes."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

import dlx
from dlx.distributions.bernoulli import Bernoulli
from dlx.distributions.categorical import Categorical
from dlx.distributions.distribution import Distribution, log_sigmoid_pair
from dlx.distributions.exponential import Exponential
from dlx.distributions.independent import Independent, summed
from dlx.distributions.laplace import Laplace
from dlx.distributions.normal import Normal
from dlx.distributions.uniform import Uniform

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["kl_divergence", "register_kl"]

F = TypeVar("F", bound=Callable[..., Any])
_FORMULAS: dict[tuple[type, type], Callable[..., Any]] = {}


def register_kl(type_p: type, type_q: type) -> Callable[[F], F]:
    """Register the function below as the divergence of two classes, and of their subclasses where nothing nearer is.

    Args:
        type_p: the class of the first distribution.
        type_q: the class of the second.

    Returns:
        A decorator of ``f(p, q) -> Tensor``.

    Raises:
        TypeError: one of them is no class of distributions.

    Example:
        >>> from dlx.distributions import Normal, kl_divergence, register_kl
        >>> class Standard(Normal):
        ...     def __init__(self):
        ...         super().__init__(0.0, 1.0)
        >>> @register_kl(Standard, Standard)
        ... def of_equals(p, q):
        ...     return dlx.tensor(0.0)
        >>> kl_divergence(Standard(), Standard())
        tensor(0.)
    """
    for name, kind in (("type_p", type_p), ("type_q", type_q)):
        if not (isinstance(kind, type) and issubclass(kind, Distribution)):
            raise TypeError(f"register_kl: {name} must be a class of distributions. Got {kind!r}.")

    def register(f: F) -> F:
        _FORMULAS[type_p, type_q] = f
        return f

    return register


def kl_divergence(p: Distribution, q: Distribution) -> Tensor:
    """Find the Kullback-Leibler divergences ``KL(p || q) = E_p[log p(x) - log q(x)]``.

    Args:
        p: the distributions that x comes from.
        q: those that it is compared with; the batch shapes broadcast.

    Returns:
        Tensor of the batch shape; inf where p draws what q cannot.

    Raises:
        NotImplementedError: no formula is registered for the two classes.

    Example:
        >>> from dlx.distributions import Normal, kl_divergence
        >>> kl_divergence(Normal(0.0, 1.0), Normal(1.0, 1.0))
        tensor(0.5000)
    """
    # The nearest registered classes: by the place of p's in its line of ancestors, then of q's.
    for of_p in type(p).__mro__:
        for of_q in type(q).__mro__:
            if (of_p, of_q) in _FORMULAS:
                return _FORMULAS[of_p, of_q](p, q)
    raise NotImplementedError(
        f"kl_divergence: no formula for {type(p).__name__} and {type(q).__name__}. Add one with register_kl."
    )


@register_kl(Normal, Normal)
def _normals(p: Normal, q: Normal) -> Tensor:
    ratio = (p.scale / q.scale).pow(2)
    return 0.5 * (ratio + ((p.loc - q.loc) / q.scale).pow(2) - 1 - ratio.log())


@register_kl(Bernoulli, Bernoulli)
def _bernoullis(p: Bernoulli, q: Bernoulli) -> Tensor:
    one, zero = log_sigmoid_pair(p.logits)
    other_one, other_zero = log_sigmoid_pair(q.logits)
    of_p, of_q = p.probs, q.probs
    # What one of them draws for certain counts for itself: 0 log 0 = 0, and log 0 = -inf.
    first = dlx.where(of_p == 0, 0.0, dlx.where(of_q == 0, math.inf, of_p * (one - other_one)))
    second = dlx.where(of_p == 1, 0.0, dlx.where(of_q == 1, math.inf, (1 - of_p) * (zero - other_zero)))
    return first + second


@register_kl(Categorical, Categorical)
def _categoricals(p: Categorical, q: Categorical) -> Tensor:
    if p._num_events != q._num_events:
        raise ValueError(f"kl_divergence: categories differ in number: {p._num_events} and {q._num_events}.")
    terms = p.probs * (p.logits - q.logits)
    terms = dlx.where(q.probs == 0, math.inf, terms)
    return dlx.where(p.probs == 0, 0.0, terms).sum(-1)


@register_kl(Uniform, Uniform)
def _uniforms(p: Uniform, q: Uniform) -> Tensor:
    result = ((q.high - q.low) / (p.high - p.low)).log()
    return dlx.where((q.low > p.low) | (q.high < p.high), math.inf, result)


@register_kl(Uniform, Normal)
def _uniform_normal(p: Uniform, q: Normal) -> Tensor:
    width = p.high - p.low
    spread = width.pow(2) / 12 + ((p.high + p.low) / 2 - q.loc).pow(2)
    return 0.5 * (2 * math.pi * q.scale.pow(2)).log() + spread / (2 * q.scale.pow(2)) - width.log()


@register_kl(Exponential, Exponential)
def _exponentials(p: Exponential, q: Exponential) -> Tensor:
    ratio = q.rate / p.rate
    return ratio - 1 - ratio.log()


@register_kl(Laplace, Laplace)
def _laplaces(p: Laplace, q: Laplace) -> Tensor:
    away = (p.loc - q.loc).abs()
    return (q.scale / p.scale).log() + (away + p.scale * (-away / p.scale).exp()) / q.scale - 1


@register_kl(Independent, Independent)
def _independents(p: Independent, q: Independent) -> Tensor:
    if p.reinterpreted_batch_ndims != q.reinterpreted_batch_ndims:
        raise NotImplementedError("kl_divergence: the two take different numbers of dimensions as one draw.")
    return summed(kl_divergence(p.base_dist, q.base_dist), p.reinterpreted_batch_ndims)
