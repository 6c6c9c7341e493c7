"""Entries of matrix products."""

import operator

import numpy as np
from op_table import NUMBERS, Error, Op, Sample, booleans, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64

TOLERANCE = {float32: 1e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 8e-2}


def linear(x, weight, bias=None):
    return x @ weight.T + (0 if bias is None else bias)


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
]
