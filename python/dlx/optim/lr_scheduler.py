"""Schedules of the learning rate."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable
from typing import Any

from dlx._C import Tensor
from dlx.optim.optimizer import Optimizer

__all__ = ["CosineAnnealingLR", "LRScheduler", "LambdaLR", "StepLR"]


class LRScheduler:
    """Base of all schedules. A class of its own writes ``get_lr``, which returns one rate for each group.

    Args:
        optimizer: whose groups' "lr" it sets, at once and at every ``step``.
        last_epoch: -1 to begin; else the number of steps already taken, the groups having "initial_lr".

    Raises:
        TypeError: ``optimizer`` is none.
        KeyError: ``last_epoch`` is not -1 and a group has no "initial_lr".
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        if not isinstance(optimizer, Optimizer):
            raise TypeError(f"{type(optimizer).__name__} is not an Optimizer")
        self.optimizer = optimizer
        for number, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                rate = group["lr"]
                group.setdefault("initial_lr", rate.clone() if isinstance(rate, Tensor) else rate)
            elif "initial_lr" not in group:
                raise KeyError(
                    f"param 'initial_lr' is not specified in param_groups[{number}] when resuming an optimizer"
                )
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._step_count = 0
        self._last_lr: list[Any] = []
        self.step()

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the step ``last_epoch``."""
        raise NotImplementedError(f"{type(self).__name__} does not define get_lr")

    def get_last_lr(self) -> list[Any]:
        """Return the rates that were last set."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Go on to the next step, after the optimizer's.

        Args:
            epoch: jump to this step instead.
        """
        if self._step_count == 1 and not self.optimizer._step_called:
            warnings.warn(
                "lr_scheduler.step() was called before optimizer.step(), so the first value of the schedule is "
                "skipped. Call them in the opposite order.",
                UserWarning,
                stacklevel=2,
            )
        self._step_count += 1
        if epoch is None:
            self.last_epoch += 1
            rates = self.get_lr()
        else:
            self.last_epoch = epoch
            closed = getattr(self, "_get_closed_form_lr", None)
            rates = closed() if closed is not None else self.get_lr()
        for group, rate in zip(self.optimizer.param_groups, rates):
            if isinstance(group["lr"], Tensor):
                group["lr"].fill_(rate)
            else:
                group["lr"] = rate
        self._last_lr = [
            group["lr"].clone() if isinstance(group["lr"], Tensor) else group["lr"]
            for group in self.optimizer.param_groups
        ]

    def state_dict(self) -> dict[str, Any]:
        """Return all that the schedule knows but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned."""
        self.__dict__.update(state_dict)


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
        groups = len(optimizer.param_groups)
        self.lr_lambdas = list(lr_lambda) if isinstance(lr_lambda, (list, tuple)) else [lr_lambda] * groups
        if len(self.lr_lambdas) != groups:
            raise ValueError(f"Expected {groups} lr_lambdas, but got {len(self.lr_lambdas)}")
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
        if self._step_count == 1:  # the constructor's own step keeps the rate, a resumed one too
            return [group["lr"] for group in groups]
        if (step - 1 - self.T_max) % (2 * self.T_max) == 0:  # at the bottom the ratio below would be 0 / 0
            rise = (1 - math.cos(math.pi / self.T_max)) / 2
            return [group["lr"] + (base - low) * rise for base, group in zip(self.base_lrs, groups)]
        ratio = (1 + math.cos(math.pi * step / self.T_max)) / (1 + math.cos(math.pi * (step - 1) / self.T_max))
        return [ratio * (group["lr"] - low) + low for group in groups]

    def _get_closed_form_lr(self) -> list[Any]:
        share = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2
        return [self.eta_min + (base - self.eta_min) * share for base in self.base_lrs]


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.optim.lr_scheduler", name)
