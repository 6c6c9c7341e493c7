"""Entries of cumulative functions."""

import numpy as np
from op_table import ALL, FLOATS, NUMBERS, Error, Op, Sample, distinct, is_float, literal, randn
from ops.reduce import near_one

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int64

DIM_ERRORS = [Error(IndexError, "2", randn(3, 4), 2), Error(IndexError, "-3", randn(3, 4), -3)]
NAN, INF = np.nan, np.inf


def scan(f):
    def reference(x, dim=None, *, dtype=None, axis=None):
        x = x.astype(np.int64) if x.dtype == bool else x
        return f(x, axis=dim if axis is None else axis) if x.ndim else x

    return reference


def extreme(ufunc):
    """Values and the last index of them so far."""

    def reference(x, dim):
        if x.ndim == 0:
            return x, np.array(0)
        values = ufunc.accumulate(x, axis=dim)
        here = (x == values) | ((x != x) & (values != values))
        places = np.arange(x.shape[dim]).reshape([-1 if d == dim % x.ndim else 1 for d in range(x.ndim)])
        return values, np.maximum.accumulate(np.where(here, places, 0), axis=dim)

    return reference


def samples(make=randn, long_in=(float32, float64, int64)) -> list[Sample]:
    return [
        Sample(make(), 0),
        Sample(make(5), 0),
        Sample(make(1), 0),
        Sample(make(3, 4), 1),
        Sample(make(3, 4), 0),
        Sample(make(2, 3, 4), -2),
        Sample(make(0, 3), 0),
        Sample(make(3, 0), 0),
        Sample(make(2, 200), 1),
        Sample(make(17, 130), 0),
        Sample(make(2, 1027), 1).only(*long_in),  # blocks and a tail
        Sample(make(40, 2001), 1).large(),
        Sample(make(201, 3000), 0).large(),
    ]


def total(name, f, make, more) -> Op:
    return Op(
        name,
        reference=scan(f),
        samples=[
            *samples(make),
            Sample(make(100_003), 0).only(float32),  # from four threads on they share a row
            Sample(make(3, 4), dim=1, dtype=float64).gives(float64),
            Sample(make(3, 4), axis=1),
            *more,
        ],
        errors=[*DIM_ERRORS, Error(TypeError, "dim", randn(3))],
        dtypes=ALL,
        result=lambda dtype: dtype if is_float(dtype) else int64,
        out=True,
        lacks={"casting": "it is taken in the dtype of out"},
        tolerance={float32: 1e-5, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 4e-2},
    )


def diff(x, n=1, dim=-1, prepend=None, append=None):
    extra = {k: v for k, v in [("prepend", prepend), ("append", append)] if v is not None}
    return np.diff(x, n, dim, **extra)


OPS = [
    total("cumsum", np.cumsum, randn, [Sample(100 * randn(2, 4096), 1).only(dlx.bfloat16)]),
    total(
        "cumprod",
        np.cumprod,
        near_one,
        [
            Sample(literal([[0.0, 2.0, 3.0], [2.0, 0.0, 0.0], [2.0, 3.0, 0.0]]), 1).only(*FLOATS),  # no division
            Sample(literal([2.0, 0.0, 3.0, 5.0]), 0).only(*FLOATS),
        ],
    ),
    *[
        Op(
            name,
            reference=extreme(ufunc),
            samples=[
                *samples(distinct),
                Sample(literal([1.0, 1.0, NAN, 3.0, NAN]), 0).only(float32, float64).kinked(),
                Sample(literal([[INF, -INF, 2.0], [2.0, 2.0, 1.0]]), 1).only(*FLOATS).kinked(),
                # Equal ones far apart.
                Sample(literal([[s * (i * 7 % 23 // 4) for i in range(70)] for s in (1.0, -1.0)]), 1).kinked(),
                Sample(literal([[9.0, -9.0, *range(40), NAN, *range(30)]]), 1).only(float32, float64).kinked(),
            ],
            errors=DIM_ERRORS,
            dtypes=ALL,
            result=lambda dtype: (dtype, int64),
            tolerance={float32: 0, float64: 0, float16: 0, dlx.bfloat16: 0},
        )
        for name, ufunc in [("cummax", np.maximum), ("cummin", np.minimum)]
    ],
    Op(
        "logcumsumexp",
        reference=lambda x, dim: np.logaddexp.accumulate(x, axis=dim) if x.ndim else x,
        samples=[
            *samples(long_in=(float32, float64)),
            Sample(literal([-INF, 0.0, 1000.0, 2.0]), 0).only(float32, float64).kinked(),
            Sample(literal([[-INF, -INF, 1.0], [INF, 1.0, 2.0], [0.0, INF, INF], [1.0, NAN, 2.0]]), 1)
            .only(float32, float64)
            .kinked(),
        ],
        errors=[*DIM_ERRORS, Error(DtypeError, "floating", randn(3, dtype=int64), 0)],
        out=True,
        tolerance={float32: 1e-5, float64: 1e-11},
    ),
    Op(
        "diff",
        reference=diff,
        samples=[
            Sample(randn(5)),
            Sample(randn(1)),
            Sample(randn(0)),
            Sample(randn(5), 0),
            Sample(randn(3, 5), 2),
            Sample(randn(3, 5), 1, 0),
            Sample(randn(3, 5), 9, 1),
            Sample(randn(3, 5), prepend=randn(3, 2)),
            Sample(randn(3, 5), 1, -1, randn(3, 1), randn(3, 2)),
            Sample(randn(101, 6000), 1, 0).large(),
        ],
        errors=[
            Error(ShapeError, "1 dimension", randn()),
            Error(ValueError, "negative", randn(3), -1),
            Error(IndexError, "2", randn(3, 4), 1, 2),
            Error(ShapeError, "prepend", randn(3, 4), prepend=randn(3)),
        ],
        dtypes=(*NUMBERS, dlx.bool),
        lacks={"0-d": "it takes one dimension at least"},
        out=True,
    ),
]
