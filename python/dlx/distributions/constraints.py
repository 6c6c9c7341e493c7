"""What parameters and values of distributions must satisfy.

A constraint's `check(value)` is a tensor of bool, True where the value will do, without the last `event_dim`
dimensions.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import dlx

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = [
    "Constraint", "boolean", "dependent", "dependent_property", "greater_than", "greater_than_eq", "half_open_interval",
    "independent", "integer_interval", "interval", "is_dependent", "less_than", "nonnegative", "nonnegative_integer",
    "positive", "positive_integer", "real", "real_vector", "simplex", "unit_interval",
]  # fmt: skip


class Constraint:
    """A condition on values."""

    is_discrete = False
    event_dim = 0

    def check(self, value: Tensor) -> Tensor:
        """Ask which values satisfy the condition."""
        raise NotImplementedError

    def __repr__(self) -> str:
        bounds = ", ".join(f"{k}={_shown(v)}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"{type(self).__name__}({bounds})"


def _shown(bound: Any) -> str:
    """A bound in a message: one number as a number."""
    return repr(bound.item()) if isinstance(bound, dlx.Tensor) and bound.numel() == 1 else repr(bound)


class _Dependent(Constraint):
    """Depends on other parameters, so it cannot be checked alone."""

    def check(self, value: Tensor) -> Tensor:
        raise ValueError("a constraint that depends on other parameters cannot be checked alone.")


class dependent_property(property, _Dependent):
    """A property of a distribution whose value is a constraint; on the class it stands for one."""

    def __init__(self, fn: Callable[[Any], Any], *, is_discrete: bool = False, event_dim: int = 0) -> None:
        super().__init__(fn)
        self.is_discrete, self.event_dim = is_discrete, event_dim


class Real(Constraint):
    """Any number; no nan."""

    def check(self, value: Tensor) -> Tensor:
        return value == value


class Interval(Constraint):
    """The interval [lower_bound, upper_bound]."""

    def __init__(self, lower_bound: Any, upper_bound: Any) -> None:
        self.lower_bound, self.upper_bound = lower_bound, upper_bound

    def check(self, value: Tensor) -> Tensor:
        return (self.lower_bound <= value) & (value <= self.upper_bound)


class HalfOpenInterval(Interval):
    """The interval [lower_bound, upper_bound)."""

    def check(self, value: Tensor) -> Tensor:
        return (self.lower_bound <= value) & (value < self.upper_bound)


class IntegerInterval(Interval):
    """The integers of [lower_bound, upper_bound]."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return super().check(value) & (value % 1 == 0)


class GreaterThan(Constraint):
    """The interval (lower_bound, inf]."""

    def __init__(self, lower_bound: Any) -> None:
        self.lower_bound = lower_bound

    def check(self, value: Tensor) -> Tensor:
        return self.lower_bound < value


class GreaterThanEq(GreaterThan):
    """The interval [lower_bound, inf]."""

    def check(self, value: Tensor) -> Tensor:
        return self.lower_bound <= value


class IntegerGreaterThan(GreaterThan):
    """The integers of [lower_bound, inf)."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (self.lower_bound <= value) & (value % 1 == 0)


class LessThan(Constraint):
    """The interval [-inf, upper_bound)."""

    def __init__(self, upper_bound: Any) -> None:
        self.upper_bound = upper_bound

    def check(self, value: Tensor) -> Tensor:
        return value < self.upper_bound


class Boolean(Constraint):
    """0 or 1."""

    is_discrete = True

    def check(self, value: Tensor) -> Tensor:
        return (value == 0) | (value == 1)


class Simplex(Constraint):
    """Probabilities along the last dimension: none negative, with the sum 1."""

    event_dim = 1

    def check(self, value: Tensor) -> Tensor:
        return (value >= 0).all(-1) & ((value.sum(-1) - 1).abs() < 1e-6)


class IndependentConstraint(Constraint):
    """A constraint for all of the last `reinterpreted_batch_ndims` dimensions together."""

    def __init__(self, base_constraint: Constraint, reinterpreted_batch_ndims: int) -> None:
        self.base_constraint, self.reinterpreted_batch_ndims = base_constraint, reinterpreted_batch_ndims
        self.is_discrete = base_constraint.is_discrete
        self.event_dim = base_constraint.event_dim + reinterpreted_batch_ndims

    def check(self, value: Tensor) -> Tensor:
        result = self.base_constraint.check(value)
        count = self.reinterpreted_batch_ndims
        if result.ndim < count:
            raise ValueError(
                f"Independent: a value of {count} dimensions at least is needed. Got shape {tuple(value.shape)}."
            )
        return result.all(tuple(range(-count, 0))) if count else result

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.base_constraint!r}, {self.reinterpreted_batch_ndims})"


def is_dependent(constraint: Any) -> bool:
    """Ask whether a constraint depends on other parameters."""
    return isinstance(constraint, _Dependent)


dependent = _Dependent()
real = Real()
real_vector = IndependentConstraint(real, 1)
boolean = Boolean()
positive = GreaterThan(0.0)
nonnegative = GreaterThanEq(0.0)
unit_interval = Interval(0.0, 1.0)
simplex = Simplex()
nonnegative_integer = IntegerGreaterThan(0)
positive_integer = IntegerGreaterThan(1)
interval = Interval
half_open_interval = HalfOpenInterval
integer_interval = IntegerInterval
greater_than = GreaterThan
greater_than_eq = GreaterThanEq
less_than = LessThan
independent = IndependentConstraint
