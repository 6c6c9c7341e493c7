"""LRScheduler: what all schedules are."""

from __future__ import annotations

import warnings
from typing import Any

from dlx._C import Tensor
from dlx.optim.optimizer import Optimizer

__all__ = ["LRScheduler"]


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
        self._last_lr: list[Any] = []
        self._initial_step()

    def _initial_step(self) -> None:
        """Set the first rates."""
        self._step_count = 0
        self.step()

    @property
    def _is_initial(self) -> bool:
        """Whether the constructor's own step is running."""
        return self._step_count == 1

    def _last_rates(self) -> list[Any]:
        return [group["lr"] for group in self.optimizer.param_groups]

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
            set_rate(group, rate)
        self._last_lr = copied(self._last_rates())

    def state_dict(self) -> dict[str, Any]:
        """Return all that the schedule knows but the optimizer."""
        return {name: value for name, value in self.__dict__.items() if name != "optimizer"}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned."""
        self.__dict__.update(state_dict)


def set_rate(group: dict[str, Any], rate: Any) -> None:
    """Give a group a rate; one that is a tensor stays the tensor that it is."""
    if isinstance(group["lr"], Tensor):
        group["lr"].fill_(rate)
    else:
        group["lr"] = rate


def copied(rates: list[Any]) -> list[Any]:
    """Rates that later steps do not change."""
    return [rate.clone() if isinstance(rate, Tensor) else rate for rate in rates]


def one_for_each(optimizer: Optimizer, name: str, value: Any) -> list[Any]:
    """A list with one value for each group, from one value or such a list."""
    groups = len(optimizer.param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"expected {groups} values for {name}, one for each group. Got {len(value)}.")
    return list(value)
