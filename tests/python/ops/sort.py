"""Entries of sorting and selecting."""

import numpy as np
from op_table import ALL, FLOATS, INTEGERS, Error, Op, Sample, Values, booleans, distinct, indices, literal, randn

import dlx
from dlx import DtypeError, ShapeError, float32, float64, int32, int64

DIM_ERRORS = [Error(IndexError, "2", randn(3, 4), 2), Error(IndexError, "-3", randn(3, 4), -3)]
NAN, INF = np.nan, np.inf
SPECIAL = [[2.0, NAN, 1.0, -INF], [NAN, 0.0, -0.0, NAN], [1.0, 1.0, 0.0, INF]]
EXACT = {float32: 0, float64: 0, dlx.float16: 0, dlx.bfloat16: 0}


def order(x, dim=-1, descending=False):
    """The stable order, NaN largest."""
    if not descending:
        return np.argsort(x, axis=dim, kind="stable")
    back = np.argsort(np.flip(x, dim), axis=dim, kind="stable")
    return np.flip(x.shape[dim] - 1 - back, dim)


def sort(x, dim=-1, descending=False, stable=False, axis=None):
    if x.ndim == 0:
        return x, np.array(0)
    dim = dim if axis is None else axis
    at = order(x, dim, descending)
    return np.take_along_axis(x, at, dim), at


def topk(x, k, dim=-1, largest=True, sorted=True, axis=None):
    if x.ndim == 0:
        return x, np.array(0)
    at = np.take(order(x, dim if axis is None else axis, largest), np.arange(k), dim if axis is None else axis)
    return np.take_along_axis(x, at, dim if axis is None else axis), at


def picked(x, at, dim, keepdim):
    values = np.take_along_axis(x, np.expand_dims(at, dim), dim)
    return values if keepdim else values.squeeze(dim), np.expand_dims(at, dim) if keepdim else at


def kthvalue(x, k, dim=-1, keepdim=False):
    if x.ndim == 0:
        return x, np.array(0)
    return picked(x, np.take(order(x, dim), k - 1, dim), dim, keepdim)


def median(ignore_nan):
    def reference(x, dim=None, keepdim=False):
        if x.ndim == 0:
            return x if dim is None else (x, np.array(0))
        if dim is None:
            return kth_of(x.ravel())[0]
        moved = np.moveaxis(x, dim, -1)
        at = np.array([kth_of(row)[1] for row in moved.reshape(-1, x.shape[dim])], int).reshape(moved.shape[:-1])
        return picked(x, at, dim, keepdim)

    def kth_of(row):
        nan = np.isnan(row) if row.dtype.kind == "f" else np.zeros(row.shape, bool)
        if nan.all() or (nan.any() and not ignore_nan):
            at = int(np.argmax(nan))
        else:
            at = order(row)[(len(row) - nan.sum() - 1) // 2]
        return row[at], at

    return reference


def mode(x, dim=-1, keepdim=False):
    if x.ndim == 0:
        return x, np.array(0)

    def last_most_frequent(row):
        values, counts = np.unique(row, return_counts=True)
        return len(row) - 1 - np.argmax(row[::-1] == values[np.argmax(counts)])

    moved = np.moveaxis(x, dim, -1)
    at = [last_most_frequent(row) for row in moved.reshape(-1, x.shape[dim])]
    return picked(x, np.array(at, int).reshape(moved.shape[:-1]), dim, keepdim)


def unique(x, sorted=True, return_inverse=False, return_counts=False, dim=None):
    if dim is not None and x.shape[dim] == 0:
        found = x, np.zeros(0, int), np.zeros(0, int)
    else:
        values, inverse, counts = np.unique(x, return_inverse=True, return_counts=True, axis=dim, equal_nan=False)
        found = values, inverse.reshape(x.shape if dim is None else -1), counts
    wanted = (found[0], found[1] if return_inverse else None, found[2] if return_counts else None)
    wanted = tuple(w for w in wanted if w is not None)
    return wanted if len(wanted) > 1 else wanted[0]


def unique_consecutive(x, return_inverse=False, return_counts=False, dim=None):
    rows = x.reshape(-1, 1) if dim is None else np.moveaxis(x, dim, 0)
    flat = rows.reshape(len(rows), int(np.prod(rows.shape[1:])))
    new = np.ones(len(rows), bool)
    new[1:] = (flat[1:] != flat[:-1]).any(axis=1)
    values = x.reshape(-1)[new] if dim is None else np.moveaxis(rows[new], 0, dim)
    inverse = np.cumsum(new) - 1
    found = [values]
    if return_inverse:
        found.append(inverse.reshape(x.shape) if dim is None else inverse)
    if return_counts:
        found.append(np.bincount(inverse, minlength=int(new.sum())))
    return tuple(found) if len(found) > 1 else found[0]


def searchsorted(sequence, values, *, out_int32=False, right=False, side=None, sorter=None):
    side = "right" if right or side == "right" else "left"
    values = np.asarray(values)
    if sequence.ndim == 1:
        return np.asarray(np.searchsorted(sequence, values, side, sorter))
    rows = sequence.reshape(-1, sequence.shape[-1])
    found = [np.searchsorted(r, v, side) for r, v in zip(rows, values.reshape(len(rows), -1))]
    return np.array(found, int).reshape(values.shape)


def rising(*shape):
    return Values(shape, lambda rng, shape, dtype: np.sort(distinct(*shape).draw(rng, shape, dtype), axis=-1))


def nonzero(x, *, as_tuple=False):
    return np.nonzero(np.atleast_1d(x)) if as_tuple else np.argwhere(x)


def quantile(ignore_nan):
    def reference(x, q, dim=None, keepdim=False, *, interpolation="linear"):
        f = np.nanquantile if ignore_nan else np.quantile
        if x.ndim == 0:
            dim = None
        return f(x, np.asarray(q), axis=dim, keepdims=keepdim, method=interpolation)

    return reference


def ties(*shape):
    """Many equal values."""
    return Values(
        shape,
        lambda rng, shape, dtype: (
            (rng.integers(0, 4, shape) > (0 if dtype == dlx.bool else -1))
            * rng.integers(0, 2 if dtype == dlx.bool else 4, shape)
        ),
    )


NO_CHOICE = Error(IndexError, "nothing to choose", randn(0, 3), 0)
Q = literal([0.0, 0.3, 0.5, 1.0]).constant()
QUANTILES = [
    Sample(distinct(5), 0.4),
    Sample(distinct(), 0.5),
    Sample(distinct(3, 4), Q, 1),
    Sample(distinct(3, 4), Q, 0, True),
    Sample(distinct(2, 3, 4), 0.25, 1, keepdim=True),
    Sample(distinct(2, 3), Q),
    *[Sample(distinct(4, 3), 0.4, 0, interpolation=how) for how in ("lower", "higher", "midpoint", "nearest")],
    Sample(literal([[1.0, NAN, 3.0], [4.0, 6.0, 8.0]]), Q, 1).kinked(),
    Sample(distinct(40, 2001), 0.7, 1).large(),
]

OPS = [
    Op(
        "sort",
        reference=sort,
        samples=[
            Sample(distinct()),
            Sample(distinct(5)),
            Sample(distinct(1)),
            Sample(distinct(0)),
            Sample(distinct(0, 3)),
            Sample(distinct(3, 4), 0),
            Sample(distinct(3, 4), -1, True),
            Sample(distinct(2, 3, 4), 1, descending=True),
            Sample(ties(3, 40), stable=True).kinked(),
            Sample(ties(3, 40), 1, True).kinked(),
            Sample(literal(SPECIAL), 1).only(*FLOATS).kinked(),
            Sample(literal(SPECIAL), 1, True).only(*FLOATS).kinked(),
            Sample(distinct(2, 25), axis=1),
            Sample(randn(2, 1500), 1).kinked(),  # by bytes
            Sample(1e30 * randn(2, 1025), 1, True).only(float32, float64).kinked(),
            Sample(literal([[-(2**62), 2**62, -1, 0, 5]]), 1).only(int64),
            Sample(literal([[2**31 - 1, -(2**31), 7, -1, 0] * 40]), 1)
            .only(int64, dlx.int32)
            .kinked(),  # a span of 32 bits
            Sample(ties(2, 193), 1).kinked(),  # one past what is ranked
            Sample(literal([[*SPECIAL[0]] * 100]), 1, True).only(*FLOATS).kinked(),
            Sample(randn(40, 2001), 1).large().kinked(),
            Sample(randn(300_000)).only(float32).large().kinked(),  # threads share a row
        ],
        errors=DIM_ERRORS,
        dtypes=ALL,
        result=lambda dtype: (dtype, int64),
        tolerance=EXACT,
    ),
    Op(
        "argsort",
        reference=lambda x, *args, **kwargs: sort(x, *args, **kwargs)[1],
        samples=[
            Sample(distinct()),
            Sample(distinct(5)),
            Sample(distinct(0, 3), 0),
            Sample(distinct(3, 4), 0, True),
            Sample(ties(3, 40), stable=True),
            Sample(literal(SPECIAL), 1, descending=True).only(*FLOATS),
            Sample(randn(40, 2001), 1).large(),
        ],
        errors=DIM_ERRORS,
        dtypes=ALL,
        result=lambda dtype: int64,
        gradient=False,
        out=True,
    ),
    Op(
        "msort",
        reference=lambda x: np.sort(x, axis=0) if x.ndim else x,
        samples=[
            Sample(distinct()),
            Sample(distinct(5)),
            Sample(distinct(0, 3)),
            Sample(distinct(3, 4)),
            Sample(distinct(2001, 40)).large(),
        ],
        dtypes=ALL,
        covers=("sort",),
        out=True,
        lacks={"errors": "it takes every tensor"},
        tolerance=EXACT,
    ),
    Op(
        "topk",
        reference=topk,
        samples=[
            Sample(distinct(), 1),
            Sample(distinct(5), 2),
            Sample(distinct(5), 5, largest=False),
            Sample(distinct(3, 4), 0),
            Sample(distinct(0, 4), 2),
            Sample(distinct(3, 4), 2, 0),
            Sample(distinct(2, 3, 4), 1, 1, False, False),
            Sample(ties(3, 200), 7, 1).kinked(),
            Sample(ties(3, 200), 7, 1, False).kinked(),
            Sample(literal(SPECIAL), 2, 1).only(*FLOATS).kinked(),
            Sample(literal(SPECIAL), 3, 1, False).only(*FLOATS).kinked(),
            Sample(distinct(2, 25), 3, axis=1),
            Sample(randn(2, 1500), 100, 1).kinked(),
            Sample(ties(2, 700), 100, 1, False).kinked(),
            Sample(literal([[-(2**62), 2**62, -1, 0, 5] * 200]), 6, 1).only(int64).kinked(),
            Sample(randn(40, 2001), 5, 1).large().kinked(),
        ],
        errors=[
            Error(IndexError, "k must be from 0 to 4", randn(3, 4), 5),
            Error(IndexError, "k must be", randn(3, 4), -1),
            Error(IndexError, "2", randn(3, 4), 1, 2),
        ],
        dtypes=ALL,
        result=lambda dtype: (dtype, int64),
        tolerance=EXACT,
    ),
    Op(
        "kthvalue",
        reference=kthvalue,
        samples=[
            Sample(distinct(), 1),
            Sample(distinct(5), 2),
            Sample(distinct(3, 4), 4, 1, True),
            Sample(distinct(0, 4), 2),
            Sample(distinct(2, 3, 4), 2, 1),
            Sample(ties(3, 200), 77, 1).kinked(),
            Sample(literal(SPECIAL), 4, 1).only(*FLOATS).kinked(),
            Sample(randn(40, 2001), 1000, 1).large().kinked(),
        ],
        errors=[
            Error(ValueError, "k must be from 1 to 4", randn(3, 4), 5),
            Error(ValueError, "k must be", randn(3, 4), 0),
            Error(IndexError, "nothing to choose", randn(0, 3), 1, 0),
        ],
        dtypes=ALL,
        result=lambda dtype: (dtype, int64),
        tolerance=EXACT,
    ),
    *[
        op
        for name, ignore in [("median", False), ("nanmedian", True)]
        for op in [
            Op(
                name,
                reference=median(ignore),
                samples=[
                    Sample(distinct()),
                    Sample(distinct(5)),
                    Sample(distinct(2, 3)),
                    Sample(literal([1.0, NAN, 3.0])).only(*FLOATS).kinked(),
                    Sample(distinct(3000)).only(float32, float64),
                ],
                errors=[Error(DtypeError, "floating", randn(0, dtype=int64))],
                dtypes=ALL,
                covers=("median",),
                lacks={"empty": "of nothing it is nan: test_faces", "parallel": "one row is one piece of work"},
                tolerance=EXACT,
            ),
            Op(
                name,
                reference=median(ignore),
                samples=[
                    Sample(distinct(), 0),
                    Sample(distinct(5), 0),
                    Sample(distinct(3, 4), 1, True),
                    Sample(distinct(0, 4), 1),
                    Sample(distinct(2, 3, 4), 1),
                    Sample(ties(3, 200), 1).kinked(),
                    Sample(literal([*SPECIAL, [NAN] * 4]), 1).only(*FLOATS).kinked(),
                    Sample(randn(40, 2001), 1).large().kinked(),
                ],
                errors=[*DIM_ERRORS, NO_CHOICE],
                dtypes=ALL,
                result=lambda dtype: (dtype, int64),
                covers=("median_dim",),
                tolerance=EXACT,
            ),
        ]
    ],
    Op(
        "mode",
        reference=mode,
        samples=[
            Sample(distinct()),
            Sample(distinct(5)),
            Sample(distinct(3, 4), 0, True),
            Sample(distinct(0, 4), 1),
            Sample(ties(3, 40), 1).kinked(),
            Sample(ties(5, 2, 3), 0).kinked(),
            Sample(literal([[1.0, 2, 2, 1, 3], [5, 4, 3, 2, 1]]), 1).only(*FLOATS).kinked(),
            Sample(ties(40, 2001), 1).large().kinked(),
        ],
        errors=[*DIM_ERRORS, NO_CHOICE],
        dtypes=ALL,
        result=lambda dtype: (dtype, int64),
        tolerance=EXACT,
    ),
    Op(
        "unique",
        reference=unique,
        samples=[
            Sample(randn()),
            Sample(randn(0)),
            Sample(ties(7)),
            Sample(ties(3, 4), return_inverse=True).gives(None, int64),
            Sample(ties(3, 4), True, True, True).gives(None, int64, int64),
            Sample(ties(9, 2), dim=0),
            Sample(ties(2, 9), True, True, True, 1).gives(None, int64, int64),
            Sample(ties(9, 2, 2), False, False, True, 0).gives(None, int64),
            Sample(ties(0, 2), dim=0),
            Sample(literal([NAN, 1.0, NAN, 2.0, 1.0]), True, True, True).only(*FLOATS).gives(None, int64, int64),
            Sample(randn(3000), return_counts=True).gives(None, int64),
        ],
        errors=[Error(IndexError, "2", randn(3, 4), dim=2), Error(ShapeError, "no elements", randn(3, 0), dim=0)],
        dtypes=ALL,
        gradient=False,
        lacks={"parallel": "groups are counted in one pass"},
        tolerance=EXACT,
    ),
    Op(
        "unique_consecutive",
        reference=unique_consecutive,
        samples=[
            Sample(randn()),
            Sample(randn(0)),
            Sample(ties(30)),
            Sample(ties(3, 4), return_inverse=True).gives(None, int64),
            Sample(ties(30), True, True).gives(None, int64, int64),
            Sample(ties(30, 1), dim=0),
            Sample(ties(1, 30), True, True, 1).gives(None, int64, int64),
            Sample(literal([NAN, NAN, 1.0, 1.0]), return_counts=True).only(*FLOATS).gives(None, int64),
        ],
        errors=[Error(IndexError, "2", randn(3, 4), dim=2)],
        dtypes=ALL,
        gradient=False,
        covers=("unique",),
        lacks={"parallel": "groups are counted in one pass"},
        tolerance=EXACT,
    ),
    Op(
        "searchsorted",
        reference=searchsorted,
        samples=[
            Sample(rising(6), randn()),
            Sample(rising(6), 2),
            Sample(rising(6), randn(3, 4)),
            Sample(rising(6), rising(6), right=True),
            Sample(rising(6), rising(6), side="right"),
            Sample(rising(2, 6), randn(2, 3)),
            Sample(rising(2, 6), randn(2, 3), out_int32=True).gives(int32),
            Sample(rising(0), randn(3)),
            Sample(rising(6), randn(0)),
            Sample(literal([1.0, 2.0, NAN]), literal([NAN, 3.0, 1.0])).only(*FLOATS),
            Sample(literal([3, 1, 2]), literal([2, 0]), sorter=literal([1, 2, 0], int64)).only(int64),
            Sample(rising(100), randn(120, 1001)).large(),
        ],
        errors=[
            Error(ShapeError, "agree with input", randn(2, 6), randn(3, 6)),
            Error(ShapeError, "1 dimension", randn(), randn(3)),
            Error(ValueError, "'left' or 'right'", randn(6), randn(3), side="up"),
            Error(ValueError, "contradict", randn(6), randn(3), side="left", right=True),
        ],
        dtypes=(*FLOATS, *INTEGERS),
        result=lambda dtype: int64,
        gradient=False,
        out=True,
        lacks={"method": "there is none"},
    ),
    Op(
        "bucketize",
        reference=lambda x, boundaries, **options: searchsorted(boundaries, x, **options),
        samples=[
            Sample(randn(), rising(6)),
            Sample(2, rising(6)),
            Sample(randn(3, 4), rising(6), right=True),
            Sample(randn(3), rising(0)),
            Sample(randn(3), rising(6), out_int32=True).gives(int32),
            Sample(randn(120, 1001), rising(100)).large(),
        ],
        errors=[Error(ShapeError, "boundaries must have 1", randn(3), randn(2, 3))],
        dtypes=(*FLOATS, *INTEGERS),
        result=lambda dtype: int64,
        gradient=False,
    ),
    Op(
        "nonzero",
        reference=nonzero,
        samples=[
            Sample(randn()),
            Sample(literal(0.0)),
            Sample(randn(5)),
            Sample(randn(3, 4)).with_strides(1, 12).only(*FLOATS),
            Sample(ties(2, 3, 4)),
            Sample(ties(3, 4), as_tuple=True).gives(int64, int64),
            Sample(randn(0, 3)),
            Sample(literal([0.0, -0.0, NAN, INF])).only(*FLOATS),
            Sample(booleans(301, 301)).large(),
        ],
        errors=[Error(TypeError, "must be", 3)],
        dtypes=(float32, *[d for d in ALL if d != float32]),
        result=lambda dtype: int64,
        gradient=False,
    ),
    Op(
        "argwhere",
        reference=nonzero,
        samples=[Sample(randn()), Sample(ties(3, 4)), Sample(randn(0, 3))],
        errors=[Error(TypeError, "must be", 3)],
        dtypes=ALL,
        result=lambda dtype: int64,
        gradient=False,
        covers=("nonzero",),
        lacks={"parallel": "positions are counted in one pass"},
    ),
    Op(
        "bincount",
        reference=lambda x, weights=None, minlength=0: np.bincount(x, weights, minlength),
        samples=[
            Sample(indices(20, below=7)),
            Sample(indices(20, below=7), minlength=10),
            Sample(indices(20, below=7), randn(20)).gives(float32),
            Sample(indices(20, below=7), randn(20, dtype=float64)).gives(float64),
            Sample(indices(20, below=7), randn(20, dtype=int64)).gives(float64),
            Sample(indices(0, below=7), minlength=3),
        ],
        errors=[
            Error(ShapeError, "1 dimension", indices(2, 3, below=3)),
            Error(DtypeError, "integer", randn(3)),
            Error(ValueError, "negative", literal([1, -1], int64)),
            Error(ValueError, "minlength", indices(3, below=3), minlength=-1),
            Error(ShapeError, "weights", indices(3, below=3), randn(4)),
        ],
        dtypes=(float32,),
        result=lambda dtype: int64,
        gradient=False,
        lacks={"0-d": "it takes one dimension", "parallel": "an index_add"},
        tolerance={float32: 1e-5},
    ),
    *[
        Op(
            name,
            reference=quantile(ignore),
            samples=QUANTILES,
            errors=[
                Error(DtypeError, "float32 or float64", randn(3, dtype=int64), 0.5),
                Error(ValueError, "[0, 1]", randn(3), 1.5),
                Error(ValueError, "interpolation", randn(3), 0.5, interpolation="cubic"),
                Error(ValueError, "empty", randn(0), 0.5),
                Error(IndexError, "2", randn(3, 4), 0.5, 2),
            ],
            dtypes=(float32, float64),
            covers=("quantile",),
            lacks={"empty": "there are no quantiles of nothing"},
            out=True,
            tolerance={float32: 1e-5, float64: 1e-11},
        )
        for name, ignore in [("quantile", False), ("nanquantile", True)]
    ],
]
