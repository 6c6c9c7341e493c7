"""Functions of `dlx.nn.functional`: only names; each definition is in `dlx/ops/<family>.py`."""

from __future__ import annotations

from typing import Any

from dlx.ops.activation import (
    celu,
    elu,
    gelu,
    glu,
    gumbel_softmax,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    logsigmoid,
    mish,
    prelu,
    relu6,
    relu_,
    rrelu,
    selu,
    silu,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanhshrink,
    threshold,
)
from dlx.ops.attention import multi_head_attention_forward, scaled_dot_product_attention
from dlx.ops.bilinear import bilinear
from dlx.ops.conv import conv2d
from dlx.ops.dropout import dropout
from dlx.ops.elementwise import relu, sigmoid, tanh
from dlx.ops.embedding import embedding, embedding_bag
from dlx.ops.loss import cross_entropy, mse_loss, nll_loss
from dlx.ops.matmul import linear
from dlx.ops.norm import batch_norm
from dlx.ops.pool import max_pool2d
from dlx.ops.softmax import log_softmax, softmax

__all__ = [
    "batch_norm", "bilinear", "celu", "conv2d", "cross_entropy", "dropout", "elu", "embedding", "embedding_bag",
    "gelu", "glu", "gumbel_softmax", "hardshrink", "hardsigmoid", "hardswish", "hardtanh", "leaky_relu",
    "linear", "log_softmax", "logsigmoid", "max_pool2d", "mish", "mse_loss", "multi_head_attention_forward",
    "nll_loss", "prelu", "relu", "relu6", "relu_", "rrelu", "scaled_dot_product_attention", "selu", "sigmoid",
    "silu", "softmax", "softmin", "softplus", "softshrink", "softsign", "tanh", "tanhshrink", "threshold",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.nn.functional", name)
