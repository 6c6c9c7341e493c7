"""Entries of attention."""

import numpy as np
from op_table import FLOATS, Error, Op, Sample, booleans, literal, randn

from dlx import DtypeError, ShapeError, bfloat16, float16, int64


def scaled_dot_product_attention(q, k, v, attn_mask=None, dropout_p=0.0, is_causal=False, scale=None, enable_gqa=False):
    scale = 1 / np.sqrt(q.shape[-1]) if scale is None else scale
    if enable_gqa:
        k, v = (np.repeat(x, q.shape[-3] // x.shape[-3], axis=-3) for x in (k, v))
    scores = q @ np.swapaxes(k, -1, -2) * scale
    if is_causal:
        scores = np.where(np.tri(*scores.shape[-2:], dtype=bool), scores, -np.inf)
    if attn_mask is not None:
        scores = np.where(attn_mask, scores, -np.inf) if attn_mask.dtype == bool else scores + attn_mask
    if scores.shape[-1] == 0:
        return scores @ v
    top = scores.max(axis=-1, keepdims=True)
    with np.errstate(invalid="ignore"):
        weights = np.where(np.isneginf(top), 0, np.exp(scores - np.where(np.isneginf(top), 0, top)))
        total = weights.sum(axis=-1, keepdims=True)
        return np.where(total == 0, 0, weights / np.where(total == 0, 1, total)) @ v


MASK = [[True, False, True, True], [False] * 4, [True] * 4]  # the second query sees nothing
ADDED = [[0.0, -np.inf, 1.0, -2.0], [-np.inf] * 4, [0.5] * 4]

OPS = [
    Op(
        "nn.functional.scaled_dot_product_attention",
        reference=scaled_dot_product_attention,
        samples=[
            Sample(randn(2, 3, 5), randn(2, 4, 5), randn(2, 4, 6)),
            Sample(randn(3, 5), randn(4, 5), randn(4, 5), scale=0.3),  # no batch
            Sample(randn(2, 2, 5, 3), randn(2, 2, 5, 3), randn(2, 2, 5, 3), is_causal=True),
            Sample(randn(2, 5, 3), randn(2, 3, 3), randn(2, 3, 3), is_causal=True),  # more queries than keys
            Sample(randn(2, 3, 5), randn(2, 4, 5), randn(2, 4, 5), literal(MASK)),
            Sample(randn(2, 3, 5), randn(2, 4, 5), randn(2, 4, 5), booleans(2, 1, 4)),
            Sample(randn(2, 3, 5), randn(2, 4, 5), randn(2, 4, 5), literal(ADDED).constant()),
            Sample(randn(2, 3, 5), randn(2, 4, 5), randn(2, 4, 5), randn(3, 4), is_causal=True),
            Sample(randn(2, 4, 3, 5), randn(2, 2, 4, 5), randn(2, 1, 4, 5), enable_gqa=True),
            Sample(randn(2, 1, 3, 5), randn(3, 4, 5), randn(3, 4, 2)),  # batches broadcast
            Sample(randn(2, 3, 5), randn(2, 0, 5), randn(2, 0, 4)),  # no keys
            Sample(randn(0, 3, 5), randn(0, 4, 5), randn(0, 4, 4)),
            Sample(30 * randn(1, 3, 5), 30 * randn(1, 4, 5), randn(1, 4, 5)).only(*FLOATS[:2]),  # all but one weight 0
            Sample(randn(8, 33, 17), randn(8, 65, 17), randn(8, 65, 17)).large(),
        ],
        errors=[
            Error(ShapeError, "at least 2 dimensions", randn(5), randn(4, 5), randn(4, 5)),
            Error(
                ShapeError,
                "the last dimension of query (5) must equal that of key (6)",
                randn(3, 5),
                randn(4, 6),
                randn(4, 5),
            ),
            Error(ShapeError, "key has 4 positions (dimension -2) but value 3", randn(3, 5), randn(4, 5), randn(3, 5)),
            Error(ShapeError, "do not broadcast", randn(3, 5), randn(4, 5), randn(4, 5), booleans(3, 5)),
            Error(ShapeError, "attn_mask must broadcast", randn(1, 5), randn(4, 5), randn(4, 5), booleans(3, 4)),
            Error(ShapeError, "must divide query's 4", randn(4, 3, 5), randn(3, 4, 5), randn(3, 4, 5), enable_gqa=True),
            Error(
                DtypeError,
                "attn_mask must be bool or of query's dtype",
                randn(3, 5),
                randn(4, 5),
                randn(4, 5),
                literal([0], int64),
            ),
            Error(
                DtypeError,
                "query must be floating point",
                literal([[1]], int64),
                literal([[1]], int64),
                literal([[1]], int64),
            ),
            Error(ValueError, "dropout_p must be in [0, 1]", randn(3, 5), randn(4, 5), randn(4, 5), dropout_p=1.5),
        ],
        dtypes=FLOATS,
        lacks={"0-d": "it takes matrices"},
        tolerance={float16: 4e-3, bfloat16: 4e-2},
    ),
]
