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
from dlx.nn.modules.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from dlx.nn.modules.conv import Conv2d
from dlx.nn.modules.dropout import Dropout
from dlx.nn.modules.embedding import Embedding, EmbeddingBag
from dlx.nn.modules.flatten import Flatten, Unflatten
from dlx.nn.modules.linear import Bilinear, Identity, Linear
from dlx.nn.modules.loss import CrossEntropyLoss, MSELoss, NLLLoss
from dlx.nn.modules.module import Module
from dlx.nn.modules.norm import BatchNorm1d, BatchNorm2d
from dlx.nn.modules.pool import MaxPool2d
from dlx.nn.modules.rnn import GRU, LSTM, RNN, GRUCell, LSTMCell, RNNCell
from dlx.nn.modules.transformer import (
    MultiheadAttention,
    Transformer,
    TransformerDecoder,
    TransformerDecoderLayer,
    TransformerEncoder,
    TransformerEncoderLayer,
)
from dlx.nn.parameter import Buffer, Parameter

if TYPE_CHECKING:
    from dlx.nn import utils

__all__ = [
    "BatchNorm1d", "BatchNorm2d", "Bilinear", "Buffer", "CELU", "Conv2d", "CrossEntropyLoss", "Dropout", "ELU",
    "Embedding", "EmbeddingBag", "Flatten", "GELU", "GLU", "GRU", "GRUCell", "Hardshrink", "Hardsigmoid",
    "Hardswish", "Hardtanh", "Identity", "LSTM", "LSTMCell", "LeakyReLU", "Linear", "LogSigmoid", "LogSoftmax",
    "MSELoss", "MaxPool2d", "Mish", "Module", "ModuleDict", "ModuleList", "MultiheadAttention", "NLLLoss",
    "PReLU", "Parameter", "ParameterDict", "ParameterList", "RNN", "RNNCell", "RReLU", "ReLU", "ReLU6", "SELU",
    "Sequential", "SiLU", "Sigmoid", "Softmax", "Softmax2d", "Softmin", "Softplus", "Softshrink", "Softsign",
    "Tanh", "Tanhshrink", "Threshold", "Transformer", "TransformerDecoder", "TransformerDecoderLayer",
    "TransformerEncoder", "TransformerEncoderLayer", "Unflatten", "functional", "init", "utils",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "utils":
        import importlib

        return importlib.import_module("dlx.nn.utils")
    from dlx._absent import absent

    raise absent("dlx.nn", name)
