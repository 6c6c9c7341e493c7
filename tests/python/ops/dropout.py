"""Entries of dropout. The mask is that of a generator in a known state, so values and gradients are exact."""

from op_table import Error, Op, Sample, randn
from ops.random import drop

from dlx import DtypeError, float32, float64, int64


def dropout(dtype):
    def reference(x, p=0.5, training=True, inplace=False):
        if not training or p == 0:
            return x
        return 0 * x if p == 1 else drop(x, p, dtype)

    return reference


OPS = [
    Op(
        "nn.functional.dropout",
        reference=dropout(dtype),
        samples=[
            Sample(randn()),
            Sample(randn(0, 3)),
            Sample(randn(3, 5)),
            Sample(randn(1025), 0.25),
            Sample(randn(3, 5), 0.0),
            Sample(randn(3, 5), 1.0),
            Sample(randn(3, 5), 0.3, False),
            Sample(randn(300, 301), 0.5).large(),
        ],
        errors=[
            Error(ValueError, "p", randn(3), -0.5),
            Error(ValueError, "p", randn(3), 1.5),
            Error(DtypeError, "floating", randn(3, dtype=int64)),
        ],
        dtypes=(dtype,),
        gradient=dtype == float64,
        random=True,
    )
    for dtype in (float32, float64)
]
