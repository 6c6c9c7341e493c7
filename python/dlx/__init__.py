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
    is_anomaly_enabled,
    layout,
    memory_format,
    preserve_format,
    set_anomaly_enabled,
    strided,
    uint8,
)
from dlx._version import __version__
from dlx.autograd.grad_mode import (
    enable_grad,
    inference_mode,
    is_grad_enabled,
    is_inference_mode_enabled,
    no_grad,
    set_grad_enabled,
)
from dlx.ops.activation import celu, hardshrink, prelu, relu_, rrelu, selu, threshold
from dlx.ops.bitwise import (
    bitwise_and,
    bitwise_left_shift,
    bitwise_not,
    bitwise_or,
    bitwise_right_shift,
    bitwise_xor,
    gcd,
    lcm,
)
from dlx.ops.comparison import (
    allclose,
    eq,
    equal,
    ge,
    greater,
    greater_equal,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    isneginf,
    isposinf,
    isreal,
    le,
    less,
    less_equal,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    ne,
    not_equal,
    signbit,
)
from dlx.ops.conv import conv1d, conv2d, conv3d, conv_transpose1d, conv_transpose2d, conv_transpose3d
from dlx.ops.copy import clone, zero_
from dlx.ops.creation import (
    arange,
    as_tensor,
    asarray,
    empty,
    empty_like,
    eye,
    from_dlpack,
    from_numpy,
    frombuffer,
    full,
    full_like,
    linspace,
    logspace,
    ones,
    ones_like,
    tensor,
    to_dlpack,
    tril,
    tril_indices,
    triu,
    triu_indices,
    zeros,
    zeros_like,
)
from dlx.ops.distance import cosine_similarity, pairwise_distance, pdist
from dlx.ops.dropout import alpha_dropout
from dlx.ops.dropout import dropout_train as dropout
from dlx.ops.elementary import (
    acos,
    acosh,
    arccos,
    arccosh,
    arcsin,
    arcsinh,
    arctan,
    arctan2,
    arctanh,
    asin,
    asinh,
    atan,
    atan2,
    atanh,
    cos,
    cosh,
    exp,
    exp2,
    expm1,
    hypot,
    log,
    log1p,
    log2,
    log10,
    rsqrt,
    sin,
    sinh,
    sqrt,
    tan,
    tanh,
)
from dlx.ops.elementwise import (
    abs,
    absolute,
    add,
    addcdiv,
    addcmul,
    angle,
    clamp,
    clamp_max,
    clamp_min,
    clip,
    copysign,
    deg2rad,
    div,
    divide,
    fmax,
    fmin,
    heaviside,
    ldexp,
    lerp,
    masked_fill,
    maximum,
    minimum,
    mul,
    multiply,
    nan_to_num,
    neg,
    negative,
    nextafter,
    positive,
    pow,
    rad2deg,
    reciprocal,
    relu,
    rsub,
    sgn,
    sigmoid,
    sign,
    square,
    sub,
    subtract,
    true_divide,
    where,
)
from dlx.ops.index import (
    gather,
    index_add,
    index_copy,
    index_fill,
    index_put,
    index_put_,
    index_select,
    masked_scatter,
    masked_select,
    scatter,
    scatter_add,
    scatter_reduce,
    take,
    take_along_dim,
)
from dlx.ops.loss import (
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    ctc_loss,
    hinge_embedding_loss,
    kl_div,
    margin_ranking_loss,
    poisson_nll_loss,
    triplet_margin_loss,
)
from dlx.ops.matmul import (
    addmm,
    addmv,
    baddbmm,
    bmm,
    chain_matmul,
    cross,
    dot,
    einsum,
    ger,
    inner,
    kron,
    matmul,
    matrix_power,
    mm,
    mv,
    outer,
    tensordot,
    trace,
    vdot,
)
from dlx.ops.norm import batch_norm_weight_first as batch_norm
from dlx.ops.norm import group_norm, layer_norm, rms_norm
from dlx.ops.norm import instance_norm_weight_first as instance_norm
from dlx.ops.pool import adaptive_avg_pool1d, avg_pool1d, max_pool1d, max_pool2d, max_pool3d
from dlx.ops.questions import (
    finfo,
    get_device,
    iinfo,
    is_complex,
    is_conj,
    is_floating_point,
    is_inference,
    is_neg,
    is_nonzero,
    is_same_size,
    is_signed,
    is_tensor,
    numel,
)
from dlx.ops.random import (
    bernoulli,
    get_rng_state,
    initial_seed,
    manual_seed,
    multinomial,
    normal,
    rand,
    rand_like,
    randint,
    randint_like,
    randn,
    randn_like,
    randperm,
    seed,
    set_rng_state,
)
from dlx.ops.reduce import (
    all,
    amax,
    amin,
    aminmax,
    any,
    argmax,
    argmin,
    count_nonzero,
    logsumexp,
    max,
    mean,
    min,
    nanmean,
    nansum,
    norm,
    prod,
    std,
    std_mean,
    sum,
    var,
    var_mean,
)
from dlx.ops.resize import channel_shuffle, pixel_shuffle, pixel_unshuffle
from dlx.ops.rounding import (
    ceil,
    fix,
    floor,
    floor_divide,
    fmod,
    frac,
    remainder,
    round,
    trunc,
)
from dlx.ops.scan import cummax, cummin, cumprod, cumsum, diff, logcumsumexp
from dlx.ops.softmax import log_softmax, softmax
from dlx.ops.sort import (
    argsort,
    argwhere,
    bincount,
    bucketize,
    kthvalue,
    median,
    mode,
    msort,
    nanmedian,
    nanquantile,
    nonzero,
    quantile,
    searchsorted,
    sort,
    topk,
    unique,
    unique_consecutive,
)
from dlx.ops.special import digamma, erf, erfc, erfinv, lgamma, logaddexp, logaddexp2, logit, sinc, xlogy
from dlx.ops.state import (
    are_deterministic_algorithms_enabled,
    compile,
    get_default_dtype,
    get_float32_matmul_precision,
    get_num_interop_threads,
    get_num_threads,
    is_deterministic_algorithms_warn_only_enabled,
    promote_types,
    set_default_dtype,
    set_float32_matmul_precision,
    set_num_interop_threads,
    set_num_threads,
    use_deterministic_algorithms,
)
from dlx.ops.view import (
    as_strided,
    atleast_1d,
    atleast_2d,
    atleast_3d,
    block_diag,
    broadcast_shapes,
    broadcast_tensors,
    broadcast_to,
    cartesian_prod,
    cat,
    chunk,
    column_stack,
    concat,
    concatenate,
    detach,
    diag,
    diag_embed,
    diagflat,
    diagonal,
    dsplit,
    dstack,
    flatten,
    flip,
    fliplr,
    flipud,
    hsplit,
    hstack,
    meshgrid,
    moveaxis,
    movedim,
    narrow,
    permute,
    ravel,
    repeat_interleave,
    reshape,
    roll,
    rot90,
    row_stack,
    select,
    split,
    split_with_sizes,
    squeeze,
    stack,
    swapaxes,
    swapdims,
    t,
    tensor_split,
    tile,
    transpose,
    unbind,
    unflatten,
    unsqueeze,
    vsplit,
    vstack,
)

if TYPE_CHECKING:
    from dlx import amp, autograd, backends, cpu, cuda, data, distributions, linalg, models, nn, optim, utils
    from dlx._repr import set_printoptions
    from dlx.amp import (
        GradScaler,
        autocast,
        clear_autocast_cache,
        get_autocast_dtype,
        is_autocast_enabled,
        set_autocast_enabled,
    )
    from dlx.io import load, save
    from dlx.linalg import cholesky, det, inverse, logdet, qr, slogdet, svd

__all__ = [
    "DtypeError", "Generator", "GradScaler", "ShapeError", "Size", "Tensor", "__version__", "abs", "absolute",
    "acos", "acosh", "adaptive_avg_pool1d", "add", "addcdiv", "addcmul", "addmm", "addmv", "all", "allclose",
    "alpha_dropout", "amax", "amin", "aminmax", "amp", "angle", "any", "arange", "arccos", "arccosh", "arcsin",
    "arcsinh", "arctan", "arctan2", "arctanh", "are_deterministic_algorithms_enabled", "argmax", "argmin",
    "argsort", "argwhere", "as_strided", "as_tensor", "asarray", "asin", "asinh", "atan", "atan2", "atanh",
    "atleast_1d", "atleast_2d", "atleast_3d", "autocast", "autograd", "avg_pool1d", "backends", "baddbmm",
    "batch_norm", "bernoulli", "bfloat16", "binary_cross_entropy_with_logits", "bincount", "bitwise_and",
    "bitwise_left_shift", "bitwise_not", "bitwise_or", "bitwise_right_shift", "bitwise_xor", "block_diag",
    "bmm", "bool", "broadcast_shapes", "broadcast_tensors", "broadcast_to", "bucketize", "cartesian_prod",
    "cat", "ceil", "celu", "chain_matmul", "channel_shuffle", "channels_last", "cholesky", "chunk", "clamp",
    "clamp_max", "clamp_min", "clear_autocast_cache", "clip", "clone", "column_stack", "compile", "concat",
    "concatenate", "contiguous_format", "conv1d", "conv2d", "conv3d", "conv_transpose1d", "conv_transpose2d",
    "conv_transpose3d", "copysign", "cos", "cosh", "cosine_embedding_loss", "cosine_similarity",
    "count_nonzero", "cpu", "cross", "ctc_loss", "cuda", "cummax", "cummin", "cumprod", "cumsum", "data",
    "default_generator", "deg2rad", "det", "detach", "device", "diag", "diag_embed", "diagflat", "diagonal",
    "diff", "digamma", "distributions", "div", "divide", "dot", "double", "dropout", "dsplit", "dstack",
    "dtype", "e", "einsum", "empty", "empty_like", "enable_grad", "eq", "equal", "erf", "erfc", "erfinv", "exp",
    "exp2", "expm1", "eye", "finfo", "fix", "flatten", "flip", "fliplr", "flipud", "float", "float16",
    "float32", "float64", "floor", "floor_divide", "fmax", "fmin", "fmod", "frac", "from_dlpack", "from_numpy",
    "frombuffer", "full", "full_like", "gather", "gcd", "ge", "ger", "get_autocast_dtype", "get_default_dtype",
    "get_device", "get_float32_matmul_precision", "get_num_interop_threads", "get_num_threads", "get_rng_state",
    "greater", "greater_equal", "group_norm", "gt", "half", "hardshrink", "heaviside", "hinge_embedding_loss",
    "hsplit", "hstack", "hypot", "iinfo", "index_add", "index_copy", "index_fill", "index_put", "index_put_",
    "index_select", "inf", "inference_mode", "initial_seed", "inner", "instance_norm", "int", "int16", "int32",
    "int64", "int8", "inverse", "is_anomaly_enabled", "is_autocast_enabled", "is_complex", "is_conj",
    "is_deterministic_algorithms_warn_only_enabled", "is_floating_point", "is_grad_enabled", "is_inference",
    "is_inference_mode_enabled", "is_neg", "is_nonzero", "is_same_size", "is_signed", "is_tensor", "isclose",
    "isfinite", "isinf", "isnan", "isneginf", "isposinf", "isreal", "kl_div", "kron", "kthvalue", "layer_norm",
    "layout", "lcm", "ldexp", "le", "lerp", "less", "less_equal", "lgamma", "linalg", "linspace", "load", "log",
    "log10", "log1p", "log2", "log_softmax", "logaddexp", "logaddexp2", "logcumsumexp", "logdet", "logical_and",
    "logical_not", "logical_or", "logical_xor", "logit", "logspace", "logsumexp", "long", "lt", "manual_seed",
    "margin_ranking_loss", "masked_fill", "masked_scatter", "masked_select", "matmul", "matrix_power", "max",
    "max_pool1d", "max_pool2d", "max_pool3d", "maximum", "mean", "median", "memory_format", "meshgrid", "min",
    "minimum", "mm", "mode", "models", "moveaxis", "movedim", "msort", "mul", "multinomial", "multiply", "mv",
    "nan", "nan_to_num", "nanmean", "nanmedian", "nanquantile", "nansum", "narrow", "ne", "neg", "negative",
    "newaxis", "nextafter", "nn", "no_grad", "nonzero", "norm", "normal", "not_equal", "numel", "ones",
    "ones_like", "optim", "outer", "pairwise_distance", "pdist", "permute", "pi", "pixel_shuffle", "pixel_unshuffle",
    "poisson_nll_loss", "positive", "pow", "prelu", "preserve_format", "prod", "promote_types", "qr",
    "quantile", "rad2deg", "rand", "rand_like", "randint", "randint_like", "randn", "randn_like", "randperm",
    "ravel", "reciprocal", "relu", "relu_", "remainder", "repeat_interleave", "reshape", "rms_norm", "roll",
    "rot90", "round", "row_stack", "rrelu", "rsqrt", "rsub", "save", "scatter", "scatter_add", "scatter_reduce",
    "searchsorted", "seed", "select", "selu", "set_anomaly_enabled", "set_autocast_enabled",
    "set_default_dtype", "set_float32_matmul_precision", "set_grad_enabled", "set_num_interop_threads",
    "set_num_threads", "set_printoptions", "set_rng_state", "sgn", "short", "sigmoid", "sign", "signbit", "sin",
    "sinc", "sinh", "slogdet", "softmax", "sort", "split", "split_with_sizes", "sqrt", "square", "squeeze",
    "stack", "std", "std_mean", "strided", "sub", "subtract", "sum", "svd", "swapaxes", "swapdims", "t", "take",
    "take_along_dim", "tan", "tanh", "tensor", "tensor_split", "tensordot", "threshold", "tile", "to_dlpack",
    "topk", "trace", "transpose", "tril", "tril_indices", "triplet_margin_loss", "triu", "triu_indices",
    "true_divide", "trunc", "uint8", "unbind", "unflatten", "unique", "unique_consecutive", "unsqueeze",
    "use_deterministic_algorithms", "utils", "var", "var_mean", "vdot", "vsplit", "vstack", "where", "xlogy",
    "zero_", "zeros", "zeros_like",
]  # fmt: skip

float = float32
double = float64
half = float16
int = int32
long = int64
short = int16
newaxis = None

_methods.attach(Tensor)

_MODULES = (
    "amp", "autograd", "backends", "cpu", "cuda", "data", "distributions", "linalg", "models", "nn", "optim", "utils",
)  # fmt: skip
_LAZY = {
    "GradScaler": "dlx.amp",
    "autocast": "dlx.amp",
    "cholesky": "dlx.linalg",
    "clear_autocast_cache": "dlx.amp",
    "det": "dlx.linalg",
    "get_autocast_dtype": "dlx.amp",
    "inverse": "dlx.linalg",
    "is_autocast_enabled": "dlx.amp",
    "load": "dlx.io",
    "logdet": "dlx.linalg",
    "qr": "dlx.linalg",
    "save": "dlx.io",
    "set_autocast_enabled": "dlx.amp",
    "set_printoptions": "dlx._repr",
    "slogdet": "dlx.linalg",
    "svd": "dlx.linalg",
}


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
