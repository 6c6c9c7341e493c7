"""Entries of functions on bits, and of integers' divisors."""

import operator

import numpy as np
from elementwise_entries import binary, function, of_two, unary
from op_table import INTEGERS, Error, Op, Sample, literal, positive, randn

import dlx
from dlx import DtypeError, float32, int8, int32, int64, uint8

NO_FLOATS = [Error(DtypeError, "takes integers", randn(3, dtype=float32), randn(3, dtype=int64))]
BITS = (*INTEGERS, dlx.bool)


def on_bits(name, reference, symbol) -> Op:
    return of_two(
        name,
        reference,
        [
            *binary(),
            Sample(randn(3, 4), 3).only(*INTEGERS),
            Sample(randn(3, 4), True),
            Sample(6, randn(3, 4)).only(*INTEGERS),
            Sample(randn(3, dtype=dlx.bool), randn(3, dtype=int8)).gives(int8),
            Sample(randn(3, dtype=uint8), randn(3, dtype=int8)).gives(dlx.int16),
            Sample(randn(3, dtype=dlx.bool), 2).gives(int64),
        ],
        errors=NO_FLOATS,
        dtypes=BITS,
        gradient=False,
        operator=symbol,
    )


def places(*shape):
    return positive(*shape)  # from 1 to 9: more than int8 has


def left(a, b):
    """In int64, then wrapped by the table."""
    return np.where((np.asarray(b) < 0) | (np.asarray(b) >= 64), 0, np.left_shift(a, np.clip(b, 0, 63)))


def shift(name, reference, symbol) -> Op:
    edges = (literal([1, -1, 5, -7, 3]), literal([63, 64, -1, 70, 0]))
    return of_two(
        name,
        reference,
        [
            *binary(second=places),
            Sample(randn(3, 4), 2),
            Sample(2, places(3, 4)),
            Sample(*edges).only(int64),
            Sample(randn(3, dtype=dlx.bool), 1).gives(int64),
        ],
        errors=[*NO_FLOATS, Error(DtypeError, "booleans", randn(3, dtype=dlx.bool), randn(3, dtype=dlx.bool))],
        dtypes=INTEGERS,
        gradient=False,
        operator=symbol,
    )


def divisors(name, reference) -> Op:
    return of_two(
        name,
        reference,
        [*binary(), Sample(literal([12, -18, 0, 0, 7]), literal([18, 6, 5, 0, 1])).only(int32, int64)],
        errors=[*NO_FLOATS, Error(TypeError, "must be a Tensor", randn(3, dtype=int64), 2)],
        dtypes=INTEGERS,
        gradient=False,
    )


OPS = [
    on_bits("bitwise_and", np.bitwise_and, operator.and_),
    on_bits("bitwise_or", np.bitwise_or, operator.or_),
    on_bits("bitwise_xor", np.bitwise_xor, operator.xor),
    function(
        "bitwise_not",
        np.invert,
        unary(special=False),
        dtypes=BITS,
        gradient=False,
        operator=operator.invert,
        errors=[Error(DtypeError, "takes integers", randn(3, dtype=float32))],
    ),
    shift("bitwise_left_shift", left, operator.lshift),
    shift(
        "bitwise_right_shift",
        lambda a, b: np.where(
            (np.asarray(b) < 0) | (np.asarray(b) >= 64),
            np.where(np.asarray(a) < 0, -1, 0),
            np.right_shift(a, np.clip(b, 0, 63)),
        ),
        operator.rshift,
    ),
    divisors("gcd", np.gcd),
    divisors("lcm", np.lcm),
]
