"""Entries of random numbers: their reference is Philox in NumPy, and what src/kernels/random.h says of its words."""

import numpy as np
from op_table import DEVICE, DTYPE, NUMBERS, SEED, Error, Op, Sample, literal, probabilities, randn

import dlx
from dlx import DtypeError, ShapeError, float32, float64, int64

MASK = np.uint64(0xFFFFFFFF)


def philox(blocks: int, seed: int = SEED) -> np.ndarray:
    """Words of the first blocks, shape (blocks, 4). Source: Salmon et al. 2011."""
    counter = np.arange(blocks, dtype=np.uint64)
    c = [counter & MASK, counter >> np.uint64(32), np.zeros(blocks, np.uint64), np.zeros(blocks, np.uint64)]
    key = [seed & 0xFFFFFFFF, seed >> 32]
    for _ in range(10):
        p0, p1 = c[0] * np.uint64(0xD2511F53), c[2] * np.uint64(0xCD9E8D57)
        high, low = np.uint64(32), MASK
        c = [(p1 >> high) ^ c[1] ^ np.uint64(key[0]), p1 & low, (p0 >> high) ^ c[3] ^ np.uint64(key[1]), p0 & low]
        key = [(key[0] + 0x9E3779B9) & 0xFFFFFFFF, (key[1] + 0xBB67AE85) & 0xFFFFFFFF]
    return np.stack(c, axis=1)


def words(n: int) -> np.ndarray:
    return philox(-(-n // 4)).reshape(-1)[:n]


def long_words(n: int) -> np.ndarray:
    pairs = philox(-(-n // 2)).reshape(-1, 2)[:n]
    return pairs[:, 0] | (pairs[:, 1] << np.uint64(32))


def uniforms(n: int, dtype) -> np.ndarray:
    """In [0, 1), by element."""
    if dtype == float64:
        return (long_words(n) >> np.uint64(11)).astype(np.float64) * 2.0**-53
    return (words(n) >> np.uint64(8)).astype(np.float64) * 2.0**-24


def size(shape) -> int:
    return int(np.prod(shape, dtype=np.int64))


def uniform(shape, dtype, from_=0.0, to=1.0):
    shape = () if shape == ((),) else shape
    return (from_ + (to - from_) * uniforms(size(shape), dtype)).reshape(shape)


def normal(shape, dtype, mean=0.0, std=1.0):
    """Box and Muller: two numbers from two."""
    shape = () if shape == ((),) else shape
    n = size(shape)
    u = uniforms(n + n % 2, dtype).reshape(-1, 2)
    step = 2.0**-53 if dtype == float64 else 2.0**-24
    r, angle = np.sqrt(-2 * np.log(u[:, 0] + step)), 2 * np.pi * u[:, 1]
    return mean + std * np.stack([r * np.cos(angle), r * np.sin(angle)], axis=1).reshape(-1)[:n].reshape(shape)


def drop(x, p, dtype):
    keep = uniforms(x.size, dtype).reshape(x.shape) >= p
    return np.where(keep, x / (1 - p), 0)


def integers(low, high=None, shape=None, dtype=int64, **_):
    low, high, shape = (0, low, high) if shape is None else (low, high, shape)
    return (low + (long_words(size(shape)) % np.uint64(high - low)).astype(np.int64)).reshape(shape)


def order(n, **_):
    return np.lexsort((np.arange(n), long_words(n)))


NONE = {"parallel backward": "no gradient"}
TOLERANCE = {float32: 4e-6, float64: 1e-12}

OPS = [
    Op(
        "rand",
        reference=lambda *shape, dtype=float32, **_: uniform(shape, dtype),
        samples=[
            Sample((), dtype=DTYPE),
            Sample(0, 3, dtype=DTYPE, device=DEVICE),
            Sample(3, 5, dtype=DTYPE).only(float32, float64),
            Sample(300, 301, dtype=DTYPE).large().only(float32, float64),
            Sample(1025).only(float32),
        ],
        errors=[Error(ShapeError, "-1", 2, -1), Error(DtypeError, "floating", 2, dtype=int64)],
        gradient=False,
        random=True,
        tolerance=TOLERANCE,
        lacks=NONE,
    ),
    Op(
        "randn",
        reference=lambda *shape, dtype=float32, **_: normal(shape, dtype),
        samples=[
            Sample((), dtype=DTYPE),
            Sample(0, 3, dtype=DTYPE, device=DEVICE),
            Sample(3, 5, dtype=DTYPE),
            Sample(300, 301, dtype=DTYPE).large(),
            Sample(1025).only(float32),
        ],
        errors=[Error(ShapeError, "-1", 2, -1), Error(DtypeError, "floating", 2, dtype=int64)],
        gradient=False,
        random=True,
        tolerance={float32: 2e-5, float64: 1e-12, dlx.float16: 4e-3, dlx.bfloat16: 3e-2},
        lacks=NONE,
    ),
    Op(
        "randint",
        reference=integers,
        samples=[
            Sample(0, 10, (), dtype=DTYPE),
            Sample(0, 10, (0, 2), dtype=DTYPE, device=DEVICE),
            Sample(3, 100, (5, 7), dtype=DTYPE),
            Sample(7, (1025,), dtype=DTYPE),
            Sample(-(1 << 62), 1 << 62, (9,), dtype=DTYPE).only(int64),
            Sample(0, 100, (300, 301), dtype=DTYPE).large(),
            Sample(4, (3,)).gives(int64),
        ],
        errors=[Error(ValueError, "high", 3, 3, (2,)), Error(ValueError, "", 0, 1000, (2,), dtype=dlx.int8)],
        dtypes=NUMBERS,
        gradient=False,
        random=True,
        lacks=NONE,
    ),
    Op(
        "randperm",
        reference=order,
        samples=[
            Sample(0),
            Sample(1),
            Sample(10, device=DEVICE),
            Sample(1025),
            Sample(100000).large(),
            Sample(20, dtype=dlx.int32).gives(dlx.int32),
        ],
        errors=[Error(ValueError, "-1", -1)],
        dtypes=(int64,),
        gradient=False,
        random=True,
        lacks={"0-d": "one dimension always", **NONE},
    ),
    *[
        Op(
            "Tensor.uniform_",
            reference=lambda x, from_=0.0, to=1.0, dtype=dtype, **_: uniform(x.shape, dtype, from_, to),
            samples=[
                *[Sample(randn(*shape).constant().updated()) for shape in [(), (0, 3), (3, 5), (1025,)]],
                Sample(randn(4, 5).constant().updated(), -2.0, 3.0),
                Sample(randn(300, 301).constant().updated(), -1.0, 1.0).large(),
            ],
            errors=[Error(ValueError, "to", randn(3), 2.0, 1.0), Error(DtypeError, "floating", randn(3, dtype=int64))],
            dtypes=(dtype,),
            gradient=False,
            random=True,
            tolerance=TOLERANCE,
            lacks=NONE,
        )
        for dtype in (float32, float64)
    ],
    *[
        Op(
            "Tensor.normal_",
            reference=lambda x, mean=0.0, std=1.0, dtype=dtype, **_: normal(x.shape, dtype, mean, std),
            samples=[
                *[Sample(randn(*shape).constant().updated()) for shape in [(), (0, 3), (3, 5), (1025,)]],
                Sample(randn(4, 5).constant().updated(), -2.0, 3.0),
                Sample(randn(300, 301).constant().updated(), 1.0, 0.5).large(),
            ],
            errors=[
                Error(ValueError, "std", randn(3), 0.0, -1.0),
                Error(DtypeError, "floating", randn(3, dtype=int64)),
            ],
            dtypes=(dtype,),
            gradient=False,
            random=True,
            tolerance={float32: 6e-5, float64: 1e-12},
            lacks=NONE,
        )
        for dtype in (float32, float64)
    ],
    *[
        Op(
            "bernoulli",
            reference=lambda p, dtype=dtype: (uniforms(p.size, dtype).reshape(p.shape) < p).astype(float),
            samples=[
                *[Sample(probabilities(*shape)) for shape in [(), (0, 3), (3, 5), (1025,)]],
                Sample(literal([0.0, 1.0, 0.5])),
                Sample(probabilities(300, 301)).large(),
            ],
            errors=[
                Error((RuntimeError, ValueError), "[0, 1]", literal([1.5])),
                Error(DtypeError, "floating", randn(3, dtype=int64)),
            ],
            dtypes=(dtype,),
            gradient=False,
            random=True,
            lacks=NONE,
        )
        for dtype in (float32, float64)
    ],
]
