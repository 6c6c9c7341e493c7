"""Entries of distances and lengths."""

import numpy as np
from op_table import Error, Op, Sample, literal, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int64

HALF = {float16: 1e-2, dlx.bfloat16: 1e-1}


def norm(x, p, axis, keepdims):
    size = np.abs(x)
    if p == 0:
        return (x != 0).sum(axis, keepdims=keepdims).astype(np.float64)
    if np.isinf(p):
        return size.max(axis, keepdims=keepdims) if p > 0 else size.min(axis, keepdims=keepdims)
    return (size**p).sum(axis, keepdims=keepdims) ** (1 / p)


def cosine_similarity(a, b, dim=1, eps=1e-8, *, axis=None):
    a, b = np.broadcast_arrays(a, b)
    dim = dim if axis is None else axis
    lengths = [np.maximum(norm(x, 2, dim, False), eps) for x in (a, b)]
    return (a * b).sum(dim) / lengths[0] / lengths[1]


def pairwise_distance(a, b, p=2.0, eps=1e-6, keepdim=False):
    d = np.asarray(a - b + eps)
    return np.abs(d) if d.ndim == 0 else norm(d, p, -1, keepdim)


def pdist(x, p=2.0):
    i, j = np.triu_indices(len(x), 1)
    return norm(x[i] - x[j], p, -1, False)


def normalize(x, p=2.0, dim=1, eps=1e-12, *, axis=None):
    length = norm(x, p, dim if axis is None else axis, True) if x.ndim else np.abs(x)
    return x / np.maximum(length, eps)


OPS = [
    Op(
        "cosine_similarity",
        reference=cosine_similarity,
        samples=[
            Sample(randn(3, 4), randn(3, 4)),
            Sample(randn(4), randn(4), 0),
            Sample(randn(3, 4), randn(4), dim=-1),
            Sample(randn(3, 4), randn(4, 3, 1), axis=0, eps=0.1),
            Sample(randn(3, 1), randn(3, 4)),
            Sample(randn(0, 4), randn(0, 4)),
            Sample(randn(2, 4), literal([[0.0] * 4, [1e-3] * 4])).kinked(),
            Sample(randn(3, 4, dtype=float32), randn(3, 4, dtype=float64)).gives(float64),
            Sample(randn(300, 301), randn(300, 301)).large(),
        ],
        errors=[
            Error(ShapeError, "broadcast", randn(3, 4), randn(3, 5)),
            Error(IndexError, "1", randn(4), randn(4)),
            Error(DtypeError, "floating", randn(3, 4, dtype=int64), randn(3, 4, dtype=int64)),
        ],
        tolerance=HALF,
        lacks={"0-d": "vectors have a dimension"},
    ),
    Op(
        "pairwise_distance",
        reference=pairwise_distance,
        samples=[
            Sample(randn(), randn()),
            Sample(randn(4), randn(4)),
            Sample(randn(3, 4), randn(3, 4)),
            Sample(randn(2, 3, 4), randn(4), keepdim=True),
            Sample(randn(3, 4), randn(3, 4), 1),
            Sample(randn(3, 4), randn(3, 4), 3.5, 0.1),
            Sample(randn(3, 4), randn(3, 4), float("inf")),
            Sample(randn(3, 4), randn(3, 4), p=-float("inf")),
            Sample(randn(3, 4), randn(3, 4), 0, 0.0).kinked(),
            Sample(randn(0, 4), randn(0, 4)),
            Sample(randn(3, 0), randn(3, 0)),
            Sample(literal([[1.0, 2.0]]), literal([[1.0, 2.0]]), eps=0.0).kinked(),
            Sample(randn(300, 301), randn(300, 301)).large(),
        ],
        errors=[
            Error(ShapeError, "broadcast", randn(3, 4), randn(3, 5)),
            Error(DtypeError, "floating", randn(3, 4, dtype=int64), randn(3, 4, dtype=int64)),
        ],
        tolerance=HALF,
    ),
    Op(
        "pdist",
        reference=pdist,
        samples=[
            Sample(randn(5, 4)),
            Sample(randn(5, 4), 1.0),
            Sample(randn(5, 4), 3.5),
            Sample(randn(5, 4), float("inf")),
            Sample(randn(5, 4), 0.0).kinked(),
            Sample(literal([[1.0, 2.0], [1.0, 2.0], [0.0, 0.0]])).kinked(),
            Sample(randn(1, 4)),
            Sample(randn(0, 4)),
            Sample(randn(3, 0)),
            Sample(randn(60, 301)).large(),
        ],
        errors=[
            Error(ShapeError, "(n, d)", randn(3)),
            Error(ShapeError, "(n, d)", randn(2, 3, 4)),
            Error(DtypeError, "floating", randn(3, 4, dtype=int64)),
            Error(ValueError, "p must not be negative", randn(3, 4), -1.0),
        ],
        tolerance=HALF,
        covers=("vector_norm",),
        lacks={"0-d": "rows have two dimensions"},
    ),
    Op(
        "nn.functional.normalize",
        reference=normalize,
        samples=[
            Sample(randn(), dim=0),
            Sample(randn(3, 4)),
            Sample(randn(5), dim=0),
            Sample(randn(3, 4), 1, 0),
            Sample(randn(3, 4), 3.0),
            Sample(randn(3, 4), float("inf"), axis=1),
            Sample(randn(2, 3, 4), eps=2.0),
            Sample(randn(2, 1025), eps=1e-3),
            Sample(randn(0, 4)),
            Sample(literal([[0.0, 0.0], [3.0, -4.0]])).kinked(),
            Sample(randn(300, 301)).large(),
        ],
        errors=[
            Error(IndexError, "1", randn(4)),
            Error(DtypeError, "floating", randn(3, 4, dtype=int64)),
        ],
        tolerance=HALF,
        out=True,
    ),
]
