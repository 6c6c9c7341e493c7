"""Entries of pooling."""

import numpy as np
from op_table import NUMBERS, Error, Op, Sample, distinct, literal, randn

import dlx
from dlx import ShapeError, float16, float32, float64


def pair(x):
    return (x, x) if isinstance(x, int) else tuple(x)


def outputs(size, k, s, p, d, ceil_mode):
    span = size + 2 * p - d * (k - 1) - 1
    n = -(-span // s) + 1 if ceil_mode else span // s + 1
    return n - 1 if ceil_mode and (n - 1) * s >= size + p else n


def max_pool2d(x, kernel_size, stride=None, padding=0, dilation=1, ceil_mode=False, return_indices=False):
    if x.ndim == 3:
        out = max_pool2d(x[None], kernel_size, stride, padding, dilation, ceil_mode, return_indices)
        return tuple(o[0] for o in out) if return_indices else out[0]
    k, p, d = pair(kernel_size), pair(padding), pair(dilation)
    s = k if stride is None else pair(stride)
    n, c, h, w = x.shape
    oh, ow = (outputs(size, k[i], s[i], p[i], d[i], ceil_mode) for i, size in enumerate((h, w)))
    out, where = np.zeros((n, c, oh, ow), x.dtype), np.zeros((n, c, oh, ow), np.int64)
    for i in range(oh):
        for j in range(ow):
            rows = [r for r in range(i * s[0] - p[0], i * s[0] - p[0] + d[0] * k[0], d[0]) if 0 <= r < h]
            columns = [q for q in range(j * s[1] - p[1], j * s[1] - p[1] + d[1] * k[1], d[1]) if 0 <= q < w]
            window = x[:, :, rows][:, :, :, columns].reshape(n, c, len(rows) * len(columns))
            best = window.argmax(axis=2)
            out[:, :, i, j] = np.take_along_axis(window, best[..., None], 2)[..., 0]
            where[:, :, i, j] = np.array(rows)[best // len(columns)] * w + np.array(columns)[best % len(columns)]
    return (out, where) if return_indices else out


OPS = [
    Op(
        "nn.functional.max_pool2d",
        reference=max_pool2d,
        samples=[
            Sample(distinct(2, 3, 4, 6), 2),
            Sample(distinct(3, 4, 6), 2),
            Sample(distinct(1, 2, 7, 5), 3, 2),
            Sample(distinct(1, 2, 7, 5), (3, 2), (2, 1), (1, 0)),
            Sample(distinct(1, 2, 9, 8), 3, 1, 1, 2),
            Sample(distinct(1, 2, 6, 7), 2, 2, 0, 1, True),
            Sample(distinct(1, 2, 6, 7), 3, 2, 1, ceil_mode=True),
            Sample(distinct(2, 3, 4, 6), 2, return_indices=True),
            Sample(distinct(0, 3, 4, 6), 2),
            Sample(distinct(2, 3, 4, 6).channels_last(), 2).with_strides(18, 1, 9, 3),
            Sample(literal([[[[1.0, 1.0, np.nan, 2.0], [1.0, 1.0, 0.0, np.nan]]]]), 2).only(float32, float64).kinked(),
            Sample(literal([[[[-np.inf, -np.inf], [-np.inf, -np.inf]]]]), 2, padding=1).only(float32, float64).kinked(),
            Sample(distinct(8, 4, 60, 61), 2).large(),
        ],
        errors=[
            Error(ShapeError, "(3, 4)", randn(3, 4), 2),
            Error(ShapeError, "", randn(1, 1, 2, 2), 3),
            Error(ValueError, "padding", randn(1, 1, 4, 4), 2, padding=2),
            Error(ValueError, "kernel_size", randn(1, 1, 4, 4), 0),
            Error(ValueError, "stride", randn(1, 1, 4, 4), 2, 0),
            Error(ValueError, "dilation", randn(1, 1, 4, 4), 2, dilation=0),
        ],
        dtypes=NUMBERS,
        result=lambda dtype: None,
        tolerance={float32: 0, float64: 0, float16: 0, dlx.bfloat16: 0},
        lacks={"0-d": "images have three dimensions at least"},
    ),
]
