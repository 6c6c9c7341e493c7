"""Schedules that rise and fall, with the momentum against them."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dlx.optim.lr_scheduler.scheduler import LRScheduler, copied, one_for_each, set_rate
from dlx.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingWarmRestarts", "CyclicLR", "OneCycleLR"]


def _cosine(start: float, end: float, share: float) -> float:
    return end + (start - end) / 2.0 * (math.cos(math.pi * share) + 1)


def _line(start: float, end: float, share: float) -> float:
    return (end - start) * share + start


class _Momentum:
    """The momentum of a group: "momentum", or the first of Adam's "betas"."""

    def __init__(self, schedule: str, optimizer: Optimizer) -> None:
        if "momentum" not in optimizer.defaults and "betas" not in optimizer.defaults:
            raise ValueError(
                f"{schedule}: {type(optimizer).__name__} has no momentum or betas. Give cycle_momentum=False."
            )
        self.is_beta = "betas" in optimizer.defaults

    def set(self, group: dict[str, Any], value: float) -> None:
        if self.is_beta:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class CosineAnnealingWarmRestarts(LRScheduler):
    """Lower each rate along half a cosine, again and again, each time over more steps.

    ``lr = eta_min + (initial_lr - eta_min) * (1 + cos(pi * T_cur / T_i)) / 2``, ``T_cur`` being the steps since the
    last restart and ``T_i`` those between it and the next.

    Args:
        optimizer: whose rates to set.
        T_0: steps to the first restart.
        T_mult: by what each period is longer than the one before.
        eta_min: the smallest rate.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: ``T_0`` or ``T_mult`` is no positive integer.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.CosineAnnealingWarmRestarts(optimizer, T_0=2)
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [1.0, 0.5, 1.0, 0.5]

    Source: Loshchilov and Hutter 2017, arXiv:1608.03983.
    """

    def __init__(
        self, optimizer: Optimizer, T_0: int, T_mult: int = 1, eta_min: float = 0.0, last_epoch: int = -1
    ) -> None:
        for name, value in (("T_0", T_0), ("T_mult", T_mult)):
            if not isinstance(value, int) or value < 1:
                raise ValueError(f"CosineAnnealingWarmRestarts: {name} must be a positive integer. Got {value!r}.")
        if not isinstance(eta_min, (int, float)):
            raise ValueError(f"CosineAnnealingWarmRestarts: eta_min must be a number. Got {type(eta_min).__name__}.")
        self.T_0 = T_0
        self.T_i = T_0
        self.T_mult = T_mult
        self.eta_min = eta_min
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``T_cur`` of the period."""
        share = (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]

    def step(self, epoch: float | None = None) -> None:
        """Go on to the next step.

        Args:
            epoch: jump to this step instead, which may be a fraction.

        Raises:
            ValueError: ``epoch`` is negative.
        """
        if epoch is None and self.last_epoch < 0:
            epoch = 0
        if epoch is None:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur -= self.T_i
                self.T_i *= self.T_mult
        else:
            if epoch < 0:
                raise ValueError(f"CosineAnnealingWarmRestarts: epoch must not be negative. Got {epoch}.")
            self.T_i, self.T_cur = self.T_0, epoch
            if epoch >= self.T_0:
                if self.T_mult == 1:
                    self.T_cur = epoch % self.T_0
                else:  # the first n periods have T_0 (T_mult^n - 1) / (T_mult - 1) steps together
                    n = int(math.log(epoch / self.T_0 * (self.T_mult - 1) + 1, self.T_mult))
                    self.T_cur = epoch - self.T_0 * (self.T_mult**n - 1) / (self.T_mult - 1)
                    self.T_i = self.T_0 * self.T_mult**n
        self.last_epoch = math.floor(epoch)
        for group, rate in zip(self.optimizer.param_groups, self.get_lr()):
            set_rate(group, rate)
        self._last_lr = copied(self._last_rates())


class OneCycleLR(LRScheduler):
    """Raise each rate to a maximum and lower it far below its start, once; the momentum goes the other way.

    Args:
        optimizer: whose rates to set.
        max_lr: the highest rate, or one for each group.
        total_steps: steps of the cycle; ``epochs * steps_per_epoch`` if None.
        epochs: see above.
        steps_per_epoch: see above.
        pct_start: share of the steps in which the rate rises.
        anneal_strategy: 'cos' or 'linear'.
        cycle_momentum: also change the momentum (or the first of Adam's betas), from the maximum to the base and back.
        base_momentum: the lowest momentum, or one for each group.
        max_momentum: the highest momentum, or one for each group.
        div_factor: the first rate is ``max_lr / div_factor``.
        final_div_factor: the last rate is the first one divided by this.
        three_phase: fall to the first rate as slowly as it rose, then on to the last.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: an argument is out of its range, the optimizer has no momentum, or more steps are taken than there
            are.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1, momentum=0.9)
        >>> schedule = dlx.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1.0, total_steps=5, pct_start=0.4)
        >>> rates = []
        >>> for step in range(5):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     if step < 4:
        ...         schedule.step()
        >>> rates
        [0.04, 1.0, 0.75, 0.25, 0.0]

    Source: Smith and Topin 2018, arXiv:1708.07120.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if total_steps is None:
            if epochs is None or steps_per_epoch is None:
                raise ValueError("OneCycleLR: give total_steps, or epochs and steps_per_epoch.")
            for name, value in (("epochs", epochs), ("steps_per_epoch", steps_per_epoch)):
                if not isinstance(value, int) or value <= 0:
                    raise ValueError(f"OneCycleLR: {name} must be a positive integer. Got {value!r}.")
            total_steps = epochs * steps_per_epoch
        elif not isinstance(total_steps, int) or total_steps <= 0:
            raise ValueError(f"OneCycleLR: total_steps must be a positive integer. Got {total_steps!r}.")
        if not isinstance(pct_start, float) or not 0 <= pct_start <= 1:
            raise ValueError(f"OneCycleLR: pct_start must be a float in [0, 1]. Got {pct_start!r}.")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"OneCycleLR: anneal_strategy must be 'cos' or 'linear'. Got {anneal_strategy!r}.")
        self.total_steps = total_steps
        # Each phase: its last step, the rates at its ends, the momenta at its ends, as names of the group's options.
        rise = float(pct_start * total_steps) - 1
        up = (rise, ("initial_lr", "max_lr"), ("max_momentum", "base_momentum"))
        if three_phase:
            self._phases = [
                up,
                (2 * rise, ("max_lr", "initial_lr"), ("base_momentum", "max_momentum")),
                (total_steps - 1, ("initial_lr", "min_lr"), ("max_momentum", "max_momentum")),
            ]
        else:
            self._phases = [up, (total_steps - 1, ("max_lr", "min_lr"), ("base_momentum", "max_momentum"))]
        self._anneal_func_type = anneal_strategy
        highest = one_for_each(optimizer, "max_lr", max_lr)
        if last_epoch == -1:
            for group, top in zip(optimizer.param_groups, highest):
                group["initial_lr"] = top / div_factor
                group["max_lr"] = top
                group["min_lr"] = group["initial_lr"] / final_div_factor
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            momentum = _Momentum("OneCycleLR", optimizer)
            self.use_beta1 = momentum.is_beta
            tops = one_for_each(optimizer, "max_momentum", max_momentum)
            bottoms = one_for_each(optimizer, "base_momentum", base_momentum)
            if last_epoch == -1:
                for group, top, bottom in zip(optimizer.param_groups, tops, bottoms):
                    momentum.set(group, top)
                    group["max_momentum"] = top
                    group["base_momentum"] = bottom
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``; set the momenta."""
        step = self.last_epoch
        if step > self.total_steps:
            raise ValueError(f"OneCycleLR: the cycle has {self.total_steps} steps. Tried to take step {step}.")
        anneal = _cosine if self._anneal_func_type == "cos" else _line
        start = 0.0
        for phase in self._phases:
            end, (low, high), (momentum_low, momentum_high) = phase
            if step <= end or phase is self._phases[-1]:
                break
            start = end
        share = (step - start) / (end - start)
        groups = self.optimizer.param_groups
        if self.cycle_momentum:
            momentum = _Momentum("OneCycleLR", self.optimizer)
            for group in groups:
                momentum.set(group, anneal(group[momentum_low], group[momentum_high], share))
        return [anneal(group[low], group[high], share) for group in groups]


class CyclicLR(LRScheduler):
    """Raise each rate along a line to a maximum and lower it again, over and over; the momentum goes the other way.

    Args:
        optimizer: whose rates to set.
        base_lr: the lowest rate, or one for each group.
        max_lr: the highest rate of the first cycle, or one for each group.
        step_size_up: steps in which the rate rises.
        step_size_down: steps in which it falls; as many if None.
        mode: how cycles shrink: 'triangular' (not at all), 'triangular2' (to half each time) or 'exp_range' (by
            ``gamma`` at each step).
        gamma: see ``mode``.
        scale_fn: takes the number of the cycle, from 1, or of the step and gives the scale; ``mode`` is not used then.
        scale_mode: what ``scale_fn`` takes: 'cycle' or 'iterations'.
        cycle_momentum: also change the momentum (or the first of Adam's betas).
        base_momentum: the lowest momentum, or one for each group.
        max_momentum: the highest momentum, or one for each group.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: an unknown mode, or the optimizer has no momentum.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=0.1, momentum=0.9)
        >>> schedule = dlx.optim.lr_scheduler.CyclicLR(optimizer, base_lr=0.0, max_lr=1.0, step_size_up=2)
        >>> rates = []
        >>> for _ in range(5):
        ...     rates.append(schedule.get_last_lr()[0])
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.0, 0.5, 1.0, 0.5, 0.0]

    Source: Smith 2017, arXiv:1506.01186.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(
                f"CyclicLR: mode must be 'triangular', 'triangular2' or 'exp_range' without scale_fn. Got {mode!r}."
            )
        lowest = one_for_each(optimizer, "base_lr", base_lr)
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, lowest):
                set_rate(group, rate)
        self.max_lrs = one_for_each(optimizer, "max_lr", max_lr)
        up = float(step_size_up)
        self.total_size = up + (up if step_size_down is None else float(step_size_down))
        self.step_ratio = up / self.total_size
        self.mode = mode
        self.gamma = gamma
        self.scale_mode = scale_mode if scale_fn is not None or mode != "exp_range" else "iterations"
        self._scale_fn = scale_fn
        self.cycle_momentum = cycle_momentum
        if cycle_momentum:
            momentum = _Momentum("CyclicLR", optimizer)
            self.use_beta1 = momentum.is_beta
            self.base_momentums = one_for_each(optimizer, "base_momentum", base_momentum)
            self.max_momentums = one_for_each(optimizer, "max_momentum", max_momentum)
            if last_epoch == -1:
                for group, low, high in zip(optimizer.param_groups, self.base_momentums, self.max_momentums):
                    momentum.set(group, high)
                    group["max_momentum"] = high
                    group["base_momentum"] = low
        super().__init__(optimizer, last_epoch)
        self.base_lrs = lowest

    def scale_fn(self, x: float) -> float:
        """Return the scale of a cycle, or at a step, as ``scale_mode`` says."""
        if self._scale_fn is not None:
            return self._scale_fn(x)
        if self.mode == "triangular2":
            return 1 / (2.0 ** (x - 1))
        return self.gamma**x if self.mode == "exp_range" else 1.0

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``; set the momenta."""
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        x = 1.0 + self.last_epoch / self.total_size - cycle
        height = x / self.step_ratio if x <= self.step_ratio else (x - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            momentum = _Momentum("CyclicLR", self.optimizer)
            for group, low, high in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums):
                momentum.set(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs)]

    def state_dict(self) -> dict[str, Any]:
        """Return all that the schedule knows but the optimizer; of ``scale_fn`` only the attributes of an object."""
        state = super().state_dict()
        function = state.pop("_scale_fn")
        state["_scale_fn"] = None if function is None or hasattr(function, "__code__") else dict(function.__dict__)
        return state

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned."""
        state = dict(state_dict)
        attributes = state.pop("_scale_fn")
        super().load_state_dict(state)
        if attributes is not None and self._scale_fn is not None:
            self._scale_fn.__dict__.update(attributes)
