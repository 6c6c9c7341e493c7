"""Schedules of the learning rate."""

from __future__ import annotations

from typing import Any

from dlx.optim.lr_scheduler.combine import ChainedScheduler, ReduceLROnPlateau, SequentialLR
from dlx.optim.lr_scheduler.cycle import CosineAnnealingWarmRestarts, CyclicLR, OneCycleLR
from dlx.optim.lr_scheduler.factor import (
    ConstantLR,
    CosineAnnealingLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from dlx.optim.lr_scheduler.scheduler import LRScheduler

__all__ = [
    "ChainedScheduler", "ConstantLR", "CosineAnnealingLR", "CosineAnnealingWarmRestarts", "CyclicLR", "ExponentialLR",
    "LRScheduler", "LambdaLR", "LinearLR", "MultiStepLR", "MultiplicativeLR", "OneCycleLR", "PolynomialLR",
    "ReduceLROnPlateau", "SequentialLR", "StepLR",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.optim.lr_scheduler", name)
