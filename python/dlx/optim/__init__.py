"""Optimizers: each step is one kernel call for all parameters of a group that are at the same step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.optim.adagrad import Adagrad
from dlx.optim.adam import Adam, AdamW
from dlx.optim.optimizer import Optimizer
from dlx.optim.rmsprop import RMSprop
from dlx.optim.sgd import SGD

if TYPE_CHECKING:
    from dlx.optim import lr_scheduler

__all__ = ["SGD", "Adagrad", "Adam", "AdamW", "Optimizer", "RMSprop", "lr_scheduler"]

_MODULES = ("lr_scheduler",)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        import importlib

        return importlib.import_module(f"dlx.optim.{name}")
    from dlx._absent import absent

    raise absent("dlx.optim", name)
