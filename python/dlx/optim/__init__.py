"""Optimizers.

A step of SGD, Adam, AdamW, RMSprop and Adagrad is one kernel call for all parameters of a group; the others are
compositions of ops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.optim.adafactor import Adafactor
from dlx.optim.adagrad import Adagrad
from dlx.optim.adam import Adam, AdamW
from dlx.optim.adaptive import Adadelta, Adamax, NAdam, RAdam
from dlx.optim.asgd import ASGD
from dlx.optim.lbfgs import LBFGS
from dlx.optim.muon import Muon
from dlx.optim.optimizer import Optimizer
from dlx.optim.rmsprop import RMSprop
from dlx.optim.rprop import Rprop
from dlx.optim.sgd import SGD

if TYPE_CHECKING:
    from dlx.optim import lr_scheduler, swa_utils

__all__ = [
    "ASGD", "LBFGS", "SGD", "Adadelta", "Adafactor", "Adagrad", "Adam", "AdamW", "Adamax", "Muon", "NAdam", "Optimizer",
    "RAdam", "RMSprop", "Rprop", "lr_scheduler", "swa_utils",
]  # fmt: skip

_MODULES = ("lr_scheduler", "swa_utils")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        import importlib

        return importlib.import_module(f"dlx.optim.{name}")
    from dlx._absent import absent

    raise absent("dlx.optim", name)
