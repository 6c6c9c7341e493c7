"""Entries of views, and of joining tensors."""

import numpy as np
from op_table import ALL, Error, Op, Sample, randn

from dlx import ShapeError, float16, float32

VIEW = {
    "parallel": "a view moves nothing",
    "parallel backward": "the gradient is a view too, or a copy, which has an entry",
}


def view(name, reference, samples, errors, **more) -> Op:
    more.setdefault("lacks", VIEW)
    return Op(name, reference=reference, samples=samples, errors=errors, dtypes=ALL, **more)


def squeeze(x, dim=None):
    dims = range(x.ndim) if dim is None else (dim,) if isinstance(dim, int) else dim
    return np.squeeze(x, tuple(d for d in dims if x.ndim and x.shape[d] == 1))


def flatten(x, start_dim=0, end_dim=-1):
    if x.ndim == 0:
        return x.reshape(1)
    start, end = start_dim % x.ndim, end_dim % x.ndim
    return x.reshape(*x.shape[:start], int(np.prod(x.shape[start : end + 1])), *x.shape[end + 1 :])


def narrow(x, dim, start, length):
    return np.moveaxis(
        np.moveaxis(x, dim, 0)[start : start + length if start >= 0 or start + length < 0 else None], 0, dim
    )


def as_strided(x, size, stride, storage_offset=None):
    flat = x.reshape(-1)
    places = np.full(size, storage_offset or 0)
    for d, step in enumerate(stride):
        places += step * np.arange(size[d]).reshape(-1, *[1] * (len(size) - d - 1))
    return flat[places]


def split(x, sizes, dim=0):
    ends = np.cumsum(sizes)[:-1] if isinstance(sizes, (list, tuple)) else range(sizes, max(x.shape[dim], 1), sizes)
    return tuple(np.split(x, ends, axis=dim))


def unbind(x, dim=0):
    return tuple(np.moveaxis(x, dim, 0))


def cat(tensors, dim=0):
    return np.concatenate([t for t in tensors if t.shape != (0,)] or tensors, axis=dim)


OPS = [
    view(
        "reshape",
        np.reshape,
        [
            Sample(randn(3, 4), (2, 6)),
            Sample(randn(3, 4), (-1,)),
            Sample(randn(), (1, 1)),
            Sample(randn(0, 3), (3, 0)),
            Sample(randn(2, 3, 4), (6, -1)),
            Sample(randn(1), ()),
        ],
        [
            Error(ShapeError, "(5, -1)", randn(3, 4), (5, -1)),
            Error(ShapeError, "", randn(3, 4), (-1, -1)),
            Error(ShapeError, "", randn(0, 3), (-1, 0)),
        ],
    ),
    view(
        "Tensor.view",
        lambda x, *shape: x.reshape(shape),
        [Sample(randn(3, 4), 2, 6), Sample(randn(), 1), Sample(randn(0, 3), 3, 0), Sample(randn(2, 3, 4), -1)],
        [Error(ShapeError, "(5, 5)", randn(3, 4), 5, 5)],
        lacks={**VIEW, "layouts": "not every layout can be viewed so; test_tensor_type has what must fail"},
    ),
    view(
        "permute",
        np.transpose,
        [
            Sample(randn(2, 3, 4), (2, 0, 1)),
            Sample(randn(2, 3), (-1, 0)),
            Sample(randn(), ()),
            Sample(randn(0, 3), (1, 0)),
        ],
        [
            Error((ShapeError, ValueError), "", randn(2, 3), (0, 0)),
            Error((ShapeError, ValueError), "", randn(2, 3), (0,)),
            Error(IndexError, "2", randn(2, 3), (0, 2)),
        ],
    ),
    view(
        "transpose",
        np.swapaxes,
        [
            Sample(randn(2, 3, 4), 0, 2),
            Sample(randn(2, 3), -1, 0),
            Sample(randn(0, 3), 0, 1),
            Sample(randn(2, 3), 1, 1),
        ],
        [Error(IndexError, "2", randn(2, 3), 0, 2)],
        lacks={**VIEW, "0-d": "NumPy has no such transposition"},
    ),
    view(
        "Tensor.expand",
        lambda x, *shape: np.broadcast_to(
            x, [m if n == -1 else n for m, n in zip((0,) * (len(shape) - x.ndim) + x.shape, shape)]
        ),
        [
            Sample(randn(3, 1), 3, 4),
            Sample(randn(1, 3), 2, -1, -1),
            Sample(randn(), 2, 3),
            Sample(randn(1, 3), 0, 3),
            Sample(randn(3), 2, 3),
            Sample(randn(0), 2, 0),
        ],
        [
            Error(ShapeError, "(4, 4)", randn(3, 1), 4, 4),
            Error(ShapeError, "", randn(3, 1), 3),
            Error(ShapeError, "", randn(3), -1, 3),
        ],
    ),
    view(
        "squeeze",
        squeeze,
        [
            Sample(randn(1, 3, 1)),
            Sample(randn(1, 3, 1), 0),
            Sample(randn(1, 3, 1), 1),
            Sample(randn(1, 3, 1), (0, -1)),
            Sample(randn()),
            Sample(randn(0, 1)),
        ],
        [Error(IndexError, "3", randn(1, 3, 1), 3)],
    ),
    view(
        "unsqueeze",
        np.expand_dims,
        [Sample(randn(2, 3), 0), Sample(randn(2, 3), -1), Sample(randn(), 0), Sample(randn(0), 1)],
        [Error(IndexError, "3", randn(2, 3), 3), Error(IndexError, "-4", randn(2, 3), -4)],
    ),
    view(
        "flatten",
        flatten,
        [
            Sample(randn(2, 3, 4)),
            Sample(randn(2, 3, 4), 1),
            Sample(randn(2, 3, 4), 0, 1),
            Sample(randn()),
            Sample(randn(0, 3)),
            Sample(randn(5)),
        ],
        [Error(IndexError, "3", randn(2, 3), 3), Error((ShapeError, ValueError), "", randn(2, 3, 4), 2, 1)],
    ),
    view(
        "narrow",
        narrow,
        [
            Sample(randn(5, 4), 0, 1, 3),
            Sample(randn(5, 4), -1, 0, 4),
            Sample(randn(5, 4), 1, -2, 2),
            Sample(randn(5, 4), 0, 5, 0),
            Sample(randn(0, 4), 1, 1, 2),
        ],
        [
            Error((ShapeError, IndexError, ValueError), "", randn(5, 4), 0, 3, 3),
            Error((ShapeError, IndexError, ValueError), "-1", randn(5, 4), 0, 0, -1),
            Error(IndexError, "2", randn(5, 4), 2, 0, 1),
        ],
        lacks={**VIEW, "0-d": "there is no dimension to narrow"},
    ),
    view(
        "select",
        lambda x, dim, index: np.take(x, index, axis=dim),
        [Sample(randn(5, 4), 0, 2), Sample(randn(5, 4), 1, -1), Sample(randn(5), 0, 0), Sample(randn(0, 4), 1, 1)],
        [Error(IndexError, "5", randn(5, 4), 0, 5), Error(IndexError, "2", randn(5, 4), 2, 0)],
        lacks={**VIEW, "0-d": "there is no dimension to select from"},
    ),
    view(
        "_C.slice",
        lambda x, dim, start, end, step: np.moveaxis(np.moveaxis(x, dim, 0)[start:end:step], 0, dim),
        [
            Sample(randn(5, 4), 0, 1, 4, 1),
            Sample(randn(5, 4), 1, 0, 4, 2),
            Sample(randn(5, 4), 0, -3, -1, 1),
            Sample(randn(5, 4), 0, 3, 1, 1),
            Sample(randn(5, 4), 0, 0, 1 << 62, 1),
        ],
        [Error(ValueError, "step", randn(5, 4), 0, 0, 4, 0), Error(IndexError, "2", randn(5, 4), 2, 0, 1, 1)],
        lacks={**VIEW, "0-d": "there is no dimension to slice", "empty": "the result of one sample is"},
    ),
    view(
        "as_strided",
        as_strided,
        [
            Sample(randn(3, 4), (2, 3), (4, 1)),
            Sample(randn(12), (3, 3), (1, 1), 2),
            Sample(randn(12), (), (), 5),
            Sample(randn(6), (2, 3), (0, 2)),
            Sample(randn(6), (0, 3), (3, 1)),
            Sample(randn(), (), ()),
        ],
        [
            Error((ShapeError, ValueError, RuntimeError), "storage", randn(3, 4), (4, 4), (4, 1)),
            Error((ShapeError, ValueError), "", randn(3), (2,), (1, 1)),
            Error((ShapeError, ValueError, RuntimeError), "", randn(3), (2,), (-1,), 1),
        ],
        lacks={**VIEW, "layouts": "it sees the storage, not the layout", "empty": "the result of one sample is"},
    ),
    view(
        "Tensor.detach",
        lambda x: x,
        [Sample(randn(2, 3)), Sample(randn()), Sample(randn(0, 3))],
        [],
        gradient=False,
        lacks={**VIEW, "errors": "takes no argument"},
    ),
    view(
        "split",
        split,
        [
            Sample(randn(6, 4), 2),
            Sample(randn(5, 4), 2),
            Sample(randn(5, 4), [1, 4]),
            Sample(randn(4, 6), [1, 0, 5], 1),
            Sample(randn(0, 4), 2),
            Sample(randn(4, 5), 9, -1),
        ],
        [
            Error((ShapeError, ValueError), "", randn(5, 4), [1, 2]),
            Error((ShapeError, ValueError), "", randn(5, 4), -1),
            Error(IndexError, "2", randn(5, 4), 2, 2),
            Error((ShapeError, ValueError), "", randn(5, 4), 0),
        ],
        result=lambda dtype: None,
        lacks={**VIEW, "0-d": "there is no dimension to split"},
    ),
    view(
        "unbind",
        unbind,
        [Sample(randn(3, 4)), Sample(randn(3, 4), 1), Sample(randn(3)), Sample(randn(2, 0))],
        [Error(IndexError, "2", randn(3, 4), 2)],
        result=lambda dtype: None,
        lacks={**VIEW, "0-d": "there is no dimension to unbind"},
    ),
    Op(
        "cat",
        reference=cat,
        samples=[
            Sample([randn(2, 3), randn(4, 3)]),
            Sample((randn(2, 3), randn(2, 1), randn(2, 5)), 1),
            Sample([randn(2, 3)], -1),
            Sample([randn(0, 3), randn(2, 3)]),
            Sample([randn(0), randn(2, 3)]),  # an empty vector is passed over
            Sample([randn(5), randn(3)]),
            Sample([randn(2, dtype=float16), randn(2, dtype=float32)]).gives(float32),
            Sample([randn(300, 301), randn(300, 301)]).large(),
            Sample([randn(301, 300), randn(301, 300)], 1).large(),
        ],
        errors=[
            Error(ShapeError, "(2, 4)", [randn(2, 3), randn(2, 4)]),
            Error(ShapeError, "", [randn(2, 3), randn(2)]),
            Error((ValueError, ShapeError, TypeError), "", []),
            Error(IndexError, "2", [randn(2, 3)], 2),
            Error(ShapeError, "", [randn()]),
        ],
        dtypes=ALL,
        out=True,
        lacks={"0-d": "there is no dimension to join in", "parallel backward": "the gradients are views"},
    ),
    Op(
        "stack",
        reference=lambda tensors, dim=0: np.stack(tensors, axis=dim),
        samples=[
            Sample([randn(2, 3), randn(2, 3)]),
            Sample((randn(2, 3), randn(2, 3), randn(2, 3)), 1),
            Sample([randn(2, 3), randn(2, 3)], -1),
            Sample([randn(), randn()]),
            Sample([randn(0, 3), randn(0, 3)]),
            Sample([randn(150, 301), randn(150, 301)], 1).large(),
        ],
        errors=[
            Error(ShapeError, "(2, 4)", [randn(2, 3), randn(2, 4)]),
            Error((ValueError, ShapeError, TypeError), "", []),
            Error(IndexError, "3", [randn(2, 3)], 3),
        ],
        dtypes=ALL,
        out=True,
        lacks={"parallel backward": "the gradients are views"},
    ),
]
