"""Probability distributions: samples with gradients where there are any, log-probabilities, entropies, divergences."""

from __future__ import annotations

from dlx.distributions import constraints
from dlx.distributions.bernoulli import Bernoulli
from dlx.distributions.categorical import Categorical
from dlx.distributions.distribution import Distribution
from dlx.distributions.exponential import Exponential
from dlx.distributions.independent import Independent
from dlx.distributions.kl import kl_divergence, register_kl
from dlx.distributions.laplace import Laplace
from dlx.distributions.normal import Normal
from dlx.distributions.uniform import Uniform

__all__ = [
    "Bernoulli", "Categorical", "Distribution", "Exponential", "Independent", "Laplace", "Normal", "Uniform",
    "constraints", "kl_divergence", "register_kl",
]  # fmt: skip
