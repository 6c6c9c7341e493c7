"""Entries of reading at places."""

import itertools
import math

import numpy as np
from op_table import Error, Op, Sample, randn

import dlx
from dlx import DtypeError, ShapeError, float16, float32


def place_in(x, size, corners):
    return (x + 1) / 2 * (size - 1) if corners else ((x + 1) * size - 1) / 2


def mirror(x, size, corners):
    low, span = (0, size - 1) if corners else (-0.5, size)
    if span == 0:
        return 0
    turns, extra = divmod(abs(x - low), span)
    return extra + low if turns % 2 == 0 else span - extra + low


def pad(x, size, padding, corners):
    if padding == "reflection":
        x = mirror(x, size, corners)
    return x if padding == "zeros" else min(max(x, 0), size - 1)


def keys(x, a=-0.75):
    x = abs(x)
    return (a + 2) * x**3 - (a + 3) * x**2 + 1 if x <= 1 else a * x**3 - 5 * a * x**2 + 8 * a * x - 4 * a


def taps(x, size, mode, padding, corners):
    """(pixel, weight) along one dimension."""
    x = place_in(x, size, corners)
    if mode == "bicubic":
        below = math.floor(x)
        return [(int(pad(below + k, size, padding, corners)), keys(x - below - k)) for k in range(-1, 3)]
    x = pad(x, size, padding, corners)
    if mode == "nearest":
        return [(round(x), 1)]
    below = math.floor(x)
    return [(below, 1 - (x - below)), (below + 1, x - below)]


def grid_sample(x, grid, mode="bilinear", padding_mode="zeros", align_corners=None):
    n, c, *size = x.shape
    out = np.zeros((n, c, *grid.shape[1:-1]))
    for where in np.ndindex(*grid.shape[:-1]):
        place = grid[where][::-1]
        found = [taps(p, s, mode, padding_mode, bool(align_corners)) for p, s in zip(place, size)]
        for combination in itertools.product(*found):
            pixel = tuple(i for i, _ in combination)
            if all(0 <= i < s for i, s in zip(pixel, size)):
                weight = math.prod(w for _, w in combination)
                out[(where[0], slice(None), *where[1:])] += weight * x[(where[0], slice(None), *pixel)]
    return out


def affine_grid(theta, size, align_corners=None):
    axes = [centres(s, bool(align_corners)) for s in size[2:]]
    places = np.stack([*np.meshgrid(*axes, indexing="ij")[::-1], np.ones(size[2:])], axis=-1)
    return np.einsum("nij,...j->n...i", theta, places)


def centres(s, corners):
    if corners:
        return np.linspace(-1, 1, s) if s > 1 else np.zeros(1)
    return (2 * np.arange(s) + 1) / s - 1


# Places off the kinks, some of them outside.
OPS = [
    Op(
        "nn.functional.grid_sample",
        reference=grid_sample,
        samples=[
            *(
                Sample(randn(2, 2, 4, 5), 0.8 * randn(2, 3, 2, 2), mode, padding, corners)
                for mode in ("bilinear", "nearest", "bicubic")
                for padding in ("zeros", "border", "reflection")
                for corners in (False, True)
            ),
            *(
                Sample(randn(1, 2, 3, 4, 2), 0.8 * randn(1, 2, 1, 3, 3), mode, padding)
                for mode in ("bilinear", "nearest")
                for padding in ("zeros", "border", "reflection")
            ),
            Sample(randn(0, 2, 4, 5), randn(0, 3, 2, 2)),
            Sample(randn(1, 2, 1, 1), randn(1, 3, 2, 2), padding_mode="reflection", align_corners=True),
            Sample(randn(2, 4, 16, 17), 0.8 * randn(2, 90, 91, 2)).large().kinked(),  # some places are at a pixel
        ],
        errors=[
            Error(ShapeError, "dimensions", randn(1, 2, 3), randn(1, 2, 3)),
            Error(ShapeError, "2 coordinates", randn(1, 2, 3, 3), randn(1, 2, 3, 3)),
            Error(ShapeError, "images", randn(1, 2, 3, 3, 3), randn(1, 2, 3, 3, 3), "bicubic"),
            Error(ShapeError, "empty", randn(1, 2, 0, 3), randn(1, 2, 3, 2)),
            Error(ValueError, "'linear'", randn(1, 2, 3, 3), randn(1, 2, 3, 2), "linear"),
            Error(ValueError, "padding_mode", randn(1, 2, 3, 3), randn(1, 2, 3, 2), padding_mode="circular"),
            Error(DtypeError, "one dtype", randn(1, 2, 3, 3, dtype=float32), randn(1, 2, 3, 2, dtype=dlx.float64)),
        ],
        # Near a kink the rounding of a place chooses another pixel or slope.
        tolerance={float32: 2e-5, dlx.float64: 1e-10, float16: 2e-2, dlx.bfloat16: 8e-2},
        lacks={"0-d": "images have four dimensions"},
    ),
    Op(
        "nn.functional.affine_grid",
        reference=affine_grid,
        samples=[
            Sample(randn(2, 2, 3), (2, 3, 4, 5)),
            Sample(randn(2, 2, 3), (2, 3, 1, 5), True),
            Sample(randn(1, 3, 4), [1, 2, 2, 3, 4], align_corners=False),
            Sample(randn(2, 2, 3), (2, 3, 300, 300)).large(),
        ],
        errors=[
            Error(ShapeError, "theta", randn(2, 3, 3), (2, 3, 4, 5)),
            Error(ValueError, "size", randn(2, 2, 3), (2, 3, 4)),
            Error(ValueError, "positive", randn(2, 2, 3), (2, 3, 0, 4)),
            Error(DtypeError, "floating", randn(2, 2, 3, dtype=dlx.int64), (2, 3, 4, 5)),
        ],
        tolerance={float32: 1e-5, float16: 6e-3, dlx.bfloat16: 4e-2},
        lacks={"0-d": "theta is a batch of matrices", "empty": "PyTorch refuses an empty batch, and so do we"},
    ),
]
