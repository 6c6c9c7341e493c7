"""Entries of interpolation, patches and channels moved to places."""

import math

import numpy as np
from op_table import ALL, FLOATS, Error, Op, Sample, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32


# --- interpolation -------------------------------------------------------------------------------------------------
def nearest_matrix(n, m, step, exact):
    w = np.zeros((m, n))
    for j in range(m):
        at = np.float32(j + 0.5 if exact else j) * np.float32(step)
        w[j, min(math.floor(at), n - 1) if n != m else j] = 1
    return w


def linear_matrix(n, m, step, corners):
    w = np.zeros((m, n))
    for j in range(m):
        at = j if n == m else min(max(j * step if corners else (j + 0.5) * step - 0.5, 0), n - 1)
        for i in range(n):
            w[j, i] = max(0, 1 - abs(at - i))
    return w


def keys(x, a):
    x = abs(x)
    if x <= 1:
        return (a + 2) * x**3 - (a + 3) * x**2 + 1
    return a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a if x < 2 else 0


def cubic_matrix(n, m, step, corners):
    w = np.zeros((m, n))
    for j in range(m):
        at = j * step if corners else (j + 0.5) * step - 0.5
        for i in range(math.floor(at) - 1, math.floor(at) + 3):
            w[j, min(max(i, 0), n - 1)] += keys(at - i, -0.75)
    return w


def smooth_matrix(n, m, step, filter, reach):
    w = np.zeros((m, n))
    wide = max(step, 1)
    for j in range(m):
        centre = (j + 0.5) * step
        for i in range(max(int(centre - reach * wide + 0.5), 0), min(int(centre + reach * wide + 0.5), n)):
            w[j, i] = filter((i + 0.5 - centre) / wide)
    return w / w.sum(axis=1, keepdims=True)


def area_matrix(n, m):
    w = np.zeros((m, n))
    for j in range(m):
        first, end = j * n // m, -(-(j + 1) * n // m)
        w[j, first:end] = 1 / (end - first)
    return w


def interpolate(
    x, size=None, scale_factor=None, mode="nearest", align_corners=None, recompute_scale_factor=None, antialias=False
):
    nd = x.ndim - 2
    each = lambda v: list(v) if isinstance(v, (list, tuple)) else [v] * nd
    size = each(size) if size is not None else [math.floor(n * f) for n, f in zip(x.shape[2:], each(scale_factor))]
    for i, (n, m, f) in enumerate(zip(x.shape[2:], size, each(scale_factor))):
        step = n / m if f is None or recompute_scale_factor else 1 / f
        if align_corners:
            step = (n - 1) / (m - 1) if m > 1 else 0
        if mode.startswith("nearest"):
            w = nearest_matrix(n, m, step, mode == "nearest-exact")
        elif mode == "area":
            w = area_matrix(n, m)
        elif mode == "bicubic":
            w = (
                smooth_matrix(n, m, step, lambda t: keys(t, -0.5), 2)
                if antialias
                else cubic_matrix(n, m, step, align_corners)
            )
        elif mode == "lanczos":
            w = smooth_matrix(n, m, step, lambda t: np.sinc(t) * np.sinc(t / 3) if abs(t) < 3 else 0, 3)
        elif antialias:
            w = smooth_matrix(n, m, step, lambda t: max(0, 1 - abs(t)), 1)
        else:
            w = linear_matrix(n, m, step, align_corners)
        x = np.moveaxis(np.tensordot(w, x, (1, 2 + i)), 0, 2 + i)
    return x


MODES = {
    "nearest": (1, 2, 3), "nearest-exact": (1, 2, 3), "area": (1, 2, 3), "linear": (1,), "bilinear": (2,),
    "bicubic": (2,), "trilinear": (3,),
}  # fmt: skip


def in_mode(mode: str, nd: int) -> list[Sample]:
    x = randn(2, 2, *(4, 5, 3)[:nd])
    samples = [
        Sample(x, size=(7, 3, 4)[:nd], mode=mode),
        Sample(x, scale_factor=1.7, mode=mode),
        Sample(x, scale_factor=(1.5, 0.6, 2.0)[:nd], mode=mode, recompute_scale_factor=True),
        Sample(randn(0, 2, *(4, 5, 3)[:nd]), scale_factor=2, mode=mode),
    ]
    if mode in ("linear", "bilinear", "bicubic", "trilinear"):
        samples += [
            Sample(x, 6, mode=mode, align_corners=True),
            Sample(x, 1, mode=mode, align_corners=True),
            Sample(x, 6, mode=mode, align_corners=False),
        ]
    if mode in ("bilinear", "bicubic"):
        samples += [
            Sample(randn(1, 2, 9, 8), (4, 3), mode=mode, antialias=True),
            Sample(randn(1, 2, 4, 3), (9, 8), mode=mode, antialias=True),
        ]
    if nd == 2:
        samples.append(Sample(randn(2, 3, 4, 5).channels_last(), (6, 7), mode=mode).with_strides(126, 1, 21, 3))
    return samples if mode.startswith("nearest") else [s.only(*FLOATS) for s in samples]


def pixel_shuffle(x, r):
    *lead, c, h, w = x.shape
    x = x.reshape(-1, c // (r * r), r, r, h, w).transpose(0, 1, 4, 2, 5, 3)
    return x.reshape(*lead, c // (r * r), h * r, w * r)


def pixel_unshuffle(x, r):
    *lead, c, h, w = x.shape
    x = x.reshape(-1, c, h // r, r, w // r, r).transpose(0, 1, 3, 5, 2, 4)
    return x.reshape(*lead, c * r * r, h // r, w // r)


def channel_shuffle(x, groups):
    n, c, *rest = x.shape
    return x.reshape(n, groups, c // groups, *rest).swapaxes(1, 2).reshape(x.shape)


# --- patches -------------------------------------------------------------------------------------------------------
def pair(x):
    return (x, x) if isinstance(x, int) else tuple(x)


def patches(h, w, kernel_size, dilation, padding, stride):
    """The places of each patch's elements in the padded image: (kh * kw, positions) of rows and of columns."""
    (kh, kw), (dh, dw), (ph, pw), (sh, sw) = map(pair, (kernel_size, dilation, padding, stride))
    rows, columns = range(0, h + 2 * ph - dh * (kh - 1), sh), range(0, w + 2 * pw - dw * (kw - 1), sw)
    y = np.array([[r + i * dh for r in rows for _ in columns] for i in range(kh) for _ in range(kw)])
    x = np.array([[c + j * dw for _ in rows for c in columns] for _ in range(kh) for j in range(kw)])
    return y, x


def unfold(x, kernel_size, dilation=1, padding=0, stride=1):
    (ph, pw), (h, w) = pair(padding), x.shape[-2:]
    y, at = patches(h, w, kernel_size, dilation, padding, stride)
    padded = np.pad(x, [(0, 0)] * (x.ndim - 2) + [(ph, ph), (pw, pw)])
    found = padded[..., y, at]
    return found.reshape(*x.shape[:-3], x.shape[-3] * y.shape[0], y.shape[1])


def fold(x, output_size, kernel_size, dilation=1, padding=0, stride=1):
    (ph, pw), (h, w) = pair(padding), pair(output_size)
    y, at = patches(h, w, kernel_size, dilation, padding, stride)
    out = np.zeros((*x.shape[:-2], x.shape[-2] // y.shape[0], h + 2 * ph, w + 2 * pw))
    np.add.at(out, (..., y, at), x.reshape(*out.shape[:-2], *y.shape))
    return out[..., ph : ph + h, pw : pw + w]


OPS = [
    Op(
        "nn.functional.interpolate",
        reference=interpolate,
        samples=[
            *(s for mode, ranks in MODES.items() for nd in ranks for s in in_mode(mode, nd)),
            *(
                Sample(randn(*shape), mode="lanczos", antialias=True, **options).only(*FLOATS)
                for shape, options in (
                    ((1, 2, 9, 8), {"size": (4, 3)}),
                    ((2, 2, 4, 3), {"size": (9, 8)}),
                    ((1, 1, 20, 5), {"scale_factor": (0.3, 1.4), "align_corners": False}),
                    ((1, 1, 20, 5), {"scale_factor": 0.3, "recompute_scale_factor": True}),
                    ((0, 2, 4, 3), {"size": 2}),
                )
            ),
            Sample(randn(2, 3, 4, 5).channels_last(), (6, 7), mode="lanczos", antialias=True)
            .only(*FLOATS)
            .with_strides(126, 1, 21, 3),
            Sample(randn(2, 2, 4), 4, mode="linear").only(*FLOATS),
            Sample(randn(8, 4, 60, 61), scale_factor=2).large(),
            Sample(randn(4, 4, 60, 61), scale_factor=2, mode="bilinear").only(*FLOATS).large(),
        ],
        errors=[
            Error(ValueError, "antialias=True", randn(1, 1, 4, 4), 2, mode="lanczos"),
            Error(ValueError, "align_corners=True", randn(1, 1, 4, 4), 2, None, "lanczos", True, antialias=True),
            Error(DtypeError, "floating", randn(1, 1, 4, 4, dtype=dlx.int64), 2, mode="lanczos", antialias=True),
            Error(ShapeError, "at least 1", randn(1, 1, 0, 4), 2, mode="lanczos", antialias=True),
            Error(ValueError, "neither", randn(1, 2, 3)),
            Error(ValueError, "both", randn(1, 2, 3), 3, 2.0),
            Error(ValueError, "mode", randn(1, 2, 3), 3, mode="cubic"),
            Error(ShapeError, "dimensions", randn(1, 2, 3), 3, mode="bilinear"),
            Error(ValueError, "align_corners", randn(1, 2, 3), 3, align_corners=True),
            Error(ValueError, "antialias", randn(1, 2, 3), 3, antialias=True),
            Error(ValueError, "one value", randn(1, 2, 3, 3), (1, 2, 3)),
            Error(ValueError, "positive", randn(1, 2, 3), 0),
            Error(ValueError, "positive", randn(1, 2, 3), scale_factor=-1.0),
            Error(ValueError, "recompute", randn(1, 2, 3), 3, recompute_scale_factor=True),
            Error(ShapeError, "empty", randn(1, 2, 0), 3),
            Error(DtypeError, "floating", randn(1, 2, 3, dtype=dlx.int64), 3, mode="linear"),
        ],
        dtypes=(*FLOATS, dlx.uint8),
        tolerance={float32: 1e-5, float16: 4e-3, dlx.bfloat16: 3e-2},
        covers=("resize_nearest", "resize_linear", "resize_cubic"),
        lacks={"0-d": "an input has a batch and channels"},
    ),
    Op(
        "nn.functional.pixel_shuffle",
        reference=pixel_shuffle,
        samples=[
            Sample(randn(2, 8, 2, 3), 2),
            Sample(randn(9, 2, 3), 3),
            Sample(randn(2, 1, 4, 2, 3), 2),
            Sample(randn(2, 2, 3), 1),
            Sample(randn(0, 4, 2, 3), 2),
            Sample(randn(2, 12, 2, 3).channels_last(), 2).with_strides(72, 1, 18, 3),
            Sample(randn(8, 16, 30, 31), 2).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4, 4), 2),
            Error(ShapeError, "multiple", randn(1, 6, 2, 2), 2),
            Error(ValueError, "positive", randn(1, 4, 2, 2), 0),
        ],
        dtypes=ALL,
        lacks={"0-d": "images have three dimensions at least"},
    ),
    Op(
        "nn.functional.pixel_unshuffle",
        reference=pixel_unshuffle,
        samples=[
            Sample(randn(2, 2, 4, 6), 2),
            Sample(randn(1, 3, 6), 3),
            Sample(randn(0, 1, 4, 6), 2),
            Sample(randn(2, 3, 4, 6).channels_last(), 2).with_strides(72, 1, 36, 12),
            Sample(randn(8, 4, 60, 62), 2).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4, 4), 2),
            Error(ShapeError, "multiples", randn(1, 6, 3, 2), 2),
            Error(ValueError, "positive", randn(1, 4, 2, 2), -1),
        ],
        dtypes=ALL,
        lacks={"0-d": "images have three dimensions at least"},
    ),
    Op(
        "nn.functional.channel_shuffle",
        reference=channel_shuffle,
        samples=[
            Sample(randn(2, 6, 2, 3), 2),
            Sample(randn(2, 6, 3), 3),
            Sample(randn(0, 6, 3), 3),
            Sample(randn(2, 4, 2, 3).channels_last(), 2).with_strides(24, 1, 12, 4),
            Sample(randn(8, 4, 60, 61), 2).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4, 4), 2),
            Error(ValueError, "divide", randn(1, 6, 3), 4),
            Error(ValueError, "divide", randn(1, 6, 3), 0),
        ],
        dtypes=ALL,
        lacks={"0-d": "an input has a batch and channels"},
    ),
    Op(
        "nn.functional.unfold",
        reference=unfold,
        samples=[
            Sample(randn(2, 3, 4, 5), 2),
            Sample(randn(3, 4, 5), (2, 3), (2, 1), 1, 2),
            Sample(randn(1, 2, 4, 4), 3, padding=(1, 0), stride=(1, 2)),
            Sample(randn(0, 3, 4, 5), 2),
            Sample(randn(8, 4, 40, 41), 3).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4, 4), 2),
            Error(ShapeError, "spans 5", randn(1, 1, 4, 4), 5),
            Error(ValueError, "stride", randn(1, 1, 4, 4), 2, stride=0),
            Error(ValueError, "kernel_size", randn(1, 1, 4, 4), (1, 2, 3)),
            Error(DtypeError, "floating", randn(1, 1, 4, 4, dtype=dlx.int64), 2),
        ],
        covers=("im2col",),
        lacks={"0-d": "images have three dimensions at least", "method": "Tensor.unfold is another function"},
    ),
    Op(
        "nn.functional.fold",
        reference=fold,
        samples=[
            Sample(randn(2, 12, 12), (4, 5), 2),
            Sample(randn(12, 6), (4, 5), (2, 3), (2, 1), 1, 2),
            Sample(randn(0, 12, 12), (4, 5), 2),
            Sample(randn(4, 36, 38 * 39), (40, 41), 3).large(),
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(4), 4, 2),
            Error(ShapeError, "multiple", randn(1, 5, 9), 4, 2),
            Error(ShapeError, "3 x 3", randn(1, 4, 8), 4, 2),
            Error(ValueError, "output_size", randn(1, 4, 8), 0, 2),
            Error(DtypeError, "floating", randn(1, 4, 9, dtype=dlx.int64), 4, 2),
        ],
        covers=("col2im",),
        lacks={"0-d": "columns have two dimensions at least"},
    ),
]
