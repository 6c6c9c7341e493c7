"""Entries of convolution."""

import numpy as np
from op_table import Error, Op, Sample, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64


def pair(x):
    return (x, x) if isinstance(x, int) else tuple(x)


def triple(x, n=3):
    return (x,) * n if isinstance(x, int) else tuple(x)


def places(start, step, count):
    """A slice for each dimension."""
    return tuple(slice(a, a + s * (n - 1) + 1, s) for a, s, n in zip(start, step, count))


def conv_nd(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    nd = weight.ndim - 2
    if x.ndim == nd + 1:
        return conv_nd(x[None], weight, bias, stride, padding, dilation, groups)[0]
    s, d, k = triple(stride, nd), triple(dilation, nd), weight.shape[2:]
    ends = [(p, p) for p in triple(padding, nd)] if not isinstance(padding, str) else [(0, 0)] * nd
    if padding == "same":
        ends = [(b * (a - 1) // 2, b * (a - 1) - b * (a - 1) // 2) for a, b in zip(k, d)]
    x = np.pad(x, [(0, 0), (0, 0), *ends])
    n, c = x.shape[:2]
    count = [(size - b * (a - 1) - 1) // step + 1 for size, a, b, step in zip(x.shape[2:], k, d, s)]
    out = np.zeros((n, groups, weight.shape[0] // groups, *count))
    x = x.reshape(n, groups, c // groups, *x.shape[2:])
    weight = weight.reshape(groups, -1, c // groups, *k)
    for tap in np.ndindex(*k):
        window = x[(..., *places([t * b for t, b in zip(tap, d)], s, count))]
        out += np.einsum("ngc...,goc->ngo...", window, weight[(..., *tap)])
    out = out.reshape(n, groups * out.shape[2], *count)
    return out + (0 if bias is None else bias.reshape(-1, *[1] * nd))


def conv_transpose_nd(x, weight, bias=None, stride=1, padding=0, output_padding=0, groups=1, dilation=1):
    nd = weight.ndim - 2
    if x.ndim == nd + 1:
        return conv_transpose_nd(x[None], weight, bias, stride, padding, output_padding, groups, dilation)[0]
    s, d, k, p = triple(stride, nd), triple(dilation, nd), weight.shape[2:], triple(padding, nd)
    n, c, *count = x.shape
    full = [
        (size - 1) * step + b * (a - 1) + 1 + more
        for size, step, a, b, more in zip(count, s, k, d, triple(output_padding, nd))
    ]
    out = np.zeros((n, groups, weight.shape[1], *full))
    x, weight = x.reshape(n, groups, c // groups, *count), weight.reshape(groups, c // groups, *weight.shape[1:])
    for tap in np.ndindex(*k):
        out[(..., *places([t * b for t, b in zip(tap, d)], s, count))] += np.einsum(
            "ngc...,gco->ngo...", x, weight[(..., *tap)]
        )
    out = out.reshape(n, groups * out.shape[2], *full)[(..., *[slice(a, size - a) for a, size in zip(p, full)])]
    return out + (0 if bias is None else bias.reshape(-1, *[1] * nd))


def conv2d(x, weight, bias=None, stride=1, padding=0, dilation=1, groups=1):
    if x.ndim == 3:
        return conv2d(x[None], weight, bias, stride, padding, dilation, groups)[0]
    (sh, sw), (dh, dw) = pair(stride), pair(dilation)
    oc, _, kh, kw = weight.shape
    if padding == "same":
        (th, tw), padding = (dh * (kh - 1), dw * (kw - 1)), 0
        x = np.pad(x, ((0, 0), (0, 0), (th // 2, th - th // 2), (tw // 2, tw - tw // 2)))
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


# Sums of some hundred products.
TOLERANCE = {float32: 1e-4, float64: 1e-11, float16: 1e-2, dlx.bfloat16: 8e-2}

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
            Sample(randn(1, 2, 5, 6), randn(2, 2, 2, 4), padding="same", dilation=(1, 1)),
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
        tolerance=TOLERANCE,
        lacks={"0-d": "images have three dimensions at least"},
    ),
    Op(
        "nn.functional.conv1d",
        reference=conv_nd,
        samples=[
            Sample(randn(2, 3, 7), randn(4, 3, 3), randn(4)),
            Sample(randn(3, 7), randn(4, 3, 3)),
            Sample(randn(2, 4, 9), randn(4, 2, 2), randn(4), stride=2, padding=1, dilation=3, groups=2),
            Sample(randn(1, 2, 6), randn(2, 2, 4), padding="same"),
            Sample(randn(1, 2, 6), randn(2, 2, 3), padding="valid"),
            Sample(randn(0, 3, 7), randn(4, 3, 3), randn(4)),
            Sample(randn(4, 16, 1000), randn(16, 16, 3), randn(16), padding=1).large(),
        ],
        errors=[
            Error(ShapeError, "3 channels", randn(8, 3, 32), randn(64, 4, 3)),
            Error(ShapeError, "width", randn(2, 3, 2), randn(4, 3, 3)),
            Error(ShapeError, "bias", randn(1, 3, 5), randn(4, 3, 3), randn(3)),
            Error(ShapeError, "(3,)", randn(3), randn(4, 3, 3)),
            Error(ValueError, "stride", randn(1, 3, 5), randn(4, 3, 3), stride=0),
            Error(ValueError, "stride", randn(1, 3, 5), randn(4, 3, 3), stride=(1, 2)),
            Error(ValueError, "same", randn(1, 3, 5), randn(4, 3, 3), stride=2, padding="same"),
            Error(ValueError, "'some'", randn(1, 3, 5), randn(4, 3, 3), padding="some"),
            Error(DtypeError, "weight", randn(1, 3, 5, dtype=float32), randn(4, 3, 3, dtype=float64)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "sequences have two dimensions at least"},
    ),
    Op(
        "nn.functional.conv3d",
        reference=conv_nd,
        samples=[
            Sample(randn(2, 2, 4, 5, 4), randn(3, 2, 2, 3, 2), randn(3)),
            Sample(randn(2, 4, 5, 4), randn(3, 2, 2, 3, 2)),
            Sample(randn(1, 4, 6, 5, 5), randn(4, 2, 2, 2, 2), randn(4), (2, 1, 2), (1, 0, 1), (2, 1, 1), 2),
            Sample(randn(1, 2, 3, 4, 3), randn(2, 2, 2, 3, 2), padding="same"),
            Sample(randn(0, 2, 4, 5, 4), randn(3, 2, 2, 3, 2), randn(3)),
            Sample(randn(2, 8, 6, 16, 16), randn(8, 8, 3, 3, 3), padding=1).large(),
        ],
        errors=[
            Error(ShapeError, "3 channels", randn(8, 3, 4, 4, 4), randn(64, 4, 3, 3, 3)),
            Error(ShapeError, "depth", randn(2, 3, 2, 4, 4), randn(4, 3, 3, 3, 3)),
            Error(ShapeError, "dimensions", randn(3, 4, 4), randn(4, 3, 3, 3, 3)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "volumes have four dimensions at least"},
    ),
    Op(
        "nn.functional.conv_transpose1d",
        reference=conv_transpose_nd,
        samples=[
            Sample(randn(2, 3, 5), randn(3, 4, 3), randn(4)),
            Sample(randn(3, 5), randn(3, 4, 3)),
            Sample(randn(2, 4, 5), randn(4, 2, 3), randn(4), stride=3, padding=1, output_padding=2, groups=2),
            Sample(randn(1, 2, 4), randn(2, 2, 3), dilation=3, stride=2, output_padding=2),
            Sample(randn(0, 3, 5), randn(3, 4, 3), randn(4)),
            Sample(randn(4, 16, 600), randn(16, 16, 4), randn(16), stride=2).large(),
        ],
        errors=[
            Error(ShapeError, "3 channels", randn(8, 3, 32), randn(4, 4, 3)),
            Error(ValueError, "output_padding", randn(1, 3, 5), randn(3, 4, 3), output_padding=1),
            Error(ShapeError, "width", randn(1, 3, 1), randn(3, 4, 2), padding=1),
            Error(ShapeError, "bias", randn(1, 3, 5), randn(3, 4, 3), randn(3)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "sequences have two dimensions at least"},
    ),
    Op(
        "nn.functional.conv_transpose2d",
        reference=conv_transpose_nd,
        samples=[
            Sample(randn(2, 3, 4, 5), randn(3, 4, 3, 3), randn(4)),
            Sample(randn(3, 4, 5), randn(3, 4, 3, 3)),
            Sample(randn(2, 4, 3, 4), randn(4, 3, 3, 2), randn(6), 2, (1, 0), 1, 2),
            Sample(randn(1, 2, 3, 4), randn(2, 2, 3, 3), stride=(2, 1), dilation=(1, 2), output_padding=(1, 0)),
            Sample(randn(1, 2, 3, 3), randn(2, 3, 2, 2), dilation=3, stride=2, output_padding=2),
            Sample(randn(0, 3, 4, 5), randn(3, 4, 3, 3), randn(4)),
            Sample(randn(2, 3, 4, 5).channels_last(), randn(3, 4, 3, 3), randn(4)).with_strides(168, 1, 28, 4),
            Sample(randn(1, 17, 5, 7), randn(17, 33, 3, 3), randn(33), padding=1),
            Sample(randn(4, 8, 20, 20), randn(8, 16, 4, 4), randn(16), stride=2, padding=1).large(),
        ],
        errors=[
            Error(ShapeError, "3 channels", randn(8, 3, 32, 32), randn(4, 4, 3, 3)),
            Error(ValueError, "groups", randn(1, 3, 5, 5), randn(3, 4, 3, 3), groups=2),
            Error(ValueError, "output_padding", randn(1, 3, 5, 5), randn(3, 4, 3, 3), stride=2, output_padding=2),
            Error(ShapeError, "height", randn(1, 3, 1, 4), randn(3, 4, 2, 2), padding=1),
            Error(ShapeError, "(3, 5)", randn(3, 5), randn(3, 4, 3, 3)),
            Error(ShapeError, "bias", randn(1, 3, 5, 5), randn(3, 4, 3, 3), randn(3)),
            Error(DtypeError, "weight", randn(1, 3, 5, 5, dtype=float32), randn(3, 4, 3, 3, dtype=float64)),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "images have three dimensions at least"},
    ),
    Op(
        "nn.functional.conv_transpose3d",
        reference=conv_transpose_nd,
        samples=[
            Sample(randn(2, 2, 3, 3, 4), randn(2, 3, 2, 3, 2), randn(3)),
            Sample(randn(2, 3, 3, 4), randn(2, 3, 2, 3, 2)),
            Sample(randn(1, 4, 3, 3, 2), randn(4, 1, 2, 2, 3), randn(2), 2, 1, 1, 2, (2, 1, 1)),
            Sample(randn(0, 2, 3, 3, 4), randn(2, 3, 2, 3, 2), randn(3)),
            Sample(randn(2, 8, 4, 12, 12), randn(8, 8, 2, 2, 2), stride=2).large(),
        ],
        errors=[
            Error(ShapeError, "3 channels", randn(8, 3, 4, 4, 4), randn(4, 4, 3, 3, 3)),
            Error(ShapeError, "depth", randn(1, 3, 1, 4, 4), randn(3, 4, 2, 2, 2), padding=1),
        ],
        tolerance=TOLERANCE,
        lacks={"0-d": "volumes have four dimensions at least"},
    ),
]
