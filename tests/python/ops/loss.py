"""Entries of losses."""

import numpy as np
from op_table import Error, Op, Sample, indices, literal, positive, probabilities, randn
from ops.softmax import log_softmax

import dlx
from dlx import DtypeError, ShapeError, float16, float32, int64


def reduced(loss, weights, reduction):
    if reduction == "none":
        return loss
    with np.errstate(invalid="ignore"):
        return loss.sum() if reduction == "sum" else loss.sum() / np.sum(weights)


def rows(log_probs, target):
    """(classes, ...) -> classes last, with the targets flat."""
    axis = 0 if log_probs.ndim == 1 else 1
    return np.moveaxis(log_probs, axis, -1).reshape(-1, log_probs.shape[axis]), target.reshape(-1)


def nll_loss(log_probs, target, weight=None, *, ignore_index=-100, reduction="mean"):
    lp, y = rows(log_probs, target)
    weight = np.ones(lp.shape[1]) if weight is None else weight
    kept = y != ignore_index
    w = np.where(kept, weight[np.where(kept, y, 0)], 0)
    loss = -w * lp[np.arange(len(y)), np.where(kept, y, 0)]
    return reduced(loss.reshape(target.shape), w, reduction)


def cross_entropy(logits, target, weight=None, *, ignore_index=-100, reduction="mean", label_smoothing=0.0):
    lp = log_softmax(logits, 0 if logits.ndim == 1 else 1)
    s = label_smoothing
    if target.dtype == np.float64:  # probabilities
        classes = logits.shape[0 if logits.ndim == 1 else 1]
        axis = 0 if logits.ndim == 1 else 1
        shape = [-1 if d == axis else 1 for d in range(logits.ndim)]
        w = 1 if weight is None else weight.reshape(shape)
        loss = -(w * ((1 - s) * target + s / classes) * lp).sum(axis=axis)
        return reduced(loss, np.ones(loss.shape), reduction)
    plain = nll_loss(lp, target, weight, ignore_index=ignore_index, reduction="none")
    flat, y = rows(lp, target)
    weight = np.ones(flat.shape[1]) if weight is None else weight
    kept = y != ignore_index
    smooth = np.where(kept, -(flat * weight).sum(axis=1) / flat.shape[1], 0).reshape(target.shape)
    return reduced((1 - s) * plain + s * smooth, np.where(kept, weight[np.where(kept, y, 0)], 0), reduction)


def mse_loss(x, target, *, reduction="mean"):
    loss = (x - target) ** 2
    return loss if reduction == "none" else loss.sum() if reduction == "sum" else loss.mean()


TARGET = literal([2, 0, -100, 3], int64)
ROWS = [
    Sample(randn(4, 5), indices(4, below=5)),
    Sample(randn(5), indices(below=5)),  # one row, a target without dimensions
    Sample(randn(4, 5), indices(4, below=5), reduction="sum"),
    Sample(randn(4, 5), indices(4, below=5), reduction="none"),
    Sample(randn(4, 5), indices(4, below=5), positive(5).constant()),
    Sample(randn(4, 5), TARGET),
    Sample(randn(4, 5), TARGET, positive(5).constant(), reduction="none"),
    Sample(randn(4, 5), indices(4, below=5), ignore_index=2),
    Sample(randn(4, 5), literal([-100, -100, -100, -100], int64), reduction="sum"),
    Sample(randn(2, 5, 3), indices(2, 3, below=5)),  # one target at each place
    Sample(randn(2, 3, 2, 2), indices(2, 2, 2, below=3), reduction="none"),
    Sample(randn(0, 5), indices(0, below=5), reduction="sum"),
    Sample(randn(0, 5), indices(0, below=5), reduction="none"),
    Sample(randn(7, 1), indices(7, below=1)),
    Sample(randn(3, 1025), indices(3, below=1025)),
    Sample(randn(120, 1001), indices(120, below=1001)).large(),
]
ROW_ERRORS = [
    Error(IndexError, "5", randn(2, 5), literal([0, 5], int64)),
    Error(IndexError, "-1", randn(2, 5), literal([0, -1], int64)),
    Error(ShapeError, "target", randn(2, 5), indices(3, below=5)),
    Error(ShapeError, "weight", randn(2, 5), indices(2, below=5), randn(4)),
    Error(ValueError, "reduction", randn(2, 5), indices(2, below=5), reduction="average"),
    Error(DtypeError, "floating", randn(2, 5, dtype=int64), indices(2, below=5)),
    Error(DtypeError, "target", randn(2, 5), randn(2, dtype=dlx.int8)),
]
TOLERANCE = {float32: 1e-5, float16: 4e-3, dlx.bfloat16: 4e-2}

OPS = [
    Op(
        "nn.functional.cross_entropy",
        reference=cross_entropy,
        samples=[
            *ROWS,
            Sample(randn(4, 5), TARGET, positive(5).constant(), label_smoothing=0.1),
            Sample(randn(4, 5), indices(4, below=5), label_smoothing=1.0),
            Sample(randn(2, 5, 3), indices(2, 3, below=5), label_smoothing=0.2, reduction="none"),
            Sample(1e3 * randn(3, 4), indices(3, below=4)).only(float32, dlx.float64).kinked(),
            Sample(randn(4, 5), probabilities(4, 5).constant()),
            Sample(
                randn(4, 5),
                probabilities(4, 5).constant(),
                positive(5).constant(),
                label_smoothing=0.1,
                reduction="none",
            ),
        ],
        errors=[
            *ROW_ERRORS,
            Error(ValueError, "label_smoothing", randn(2, 5), indices(2, below=5), label_smoothing=1.5),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.nll_loss",
        reference=nll_loss,
        samples=[*ROWS[:-1], Sample(randn(90001, 3), indices(90001, below=3)).large()],
        errors=ROW_ERRORS,
        tolerance=TOLERANCE,
        lacks={"parallel backward": "one element of each row has a gradient, the rest is a fill"},
    ),
    Op(
        "nn.functional.mse_loss",
        reference=mse_loss,
        samples=[
            Sample(randn(), randn()),
            Sample(randn(3, 4), randn(3, 4)),
            Sample(randn(3, 4), randn(3, 4), reduction="sum"),
            Sample(randn(3, 4), randn(3, 4), reduction="none"),
            Sample(randn(0, 4), randn(0, 4), reduction="sum"),
            Sample(randn(1025), randn(1025)),
            Sample(randn(300, 301), randn(300, 301)).large(),
        ],
        errors=[
            Error(ShapeError, "", randn(3, 4), randn(5, 4)),
            Error(ValueError, "reduction", randn(3), randn(3), reduction="average"),
            Error(DtypeError, "floating", randn(3, dtype=int64), randn(3, dtype=int64)),
        ],
        tolerance=TOLERANCE,
    ),
]
