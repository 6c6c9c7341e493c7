"""Optimizers: each step is one kernel call for all parameters of a group that are at the same step."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.optim.adam import Adam, AdamW
from dlx.optim.optimizer import Optimizer
from dlx.optim.sgd import SGD

if TYPE_CHECKING:
    from dlx.optim import lr_scheduler

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "lr_scheduler"]


def __getattr__(name: str) -> Any:
    if name == "lr_scheduler":
        import importlib

        return importlib.import_module("dlx.optim.lr_scheduler")
    from dlx._absent import absent

    raise absent("dlx.optim", name)
