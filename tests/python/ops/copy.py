"""Entries of copies, casts and fills."""

import numpy as np
from op_table import ALL, DTYPE, FLOATS, Error, Op, Sample, is_float, literal, randn

import dlx
from dlx import ShapeError, float32


def converted(x, dtype):
    """`x` as the wide dtype that `dtype` is checked in: floats lose their fraction, what is not zero is true."""
    if is_float(dtype):
        return x.astype(np.float64)
    return (x != 0) if dtype == dlx.bool else np.trunc(x).astype(np.int64)


def copied(dst, src):
    kind = {np.dtype(np.float64): dlx.float64, np.dtype(np.int64): dlx.int64, np.dtype(bool): dlx.bool}[dst.dtype]
    return converted(np.broadcast_to(src, dst.shape), kind)


SHAPES = [(), (0, 3), (3, 5), (2, 3, 4), (1025,)]
OPS = [
    Op(
        "Tensor.copy_",
        reference=copied,
        samples=[
            *[Sample(randn(*shape).updated(), randn(*shape)) for shape in SHAPES],
            Sample(randn(3, 4).updated(), randn(4)),
            Sample(randn(3, 4).updated(), randn()),
            Sample(randn(300, 301).updated(), randn(300, 301)).large(),
            Sample(randn(300, 301).updated(), randn(301)).large(),
            *[
                Sample(randn(7, dtype=to).updated(), 3 * randn(7, dtype=from_)).gives(to)
                for to in ALL
                for from_ in ALL
                if to != from_
            ],
        ],
        errors=[Error(ShapeError, "broadcast", randn(3), randn(4)), Error(TypeError, "must be", randn(3), "four")],
        dtypes=ALL,
    ),
    Op(
        "Tensor.fill_",
        reference=lambda x, value: np.full(x.shape, value, x.dtype),
        samples=[
            *[Sample(randn(*shape).updated(), 2) for shape in SHAPES],
            Sample(randn(5).updated(), 0.25).only(*FLOATS),
            Sample(randn(5).updated(), True),
            Sample(randn(5).updated(), literal(3.0)).only(*FLOATS),
            Sample(randn(300, 301).updated(), 1).large(),
        ],
        errors=[Error(TypeError, "must be", randn(3), "four")],
        dtypes=ALL,
        lacks={"parallel backward": "its gradient is zero"},
    ),
    Op(
        "clone",
        reference=lambda x, memory_format=None: x,
        samples=[
            *[Sample(randn(*shape)) for shape in SHAPES],
            Sample(randn(300, 301)).large(),
            Sample(randn(2, 3, 4, 5), memory_format=dlx.channels_last).with_strides(60, 1, 15, 3),
            Sample(randn(2, 3, 4, 5).channels_last()).with_strides(60, 1, 15, 3),
            Sample(randn(2, 3, 4, 5).channels_last(), memory_format=dlx.contiguous_format).with_strides(60, 20, 5, 1),
        ],
        errors=[
            Error(TypeError, "must be", 3),
            Error(ShapeError, "channels_last", randn(3, 4), memory_format=dlx.channels_last),
        ],
        dtypes=ALL,
        keeps_order=True,
        lacks={"parallel backward": "the gradient is handed on as it is"},
    ),
    Op(
        "Tensor.contiguous",
        reference=lambda x, memory_format=None: x,
        samples=[
            *[Sample(randn(*shape)) for shape in SHAPES],
            Sample(randn(2, 3, 4, 5).channels_last()).with_strides(60, 20, 5, 1),
            Sample(randn(2, 3, 4, 5), memory_format=dlx.channels_last).with_strides(60, 1, 15, 3),
            Sample(randn(4, 3, 80, 101).channels_last()).large(),
        ],
        errors=[Error(TypeError, "must be", 3)],
        dtypes=ALL,
        lacks={"parallel backward": "the gradient is handed on as it is"},
    ),
    Op(
        "Tensor.to",
        reference=lambda x, dtype, **more: converted(x, dtype),
        samples=[
            *[Sample(randn(*shape), to).gives(to) for shape in SHAPES for to in (dlx.float64, dlx.int32)],
            *[Sample(3 * randn(9), to).gives(to) for to in ALL],
            Sample(literal([0.0, -0.0, 0.5, -0.5, np.nan, 255.0, -1.0, 3.99]), dlx.bool).gives(dlx.bool).only(*FLOATS),
            Sample(literal([65519.0, 65520.0, 1e-8, 6e-8, -1e9]), dlx.float16)
            .gives(dlx.float16)
            .only(float32, dlx.float64)
            .kinked(),
            Sample(literal([3.0e38, 3.4e38, 1e-40, 1.00390625, 1.01171875]), dlx.bfloat16)
            .gives(dlx.bfloat16)
            .only(float32)
            .kinked(),
            Sample(randn(4), DTYPE, copy=True),
            Sample(randn(300, 301), dlx.float64).gives(dlx.float64).only(*[d for d in ALL if d != dlx.float64]).large(),
            Sample(randn(300, 301), dlx.bfloat16).gives(dlx.bfloat16).large().kinked(),
        ],
        errors=[Error(TypeError, "", randn(3), 2.5), Error((RuntimeError, ValueError), "", randn(3), "nowhere")],
        dtypes=ALL,
        tolerance={dlx.bfloat16: 1e-2},
        lacks={"parallel backward": "in one dtype the gradient is handed on as it is"},
    ),
]
