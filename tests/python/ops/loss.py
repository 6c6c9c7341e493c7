"""Entries of losses."""

import itertools

import numpy as np
from op_table import Error, Op, Sample, Values, indices, literal, positive, probabilities, randn
from ops.softmax import log_softmax

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int64


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


def linear_cross_entropy(x, w, target, *, linear_bias=0.0, ignore_index=None, **options):
    scores = np.tensordot(x, w, axes=(-1, -1)) + linear_bias
    ignored = -100 if ignore_index is None else ignore_index
    return cross_entropy(scores, target, ignore_index=ignored, **options)


def of_elements(loss):
    """A loss of NumPy arrays with PyTorch's reductions."""

    def reference(*args, reduction="mean", **kwargs):
        each = loss(*args, **kwargs)
        return each if reduction == "none" else each.sum() if reduction == "sum" else each.mean()

    return reference


def weighted(loss):
    """The same with weights, over which the mean is taken."""

    def reference(x, target, *, reduction="mean", weight=None):
        w = np.ones(x.shape) if weight is None else weight
        return reduced(w * loss(x, target), w, reduction)

    return reference


def smooth(d, beta):
    d = np.abs(d)
    return np.where(d < beta, 0.5 * d**2 / beta, d - 0.5 * beta)


def log_sigmoid(x):
    return np.minimum(x, 0) - np.log1p(np.exp(-np.abs(x)))


def clamped_log(p):
    return np.maximum(np.log(p), -100)


def binary_cross_entropy(p, t, weight=1.0):
    return -weight * (t * clamped_log(p) + (1 - t) * clamped_log(1 - p))


def with_logits(x, t, weight=1.0, pos_weight=1.0):
    return -weight * (pos_weight * t * log_sigmoid(x) + (1 - t) * log_sigmoid(-x))


def kl_div(x, t, reduction="mean", log_target=False):
    each = np.exp(t) * (t - x) if log_target else np.where(t == 0, 0, t * np.log(np.where(t == 0, 1, t))) - t * x
    if reduction == "batchmean":
        return each.sum() / (len(x) if x.ndim else 1)
    return each if reduction == "none" else each.sum() if reduction == "sum" else each.mean()


def poisson(x, t, log_input=True, full=False, eps=1e-8):
    each = np.exp(x) - t * x if log_input else x - t * np.log(x + eps)
    if full:
        large = np.maximum(t, 1)
        stirling = large * np.log(large) - large + 0.5 * np.log(2 * np.pi * large)
        each = each + np.where(t > 1, stirling, 0)
    return each


def gaussian(x, t, var, full=False, eps=1e-6):
    var = np.asarray(var, dtype=np.float64)
    if var.ndim and var.shape == x.shape[:-1]:
        var = var[..., None]
    var = np.maximum(var, eps)
    return 0.5 * (np.log(var) + (x - t) ** 2 / var) + (0.5 * np.log(2 * np.pi) if full else 0)


def multi_margin(x, y, p=1, margin=1.0, weight=None):
    y = np.asarray(y).reshape(x.shape[:-1])
    right = np.take_along_axis(x, y[..., None], -1)
    each = np.maximum(margin - right + x, 0) ** p * (1 if weight is None else weight[y][..., None])
    return np.where(np.arange(x.shape[-1]) == y[..., None], 0, each).sum(-1) / x.shape[-1]


def multilabel_margin(x, target):
    losses = []
    for scores, row in zip(x.reshape(-1, x.shape[-1]), target.reshape(-1, x.shape[-1])):
        labels = list(itertools.takewhile(lambda y: y >= 0, row))
        others = [c for c in range(len(scores)) if c not in labels]
        losses.append(sum(max(0, 1 - scores[y] + scores[c]) for y in labels for c in others) / len(scores))
    return np.array(losses, dtype=float).reshape(x.shape[:-1])


def ctc_loss(lp, targets, inputs, lengths, blank=0, reduction="mean", zero_infinity=False):
    """Over all paths: the sum of the probabilities of those that say the targets."""
    lp = lp if lp.ndim == 3 else lp[:, None]
    inputs, lengths = np.atleast_1d(inputs), np.atleast_1d(lengths)
    losses, start = [], 0
    for r, (end, n) in enumerate(zip(inputs, lengths)):
        said = tuple(targets[r, :n] if targets.ndim == 2 else targets[start : start + n])
        start += n
        # By prefix: (labels said so far, last class) -> probability.
        paths = {((), blank): 1.0}
        for t in range(end):
            step: dict = {}
            for (prefix, last), p in paths.items():
                for c in range(lp.shape[2]):
                    new = prefix if c in (blank, last) else (*prefix, c)
                    if new == said[: len(new)]:
                        step[new, c] = step.get((new, c), 0) + p * np.exp(lp[t, r, c])
            paths = step
        with np.errstate(divide="ignore"):
            losses.append(-np.log(sum(p for (prefix, _), p in paths.items() if prefix == said)))
    losses = np.array(losses)
    if zero_infinity:
        losses = np.where(np.isinf(losses), 0, losses)
    if reduction == "none":
        return losses
    return losses.sum() if reduction == "sum" else (losses / np.maximum(lengths, 1)).mean()


def cosine_embedding(a, b, t, margin=0.0):
    cosine = (a * b).sum(-1) / np.sqrt(((a * a).sum(-1) + 1e-12) * ((b * b).sum(-1) + 1e-12))
    return np.where(t == 1, 1 - cosine, np.maximum(cosine - margin, 0))


def triplet(a, p, n, margin=1.0, p_norm=2, eps=1e-6, swap=False):
    d = lambda x, y: (np.abs(x - y + eps) ** p_norm).sum(-1) ** (1 / p_norm)
    far = np.minimum(d(a, n), d(p, n)) if swap else d(a, n)
    return np.maximum(d(a, p) - far + margin, 0)


def pairs(first=randn, second=randn):
    """Samples of a loss of pairs."""
    return [
        Sample(first(), second()),
        Sample(first(3, 4), second(3, 4)),
        Sample(first(3, 4), second(3, 4), reduction="sum"),
        Sample(first(3, 4), second(3, 4), reduction="none"),
        Sample(first(0, 4), second(0, 4), reduction="sum"),
        Sample(first(1025), second(1025)),
        Sample(first(300, 301), second(300, 301)).large(),
    ]


def inner(*shape, dtype=None):
    """Probabilities away from 0 and 1, at which logarithms end."""
    return 0.9 * probabilities(*shape, dtype=dtype) + 0.05


def signs(*shape):
    return Values(shape, lambda rng, shape, dtype: rng.integers(0, 2, shape) * 2 - 1, int64)


PAIR_ERRORS = [
    Error(ShapeError, "", randn(3, 4), randn(5, 4)),
    Error(ValueError, "reduction", randn(3), randn(3), reduction="average"),
]
NOT_FLOATING = Error(DtypeError, "floating", randn(3, dtype=int64), randn(3, dtype=int64))
DEPRECATED = Error(ValueError, "reduction='sum'", randn(3), randn(3), size_average=False)


LABELS = literal([[3, 0, -1, 1, 2], [1, 1, 2, -1, 0], [-1, 0, 0, 0, 0], [0, 1, 2, 3, 4]], int64)
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
    Error(ValueError, "reduction='none'", randn(2, 5), indices(2, below=5), reduce=False),
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
            Sample(randn(2, 5000), indices(2, below=5000), label_smoothing=0.1),  # two chunks of a row
            Sample(randn(4, 5), probabilities(4, 5).constant()),
            Sample(randn(4, 5), probabilities(4, 5)),
            Sample(randn(2, 5, 3), probabilities(2, 5, 3), positive(5), label_smoothing=0.2),
            Sample(randn(5), probabilities(5), reduction="none"),
            Sample(randn(3, 5, dtype=float32), probabilities(3, 5, dtype=float64)).gives(float64),
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
            Error(ValueError, "ignore_index", randn(2, 5), probabilities(2, 5), ignore_index=1),
            Error(DtypeError, "or probabilities", randn(2, 5), randn(2)),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.linear_cross_entropy",
        reference=linear_cross_entropy,
        samples=[
            Sample(randn(4, 3), randn(5, 3), indices(4, below=5)),
            Sample(randn(3), randn(5, 3), indices(below=5)),
            Sample(randn(4, 3), randn(5, 2, 6, 3), indices(4, 2, 6, below=5), linear_bias=randn(5, 2, 6)),
            Sample(
                randn(4, 3),
                randn(5, 3),
                indices(4, below=5),
                linear_bias=randn(5),
                weight=positive(5).constant(),
                reduction="sum",
                ignore_index=2,
                label_smoothing=0.1,
            ),
            Sample(randn(4, 3), randn(5, 3), probabilities(4, 5), reduction="none"),
            Sample(randn(0, 3), randn(5, 3), indices(0, below=5), reduction="sum"),
            Sample(randn(120, 64), randn(1001, 64), indices(120, below=1001)).large(),
        ],
        errors=[
            Error(ValueError, "options must be None", randn(4, 3), randn(5, 3), indices(4, below=5), options=1),
            Error(ShapeError, "linear", randn(4, 3), randn(5, 4), indices(4, below=5)),
            Error(IndexError, "class 5", randn(1, 3), randn(5, 3), literal([5], int64)),
            Error(ValueError, "reduction", randn(1, 3), randn(5, 3), literal([1], int64), reduction="average"),
        ],
        tolerance={float32: 1e-4, float16: 2e-2, dlx.bfloat16: 2e-1},
        covers=("linear", "cross_entropy"),
    ),
    Op(
        "nn.functional.nll_loss",
        reference=nll_loss,
        samples=[*ROWS[:-1], Sample(randn(90001, 3), indices(90001, below=3)).large()],
        errors=ROW_ERRORS,
        tolerance=TOLERANCE,
        lacks={"parallel backward": "one element of each row has a gradient, the rest is a fill"},
    ),
    *[
        Op(
            f"nn.functional.{name}",
            reference=weighted(loss),
            samples=[
                *pairs(),
                Sample(randn(9001), randn(9001)),  # two chunks of the sum
                Sample(randn(3, 4), randn(3, 4), weight=positive(3, 4)),
                Sample(randn(3, 4), randn(3, 4), weight=positive(3, 4), reduction="none"),
                Sample(randn(3), literal([np.nan, np.inf, 1.0]), reduction="none").only(float32).kinked(),
            ],
            errors=[
                *PAIR_ERRORS,
                NOT_FLOATING,
                DEPRECATED,
                Error(ShapeError, "weight", randn(3), randn(3), weight=randn(1)),
            ],
            tolerance=TOLERANCE,
        )
        for name, loss in [("mse_loss", lambda x, t: (x - t) ** 2), ("l1_loss", lambda x, t: np.abs(x - t))]
    ],
    Op(
        "nn.functional.smooth_l1_loss",
        reference=of_elements(lambda x, t, beta=1.0: np.abs(x - t) if beta == 0 else smooth(x - t, beta)),
        samples=[
            *pairs(),
            Sample(randn(3, 4), randn(3, 4), beta=0.5),
            Sample(randn(3, 4), randn(3, 4), beta=0.0, reduction="none"),
        ],
        errors=[*PAIR_ERRORS, NOT_FLOATING, DEPRECATED, Error(ValueError, "beta", randn(3), randn(3), beta=-1.0)],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.huber_loss",
        reference=of_elements(lambda x, t, delta=1.0, weight=1.0: weight * delta * smooth(x - t, delta)),
        samples=[
            *pairs(),
            Sample(randn(3, 4), randn(3, 4), delta=0.5),
            Sample(randn(3, 4), randn(3, 4), weight=positive(3, 4)),
        ],
        errors=[
            *PAIR_ERRORS,
            NOT_FLOATING,
            Error(ValueError, "delta", randn(3), randn(3), delta=0.0),
            Error(ShapeError, "weight", randn(3), randn(3), weight=randn(1)),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.binary_cross_entropy",
        reference=of_elements(binary_cross_entropy),
        samples=[
            *pairs(inner, inner),
            Sample(inner(3, 4), inner(3, 4), positive(4)),
            Sample(literal([0.0, 1.0, 0.0, 1.0, 0.5]), literal([0.0, 1.0, 1.0, 0.0, 0.0]), reduction="none").kinked(),
            Sample(literal([1e-7, 1e-30, 0.3]), literal([0.0, 0.0, 1.0]), reduction="none").only(float32).kinked(),
        ],
        errors=[
            *PAIR_ERRORS,
            NOT_FLOATING,
            DEPRECATED,
            Error(ShapeError, "target must have the shape", inner(3, 1), inner(3)),
            Error(DtypeError, "one dtype", inner(3, dtype=float32), inner(3, dtype=float64)),
            Error(RuntimeError, "[0, 1]", literal([0.5, 1.5]), literal([0.0, 1.0])),
            Error(RuntimeError, "[0, 1]", literal([0.5, np.nan]), literal([0.0, 1.0])),
            Error(RuntimeError, "[0, 1]", literal([0.5, 0.5]), literal([0.0, -1.0])),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.binary_cross_entropy_with_logits",
        reference=of_elements(with_logits),
        samples=[
            *pairs(randn, inner),
            Sample(randn(3, 4), inner(3, 4), positive(4)),
            Sample(randn(3, 4), inner(3, 4), pos_weight=positive(4)),
            Sample(randn(3, 4), inner(3, 4), positive(3, 1), pos_weight=positive(4), reduction="none"),
            Sample(literal([1e4, -1e4, 100.0]), literal([0.0, 1.0, 1.0]), reduction="none").kinked(),
            Sample(literal([1e4, -1e4]), literal([0.0, 1.0]), pos_weight=literal(2.0), reduction="none").kinked(),
        ],
        errors=[
            *PAIR_ERRORS,
            NOT_FLOATING,
            DEPRECATED,
            Error(ShapeError, "target must have the shape", randn(3, 1), inner(3)),
            Error(ShapeError, "broadcast", randn(3, 4), inner(3, 4), pos_weight=randn(3)),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.kl_div",
        reference=kl_div,
        samples=[
            Sample(randn(), inner(), reduction="batchmean"),
            Sample(randn(3, 4), inner(3, 4), reduction="batchmean"),
            Sample(randn(3, 4), inner(3, 4), reduction="sum"),
            Sample(randn(3, 4), inner(4), reduction="none"),
            Sample(randn(3, 4), randn(3, 4), reduction="batchmean", log_target=True),
            Sample(randn(0, 4), inner(0, 4), reduction="sum"),
            Sample(randn(3), literal([0.0, 1.0, 0.5]), reduction="none").kinked(),
            Sample(randn(300, 301), inner(300, 301), reduction="sum").large(),
        ],
        errors=[
            Error(ShapeError, "", randn(3, 4), randn(5, 4), reduction="sum"),
            Error(ValueError, "reduction", randn(3), randn(3), reduction="average"),
            Error(DtypeError, "floating", randn(3, dtype=int64), randn(3, dtype=int64), reduction="sum"),
            DEPRECATED,
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.poisson_nll_loss",
        reference=of_elements(poisson),
        samples=[
            *pairs(randn, positive),
            Sample(randn(3, 4), positive(3, 4), full=True),
            Sample(positive(3, 4), positive(3, 4), False, True),
            Sample(positive(3, 4), positive(3, 4), log_input=False, eps=0.1, reduction="none"),
        ],
        errors=[*PAIR_ERRORS, NOT_FLOATING, DEPRECATED],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.gaussian_nll_loss",
        reference=of_elements(gaussian),
        samples=[
            Sample(randn(), randn(), positive()),
            Sample(randn(3, 4), randn(3, 4), positive(3, 4)),
            Sample(randn(3, 4), randn(3, 4), positive(3)),
            Sample(randn(3, 4), randn(3, 4), positive(3, 1), True, reduction="none"),
            Sample(randn(3, 4), randn(3, 4), 0.5, reduction="sum"),
            Sample(randn(0, 4), randn(0, 4), positive(0, 4), reduction="sum"),
            Sample(randn(2), randn(2), literal([0.0, 0.5]), eps=0.1, reduction="none").kinked(),
            Sample(randn(300, 301), randn(300, 301), positive(300, 301)).large(),
        ],
        errors=[
            Error(ValueError, "var", randn(2), randn(2), literal([0.5, -0.5])),
            Error(ShapeError, "var", randn(3, 4), randn(3, 4), positive(4)),
            Error(ShapeError, "var", randn(3, 4), randn(3, 4), positive(1, 1)),
            Error(ValueError, "eps", randn(2), randn(2), positive(2), eps=0.0),
            Error(ValueError, "reduction", randn(2), randn(2), positive(2), reduction="average"),
            Error(DtypeError, "floating", randn(2, dtype=int64), randn(2), positive(2)),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.soft_margin_loss",
        reference=of_elements(lambda x, t: -log_sigmoid(x * t)),
        samples=[*pairs(randn, signs), Sample(randn(3), randn(3))],
        errors=[*PAIR_ERRORS, NOT_FLOATING, DEPRECATED],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.multilabel_soft_margin_loss",
        reference=of_elements(lambda x, t, weight=1.0: with_logits(x, t, weight).mean(-1)),
        samples=[
            *pairs(randn, inner)[1:],
            Sample(randn(4), inner(4)),
            Sample(randn(3, 4), indices(3, 4, below=2), positive(4), reduction="none"),
        ],
        errors=[*PAIR_ERRORS, NOT_FLOATING, DEPRECATED, Error(ShapeError, "classes", randn(), randn())],
        tolerance=TOLERANCE,
        lacks={"0-d": "the last dimension holds the classes"},
    ),
    Op(
        "nn.functional.multi_margin_loss",
        reference=of_elements(multi_margin),
        samples=[
            Sample(randn(3, 5), indices(3, below=5)),
            Sample(randn(5), indices(below=5)),
            Sample(randn(3, 5), indices(3, below=5), 2, 0.5, reduction="none"),
            Sample(randn(3, 5), indices(3, below=5), weight=positive(5).constant(), reduction="sum"),
            Sample(randn(0, 5), indices(0, below=5), reduction="sum"),
            Sample(randn(120, 1001), indices(120, below=1001)).large(),
        ],
        errors=[
            Error(IndexError, "class 5", randn(2, 5), literal([0, 5], int64)),
            Error(IndexError, "class -1", randn(2, 5), literal([0, -1], int64)),
            Error(ShapeError, "target", randn(2, 5), indices(3, below=5)),
            Error(ShapeError, "input", randn(2, 5, 3), indices(2, below=5)),
            Error(ShapeError, "weight", randn(2, 5), indices(2, below=5), weight=randn(4)),
            Error(ValueError, "p must be", randn(2, 5), indices(2, below=5), 3),
            Error(DtypeError, "target", randn(2, 5), randn(2)),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.multilabel_margin_loss",
        reference=of_elements(multilabel_margin),
        samples=[
            Sample(randn(4, 5), LABELS),
            Sample(randn(5), literal([1, 1, -1, 9, 0], int64)),
            Sample(randn(4, 5), LABELS, reduction="none"),
            Sample(randn(4, 5), LABELS, reduction="sum"),
            Sample(randn(2, 1), literal([[0], [-1]], int64)),
            Sample(randn(0, 5), indices(0, 5, below=5), reduction="sum"),
            Sample(randn(120, 301), literal(np.tile([7, 300, 2, *[-1] * 298], (120, 1)), int64)).large().kinked(),
        ],
        errors=[
            Error(IndexError, "class 5 is out of range for 5 classes", randn(1, 5), literal([[0, 5, -1, 0, 0]], int64)),
            Error(ShapeError, "and target the same", randn(2, 5), indices(2, 4, below=4)),
            Error(ShapeError, "(n, c) or (c,)", randn(2, 5, 3), indices(2, 5, 3, below=3)),
            Error(DtypeError, "int64", randn(2, 5), randn(2, 5)),
            Error(DtypeError, "floating", randn(2, 5, dtype=int64), indices(2, 5, below=5)),
            Error(ValueError, "reduction", randn(2, 5), indices(2, 5, below=5), reduction="average"),
            Error(ValueError, "reduction='sum'", randn(2, 5), indices(2, 5, below=5), size_average=False),
        ],
        tolerance=TOLERANCE,
        covers=("gather", "scatter_add", "relu"),
        lacks={"0-d": "a dimension holds the classes"},
    ),
    Op(
        "nn.functional.hinge_embedding_loss",
        reference=of_elements(lambda x, t, margin=1.0: np.where(t == 1, x, np.maximum(margin - x, 0))),
        samples=[*pairs(randn, signs), Sample(randn(3), signs(3), 0.5)],
        errors=[*PAIR_ERRORS, NOT_FLOATING, DEPRECATED],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.margin_ranking_loss",
        reference=of_elements(lambda a, b, t, margin=0.0: np.maximum(-t * (a - b) + margin, 0)),
        samples=[
            Sample(randn(), randn(), signs()),
            Sample(randn(3, 4), randn(3, 4), signs(3, 4)),
            Sample(randn(3, 4), randn(3, 1), signs(1, 4), 0.5, reduction="none"),
            Sample(randn(0, 4), randn(0, 4), signs(0, 4), reduction="sum"),
            Sample(randn(300, 301), randn(300, 301), signs(300, 301)).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(3), randn(3), randn(3, 1)),
            Error(ShapeError, "broadcast", randn(3), randn(4), randn(3)),
            Error(ValueError, "reduction", randn(3), randn(3), randn(3), reduction="average"),
        ],
        tolerance=TOLERANCE,
    ),
    Op(
        "nn.functional.cosine_embedding_loss",
        reference=of_elements(cosine_embedding),
        samples=[
            Sample(randn(5), randn(5), signs()),
            Sample(randn(4, 5), randn(4, 5), signs(4)),
            Sample(randn(4, 5), randn(4, 5), signs(4), 0.3, reduction="none"),
            Sample(randn(0, 5), randn(0, 5), signs(0), reduction="sum"),
            Sample(randn(300, 301), randn(300, 301), signs(300), reduction="sum").large(),
        ],
        errors=[
            Error(ShapeError, "target", randn(4, 5), randn(4, 5), randn()),
            Error(ShapeError, "dimensions", randn(4, 5), randn(5), randn(4)),
            Error(DtypeError, "floating", randn(5, dtype=int64), randn(5), randn()),
        ],
        tolerance={**TOLERANCE, float16: 1e-2, dlx.bfloat16: 1e-1},
    ),
    Op(
        "nn.functional.triplet_margin_loss",
        reference=of_elements(triplet),
        samples=[
            Sample(randn(5), randn(5), randn(5)),
            Sample(randn(4, 5), randn(4, 5), randn(4, 5)),
            Sample(randn(4, 5), randn(4, 5), randn(4, 5), 2.0, swap=True, reduction="none"),
            Sample(randn(0, 5), randn(0, 5), randn(0, 5), reduction="sum"),
            Sample(randn(300, 301), randn(300, 301), randn(300, 301), reduction="sum").large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4, 5), randn(4, 5), randn(5)),
            Error(ValueError, "margin", randn(5), randn(5), randn(5), margin=0.0),
            Error(ValueError, "reduction", randn(5), randn(5), randn(5), reduction="average"),
        ],
        tolerance={**TOLERANCE, float16: 1e-2, dlx.bfloat16: 1e-1},
        lacks={"0-d": "vectors have a dimension"},
    ),
    Op(
        "nn.functional.ctc_loss",
        reference=ctc_loss,
        samples=[
            Sample(randn(6, 2, 4), literal([[1, 2], [3, 3]], int64), [6, 5], [2, 2]),
            Sample(randn(6, 2, 4), literal([[1, 2], [3, 0]], int64), [6, 4], [2, 1], reduction="none"),
            Sample(randn(6, 2, 4), literal([1, 2, 3], int64), literal([6, 4], int64), [2, 1], reduction="sum"),
            Sample(randn(5, 3), literal([0, 1, 0], int64), [5], [3], 2),
            Sample(randn(4, 2, 3), literal([[1, 2], [1, 1]], int64), [4, 3], [2, 0], reduction="none"),
            Sample(randn(3, 2, 3), literal([[1, 1], [1, 2]], int64), [2, 3], [2, 2], zero_infinity=True),
            Sample(randn(3, 2, 3), literal([[1, 1], [1, 2]], int64), [2, 3], [2, 2], reduction="none").kinked(),
            Sample(randn(3, 0, 3), indices(0, 2, below=3), indices(0, below=3), indices(0, below=3), reduction="sum"),
            Sample(randn(40, 10, 4), indices(10, 2, below=4, at_least=1), [40] * 10, [2] * 10).large(),
        ],
        errors=[
            Error(IndexError, "class 4", randn(6, 1, 4), literal([[1, 4]], int64), [6], [2]),
            Error(ValueError, "input_lengths", randn(6, 1, 4), literal([[1, 2]], int64), [7], [2]),
            Error(ValueError, "target_lengths", randn(6, 1, 4), literal([[1, 2]], int64), [6], [3]),
            Error(ShapeError, "sum to 2", randn(6, 2, 4), literal([1, 2, 3], int64), [6, 6], [1, 1]),
            Error(ShapeError, "one entry", randn(6, 2, 4), literal([1, 2], int64), [6], [1, 1]),
            Error(ShapeError, "log_probs", randn(6), literal([1], int64), [6], [1]),
            Error(ValueError, "blank", randn(6, 1, 4), literal([[1, 2]], int64), [6], [2], 4),
            Error(ValueError, "reduction", randn(6, 1, 4), literal([[1, 2]], int64), [6], [2], reduction="average"),
            Error(DtypeError, "floating", randn(6, 1, 4, dtype=int64), literal([[1, 2]], int64), [6], [2]),
            Error(DtypeError, "targets", randn(6, 1, 4), randn(1, 2), [6], [2]),
        ],
        tolerance={**TOLERANCE, float16: 1e-2, dlx.bfloat16: 1e-1},
        lacks={"0-d": "sequences have a dimension"},
    ),
    Op(
        "nn.functional.one_hot",
        reference=lambda x, num_classes=-1: np.eye(max(x.max(initial=-1) + 1, num_classes), dtype=np.int64)[x],
        samples=[
            Sample(indices(3, below=4)),
            Sample(indices(below=4), 6),
            Sample(indices(2, 3, below=4), num_classes=4),
            Sample(indices(0, below=4), 3),
            Sample(indices(3001, below=30), 30).large(),
        ],
        errors=[
            Error(IndexError, "class 4", literal([0, 4], int64), 4),
            Error(IndexError, "class -1", literal([0, -1], int64)),
            Error(DtypeError, "int64", randn(3, dtype=float32)),
            Error(ValueError, "num_classes", indices(0, below=4)),
            Error(ValueError, "num_classes", indices(3, below=4), -2),
        ],
        result=lambda dtype: int64,
        gradient=False,
    ),
]
