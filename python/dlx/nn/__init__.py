"""Layers. A layer checks its constructor's arguments, holds parameters and calls a function of `dlx.nn.functional`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.nn import functional, init
from dlx.nn.modules.activation import (
    CELU,
    ELU,
    GELU,
    GLU,
    SELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    LogSoftmax,
    Mish,
    PReLU,
    ReLU,
    ReLU6,
    RReLU,
    Sigmoid,
    SiLU,
    Softmax,
    Softmax2d,
    Softmin,
    Softplus,
    Softshrink,
    Softsign,
    Tanh,
    Tanhshrink,
    Threshold,
)
from dlx.nn.modules.container import ModuleDict, ModuleList, Sequential
from dlx.nn.modules.conv import Conv2d
from dlx.nn.modules.distance import (
    CosineSimilarity,
    PairwiseDistance,
)
from dlx.nn.modules.dropout import Dropout
from dlx.nn.modules.flatten import Flatten
from dlx.nn.modules.linear import Identity, Linear
from dlx.nn.modules.loss import (
    BCELoss,
    BCEWithLogitsLoss,
    CosineEmbeddingLoss,
    CrossEntropyLoss,
    GaussianNLLLoss,
    HingeEmbeddingLoss,
    HuberLoss,
    KLDivLoss,
    L1Loss,
    MarginRankingLoss,
    MSELoss,
    MultiLabelSoftMarginLoss,
    MultiMarginLoss,
    NLLLoss,
    PoissonNLLLoss,
    SmoothL1Loss,
    SoftMarginLoss,
    TripletMarginLoss,
    TripletMarginWithDistanceLoss,
)
from dlx.nn.modules.module import Module
from dlx.nn.modules.norm import BatchNorm1d, BatchNorm2d
from dlx.nn.modules.pool import MaxPool2d
from dlx.nn.parameter import Buffer, Parameter

if TYPE_CHECKING:
    from dlx.nn import utils

__all__ = [
    "BCELoss", "BCEWithLogitsLoss", "BatchNorm1d", "BatchNorm2d", "Buffer", "CELU", "Conv2d", "CosineEmbeddingLoss",
    "CosineSimilarity", "CrossEntropyLoss", "Dropout", "ELU", "Flatten", "GELU", "GLU", "GaussianNLLLoss",
    "Hardshrink", "Hardsigmoid", "Hardswish", "Hardtanh", "HingeEmbeddingLoss", "HuberLoss", "Identity",
    "KLDivLoss", "L1Loss", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax", "MSELoss", "MarginRankingLoss",
    "MaxPool2d", "Mish", "Module", "ModuleDict", "ModuleList", "MultiLabelSoftMarginLoss", "MultiMarginLoss",
    "NLLLoss", "PReLU", "PairwiseDistance", "Parameter", "PoissonNLLLoss", "RReLU", "ReLU", "ReLU6", "SELU",
    "Sequential", "SiLU", "Sigmoid", "SmoothL1Loss", "SoftMarginLoss", "Softmax", "Softmax2d", "Softmin",
    "Softplus", "Softshrink", "Softsign", "Tanh", "Tanhshrink", "Threshold", "TripletMarginLoss",
    "TripletMarginWithDistanceLoss", "functional", "init", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "utils":
        import importlib

        return importlib.import_module("dlx.nn.utils")
    from dlx._absent import absent

    raise absent("dlx.nn", name)
