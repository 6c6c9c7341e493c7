"""Entries of views, and of joining tensors."""

import numpy as np
from op_table import ALL, Error, Op, Sample, indices, literal, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int64

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


def unfold(x, dim, size, step):
    if x.ndim == 0:
        return x.reshape(size)
    dim %= x.ndim
    if size == 0:
        return np.zeros((*x.shape[:dim], x.shape[dim] // step + 1, *x.shape[dim + 1 :], 0), x.dtype)
    windows = np.lib.stride_tricks.sliding_window_view(x, size, dim)
    return np.take(windows, np.arange(0, x.shape[dim] - size + 1, step), dim)


def repeat_interleave(x, repeats, dim=None, **_):
    return np.repeat(x if dim is None or x.ndim else x.reshape(1), repeats, dim)


def diag_embed(x, offset=0, dim1=-2, dim2=-1):
    n = x.shape[-1] + abs(offset)
    out = np.zeros((*x.shape[:-1], n, n), x.dtype)
    places = np.arange(x.shape[-1])
    out[..., places + max(-offset, 0), places + max(offset, 0)] = x
    return np.moveaxis(out, (-2, -1), (dim1, dim2))


def block_diag(*blocks):
    blocks = [np.atleast_2d(b) for b in blocks]
    out = np.zeros((sum(len(b) for b in blocks), sum(b.shape[1] for b in blocks)), blocks[0].dtype)
    row = column = 0
    for b in blocks:
        out[row : row + len(b), column : column + b.shape[1]] = b
        row, column = row + len(b), column + b.shape[1]
    return out


def view_dtype(x, dtype):
    kind = {float32: np.float32, dlx.int32: np.int32, int64: np.int64, dlx.uint8: np.uint8, float64: np.float64}[dtype]
    return x.copy(order="C").view(kind)


COPY = {"parallel backward": "its gradient is made of copies and sums, which have entries"}


def copied(name, reference, samples, errors, **more) -> Op:
    return Op(
        name,
        reference=reference,
        samples=samples,
        errors=errors,
        dtypes=ALL,
        lacks={**COPY, **more.pop("lacks", {})},
        **more,
    )


OPS = [
    view(
        "unflatten",
        lambda x, dim, sizes: x.reshape(
            *x.shape[: dim % x.ndim],
            *np.empty(x.shape[dim], bool).reshape(sizes).shape,
            *x.shape[dim % x.ndim + 1 :],
        ),
        [
            Sample(randn(6, 4), 0, (2, 3)),
            Sample(randn(3, 4), -1, (2, -1)),
            Sample(randn(3, 4), 1, (4,)),
            Sample(randn(0, 4), 0, (0, 3)),
            Sample(randn(2, 1), 1, (1, 1, 1)),
        ],
        [
            Error(ShapeError, "do not make 4", randn(3, 4), 1, (3, -1)),
            Error(ShapeError, "one -1", randn(3, 4), 1, (-1, -1)),
            Error(IndexError, "2", randn(3, 4), 2, (2, 2)),
        ],
        lacks={**VIEW, "0-d": "it has no dimension to split"},
    ),
    view(
        "movedim",
        np.moveaxis,
        [
            Sample(randn(2, 3, 4), 0, -1),
            Sample(randn(2, 3, 4), (0, -1), (1, 0)),
            Sample(randn(2, 3), (), ()),
            Sample(randn(), (), ()),
            Sample(randn(0, 3), 0, 1),
        ],
        [
            Error(ValueError, "named twice", randn(2, 3), (0, 0), (0, 1)),
            Error(ValueError, "as many entries", randn(2, 3), (0, 1), 1),
            Error(IndexError, "2", randn(2, 3), 2, 0),
        ],
    ),
    view(
        "swapaxes",
        np.swapaxes,
        [Sample(randn(2, 3, 4), 0, -1), Sample(randn(0, 3), 0, 1)],
        [Error(IndexError, "2", randn(2, 3), 2, 0)],
        covers=("transpose",),
        lacks={**VIEW, "0-d": "NumPy has no such transposition"},
    ),
    view(
        "diagonal",
        np.diagonal,
        [
            Sample(randn(3, 4)),
            Sample(randn(3, 4), 2),
            Sample(randn(4, 3), -1),
            Sample(randn(3, 4), 9),
            Sample(randn(3, 4), -9),
            Sample(randn(2, 3, 4), 1, 2, 0),
            Sample(randn(0, 3)),
        ],
        [
            Error(ShapeError, "at least 2", randn(3)),
            Error(ValueError, "two dimensions", randn(3, 3), 0, 1, -1),
            Error(IndexError, "2", randn(3, 3), 0, 2, 1),
        ],
        lacks={**VIEW, "0-d": "it takes two dimensions"},
    ),
    view(
        "Tensor.unfold",
        unfold,
        [
            Sample(randn(5), 0, 3, 1),
            Sample(randn(2, 7, 3), 1, 3, 2),
            Sample(randn(2, 7, 3), -1, 3, 5),
            Sample(randn(4), 0, 0, 1),
            Sample(randn(), 0, 1, 1),
            Sample(randn(0, 3), 1, 2, 1),
        ],
        [
            Error(ValueError, "step", randn(5), 0, 3, 0),
            Error(ValueError, "size must be in [0, 5]", randn(5), 0, 6, 1),
            Error(IndexError, "1", randn(5), 1, 2, 1),
        ],
        covers=("unfold_dim",),
    ),
    Op(
        "_C.view_dtype",
        reference=view_dtype,
        samples=[
            Sample(randn(3, 4, dtype=float64), dlx.uint8).gives(dlx.uint8),
            Sample(randn(dtype=float64), int64).gives(int64),
            Sample(randn(0, 4, dtype=int64), dlx.int32).gives(dlx.int32),
        ],
        errors=[
            Error(ShapeError, "0-d", randn(dtype=float64), dlx.int32),
            Error(ShapeError, "cannot be divided", randn(2, 3, dtype=float32), float64),
            Error(TypeError, "dtype", randn(3), "int32"),
        ],
        gradient=False,
        lacks={
            "layouts": "not every layout can be viewed so",
            "parallel": "a view moves nothing",
            "parallel backward": "no gradient",
        },
    ),
    copied(
        "flip",
        lambda x, dims: np.flip(x, dims),
        [
            Sample(randn(3, 4), 0),
            Sample(randn(2, 3, 4), (0, -1)),
            Sample(randn(2, 3), ()),
            Sample(randn(), ()),
            Sample(randn(0, 3), 1),
            Sample(randn(2, 3, 4, 5).channels_last(), (1, 2)).with_strides(60, 1, 15, 3),
            Sample(randn(301, 310), 1).large(),
            Sample(randn(1025), 0),
        ],
        [Error(ValueError, "named twice", randn(2, 3), (0, -2)), Error(IndexError, "2", randn(2, 3), 2)],
    ),
    copied(
        "roll",
        np.roll,
        [
            Sample(randn(7), 2),
            Sample(randn(3, 4), -5),
            Sample(randn(3, 4), 1, 0),
            Sample(randn(3, 4), (1, -6), (0, 1)),
            Sample(randn(3, 4), 0, 1),
            Sample(randn(), 3),
            Sample(randn(0, 3), 1, 0),
            Sample(randn(301, 310), 7, 1).large(),
        ],
        [
            Error(ValueError, "as many entries", randn(3, 4), (1, 2), 0),
            Error(ValueError, "without dims", randn(3, 4), (1, 2)),
            Error(IndexError, "2", randn(3, 4), 1, 2),
        ],
    ),
    copied(
        "rot90",
        lambda x, k=1, dims=(0, 1): np.rot90(x, k, dims),
        [
            *[Sample(randn(3, 4), k) for k in (-1, 0, 1, 2, 3, 5)],
            Sample(randn(2, 3, 4), 1, (2, 0)),
            Sample(randn(0, 3)),
            Sample(randn(301, 310)).large(),
        ],
        [Error(ValueError, "two dimensions", randn(3, 4), 1, (0,)), Error(ShapeError, "at least 2", randn(3))],
        lacks={"0-d": "it takes two dimensions"},
    ),
    copied(
        "Tensor.repeat",
        np.tile,
        [
            Sample(randn(3), (2,)),
            Sample(randn(3, 4), (2, 3)),
            Sample(randn(3, 1), (2, 1, 3)),
            Sample(randn(), (2, 2)),
            Sample(randn(), ()),
            Sample(randn(3), (0,)),
            Sample(randn(0, 3), (2, 2)),
            Sample(randn(3, 4), (1, 1)),
            Sample(randn(301, 31), (1, 10)).large(),
        ],
        [Error(ShapeError, "an entry for each", randn(3, 4), (2,)), Error(ValueError, "negative", randn(3), (-1,))],
        covers=("repeat",),
    ),
    copied(
        "tile",
        np.tile,
        [
            Sample(randn(3, 4), (2,)),
            Sample(randn(3), (2, 2)),
            Sample(randn(), ()),
            Sample(randn(0, 3), (2,)),
            Sample(randn(301, 31), (10,)).large(),
        ],
        [Error(ValueError, "negative", randn(3), (-1,))],
    ),
    copied(
        "repeat_interleave",
        repeat_interleave,
        [
            Sample(randn(3, 4), 2),
            Sample(randn(3, 4), 3, 1),
            Sample(randn(3, 4), 0, -1),
            Sample(randn(3, 4), literal([1, 0, 2], int64), 0),
            Sample(randn(3, 4), literal([2], int64), 1, output_size=8),
            Sample(randn(), 3),
            Sample(randn(), 3, 0),
            Sample(randn(0, 3), 2, 0),
            Sample(randn(301, 31), 10, 1).large(),
        ],
        [
            Error(ValueError, "negative", randn(3), -1),
            Error(ValueError, "negative", randn(2), literal([1, -1], int64)),
            Error(ShapeError, "for each of the 3", randn(3), indices(2, below=3)),
            Error(ValueError, "output_size", randn(3), 2, output_size=5),
            Error(DtypeError, "repeats", randn(3), randn(3)),
        ],
        covers=("repeat_interleave", "repeated_positions"),
    ),
    copied(
        "diag",
        np.diag,
        [
            Sample(randn(4)),
            Sample(randn(4), 2),
            Sample(randn(3), -1),
            Sample(randn(3, 4)),
            Sample(randn(3, 4), 1),
            Sample(randn(3, 4), -2),
            Sample(randn(0)),
        ],
        [Error(ShapeError, "1 or 2", randn(2, 2, 2)), Error(ShapeError, "1 or 2", randn())],
        out=True,
        lacks={"0-d": "it takes a vector or a matrix", "parallel": "it ends in copies, which have an entry"},
    ),
    copied(
        "diag_embed",
        diag_embed,
        [
            Sample(randn(4)),
            Sample(randn(2, 3), 1),
            Sample(randn(2, 3), -2, 0, 2),
            Sample(randn(2, 3), 0, 0, 1),
            Sample(randn(2, 0)),
        ],
        [
            Error(ShapeError, "at least one", randn()),
            Error(ValueError, "two dimensions", randn(3), 0, 1, -1),
            Error(IndexError, "2", randn(3), 0, 2, 1),
        ],
        lacks={"0-d": "it takes a vector", "parallel": "it ends in copies, which have an entry"},
    ),
    copied(
        "block_diag",
        block_diag,
        [
            Sample(randn(2, 3), randn(4), randn()),
            Sample(randn(2, 0), randn(1, 2)),
            Sample(randn()),
            Sample(randn(301, 310), randn(3, 3)).large(),
        ],
        [Error(ShapeError, "at most 2", randn(2, 2, 2))],
    ),
    copied(
        "meshgrid",
        lambda *xs, indexing="ij": tuple(np.meshgrid(*xs, indexing=indexing)),
        [
            Sample(randn(3), randn(4)),
            Sample(randn(3), randn(4), randn(2), indexing="xy"),
            Sample(randn(), randn(2)),
            Sample(randn(0), randn(2)),
        ],
        [Error(ValueError, "indexing", randn(2), indexing="yx"), Error(ShapeError, "at most one", randn(2, 2))],
        covers=("expand",),
        lacks={"parallel": "a view moves nothing"},
    ),
    copied(
        "hstack",
        np.hstack,
        [
            Sample([randn(2, 3), randn(2, 1)]),
            Sample([randn(3), randn()]),
            Sample([randn(0, 2), randn(0, 3)]),
            Sample([randn(301, 310)] * 2).large(),
        ],
        [Error(ShapeError, "agree", [randn(2, 3), randn(3, 3)])],
        covers=("cat",),
        lacks={"method": "it takes a sequence"},
    ),
    view(
        "tensor_split",
        lambda x, places, dim=0: tuple(np.array_split(x, places, dim)),
        [Sample(randn(7, 3), 3), Sample(randn(7, 3), (1, 5)), Sample(randn(3, 4), 2, -1), Sample(randn(0, 2), 2)],
        [Error(ValueError, "above 0", randn(3), 0), Error(ShapeError, "at least one", randn(), 2)],
        covers=("split",),
        lacks={**VIEW, "0-d": "it has no dimension to cut"},
    ),
    Op(
        "Tensor.detach_",
        reference=lambda x: x,
        samples=[Sample(randn(2, 3).updated()), Sample(randn().updated()), Sample(randn(0, 3).updated())],
        errors=[Error(TypeError, "must be", 3)],
        dtypes=ALL,
        gradient=False,
        lacks={
            "parallel": "it moves nothing",
            "parallel backward": "no gradient",
            "layouts": "views cannot be detached",
        },
    ),
    *[
        Op(
            f"Tensor.{name}",
            reference=reference,
            samples=samples,
            errors=[Error(IndexError, "5", randn(2, 3), *([5] * count))]
            if count
            else [Error(ShapeError, "at most 2", randn(2, 3, 4))],
            dtypes=ALL,
            covers=(name,),
            lacks={**VIEW, "0-d": "it has no dimensions to change", "empty": "the view that it becomes has an entry"},
        )
        for name, reference, count, samples in [
            ("squeeze_", squeeze, 1, [Sample(randn(1, 3, 1).updated()), Sample(randn(1, 3, 1).updated(), 0)]),
            ("unsqueeze_", np.expand_dims, 1, [Sample(randn(2, 3).updated(), 1), Sample(randn(2, 3).updated(), -1)]),
            (
                "transpose_",
                np.swapaxes,
                2,
                [Sample(randn(2, 3, 4).updated(), 0, 2), Sample(randn(2, 3).updated(), 1, 0)],
            ),
            ("t_", np.transpose, 0, [Sample(randn(2, 3).updated()), Sample(randn(3).updated())]),
        ]
    ],
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
        "chunk",
        lambda x, chunks, dim=0: split(x, max(-(-x.shape[dim] // chunks), 1), dim),
        [Sample(randn(7, 3), 3), Sample(randn(3, 4), 2, -1), Sample(randn(3), 9)],
        [Error((ShapeError, ValueError), "", randn(3), 0)],
        covers=("split",),
        result=lambda dtype: None,
        lacks={**VIEW, "0-d": "there is no dimension to cut", "empty": "an empty dimension gives empty pieces"},
    ),
    view(
        "broadcast_to",
        lambda x, size: np.broadcast_to(x, size),
        [Sample(randn(3, 1), (2, 3, 4)), Sample(randn(), (3,)), Sample(randn(1), (0,)), Sample(randn(0, 2), (0, 2))],
        [Error(ShapeError, "only sizes of 1 grow", randn(3), (2,))],
        covers=("expand",),
    ),
    view(
        "t",
        lambda x: x.T,
        [Sample(randn(3, 4)), Sample(randn(3)), Sample(randn()), Sample(randn(0, 3))],
        [Error(ShapeError, "at most 2", randn(2, 3, 4))],
        covers=("transpose",),
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
