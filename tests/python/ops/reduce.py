"""Entries of reductions."""

import numpy as np
from op_table import (
    ALL,
    FLOATS,
    NUMBERS,
    Error,
    Op,
    Sample,
    Values,
    booleans,
    distinct,
    is_float,
    literal,
    randn,
    wide,
)

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
            Sample(literal([[2.0, 5.0, 5.0], [7.0, 5.0, 7.0]]), 0).only(*FLOATS).kinked(),
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
        out=True,
    )


def spread(f):
    """NumPy's variance or standard deviation under PyTorch's names."""

    def reference(x, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=False):
        if isinstance(dim, bool):
            dim, unbiased = None, dim
        dim = axis if dim is None else dim
        correction = correction if correction is not None else 1 if unbiased is None else int(unbiased)
        axes = None if dim in (None, (), []) else tuple(dim) if isinstance(dim, (list, tuple)) else dim
        n = x.size if axes is None else np.prod([x.shape[d] for d in np.atleast_1d(axes)]) if x.ndim else 1
        total = f(x, axis=axes, keepdims=keepdim or keepdims, ddof=0)
        factor = n / (n - correction) if n > correction else np.nan
        return total * (factor if f is np.var else np.sqrt(factor))

    return reference


SPREAD_SAMPLES = [
    Sample(randn()).kinked(),  # nan: one element
    Sample(randn(1)).kinked(),
    Sample(randn(5)),
    Sample(randn(3, 4), 1),
    Sample(randn(3, 4), 0, False),
    Sample(randn(3, 4), False),
    Sample(randn(3, 4), dim=-1, correction=0, keepdim=True),
    Sample(randn(2, 3, 4), (0, 2), unbiased=True),
    Sample(randn(2, 3, 4), [1, 0], correction=2),
    Sample(randn(3, 4), axis=1, keepdims=True),
    Sample(randn(3, 4), ()),
    Sample(randn(0)).kinked(),
    Sample(randn(0, 3), 0).kinked(),
    Sample(randn(3, 0), 0),
    Sample(randn(2, 1025), 1),
    Sample(randn(1025, 2), 0),
    Sample(randn(2, 9000), 1),  # three parts of a row
    Sample(randn(150, 600), 0),  # three parts of a column, two strips of columns
    Sample(randn(1000) + 1e6).only(float32).kinked(),  # squares would lose everything
    Sample(literal([[1e6, 1e6 + 1], [np.inf, 1.0]]), 1).only(float32, float64).kinked(),
    Sample(randn(120, 1001), 1).large(),
    Sample(randn(101, 6000), 0).large(),
]


def moments(name, f) -> list[Op]:
    one, both = spread(f), f"{name}_mean"
    means = over(np.mean)

    def with_mean(x, dim=None, unbiased=None, keepdim=False, *, correction=None, axis=None, keepdims=False):
        value = one(x, dim, unbiased, keepdim, correction=correction, axis=axis, keepdims=keepdims)
        dim = None if isinstance(dim, bool) else dim
        return value, means(x, dim, keepdim, axis=axis, keepdims=keepdims)

    tolerance = {float32: 3e-6, float64: 1e-11, float16: 4e-3}
    return [
        Op(
            name,
            reference=one,
            # Equal values: the standard deviation has no derivative there, and PyTorch's is 0.
            samples=[*SPREAD_SAMPLES, Sample(literal([[0.1] * 7, [3.0] * 7]), 1).kinked()],
            errors=[
                *DIM_ERRORS,
                Error(DtypeError, "floating", randn(3, dtype=int64)),
                Error(ValueError, "twice", randn(3, 4), (0, -2)),
            ],
            out=True,
            tolerance=tolerance,
        ),
        Op(
            both,
            reference=with_mean,
            samples=SPREAD_SAMPLES,
            errors=DIM_ERRORS,
            tolerance={**tolerance, float32: 1e-5},
            covers=(name,),
        ),
    ]


def product(x, dim=None, keepdim=False, *, dtype=None, axis=None, keepdims=False):
    x = x.astype(np.int64) if x.dtype == bool else x
    return np.prod(x, axis=axis if dim is None else dim, keepdims=keepdim or keepdims)


def near_one(*shape):
    """Their products stay within reach of every dtype."""
    return Values(
        shape,
        lambda rng, shape, dtype: (
            rng.uniform(0.8, 1.2, shape) * rng.choice([-1, 1], shape)
            if is_float(dtype)
            else rng.integers(0, 2, shape).astype(wide(dtype))
        ),
    )


def logsumexp(x, dim=None, keepdim=False, *, axis=None, keepdims=False):
    dim = axis if dim is None else dim
    axes = None if dim in ((), []) else tuple(dim) if isinstance(dim, list) else dim
    if x.size == 0:
        return np.log(np.exp(x).sum(axis=axes, keepdims=keepdim or keepdims))
    largest = x.max(axis=axes, keepdims=True)
    shift = np.where(np.isfinite(largest), largest, 0)
    total = np.log(np.exp(x - shift).sum(axis=axes, keepdims=True)) + shift
    return total if keepdim or keepdims else total.reshape(np.sum(x, axis=axes).shape)


def vector_norm(x, p="fro", dim=None, keepdim=False, dtype=None):
    p = 2 if p in ("fro", None) else p
    axes = None if dim in (None, (), []) else tuple(dim) if isinstance(dim, (list, tuple)) else dim
    size = np.abs(x)
    if p == 0:
        return (x != 0).sum(axis=axes, keepdims=keepdim).astype(x.dtype)
    if np.isinf(p):
        return (size.max if p > 0 else size.min)(axis=axes, keepdims=keepdim)
    return (size**p).sum(axis=axes, keepdims=keepdim) ** (1 / p)


def holes(*shape):
    """A nan here and there."""
    return randn(*shape).map(lambda x: np.where(x > 0.8, np.nan, x))


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
            result=lambda dtype: dlx.uint8 if dtype == dlx.uint8 else dlx.bool,
            gradient=False,
            out=True,
        )
        for name, reference in [("all", np.all), ("any", np.any)]
    ],
    *moments("var", np.var),
    *moments("std", np.std),
    Op(
        "prod",
        reference=product,
        samples=[
            *shapes(empty=True, make=near_one, several=False),
            Sample(near_one(3, 4), dtype=float64).gives(float64),
            Sample(literal([[0.0, 2.0, 3.0], [0.0, 0.0, 3.0], [2.0, 3.0, 0.0]]), 1).only(*FLOATS),  # no division
            Sample(literal([0.0, 2.0, 3.0, 5.0])).only(*FLOATS),
            Sample(literal([np.inf, 2.0, np.nan])).only(float32, float64).kinked(),
        ],
        errors=DIM_ERRORS,
        dtypes=ALL,
        result=lambda dtype: dtype if is_float(dtype) else int64,
        out=True,
        lacks={"casting": "the product is taken in the dtype of out"},
        tolerance={float32: 1e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 4e-2},
    ),
    Op(
        "logsumexp",
        reference=logsumexp,
        samples=[
            Sample(randn(), 0),
            Sample(randn(5), 0),
            Sample(randn(3, 4), 1),
            Sample(randn(3, 4), 0, True),
            Sample(randn(2, 3, 4), (0, 2)),
            Sample(randn(2, 3, 4), [1], keepdim=True),
            Sample(randn(3, 4), ()),
            Sample(randn(3, 4), axis=1, keepdims=True),
            Sample(randn(0, 3), 0).kinked(),
            Sample(randn(3, 0), 0),
            Sample(randn(2, 1025), 1),
            Sample(randn(2, 9000), 1),  # three chunks of a row
            Sample(randn(150, 600), 0),  # three chunks of a column, two strips of columns
            Sample(literal([[-np.inf] * 3, [1.0, 2.0, np.inf], [np.inf, 1.0, np.nan]]), 0)
            .only(float32, float64)
            .kinked(),
            Sample(1000 * randn(3, 4), 1).only(float32, float64),
            Sample(literal([[-np.inf] * 2, [1.0, 2.0], [np.inf, 1.0], [np.nan, 1.0]]), 1)
            .only(float32, float64)
            .kinked(),
            Sample(literal([-np.inf, 0.0, 1.0]), 0).only(float32),
            Sample(randn(3, 4, dtype=int64), 1).gives(float32),
            Sample(randn(120, 1001), 1).large(),
        ],
        errors=[*DIM_ERRORS, Error(TypeError, "dim", randn(3)), Error(ValueError, "twice", randn(3, 4), (0, -2))],
        out=True,
        tolerance={float32: 1e-5, float16: 4e-3, dlx.bfloat16: 3e-2},
    ),
    Op(
        "norm",
        reference=vector_norm,
        samples=[
            Sample(randn()),
            Sample(randn(5)),
            Sample(randn(3, 4), 2, 1),
            Sample(randn(3, 4), None, 0, True),
            Sample(randn(2, 3, 4), "fro", (0, 2)),
            Sample(distinct(2, 3) + 0.1, 1, 1),
            Sample(distinct(2, 3) + 0.1, 3, 1),
            Sample(distinct(2, 3) + 0.1, 2.5),
            Sample(distinct(2, 3) + 0.1, 0.5, 1).only(float32, float64),
            Sample(distinct(2, 3) + 0.1, float("inf"), 1),
            Sample(distinct(2, 3) + 0.1, -float("inf"), 0),
            Sample(distinct(2, 3) + 0.1, -1, 0).only(float32, float64),
            Sample(literal([[0.0, 2.0], [0.0, 0.0]]), 0, 1),
            Sample(randn(3, 4), p=2, dim=1, dtype=float64).gives(float64),
            Sample(randn(3, 4, dtype=int64), dtype=float32).gives(float32),
            Sample(randn(0)).kinked(),
            Sample(randn(0, 3), 1, 0),
            Sample(100 * randn(4096)).only(float16, dlx.bfloat16),  # squares beyond float16
            Sample(randn(120, 1001), 2, 1).large(),
        ],
        errors=[
            *[Error(e.kind, e.text, e.call.args[0], 2, e.call.args[1]) for e in DIM_ERRORS],
            Error(DtypeError, "floating", randn(3, dtype=int64)),
            Error(ValueError, "'fro' or 'nuc'", randn(3), "max"),
            Error(RuntimeError, "no elements", randn(0), float("inf")),
        ],
        covers=("vector_norm",),
        out=True,
        tolerance={float32: 1e-5, float16: 4e-3, dlx.bfloat16: 3e-2},
    ),
    Op(
        "count_nonzero",
        reference=lambda x, dim=None: np.asarray(np.sum(x != 0, axis=tuple(dim) if isinstance(dim, list) else dim)),
        samples=[
            Sample(randn()),
            Sample(randn(5)),
            Sample(randn(3, 4), 1),
            Sample(randn(2, 3, 4), [0, 2]),
            Sample(randn(0, 3), 0),
            Sample(literal([0.0, -0.0, np.nan])).only(*FLOATS),
            Sample(randn(101, 6000), 0).large(),
        ],
        errors=DIM_ERRORS,
        dtypes=ALL,
        result=lambda dtype: int64,
        gradient=False,
    ),
    Op(
        "aminmax",
        reference=lambda x, dim=None, keepdim=False: (
            x.min(axis=dim, keepdims=keepdim),
            x.max(axis=dim, keepdims=keepdim),
        ),
        samples=[
            Sample(distinct()),
            Sample(distinct(5)),
            Sample(distinct(3, 4), dim=1),
            Sample(distinct(0, 4), dim=1),
            Sample(distinct(2, 3, 4), dim=1, keepdim=True),
            Sample(distinct(101, 6000), dim=0).large(),
        ],
        errors=[Error(IndexError, "2", randn(3, 4), dim=2)],
        dtypes=ALL,
        covers=("amin", "amax"),
    ),
    Op(
        "nansum",
        reference=over(np.nansum),
        samples=[
            Sample(randn()),
            Sample(holes(5)),
            Sample(holes(3, 4), 1).kinked(),
            Sample(holes(2, 3, 4), (0, 2), True).kinked(),
            Sample(randn(3, 4), 0),
            Sample(randn(0, 3), 0),
            Sample(holes(101, 6000), 0).large().kinked(),
        ],
        errors=DIM_ERRORS,
        dtypes=NUMBERS,
        result=lambda dtype: dtype if is_float(dtype) else int64,
        out=True,
        lacks={"casting": "the sum is taken in the dtype of out"},
        tolerance={float32: 3e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 4e-2},
    ),
    Op(
        "nanmean",
        reference=over(np.nanmean),
        samples=[
            Sample(randn()),
            Sample(holes(5)),
            Sample(holes(3, 4), 1).kinked(),
            Sample(holes(2, 3, 4), (0, 2), True).kinked(),
            Sample(randn(3, 4), 0),
            Sample(randn(0, 3), 0).kinked(),
            Sample(holes(101, 6000), 0).large().kinked(),
        ],
        errors=[*DIM_ERRORS, Error(DtypeError, "floating", randn(3, dtype=int64))],
        out=True,
        tolerance={float32: 1e-5},
    ),
]
