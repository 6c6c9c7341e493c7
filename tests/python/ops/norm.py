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


def scaled(out, weight, bias):
    return out * (1 if weight is None else weight) + (0 if bias is None else bias)


def layer_norm(x, shape, weight=None, bias=None, eps=1e-5):
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    out = (x - x.mean(axis=axes, keepdims=True)) / np.sqrt(x.var(axis=axes, keepdims=True) + eps)
    return scaled(out, weight, bias)


def rms_norm(x, shape, weight=None, eps=None):
    axes = tuple(range(x.ndim - len(shape), x.ndim))
    return scaled(
        x / np.sqrt((x * x).mean(axis=axes, keepdims=True) + (2.0**-23 if eps is None else eps)), weight, None
    )


def group_norm(x, groups, weight=None, bias=None, eps=1e-5):
    n, c = x.shape[:2]
    rows = x.reshape(n, groups, x.size // (n * groups) if n else 1)
    out = (rows - rows.mean(axis=2, keepdims=True)) / np.sqrt(rows.var(axis=2, keepdims=True) + eps)
    per_channel = [None if p is None else p.reshape(1, c, *[1] * (x.ndim - 2)) for p in (weight, bias)]
    return scaled(out.reshape(x.shape), *per_channel)


def instance_norm(
    x, running_mean=None, running_var=None, weight=None, bias=None, use_input_stats=True, momentum=0.1, eps=1e-5
):
    if not use_input_stats:
        return batch_norm(x, running_mean, running_var, weight, bias, False, momentum, eps)
    out = group_norm(x, x.shape[1], weight, bias, eps)
    if running_mean is None:
        return out
    rows = x.reshape(*x.shape[:2], -1)
    new_mean = (1 - momentum) * running_mean + momentum * rows.mean(axis=2).mean(axis=0)
    return out, new_mean, (1 - momentum) * running_var + momentum * rows.var(axis=2, ddof=1).mean(axis=0)


def local_response_norm(x, size, alpha=1e-4, beta=0.75, k=1.0):
    squares = np.zeros_like(x)
    for c in range(x.shape[1]):
        first = c - size // 2
        squares[:, c] = (x[:, max(first, 0) : first + size] ** 2).sum(axis=1) / size
    return x / (k + alpha * squares) ** beta


TOLERANCE = {float32: 5e-5, dlx.float64: 1e-11, float16: 6e-3, dlx.bfloat16: 5e-2}

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
        tolerance=TOLERANCE,
        lacks={"0-d": "the input has a batch and channels"},
    ),
    Op(
        "nn.functional.layer_norm",
        reference=layer_norm,
        samples=[
            Sample(randn(4, 16), [16], randn(16), randn(16)),
            Sample(randn(2, 3, 5), [3, 5], randn(3, 5), randn(3, 5), 1e-3),
            Sample(randn(2, 3, 5), (5,)),
            Sample(randn(3, 5), [5], randn(5)),
            Sample(randn(3, 5), [5], None, randn(5)),
            Sample(randn(5), [5]),
            Sample(randn(0, 8), [8], randn(8), randn(8)),
            Sample(randn(2, 0), [0]).kinked(),
            Sample(randn(2, 1025), [1025], randn(1025), randn(1025)),  # a tail after every vector width
            Sample(randn(2, 5000), [5000]),  # two parts of a row's sums
            Sample(randn(40, 6), [6], randn(6), randn(6)),  # three parts of the sums over rows
            Sample(randn(3, 64) + 1e4, [64]).only(float32, dlx.float64).kinked(),  # the mean is far from 0
            Sample(300.0 * randn(2, 64), [64]),  # squares overflow float16
            Sample(randn(3, 8), [8], randn(8, dtype=float32), randn(8, dtype=float32)).only(float16, dlx.bfloat16),
            Sample(randn(200, 1000), [1000], randn(1000), randn(1000)).large(),
        ],
        errors=[
            Error(ShapeError, "the last dimensions of input must be", randn(4, 16), [8]),
            Error(ShapeError, "the last dimensions of input must be", randn(4), [4, 4]),
            Error(ShapeError, "weight", randn(4, 16), [16], randn(15)),
            Error(ShapeError, "bias", randn(4, 16), [16], None, randn(15)),
            Error(ValueError, "normalized_shape", randn(4, 16), []),
            Error(DtypeError, "floating", randn(4, 16, dtype=dlx.int64), [16]),
            Error(DtypeError, "weight", randn(4, 16, dtype=float32), [16], randn(16, dtype=dlx.float64)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "there is no last dimension"},
    ),
    Op(
        "nn.functional.rms_norm",
        reference=rms_norm,
        samples=[
            Sample(randn(4, 16), [16], eps=1e-6),
            Sample(1e-3 * randn(4, 16), [16]).only(float32, float16, dlx.bfloat16),
            Sample(randn(2, 3, 5), [3, 5], weight=randn(3, 5), eps=1e-6),
            Sample(randn(0, 8), [8], randn(8), 1e-6),  # no rows
            Sample(randn(2, 1025), [1025], weight=randn(1025), eps=1e-6),  # a tail after every vector width
            Sample(300.0 * randn(2, 64), [64], None, 1e-6),  # squares overflow float16
            Sample(randn(3, 8), [8], randn(8, dtype=float32)).only(float16, dlx.bfloat16),
            Sample(randn(200, 1000), [1000], randn(1000), 1e-6).large(),
        ],
        errors=[
            Error(ShapeError, "the last dimensions of input must be", randn(4, 16), [8]),
            Error(ShapeError, "weight", randn(4, 16), [16], randn(15)),
            Error(DtypeError, "floating", randn(4, 16, dtype=dlx.int64), [16]),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "there is no last dimension"},
    ),
    Op(
        "nn.functional.group_norm",
        reference=group_norm,
        samples=[
            Sample(randn(2, 6, 2, 5), 2, randn(6), randn(6)),
            Sample(randn(2, 6, 2, 5), 3),
            Sample(randn(4, 6), 2, randn(6), randn(6)),
            Sample(randn(2, 6, 7), 6, randn(6), None, 1e-3),
            Sample(randn(2, 6, 7), 1, None, randn(6)),
            Sample(randn(0, 6, 2, 5), 2, randn(6), randn(6)),
            Sample(randn(2, 4, 3, 5).channels_last(), 2, randn(4), randn(4)).with_strides(60, 1, 20, 4),
            Sample(randn(2, 4, 3, 5) + 1e4, 2).only(float32, dlx.float64).kinked(),
            Sample(randn(2, 4, 3), 2, randn(4, dtype=float32), randn(4, dtype=float32)).only(float16, dlx.bfloat16),
            Sample(randn(8, 16, 30, 31), 4, randn(16), randn(16)).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4), 2),
            Error(ValueError, "num_groups", randn(2, 4), 3),
            Error(ValueError, "num_groups", randn(2, 4), 0),
            Error(ShapeError, "weight", randn(2, 4), 2, randn(3)),
            Error(DtypeError, "floating", randn(2, 4, dtype=dlx.int64), 2),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "the input has a batch and channels"},
    ),
    Op(
        "nn.functional.instance_norm",
        reference=instance_norm,
        samples=[
            Sample(randn(2, 3, 2, 5)),
            Sample(randn(2, 3, 7), None, None, randn(3), randn(3), eps=1e-3),
            Sample(randn(2, 3, 7), *statistics(3), randn(3), randn(3), True, 0.3),
            Sample(randn(2, 3, 7), *statistics(3), use_input_stats=False),
            Sample(randn(0, 3, 7), None, None, randn(3), randn(3)),
            Sample(randn(8, 16, 30, 31), None, None, randn(16), randn(16)).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4)),
            Error(ValueError, "running", randn(2, 3, 4), use_input_stats=False),
            Error(ShapeError, "weight", randn(2, 3, 4), None, None, randn(2)),
            Error(DtypeError, "floating", randn(2, 4, 3, dtype=dlx.int64)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "the input has a batch and channels"},
    ),
    Op(
        "nn.functional.local_response_norm",
        reference=local_response_norm,
        samples=[
            Sample(randn(2, 5, 4), 3, 0.1),
            Sample(randn(2, 5, 3, 2), 4, alpha=1.0, beta=0.5, k=2.0),
            Sample(randn(1, 2, 3), 7, 1.0),
            Sample(randn(0, 5, 4), 3),
            Sample(randn(4, 8, 60, 61), 5, 1.0).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4, 3), 3),
            Error(ValueError, "size", randn(4, 3, 2), 0),
            Error(DtypeError, "floating", randn(4, 3, 2, dtype=dlx.int64), 3),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "the input has a batch and channels"},
    ),
]
