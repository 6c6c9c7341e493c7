"""Entries of padding."""

import numpy as np
from op_table import ALL, Error, Op, Sample, randn

from dlx import ShapeError

MODES = {"constant": "constant", "reflect": "reflect", "replicate": "edge", "circular": "wrap"}


def pad(x, pad, mode="constant", value=None):
    if len(pad) == 0:
        return x
    ends = [(0, 0)] * (x.ndim - len(pad) // 2) + [(pad[i], pad[i + 1]) for i in range(len(pad) - 2, -1, -2)]
    cut = tuple(slice(max(-a, 0), n - max(-b, 0)) for n, (a, b) in zip(x.shape, ends))
    grow = [(max(a, 0), max(b, 0)) for a, b in ends]
    more = {"constant_values": 0 if value is None else value} if mode == "constant" else {}
    if mode == "reflect":  # mirrored at the edges before anything is cut off
        return np.pad(x, grow, "reflect")[tuple(slice(max(-a, 0), -max(-b, 0) or None) for a, b in ends)]
    return np.pad(x[cut], grow, MODES[mode], **more)


def in_mode(mode: str) -> list[Sample]:
    return [
        Sample(randn(2, 3, 5), (1, 2), mode),
        Sample(randn(3, 5), [2, 0], mode),
        Sample(randn(2, 3, 4, 5), (1, 2, 3, 0), mode),
        Sample(randn(2, 3, 4, 5), (-1, 2, 1, -1), mode),
        Sample(randn(1, 2, 3, 2, 3), (1, 2, 1, 0, 0, 2), mode),
        Sample(randn(0, 3, 5), (1, 2), mode),
        Sample(randn(2, 3, 4, 5).channels_last(), (1, 1, 0, 2), mode).with_strides(126, 1, 21, 3),
        Sample(randn(8, 8, 90, 91), (1, 2, 3, 4), mode).large(),
    ]


OPS = [
    Op(
        "nn.functional.pad",
        reference=pad,
        samples=[
            *(s for mode in MODES for s in in_mode(mode)),
            Sample(randn(3), (1, 2), value=3),
            Sample(randn(2, 3), (0, 0)),
            Sample(randn(2, 3), ()),
            Sample(randn(), ()),
            Sample(randn(2, 3), (-3, 0)),  # nothing is left
            Sample(randn(2, 3), (-3, 1), value=1),
            Sample(randn(0, 3), (1, 0, 2, 0), value=1),
            Sample(randn(2, 1, 3, 2), (1, 0, 0, 1, 2, 2, 1, 1), value=1),
        ],
        errors=[
            Error(ValueError, "even", randn(3), (1, 2, 3)),
            Error(ValueError, "2 dimensions", randn(3), (1, 2, 3, 4)),
            Error(ShapeError, "negative", randn(3), (-2, -2)),
            Error(ValueError, "mode", randn(3), (1, 1), "mirror"),
            Error(ValueError, "value", randn(2, 3), (1, 1), "reflect", 2.0),
            Error(ShapeError, "at most 2", randn(2, 3), (3, 0), "reflect"),
            Error(ShapeError, "at most 3", randn(2, 3), (4, 0), "circular"),
            Error(ShapeError, "an element", randn(2, 3, 0), (1, 0), "replicate"),
            Error(ShapeError, "channels", randn(3), (1, 1), "replicate"),
        ],
        dtypes=ALL,
        covers=("constant_pad", "reflection_pad", "replication_pad", "circular_pad"),
    ),
]
