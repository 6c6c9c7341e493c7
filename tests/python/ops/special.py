"""Entries of the special functions."""

import math
import statistics

import numpy as np
from elementwise_entries import EXACT, FLOAT_OF, binary, floating, of_two, unary
from op_table import ALL, FLOATS, Error, Op, Sample, literal, positive, probabilities, randn
from ops.elementary import FUNCTION, inside

from dlx import DtypeError, float32, float64, int64

erf = np.vectorize(math.erf, otypes=[float])
erfc = np.vectorize(math.erfc, otypes=[float])
ERFC = {float32: 1e-6, float64: 3e-15}


def erfinv(x):
    def one(x):
        if not abs(x) < 1:
            return math.copysign(math.inf, x) if abs(x) == 1 else math.nan
        return statistics.NormalDist().inv_cdf((x + 1) / 2) / math.sqrt(2)

    return np.vectorize(one, otypes=[float])(x)


def logit(x, eps=None):
    x = x.astype(np.float64) if eps is None else np.clip(x.astype(np.float64), eps, 1 - eps)
    return np.log(x / (1 - x))


def xlogy(a, b):
    a, b = np.asarray(a, dtype=np.float64), np.asarray(b, dtype=np.float64)
    return np.where(np.isnan(b), np.nan, np.where(a == 0, 0, a * np.log(b)))


def digamma(x):
    """By the recurrence from 30 on up, by reflection below 1/2."""

    def one(x):
        if x == math.floor(x) and x <= 0:
            return -math.copysign(math.inf, x) if x == 0 else math.nan
        if x < 0.5:
            return one(1 - x) - math.pi / math.tan(math.pi * x)
        steps = math.fsum(-1 / (x + k) for k in range(30))
        q = x + 30
        return steps + math.log(q) - 1 / (2 * q) - 1 / (12 * q**2) + 1 / (120 * q**4) - 1 / (252 * q**6)

    return np.vectorize(one, otypes=[float])(x)


GAMMA = {float32: 1e-6, float64: 1e-13}
NEGATIVE = Sample(literal([-0.3, -1.7, 0.4, -10.25, 12.5, 100.0])).only(float32, float64)
NO_INTEGERS = Error(DtypeError, "floating point", randn(3, dtype=int64), randn(3, dtype=int64))
INFINITE = (
    Sample(literal([np.inf, -np.inf, -np.inf, 1e4]), literal([1.0, -np.inf, 2.0, -1e4])).only(float32, float64).kinked()
)

OPS = [
    floating("erf", erf, unary(), tolerance=EXACT, zeros=True),
    floating("erfc", erfc, [*unary(), Sample(literal([5.0, 9.0, -3.0])).only(float32, float64)], tolerance=ERFC),
    floating("erfinv", erfinv, unary(make=inside), tolerance={float32: 1e-6, float64: 1e-14}),
    floating(
        "lgamma",
        np.vectorize(
            lambda x: math.inf if math.isinf(x) or (x <= 0 and x == math.floor(x)) else math.lgamma(x), otypes=[float]
        ),
        [*unary(make=positive), NEGATIVE],
        tolerance=GAMMA,
    ),
    floating("digamma", digamma, [*unary(make=positive, special=False), NEGATIVE], tolerance=GAMMA),
    floating("sinc", np.sinc, unary(), tolerance={float32: 1e-6, float64: 1e-14}),
    Op(
        "logit",
        reference=logit,
        samples=[
            *[
                Sample(0.98 * probabilities(*shape) + 0.01).only(*FLOATS)
                for shape in [(), (0, 3), (3, 5), (65,), (1025,)]
            ],
            Sample(0.96 * probabilities(300, 301) + 0.02).only(*FLOATS).large(),
            Sample(literal([0.05, 0.95, -0.5, 0.3, 2.0]), eps=0.1).only(float32, float64),
            Sample(literal([0.0, 1.0, -0.5, np.nan])).only(float32, float64).kinked(),
            Sample(literal([0, 1, 0], int64)).gives(float32),
        ],
        errors=[Error(TypeError, "must be", "three")],
        dtypes=ALL,
        result=FLOAT_OF,
        tolerance={float32: 1e-5, float64: 1e-14},
        keeps_order=True,
        out=True,
        in_place=True,
    ),
    of_two(
        "logaddexp",
        np.logaddexp,
        [*binary(), INFINITE],
        dtypes=FLOATS,
        tolerance=FUNCTION,
        errors=[NO_INTEGERS],
        in_place=False,
    ),
    of_two(
        "logaddexp2",
        np.logaddexp2,
        [*binary(), INFINITE],
        dtypes=FLOATS,
        tolerance=FUNCTION,
        errors=[NO_INTEGERS],
        in_place=False,
    ),
    of_two(
        "xlogy",
        xlogy,
        [
            *binary(second=positive),
            Sample(literal([0.0, 0.0, 0.0, 2.0]), literal([0.0, np.nan, -1.0, 0.0])).only(float32, float64).kinked(),
            Sample(randn(3, 4), 2.5),
            Sample(2, positive(3, 4)),
        ],
        dtypes=ALL,
        result=FLOAT_OF,
        tolerance=FUNCTION,
    ),
]
