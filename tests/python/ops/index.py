"""Entries of reading and adding at indices."""

import numpy as np
from op_table import (
    ALL,
    FLOATS,
    NUMBERS,
    Error,
    Op,
    Sample,
    booleans,
    distinct,
    indices,
    literal,
    positive,
    randn,
)

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int32, int64


def index_add(x, dim, index, source, *, alpha=1):
    out = np.moveaxis(np.array(x), dim, 0) if x.ndim else np.array(x).reshape(1)
    moved = np.moveaxis(source, dim, 0) if source.ndim else source.reshape(1)
    np.add.at(out, np.atleast_1d(index), alpha * moved)
    return np.moveaxis(out, 0, dim) if x.ndim else out.reshape(())


def index_select(x, dim, index):
    return np.take(x, index, axis=dim) if x.ndim else x.reshape(1)[index].reshape(())


def gather(x, dim, index):
    if x.ndim == 0:
        return np.broadcast_to(x, index.shape)
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    places[dim] = index
    return x[tuple(places)]


def scatter_add(x, dim, index, source, out=None):
    result = np.array(x)
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    if x.ndim:
        places[dim] = index
    np.add.at(result, tuple(places), source[tuple(slice(n) for n in index.shape)])
    return result


def places_of(x, dim, index):
    """For x[places]: where index sends its entries."""
    places = list(np.ogrid[tuple(slice(n) for n in index.shape)])
    if x.ndim:
        places[dim] = index
    return tuple(places)


def scatter(x, dim, index, src=None, *, value=None, reduce=None, out=None):
    entries = np.broadcast_to(value, index.shape) if src is None else np.broadcast_to(src, np.shape(src) or index.shape)
    entries = entries[tuple(slice(n) for n in index.shape)]
    return scatter_reduce(x, dim, index, entries, {None: "set", "add": "sum", "multiply": "prod"}[reduce])


def scatter_reduce(x, dim, index, src, reduce, *, include_self=True):
    result, count = np.array(x), np.full(x.shape, int(include_self))
    for at in np.ndindex(*index.shape):
        to = list(at)
        if x.ndim:
            to[dim] = index[at]
        to = tuple(to)
        new, old = src[at], result[to]
        if count[to] > 0 and reduce != "set":
            new = {"sum": np.add, "mean": np.add, "prod": np.multiply, "amax": np.maximum, "amin": np.minimum}[reduce](
                old, new
            )
        result[to] = new
        count[to] += 1
    if reduce == "mean":
        result = result // np.maximum(count, 1) if result.dtype.kind == "i" else result / np.maximum(count, 1)
    return result


def index_copy(x, dim, index, source):
    out = np.moveaxis(np.array(x), dim, 0) if x.ndim else np.array(x).reshape(1)
    out[index] = np.moveaxis(source, dim, 0) if x.ndim else source
    return np.moveaxis(out, 0, dim) if x.ndim else out.reshape(())


def index_fill(x, dim, index, value):
    return index_copy(
        x, dim, index, np.broadcast_to(value, np.take(x, np.atleast_1d(index), axis=dim).shape if x.ndim else (1,))
    )


def index_put(x, key, values, accumulate=False):
    out = np.array(x)
    key = tuple(slice(None) if k is None else k for k in key)
    if accumulate:
        np.add.at(out, key, values)
    else:
        out[key] = values
    return out


def put(x, index, source, accumulate=False):
    out = np.array(x).reshape(-1)
    if accumulate:
        np.add.at(out, index.reshape(-1), source.reshape(-1))
    else:
        out[index.reshape(-1)] = source.reshape(-1)
    return out.reshape(x.shape)


def masked_scatter(x, mask, source):
    x, mask = (np.array(a) for a in np.broadcast_arrays(x, mask))
    x[mask] = source.reshape(-1)[: mask.sum()]
    return x


def fill_diagonal(x, value, wrap=False):
    out = np.array(x)
    np.fill_diagonal(out, value, wrap)
    return out


def take_along_dim(x, index, dim=None):
    return gather(x.reshape(-1), 0, index.reshape(-1)) if dim is None else np.take_along_axis(x, index, dim)


def getitem(x, key):
    return x[key]


def setitem(x, key, value):
    out = np.array(x)
    out[key] = value
    return out


KEYS = [
    2, -1, slice(1, 3), slice(None, None, 2), slice(4, 1), slice(None), None, ..., (slice(None), 1),
    (2, 3), (..., 0), (0, ..., None),
    (None, slice(1, 4, 2), slice(-2, None)), (slice(10, 20),), (),
]  # fmt: skip

# Tensors, masks, lists and arrays in every mix; each is built anew for a check.
ADVANCED = [
    indices(3, below=5, at_least=-5), indices(2, 3, below=5), indices(0, below=5), indices(below=5), [0, 4, 0],
    [[0, 1], [2, 2]], range(3), np.array([1, 3]), booleans(5), booleans(5, 4), booleans(5, 4, 3),
    (indices(2, below=5), indices(2, below=4)), (indices(2, 1, below=5), indices(3, below=4)),
    (slice(None), indices(6, below=4)), (slice(1, 4, 2), [0, 1], [2, 0]), (indices(2, below=5), slice(None), [0, 2]),
    (..., indices(2, 2, below=3)), (None, indices(2, below=5), None), (2, indices(3, below=4)),
    (indices(2, below=5), ..., 1), (booleans(5), indices(1, below=4)), (slice(None), booleans(4, 3)),
    (literal([True, False, False, False, True], dlx.bool), slice(None), [1]),
    True, False, (True, indices(3, below=5)), (slice(None), literal(True, dlx.bool)), [],
]  # fmt: skip
# What assigns to places that may come twice has no gradient of the places that the last entry hides.
ONCE = [literal([3, 0, 1], int64), ([0, 2], slice(None), [1, 0]), booleans(5, 4), (slice(1, 3), [3, 1])]

OPS = [
    Op(
        "index_add",
        reference=index_add,
        samples=[
            Sample(randn(5, 4), 0, indices(3, below=5), randn(3, 4)),
            Sample(randn(5, 4), 1, indices(7, below=4), randn(5, 7)),  # places come twice
            Sample(randn(2, 3, 4), -2, indices(5, below=3, at_least=-3), randn(2, 5, 4)),
            Sample(randn(5, 4), 0, indices(3, below=5), randn(3, 4), alpha=2).only(*NUMBERS),
            Sample(randn(5, 4), 0, indices(3, below=5), randn(3, 4), alpha=-0.5).only(float32, float64),
            Sample(randn(5), 0, indices(9, below=5), randn(9)),
            Sample(randn(), 0, indices(1, below=1), randn()),
            Sample(randn(5, 4), 0, indices(0, below=5), randn(0, 4)),
            Sample(randn(5, 0), 0, indices(3, below=5), randn(3, 0)),
            Sample(randn(500, 210), 0, indices(600, below=500), randn(600, 210)).large(),
            Sample(randn(3, 400, 90), 1, indices(401, below=400), randn(3, 401, 90)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([0, 5], int64), randn(2, 4)),
            Error(IndexError, "-6", randn(5, 4), 0, literal([-6, 0], int64), randn(2, 4)),
            Error(IndexError, "2", randn(5, 4), 2, indices(2, below=4), randn(2, 4)),
            Error(ShapeError, "source", randn(5, 4), 0, indices(2, below=5), randn(3, 4)),
            Error(ShapeError, "", randn(5, 4), 0, indices(2, below=5), randn(2, 3)),
            Error(ShapeError, "index", randn(5, 4), 0, indices(2, 2, below=5), randn(2, 4)),
            Error(DtypeError, "index", randn(5, 4), 0, randn(2), randn(2, 4)),
            Error(DtypeError, "source", randn(5, 4, dtype=float32), 0, indices(2, below=5), randn(2, 4, dtype=float64)),
        ],
        dtypes=ALL,
        out=True,
        in_place=True,
        tolerance={float16: 1e-2, dlx.bfloat16: 8e-2},
        lacks={"casting": "the input's dtype is the result's"},
    ),
    Op(
        "index_select",
        reference=index_select,
        samples=[
            Sample(randn(5, 4), 0, indices(3, below=5)),
            Sample(randn(5, 4), -1, indices(7, below=4)),
            Sample(randn(2, 3, 4), 1, indices(5, below=3)),
            Sample(randn(5, 4), 0, literal([4, 0], int32)),
            Sample(randn(), 0, indices(1, below=1)),
            Sample(randn(5, 4), 0, indices(0, below=5)),
            Sample(randn(5, 0), 0, indices(2, below=5)),
            Sample(randn(300, 210), 0, indices(500, below=300)).large(),
            Sample(randn(300, 210), 1, indices(400, below=210)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([0, 5], int64)),
            Error(IndexError, "2", randn(5, 4), 2, indices(2, below=4)),
            Error(ShapeError, "index", randn(5, 4), 0, indices(2, 2, below=5)),
            Error(DtypeError, "index", randn(5, 4), 0, randn(2)),
        ],
        dtypes=ALL,
        out=True,
    ),
    Op(
        "gather",
        reference=gather,
        samples=[
            Sample(randn(5, 4), 0, indices(3, 4, below=5)),
            Sample(randn(5, 4), 1, indices(5, 7, below=4)),
            Sample(randn(5, 4), -1, indices(2, 3, below=4)),  # a smaller index in the other dimension
            Sample(randn(2, 3, 4), 1, indices(2, 5, 4, below=3)),
            Sample(randn(5), 0, indices(9, below=5)),
            Sample(randn(), 0, indices(below=1)),
            Sample(randn(5, 4), 0, indices(0, 4, below=5)),
            Sample(randn(300, 210), 0, indices(450, 210, below=300)).large(),
            Sample(randn(300, 210), 1, indices(300, 320, below=210)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([[0, 5, 1, 1]], int64)),
            Error(IndexError, "2", randn(5, 4), 2, indices(5, 4, below=4)),
            Error(ShapeError, "index", randn(5, 4), 0, indices(3, below=5)),
            Error(ShapeError, "", randn(5, 4), 0, indices(3, 5, below=5)),
            Error(DtypeError, "index", randn(5, 4), 0, randn(5, 4)),
        ],
        dtypes=ALL,
        out=True,
    ),
    Op(
        "scatter_add",
        reference=scatter_add,
        samples=[
            Sample(randn(5, 4), 0, indices(3, 4, below=5), randn(3, 4)),
            Sample(randn(5, 4), 1, indices(5, 7, below=4), randn(5, 7)),
            Sample(randn(5, 4), 1, indices(3, 2, below=4), randn(4, 5)),  # only a part of each is reached
            Sample(randn(2, 3, 4), 1, indices(2, 5, 4, below=3, at_least=-3), randn(2, 5, 4)),
            Sample(randn(5), 0, indices(9, below=5), randn(9)),
            Sample(randn(), 0, indices(below=1), randn()),
            Sample(randn(5, 4), 0, indices(0, 4, below=5), randn(0, 4)),
            Sample(randn(300, 210), 0, indices(450, 210, below=300), randn(450, 210)).large(),
            Sample(randn(300, 210), 1, indices(300, 320, below=210), randn(300, 320)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([[0, 5, 1, 1]], int64), randn(1, 4)),
            Error(DtypeError, "index", randn(5, 4), 0, randn(5, 4), randn(5, 4)),
            Error(ShapeError, "larger than source", randn(5, 4), 0, indices(3, 4, below=5), randn(2, 4)),
        ],
        dtypes=ALL,
        out=True,
        in_place=True,
        tolerance={float16: 1e-2, dlx.bfloat16: 8e-2},
        lacks={"casting": "the input's dtype is the result's"},
    ),
    Op(
        "scatter",
        reference=scatter,
        samples=[
            Sample(randn(5, 4), 0, literal([[0, 1, 2, 4], [3, 0, 1, 1]], int64), randn(2, 4)),
            Sample(randn(5, 4), 1, indices(5, 7, below=4), randn(5, 7)),  # the last of several wins
            Sample(randn(5, 4), 1, indices(3, 2, below=4), randn(4, 5)),
            Sample(randn(2, 3, 4), 1, indices(2, 5, 4, below=3, at_least=-3), randn(2, 5, 4)),
            Sample(randn(), 0, indices(below=1), randn()),
            Sample(randn(5, 4), 0, indices(0, 4, below=5), randn(0, 4)),
            Sample(randn(5, 4), 0, indices(3, 4, below=5), value=2),
            Sample(randn(5, 4), 0, indices(3, 4, below=5), 0.5).only(*FLOATS),
            Sample(randn(5, 4), 0, indices(3, 4, below=5), randn(3, 4), reduce="add"),
            Sample(positive(5, 4), 0, indices(3, 4, below=5), positive(3, 4), reduce="multiply").only(
                float32, float64, int64
            ),
            Sample(randn(5, 4), 0, indices(3, 4, below=5), value=2, reduce="multiply").only(float32, float64, int64),
            Sample(randn(300, 210), 0, indices(450, 210, below=300), randn(450, 210)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([[0, 5, 1, 1]], int64), randn(1, 4)),
            Error(
                DtypeError, "source", randn(5, 4, dtype=float32), 0, indices(2, 4, below=5), randn(2, 4, dtype=float64)
            ),
            Error(TypeError, "src and value", randn(5, 4), 0, indices(2, 4, below=5)),
            Error(ValueError, "'add' or 'multiply'", randn(5, 4), 0, indices(2, 4, below=5), randn(2, 4), reduce="sum"),
        ],
        dtypes=ALL,
        out=True,
        in_place=True,
        tolerance={float16: 1e-2, dlx.bfloat16: 8e-2},
        lacks={"casting": "the input's dtype is the result's"},
    ),
    Op(
        "scatter_reduce",
        reference=scatter_reduce,
        samples=[
            *[
                Sample(distinct(5, 4), 0, indices(7, 4, below=5), distinct(7, 4) + 0.3, reduce, include_self=own).only(
                    *NUMBERS
                )
                for reduce in ("sum", "mean", "amax", "amin")
                for own in (True, False)
            ],
            *[
                Sample(
                    0.5 * positive(4, 3), 1, indices(4, 5, below=3), 0.5 * positive(4, 5), "prod", include_self=own
                ).only(float32, float64, int64)
                for own in (True, False)
            ],
            Sample(
                literal([2.0, 3.0, 4.0]),
                0,
                literal([0, 1, 1, 2, 2], int64),
                literal([0.0, 0.5, 2.0, -3.0, 1.5]),
                "prod",
            ).only(float64),
            Sample(randn(5), 0, indices(9, below=5), randn(9), "amax").kinked(),
            Sample(literal([1.0, np.nan, 3.0]), 0, literal([0, 1, 2], int64), literal([np.nan, 5.0, 4.0]), "amin")
            .only(*FLOATS)
            .kinked(),
            Sample(randn(), 0, indices(below=1), randn(), "sum"),
            Sample(randn(5, 4), 0, indices(0, 4, below=5), randn(0, 4), "amin", include_self=False).kinked(),
            Sample(randn(100, 210), 0, indices(150, 210, below=100), randn(150, 210), "amax").large().kinked(),
        ],
        errors=[
            Error(ValueError, "reduce must be", randn(3), 0, indices(2, below=3), randn(2), "median"),
            Error(DtypeError, "booleans", booleans(3), 0, indices(2, below=3), booleans(2), "mean"),
        ],
        dtypes=ALL,
        out=True,
        in_place=True,
        tolerance={float16: 2e-2, dlx.bfloat16: 8e-2},
        lacks={"casting": "the input's dtype is the result's"},
    ),
    Op(
        "index_copy",
        reference=index_copy,
        samples=[
            Sample(randn(5, 4), 0, literal([4, 0, 2], int64), randn(3, 4)),
            Sample(randn(5, 4), 1, indices(7, below=4), randn(5, 7)),  # the last of several wins
            Sample(randn(2, 3, 4), -2, literal([-1, 0], int64), randn(2, 2, 4)),
            Sample(randn(), 0, indices(1, below=1), randn()),
            Sample(randn(5, 4), 0, indices(0, below=5), randn(0, 4)),
            Sample(randn(500, 210), 0, indices(600, below=500), randn(600, 210)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([0, 5], int64), randn(2, 4)),
            Error(ShapeError, "source", randn(5, 4), 0, indices(2, below=5), randn(3, 4)),
        ],
        dtypes=ALL,
        out=True,
        in_place=True,
        lacks={"casting": "the input's dtype is the result's"},
    ),
    Op(
        "index_fill",
        reference=index_fill,
        samples=[
            Sample(randn(5, 4), 0, literal([4, 0, 4], int64), 3),
            Sample(randn(2, 3, 4), -2, literal([-1, 0], int64), randn()).only(*FLOATS),
            Sample(randn(), 0, indices(1, below=1), 2),
            Sample(randn(5, 4), 0, indices(0, below=5), 1),
            Sample(randn(500, 210), 0, indices(600, below=500), 1).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([0, 5], int64), 1),
            Error(ShapeError, "value", randn(5, 4), 0, indices(2, below=5), randn(2)),
        ],
        dtypes=ALL,
        in_place=True,
    ),
    Op(
        "Tensor.index_put",
        reference=index_put,
        samples=[
            *[
                Sample(randn(5, 4, 3), (indices(6, below=5), indices(6, below=4)), randn(6, 3), accumulate)
                for accumulate in (True, False)
            ],
            Sample(randn(5, 4, 3), (None, indices(6, below=4)), randn(3), True),
            Sample(randn(5, 4, 3), (indices(6, below=5), None, indices(2, 1, below=3)), randn(2, 6, 4), True),
            Sample(randn(5, 4), (booleans(5, 4),), randn(), True),
            Sample(randn(5, 4), [literal([0, 1], int64), literal([3, -1], int64)], randn(2)),
            Sample(randn(5, 4), (indices(0, below=5),), randn(4)),
            Sample(randn(50, 100), (indices(70000, below=50), indices(70000, below=100)), randn(70000), True).large(),
            Sample(randn(300, 210), (indices(400, below=300),), randn(400, 210), True).large(),
        ],
        errors=[
            Error(
                IndexError,
                "index 5 is out of bounds for dimension 0 with size 5",
                randn(5, 4),
                (literal([5], int64),),
                randn(),
            ),
            Error(IndexError, "do not broadcast", randn(5, 4), (indices(2, below=4), indices(3, below=4)), randn()),
            Error(ShapeError, "values", randn(5, 4), (indices(2, below=4),), randn(3)),
            Error(DtypeError, "values", randn(5, dtype=float32), (indices(2, below=4),), randn(dtype=float64)),
            Error(IndexError, "at least one", randn(5), (), randn()),
        ],
        dtypes=ALL,
        in_place=True,
        covers=("index_put",),
        tolerance={float16: 5e-2, dlx.bfloat16: 4e-1},
        lacks={"0-d": "it has nothing to index"},
    ),
    Op(
        "Tensor.index",
        reference=lambda x, key: x[tuple(slice(None) if k is None else k for k in key)],
        samples=[
            Sample(randn(5, 4, 3), (indices(6, below=5), indices(6, below=4))),
            Sample(randn(5, 4, 3), (indices(6, below=5), None, indices(2, 1, below=3))),
            Sample(randn(5, 4, 3), (None, booleans(4, 3))),
            Sample(randn(300, 210), (indices(400, below=300),)).large(),
        ],
        errors=[
            Error(
                IndexError,
                "index -6 is out of bounds for dimension 0 with size 5",
                randn(5, 4),
                (literal([-6], int64),),
            )
        ],
        dtypes=ALL,
        covers=("index",),
        lacks={"0-d": "it has nothing to index", "empty": "indexing by [] has an entry"},
    ),
    Op(
        "take",
        reference=lambda x, index: x.reshape(-1)[index],
        samples=[
            Sample(randn(5, 4), indices(3, 2, below=20, at_least=-20)),
            Sample(randn(), indices(2, below=1)),
            Sample(randn(5), indices(below=5)),
            Sample(randn(5), indices(0, below=5)),
            Sample(randn(300, 210), indices(40000, below=63000)).large(),
        ],
        errors=[
            Error(IndexError, "20", randn(5, 4), literal([20], int64)),
            Error(DtypeError, "index", randn(5, 4), randn(2)),
        ],
        dtypes=ALL,
        out=True,
        lacks={"parallel backward": "its destinations are single elements"},
    ),
    Op(
        "Tensor.put_",
        reference=put,
        samples=[
            Sample(randn(5, 4).updated(), literal([3, 19, -20], int64), randn(3)),
            Sample(randn(5, 4).updated(), indices(3, 9, below=20), randn(27), True),
            Sample(randn().updated(), indices(1, below=1), randn(1)),
            Sample(randn(5, 4).updated(), indices(0, below=5), randn(0)),
            Sample(randn(30, 21).updated(), indices(40000, below=630), randn(40000), True).large(),
        ],
        errors=[
            Error(IndexError, "20", randn(5, 4), literal([20], int64), randn(1)),
            Error(ShapeError, "as many elements", randn(5, 4), indices(3, below=5), randn(2)),
        ],
        dtypes=ALL,
        tolerance={float16: 5e-2, dlx.bfloat16: 4e-1, float32: 1e-4},
        lacks={"parallel": "its destinations are single elements"},
    ),
    Op(
        "take_along_dim",
        reference=take_along_dim,
        samples=[
            Sample(randn(5, 4), indices(3, 4, below=5), 0),
            Sample(randn(5, 4), indices(1, 7, below=4), -1),
            Sample(randn(1, 4), indices(3, 2, below=4), 1),
            Sample(randn(5, 4), indices(3, below=20)),
            Sample(randn(), indices(below=1)),
            Sample(randn(5, 4), indices(0, 4, below=5), 0),
            Sample(randn(300, 210), indices(450, 210, below=300), 0).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), literal([[5, 0, 0, 0]], int64), 0),
            Error(ShapeError, "as many dimensions", randn(5, 4), indices(3, below=4), 0),
        ],
        dtypes=ALL,
        out=True,
    ),
    Op(
        "masked_select",
        reference=lambda x, mask: np.broadcast_arrays(x, mask)[0][np.broadcast_arrays(x, mask)[1]],
        samples=[
            Sample(randn(5, 4), booleans(5, 4)),
            Sample(randn(5, 4), booleans(4)),
            Sample(randn(4), booleans(5, 4)),
            Sample(randn(), literal(True, dlx.bool)),
            Sample(randn(0, 3), booleans(0, 3)),
            Sample(randn(300, 310), booleans(300, 310)).large(),
        ],
        errors=[
            Error(DtypeError, "mask", randn(5), indices(5, below=2)),
            Error(ShapeError, "broadcast", randn(5), booleans(4)),
        ],
        dtypes=ALL,
        out=True,
        lacks={"parallel backward": "its destinations are single elements"},
    ),
    Op(
        "masked_scatter",
        reference=masked_scatter,
        samples=[
            Sample(randn(5, 4), booleans(5, 4), randn(5, 4)),
            Sample(randn(5, 4), booleans(4), randn(30)),
            Sample(randn(4), booleans(5, 4), randn(20)),
            Sample(randn(), literal(True, dlx.bool), randn(1)),
            Sample(randn(0, 3), booleans(0, 3), randn(0)),
            Sample(randn(300, 310), booleans(300, 310), randn(93000)).large(),
        ],
        errors=[
            Error(DtypeError, "mask", randn(5), indices(5, below=2), randn(5)),
            Error(ShapeError, "source has 1 elements", randn(3), literal([True, True, False], dlx.bool), randn(1)),
        ],
        dtypes=ALL,
        in_place=True,
        lacks={
            "parallel": "its destinations are single elements",
            "parallel backward": "its destinations are single elements",
        },
    ),
    Op(
        "Tensor.fill_diagonal_",
        reference=fill_diagonal,
        samples=[
            Sample(randn(4, 4).updated(), 2),
            Sample(randn(3, 5).updated(), 2),
            Sample(randn(9, 2).updated(), 1),
            Sample(randn(9, 2).updated(), 1, True),
            Sample(randn(3, 3, 3).updated(), 1),
            Sample(randn(0, 3).updated(), 1),
        ],
        errors=[Error(ShapeError, "at least 2", randn(3), 1), Error(ShapeError, "one size", randn(2, 3, 3), 1)],
        dtypes=ALL,
        lacks={
            "0-d": "it takes two dimensions",
            "parallel": "few elements",
            "parallel backward": "its gradient is zero",
        },
    ),
    Op(
        "Tensor.__getitem__",
        reference=getitem,
        samples=[
            *[Sample(randn(5, 4, 3), key) for key in ADVANCED],
            Sample(randn(), True),
            Sample(randn(), literal(False, dlx.bool)),
            Sample(randn(300, 210), indices(400, below=300)).large(),
            Sample(randn(300, 310), booleans(300, 310)).large(),
        ],
        errors=[
            Error(IndexError, "index 5 is out of bounds for dimension 0 with size 5", randn(5, 4), [0, 5]),
            Error(
                IndexError, "index -6 is out of bounds for dimension 0 with size 5", randn(5, 4), literal([-6], int64)
            ),
            Error(IndexError, "do not broadcast", randn(5, 4), ([0, 1], [0, 1, 2])),
            Error(IndexError, "mask of shape (4,)", randn(5, 4), booleans(4)),
            Error(IndexError, "integers or booleans", randn(5, 4), randn(2)),
            Error(IndexError, "too many", randn(5), (slice(None), [0])),
        ],
        dtypes=ALL,
        covers=("index",),
        lacks={"parallel backward": "masks have single elements as destinations"},
    ),
    Op(
        "Tensor.__setitem__",
        reference=setitem,
        samples=[
            *[Sample(randn(5, 4, 3).updated(), key, randn()) for key in ADVANCED],
            *[Sample(randn(5, 4, 3).updated(), key, 2) for key in ADVANCED],
            *[Sample(randn(5, 4, 3).updated(), key, randn(3)) for key in ONCE[:1]],
            Sample(randn(5, 4).updated(), [3, 0, 3], randn(3, 1)),  # the last of several wins
            Sample(randn(5, 4).updated(), (slice(None), [0, 2]), randn(1, 5, 2)),
            Sample(randn(5, dtype=int64).updated(), [0, 1], randn(2, dtype=int32)).gives(int64),
            Sample(randn(5, dtype=int64).updated(), literal([True, False, True, False, True], dlx.bool), 2.7).gives(
                int64
            ),
            Sample(randn(300, 210).updated(), indices(400, below=300), randn(400, 210)).large(),
        ],
        errors=[
            Error(IndexError, "index 5 is out of bounds for dimension 0 with size 5", randn(5, 4).updated(), [0, 5], 0),
            Error(ShapeError, "values of shape", randn(5, 4).updated(), [0, 1], randn(3)),
            Error(TypeError, "", randn(5, 4).updated(), [0, 1], "one"),
        ],
        dtypes=ALL,
        covers=("index_put",),
    ),
    Op(
        "Tensor.__getitem__",
        reference=getitem,
        samples=[
            *[Sample(randn(5, 4), key) for key in KEYS],
            Sample(randn(), ()),
            Sample(randn(), None),
            Sample(randn(0, 3), slice(None)),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 5),
            Error(IndexError, "-6", randn(5, 4), -6),
            Error(IndexError, "", randn(5, 4), (0, 0, 0)),
            Error(IndexError, "", randn(5, 4), (..., ...)),
            Error(ValueError, "step", randn(5, 4), slice(None, None, -1)),
            Error(ValueError, "step", randn(5, 4), slice(None, None, 0)),
            Error((TypeError, IndexError), "", randn(5, 4), "one"),
            Error((TypeError, IndexError), "", randn(5, 4), 1.5),
        ],
        dtypes=ALL,
        lacks={
            "parallel": "a view moves nothing",
            "parallel backward": "its samples are small; the copy it ends in has an entry",
        },
    ),
    Op(
        "Tensor.__setitem__",
        reference=setitem,
        samples=[
            *[Sample(randn(5, 4).updated(), key, randn()) for key in KEYS],
            Sample(randn(5, 4).updated(), 1, randn(4)),
            Sample(randn(5, 4).updated(), slice(1, 4), randn(3, 1)),
            Sample(randn(5, 4).updated(), (slice(None), 2), randn(5)),
            Sample(randn(5, 4).updated(), slice(None), 0.5).only(float32, float64, float16),
            Sample(randn(5, 4).updated(), 0, 3).only(*NUMBERS),
            Sample(randn(0, 3).updated(), slice(None), randn(3)),
            Sample(randn(3, dtype=int64).updated(), 1, randn(dtype=int32)).gives(int64),
            Sample(randn(301, 300).updated(), slice(None), randn(300)).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4).updated(), 5, 0),
            Error(ShapeError, "", randn(5, 4).updated(), 0, randn(3)),
            Error(TypeError, "", randn(5, 4).updated(), 0, "one"),
        ],
        dtypes=ALL,
    ),
]
