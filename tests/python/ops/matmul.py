"""Entries of matrix products."""

import operator

import numpy as np
from op_table import FLOATS, NUMBERS, Error, Op, Sample, booleans, literal, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int64

TOLERANCE = {float32: 1e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 8e-2}


def linear(x, weight, bias=None):
    return x @ weight.T + (0 if bias is None else bias)


def einsum(*args):
    """NumPy's, which wants the sizes of 1 that broadcast to be in an ellipsis."""
    if isinstance(args[0], str) and args[0] == "ij,j->i":
        return args[1] @ np.broadcast_to(args[2], args[1].shape[1:])
    if isinstance(args[0], str) and isinstance(args[1], list):
        args = (args[0], *args[1])
    return np.asarray(np.einsum(*args))


OPS = [
    Op(
        "matmul",
        reference=np.matmul,
        samples=[
            Sample(randn(3, 4), randn(4, 5)),
            Sample(randn(4), randn(4)),
            Sample(randn(3, 4), randn(4)),
            Sample(randn(4), randn(4, 5)),
            Sample(randn(2, 3, 4), randn(2, 4, 5)),
            Sample(randn(2, 1, 3, 4), randn(3, 4, 2)),  # the batch broadcasts
            Sample(randn(2, 3, 4), randn(4)),
            Sample(randn(4), randn(2, 4, 3)),
            Sample(randn(3, 4), randn(2, 4, 5)),
            Sample(randn(1, 1), randn(1, 1)),
            Sample(randn(0, 4), randn(4, 5)),
            Sample(randn(3, 4), randn(4, 0)),
            Sample(randn(3, 0), randn(0, 5)),  # a sum of nothing
            Sample(randn(0, 3, 4), randn(4, 5)),
            Sample(randn(13, 17), randn(17, 33)),  # one past every tile
            Sample(randn(1, 385), randn(385, 49)),  # one past a chunk of k
            Sample(randn(50, 400), randn(400, 9)),
            Sample(randn(257, 300), randn(300, 310)).large(),
        ],
        errors=[
            Error(ShapeError, "(3, 4)", randn(3, 4), randn(5, 4)),
            Error(ShapeError, "broadcast", randn(2, 3, 4), randn(3, 4, 5)),
            Error(ShapeError, "dimension", randn(), randn(3)),
            Error(DtypeError, "float64", randn(2, 3, dtype=float32), randn(3, 2, dtype=float64)),
        ],
        dtypes=NUMBERS,
        operator=operator.matmul,
        out=True,
        tolerance=TOLERANCE,
        lacks={"0-d": "a product of matrices takes one dimension at least"},
    ),
    *[
        Op(
            name,
            reference=np.matmul,
            samples=[
                Sample(randn(*batch, 3, 4), randn(*batch, 4, 5)),
                Sample(randn(*batch, 0, 4), randn(*batch, 4, 2)),
                Sample(randn(*batch, 3, 0), randn(*batch, 0, 2)),
                Sample(randn(*batch, 130, 150), randn(*batch, 150, 170)).large(),
            ],
            errors=[
                Error(ShapeError, "dimensions", randn(4), randn(4)),
                Error(ShapeError, "", randn(*batch, 3, 4), randn(*batch, 3, 4)),
            ],
            dtypes=NUMBERS,
            out=True,
            tolerance=TOLERANCE,
            covers=("matmul",),
            lacks={"0-d": "matrices have two dimensions"},
        )
        for name, batch in [("mm", ()), ("bmm", (2,))]
    ],
    Op(
        "nn.functional.linear",
        reference=linear,
        samples=[
            Sample(randn(3, 4), randn(5, 4), randn(5)),
            Sample(randn(3, 4), randn(5, 4)),
            Sample(randn(4), randn(5, 4), randn(5)),
            Sample(randn(2, 3, 4), randn(5, 4), randn(5)),
            Sample(randn(0, 4), randn(5, 4), randn(5)),
            Sample(randn(3, 0), randn(5, 0), randn(5)),
            Sample(randn(33, 65), randn(17, 65), bias=randn(17)),
            Sample(randn(257, 300), randn(310, 300), randn(310)).large(),
        ],
        errors=[
            Error(ShapeError, "(32, 100)", randn(32, 100), randn(64, 128)),
            Error(ShapeError, "bias", randn(3, 4), randn(5, 4), randn(4)),
            Error(DtypeError, "weight", randn(3, 4, dtype=float32), randn(5, 4, dtype=float64)),
            Error((DtypeError, TypeError), "", booleans(3, 4), booleans(5, 4)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "the input has one dimension at least"},
    ),
    *[
        Op(
            name,
            reference=lambda x, a, b, *, beta=1, alpha=1: (0 if beta == 0 else beta * x) + alpha * (a @ b),
            samples=[
                Sample(randn(*c), randn(*a), randn(*b)),
                Sample(randn(*c), randn(*a), randn(*b), beta=2, alpha=-3),
                Sample(randn(*c), randn(*a), randn(*b), beta=0.5, alpha=1.5).only(*FLOATS),
                Sample(literal(np.full(c, np.nan)), randn(*a), randn(*b), beta=0).only(*FLOATS),
                Sample(randn(), randn(*a), randn(*b)),
                Sample(randn(c[-1]), randn(*a), randn(*b), alpha=2),
                Sample(randn(*c), randn(*a[:-1], 0), randn(*([b[0], 0, b[2]] if len(b) == 3 else [0, *b[1:]]))),
            ],
            errors=[
                Error(ShapeError, "does not broadcast", randn(7, 7, 7, 7), randn(*a), randn(*b)),
                Error(ShapeError, "dimension", randn(*c), randn(3), randn(*b)),
                Error(DtypeError, "input and the matrices", randn(*c, dtype=float64), randn(*a), randn(*b)),
            ],
            dtypes=NUMBERS,
            out=True,
            in_place=True,
            tolerance=TOLERANCE,
            lacks={"parallel": "the product has its own entry"},
        )
        for name, c, a, b in [
            ("addmm", (3, 5), (3, 4), (4, 5)),
            ("addmv", (3,), (3, 4), (4,)),
            ("baddbmm", (2, 3, 5), (2, 3, 4), (2, 4, 5)),
        ]
    ],
    *[
        Op(
            name,
            reference=np.dot,
            samples=[
                Sample(randn(5), randn(5)),
                Sample(randn(0), randn(0)),
                Sample(randn(1), randn(1)),
                Sample(randn(1025), randn(1025)),
            ],
            errors=[
                Error(ShapeError, "1 dimension", randn(3, 4), randn(4)),
                Error(ShapeError, "one length", randn(3), randn(4)),
                Error(DtypeError, "dtype", randn(3), randn(3, dtype=float64)),
            ],
            dtypes=NUMBERS,
            out=True,
            covers=("dot",),
            tolerance=TOLERANCE,
            lacks={"0-d": "it takes vectors", "parallel": "the product has its own entry"},
        )
        for name in ("dot", "vdot")
    ],
    Op(
        "mv",
        reference=np.matmul,
        samples=[Sample(randn(3, 4), randn(4)), Sample(randn(0, 4), randn(4)), Sample(randn(3, 0), randn(0))],
        errors=[
            Error(ShapeError, "1 dimension", randn(3, 4), randn(4, 1)),
            Error(ShapeError, "2 dimensions", randn(4), randn(4)),
        ],
        dtypes=NUMBERS,
        out=True,
        tolerance=TOLERANCE,
        lacks={"0-d": "it takes a matrix and a vector", "parallel": "the product has its own entry"},
    ),
    *[
        Op(
            name,
            reference=np.multiply.outer,
            samples=[
                Sample(randn(3), randn(4)),
                Sample(randn(0), randn(4)),
                Sample(randn(1), randn(1)),
                Sample(randn(1001), randn(301)).large(),
            ],
            errors=[
                Error(ShapeError, "1 dimension", randn(3, 4), randn(4)),
                Error(ShapeError, "vec2", randn(3), randn()),
            ],
            dtypes=NUMBERS,
            out=True,
            covers=("outer",),
            lacks={"0-d": "it takes vectors"},
        )
        for name in ("outer", "ger")
    ],
    Op(
        "inner",
        reference=np.inner,
        samples=[
            Sample(randn(4), randn(4)),
            Sample(randn(2, 3, 4), randn(5, 4)),
            Sample(randn(), randn(3)),
            Sample(randn(3), randn()),
            Sample(randn(0, 4), randn(4)),
            Sample(randn(3, 0), randn(2, 0)),
        ],
        errors=[Error(ShapeError, "last dimensions", randn(3, 4), randn(3))],
        dtypes=NUMBERS,
        out=True,
        tolerance=TOLERANCE,
        lacks={"parallel": "the product has its own entry"},
    ),
    Op(
        "tensordot",
        reference=lambda a, b, dims=2: np.tensordot(a, b, dims),
        samples=[
            Sample(randn(2, 3, 4), randn(3, 4, 5)),
            Sample(randn(2, 3), randn(4), dims=0),
            Sample(randn(), randn(4), dims=0),
            Sample(randn(2, 3, 4), randn(4, 2), dims=([0, 2], [1, 0])),
            Sample(randn(2, 3, 4), randn(3, 5), dims=([-2], [0])),
            Sample(randn(3), randn(3), dims=1),
            Sample(randn(2, 0), randn(0, 3), dims=1),
        ],
        errors=[
            Error(ShapeError, "must agree", randn(2, 3), randn(4, 5), 1),
            Error(ValueError, "dims must be from 0 to 2", randn(2, 3), randn(3, 5), 3),
            Error(ValueError, "given twice", randn(3, 3), randn(3, 3), ([0, 0], [0, 1])),
            Error(ShapeError, "as many dimensions", randn(3, 3), randn(3, 3), ([0], [0, 1])),
            Error(IndexError, "2", randn(3, 3), randn(3, 3), ([2], [0])),
        ],
        dtypes=NUMBERS,
        out=True,
        tolerance=TOLERANCE,
        lacks={"parallel": "the product has its own entry"},
    ),
    Op(
        "kron",
        reference=np.kron,
        samples=[
            Sample(randn(2, 3), randn(3, 2)),
            Sample(randn(), randn(3)),
            Sample(randn(2), randn(2, 3)),
            Sample(randn(2, 1, 2), randn(2)),
            Sample(randn(0, 3), randn(2, 2)),
            Sample(randn(30, 31), randn(20, 21)).large(),
        ],
        errors=[Error(TypeError, "must be", randn(3), 2)],
        dtypes=NUMBERS,
        out=True,
    ),
    Op(
        "cross",
        reference=lambda a, b, dim=None: np.cross(
            a, b, axis=list(np.broadcast_shapes(a.shape, b.shape)).index(3) if dim is None else dim
        ),
        samples=[
            Sample(randn(3), randn(3)),
            Sample(randn(4, 3), randn(4, 3)),
            Sample(randn(3, 3), randn(3, 3)),
            Sample(randn(4, 3), randn(4, 3), 1),
            Sample(randn(3, 2), randn(3, 2), dim=0),
            Sample(randn(0, 3), randn(0, 3), -1),
            Sample(randn(30001, 3), randn(30001, 3), 1).large(),
        ],
        errors=[
            Error(ShapeError, "size 3", randn(2, 4), randn(2, 4)),
            Error(ShapeError, "size 3", randn(3, 4), randn(3, 4), 1),
            Error(IndexError, "2", randn(3, 3), randn(3, 3), 2),
        ],
        dtypes=NUMBERS,
        out=True,
        lacks={"0-d": "it takes vectors"},
    ),
    Op(
        "trace",
        reference=lambda x: np.asarray(np.trace(x)),
        samples=[
            Sample(randn(3, 3)),
            Sample(randn(2, 5)),
            Sample(randn(5, 2)),
            Sample(randn(0, 3)),
            Sample(randn(1, 1)),
        ],
        errors=[Error(ShapeError, "2 dimensions", randn(3))],
        dtypes=NUMBERS,
        result=lambda dtype: dtype if dtype in FLOATS else int64,
        lacks={"0-d": "it takes a matrix", "parallel": "a diagonal is short"},
        tolerance=TOLERANCE,
    ),
    Op(
        "chain_matmul",
        reference=lambda *matrices: np.linalg.multi_dot(matrices) if len(matrices) > 1 else matrices[0],
        samples=[
            Sample(randn(3, 4), randn(4, 2), randn(2, 5)),
            Sample(randn(3, 4)),
            Sample(randn(2, 3), randn(3, 1), randn(1, 4), randn(4, 2)),
            Sample(randn(0, 3), randn(3, 2)),
        ],
        errors=[
            Error(ShapeError, "does not follow", randn(3, 4), randn(3, 4)),
            Error(ShapeError, "2 dimensions", randn(3, 4), randn(2, 4, 4), randn(4, 4)),
            Error(ValueError, "one tensor"),
        ],
        dtypes=NUMBERS,
        covers=("multi_dot",),
        lacks={"0-d": "it takes matrices", "parallel": "the product has its own entry"},
        tolerance={**TOLERANCE, dlx.bfloat16: 0.2, float16: 2e-2},
    ),
    Op(
        "einsum",
        reference=einsum,
        samples=[
            Sample("ij,jk->ik", randn(3, 4), randn(4, 5)),
            Sample("i,i", randn(4), randn(4)),
            Sample("ij->ji", randn(3, 4)),
            Sample("ij", randn(3, 4)),
            Sample("ba", randn(3, 4)),  # the alphabet's order
            Sample("ij->", randn(3, 4)),
            Sample("ii->i", randn(3, 3)),
            Sample("ii", randn(3, 3)),
            Sample("iji->j", randn(3, 2, 3)),
            Sample("...ij,...jk->...ik", randn(2, 1, 3, 4), randn(5, 4, 2)),
            Sample("...i,i->...", randn(2, 3), randn(3)),
            Sample("i...->...", randn(2, 3)),
            Sample("bij,bjk->bik", randn(2, 3, 4), randn(2, 4, 5)),
            Sample("bhqd,bhkd->bhqk", randn(2, 3, 4, 5), randn(2, 3, 6, 5)),
            Sample("ij,ij->ij", randn(3, 4), randn(3, 4)),
            Sample("ij,kl->ijkl", randn(2, 3), randn(2, 2)),
            Sample("ij,jk,kl->il", randn(3, 4), randn(4, 2), randn(2, 5)),
            Sample("ij,jk,kl,lm->im", randn(3, 2), randn(2, 2), randn(2, 3), randn(3, 2)),
            Sample("i,ij,j", randn(3), randn(3, 4), randn(4)),
            Sample("ij,j->i", randn(3, 4), randn(1)),  # a size of 1 broadcasts
            Sample("i,i->i", randn(3), randn(3)),
            Sample(" i j , j k -> i k ", randn(3, 4), randn(4, 5)),
            Sample(",i->i", randn(), randn(3)),
            Sample("ij,jk", [randn(3, 4), randn(4, 5)]),
            Sample(randn(3, 4), [0, 1], randn(4, 5), [1, 2], [0, 2]),
            Sample(randn(3, 4), [0, 1], randn(4), [1]),
            Sample(randn(2, 3, 4), [Ellipsis, 0], [Ellipsis]),
            Sample("ij,jk->ik", randn(0, 4), randn(4, 5)),
            Sample("ij,jk->ik", randn(3, 0), randn(0, 5)),
        ],
        errors=[
            Error(ShapeError, "size", "ij,jk->ik", randn(3, 4), randn(3, 4)),
            Error(ShapeError, "different sizes", "ii", randn(3, 4)),
            Error(ValueError, "names 2 operands", "ij,jk", randn(3, 4)),
            Error(ValueError, "names 3 dimensions", "ijk", randn(3, 4)),
            Error(ValueError, "no letter", "i1", randn(3, 4)),
            Error(ValueError, "which no operand has", "ij->k", randn(3, 4)),
            Error(ValueError, "twice", "ij->ii", randn(3, 4)),
            Error(ValueError, "one operand", "ij"),
            Error(TypeError, "must be a Tensor", "ij", 3),
        ],
        dtypes=NUMBERS,
        covers=(),
        tolerance={**TOLERANCE, float16: 3e-2, dlx.bfloat16: 0.2},
        lacks={"parallel": "the product has its own entry", "method": "there is none"},
    ),
]
