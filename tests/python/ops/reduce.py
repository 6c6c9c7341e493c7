"""Entries of reductions."""

import numpy as np
from op_table import ALL, FLOATS, Error, Op, Sample, booleans, distinct, is_float, literal, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int64

DIM_ERRORS = [Error(IndexError, "2", randn(3, 4), 2), Error(IndexError, "-3", randn(3, 4), -3)]


def over(f):
    """A NumPy reduction under PyTorch's names."""

    def reference(x, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=False):
        dim = axis if dim is None else dim
        x = x.astype(np.int64) if x.dtype == bool and f in (np.sum, np.mean) else x
        return f(
            x,
            axis=tuple(dim) if isinstance(dim, (list, tuple)) and len(dim) else None if dim in ((), []) else dim,
            keepdims=keepdim or keepdims,
        )

    return reference


def shapes(*, empty: bool, make=randn, several: bool = True) -> list[Sample]:
    """Along memory and across it, one past a block of the tree, long enough for chunks; `empty`: over nothing."""
    samples = [
        Sample(make()),
        Sample(make(5)),
        Sample(make(3, 4), 1),
        Sample(make(3, 4), 0),
        Sample(make(3, 4), -1, True),
        Sample(make(2, 3, 4), 1),
        Sample(make(0, 3), 1),
        Sample(make(3, 1), 1),
        Sample(make(3, 4), dim=0, keepdim=True),
        Sample(make(3, 4), axis=1, keepdims=True),
        Sample(make(2, 1025), 1),
        Sample(make(1025, 2), 0),
        Sample(make(3, 17, 5), 1),
        Sample(make(120, 1001), 1).large(),
        Sample(make(101, 6000), 0).large(),
        Sample(make(7, 130, 101), 1).large(),
        Sample(make(200001)).large(),
    ]
    if several:
        samples += [Sample(make(2, 3, 4), (0, 2)), Sample(make(2, 3, 4), [1, 0], True), Sample(make(2, 3, 4), (-1, 1))]
    if empty:
        # a mean of nothing is nan
        samples += [
            s.kinked()
            for s in (Sample(make(0)), Sample(make(0, 3)), Sample(make(0, 3), 0), Sample(make(3, 0), 1, True))
        ]
    return samples


def extreme(name, reference) -> Op:
    return Op(
        name,
        reference=over(reference),
        samples=[
            *shapes(empty=False, make=distinct),
            Sample(literal([1.0, np.nan, 3.0])).only(float32, float64).kinked(),
            Sample(literal([[2.0, 5.0, 5.0], [7.0, 7.0, 7.0]]), 1).only(*FLOATS).kinked(),
            Sample(literal([-np.inf, np.inf, 0.0])).only(float32, float64).kinked(),
        ],
        errors=[
            *DIM_ERRORS,
            Error(ValueError, "twice", randn(3, 4), (0, -2)),
            Error((ShapeError, IndexError), "", randn(0, 3), 0),
        ],
        dtypes=ALL,
        out=True,
        tolerance={float32: 0, float64: 0, float16: 0, dlx.bfloat16: 0},
    )


def extreme_along(name, value, index, several) -> list[Op]:
    def reference(x, dim=None, keepdim=False, *, axis=None, keepdims=False):
        if dim is None and axis is None:
            return value(x)
        if x.ndim == 0:
            return x, np.array(0)
        dim, keepdim = axis if dim is None else dim, keepdim or keepdims
        where = np.expand_dims(index(x, axis=dim), dim)
        values = np.take_along_axis(x, where, dim)
        return (values, where) if keepdim else (values.squeeze(dim), where.squeeze(dim))

    one = [s for s in shapes(empty=False, make=distinct) if len(s.args) == 1 and not s.kwargs]
    along = [s for s in shapes(empty=False, make=distinct, several=False) if len(s.args) > 1 or s.kwargs]
    return [
        Op(
            name,
            reference=reference,
            samples=one,
            dtypes=ALL,
            covers=several[:1],
            errors=[NO_KEEPDIM],
            lacks={"empty": "there is no extreme of nothing"},
        ),
        Op(
            name,
            reference=reference,
            samples=[
                *along,
                Sample(literal([[2.0, 5.0, 5.0], [7.0, 7.0, 7.0]]), 1).only(*FLOATS).kinked(),  # the first of equals
                Sample(literal([[1.0, np.nan, np.nan], [np.inf, 2.0, -np.inf]]), 1).only(float32, float64).kinked(),
                Sample(distinct(), 0),
            ],
            errors=[*DIM_ERRORS, Error((ShapeError, IndexError), "", randn(0, 3), 0)],
            dtypes=ALL,
            result=lambda dtype: (dtype, int64),
            covers=several[1:],
            tolerance={float32: 0, float64: 0, float16: 0, dlx.bfloat16: 0},
        ),
    ]


NO_KEEPDIM = Error(TypeError, "dim", randn(3), keepdim=True)


def place(name, reference) -> Op:
    def flat_or_along(x, dim=None, keepdim=False, *, axis=None, keepdims=False):
        return reference(x, axis=axis if dim is None else dim, keepdims=keepdim or keepdims)

    return Op(
        name,
        reference=flat_or_along,
        samples=[
            *shapes(empty=False, make=distinct, several=False),
            Sample(literal([[2.0, 5.0, 5.0], [7.0, 7.0, 7.0]]), 1).only(*FLOATS),
            Sample(literal([1.0, np.nan, np.nan])).only(float32, float64),
        ],
        errors=[*DIM_ERRORS, Error((ShapeError, IndexError, ValueError), "", randn(0))],
        dtypes=ALL,
        result=lambda dtype: int64,
        gradient=False,
    )


OPS = [
    Op(
        "sum",
        reference=over(np.sum),
        samples=[
            *shapes(empty=True),
            Sample(randn(3, 4), dtype=float64).gives(float64),
            Sample(randn(3, 4), 0, dtype=float32).gives(float32),
            Sample(randn(3, 4), ()),  # over all
            Sample(100 * randn(2, 4096), 1).only(float16, dlx.bfloat16),  # a sum kept in float16 would stop growing
        ],
        errors=[
            *DIM_ERRORS,
            Error(ValueError, "twice", randn(3, 4), (0, -2)),
            Error(TypeError, "must be", randn(3), "all"),
        ],
        dtypes=ALL,
        result=lambda dtype: dtype if is_float(dtype) else int64,
        out=True,
        lacks={"casting": "the sum is taken in the dtype of out"},
        tolerance={float32: 3e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 4e-2},
    ),
    Op(
        "mean",
        reference=over(np.mean),
        samples=[*shapes(empty=True), Sample(randn(3, 4, dtype=int64), dtype=float32).gives(float32)],
        errors=[*DIM_ERRORS, Error(DtypeError, "floating", randn(3, dtype=int64))],
        out=True,
        tolerance={float32: 1e-5},
    ),
    extreme("amax", np.max),
    extreme("amin", np.min),
    *extreme_along("max", np.max, np.argmax, ("amax", "max_dim")),
    *extreme_along("min", np.min, np.argmin, ("amin", "min_dim")),
    place("argmax", np.argmax),
    place("argmin", np.argmin),
    *[
        Op(
            name,
            reference=over(reference),
            samples=[
                *shapes(empty=True),
                Sample(booleans(64, 5), 0).only(dlx.bool),
                Sample(literal([0.0, np.nan])).only(float32, float64),
                Sample(literal([1.0, -0.0])).only(*FLOATS),
            ],
            errors=DIM_ERRORS,
            dtypes=ALL,
            result=lambda dtype: dlx.bool,
            gradient=False,
        )
        for name, reference in [("all", np.all), ("any", np.any)]
    ],
]
