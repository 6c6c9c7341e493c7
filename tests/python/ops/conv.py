"""Entries of convolution."""

import numpy as np
from op_table import Error, Op, Sample, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64


def pair(x):
    return (x, x) if isinstance(x, int) else tuple(x)


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    if x.ndim == 3:
        return conv2d(x[None], weight, bias, stride, padding, dilation, groups)[0]
    (sh, sw), (dh, dw) = pair(stride), pair(dilation)
    oc, _, kh, kw = weight.shape
    if padding == "same":
        padding = (dh * (kh - 1) // 2, dw * (kw - 1) // 2)
    ph, pw = pair(0 if padding == "valid" else padding)
    x = np.pad(x, ((0, 0), (0, 0), (ph, ph), (pw, pw)))
    n, c, h, w = x.shape
    oh, ow = (h - dh * (kh - 1) - 1) // sh + 1, (w - dw * (kw - 1) - 1) // sw + 1
    out = np.zeros((n, oc, oh, ow))
    x, weight = x.reshape(n, groups, c // groups, h, w), weight.reshape(groups, oc // groups, c // groups, kh, kw)
    for i in range(kh):
        for j in range(kw):
            window = x[..., i * dh : i * dh + sh * (oh - 1) + 1 : sh, j * dw : j * dw + sw * (ow - 1) + 1 : sw]
            out += np.einsum("ngcyx,goc->ngoyx", window, weight[..., i, j]).reshape(out.shape)
    return out + (0 if bias is None else bias[:, None, None])


OPS = [
    Op(
        "nn.functional.conv2d",
        reference=conv2d,
        samples=[
            Sample(randn(2, 3, 5, 6), randn(4, 3, 3, 3), randn(4)),
            Sample(randn(3, 5, 6), randn(4, 3, 3, 3)),  # one image
            Sample(randn(1, 2, 4, 4), randn(3, 2, 1, 1), randn(3)),
            Sample(randn(2, 2, 7, 5), randn(3, 2, 3, 2), randn(3), stride=2, padding=1),
            Sample(randn(1, 2, 9, 8), randn(2, 2, 3, 3), None, (2, 1), (1, 2), (2, 1)),
            Sample(randn(2, 4, 5, 5), randn(6, 2, 3, 3), randn(6), padding=1, groups=2),
            Sample(randn(2, 4, 5, 5), randn(4, 1, 3, 3), randn(4), padding=1, groups=4),  # depthwise
            Sample(randn(1, 2, 5, 5), randn(2, 2, 3, 3), padding="same"),
            Sample(randn(1, 2, 5, 5), randn(2, 2, 3, 3), padding="valid"),
            Sample(randn(1, 2, 3, 3), randn(2, 2, 3, 3), randn(2)),  # one output pixel
            Sample(randn(0, 3, 5, 6), randn(4, 3, 3, 3), randn(4)),
            Sample(randn(2, 3, 6, 5).channels_last(), randn(4, 3, 3, 3), randn(4), padding=1).with_strides(
                120, 1, 20, 4
            ),
            Sample(randn(1, 17, 9, 11), randn(33, 17, 3, 3), randn(33), padding=1),  # one past every tile
            Sample(randn(8, 8, 30, 30), randn(16, 8, 3, 3), randn(16), padding=1).large(),
        ],
        errors=[
            Error(ShapeError, "3 channels", randn(8, 3, 32, 32), randn(64, 4, 3, 3)),
            Error(ShapeError, "", randn(2, 3, 2, 2), randn(4, 3, 3, 3)),
            Error(ShapeError, "bias", randn(1, 3, 5, 5), randn(4, 3, 3, 3), randn(3)),
            Error(ShapeError, "(3, 5)", randn(3, 5), randn(4, 3, 3, 3)),
            Error((ShapeError, ValueError), "groups", randn(1, 3, 5, 5), randn(4, 3, 3, 3), groups=2),
            Error(ValueError, "stride", randn(1, 3, 5, 5), randn(4, 3, 3, 3), stride=0),
            Error(ValueError, "padding", randn(1, 3, 5, 5), randn(4, 3, 3, 3), padding=-1),
            Error(ValueError, "dilation", randn(1, 3, 5, 5), randn(4, 3, 3, 3), dilation=0),
            Error(ValueError, "same", randn(1, 3, 5, 5), randn(4, 3, 3, 3), stride=2, padding="same"),
            Error(DtypeError, "weight", randn(1, 3, 5, 5, dtype=float32), randn(4, 3, 3, 3, dtype=float64)),
            Error(DtypeError, "floating", randn(1, 3, 5, 5, dtype=dlx.int64), randn(4, 3, 3, 3, dtype=dlx.int64)),
        ],
        tolerance={float32: 1e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 8e-2},
        lacks={"0-d": "images have three dimensions at least"},
    ),
]
