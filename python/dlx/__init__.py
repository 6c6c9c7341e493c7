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
from dlx.ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
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
from dlx.ops.matmul import bmm, matmul, mm
from dlx.ops.norm import batch_norm, group_norm, instance_norm, layer_norm, rms_norm
from dlx.ops.pad import constant_pad_nd
from dlx.ops.pool import adaptive_avg_pool1d, avg_pool1d, max_pool1d, max_pool2d, max_pool3d
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
from dlx.ops.resize import channel_shuffle, pixel_shuffle, pixel_unshuffle
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
    "adaptive_avg_pool1d",
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
    "avg_pool1d",
    "batch_norm",
    "bernoulli",
    "bfloat16",
    "bmm",
    "bool",
    "broadcast_to",
    "cat",
    "channel_shuffle",
    "channels_last",
    "chunk",
    "clone",
    "concat",
    "concatenate",
    "constant_pad_nd",
    "contiguous_format",
    "conv1d",
    "conv2d",
    "conv3d",
    "conv_transpose1d",
    "conv_transpose2d",
    "conv_transpose3d",
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
    "group_norm",
    "gt",
    "half",
    "index_add",
    "index_select",
    "inf",
    "initial_seed",
    "instance_norm",
    "int",
    "int8",
    "int16",
    "int32",
    "int64",
    "is_floating_point",
    "is_grad_enabled",
    "is_tensor",
    "layer_norm",
    "le",
    "load",
    "log",
    "log_softmax",
    "long",
    "lt",
    "manual_seed",
    "matmul",
    "max",
    "max_pool1d",
    "max_pool2d",
    "max_pool3d",
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
    "permute",
    "pi",
    "pixel_shuffle",
    "pixel_unshuffle",
    "pow",
    "preserve_format",
    "promote_types",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "relu",
    "reshape",
    "rms_norm",
    "rsqrt",
    "save",
    "seed",
    "select",
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
    "transpose",
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
