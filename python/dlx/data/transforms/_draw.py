"""Random choices, all from dlx's generators."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops.creation import tensor
from dlx.ops.random import multinomial, rand, randint, randn, randperm

if TYPE_CHECKING:
    from dlx._C import Generator


def uniform(low: float, high: float, generator: Generator | None) -> float:
    return low + (high - low) * rand(1, dtype=_C.float64, generator=generator).item()


def log_uniform(low: float, high: float, generator: Generator | None) -> float:
    return math.exp(uniform(math.log(low), math.log(high), generator))


def integer(low: int, high: int, generator: Generator | None) -> int:
    """One of low, ..., high."""
    return int(randint(low, high + 1, (1,), generator=generator).item())


def happens(p: float, generator: Generator | None) -> bool:
    return uniform(0, 1, generator) < p


def chosen(weights: Sequence[float], generator: Generator | None) -> int:
    return int(multinomial(tensor(weights, dtype=_C.float64), 1, generator=generator).item())


def order(n: int, generator: Generator | None) -> list[int]:
    return randperm(n, generator=generator).tolist()


def beta(alpha: float, generator: Generator | None) -> float:
    """From the distribution Beta(alpha, alpha)."""
    # The share of one of two gamma variables, by their logarithms: those of a small alpha are too small for a float64.
    difference = _log_gamma_variable(alpha, generator) - _log_gamma_variable(alpha, generator)
    return 1 / (1 + math.exp(min(difference, 700)))


def _log_gamma_variable(alpha: float, generator: Generator | None) -> float:
    """Marsaglia and Tsang 2000, doi:10.1145/358407.358414, for alpha + 1, and carried to alpha by U ** (1 / alpha)."""
    d = alpha + 1 - 1 / 3
    while True:
        x = randn(1, dtype=_C.float64, generator=generator).item()
        v = (1 + x / math.sqrt(9 * d)) ** 3
        u = 1 - uniform(0, 1, generator)  # in (0, 1]
        if v > 0 and math.log(u) < x * x / 2 + d - d * v + d * math.log(v):
            return math.log(d * v) + math.log(1 - uniform(0, 1, generator)) / alpha
