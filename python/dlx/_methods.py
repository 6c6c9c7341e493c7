"""The methods of Tensor that are written in Python: one table, read once when dlx is imported.

The hot operators and what needs the memory (`item`, `numpy`, `stride`, `__getitem__`, ...) are slots of the type
(src/bindings/tensor.cpp).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd import _tensor as gradient
from dlx.ops import (
    activation,
    bitwise,
    comparison,
    copy,
    creation,
    elementary,
    elementwise,
    index,
    matmul,
    questions,
    random,
    reduce,
    rounding,
    scan,
    softmax,
    sort,
    special,
    view,
)

if TYPE_CHECKING:
    from dlx._C import Tensor


def _format(self: Tensor, spec: str) -> str:
    from dlx._repr import tensor_format

    return tensor_format(self, spec)


def _complex(self: Tensor) -> complex:
    return complex(self.item())


def _dir(self: Tensor) -> list[str]:
    return sorted({*dir(type(self)), *self.__dict__})


# A face whose first argument is the tensor is the method as well: {method: face}.
METHODS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(family, name)
        for family, names in {
            elementwise: "abs absolute add addcdiv addcdiv_ addcmul addcmul_ angle clamp clamp_ clamp_max clamp_max_ "
            "clamp_min clamp_min_ clip copysign deg2rad div div_ divide fmax fmin heaviside heaviside_ "
            "ldexp lerp lerp_ masked_fill masked_fill_ maximum minimum mul multiply nan_to_num "
            "nan_to_num_ neg negative nextafter positive pow pow_ rad2deg reciprocal relu sgn sigmoid "
            "sign square sub subtract true_divide true_divide_",
            rounding: "ceil fix floor floor_divide fmod frac remainder round round_ trunc",
            copy: "clone contiguous copy_ cpu cuda fill_ to type_as zero_",
            random: "bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal_ "
            "random_ uniform_",
            reduce: "all amax amin aminmax any argmax argmin count_nonzero logsumexp max mean min nanmean "
            "nansum prod std sum var",
            activation: "hardshrink prelu",
            softmax: "log_softmax softmax",
            matmul: "addmm addmm_ addmv addmv_ baddbmm baddbmm_ bmm cross dot ger inner kron matmul "
            "matrix_power mm mv outer trace vdot",
            index: "fill_diagonal_ gather index index_add index_add_ index_copy index_copy_ index_fill "
            "index_fill_ index_put index_put_ index_select masked_scatter masked_scatter_ masked_select "
            "put_ scatter scatter_ scatter_add scatter_add_ scatter_reduce scatter_reduce_ take "
            "take_along_dim",
            view: "as_strided broadcast_to chunk detach_ diag diag_embed diagflat diagonal dsplit expand_as "
            "flatten fliplr flipud hsplit moveaxis movedim narrow ravel repeat repeat_interleave "
            "reshape_as roll rot90 select split_with_sizes squeeze squeeze_ swapaxes swapaxes_ swapdims "
            "swapdims_ t t_ tensor_split transpose transpose_ unbind unflatten unfold unsqueeze "
            "unsqueeze_ view_as vsplit",
            gradient: "backward register_hook register_post_accumulate_grad_hook",
            scan: "cummax cummin cumprod cumprod_ cumsum cumsum_ diff logcumsumexp",
            sort: "argsort argwhere bincount kthvalue median mode msort nanmedian nanquantile nonzero "
            "quantile sort topk unique unique_consecutive",
            comparison: "allclose eq equal ge greater greater_equal gt isclose isfinite isinf isnan isneginf "
            "isposinf isreal le less less_equal logical_and logical_not logical_or logical_xor lt ne "
            "not_equal signbit",
            bitwise: "bitwise_and bitwise_left_shift bitwise_not bitwise_or bitwise_right_shift bitwise_xor gcd "
            "lcm",
            elementary: "acos acosh arccos arccosh arcsin arcsinh arctan arctan2 arctanh asin asinh atan atan2 "
            "atanh cos cosh exp exp2 expm1 hypot log log10 log1p log2 rsqrt sin sinh sqrt tan tanh",
            special: "digamma lgamma erf erfc erfinv logaddexp logaddexp2 logit logit_ sinc xlogy",
        }.items()
        for name in names.split()
    },
    # Where PyTorch's method differs from its function.
    "expand": view.expand_method,
    "permute": view.permute_method,
    "reshape": view.reshape_method,
    "split": view.split_method,
    "view": view.view_method,
    "where": elementwise.where_method,
    "bfloat16": copy.to_bfloat16,
    "bool": copy.to_bool,
    "double": copy.to_double,
    "float": copy.to_float,
    "half": copy.to_half,
    "int": copy.to_int,
    "long": copy.to_long,
    "type": copy.to_type,
    "is_floating_point": questions.is_floating_point,
    "new_empty": creation.new_empty,
    "new_full": creation.new_full,
    "new_ones": creation.new_ones,
    "new_tensor": creation.new_tensor,
    "new_zeros": creation.new_zeros,
    "__deepcopy__": copy.deepcopy,
    "__format__": _format,
    "__reduce_ex__": copy.reduce_ex,
    "norm": reduce.norm_method,
    "relu": elementwise.relu_method,
    "flip": view.flip_method,
    "tile": view.tile_method,
    "__reversed__": view.reversed_rows,
    "byte": copy.to_byte,
    "char": copy.to_char,
    "short": copy.to_short,
    "as_subclass": copy.as_subclass,
    "is_pinned": copy.is_pinned,
    "dim_order": questions.dim_order,
    "get_device": questions.get_device,
    "is_complex": questions.is_complex,
    "is_conj": questions.is_conj,
    "is_neg": questions.is_neg,
    "is_nonzero": questions.is_nonzero,
    "is_same_size": questions.is_same_size,
    "is_signed": questions.is_signed,
    "tril": creation.tril,
    "tril_": creation.tril_,
    "triu": creation.triu,
    "triu_": creation.triu_,
    "__array_wrap__": creation.array_wrap,
    "__complex__": _complex,
    "__dir__": _dir,
    "__dlpack__": creation.dlpack_method,
    "__dlpack_device__": creation.dlpack_device,
}  # fmt: skip


def _of_linalg(name: str) -> Callable[..., Any]:
    """A method whose function is in dlx.linalg, which is imported when it is first called."""

    def method(self: Tensor, *args: Any, **kwargs: Any) -> Any:
        from dlx import linalg

        return getattr(linalg, name)(self, *args, **kwargs)

    method.__name__ = name
    method.__qualname__ = f"Tensor.{name}"
    method.__doc__ = f"See :func:`dlx.linalg.{name}`."
    return method


METHODS.update((name, _of_linalg(name)) for name in ("det", "inverse", "logdet", "slogdet"))


def _unary(op: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor) -> Tensor:
        return op(self, self)

    return method


def _binary(op: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor, other: Any) -> Tensor:
        return op(self, other, self)

    return method


def _scaled(op: Callable[..., Tensor]) -> Callable[..., Tensor]:
    def method(self: Tensor, other: Any, *, alpha: float = 1) -> Tensor:
        return op(self, other, alpha, self)

    return method


# An op whose destination is its own first argument: {kind of signature: ops}.
IN_PLACE: dict[Callable[..., Callable[..., Tensor]], str] = {
    _unary: "abs acos acosh asin asinh atan atanh bitwise_not ceil cos cosh deg2rad digamma erf erfc erfinv exp exp2 "
    "expm1 floor frac lgamma log log10 log1p log2 logical_not neg rad2deg reciprocal relu rsqrt sigmoid sign sin "
    "sinc sinh sqrt square tan tanh trunc",
    _binary: "atan2 bitwise_and bitwise_left_shift bitwise_or bitwise_right_shift bitwise_xor copysign eq "
    "floor_divide fmod gcd ge gt hypot lcm ldexp le logical_and logical_or logical_xor lt mul ne "
    "nextafter remainder xlogy",
    _scaled: "add sub",
}

# Second names: {name: method}.
ALIASES: dict[str, str] = {
    "absolute_": "abs_", "arccos_": "acos_", "arccosh_": "acosh_", "arcsin_": "asin_", "arcsinh_": "asinh_",
    "arctan2_": "atan2_", "arctan_": "atan_", "arctanh_": "atanh_", "clip_": "clamp_", "divide_": "div_",
    "fix_": "trunc_", "greater_": "gt_", "greater_equal_": "ge_", "less_": "lt_", "less_equal_": "le_",
    "multiply_": "mul_", "negative_": "neg_", "not_equal_": "ne_", "sgn_": "sign_", "subtract_": "sub_",
}  # fmt: skip


def attach(tensor_type: Any) -> None:
    for name, face in METHODS.items():
        setattr(tensor_type, name, face)
    for make, names in IN_PLACE.items():
        for name in names.split():
            method = make(getattr(_C, name))
            method.__name__ = f"{name}_"
            method.__qualname__ = f"Tensor.{name}_"
            method.__doc__ = f"Write the result of :func:`dlx.{name}` into the tensor itself, and return it."
            setattr(tensor_type, method.__name__, method)
    for name, target in ALIASES.items():
        setattr(tensor_type, name, getattr(tensor_type, target))
