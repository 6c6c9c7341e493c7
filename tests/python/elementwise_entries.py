"""Samples and builders that the entries of element-wise functions share: ops/elementwise.py and its sister families."""

import numpy as np
from op_table import ALL, FLOATS, NUMBERS, Error, Op, Sample, is_float, literal, randn

import dlx
from dlx import ShapeError, float16, float32, float64, int8, int32, int64, uint8

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


def function(name, reference, samples, *, dtypes=NUMBERS, errors=(), **more) -> Op:
    return Op(
        name,
        reference=reference,
        samples=samples,
        errors=[NOT_A_TENSOR, *errors],
        dtypes=dtypes,
        keeps_order=True,
        **{"out": True, "in_place": True, **more},
    )


def floating(name, reference, samples, **more) -> Op:
    """A function whose result is always floating point, whatever the input."""
    return function(name, lambda x: reference(x.astype(np.float64)), samples, dtypes=ALL, result=FLOAT_OF, **more)


def of_two(name, reference, samples, *, errors=(), **more) -> Op:
    """A function of two arguments."""
    return Op(
        name,
        reference=reference,
        samples=samples,
        errors=[*BROADCAST_ERRORS, *errors],
        keeps_order=True,
        **{"out": True, "in_place": True, **more},
    )
