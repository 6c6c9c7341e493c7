"""Entries of random numbers: their reference is Philox in NumPy, and what src/kernels/random.h says of its words."""

import numpy as np
from op_table import DEVICE, DTYPE, NUMBERS, SEED, Error, Op, Sample, literal, positive, probabilities, randn

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
    """Random buckets of some thousands, each shuffled as Fisher and Yates do."""
    bits = next(b for b in range(12) if b == 11 or n >> b <= 8192)
    drawn = [int(word) for word in long_words(n)]
    bucket = np.array([word >> (64 - bits) for word in drawn], dtype=np.int64)
    numbers = list(np.argsort(bucket, kind="stable"))
    first = 0
    for count in np.bincount(bucket, minlength=1):
        for i in range(count):
            rest = drawn[first + i] << bits & (1 << 64) - 1
            here, there = first + i, first + (rest * (i + 1) >> 64)
            numbers[here], numbers[there] = numbers[there], numbers[here]
        first += count
    return np.array(numbers, dtype=np.int64)


def unit(n: int, dtype) -> np.ndarray:
    """In (0, 1], by element."""
    return uniforms(n, dtype) + (2.0**-53 if dtype == float64 else 2.0**-24)


def exponential(x, lambd=1.0, *, dtype):
    return (-np.log(unit(x.size, dtype)) / lambd).reshape(x.shape)


def geometric(x, p, *, dtype):
    return np.maximum(np.ceil(np.log(unit(x.size, dtype)) / np.log1p(-p)), 1).reshape(x.shape)


def cauchy(x, median=0.0, sigma=1.0, *, dtype):
    bits = 53 if dtype == float64 else 24
    whole = (uniforms(x.size, dtype) * 2.0**bits).astype(np.int64) | 1
    return (median - sigma / np.tan(np.pi * whole * 2.0**-bits)).reshape(x.shape)


def random_integers(x, from_=0, to=None, *, dtype):
    if to is None and from_:
        from_, to = 0, from_
    last = to - 1 if to is not None else {dlx.bool: 1, float32: 2**24}.get(dtype) or np.iinfo(str(dtype)[4:]).max
    steps = long_words(x.size) % np.uint64(last - from_ + 1)
    return (from_ + steps.astype(np.int64)).reshape(x.shape)


def bernoulli_in_place(x, p=0.5, *, dtype):
    of_p = dtype if isinstance(p, np.ndarray) or dtype == float64 else float32
    p = np.broadcast_to(p if isinstance(p, np.ndarray) else np.float32(p) if of_p == float32 else p, x.shape)
    return (uniforms(x.size, of_p).reshape(x.shape) < p).astype(x.dtype)


def multinomial(p, num_samples, replacement=False):
    rows = np.atleast_2d(p)
    if replacement:
        u = (long_words(len(rows) * num_samples) >> np.uint64(11)).astype(float).reshape(len(rows), -1) * 2.0**-53
        sums = np.cumsum(rows, axis=1)
        drawn = [np.searchsorted(s, t * s[-1], "right") for s, t in zip(sums, u)]
    else:
        u = ((long_words(rows.size) >> np.uint64(11)).astype(float) + 1).reshape(rows.shape) * 2.0**-53
        with np.errstate(divide="ignore"):
            drawn = np.argsort(-np.log(u) / rows, axis=1, kind="stable")[:, :num_samples]
    return np.array(drawn, np.int64).reshape(*p.shape[:-1], num_samples)


def filler(name, reference, dtype, samples, errors, tolerance=None) -> Op:
    """An entry of a method that fills its tensor."""
    return Op(
        f"Tensor.{name}",
        reference=lambda *args, **kwargs: reference(*args, dtype=dtype, **kwargs),
        samples=[
            *[Sample(randn(*shape).constant().updated(), *samples[0]) for shape in [(), (0, 3), (1025,)]],
            *[Sample(randn(3, 5).constant().updated(), *more) for more in samples],
            Sample(randn(300, 301).constant().updated(), *samples[0]).large(),
        ],
        errors=errors,
        dtypes=(dtype,),
        gradient=False,
        random=True,
        tolerance=TOLERANCE if tolerance is None else tolerance,
        lacks=NONE,
    )


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
    *[
        entry
        for dtype in (float32, float64)
        for entry in [
            filler(
                "exponential_",
                exponential,
                dtype,
                [(), (2.5,)],
                [Error(ValueError, "positive", randn(3), 0.0), Error(DtypeError, "floating", randn(3, dtype=int64))],
                {float32: 1e-5, float64: 1e-12},
            ),
            filler(
                "geometric_",
                geometric,
                dtype,
                [(0.5,), (0.01,)],
                [Error(ValueError, "(0, 1)", randn(3), 0.0), Error(DtypeError, "bool", randn(3, dtype=dlx.bool), 0.5)],
            ),
            filler(
                "cauchy_",
                cauchy,
                dtype,
                [(), (-1.0, 3.0)],
                [
                    Error(ValueError, "positive", randn(3), 0.0, 0.0),
                    Error(DtypeError, "floating", randn(3, dtype=int64)),
                ],
                {float32: 1e-4, float64: 1e-8},
            ),
            filler(
                "log_normal_",
                lambda x, mean=1.0, std=2.0, *, dtype: np.exp(normal(x.shape, dtype, mean, std)),
                dtype,
                [(), (0.0, 0.5)],
                [
                    Error(ValueError, "positive", randn(3), 0.0, -1.0),
                    Error(DtypeError, "floating", randn(3, dtype=int64)),
                ],
                {float32: 1e-4, float64: 1e-11},
            ),
        ]
    ],
    *[
        filler(
            "random_",
            random_integers,
            dtype,
            [(), (5,), (2, 7)],
            [
                Error(ValueError, "from must be below to", randn(3), 3, 3),
                Error(ValueError, "cannot hold", randn(3, dtype=dlx.int8), 0, 1000),
            ],
        )
        for dtype in (dlx.int8, dlx.uint8, dlx.int32, int64, float32)
    ],
    *[
        filler(
            "bernoulli_",
            bernoulli_in_place,
            dtype,
            [(), (0.2,), (0.0,), *([(probabilities(5),)] if dtype in (float32, float64) else [])],
            [
                Error(RuntimeError, "[0, 1]", randn(3), 1.5),
                Error(ShapeError, "broadcast", randn(3), probabilities(4, dtype=float32)),
                Error(DtypeError, "number or a floating", randn(3), randn(3, dtype=int64)),
            ],
        )
        for dtype in (float32, float64, int64, dlx.bool)
    ],
    *[
        Op(
            "normal",
            reference=lambda mean, std=1.0, dtype=dtype: (
                normal(np.broadcast_shapes(np.shape(mean), np.shape(std)), dtype) * std + mean
            ),
            samples=[
                Sample(randn(), 2.0),
                Sample(randn(3, 5)),
                Sample(2.0, positive(3, 5)),
                Sample(randn(3, 1), positive(5)),
                Sample(randn(0, 3), 1.0),
                Sample(randn(300, 301), 1.0).large(),
            ],
            errors=[
                Error(RuntimeError, "negative", randn(3), -1.0),
                Error(TypeError, "size says how many", 0.0, 1.0),
                Error(TypeError, "go with two numbers", randn(3), 1.0, (3,)),
                Error(ShapeError, "broadcast", randn(3), positive(4)),
                Error(DtypeError, "floating", randn(3, dtype=int64), 1.0),
            ],
            dtypes=(dtype,),
            gradient=False,
            random=True,
            tolerance={float32: 6e-5, float64: 1e-12},
            lacks={**NONE, "method": "there is none"},
        )
        for dtype in (float32, float64)
    ],
    Op(
        "multinomial",
        reference=multinomial,
        samples=[
            Sample(probabilities(6), 3),
            Sample(probabilities(6), 6),
            Sample(probabilities(6), 9, True),
            Sample(probabilities(4, 6), 2),
            Sample(probabilities(4, 6), 20, replacement=True),
            Sample(literal([[0.0, 1.0, 0.0], [3.0, 0.0, 1.0]]), 5, True),
            Sample(literal([1.0, 0.0]), 2),
            Sample(probabilities(0, 6), 2),
            Sample(probabilities(40, 2001), 50).large(),
        ],
        errors=[
            Error(RuntimeError, "negative, infinite or nan", literal([-1.0, 2.0]), 1),
            Error(RuntimeError, "negative, infinite or nan", literal([1.0, np.inf]), 1, True),
            Error(RuntimeError, "negative, infinite or nan", literal([1.0, np.nan]), 1),
            Error(RuntimeError, "sum to zero", literal([[1.0, 1.0], [0.0, 0.0]]), 1),
            Error(ValueError, "without replacement", probabilities(3), 4),
            Error(ValueError, "positive", probabilities(3), 0),
            Error(ShapeError, "1 or 2 dimensions", probabilities(2, 3, 4), 1),
            Error(DtypeError, "floating", randn(3, dtype=int64), 1),
        ],
        dtypes=(float32, float64),
        result=lambda dtype: int64,
        gradient=False,
        random=True,
        lacks={**NONE, "0-d": "it takes one dimension or two"},
    ),
    Op(
        "randint_like",
        reference=lambda x, low, high=None: integers(*((0, low) if high is None else (low, high)), x.shape),
        samples=[
            Sample(randn(), 5),
            Sample(randn(0, 3), 5),
            Sample(randn(3, 5), 2, 9),
            Sample(randn(300, 301), 100).large(),
        ],
        errors=[Error(ValueError, "from must be below to", randn(3), 3, 3)],
        dtypes=NUMBERS,
        gradient=False,
        random=True,
        covers=("random_",),
        lacks=NONE,
    ),
]
