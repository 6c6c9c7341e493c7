"""Entries of the functions that work on each element alone."""

import operator

import numpy as np
from elementwise_entries import (
    BROADCAST_ERRORS,
    EXACT,
    FLOAT_OF,
    NOT_A_TENSOR,
    SPECIAL,
    binary,
    floating,
    function,
    of_two,
    promotions,
    unary,
    with_numbers,
)
from op_table import (
    ALL,
    FLOATS,
    NUMBERS,
    Error,
    Op,
    Sample,
    booleans,
    literal,
    positive,
    randn,
)

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int8, int32, int64


def add(a, b, *, alpha=1):
    both_bool = getattr(a, "dtype", None) == bool and getattr(b, "dtype", None) == bool
    return (a | b) if both_bool else a + alpha * b


def mul(a, b):
    return a * b


def power(a, b):
    return np.power(np.asarray(a), b)


def divide(a, b, *, rounding_mode=None):
    if rounding_mode == "floor":
        return np.floor_divide(a, b)
    return np.trunc(np.true_divide(a, b)) if rounding_mode else np.true_divide(a, b)


def clamp(x, min=None, max=None):
    x = x if min is None else np.maximum(x, min)
    return x if max is None else np.minimum(x, max)


def copysign(a, b):
    return np.copysign(np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64))


def angle(x):
    return np.where(np.isnan(x), np.nan, np.where(x < 0, np.pi, 0))


def nan_to_num(x, nan=None, posinf=0, neginf=0):
    return np.where(np.isnan(x), nan or 0, np.where(x == np.inf, posinf, np.where(x == -np.inf, neginf, x)))


def scaled_three(name, reference, *, dtypes, third, errors) -> Op:
    """addcmul and addcdiv."""
    return Op(
        name,
        reference=reference,
        samples=[
            Sample(randn(), randn(), third()),
            Sample(randn(0, 3), randn(0, 3), third(3)),
            Sample(randn(3, 5), randn(3, 5), third(3, 5)),
            Sample(randn(3, 5), randn(5), third(3, 1), value=2),
            Sample(randn(5), randn(3, 5), third(5)),
            Sample(randn(1025), randn(1025), third(1025), value=-0.5).only(*FLOATS),
            Sample(randn(300, 301), randn(300, 301), third(301)).large(),
            Sample(randn(3, dtype=float16), randn(3, dtype=float32), third(3, dtype=float32)).gives(float32),
        ],
        errors=[Error(ShapeError, "broadcast", randn(3), randn(4), third(3)), *errors],
        dtypes=dtypes,
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance={float32: 1e-6, float64: 2e-15},
    )


OPS = [
    Op(
        "add",
        reference=add,
        samples=[
            *binary(),
            *with_numbers(),
            *promotions(),
            Sample(randn(3, 4), randn(4), alpha=2).only(*NUMBERS),
            Sample(randn(3, 4), randn(3, 4), alpha=-0.5).only(*FLOATS),
            Sample(randn(3, dtype=dlx.bool), 2).gives(int64),
        ],
        errors=[
            *BROADCAST_ERRORS,
            Error(TypeError, "must be", randn(3), "three"),
            Error(DtypeError, "alpha", randn(3, dtype=int32), randn(3, dtype=int32), alpha=0.5),
        ],
        dtypes=ALL,
        operator=operator.add,
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance=EXACT,
    ),
    Op(
        "sub",
        reference=lambda a, b, *, alpha=1: a - alpha * b,
        samples=[*binary(), *with_numbers(), Sample(randn(3, 4), randn(4), alpha=3)],
        errors=[*BROADCAST_ERRORS, Error(DtypeError, "bool", booleans(3), booleans(3))],
        dtypes=NUMBERS,
        operator=operator.sub,
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance=EXACT,
    ),
    Op(
        "mul",
        reference=mul,
        samples=[*binary(), *with_numbers(), *promotions()],
        errors=BROADCAST_ERRORS,
        dtypes=ALL,
        operator=operator.mul,
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance=EXACT,
    ),
    Op(
        "div",
        reference=divide,
        samples=[
            *binary(second=positive),
            Sample(randn(3, 4), 4),
            Sample(randn(3, 4), 2.5),
            Sample(SPECIAL, literal([0.0])).only(float32, float64).kinked(),
            Sample(literal([1, -1, 0], int32), literal([0, 0, 0], int32)).gives(float32),
            Sample(randn(3, 4), positive(4), rounding_mode="floor").only(*FLOATS),
            Sample(randn(3, 4), positive(4), rounding_mode="trunc").only(*FLOATS),
            Sample(literal([7, -7, 7, -7]), literal([2, 2, -2, -2]), rounding_mode="floor").only(int64).gives(int64),
            Sample(literal([7, -7, 7, -7]), literal([2, 2, -2, -2]), rounding_mode="trunc").only(int64).gives(int64),
        ],
        errors=[
            *BROADCAST_ERRORS,
            Error(ValueError, "rounding_mode must be", randn(3), 2, rounding_mode="up"),
            Error(RuntimeError, "ZeroDivisionError", randn(3, dtype=int64), 0, rounding_mode="trunc"),
            Error(DtypeError, "booleans", booleans(3), booleans(3), rounding_mode="floor"),
        ],
        covers=("div", "div_floor", "div_trunc"),
        dtypes=ALL,
        result=FLOAT_OF,
        operator=operator.truediv,
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance=EXACT,
    ),
    Op(
        "pow",
        reference=power,
        samples=[
            *[s.only(*FLOATS) for s in binary(first=positive)],
            Sample(randn(3, 4), 2).only(*NUMBERS),
            Sample(randn(3, 4), 3).only(*NUMBERS),
            Sample(randn(65), 0).only(*NUMBERS),
            Sample(positive(3, 4), -1).only(*FLOATS),
            Sample(positive(3, 4), 0.5).only(*FLOATS),
            Sample(positive(3, 4), -1.5).only(*FLOATS),
            Sample(randn(3, 4), 2.0).only(*FLOATS),
            Sample(2.0, randn(3, 4)).only(*FLOATS),
            Sample(literal([0, 1, -1, 2, -3], int64), literal([0, 5, 3, 10, 3], int64)).gives(int64),
            Sample(
                literal([0.0, 0.0, -8.0, np.inf, np.nan, 1.0, -1.0]),
                literal([0.0, 2.0, 3.0, -1.0, 0.0, np.nan, np.inf]),
            )
            .only(float32, float64)
            .kinked(),
            Sample(literal([-2.0, 4.0]), literal([0.5, 0.5])).only(float32, float64).kinked(),
        ],
        errors=[*BROADCAST_ERRORS, Error(ValueError, "negative", randn(3, dtype=int64), -1)],
        dtypes=NUMBERS,
        operator=operator.pow,
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance={float32: 1e-5, float64: 1e-13, float16: 4e-3, dlx.bfloat16: 3e-2},
    ),
    *[
        Op(
            name,
            reference=reference,
            samples=[*binary(), Sample(SPECIAL, literal([0.25])).only(float32, float64).kinked(), *promotions()],
            errors=[*BROADCAST_ERRORS, Error(TypeError, "must be a Tensor", randn(3), 2)],
            dtypes=ALL,
            keeps_order=True,
            out=True,
        )
        for name, reference in [
            ("maximum", np.maximum),
            ("minimum", np.minimum),
            ("fmax", np.fmax),
            ("fmin", np.fmin),
        ]
    ],
    Op(
        "where",
        reference=np.where,
        samples=[
            Sample(booleans(3, 4), randn(3, 4), randn(3, 4)),
            Sample(booleans(3, 1), randn(4), randn()),
            Sample(booleans(), randn(2), randn(2)),
            Sample(booleans(), randn(), randn()),
            Sample(booleans(0, 3), randn(3), randn(0, 1)),
            Sample(booleans(300, 301), randn(300, 301), randn(301)).large(),
            Sample(booleans(5), randn(5), 0.5).only(*FLOATS),
            Sample(booleans(5), 1, randn(5)).only(*NUMBERS),
            Sample(literal([True, False], dlx.bool), literal([1.0, np.nan]), literal([np.inf, 2.0]))
            .only(float32)
            .kinked(),
            Sample(booleans(4), randn(4, dtype=float16), randn(4, dtype=float32)).gives(float32),
        ],
        errors=[
            Error(ShapeError, "broadcast", booleans(3), randn(4), randn(4)),
            Error(DtypeError, "condition", randn(3, dtype=float32), randn(3), randn(3)),
        ],
        dtypes=ALL,
        lacks={"method": "x.where(condition, other)"},
    ),
    function(
        "neg", np.negative, unary(), errors=[Error(DtypeError, "bool", booleans(3))], operator=operator.neg, zeros=True
    ),
    function("abs", np.abs, unary(), operator=operator.abs, zeros=True),
    function("relu", lambda x: np.maximum(x, 0), unary(), out=False),
    function("sign", lambda x: x if x.dtype == bool else np.where(np.isnan(x), 0, np.sign(x)), unary(), dtypes=ALL),
    function(
        "square",
        lambda x: x.astype(np.int64) ** 2 if x.dtype == bool else x * x,
        unary(),
        dtypes=ALL,
        result=lambda dtype: int64 if dtype == dlx.bool else dtype,
        tolerance=EXACT,
    ),
    floating("reciprocal", lambda x: 1 / x, unary(make=positive), tolerance=EXACT),
    floating("deg2rad", np.deg2rad, unary(), tolerance=EXACT),
    floating("rad2deg", np.rad2deg, unary(special=False), tolerance=EXACT),
    floating("angle", angle, unary(), tolerance=EXACT, in_place=False),
    Op(
        "nan_to_num",
        reference=nan_to_num,
        samples=[
            *[Sample(randn(*shape)) for shape in [(), (0, 3), (3, 5), (1025,)]],
            Sample(randn(300, 301)).large(),
            Sample(literal([np.nan, np.inf, -np.inf, 1.0]), 1.0, 2.0, -2.0).only(*FLOATS).kinked(),
            Sample(literal([np.nan, np.inf, -np.inf, 1.0]), posinf=5.0, neginf=-6.0).only(*FLOATS).kinked(),
        ],
        errors=[NOT_A_TENSOR],
        dtypes=ALL,
        keeps_order=True,
        out=True,
        in_place=True,
    ),
    Op(
        "clamp",
        reference=clamp,
        samples=[
            *[Sample(randn(*shape), 1, 3) for shape in [(), (0, 3), (3, 5), (2, 3, 4), (65,), (1025,)]],
            Sample(randn(300, 301), 1, 3).large(),
            Sample(randn(3, 5), -0.5, 0.5).only(*FLOATS),
            Sample(randn(3, 5), max=2),
            Sample(randn(3, 5), 2),
            Sample(randn(3, 5), 3, 1),  # the upper bound wins
            Sample(randn(3, 5), randn(5), randn(3, 1)),
            Sample(randn(3, 5), min=randn(3, 5)),
            Sample(randn(5), max=randn(3, 5)),
            Sample(randn(3, 5, dtype=int64), 0.5).gives(float32),
            Sample(randn(3, 5, dtype=int8), randn(3, 5, dtype=int32), randn(dtype=int64)).gives(int32),
            Sample(SPECIAL, -1.0, 1.0).only(float32, float64).kinked(),
            Sample(literal([1.0, 2.0, np.nan]), literal([np.nan, 0.0, 0.0]), literal([3.0, np.nan, 1.0]))
            .only(float32, float64)
            .kinked(),
        ],
        errors=[
            Error(ValueError, "at least one of min and max", randn(3)),
            Error(ShapeError, "broadcast", randn(3), randn(4), randn(3)),
            Error(TypeError, "must be", randn(3), "low"),
        ],
        dtypes=NUMBERS,
        keeps_order=True,
        out=True,
        in_place=True,
    ),
    *[
        of_two(
            name,
            reference,
            [
                *binary(),
                Sample(randn(3, 4), 1).only(*NUMBERS),
                Sample(SPECIAL, 0.25).only(float32, float64).kinked(),
                *promotions(),
            ],
            dtypes=ALL,
            result=lambda dtype: dtype,
        )
        for name, reference in [("clamp_min", np.maximum), ("clamp_max", np.minimum)]
    ],
    of_two(
        "copysign",
        copysign,
        [
            *binary(),
            Sample(SPECIAL, -1).only(float32, float64).kinked(),
            Sample(SPECIAL, literal([[0.0], [-0.0]])).only(float32),
        ],
        dtypes=ALL,
        result=FLOAT_OF,
    ),
    of_two(
        "nextafter",
        np.nextafter,
        [
            *[s.only(float64) for s in binary()],
            Sample(SPECIAL, literal([[1.0], [-1.0], [np.inf], [np.nan]])).only(float64).kinked(),
        ],
        dtypes=(float64,),
        errors=[Error(DtypeError, "float32 or float64", randn(3, dtype=float16), randn(3, dtype=float16))],
    ),
    of_two(
        "heaviside",
        lambda a, b: np.where(a == 0, b, a > 0),
        [*binary(), Sample(SPECIAL, literal([0.5])).only(float32, float64)],
        dtypes=ALL,
        gradient=False,
        errors=[Error(DtypeError, "one dtype", randn(3, dtype=float32), randn(3, dtype=float64))],
    ),
    of_two(
        "ldexp",
        lambda a, b: a * 2.0**b,
        [Sample(s.args[0], s.args[1])._with(large=s.expect.large) for s in binary()],
        dtypes=(float32, float64),
        tolerance={float32: 1e-6, float64: 1e-14},
    ),
    of_two(
        "rsub",
        lambda a, b, alpha=1: b - alpha * a,
        [*binary(), Sample(randn(3, 4), 3), Sample(randn(3, 4), randn(4), alpha=2)],
        dtypes=NUMBERS,
        out=False,
        in_place=False,
        tolerance=EXACT,
    ),
    scaled_three(
        "addcmul",
        lambda x, a, b, *, value=1: x + value * a * b,
        dtypes=NUMBERS,
        third=randn,
        errors=[Error(DtypeError, "booleans", booleans(3), booleans(3), booleans(3))],
    ),
    scaled_three(
        "addcdiv",
        lambda x, a, b, *, value=1: x + value * a / b,
        dtypes=FLOATS,
        third=positive,
        errors=[
            Error(
                DtypeError, "floating point", randn(3, dtype=float32), randn(3, dtype=int64), positive(3, dtype=int64)
            )
        ],
    ),
    Op(
        "lerp",
        reference=lambda x, end, weight: x + weight * (end - x),
        samples=[
            Sample(randn(), randn(), 0.25),
            Sample(randn(0, 3), randn(3), 0.25),
            Sample(randn(3, 5), randn(3, 5), 0.75),
            Sample(randn(3, 5), randn(5), randn(3, 1)),
            Sample(randn(3, 5), randn(3, 5), randn()),
            Sample(randn(1025), randn(1025), 1),
            Sample(randn(300, 301), randn(300, 301), randn(301)).large(),
        ],
        errors=[
            Error(ShapeError, "broadcast", randn(3), randn(4), 0.5),
            Error(DtypeError, "floating point", randn(3, dtype=int64), randn(3, dtype=int64), 0.5),
            Error(DtypeError, "one dtype", randn(3, dtype=float32), randn(3, dtype=float64), 0.5),
            Error(DtypeError, "one dtype", randn(3, dtype=float32), randn(3, dtype=float32), randn(3, dtype=float64)),
        ],
        keeps_order=True,
        out=True,
        in_place=True,
        tolerance={float32: 1e-6, float64: 2e-15},
    ),
    Op(
        "masked_fill",
        reference=lambda x, mask, value: np.where(mask, value, x),
        samples=[
            Sample(randn(), booleans(), 1),
            Sample(randn(0, 3), booleans(3), 1),
            Sample(randn(3, 5), booleans(3, 5), 2),
            Sample(randn(3, 5), booleans(5), 0.5).only(*FLOATS),
            Sample(randn(3, 5), booleans(3, 1), randn()),
            Sample(randn(5), booleans(3, 5), True),
            Sample(randn(3, 5), booleans(3, 5), -np.inf).only(*FLOATS).kinked(),
            Sample(randn(300, 301), booleans(301), 2).large(),
            Sample(randn(4, dtype=int64), booleans(4), 1.5).gives(int64),
            Sample(randn(4, dtype=float16), booleans(4), randn(dtype=float64)).gives(float16),
        ],
        errors=[
            Error(ShapeError, "broadcast", randn(3), booleans(4), 1.0),
            Error(ShapeError, "0-d tensor", randn(3), booleans(3), randn(3)),
            Error(DtypeError, "mask", randn(3), randn(3, dtype=int64), 1.0),
            Error(ValueError, "does not fit", randn(3, dtype=int8), booleans(3), 300),
            Error(ValueError, "does not fit", randn(3, dtype=int64), booleans(3), np.nan),
        ],
        dtypes=ALL,
        in_place=True,
    ),
    floating(
        "sigmoid",
        lambda x: np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x))),
        unary(),
        tolerance=EXACT,
    ),
]
