"""dlx: deep learning that is familiar, fast and reproducible to the bit.

``import dlx as torch`` runs ordinary PyTorch code. This file only picks names: a function's definition is in
``dlx/ops/<family>.py``, its C++ in ``src/ops/<family>.cpp``. What is heavy or optional is imported when it is first
used.
"""

from __future__ import annotations

from math import e, inf, nan, pi
from typing import TYPE_CHECKING, Any

from dlx import _methods
from dlx._C import (
    DtypeError,
    Generator,
    ShapeError,
    Size,
    Tensor,
    bfloat16,
    bool,
    channels_last,
    contiguous_format,
    default_generator,
    device,
    dtype,
    float16,
    float32,
    float64,
    int8,
    int16,
    int32,
    int64,
    memory_format,
    preserve_format,
    uint8,
)
from dlx._version import __version__
from dlx.autograd.grad_mode import enable_grad, is_grad_enabled, no_grad, set_grad_enabled
from dlx.ops.activation import (
    celu,
    hardshrink,
    prelu,
    relu_,
    rrelu,
    selu,
    threshold,
)
from dlx.ops.conv import conv2d
from dlx.ops.copy import clone
from dlx.ops.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    from_numpy,
    full,
    full_like,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from dlx.ops.distance import (
    cosine_similarity,
    pairwise_distance,
)
from dlx.ops.dropout import dropout
from dlx.ops.elementwise import (
    abs,
    add,
    div,
    eq,
    exp,
    ge,
    gt,
    le,
    log,
    lt,
    maximum,
    minimum,
    mul,
    ne,
    neg,
    pow,
    relu,
    rsqrt,
    sigmoid,
    sqrt,
    sub,
    tanh,
    where,
)
from dlx.ops.index import gather, index_add, index_select
from dlx.ops.loss import (
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    hinge_embedding_loss,
    kl_div,
    margin_ranking_loss,
    poisson_nll_loss,
    triplet_margin_loss,
)
from dlx.ops.matmul import bmm, matmul, mm
from dlx.ops.norm import batch_norm
from dlx.ops.pool import max_pool2d
from dlx.ops.questions import is_floating_point, is_tensor, numel
from dlx.ops.random import (
    bernoulli,
    get_rng_state,
    initial_seed,
    manual_seed,
    rand,
    rand_like,
    randint,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from dlx.ops.reduce import all, amax, amin, any, argmax, argmin, max, mean, min, sum
from dlx.ops.softmax import log_softmax, softmax
from dlx.ops.state import get_default_dtype, get_num_threads, promote_types, set_default_dtype, set_num_threads
from dlx.ops.view import (
    as_strided,
    broadcast_to,
    cat,
    chunk,
    concat,
    concatenate,
    detach,
    flatten,
    narrow,
    permute,
    reshape,
    select,
    split,
    squeeze,
    stack,
    t,
    transpose,
    unbind,
    unsqueeze,
)

if TYPE_CHECKING:
    from dlx import autograd, cuda, data, models, nn, optim, utils
    from dlx._repr import set_printoptions
    from dlx.io import load, save

__all__ = [
    "DtypeError",
    "Generator",
    "ShapeError",
    "Size",
    "Tensor",
    "__version__",
    "abs",
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "arange",
    "argmax",
    "argmin",
    "as_strided",
    "as_tensor",
    "asarray",
    "autograd",
    "batch_norm",
    "bernoulli",
    "bfloat16",
    "binary_cross_entropy_with_logits",
    "bmm",
    "bool",
    "broadcast_to",
    "cat",
    "celu",
    "channels_last",
    "chunk",
    "clone",
    "concat",
    "concatenate",
    "contiguous_format",
    "conv2d",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cuda",
    "data",
    "default_generator",
    "detach",
    "device",
    "div",
    "double",
    "dropout",
    "dtype",
    "e",
    "empty",
    "empty_like",
    "enable_grad",
    "eq",
    "exp",
    "flatten",
    "float",
    "float16",
    "float32",
    "float64",
    "from_numpy",
    "full",
    "full_like",
    "gather",
    "ge",
    "get_default_dtype",
    "get_num_threads",
    "get_rng_state",
    "gt",
    "half",
    "hardshrink",
    "hinge_embedding_loss",
    "index_add",
    "index_select",
    "inf",
    "initial_seed",
    "int",
    "int16",
    "int32",
    "int64",
    "int8",
    "is_floating_point",
    "is_grad_enabled",
    "is_tensor",
    "kl_div",
    "le",
    "load",
    "log",
    "log_softmax",
    "long",
    "lt",
    "manual_seed",
    "margin_ranking_loss",
    "matmul",
    "max",
    "max_pool2d",
    "maximum",
    "mean",
    "memory_format",
    "min",
    "minimum",
    "mm",
    "models",
    "mul",
    "nan",
    "narrow",
    "ne",
    "neg",
    "newaxis",
    "nn",
    "no_grad",
    "numel",
    "ones",
    "ones_like",
    "optim",
    "pairwise_distance",
    "permute",
    "pi",
    "poisson_nll_loss",
    "pow",
    "prelu",
    "preserve_format",
    "promote_types",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "relu",
    "relu_",
    "reshape",
    "rrelu",
    "rsqrt",
    "save",
    "seed",
    "select",
    "selu",
    "set_default_dtype",
    "set_grad_enabled",
    "set_num_threads",
    "set_printoptions",
    "set_rng_state",
    "short",
    "sigmoid",
    "softmax",
    "split",
    "sqrt",
    "squeeze",
    "stack",
    "sub",
    "sum",
    "t",
    "tanh",
    "tensor",
    "threshold",
    "transpose",
    "triplet_margin_loss",
    "uint8",
    "unbind",
    "unsqueeze",
    "utils",
    "where",
    "zeros",
    "zeros_like",
]  # fmt: skip


float = float32
double = float64
half = float16
int = int32
long = int64
short = int16
newaxis = None

_methods.attach(Tensor)

_MODULES = ("autograd", "cuda", "data", "models", "nn", "optim", "utils")
_LAZY = {"load": "dlx.io", "save": "dlx.io", "set_printoptions": "dlx._repr"}


def __getattr__(name: str) -> Any:
    import importlib

    if name in _MODULES:
        return importlib.import_module(f"dlx.{name}")
    if name in _LAZY:
        value = getattr(importlib.import_module(_LAZY[name]), name)
        globals()[name] = value
        return value
    from dlx._absent import absent

    raise absent("dlx", name)


def __dir__() -> list[str]:
    return sorted({*globals(), *_MODULES, *_LAZY})
