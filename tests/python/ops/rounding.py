"""Entries of rounding, rounded quotients and remainders."""

import operator

import numpy as np
from elementwise_entries import EXACT, SPECIAL, binary, function, of_two, unary
from op_table import FLOATS, NUMBERS, Error, Op, Sample, Values, booleans, is_float, literal, positive, randn

from dlx import DtypeError, float32, float64, int8, int32, int64, uint8


def nonzero(*shape) -> Values:
    """Whole numbers that are not 0, so that they divide themselves."""

    def draw(rng, shape, dtype):
        if is_float(dtype):
            return rng.standard_normal(shape)
        size = rng.integers(1, 6, shape)
        return size if dtype == uint8 else size * rng.choice([-1, 1], shape)

    return Values(shape, draw)


def quotient(name, reference, *, gradient=True, **more) -> Op:
    """Of floats and integers; the divisors of the samples are not 0, and no quotient of floats is whole."""
    return of_two(
        name,
        reference,
        [
            *binary(first=nonzero, second=positive),
            Sample(10 * randn(40), positive(40).map(lambda x: -x)).only(*FLOATS),
            Sample(randn(3, 4), 3).only(*NUMBERS),
            Sample(randn(3, 4), -2).only(*FLOATS, int64, int32, int8),
            Sample(randn(3, 4), 2.5).only(*FLOATS),
            Sample(randn(3, dtype=int64), 2.5).gives(float32),
            Sample(literal([7, -7, 7, -7, 6, -6, 0]), literal([[2, 2, -2, -2, 3, -3, -5]])).only(int64, int32, int8),
            Sample(SPECIAL, literal([[2.0], [-0.75], [np.inf], [0.0], [np.nan]])).only(float32, float64).kinked(),
            Sample(literal([1e30, -1e30, 1e-40]), literal([3e-10, 7.0, 3e-42])).only(float32, float64).kinked(),
        ],
        errors=[
            Error(RuntimeError, "ZeroDivisionError", randn(3, dtype=int64), literal([1, 0, 2], int64)),
            Error(DtypeError, "booleans", booleans(3), booleans(3)),
        ],
        dtypes=NUMBERS,
        gradient=gradient,
        tolerance=EXACT,
        **more,
    )


def floor_divide(a, b):
    """NumPy's, which is PyTorch's, in the dtype of the arguments: a float64 quotient has other roundings."""
    return np.floor_divide(a, b)


def steps() -> list[Sample]:
    """Of many numbers one is near a step, where differences are no derivatives."""
    return [s.kinked() if s.expect.large else s for s in unary()]


def rounded(name, reference, more_samples=(), **more) -> Op:
    return function(
        name,
        reference,
        [*steps(), *more_samples],
        errors=[Error(DtypeError, "booleans", booleans(3)), *more.pop("errors", [])],
        zeros=True,
        **more,
    )


OPS = [
    quotient("floor_divide", floor_divide, gradient=False, operator=operator.floordiv),
    quotient("remainder", np.remainder, operator=operator.mod),
    quotient("fmod", np.fmod),
    rounded("ceil", np.ceil),
    rounded("floor", np.floor),
    rounded("trunc", np.trunc),
    rounded(
        "round",
        lambda x, *, decimals=0: np.round(x, decimals),
        [
            Sample(literal([0.5, 1.5, 2.5, -0.5, -1.5])).only(*FLOATS).kinked(),
            Sample(randn(40), decimals=2).only(float32, float64),
            Sample(100 * randn(40), decimals=-1).only(float32, float64),
        ],
        errors=[Error(DtypeError, "decimals", randn(3, dtype=int64), decimals=1)],
        tolerance=EXACT,
    ),
    function(
        "frac",
        lambda x: x - np.trunc(x),
        steps(),
        dtypes=FLOATS,
        errors=[Error(DtypeError, "floating point", randn(3, dtype=int64))],
    ),
]
