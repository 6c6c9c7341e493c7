"""Entries of the functions that make tensors from nothing, or from a NumPy array."""

import numpy as np
from op_table import ALL, DEVICE, DTYPE, FLOATS, NUMBERS, Error, Op, Sample, randn

import dlx
from dlx import ShapeError, float32, float64, int64

NO_GRADIENT = {"parallel backward": "no gradient"}


def full(shape, value, **_):
    return np.full(shape, value)


def counted(start, end=None, step=1, **_):
    start, end = (0, start) if end is None else (start, end)
    return start + step * np.arange(int(np.ceil((end - start) / step)))


OPS = [
    Op(
        "full",
        reference=full,
        samples=[
            *[Sample(shape, 3, dtype=DTYPE, device=DEVICE) for shape in [(), (0, 2), (3, 5), (1025,)]],
            Sample((300, 301), 1, dtype=DTYPE, device=DEVICE).large(),
            Sample((3,), 2.5).only(float32),
            Sample((3,), 2).gives(int64),
            Sample((3,), True).gives(dlx.bool),
            Sample((2,), -np.inf, dtype=DTYPE).only(*FLOATS),
        ],
        errors=[
            Error(ShapeError, "-1", (2, -1), 0.0),
            Error((ShapeError, MemoryError), "", (1 << 62, 1 << 62), 0.0),
            Error(MemoryError, "", (1 << 50,), 0.0),
            Error(TypeError, "must be", (2,), "one"),
        ],
        dtypes=ALL,
        gradient=False,
        lacks=NO_GRADIENT,
    ),
    *[
        Op(
            name,
            reference=lambda *shape, value=value, **_: np.full(shape[0] if shape == ((),) else shape, value),
            samples=[
                Sample((), dtype=DTYPE),
                Sample(0, 2, dtype=DTYPE),
                Sample(3, 5, dtype=DTYPE, device=DEVICE),
                Sample(300, 301, dtype=DTYPE).large(),
            ],
            errors=[Error(ShapeError, "-1", 2, -1)],
            dtypes=ALL,
            gradient=False,
            covers=("full",),
            lacks=NO_GRADIENT,
        )
        for name, value in [("zeros", 0), ("ones", 1)]
    ],
    Op(
        "empty",
        reference=lambda *shape, **_: None,
        samples=[Sample((), dtype=DTYPE), Sample(0, 3, dtype=DTYPE, device=DEVICE), Sample(4, 5, dtype=DTYPE)],
        errors=[Error(ShapeError, "-2", 3, -2), Error(MemoryError, "", 1 << 50)],
        dtypes=ALL,
        gradient=False,
        lacks={"parallel": "touches no element", **NO_GRADIENT, "bits": "its elements are undefined"},
    ),
    Op(
        "empty_like",
        reference=lambda x, **_: None,
        samples=[
            Sample(randn()),
            Sample(randn(0, 3)),
            Sample(randn(4, 5)),
            Sample(randn(2, 3, 4, 5).channels_last()).with_strides(60, 1, 15, 3),
            Sample(randn(4), dtype=float64).gives(float64),
        ],
        errors=[Error(TypeError, "must be", 3)],
        dtypes=ALL,
        gradient=False,
        keeps_order=True,
        lacks={"parallel": "touches no element", **NO_GRADIENT, "bits": "its elements are undefined"},
    ),
    Op(
        "arange",
        reference=counted,
        samples=[
            Sample(5, dtype=DTYPE, device=DEVICE),
            Sample(0, dtype=DTYPE),
            Sample(2, 9, 3, dtype=DTYPE),
            Sample(9, 1, -2, dtype=DTYPE),
            Sample(5).gives(int64),
            Sample(0.0, 1.0, 0.1).gives(float32),
            Sample(-1.5, 2, 0.25, dtype=DTYPE).only(*FLOATS),
            Sample(100000, dtype=DTYPE).large().only(float32, float64, int64, dlx.int32),
        ],
        errors=[
            Error(ValueError, "step", 0, 3, 0),
            Error(ValueError, "step", 0, 3, -1),
            Error(ValueError, "", 0.0, np.inf),
        ],
        dtypes=NUMBERS,
        gradient=False,
        lacks={"0-d": "one dimension always", **NO_GRADIENT},
    ),
    Op(
        "from_numpy",
        reference=lambda array: array,
        samples=[
            Sample(np.array(2.5)).gives(float64),
            Sample(np.zeros((0, 3), np.float32)).gives(float32),
            Sample(np.arange(12.0).reshape(3, 4)).gives(float64),
            Sample(np.arange(12.0).reshape(3, 4).T).gives(float64).with_strides(1, 4),
            Sample(np.arange(10, dtype=np.int16)[1::2]).gives(dlx.int16).with_strides(2),
            Sample(np.array([True, False])).gives(dlx.bool),
            Sample(np.arange(5, dtype=np.uint8)).gives(dlx.uint8),
        ],
        errors=[
            Error(TypeError, "", [1, 2]),
            Error(TypeError, "complex128", np.zeros(2, np.complex128)),
            Error(TypeError, "", np.zeros(2, ">f4")),
            Error(ValueError, "negative", np.arange(5)[::-1]),
        ],
        gradient=False,
        lacks={"parallel": "moves nothing", **NO_GRADIENT},
    ),
]
