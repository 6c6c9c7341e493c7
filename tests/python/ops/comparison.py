"""Entries of comparisons, questions and the logic of truth values."""

import operator

import numpy as np
from elementwise_entries import BROADCAST_ERRORS, SPECIAL, binary, function, of_two, unary
from op_table import ALL, FLOATS, NUMBERS, Error, Op, Sample, literal, randn

import dlx
from dlx import DtypeError, float32, float64, int32, int64


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


TRUTH = [
    Sample(SPECIAL, SPECIAL).only(float32, float64),
    Sample(randn(3, dtype=int64), randn(3, dtype=float32)).gives(dlx.bool),
    Sample(randn(3, dtype=dlx.bool), randn(2, 3, dtype=int32)).gives(dlx.bool),
]


def logical(name, reference) -> Op:
    return of_two(
        name,
        reference,
        [*binary(), *TRUTH],
        errors=[Error(TypeError, "must be a Tensor", randn(3), 1)],
        dtypes=ALL,
        result=lambda dtype: dlx.bool,
        gradient=False,
    )


def question(name, reference, **more) -> Op:
    return function(
        name,
        reference,
        unary(),
        dtypes=ALL,
        result=lambda dtype: dlx.bool,
        gradient=False,
        in_place=False,
        **more,
    )


OPS = [
    comparison("eq", np.equal, operator.eq),
    comparison("ne", np.not_equal, operator.ne),
    comparison("lt", np.less, operator.lt),
    comparison("le", np.less_equal, operator.le),
    comparison("gt", np.greater, operator.gt),
    comparison("ge", np.greater_equal, operator.ge),
    logical("logical_and", np.logical_and),
    logical("logical_or", np.logical_or),
    logical("logical_xor", np.logical_xor),
    function(
        "logical_not", np.logical_not, unary(), dtypes=ALL, result=lambda dtype: dlx.bool, gradient=False, in_place=True
    ),
    question("isnan", np.isnan, out=False),
    question("isinf", np.isinf, out=False),
    question("isfinite", np.isfinite, out=False),
    question("isposinf", lambda x: x == np.inf),
    question("isneginf", lambda x: x == -np.inf),
    question("isreal", np.isreal, out=False),
    question("signbit", lambda x: np.signbit(x) if x.dtype == np.float64 else x < 0),
    Op(
        "isclose",
        reference=lambda a, b, rtol=1e-5, atol=1e-8, equal_nan=False: np.isclose(a, b, rtol, atol, equal_nan),
        samples=[
            *binary(),
            Sample(SPECIAL, SPECIAL).only(*FLOATS),
            Sample(SPECIAL, SPECIAL, equal_nan=True).only(*FLOATS),
            Sample(literal([1.0, 2.0, np.inf, np.inf]), literal([1.001, 2.1, -np.inf, 1.0]), 1e-2, 1e-3).only(*FLOATS),
            Sample(literal([100, 100, 3]), literal([101, 120, 3]), 0.05, 0).only(int32, int64),
        ],
        errors=[
            *BROADCAST_ERRORS,
            Error(DtypeError, "must have one dtype", randn(3, dtype=float32), randn(3, dtype=float64)),
            Error(ValueError, "rtol must not be negative", randn(3), randn(3), -1.0),
            Error(ValueError, "atol must not be negative", randn(3), randn(3), 0.0, -1.0),
        ],
        dtypes=ALL,
        result=lambda dtype: dlx.bool,
        gradient=False,
        keeps_order=True,
        covers=("isclose", "allclose", "equal"),  # the other two: test_elementwise.py
    ),
]
