"""Entries of bilinear maps."""

import numpy as np
from op_table import FLOATS, Error, Op, Sample, randn

from dlx import DtypeError, ShapeError, bfloat16, float16, float32, float64


def bilinear(x, y, weight, bias=None):
    out = np.einsum("...i,kij,...j->...k", x, weight, y)
    return out if bias is None else out + bias


OPS = [
    Op(
        "nn.functional.bilinear",
        reference=bilinear,
        samples=[
            Sample(randn(2, 3), randn(2, 4), randn(5, 3, 4), randn(5)),
            Sample(randn(3), randn(4), randn(5, 3, 4)),
            Sample(randn(2, 3, 4), randn(2, 3, 2), randn(1, 4, 2), randn(1)),
            Sample(randn(0, 3), randn(0, 4), randn(5, 3, 4), randn(5)),
            Sample(randn(130, 33), randn(130, 17), 0.1 * randn(40, 33, 17), randn(40)).large(),
        ],
        errors=[
            Error(ShapeError, "takes inputs with 3 and 4 features", randn(2, 3), randn(2, 3), randn(5, 3, 4)),
            Error(ShapeError, "the inputs must agree", randn(2, 3), randn(3, 4), randn(5, 3, 4)),
            Error(ShapeError, "bias", randn(2, 3), randn(2, 4), randn(5, 3, 4), randn(4)),
            Error(DtypeError, "input2", randn(2, 3), randn(2, 4, dtype=float64), randn(5, 3, 4)),
        ],
        dtypes=FLOATS,
        lacks={"0-d": "it takes vectors"},
        tolerance={float32: 1e-5, float16: 2e-2, bfloat16: 1e-1},
    ),
]
