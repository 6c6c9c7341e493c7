"""Entries of the elementary functions."""

import numpy as np
from elementwise_entries import EXACT, FLOAT_OF, SPECIAL, binary, floating, of_two, unary
from op_table import ALL, FLOATS, Error, Sample, Values, is_float, literal, positive, randn, wide

from dlx import DtypeError, float32, float64, int64

FUNCTION = {float32: 1e-6, float64: 2e-15}  # of 3 ulp


def inside(*shape, dtype=None) -> Values:
    """Numbers in (-0.9, 0.9), or 0 and 1."""

    def draw(rng, shape, dtype):
        if is_float(dtype):
            return rng.uniform(-0.9, 0.9, shape)
        return rng.integers(0, 2, shape).astype(wide(dtype))

    return Values(shape, draw, dtype)


def beyond_one(*shape, dtype=None) -> Values:
    return positive(*shape, dtype=dtype) + 1


# Far out, where whole turns are most of the angle.
FAR = Sample(literal([1e4, 1e5, -3e5, 1e6, 1e10, 1e20, -1e30, 3e38])).only(float32, float64).kinked()

OPS = [
    floating("exp", np.exp, unary(), tolerance=FUNCTION),
    floating("exp2", np.exp2, unary(), tolerance=FUNCTION),
    floating("expm1", np.expm1, unary(), tolerance=FUNCTION, zeros=True),
    floating("log", np.log, unary(make=positive), tolerance=FUNCTION),
    floating("log2", np.log2, unary(make=positive), tolerance=FUNCTION),
    floating("log10", np.log10, unary(make=positive), tolerance=FUNCTION),
    floating("log1p", np.log1p, unary(make=positive), tolerance=FUNCTION, zeros=True),
    floating("sqrt", np.sqrt, unary(make=positive), tolerance=EXACT, zeros=True),
    floating("rsqrt", lambda x: 1 / np.sqrt(x), unary(make=positive), tolerance=EXACT),
    floating("sin", np.sin, [*unary(), FAR], tolerance=FUNCTION, zeros=True),
    floating("cos", np.cos, [*unary(), FAR], tolerance=FUNCTION),
    floating("tan", np.tan, [*unary(make=inside), FAR], tolerance=FUNCTION, zeros=True),
    floating("asin", np.arcsin, unary(make=inside), tolerance=FUNCTION, zeros=True),
    floating("acos", np.arccos, unary(make=inside), tolerance=FUNCTION),
    floating("atan", np.arctan, unary(), tolerance=FUNCTION, zeros=True),
    floating("sinh", np.sinh, unary(), tolerance=FUNCTION, zeros=True),
    floating("cosh", np.cosh, unary(), tolerance=FUNCTION),
    floating("tanh", np.tanh, unary(), tolerance=FUNCTION, zeros=True),
    floating("asinh", np.arcsinh, unary(), tolerance=FUNCTION, zeros=True),
    floating("acosh", np.arccosh, unary(make=beyond_one), tolerance=FUNCTION),
    floating("atanh", np.arctanh, unary(make=inside), tolerance=FUNCTION, zeros=True),
    of_two(
        "atan2",
        lambda a, b: np.arctan2(a.astype(np.float64), b.astype(np.float64)),
        [
            *binary(),
            Sample(SPECIAL, literal([1.0])).only(float32, float64).kinked(),
            Sample(literal([[0.0], [-0.0], [np.inf], [-1.0]]), literal([0.0, -0.0, np.inf, -np.inf, -2.0]))
            .only(float32, float64)
            .kinked(),
        ],
        dtypes=ALL,
        result=FLOAT_OF,
        tolerance=FUNCTION,
        zeros=True,
        errors=[Error(TypeError, "must be a Tensor", randn(3), 1.0)],
    ),
    of_two(
        "hypot",
        np.hypot,
        [
            *binary(),
            Sample(SPECIAL, literal([1.0])).only(float32, float64).kinked(),
            Sample(literal([3e38, 1e-40, np.inf]), literal([1e38, 1e-42, np.nan])).only(float32).kinked(),
        ],
        dtypes=FLOATS,
        tolerance=FUNCTION,
        errors=[Error(DtypeError, "floating point", randn(3, dtype=int64), randn(3, dtype=int64))],
    ),
]
