"""Schedules of schedules, and one that follows what training measures."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Sequence
from typing import Any

from dlx.optim.lr_scheduler.scheduler import LRScheduler, copied, one_for_each, set_rate
from dlx.optim.optimizer import Optimizer

__all__ = ["ChainedScheduler", "ReduceLROnPlateau", "SequentialLR"]


def _checked(name: str, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> Optimizer:
    """The optimizer of all schedules."""
    if len(schedulers) < 1:
        raise ValueError(f"{name}: there must be at least one scheduler.")
    optimizer = optimizer or schedulers[0].optimizer
    for number, scheduler in enumerate(schedulers):
        if not isinstance(scheduler, LRScheduler):
            raise TypeError(f"{name}: schedulers[{number}] is a {type(scheduler).__name__}, no LRScheduler.")
        if isinstance(scheduler, ReduceLROnPlateau):
            raise ValueError(f"{name}: ReduceLROnPlateau cannot be one of its schedulers: its step takes a metric.")
        if scheduler.optimizer is not optimizer:
            raise ValueError(
                f"{name}: all schedulers must be of one optimizer. That of schedulers[{number}] is another."
            )
    return optimizer


class _Combined(LRScheduler):
    """What both combinations share: the inner schedules' states within their own."""

    _schedulers: list[LRScheduler]

    def state_dict(self) -> dict[str, Any]:
        """Return all that the schedule and those inside know but the optimizer."""
        state = {name: value for name, value in self.__dict__.items() if name not in ("optimizer", "_schedulers")}
        return {**state, "_schedulers": [scheduler.state_dict() for scheduler in self._schedulers]}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned."""
        state = dict(state_dict)
        for scheduler, inner in zip(self._schedulers, state.pop("_schedulers")):
            scheduler.load_state_dict(inner)
        self.__dict__.update(state)


class SequentialLR(_Combined):
    """Use one schedule after another.

    Args:
        optimizer: whose rates to set.
        schedulers: in order, all of ``optimizer``.
        milestones: the steps at which the second, third, ... begins, as at its own step 0.
        last_epoch: as for :class:`LRScheduler`.

    Raises:
        ValueError: there are not one less milestones than schedulers, or one is of another optimizer.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> warm = dlx.optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=2)
        >>> fall = dlx.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> schedule = dlx.optim.lr_scheduler.SequentialLR(optimizer, [warm, fall], milestones=[2])
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(schedule.get_last_lr()[0])
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.1, 0.1, 1.0, 0.5]
    """

    def __init__(
        self, optimizer: Optimizer, schedulers: list[LRScheduler], milestones: list[int], last_epoch: int = -1
    ) -> None:
        self.optimizer = _checked("SequentialLR", schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                "SequentialLR: there must be one milestone less than schedulers. "
                f"Got {len(schedulers)} schedulers and {len(milestones)} milestones."
            )
        self._schedulers = schedulers
        self._milestones = milestones
        self.last_epoch = last_epoch + 1
        # The schedulers have each set a first rate when they were made: begin anew with the first one alone.
        for group in optimizer.param_groups:
            set_rate(group, group["initial_lr"])
        for scheduler in schedulers:
            _take_back(scheduler)
        schedulers[0]._initial_step()
        self._last_lr = schedulers[0].get_last_lr()

    def step(self) -> None:  # type: ignore[override]  # it has no epoch in PyTorch either
        """Go on to the next step."""
        self.last_epoch += 1
        index = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[index]
        if index > 0 and self._milestones[index - 1] == self.last_epoch:
            scheduler.step(0)
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()


def _take_back(scheduler: LRScheduler) -> None:
    """Undo the step that a schedule took when it was made."""
    for inner in getattr(scheduler, "_schedulers", ()):
        _take_back(inner)
    scheduler.last_epoch -= 1


class ChainedScheduler(_Combined):
    """Step several schedules together; the rates are the product of what they do.

    Args:
        schedulers: all of one optimizer.
        optimizer: whose; that of the first schedule if None.

    Raises:
        ValueError: there is none, or one is of another optimizer.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> warm = dlx.optim.lr_scheduler.ConstantLR(optimizer, factor=0.1, total_iters=2)
        >>> fall = dlx.optim.lr_scheduler.ExponentialLR(optimizer, gamma=0.5)
        >>> schedule = dlx.optim.lr_scheduler.ChainedScheduler([warm, fall])
        >>> rates = []
        >>> for _ in range(4):
        ...     rates.append(round(schedule.get_last_lr()[0], 4))
        ...     optimizer.step()
        ...     schedule.step()
        >>> rates
        [0.1, 0.05, 0.25, 0.125]
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self.optimizer = _checked("ChainedScheduler", schedulers, optimizer)
        self._schedulers = list(schedulers)
        self.last_epoch = self._schedulers[-1].last_epoch
        self._last_lr = copied(self._last_rates())

    def _initial_step(self) -> None:
        for scheduler in self._schedulers:
            scheduler._initial_step()
        self._last_lr = copied(self._last_rates())

    def step(self) -> None:  # type: ignore[override]  # it has no epoch in PyTorch either
        """Go on to the next step."""
        for scheduler in self._schedulers:
            scheduler.step()
        self.last_epoch = self._schedulers[-1].last_epoch
        self._last_lr = copied(self._last_rates())


class ReduceLROnPlateau(LRScheduler):
    """Lower the rates when a measured value has not improved for a while.

    Args:
        optimizer: whose rates to set.
        mode: 'min' if smaller values are better, 'max' if larger ones.
        factor: by which rates are multiplied, below 1.
        patience: how many steps without improvement are let pass.
        threshold: what counts as an improvement: by this share, or by this much.
        threshold_mode: 'rel' for a share, 'abs' for an amount.
        cooldown: steps after a change in which nothing is counted.
        min_lr: the smallest rate, or one for each group.
        eps: changes of less than this are not made.

    Raises:
        ValueError: ``factor`` is not below 1, an unknown mode, or ``min_lr`` has another length than the groups.

    Example:
        >>> optimizer = dlx.optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
        >>> schedule = dlx.optim.lr_scheduler.ReduceLROnPlateau(optimizer, patience=1)
        >>> for loss in (1.0, 0.9, 0.9, 0.9):
        ...     schedule.step(loss)
        >>> schedule.get_last_lr()
        [0.1]
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: list[float] | float = 0,
        eps: float = 1e-8,
    ) -> None:
        if factor >= 1.0:
            raise ValueError(f"ReduceLROnPlateau: factor must be below 1. Got {factor}.")
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        if mode not in ("min", "max"):
            raise ValueError(f"ReduceLROnPlateau: mode must be 'min' or 'max'. Got {mode!r}.")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"ReduceLROnPlateau: threshold_mode must be 'rel' or 'abs'. Got {threshold_mode!r}.")
        self.optimizer = optimizer
        self.factor = factor
        self.min_lrs = one_for_each(optimizer, "min_lr", min_lr)
        self.patience = patience
        self.cooldown = cooldown
        self.eps = eps
        self.mode = mode
        self.threshold = threshold
        self.threshold_mode = threshold_mode
        self.last_epoch = 0
        self._last_lr = copied(self._last_rates())
        self.best = math.inf if mode == "min" else -math.inf
        self.cooldown_counter = 0
        self.num_bad_epochs = 0

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]  # as in PyTorch
        """Take note of a value, and lower the rates if it is time.

        Args:
            metrics: the value, a number or a tensor of one element.
            epoch: the number of this step, if not one more than the last.
        """
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._improves(current):
            self.best = current
            self.num_bad_epochs = 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter = self.cooldown
            self.num_bad_epochs = 0
        self._last_lr = copied(self._last_rates())

    def _reduce(self) -> None:
        for group, least in zip(self.optimizer.param_groups, self.min_lrs):
            old = float(group["lr"])
            new = max(old * self.factor, least)
            if old - new > self.eps:
                set_rate(group, new)

    def _improves(self, value: float) -> bool:
        sign = -1 if self.mode == "min" else 1
        if self.threshold_mode == "abs":
            bound = self.best + sign * self.threshold
        else:
            bound = self.best * (1 + sign * self.threshold)
        return value < bound if self.mode == "min" else value > bound

    @property
    def in_cooldown(self) -> bool:
        """Whether nothing is counted at present."""
        return self.cooldown_counter > 0
