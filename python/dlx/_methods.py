"""The methods of Tensor that are written in Python: one table, read once when dlx is imported.

The hot operators and what needs the memory (`item`, `numpy`, `stride`, `__getitem__`, ...) are slots of the type
(src/bindings/tensor.cpp).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd import _tensor as gradient
from dlx.ops import copy, creation, elementwise, index, matmul, questions, random, reduce, scan, softmax, sort, view

if TYPE_CHECKING:
    from dlx._C import Tensor


def _format(self: Tensor, spec: str) -> str:
    from dlx._repr import tensor_format

    return tensor_format(self, spec)


# A face whose first argument is the tensor is the method as well: {method: face}.
METHODS: dict[str, Callable[..., Any]] = {
    **{
        name: getattr(family, name)
        for family, names in {
            elementwise: "abs add div eq exp ge gt le log lt maximum minimum mul ne neg pow relu rsqrt sigmoid sqrt "
            "sub tanh",
            copy: "clone contiguous copy_ cpu cuda fill_ to type_as zero_",
            random: "bernoulli bernoulli_ cauchy_ exponential_ geometric_ log_normal_ multinomial normal_ random_ "
            "uniform_",
            reduce: "all amax amin aminmax any argmax argmin count_nonzero logsumexp max mean min nanmean nansum prod "
            "std sum var",
            scan: "cummax cummin cumprod cumprod_ cumsum cumsum_ diff logcumsumexp",
            sort: "argsort argwhere bincount kthvalue median mode msort nanmedian nanquantile nonzero quantile sort "
            "topk unique unique_consecutive",
            softmax: "log_softmax softmax",
            matmul: "addmm addmm_ addmv addmv_ baddbmm baddbmm_ bmm cross dot ger inner kron matmul matrix_power mm mv "
            "outer trace vdot",
            index: "gather index_add index_add_ index_select",
            view: "as_strided broadcast_to chunk expand_as flatten narrow reshape_as select squeeze t transpose "
            "unbind unsqueeze view_as",
            gradient: "backward register_hook",
        }.items()
        for name in names.split()
    },
    # Where PyTorch's method differs from its function.
    "norm": reduce.norm_method,
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
    _unary: "abs exp log neg relu rsqrt sigmoid sqrt tanh",
    _binary: "div eq ge gt le lt mul ne pow",
    _scaled: "add sub",
}


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
