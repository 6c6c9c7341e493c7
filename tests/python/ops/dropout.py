"""Entries of dropout. The mask is that of a generator in a known state, so values and gradients are exact."""

import numpy as np
from op_table import Error, Op, Sample, randn
from ops.random import drop, uniforms

from dlx import DtypeError, ShapeError, float32, float64, int64


def dropout(dtype):
    def reference(x, p=0.5, training=True, inplace=False):
        if not training or p == 0:
            return x
        return 0 * x if p == 1 else drop(x, p, dtype)

    return reference


def feature_dropout(kept, dtype):
    """One draw for each place of the first dimensions, as many as `kept(ndim)` says."""

    def reference(x, p=0.5, training=True, inplace=False):
        if not training or p == 0:
            return x
        k = kept(x.ndim)
        ones = np.ones(x.shape[:k] + (1,) * (x.ndim - k))
        return x * (0 * ones if p == 1 else drop(ones, p, dtype))

    return reference


def alpha_dropout(dtype):
    def reference(x, p=0.5, training=False, inplace=False):
        if not training or p == 0:
            return x
        if p == 1:
            return 0 * x
        limit = -1.7580993408473766
        a = 1 / np.sqrt((1 - p) * (1 + p * limit**2))
        kept = (uniforms(x.size, dtype) < 1 - p).reshape(x.shape)
        return a * np.where(kept, x, limit) - a * p * limit

    return reference


def feature_alpha_dropout(dtype):
    def reference(x, p=0.5, training=False, inplace=False):
        if not training or p == 0:
            return x
        if p == 1:
            return 0 * x
        limit = -1.7580993408473766
        a = 1 / np.sqrt((1 - p) * (1 + p * limit**2))
        n = x.shape[0] * x.shape[1]
        kept = (uniforms(n, dtype) >= p).reshape(*x.shape[:2], *[1] * (x.ndim - 2))
        return a * np.where(kept, x, limit) - a * p * limit

    return reference


def samples_of(image):
    """Inputs (n, c, *image)."""
    return [
        Sample(randn(3, 4, *image), 0.25),
        Sample(randn(0, 4, *image)),
        Sample(randn(3, 4, *image), 0.0),
        Sample(randn(3, 4, *image), 1.0),
        Sample(randn(3, 4, *image), 0.3, False),
        Sample(randn(3, 4, *image).updated(), 0.5, True, True),
    ]


OPS = [
    *[
        Op(
            "nn.functional.dropout",
            reference=dropout(dtype),
            samples=[
                Sample(randn()),
                Sample(randn(0, 3)),
                Sample(randn(3, 5)),
                Sample(randn(1025), 0.25),
                Sample(randn(3, 5), 0.0),
                Sample(randn(3, 5), 1.0),
                Sample(randn(3, 5), 0.3, False),
                Sample(randn(300, 301), 0.5).large(),
            ],
            errors=[
                Error(ValueError, "p", randn(3), -0.5),
                Error(ValueError, "p", randn(3), 1.5),
                Error(DtypeError, "floating", randn(3, dtype=int64)),
            ],
            dtypes=(dtype,),
            gradient=dtype == float64,
            random=True,
        )
        for dtype in (float32, float64)
    ],
    *[
        Op(
            f"nn.functional.{name}",
            reference=feature_dropout(kept, dtype),
            samples=samples,
            errors=[
                Error(ValueError, "p", samples[1].args[0], -0.5),
                Error(ValueError, "p", samples[1].args[0], 1.5),
                Error(DtypeError, "floating", randn(*samples[1].args[0].shape, dtype=int64)),
                *([Error(ShapeError, "input must have", randn(3))] if name == "dropout1d" else []),
            ],
            dtypes=(dtype,),
            gradient=dtype == float64,
            random=True,
            covers=("feature_dropout",),
            lacks={"0-d": "channels have a dimension"},
        )
        for dtype in (float32, float64)
        for name, kept, samples in [
            (
                "dropout1d",
                lambda ndim: ndim - 1,
                [Sample(randn(3, 4)), *samples_of((5,)), Sample(randn(30, 40, 80)).large()],
            ),
            ("dropout2d", lambda ndim: 2, [*samples_of((5, 2)), Sample(randn(30, 40, 8, 10)).large()]),
            (
                "dropout3d",
                lambda ndim: ndim - 3,
                [Sample(randn(3, 4, 2, 2)), *samples_of((5, 2, 1)), Sample(randn(30, 40, 2, 4, 10)).large()],
            ),
        ]
    ],
    *[
        Op(
            "nn.functional.alpha_dropout",
            reference=alpha_dropout(dtype),
            samples=[
                Sample(randn(), training=True),
                Sample(randn(0, 3), training=True),
                Sample(randn(3, 5), training=True),
                Sample(randn(3, 5)),
                Sample(randn(1025), 0.25, True),
                Sample(randn(3, 5), 0.0, True),
                Sample(randn(3, 5), 1.0, True),
                Sample(randn(3, 5).updated(), 0.5, True, True),
                Sample(randn(300, 301), 0.5, True).large(),
            ],
            errors=[
                Error(ValueError, "p", randn(3), -0.5),
                Error(ValueError, "p", randn(3), 1.5),
                Error(DtypeError, "floating", randn(3, dtype=int64)),
            ],
            dtypes=(dtype,),
            gradient=dtype == float64,
            random=True,
        )
        for dtype in (float32, float64)
    ],
    *[
        Op(
            "nn.functional.feature_alpha_dropout",
            reference=feature_alpha_dropout(dtype),
            samples=[
                Sample(randn(3, 4), training=True),
                Sample(randn(0, 3), training=True),
                Sample(randn(3, 4, 5, 2), 0.25, True),
                Sample(randn(3, 4, 5)),
                Sample(randn(3, 4, 5), 0.0, True),
                Sample(randn(3, 4, 5), 1.0, True),
                Sample(randn(3, 4, 5).updated(), 0.5, True, True),
                Sample(randn(30, 40, 80), 0.5, True).large(),
            ],
            errors=[
                Error(ValueError, "p", randn(3, 4), -0.5),
                Error(ValueError, "p", randn(3, 4), 1.5),
                Error(ShapeError, "(n, c, *)", randn(3)),
                Error(DtypeError, "floating", randn(3, 4, dtype=int64)),
            ],
            dtypes=(dtype,),
            gradient=dtype == float64,
            random=True,
            covers=("dropout",),
            lacks={"0-d": "channels have a dimension"},
        )
        for dtype in (float32, float64)
    ],
]
