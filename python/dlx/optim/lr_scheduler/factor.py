"""Schedules that follow from the step alone: factors, steps, lines, powers, a cosine."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from dlx.optim.lr_scheduler.scheduler import LRScheduler, one_for_each
from dlx.optim.optimizer import Optimizer

__all__ = [
    "ConstantLR", "CosineAnnealingLR", "ExponentialLR", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR",
    "PolynomialLR", "StepLR",
]  # fmt: skip


class LambdaLR(LRScheduler):
    """Set each rate to its first value times a function of the step: ``lr = initial_lr * lr_lambda(step)``.

    Args:
        optimizer: whose rates to set.
        lr_lambda: the function, or one for each group.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: the number of functions is not that of the groups.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 0.5**step)
        >>> optimizer.step()
        >>> schedule.step()
        >>> schedule.get_last_lr()
        [0.5]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        lr_lambda: Callable[[int], float] | list[Callable[[int], float]],
        last_epoch: int = -1,
    ) -> None:
        self.lr_lambdas = one_for_each(optimizer, "lr_lambda", lr_lambda)
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        return [base * factor(self.last_epoch) for base, factor in zip(self.base_lrs, self.lr_lambdas)]

    def state_dict(self) -> dict[str, Any]:
        """Return all that the schedule knows but the optimizer; of the functions only the attributes of objects."""
        state = {name: value for name, value in self.__dict__.items() if name not in ("optimizer", "lr_lambdas")}
        state["lr_lambdas"] = [
            None if hasattr(factor, "__code__") else dict(factor.__dict__) for factor in self.lr_lambdas
        ]
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned."""
        state = dict(state_dict)
        for factor, attributes in zip(self.lr_lambdas, state.pop("lr_lambdas")):
            if attributes is not None:
                factor.__dict__.update(attributes)
        self.__dict__.update(state)


class StepLR(LRScheduler):
    """Multiply each rate by ``gamma`` every ``step_size`` steps.

    Args:
        optimizer: whose rates to set.
        step_size: how many steps.
        gamma: the factor.
        last_epoch: as for :class:`LRScheduler`.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.StepLR(optimizer, step_size=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(schedule.get_last_lr()[0])
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [1.0, 1.0, 0.1, 0.1]
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size = step_size
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        factor = self.gamma if self.last_epoch != 0 and self.last_epoch % self.step_size == 0 else 1.0
        return [group["lr"] * factor for group in self.optimizer.param_groups]

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma ** (self.last_epoch // self.step_size) for base in self.base_lrs]


class MultiplicativeLR(LambdaLR):
    """Multiply each rate by a function of the step: ``lr *= lr_lambda(step)``.

    Args:
        optimizer: whose rates to set.
        lr_lambda: the function, or one for each group.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: the number of functions is not that of the groups.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.MultiplicativeLR(optimizer, lambda step: 0.5)
        >>> rates = []
        >>> for _ in range(3):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [1.0, 0.5, 0.25]
    """

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        if self._is_initial:
            return self._last_rates()
        return [rate * factor(self.last_epoch) for rate, factor in zip(self._last_rates(), self.lr_lambdas)]


class MultiStepLR(LRScheduler):
    """Multiply each rate by ``gamma`` at given steps.

    Args:
        optimizer: whose rates to set.
        milestones: the steps, rising.
        gamma: the factor.
        last_epoch: as for :class:`LRScheduler`.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.MultiStepLR(optimizer, [1, 3])
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [1.0, 0.1, 0.1, 0.01]
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones = Counter(milestones)
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        times = self.milestones.get(self.last_epoch, 0)
        return [rate * self.gamma**times if times else rate for rate in self._last_rates()]

    def _get_closed_form_lr(self) -> list[Any]:
        passed = bisect_right(sorted(self.milestones.elements()), self.last_epoch)
        return [base * self.gamma**passed for base in self.base_lrs]


class ConstantLR(LRScheduler):
    """Scale each rate by a factor until a step.

    Args:
        optimizer: whose rates to set.
        factor: in [0, 1].
        total_iters: the step from which the rates are the groups' own.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: ``factor`` is outside [0, 1].

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.ConstantLR(optimizer, factor=0.5, total_iters=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.5, 0.5, 1.0, 1.0]
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 <= factor <= 1:
            raise ValueError(f"ConstantLR: factor must be in [0, 1]. Got {factor}.")
        self.factor = factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        if self.last_epoch == 0:
            return [rate * self.factor for rate in self._last_rates()]
        if self.last_epoch != self.total_iters:
            return self._last_rates()
        return [rate * (1.0 / self.factor) for rate in self._last_rates()]

    def _get_closed_form_lr(self) -> list[Any]:
        factor = self.factor if self.last_epoch < self.total_iters else 1
        return [base * factor for base in self.base_lrs]


class LinearLR(LRScheduler):
    """Scale each rate by a factor that changes linearly until a step.

    Args:
        optimizer: whose rates to set.
        start_factor: the first factor, in (0, 1].
        end_factor: the last factor, in [0, 1].
        total_iters: the step from which the last factor holds.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: a factor is out of its range.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.LinearLR(optimizer, start_factor=0.5, total_iters=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.5, 0.75, 1.0, 1.0]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < start_factor <= 1:
            raise ValueError(f"LinearLR: start_factor must be in (0, 1]. Got {start_factor}.")
        if not 0 <= end_factor <= 1:
            raise ValueError(f"LinearLR: end_factor must be in [0, 1]. Got {end_factor}.")
        self.start_factor = start_factor
        self.end_factor = end_factor
        self.total_iters = total_iters
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        rates, rise = self._last_rates(), self.end_factor - self.start_factor
        if self.last_epoch == 0:
            return [rate * self.start_factor for rate in rates]
        if self._is_initial or self.last_epoch > self.total_iters:
            return rates
        before = self.total_iters * self.start_factor + (self.last_epoch - 1) * rise
        return [rate * (1.0 + rise / before) for rate in rates]

    def _get_closed_form_lr(self) -> list[Any]:
        share = min(self.total_iters, self.last_epoch) / self.total_iters
        factor = self.start_factor + (self.end_factor - self.start_factor) * share
        return [base * factor for base in self.base_lrs]


class ExponentialLR(LRScheduler):
    """Multiply each rate by ``gamma`` at every step.

    Args:
        optimizer: whose rates to set.
        gamma: the factor.
        last_epoch: as for :class:`LRScheduler`.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> rates = []
        >>> for _ in range(3):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [1.0, 0.5, 0.25]
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = gamma
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        return self._last_rates() if self._is_initial else [rate * self.gamma for rate in self._last_rates()]

    def _get_closed_form_lr(self) -> list[Any]:
        return [base * self.gamma**self.last_epoch for base in self.base_lrs]


class PolynomialLR(LRScheduler):
    """Lower each rate to zero along a power: ``lr = initial_lr * (1 - step / total_iters) ** power``.

    Args:
        optimizer: whose rates to set.
        total_iters: the step from which the rates are zero.
        power: of the share of steps that is left.
        last_epoch: as for :class:`LRScheduler`.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.PolynomialLR(optimizer, total_iters=2)
        >>> rates = []
        >>> for _ in range(3):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [1.0, 0.5, 0.0]
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = total_iters
        self.power = power
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        step, total = self.last_epoch, self.total_iters
        if self._is_initial or step > total:
            return self._last_rates()
        factor = ((1.0 - step / total) / (1.0 - (step - 1) / total)) ** self.power
        return [rate * factor for rate in self._last_rates()]

    def _get_closed_form_lr(self) -> list[Any]:
        left = 1.0 - min(self.total_iters, self.last_epoch) / self.total_iters
        return [base * left**self.power for base in self.base_lrs]


class CosineAnnealingLR(LRScheduler):
    """Lower each rate along half a cosine.

    ``lr = eta_min + (initial_lr - eta_min) * (1 + cos(pi * step / T_max)) / 2``

    Computed from the last rate, as in PyTorch, so that other schedules can act on the same groups.

    Args:
        optimizer: whose rates to set.
        T_max: the number of steps down to ``eta_min``; after that the rate rises again.
        eta_min: the smallest rate.
        last_epoch: as for :class:`LRScheduler`.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=2)
        >>> optimizer.step()
        >>> schedule.step()
        >>> round(schedule.get_last_lr()[0], 4)
        0.5

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983 (without its restarts).
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:
        self.T_max = T_max
        self.eta_min = eta_min
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        groups = self.optimizer.param_groups
        step, low = self.last_epoch, self.eta_min
        if self._is_initial:  # it keeps the rate, a resumed one too
            return self._last_rates()
        if (step - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom the ratio below would be 0 / 0
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [group["lr"] + (base - low) * rise for base, group in zip(self.base_lrs, groups)]
        ratio = (1 + math.cos(math.pi * step / self.T_max)) / (1 + math.cos(math.pi * (step - 1) / self.T_max))
        return [ratio * (group["lr"] - low) + low for group in groups]

    def _get_closed_form_lr(self) -> list[Any]:
        share = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]
