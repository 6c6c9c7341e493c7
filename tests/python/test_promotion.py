"""Dtypes of results beside PyTorch's: all pairs of dtypes, each side a tensor, a 0-d tensor or a Python number."""

from __future__ import annotations

import itertools
import warnings

import numpy as np
import pytest

import dlx

torch = pytest.importorskip("torch")

DTYPES = ["float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool"]
NUMBERS = {"bool number": True, "int number": 2, "float number": 2.5}
OPERANDS = [f"{dtype} {kind}" for dtype in DTYPES for kind in ("tensor", "0-d")] + list(NUMBERS)
BINARY = [
    "add", "sub", "mul", "div", "true_divide", "floor_divide", "remainder", "pow", "maximum", "minimum", "eq", "ne",
    "lt", "le", "gt", "ge", "logical_and", "logical_or", "bitwise_and", "bitwise_or", "bitwise_xor",
]  # fmt: skip
OPERATORS = ["__add__", "__sub__", "__mul__", "__truediv__", "__floordiv__", "__mod__", "__pow__", "__and__", "__or__",
             "__xor__", "__lt__", "__eq__"]  # fmt: skip


def operand(lib, name: str):
    if name in NUMBERS:
        return NUMBERS[name]
    dtype, kind = name.split()
    return lib.ones((3,) if kind == "tensor" else (), dtype=getattr(lib, dtype))


def outcome(lib, call) -> str:
    """The dtype of the result, or that it is an error."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the deviation of one element is nan, and PyTorch warns
            result = call(lib)
    except Exception:
        return "error"
    return str(result.dtype).rpartition(".")[2] if isinstance(result, lib.Tensor) else type(result).__name__


def compare(cases) -> None:
    """cases: {what it is: call(lib)}. Where PyTorch raises, dlx may know an answer; never the other way round."""
    wrong = []
    for what, call in cases.items():
        theirs, ours = outcome(torch, call), outcome(dlx, call)
        if ours != theirs and not (theirs == "error" and what.startswith(ALLOWED)):
            wrong.append(f"{what}: PyTorch {theirs}, dlx {ours}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:40])


# dlx knows an order of bools: False < True.
ALLOWED = ("argmax(bool", "argmin(bool", "median(bool", "topk(bool")


@pytest.mark.parametrize("name", BINARY)
def test_functions_of_two_operands(name):
    compare(
        {
            f"{name}({a}, {b})": lambda lib, a=a, b=b: getattr(lib, name)(operand(lib, a), operand(lib, b))
            for a, b in itertools.product(OPERANDS, OPERANDS)
            if a not in NUMBERS or (b not in NUMBERS and name in ("pow", "remainder", "floor_divide"))
        }
    )


@pytest.mark.parametrize("name", OPERATORS)
def test_operators(name):
    def apply(lib, a, b):
        import operator

        f = getattr(operator, name)
        return f(operand(lib, a), operand(lib, b))

    compare(
        {
            f"{a} {name} {b}": lambda lib, a=a, b=b: apply(lib, a, b)
            for a, b in itertools.product(OPERANDS, OPERANDS)
            if not (a in NUMBERS and b in NUMBERS)
        }
    )


@pytest.mark.parametrize(
    "name", ["__iadd__", "__isub__", "__imul__", "__itruediv__", "__ifloordiv__", "__imod__", "__ipow__", "__iand__"]
)
def test_operators_in_place(name):
    def apply(lib, a, b):
        import operator

        f = getattr(operator, name)
        return f(operand(lib, a), operand(lib, b))

    compare(
        {
            f"{a} {name} {b}": lambda lib, a=a, b=b: apply(lib, a, b)
            for a, b in itertools.product([o for o in OPERANDS if o.endswith("tensor")], OPERANDS)
        }
    )


def test_where_and_cat_and_scalars():
    pairs = list(itertools.product(OPERANDS, OPERANDS))
    compare(
        {
            f"where({a}, {b})": lambda lib, a=a, b=b: lib.where(
                lib.ones(3, dtype=lib.bool), operand(lib, a), operand(lib, b)
            )
            for a, b in pairs
            if not (a in NUMBERS and b in NUMBERS)
        }
    )
    tensors = [o for o in OPERANDS if o.endswith("tensor")]
    compare(
        {
            f"cat({a}, {b})": lambda lib, a=a, b=b: lib.cat([operand(lib, a), operand(lib, b)])
            for a, b in itertools.product(tensors, tensors)
        }
    )
    compare(
        {
            f"result_type({a}, {b})": lambda lib, a=a, b=b: operand(lib, a) * operand(lib, b)
            for a, b in pairs
            if not (a in NUMBERS and b in NUMBERS)
        }
    )
    compare(
        {
            f"promote({a}, {b})": lambda lib, a=a, b=b: lib.empty(
                0, dtype=lib.promote_types(getattr(lib, a), getattr(lib, b))
            )
            for a, b in itertools.product(DTYPES, DTYPES)
        }
    )


UNARY = [
    "abs", "neg", "sqrt", "exp", "log", "sin", "ceil", "floor", "round", "sign", "square", "reciprocal", "rsqrt",
    "sigmoid", "tanh", "erf", "log1p", "log2", "isnan", "isinf", "isfinite", "logical_not", "bitwise_not", "relu",
    "sum", "prod", "mean", "amax", "amin", "argmax", "all", "any", "std", "var", "norm", "logsumexp", "cumsum",
    "cumprod",
    "softmax", "sort", "topk", "median", "count_nonzero", "nonzero", "unique",
]  # fmt: skip


@pytest.mark.parametrize("name", UNARY)
def test_functions_of_one_tensor(name):
    needs_dim = {"softmax": (0,), "logsumexp": (0,), "cumsum": (0,), "cumprod": (0,), "topk": (2,)}

    def apply(lib, a):
        result = getattr(lib, name)(operand(lib, a), *needs_dim.get(name, ()))
        return result[0] if isinstance(result, tuple) else result

    compare(
        {
            f"{name}({a})": lambda lib, a=a: apply(lib, a)
            for a in OPERANDS
            if a not in NUMBERS and (name != "topk" or a.endswith("tensor"))
        }
    )


def test_numpy_scalars_are_numbers_and_leave_operators_to_tensors():
    t = dlx.ones(3)
    for number in (np.float32(2), np.float64(2), np.int64(2), np.bool_(True)):
        for result in (number * t, t * number, number + t, number / t, number < t, number == t):
            assert isinstance(result, dlx.Tensor)
        if not isinstance(number, np.bool_):  # booleans have no difference
            assert isinstance(number - t, dlx.Tensor)
        assert (number * t).dtype == dlx.float32
        assert isinstance(number * dlx.ones((), dtype=dlx.float32), dlx.Tensor)


def test_an_integer_tensor_takes_no_fraction_in_place():
    t = dlx.ones(3, dtype=dlx.int64)
    with pytest.raises(
        dlx.DtypeError, match="a result of dtype float32 cannot be written to the tensor of dtype int64"
    ):
        t += 0.5
    with pytest.raises(dlx.DtypeError, match="cannot be written"):
        t /= 2
    t += 2
    assert t.tolist() == [3, 3, 3]
