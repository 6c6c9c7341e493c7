"""Averages of a model's weights over training."""

from __future__ import annotations

import copy
import itertools
import math
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx._C import Tensor
from dlx.autograd.grad_mode import no_grad
from dlx.nn.modules.module import Module
from dlx.ops.creation import tensor
from dlx.optim.lr_scheduler.scheduler import LRScheduler, one_for_each
from dlx.optim.optimizer import Optimizer

if TYPE_CHECKING:
    from dlx._types import Device

__all__ = [
    "SWALR", "AveragedModel", "get_ema_avg_fn", "get_ema_multi_avg_fn", "get_swa_avg_fn", "get_swa_multi_avg_fn",
    "update_bn",
]  # fmt: skip


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, Any], Tensor]:
    """Return ``f(averaged, current, count)`` of the exponential mean: ``decay * averaged + (1 - decay) * current``.

    Raises:
        ValueError: ``decay`` is outside [0, 1].
    """
    _check_decay(decay)

    @no_grad()
    def average(averaged: Tensor, current: Tensor, count: Any) -> Tensor:
        return decay * averaged + (1 - decay) * current

    return average


def get_swa_avg_fn() -> Callable[[Tensor, Tensor, Any], Tensor]:
    """Return ``f(averaged, current, count)`` of the plain mean: ``averaged + (current - averaged) / (count + 1)``."""

    @no_grad()
    def average(averaged: Tensor, current: Tensor, count: Any) -> Tensor:
        return averaged + (current - averaged) / (count + 1)

    return average


def _in_place(average: Callable[[Tensor, Tensor, Any], Tensor]) -> Callable[..., None]:
    @no_grad()
    def update(averaged: Sequence[Tensor], current: Sequence[Tensor], count: Any) -> None:
        for mean, new in zip(averaged, current):
            mean.copy_(average(mean, new, count) if mean.is_floating_point() else new)

    return update


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[..., None]:
    """Return ``f(averaged, current, count)`` of the exponential mean, which writes into a list of tensors.

    Raises:
        ValueError: ``decay`` is outside [0, 1].
    """
    return _in_place(get_ema_avg_fn(decay))


def get_swa_multi_avg_fn() -> Callable[..., None]:
    """Return ``f(averaged, current, count)`` of the plain mean, which writes into a list of tensors."""
    return _in_place(get_swa_avg_fn())


def _check_decay(decay: float) -> None:
    if not 0.0 <= decay <= 1.0:
        raise ValueError(f"get_ema_avg_fn: decay must be in [0, 1]. Got {decay}.")


class AveragedModel(Module):
    """A copy of a model whose weights are the mean of those that it is shown.

    Args:
        model: which is copied.
        device: of the copy.
        avg_fn: takes a mean, a new value and how many were averaged, and returns the next mean; the plain mean if None.
        multi_avg_fn: the same for lists of tensors, in place.
        use_buffers: also average buffers; else they are copied.

    Raises:
        ValueError: both functions are given.

    Example:
        >>> model = nn.Linear(1, 1, bias=False)
        >>> mean = dlx.optim.swa_utils.AveragedModel(model)
        >>> for weight in (1.0, 2.0):
        ...     _ = nn.init.constant_(model.weight, weight)
        ...     mean.update_parameters(model)
        >>> mean.module.weight.item()
        1.5

    Source: Izmailov et al. 2018, arXiv:1803.05407.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: Device | None = None,
        avg_fn: Callable[[Tensor, Tensor, Any], Tensor] | None = None,
        multi_avg_fn: Callable[..., None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("AveragedModel: give avg_fn or multi_avg_fn, not both.")
        self.module = copy.deepcopy(model)
        if device is not None:
            self.module = self.module.to(device)
        self.register_buffer("n_averaged", tensor(0, dtype=_C.int64, device=device))
        self.avg_fn = avg_fn
        self.multi_avg_fn = multi_avg_fn
        self.use_buffers = use_buffers

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        return self.module(*args, **kwargs)

    @no_grad()
    def update_parameters(self, model: Module) -> None:
        """Take the model's present weights into the mean.

        Args:
            model: of the same parameters as the one that was copied.
        """

        def members(module: Module) -> list[Tensor]:
            found: Iterable[Tensor] = module.parameters()
            return [x.detach() for x in (itertools.chain(found, module.buffers()) if self.use_buffers else found)]

        averaged, current = members(self.module), [x.to(self.n_averaged.device) for x in members(model)]
        count = self.n_averaged.item()
        if count == 0:
            for mean, new in zip(averaged, current):
                mean.copy_(new)
        elif self.avg_fn is not None:
            for mean, new in zip(averaged, current):
                mean.copy_(self.avg_fn(mean, new, count))
        else:
            (self.multi_avg_fn or get_swa_multi_avg_fn())(averaged, current, count)
        if not self.use_buffers:
            for kept, new in zip(self.module.buffers(), model.buffers()):
                kept.copy_(new.detach())
        self.n_averaged += 1


@no_grad()
def update_bn(loader: Iterable[Any], model: Module, device: Device | None = None) -> None:
    """Work out the running statistics of all batch norms anew, as plain means over the data.

    Args:
        loader: batches; of a tuple or list the first is the input.
        model: run on all of them in training mode.
        device: to which inputs are moved.
    """
    norms = {
        module: module.momentum
        for module in model.modules()
        if hasattr(module, "reset_running_stats") and getattr(module, "running_mean", None) is not None
    }
    if not norms:
        return
    was_training = model.training
    model.train()
    for norm in norms:
        norm.reset_running_stats()
        norm.momentum = None  # type: ignore[assignment]  # the plain mean
    try:
        for batch in loader:
            x = batch[0] if isinstance(batch, (list, tuple)) else batch
            model(x if device is None else x.to(device))
    finally:
        for norm, momentum in norms.items():
            norm.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """Move each rate to a last one, which then stays.

    Args:
        optimizer: whose rates to set.
        swa_lr: the last rate, or one for each group.
        anneal_epochs: steps of the way.
        anneal_strategy: 'cos' or 'linear'.
        last_epoch: as for :class:`dlx.optim.lr_scheduler.LRScheduler`.

    Raises:
        ValueError: an unknown strategy, or ``anneal_epochs`` is negative.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"SWALR: anneal_strategy must be 'cos' or 'linear'. Got {anneal_strategy!r}.")
        if not isinstance(anneal_epochs, int) or anneal_epochs < 0:
            raise ValueError(f"SWALR: anneal_epochs must be an integer, not negative. Got {anneal_epochs!r}.")
        for group, rate in zip(optimizer.param_groups, one_for_each(optimizer, "swa_lr", swa_lr)):
            group["swa_lr"] = rate
        self.anneal_strategy = anneal_strategy
        self.anneal_epochs = anneal_epochs
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How much of the way is gone at a step."""
        t = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return (1 - math.cos(math.pi * t)) / 2 if self.anneal_strategy == "cos" else t

    def get_lr(self) -> list[Any]:
        """Return the rate of each group for the present step."""
        step = self._step_count - 1
        if self.anneal_epochs == 0:
            step = max(1, step)
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            last = group["swa_lr"]
            # From the present rate, so that other schedules can act too, back to where the way began.
            first = last if before == 1 else (group["lr"] - before * last) / (1 - before)
            rates.append(last * now + first * (1 - now))
        return rates


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.optim.swa_utils", name)
