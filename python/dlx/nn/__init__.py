"""Layers. A layer checks its constructor's arguments, holds parameters and calls a function of `dlx.nn.functional`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.nn import functional, init
from dlx.nn.modules.activation import ReLU, Sigmoid, Softmax, Tanh
from dlx.nn.modules.container import ModuleDict, ModuleList, Sequential
from dlx.nn.modules.conv import Conv2d
from dlx.nn.modules.dropout import Dropout
from dlx.nn.modules.embedding import Embedding, EmbeddingBag
from dlx.nn.modules.flatten import Flatten
from dlx.nn.modules.linear import Identity, Linear
from dlx.nn.modules.loss import CrossEntropyLoss, MSELoss, NLLLoss
from dlx.nn.modules.module import Module
from dlx.nn.modules.norm import BatchNorm1d, BatchNorm2d
from dlx.nn.modules.pool import MaxPool2d
from dlx.nn.parameter import Buffer, Parameter

if TYPE_CHECKING:
    from dlx.nn import utils

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "Buffer", "Conv2d", "CrossEntropyLoss", "Dropout", "Embedding", "EmbeddingBag",
    "Flatten", "Identity", "Linear", "MSELoss", "MaxPool2d", "Module", "ModuleDict", "ModuleList", "NLLLoss",
    "Parameter", "ReLU", "Sequential", "Sigmoid", "Softmax", "Tanh", "functional", "init", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "utils":
        import importlib

        return importlib.import_module("dlx.nn.utils")
    from dlx._absent import absent

    raise absent("dlx.nn", name)
