"""Entries of activations."""

import math

import numpy as np
from op_table import FLOATS, NUMBERS, Error, Op, Sample, booleans, literal, randn
from ops.elementwise import FLOAT_OF, NOT_A_TENSOR, SPECIAL, unary
from ops.softmax import ERRORS as SOFTMAX_ERRORS
from ops.softmax import SAMPLES as SOFTMAX_SAMPLES
from ops.softmax import softmax

import dlx
from dlx import DtypeError, ShapeError, float16, float32, float64, int8, int32, int64, uint8

erfc = np.vectorize(math.erfc, otypes=[np.float64])
NOT_FLOATING = Error(DtypeError, "floating", randn(3, dtype=int64))
NO_BOOL = Error(DtypeError, "bool", booleans(3))


def at_infinity(f):
    """`f`, with its limit 0 at -inf where NumPy finds inf * 0."""
    return lambda x, *args, **kwargs: np.where(np.isneginf(x), -0.0, f(x, *args, **kwargs))


def sigmoid(x):
    return np.where(x >= 0, 1, np.exp(-np.abs(x))) / (1 + np.exp(-np.abs(x)))


def log1p_exp(x):
    return np.maximum(x, 0) + np.log1p(np.exp(-np.abs(x)))


@at_infinity
def gelu(x, approximate="none"):
    if approximate == "tanh":
        return x * sigmoid(2 * math.sqrt(2 / math.pi) * (x + 0.044715 * x**3))
    return x / 2 * erfc(-x / math.sqrt(2))


def elu(x, alpha=1.0, inplace=False, scale=1.0, input_scale=1.0):
    return scale * np.where(x > 0, x, alpha * np.expm1(input_scale * np.minimum(x, 0)))


def leaky_relu(x, negative_slope=0.01, inplace=False):
    return np.where(x > 0, x, negative_slope * x)


def prelu(x, weight):
    shape = [1] * x.ndim
    if weight.size > 1:
        shape[1] = weight.size
    return np.where(x > 0, x, weight.reshape(shape) * x)


def hardtanh(x, min_val=-1.0, max_val=1.0, inplace=False):
    whole = np.trunc if x.dtype == np.int64 else np.asarray
    return np.minimum(np.maximum(x, whole(min_val)), whole(max_val)).astype(x.dtype)


def shrunk(x, kept, lambd):
    return np.where(np.abs(x) <= lambd, 0, np.where(np.isnan(x), x, kept))


def threshold(x, threshold, value, inplace=False):
    return np.where(x <= threshold, value, x).astype(x.dtype)


def glu(x, dim=-1, *, axis=None):
    a, b = np.split(x, 2, axis=dim if axis is None else axis)
    return a * sigmoid(b)


def in_place(*args, **kwargs):
    """Samples with `inplace=True`: on a tensor that may be written, also one without elements."""
    return [
        Sample(randn(*shape).updated(), *args, inplace=True, **kwargs).only(*FLOATS) for shape in [(), (0, 2), (3, 70)]
    ]


def entry(name, reference, *extra, samples=None, errors=(NOT_FLOATING,), writes=None, **more) -> Op:
    """An activation of one tensor; `writes`: the arguments of its samples in place."""
    return Op(
        f"nn.functional.{name}",
        reference=reference,
        samples=[
            *(samples or unary()),
            *extra,
            *(in_place(*writes) if writes is not None else []),
        ],
        errors=[*errors] if name == "prelu" else [NOT_A_TENSOR, *errors],
        keeps_order=True,
        **more,
    )


KINKS = [s for s in unary(make=lambda *shape: 3 * randn(*shape)) if not s.expect.large] + [
    Sample(randn(300, 301)).large()
]

OPS = [
    entry("elu", elu, Sample(randn(5), 0.5), Sample(randn(5), alpha=-2.0), writes=()),
    entry(
        "celu",
        lambda x, alpha=1.0, inplace=False: elu(x, alpha, input_scale=1 / alpha),
        Sample(randn(5), 0.5),
        Sample(randn(5), alpha=-2.0),
        errors=[NOT_FLOATING, Error(ValueError, "alpha", randn(3), 0.0)],
        writes=(2.0,),
    ),
    entry(
        "selu",
        lambda x, inplace=False: elu(x, 1.6732632423543772848, scale=1.0507009873554804934),
        writes=(),
    ),
    entry(
        "gelu",
        gelu,
        Sample(randn(5), approximate="tanh"),
        Sample(randn(1025), approximate="tanh"),
        Sample(SPECIAL, approximate="tanh").only(float32, float64).kinked(),
        Sample(randn(300, 301), approximate="tanh").large(),
        Sample(literal([-13.0, -9.0, -5.0, -1e-3, 1e-3, 3.0, 7.0])).only(float32, float64),
        errors=[NOT_FLOATING, Error(ValueError, "approximate", randn(3), approximate="erf")],
    ),
    entry("silu", at_infinity(lambda x, inplace=False: x * sigmoid(x)), writes=()),
    entry("mish", at_infinity(lambda x, inplace=False: x * np.tanh(log1p_exp(x))), writes=()),
    entry(
        "softplus",
        lambda x, beta=1.0, threshold=20.0: np.where(beta * x > threshold, x, log1p_exp(beta * x) / beta),
        Sample(randn(5), 2.0),
        Sample(randn(5), beta=-0.5),
        Sample(10 * randn(40), 1, 4),
    ),
    entry("logsigmoid", lambda x: -log1p_exp(-x)),
    entry("leaky_relu", leaky_relu, Sample(randn(5), 0.2), Sample(randn(5), negative_slope=-2.0), writes=(0.2,)),
    entry(
        "prelu",
        prelu,
        samples=[
            Sample(randn(), randn()),
            Sample(randn(), randn(1)),
            Sample(randn(4), randn(1)),
            Sample(randn(0, 3), randn(3)),
            Sample(randn(3, 5), randn()),
            Sample(randn(3, 5), randn(5)),
            Sample(randn(2, 3, 4), randn(3)),
            Sample(randn(2, 3, 65, 2), randn(3)),
            Sample(SPECIAL, literal([0.25])).only(float32, float64).kinked(),
            Sample(randn(30, 3, 1001), randn(3)).large(),
        ],
        errors=[
            Error(TypeError, "must be", "three", randn(1)),
            Error(DtypeError, "floating", randn(3, dtype=int64), randn(1)),
            Error(DtypeError, "one dtype", randn(3), randn(1, dtype=float64)),
            Error(ShapeError, "5 channels", randn(3, 5), randn(3)),
            Error(ShapeError, "at most one dimension", randn(3, 5), randn(5, 1)),
        ],
    ),
    Op(
        "nn.functional.rrelu",
        reference=lambda x, lower=1 / 8, upper=1 / 3, training=False, inplace=False: leaky_relu(x, (lower + upper) / 2),
        samples=[
            *unary(),
            Sample(randn(5), 0.5, 1.0),
            Sample(randn(40), 0.25, 0.25, training=True),
            Sample(randn(3, 4).updated(), 0.25, 0.25, True, True),
        ],
        errors=[NOT_A_TENSOR, NOT_FLOATING, Error(ValueError, "lower", randn(3), 1.0, 0.5)],
        random=True,
    ),
    entry(
        "hardtanh",
        hardtanh,
        Sample(3 * randn(5), -0.5, 2.0).only(*FLOATS),
        Sample(randn(40), -1.5, 2.7).only(int64, int32, int8),
        Sample(randn(40), 1, 4).only(*NUMBERS).kinked(),
        samples=[s for s in KINKS if not s.expect.large]
        + [Sample(randn(300, 301), -9, 9).large()],  # kinks are hit else
        errors=[
            NO_BOOL,
            Error(ValueError, "min_val", randn(3), 1.0, -1.0),
            Error(ValueError, "cannot hold", randn(3, dtype=uint8)),
            Error(ValueError, "cannot hold", randn(3, dtype=int8), 0, 1e30),
        ],
        writes=(-0.5, 0.5),
        dtypes=(*FLOATS, int64, int32, dlx.int16, int8),
    ),
    entry(
        "relu6",
        lambda x, inplace=False: hardtanh(x, 0.0, 6.0),
        samples=KINKS,
        errors=[NO_BOOL],
        writes=(),
        dtypes=NUMBERS,
    ),
    entry("hardsigmoid", lambda x, inplace=False: hardtanh(x + 3, 0, 6) / 6, samples=KINKS, writes=()),
    entry("hardswish", at_infinity(lambda x, inplace=False: x * (hardtanh(x + 3, 0, 6) / 6)), samples=KINKS, writes=()),
    Op(
        "hardshrink",
        reference=lambda x, lambd=0.5: shrunk(x, x, lambd),
        samples=[*unary(), Sample(randn(5), 1.5), Sample(randn(5), lambd=-1.0)],
        errors=[NOT_A_TENSOR, NOT_FLOATING],
        keeps_order=True,
        out=True,
    ),
    entry(
        "softshrink",
        lambda x, lambd=0.5: shrunk(x, x - np.sign(x) * lambd, lambd),
        Sample(randn(5), 1.5),
        Sample(randn(5), lambd=0.0),
        errors=[NOT_FLOATING, Error(ValueError, "lambd", randn(3), -0.5)],
    ),
    Op(
        "nn.functional.threshold",
        reference=threshold,
        samples=[
            Sample(randn(), 0.1, 2.0).only(*FLOATS),
            Sample(randn(0, 3), 0.1, 2.0).only(*FLOATS),
            Sample(randn(3, 5), 1, 4),
            Sample(randn(1025), 0.1, 20.0).only(*FLOATS),
            Sample(SPECIAL, 0.1, 20.0).only(float32, float64).kinked(),
            Sample(randn(300, 301), 1, 2).large(),
            Sample(randn(3, 4).updated(), 0.1, -2.0, True).only(*FLOATS),
        ],
        errors=[
            Error(TypeError, "must be", "three", 1, 2),
            Error(DtypeError, "bool", booleans(3), 1, 2),
            Error(ValueError, "cannot hold value=1000", randn(3, dtype=int8), 0, 1000),
        ],
        dtypes=NUMBERS,
        keeps_order=True,
    ),
    Op(
        "nn.functional.glu",
        reference=glu,
        samples=[
            Sample(randn(4)),
            Sample(randn(3, 6)),
            Sample(randn(0, 6)),
            Sample(randn(3, 0)),
            Sample(randn(4, 3, 2), 0),
            Sample(randn(4, 6, 3), axis=1),
            Sample(randn(130, 2050)).large(),
        ],
        errors=[
            NOT_A_TENSOR,
            NOT_FLOATING,
            Error(ShapeError, "even", randn(2, 3)),
            Error(ShapeError, "even", randn()),
            Error(IndexError, "2", randn(2, 4), 2),
        ],
        lacks={"0-d": "half of nothing"},
    ),
    *[
        Op(
            f"nn.functional.{name}",
            reference=reference,
            samples=unary(),
            errors=[NOT_A_TENSOR, Error(DtypeError, "bool", booleans(3))],
            dtypes=NUMBERS,
            result=FLOAT_OF,
            tolerance={float32: 3e-6, float16: 4e-3, dlx.bfloat16: 3e-2},
        )
        for name, reference in [
            ("softsign", lambda x: x.astype(np.float64) / (1 + np.abs(x))),
            ("tanhshrink", lambda x: x - np.tanh(x.astype(np.float64))),
        ]
    ],
    Op(
        "nn.functional.softmin",
        reference=lambda x, dim=-1, dtype=None, axis=None: softmax(-x, dim),
        samples=[s for s in SOFTMAX_SAMPLES if s.expect.smooth],
        errors=SOFTMAX_ERRORS,
        covers=("softmax",),
    ),
    Op(
        "nn.functional.gumbel_softmax",
        # One class is certain, or the only one: what is drawn does not matter.
        reference=lambda x, tau=1, hard=False, eps=1e-10, dim=-1, axis=None: softmax(x, dim),
        samples=[
            Sample(randn(), dim=0).kinked(),
            Sample(randn(0, 3)),
            Sample(randn(4, 1), hard=True),
            Sample(1e4 * literal([[0.0, 1.0, 0.0], [2.0, 0.0, 0.0]]), hard=True),
            Sample(randn(1, 5), 0.5, dim=0),
            Sample(randn(90001, 1)).large(),
        ],
        errors=[
            NOT_A_TENSOR,
            NOT_FLOATING,
            Error(ValueError, "tau", randn(3), 0),
            Error(IndexError, "2", randn(3), dim=2),
        ],
        random=True,
    ),
]
