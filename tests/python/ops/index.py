"""Entries of reading and adding at indices."""

import numpy as np
from op_table import ALL, NUMBERS, Error, Op, Sample, indices, literal, randn

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
    np.add.at(result, tuple(places), source)
    return result


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
        "_C.scatter_add",
        reference=scatter_add,
        samples=[
            Sample(randn(5, 4), 0, indices(3, 4, below=5), randn(3, 4), None),
            Sample(randn(5, 4), 1, indices(5, 7, below=4), randn(5, 7), None),
            Sample(randn(2, 3, 4), 1, indices(2, 5, 4, below=3), randn(2, 5, 4), None),
            Sample(randn(5), 0, indices(9, below=5), randn(9), None),
            Sample(randn(), 0, indices(below=1), randn(), None),
            Sample(randn(5, 4), 0, indices(0, 4, below=5), randn(0, 4), None),
            Sample(randn(300, 210), 0, indices(450, 210, below=300), randn(450, 210), None).large(),
            Sample(randn(300, 210), 1, indices(300, 320, below=210), randn(300, 320), None).large(),
        ],
        errors=[
            Error(IndexError, "5", randn(5, 4), 0, literal([[0, 5, 1, 1]], int64), randn(1, 4), None),
            Error(DtypeError, "index", randn(5, 4), 0, randn(5, 4), randn(5, 4), None),
        ],
        dtypes=ALL,
        tolerance={float16: 1e-2, dlx.bfloat16: 8e-2},
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
