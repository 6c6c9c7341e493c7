"""Entries of tables of vectors."""

import numpy as np
from op_table import Error, Op, Sample, distinct, indices, literal, randn

import dlx
from dlx import DtypeError, ShapeError, float16, int32, int64


def embedding(input, weight, padding_idx=None, **_):
    return weight[input]


def embedding_bag(
    input,
    weight,
    offsets=None,
    *,
    mode="mean",
    per_sample_weights=None,
    include_last_offset=False,
    padding_idx=None,
    **_,
):
    factors = np.ones(input.shape) if per_sample_weights is None else per_sample_weights
    if input.ndim == 2:
        bags = list(zip(input, factors))
    else:
        ends = list(offsets[1:]) + ([] if include_last_offset else [len(input)])
        bags = [(input[a:b], factors[a:b]) for a, b in zip(offsets, ends)]
    rows = []
    for numbers, own in bags:
        keep = numbers != padding_idx
        taken = weight[numbers[keep]] * own[keep][:, None]
        rows.append(
            {"sum": np.sum, "mean": np.mean, "max": np.max}[mode](taken, axis=0) if len(taken) else 0 * weight[0]
        )
    return np.stack(rows)


FEW = {"0-d": "an input of indices has no gradient; a 0-d one is among the samples"}
OPS = [
    Op(
        "nn.functional.embedding",
        reference=embedding,
        samples=[
            Sample(indices(6, below=5), randn(5, 4)),
            Sample(indices(2, 3, below=5), randn(5, 4)),
            Sample(indices(below=5), randn(5, 4)),
            Sample(literal([1, 0, 1], int32), randn(5, 1)),
            Sample(indices(0, below=5), randn(5, 4)),
            Sample(indices(3, below=5), randn(5, 0)),
            Sample(indices(600, below=50), randn(50, 210)).large(),
        ],
        errors=[
            Error(
                IndexError, "index 5 is out of bounds for a weight of 5 embeddings", literal([0, 5], int64), randn(5, 4)
            ),
            Error(IndexError, "index -1 is out of bounds", literal([0, -1], int64), randn(5, 4)),
            Error(DtypeError, "input must hold indices", randn(3), randn(5, 4)),
            Error(ShapeError, "weight must have 2", indices(3, below=5), randn(5)),
            Error(ValueError, "padding_idx", indices(3, below=5), randn(5, 4), 5),
            Error(NotImplementedError, "sparse", indices(3, below=5), randn(5, 4), sparse=True),
        ],
        covers=("embedding", "embedding_renorm_"),
    ),
    Op(
        "nn.functional.embedding_bag",
        reference=embedding_bag,
        samples=[
            *[
                Sample(indices(7, below=5), distinct(5, 4), literal([0, 2, 2, 5], int64), mode=mode)
                for mode in ("sum", "mean", "max")
            ],
            *[Sample(indices(3, 4, below=5), distinct(5, 2), mode=mode) for mode in ("sum", "mean", "max")],
            *[
                Sample(
                    literal([1, 3, 3, 0, 3], int64), distinct(5, 2), literal([0, 2, 4], int64), mode=mode, padding_idx=3
                ).kinked()
                for mode in ("sum", "mean", "max")
            ],
            Sample(indices(7, below=5), randn(5, 4), literal([0, 2, 7], int64), mode="sum", include_last_offset=True),
            Sample(indices(7, below=5), randn(5, 4), literal([0, 2], int64), mode="sum", per_sample_weights=randn(7)),
            Sample(indices(2, 3, below=5), randn(5, 4), mode="sum", per_sample_weights=randn(2, 3)),
            Sample(indices(3, 0, below=5), randn(5, 4)),
            Sample(indices(2, 3, below=5), distinct(5, 67), mode="max"),  # a register and a tail
            Sample(indices(40, 30, below=50), randn(50, 210)).large(),
            Sample(indices(40, 30, below=50), randn(50, 70), mode="sum", per_sample_weights=randn(40, 30)).large(),
        ],
        errors=[
            Error(IndexError, "index 5 is out of bounds", literal([[0, 5]], int64), randn(5, 4)),
            Error(ValueError, "begin with 0", indices(3, below=5), randn(5, 4), literal([1, 2], int64)),
            Error(ValueError, "offsets must rise", indices(3, below=5), randn(5, 4), literal([0, 2, 1], int64)),
            Error(ValueError, "needs offsets", indices(3, below=5), randn(5, 4)),
            Error(ValueError, "offsets must be None", indices(3, 2, below=5), randn(5, 4), literal([0], int64)),
            Error(ValueError, "mode must be", indices(3, 2, below=5), randn(5, 4), mode="median"),
            Error(ValueError, "for mode='sum'", indices(3, 2, below=5), randn(5, 4), per_sample_weights=randn(3, 2)),
            Error(DtypeError, "input must hold indices", randn(3, 2), randn(5, 4)),
        ],
        tolerance={float16: 5e-3, dlx.bfloat16: 3e-2},
        lacks={
            "0-d": "bags have one dimension at least",
            "empty": "a bag may be empty, which a sample has",
            "layouts": "offsets must rise, so they cannot repeat one entry",
        },
    ),
]
