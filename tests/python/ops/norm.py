"""Entries of normalisation."""

import numpy as np
from op_table import Error, Op, Sample, positive, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32


def batch_norm(x, running_mean, running_var, weight=None, bias=None, training=False, momentum=0.1, eps=1e-5):
    axes, shape = (0, *range(2, x.ndim)), (1, -1, *[1] * (x.ndim - 2))
    mean, var = (x.mean(axis=axes), x.var(axis=axes)) if training else (running_mean, running_var)
    out = (x - mean.reshape(shape)) / np.sqrt(var.reshape(shape) + eps)
    out = out * (1 if weight is None else weight.reshape(shape)) + (0 if bias is None else bias.reshape(shape))
    if running_mean is None:
        return out
    if training:
        count = x.size // x.shape[1]
        running_mean = (1 - momentum) * running_mean + momentum * mean
        running_var = (1 - momentum) * running_var + momentum * var * count / (count - 1)
    return out, running_mean, running_var


def statistics(c: int):
    return randn(c).constant().updated().contiguous(), positive(c).constant().updated().contiguous()


OPS = [
    Op(
        "nn.functional.batch_norm",
        reference=batch_norm,
        samples=[
            Sample(randn(4, 3, 2, 5), *statistics(3), randn(3), randn(3), True),
            Sample(randn(4, 3, 2, 5), *statistics(3), randn(3), randn(3), False),
            Sample(randn(4, 3), *statistics(3), randn(3), randn(3), training=True),
            Sample(randn(4, 3, 6), *statistics(3), training=True, momentum=0.3, eps=1e-3),
            Sample(randn(4, 3, 2, 5), None, None, training=True),
            Sample(randn(4, 3, 2, 5), None, None, None, randn(3), training=True),
            Sample(randn(1, 3, 2, 2), *statistics(3)),
            Sample(randn(0, 3, 2, 2), *statistics(3), randn(3), randn(3)),
            Sample(randn(2, 3, 4, 5).channels_last(), *statistics(3), randn(3), randn(3), True).with_strides(
                60, 1, 15, 3
            ),
            Sample(randn(4, 3, 2, 5) + 300.0, None, None, training=True)
            .only(float32, dlx.float64)
            .kinked(),  # E[x^2] - E[x]^2 would lose it
            Sample(randn(8, 16, 30, 31), *statistics(16), randn(16), randn(16), True).large(),
            Sample(randn(8, 16, 30, 31), *statistics(16), randn(16), randn(16)).large(),
        ],
        errors=[
            Error(ShapeError, "weight", randn(4, 3, 2, 5), None, None, randn(4), None, True),
            Error(ShapeError, "running_mean", randn(4, 3), randn(2), randn(3)),
            Error(ShapeError, "dimension", randn(4), None, None, training=True),
            Error(ValueError, "running", randn(4, 3), None, None),
            Error((ValueError, ShapeError), "", randn(1, 3), None, None, training=True),
            Error(DtypeError, "floating", randn(4, 3, dtype=dlx.int64), None, None, training=True),
        ],
        tolerance={float32: 5e-5, float16: 6e-3, dlx.bfloat16: 5e-2},
        lacks={"0-d": "the input has a batch and channels"},
    ),
]
