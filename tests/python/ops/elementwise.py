"""Entries of the functions that work on each element alone."""

import operator

import numpy as np
from op_table import (
    ALL,
    FLOATS,
    NUMBERS,
    Error,
    Op,
    Sample,
    booleans,
    is_float,
    literal,
    positive,
    randn,
)

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int8, int32, int64, uint8

FLOAT_OF = lambda dtype: dtype if is_float(dtype) else float32
SPECIAL = literal([0.0, -0.0, 1.0, -1.0, np.inf, -np.inf, np.nan, 1e-40, -1e-40, 1e38, -1e38, 88.0, -88.0, 0.5, -0.5])
EXACT = {float32: 1e-6, float64: 2e-15}  # one or two roundings


def unary(*, make=randn, special=True) -> list[Sample]:
    """A scalar, nothing, one element past a vector and past a block of the loop, many; special values."""
    samples = [
        Sample(make()),
        Sample(make(0, 3)),
        Sample(make(3, 5)),
        Sample(make(2, 3, 4)),
        Sample(make(65)),
        Sample(make(1025)),
        Sample(make(300, 301)).large(),
    ]
    if special:
        samples += [Sample(SPECIAL).only(float32, float64).kinked(), Sample(100 * make(40)).only(*FLOATS).kinked()]
    return samples


def binary(*, first=randn, second=randn) -> list[Sample]:
    return [
        Sample(first(), second()),
        Sample(first(0, 3), second(0, 3)),
        Sample(first(0, 3), second(1)),
        Sample(first(3, 5), second(3, 5)),
        Sample(first(3, 1), second(4)),  # broadcast both ways
        Sample(first(2, 3, 4), second(3, 1)),
        Sample(first(4), second()),
        Sample(first(1025), second(1025)),
        Sample(first(1, 1), second(2, 70, 3)),
        Sample(first(300, 301), second(300, 301)).large(),
        Sample(first(300, 301), second(301)).large(),
    ]


def with_numbers(first=randn) -> list[Sample]:
    return [
        Sample(first(3, 4), 2.5).only(*FLOATS),
        Sample(first(3, 4), 3).only(*NUMBERS),
        Sample(first(3, dtype=int32), 2.5).gives(float32),
    ]


def promotions() -> list[Sample]:
    """Kinds beat sizes; a tensor without dimensions yields to one that has some, if both are of one kind."""
    pairs = [
        (float16, float32, float32), (float32, float64, float64), (float16, dlx.bfloat16, float32),
        (int64, float16, float16),
        (int8, int32, int32), (uint8, int8, dlx.int16), (dlx.bool, int8, int8), (dlx.bool, float16, float16),
    ]  # fmt: skip
    return [
        *[Sample(randn(3, 4, dtype=a), randn(3, 4, dtype=b)).gives(c) for a, b, c in pairs],
        Sample(randn(3, dtype=float32), randn(dtype=float64)).gives(float32),
        Sample(randn(3, dtype=float16), randn(dtype=float32)).gives(float16),
        Sample(randn(3, dtype=int8), randn(dtype=int64)).gives(int8),
        Sample(randn(3, dtype=int64), randn(dtype=float32)).gives(float32),
        Sample(randn(dtype=float64), randn(1, dtype=float32)).gives(float32),
    ]


BROADCAST_ERRORS = [
    Error(ShapeError, "broadcast", randn(3, 4), randn(3)),
    Error(ShapeError, "(2, 3)", randn(2, 3), randn(4, 3)),
]
NOT_A_TENSOR = Error(TypeError, "must be", "three")


def add(a, b, *, alpha=1):
    both_bool = getattr(a, "dtype", None) == bool and getattr(b, "dtype", None) == bool
    return (a | b) if both_bool else a + alpha * b


def mul(a, b):
    return a * b


def power(a, b):
    return np.power(np.asarray(a), b)


def comparison(name, reference, symbol) -> Op:
    return Op(
        name,
        reference=reference,
        samples=[
            *binary(),
            Sample(SPECIAL, SPECIAL).only(float32, float64),
            Sample(randn(3, 4), 1).only(*NUMBERS),
            Sample(randn(3, 4), 0.5).only(*FLOATS),
            Sample(randn(3, dtype=int64), randn(3, dtype=float32)).gives(dlx.bool),
        ],
        errors=[*BROADCAST_ERRORS, Error(TypeError, "must be", randn(3), "three")],
        dtypes=ALL,
        result=lambda dtype: dlx.bool,
        gradient=False,
        operator=symbol,
        keeps_order=True,
        out=True,
    )


def function(name, reference, samples, *, dtypes=NUMBERS, errors=(), **more) -> Op:
    return Op(
        name,
        reference=reference,
        samples=samples,
        errors=[NOT_A_TENSOR, *errors],
        dtypes=dtypes,
        keeps_order=True,
        in_place=True,
        **{"out": True, **more},
    )


def floating(name, reference, samples, **more) -> Op:
    """A function whose result is always floating point, whatever the input."""
    return function(name, lambda x: reference(x.astype(np.float64)), samples, dtypes=ALL, result=FLOAT_OF, **more)


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
        reference=np.true_divide,
        samples=[
            *binary(second=positive),
            Sample(randn(3, 4), 4),
            Sample(randn(3, 4), 2.5),
            Sample(SPECIAL, literal([0.0])).only(float32, float64).kinked(),
            Sample(literal([1, -1, 0], int32), literal([0, 0, 0], int32)).gives(float32),
        ],
        errors=BROADCAST_ERRORS,
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
            errors=BROADCAST_ERRORS,
            dtypes=ALL,
            keeps_order=True,
            out=True,
        )
        for name, reference in [("maximum", np.maximum), ("minimum", np.minimum)]
    ],
    comparison("eq", np.equal, operator.eq),
    comparison("ne", np.not_equal, operator.ne),
    comparison("lt", np.less, operator.lt),
    comparison("le", np.less_equal, operator.le),
    comparison("gt", np.greater, operator.gt),
    comparison("ge", np.greater_equal, operator.ge),
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
    floating("exp", np.exp, unary(), tolerance={float32: 1e-6, float64: 2e-15}),
    floating("log", np.log, unary(make=positive), tolerance={float32: 1e-6, float64: 2e-15}),
    floating("sqrt", np.sqrt, unary(make=positive), tolerance=EXACT, zeros=True),
    floating("rsqrt", lambda x: 1 / np.sqrt(x), unary(make=positive), tolerance=EXACT),
    floating("tanh", np.tanh, unary(), tolerance=EXACT, zeros=True),
    floating(
        "sigmoid",
        lambda x: np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x))),
        unary(),
        tolerance=EXACT,
    ),
]
