"""Entries of linear algebra. Gradients of decompositions that look at half a matrix are in test_linalg.py."""

import numpy as np
from op_table import Error, Op, Sample, Values, randn

from dlx import DtypeError, ShapeError, float32, float64, int64
from dlx.linalg import LinAlgError

TOLERANCE = {float32: 2e-4, float64: 1e-9}
LAPACK = {"bits": "LAPACK's are not promised", "parallel": "LAPACK is not ours", "parallel backward": "nor here"}
MATRICES = {**LAPACK, "0-d": "it takes matrices"}
REGULAR = {**MATRICES, "layouts": "an expanded matrix is singular; other layouts: test_linalg.py"}


def regular(*shape):
    """Far from singular."""
    return Values(
        shape, lambda rng, shape, dtype: rng.standard_normal(shape) * 0.3 + 2 * np.eye(*shape[-2:])
    ).contiguous()


def positive_definite(*shape):
    return Values(
        shape,
        lambda rng, shape, dtype: (lambda x: x @ np.swapaxes(x, -1, -2) + np.eye(shape[-1]))(
            rng.standard_normal(shape)
        ),
    ).contiguous()


def zeros(*shape):
    return Values(shape, lambda rng, shape, dtype: np.zeros(shape))


def square_errors(*more):
    return [
        Error(ShapeError, "square", randn(2, 3), *more),
        Error(ShapeError, "matrix", randn(3), *more),
        Error(DtypeError, "float32 or float64", randn(2, 2, dtype=int64), *more),
    ]


def solve(a, b, *, left=True):
    if not left:
        return np.swapaxes(np.linalg.solve(np.swapaxes(a, -1, -2), np.swapaxes(b, -1, -2)), -1, -2)
    vector = b.ndim == 1 or b.shape == a.shape[:-1]
    return np.linalg.solve(a, b[..., None])[..., 0] if vector else np.linalg.solve(a, b)


def matrix_norm(x, ord="fro", dim=(-2, -1), keepdim=False):
    return np.linalg.norm(x, ord, dim, keepdim)


def norm(x, ord=None, dim=None, keepdim=False):
    if ord is None and dim is None:
        return np.sqrt((x * x).sum(keepdims=keepdim))
    return np.linalg.norm(x, ord, dim, keepdim)


SQUARE = [
    Sample(regular(3, 3)),
    Sample(regular(1, 1)),
    Sample(regular(2, 4, 4)),
    Sample(regular(0, 3, 3)),
    Sample(regular(2, 0, 0)),
]


def op(name, reference, samples, errors, **more) -> Op:
    return Op(
        f"linalg.{name}",
        **{
            "reference": reference,
            "samples": samples,
            "errors": errors,
            "dtypes": (float32, float64),
            "tolerance": TOLERANCE,
            "lacks": MATRICES,
            **more,
        },
    )


OPS = [
    op(
        "inv",
        np.linalg.inv,
        SQUARE,
        [*square_errors(), Error(LinAlgError, "singular", zeros(2, 2))],
        out=True,
        lacks=REGULAR,
    ),
    op(
        "solve",
        solve,
        [
            Sample(regular(3, 3), randn(3, 2)),
            Sample(regular(3, 3), randn(3)),
            Sample(regular(2, 3, 3), randn(2, 3)),
            Sample(regular(2, 3, 3), randn(3, 1)),
            Sample(regular(3, 3), randn(2, 3, 2)),
            Sample(regular(3, 3), randn(2, 3), left=False),
            Sample(regular(0, 3, 3), randn(0, 3, 2)),
            Sample(regular(3, 3), randn(3, 0)),
        ],
        [
            *square_errors(randn(3, 1)),
            Error(ShapeError, "do not fit", randn(3, 3), randn(2, 1)),
            Error(ShapeError, "left=False", randn(3, 3), randn(3), left=False),
            Error(LinAlgError, "singular", zeros(2, 2), randn(2)),
        ],
        out=True,
        lacks=REGULAR,
    ),
    op("det", lambda a: np.asarray(np.linalg.det(a)), SQUARE[:4], square_errors(), out=True, lacks=REGULAR),
    op(
        "slogdet",
        lambda a: tuple(np.asarray(x) for x in np.linalg.slogdet(a)),
        SQUARE[:4],
        square_errors(),
        lacks={**REGULAR, "method": "there is none"},
    ),
    op(
        "cholesky",
        lambda a, *, upper=False: np.swapaxes(np.linalg.cholesky(a), -1, -2) if upper else np.linalg.cholesky(a),
        [
            Sample(positive_definite(3, 3)),
            Sample(positive_definite(2, 4, 4), upper=True),
            Sample(positive_definite(0, 3, 3)),
        ],
        [*square_errors(), Error(LinAlgError, "positive definite", zeros(2, 2))],
        gradient=False,
        lacks={**MATRICES, "layouts": "an expanded matrix is not positive definite"},
    ),
    op(
        "qr",
        lambda a, mode="reduced": tuple(np.linalg.qr(a, mode)),
        [
            Sample(regular(3, 3)),
            Sample(regular(5, 3)),
            Sample(regular(2, 3, 5)),
            Sample(regular(5, 3), "complete"),
            Sample(regular(0, 3, 3)),
        ],
        [Error(ShapeError, "matrix", randn(3)), Error(ValueError, "mode", randn(3, 3), "full")],
        gradient=False,
        lacks={**MATRICES, "layouts": "the factors of singular matrices vary"},
    ),
    op(
        "svd",
        lambda a, full_matrices=True: (None, np.linalg.svd(a, compute_uv=False), None),
        [Sample(regular(3, 3)), Sample(regular(5, 3)), Sample(regular(2, 3, 5), False), Sample(regular(0, 3, 3))],
        [Error(ShapeError, "matrix", randn(3)), Error(ValueError, "driver", randn(3, 3), driver="gesvd")],
        gradient=False,
    ),
    op(
        "eigh",
        lambda a, UPLO="L": (np.linalg.eigvalsh(a, UPLO), None),
        [
            Sample(positive_definite(3, 3)),
            Sample(regular(2, 4, 4), "U"),
            Sample(regular(2, 4, 4)),
            Sample(positive_definite(0, 3, 3)),
        ],
        [*square_errors(), Error(ValueError, "UPLO", randn(3, 3), "M")],
        gradient=False,
    ),
    op(
        "pinv",
        np.linalg.pinv,
        [Sample(regular(3, 3)), Sample(regular(5, 3)), Sample(regular(2, 3, 5)), Sample(regular(0, 3, 3))],
        [Error(ShapeError, "matrix", randn(3)), Error(DtypeError, "float32", randn(2, 2, dtype=int64))],
        out=True,
        lacks={**MATRICES, "layouts": "the rank of an expanded matrix is another"},
    ),
    op(
        "vector_norm",
        lambda x, ord=2, dim=None, keepdim=False: np.linalg.norm(x.ravel() if dim is None else x, ord, dim, keepdim),
        [
            Sample(randn()),
            Sample(randn(5)),
            Sample(randn(3, 4), 1, 1),
            Sample(randn(3, 4), 3, 0, True),
            Sample(randn(0, 3), 2, 0),
        ],
        [Error(DtypeError, "floating", randn(3, dtype=int64)), Error(IndexError, "2", randn(3, 4), 2, 2)],
        out=True,
        lacks=LAPACK,
    ),
    op(
        "matrix_norm",
        matrix_norm,
        [
            Sample(randn(3, 4)),
            Sample(randn(0, 3, 4)),
            *[Sample(regular(2, 3, 4), ord) for ord in ("nuc", np.inf, -np.inf, 1, -1, 2, -2)],
            Sample(regular(3, 2, 4), 1, (0, 2), True),
            Sample(regular(3, 2, 4), 2, (2, 0), True),
        ],
        [
            Error(ShapeError, "2 dimensions", randn(3)),
            Error(ValueError, "ord", randn(3, 3), 3),
            Error(ValueError, "two dimensions", randn(3, 3), "fro", (1,)),
            Error(ValueError, "two dimensions", randn(3, 3), "fro", (1, -1)),
            Error(IndexError, "2", randn(3, 3), "fro", (1, 2)),
        ],
        covers=("svd",),
        out=True,
        lacks={
            **MATRICES,
            "casting": "the result is copied",
            "layouts": "an expanded matrix has equal singular values",
        },
    ),
    op(
        "norm",
        norm,
        [
            Sample(randn()),
            Sample(randn(5)),
            Sample(randn(2, 3, 4)),
            Sample(randn(5), 3),
            Sample(randn(3, 4), 1, 1),
            Sample(regular(3, 4), 2).kinked(),
            Sample(randn(3, 4), "fro"),
            Sample(randn(0)).kinked(),
        ],
        [Error(ValueError, "two dimensions", randn(3), "fro"), Error(ValueError, "one or two", randn(2, 3, 4), 2)],
        covers=("vector_norm",),
        lacks={**LAPACK, "method": "Tensor.norm is dlx.norm"},
    ),
    op(
        "matrix_power",
        np.linalg.matrix_power,
        [
            *[Sample(regular(3, 3), n) for n in (0, 1, 2, 5, -2)],
            Sample(regular(2, 3, 3), 3),
            Sample(regular(0, 3, 3), 3),
        ],
        [Error(ShapeError, "square", randn(2, 3), 2), Error(LinAlgError, "singular", zeros(2, 2), -1)],
        covers=("matmul", "inv"),
        lacks=REGULAR,
        tolerance={float32: 1e-3, float64: 1e-9},
    ),
    op(
        "vecdot",
        lambda x, y, dim=-1: np.asarray((x * y).sum(axis=dim)),
        [
            Sample(randn(5), randn(5)),
            Sample(randn(3, 4), randn(4)),
            Sample(randn(3, 4), randn(3, 4), dim=0),
            Sample(randn(0, 4), randn(4)),
            Sample(randn(), randn()),
        ],
        [Error(IndexError, "2", randn(3, 4), randn(3, 4), dim=2)],
        covers=("mul", "sum"),
        lacks=LAPACK,
    ),
]
