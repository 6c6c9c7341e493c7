"""Entries of softmax."""

import numpy as np
from op_table import Error, Op, Sample, literal, randn

from dlx import DtypeError, float32, float64, int64


def log_softmax(x, dim=-1, dtype=None, axis=None):
    if x.size == 0:
        return x
    shifted = x - x.max(axis=dim, keepdims=True)
    return shifted - np.log(np.exp(shifted).sum(axis=dim, keepdims=True))


def softmax(x, dim=-1, dtype=None, axis=None):
    return np.exp(log_softmax(x, dim))


SAMPLES = [
    Sample(randn(), 0),
    Sample(randn(0, 3), 1),
    Sample(randn(3, 0), 0),
    Sample(randn(3, 0), 1),
    Sample(randn(4, 7), 1),
    Sample(randn(4, 7), dim=0),
    Sample(randn(2, 3, 4), 1),
    Sample(randn(2, 3, 4), -1),
    Sample(randn(5), 0),
    Sample(randn(3, 1), 1),
    Sample(randn(2, 1025), 1),
    Sample(randn(2, 9000), 1),  # three chunks of a row
    Sample(randn(150, 600), 0),  # three chunks of a column, two strips of columns
    Sample(literal([[0.0, -np.inf, np.inf, np.nan], [1.0, -np.inf, 0.0, 0.0]]), 0).only(float32, float64).kinked(),
    Sample(1e3 * randn(3, 8), 1).only(float32, float64).kinked(),
    Sample(literal([[0.0, -np.inf, 1.0], [-np.inf, -np.inf, -np.inf], [np.inf, 0.0, 0.0], [np.nan, 0.0, 1.0]]), 1)
    .only(float32, float64)
    .kinked(),
    Sample(randn(3, 4), 1, dtype=float64).gives(float64),
    Sample(randn(3, 4, dtype=int64), 1, dtype=float32).gives(float32),
    Sample(randn(120, 1001), 1).large(),
    Sample(randn(101, 6000), 0).large(),
]
ERRORS = [
    Error(IndexError, "2", randn(3, 4), 2),
    Error(IndexError, "-3", randn(3, 4), -3),
    Error(DtypeError, "floating", randn(3, dtype=int64), 0),
]

OPS = [
    Op("nn.functional.softmax", reference=softmax, samples=SAMPLES, errors=ERRORS),
    Op("nn.functional.log_softmax", reference=log_softmax, samples=SAMPLES, errors=ERRORS, tolerance={float32: 1e-5}),
]
