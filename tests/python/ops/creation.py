"""Entries of the functions that make tensors from nothing, or from a NumPy array."""

import numpy as np
from op_table import ALL, DEVICE, DTYPE, FLOATS, NUMBERS, Error, Op, Sample, literal, randn, wide

import dlx
from dlx import DtypeError, ShapeError, float32, float64, int64

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
            lacks=NO_GRADIENT,
        )
        for name, value in [("zeros", 0), ("ones", 1)]
    ],
    *[
        Op(
            name,
            reference=lambda x, *value, fill=fill, **_: np.full_like(x, value[0] if value else fill),
            samples=[
                Sample(randn(3, 4), *value),
                Sample(randn(), *value),
                Sample(randn(0, 3), *value),
                Sample(randn(300, 301), *value).large(),
                Sample(randn(3, 4), *value, dtype=int64).gives(int64),
            ],
            errors=[Error(TypeError, "must be", 3, *value)],
            dtypes=ALL,
            gradient=False,
            covers=("empty_like", "fill_") if name == "full_like" else (name,),
            lacks={"method": "a function only", **NO_GRADIENT},
        )
        for name, fill, value in [("zeros_like", 0, ()), ("ones_like", 1, ()), ("full_like", None, (1,))]
    ],
    *[
        Op(
            f"Tensor.{name}",
            reference=lambda x, size, *value, fill=fill: np.full(size, value[0] if value else fill, x.dtype),
            samples=[
                Sample(randn(2), (3, 4), *value),
                Sample(randn(), (), *value),
                Sample(randn(2), (0, 3), *value),
                Sample(randn(2), (300, 301), *value).large(),
            ],
            errors=[Error(ShapeError, "-1", randn(2), (2, -1), *value)],
            dtypes=ALL,
            gradient=False,
            covers=("full",),
            lacks={"empty": "the sizes make the result", **NO_GRADIENT},
        )
        for name, fill, value in [("new_zeros", 0, ()), ("new_ones", 1, ()), ("new_full", None, (1,))]
    ],
    *[
        Op(
            f"Tensor.{name}",
            reference=lambda x, dtype=dtype: x.astype(wide(dtype)),
            samples=[
                Sample(literal([0.0, 1.0, 2.0, 3.0])),
                Sample(randn()),
                Sample(randn(0, 3)),
            ],
            errors=[],
            dtypes=ALL,
            result=lambda _, dtype=dtype: dtype,
            gradient=False,
            covers=("to",),
            tolerance=dict.fromkeys(ALL, 0.008),
            lacks={
                "errors": "every dtype converts to every other",
                "parallel": "the entry of to has it",
                **NO_GRADIENT,
            },
        )
        for name, dtype in [
            ("float", float32),
            ("double", float64),
            ("half", dlx.float16),
            ("bfloat16", dlx.bfloat16),
            ("int", dlx.int32),
            ("long", int64),
            ("bool", dlx.bool),
        ]
    ],
    Op(
        "eye",
        reference=lambda n, m=None, **_: np.eye(n, m),
        samples=[
            Sample(3, dtype=DTYPE, device=DEVICE),
            Sample(3, 5, dtype=DTYPE),
            Sample(5, 2, dtype=DTYPE),
            Sample(0, dtype=DTYPE),
            Sample(2, 0, dtype=DTYPE),
            Sample(300, 301, dtype=DTYPE).large(),
        ],
        errors=[Error(ValueError, "negative", -1), Error(TypeError, "must be", 2.5)],
        dtypes=ALL,
        gradient=False,
        lacks={"0-d": "two dimensions always", **NO_GRADIENT},
    ),
    Op(
        "linspace",
        reference=lambda start, end, steps, **_: np.linspace(start, end, steps),
        samples=[
            Sample(0, 1, 5, dtype=DTYPE, device=DEVICE).only(*FLOATS),
            Sample(3.5, -2, 8, dtype=DTYPE).only(*FLOATS),
            Sample(0, 10, 6, dtype=DTYPE),
            Sample(0, 5, 3, dtype=DTYPE).only(int64, dlx.int8),  # 2.5 becomes 2
            Sample(2, 7, 1, dtype=DTYPE),
            Sample(2, 7, 0, dtype=DTYPE),
            Sample(0, 1, 3).gives(float32),
            Sample(0, 1, 70001, dtype=DTYPE).only(float32, float64).large(),
        ],
        errors=[Error(ValueError, "negative", 0, 1, -1), Error(DtypeError, "bool", 0, 1, 2, dtype=dlx.bool)],
        dtypes=NUMBERS,
        gradient=False,
        lacks={"0-d": "one dimension always", **NO_GRADIENT},
    ),
    Op(
        "logspace",
        reference=lambda start, end, steps, base=10.0, **_: np.logspace(start, end, steps, base=base),
        samples=[
            Sample(0, 1, 5, dtype=DTYPE, device=DEVICE).only(*FLOATS),
            Sample(-2, 2, 5, 2.0, dtype=DTYPE).only(*FLOATS),
            Sample(0, 2, 3, dtype=DTYPE),
            Sample(2, 7, 0, dtype=DTYPE),
        ],
        errors=[Error(ValueError, "negative", 0, 1, -1)],
        dtypes=NUMBERS,
        gradient=False,
        lacks={"0-d": "one dimension always", "parallel": "the host computes it", **NO_GRADIENT},
    ),
    *[
        Op(
            name,
            reference=reference,
            samples=[
                Sample(randn(4, 4)),
                Sample(randn(3, 5), 1),
                Sample(randn(2, 5, 3), -1),
                Sample(randn(3, 4), 9),
                Sample(randn(3, 4), -9),
                Sample(randn(0, 3)),
                Sample(literal([[np.nan, np.inf], [-np.inf, 1.0]])).only(*FLOATS).kinked(),
                Sample(randn(301, 310)).large(),
            ],
            errors=[Error(ShapeError, "at least 2", randn(3))],
            dtypes=ALL,
            out=True,
            in_place=True,
            lacks={"0-d": "it takes matrices"},
        )
        for name, reference in [("tril", np.tril), ("triu", np.triu)]
    ],
    *[
        Op(
            name,
            reference=lambda row, col, offset=0, of=of, **_: np.stack(of(row, offset, col)),
            samples=[
                Sample(3, 4).gives(int64),
                Sample(4, 3, 1).gives(int64),
                Sample(3, 4, -9).gives(int64),
                Sample(0, 4).gives(int64),
                Sample(3, 3, -1, dtype=dlx.int32, device=DEVICE).gives(dlx.int32),
            ],
            errors=[Error(ValueError, "negative", -1, 2), Error(DtypeError, "int64 or int32", 2, 2, dtype=float32)],
            gradient=False,
            covers=("triangle_indices",),
            lacks={"0-d": "two dimensions always", "parallel": "the host computes it", **NO_GRADIENT},
        )
        for name, of in [("tril_indices", np.tril_indices), ("triu_indices", np.triu_indices)]
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
