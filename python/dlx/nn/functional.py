"""Functions of `dlx.nn.functional`: only names; each definition is in `dlx/ops/<family>.py`."""

from __future__ import annotations

from typing import Any

from dlx.ops.conv import conv2d
from dlx.ops.dropout import dropout
from dlx.ops.elementary import tanh
from dlx.ops.elementwise import relu, sigmoid
from dlx.ops.loss import cross_entropy, mse_loss, nll_loss
from dlx.ops.matmul import linear
from dlx.ops.norm import batch_norm
from dlx.ops.pool import max_pool2d
from dlx.ops.softmax import log_softmax, softmax

__all__ = [
    "batch_norm", "conv2d", "cross_entropy", "dropout", "linear", "log_softmax", "max_pool2d", "mse_loss",
    "nll_loss", "relu", "sigmoid", "softmax", "tanh",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.nn.functional", name)
