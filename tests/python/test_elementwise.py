"""Element-wise functions beyond the op table: PyTorch's dtypes, operators, methods in place, answers that are bools."""

from __future__ import annotations

import itertools
import operator

import numpy as np
import pytest

import dlx

DTYPES = ("float32", "float64", "float16", "bfloat16", "int64", "int32", "int16", "int8", "uint8", "bool")
BINARY = (
    "add", "sub", "mul", "div", "true_divide", "floor_divide", "remainder", "fmod", "pow", "eq", "ne", "lt", "le", "gt",
    "ge", "bitwise_and", "bitwise_or", "bitwise_xor", "bitwise_left_shift", "bitwise_right_shift", "copysign", "xlogy",
    "clamp_min", "clamp_max",
)  # fmt: skip
OF_TENSORS = (
    "maximum", "minimum", "fmax", "fmin", "logical_and", "logical_or", "logical_xor", "atan2", "hypot", "logaddexp",
    "gcd", "lcm",
)  # fmt: skip
UNARY = (
    "abs", "neg", "sign", "square", "reciprocal", "ceil", "floor", "round", "trunc", "frac", "exp", "log", "log1p",
    "sqrt", "sin", "erf", "sigmoid", "relu", "isnan", "isinf", "isfinite", "isneginf", "isreal", "signbit",
    "logical_not", "bitwise_not", "deg2rad", "angle", "nan_to_num", "sinc", "logit", "sgn", "positive",
)  # fmt: skip


def operands(lib):
    """Every dtype with dimensions and without, and numbers; never 0, which integers cannot divide by."""
    found = {}
    for name in DTYPES:
        dtype = getattr(lib, name)
        found[name] = lib.tensor([1, 1, 2], dtype=dtype)
        found[f"{name} 0-d"] = lib.tensor(1, dtype=dtype)
    return found, {"True": True, "3": 3, "2.5": 2.5}


def outcome(lib, call):
    try:
        result = call()
    except Exception:
        return "error"
    return (
        str(result.dtype).rpartition(".")[2],
        tuple(result.shape),
        repr((np.array(result.double().numpy()).round(2) + 0.0).tolist()),
    )


@pytest.mark.parametrize("name", [*BINARY, *OF_TENSORS])
def test_dtypes_of_all_pairs_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    (ours, numbers), (theirs, _) = operands(dlx), operands(torch)
    differ = []
    pairs = list(itertools.product(ours, ours))
    if name in BINARY:
        pairs += list(itertools.product(ours, numbers))
    for a, b in pairs:
        got = outcome(dlx, lambda a=a, b=b: getattr(dlx, name)(ours[a], ours.get(b, numbers.get(b))))
        want = outcome(torch, lambda a=a, b=b: getattr(torch, name)(theirs[a], theirs.get(b, numbers.get(b))))
        if got != want:
            differ.append(f"{name}({a}, {b}): got {got}, PyTorch has {want}")
    assert not differ, f"{len(differ)} differ: " + "\n".join(differ[:20])


@pytest.mark.parametrize(
    "name", ["add", "sub", "mul", "truediv", "floordiv", "mod", "pow", "and_", "or_", "xor", "lshift", "rshift"]
)
def test_operators_with_numbers_on_the_left_and_in_place(name):
    torch = pytest.importorskip("torch")
    (ours, numbers), (theirs, _) = operands(dlx), operands(torch)
    f, in_place = getattr(operator, name), getattr(operator, f"i{name.rstrip('_')}")
    differ = []
    for x, n in itertools.product(ours, numbers):
        left = (outcome(lib, lambda d=d: f(numbers[n], d[x])) for lib, d in ((dlx, ours), (torch, theirs)))
        place = (
            outcome(lib, lambda d=d: in_place(d[x].clone(), numbers[n])) for lib, d in ((dlx, ours), (torch, theirs))
        )
        for what, (got, want) in (("left", left), ("in place", place)):
            if got != want:
                differ.append(f"{what} {name}({n}, {x}): got {got}, PyTorch has {want}")
    assert not differ, f"{len(differ)} differ: " + "\n".join(differ[:20])


@pytest.mark.parametrize("name", UNARY)
def test_dtypes_of_functions_are_those_of_pytorch(name):
    torch = pytest.importorskip("torch")
    (ours, _), (theirs, _) = operands(dlx), operands(torch)
    for x in ours:
        got, want = (
            outcome(lib, lambda d=d, lib=lib: getattr(lib, name)(d[x])) for lib, d in ((dlx, ours), (torch, theirs))
        )
        assert got == want, f"{name}({x})"


def test_numpy_scalars_leave_their_operators_to_tensors():
    x = dlx.tensor([1.0, 2.0])
    for y in (np.float32(2) * x, np.float64(2) + x, np.int64(3) - x, np.float32(1) / x):
        assert isinstance(y, dlx.Tensor)
        assert y.dtype == dlx.float32
    assert isinstance(np.int64(5) // dlx.tensor([2, 3]), dlx.Tensor)


def test_integer_tensors_take_no_fractions_in_place():
    x = dlx.tensor([1, 2])
    with pytest.raises(dlx.DtypeError, match="float32 cannot be written"):
        x += 0.5
    with pytest.raises(dlx.DtypeError, match="float32 cannot be written"):
        x.div_(2)
    with pytest.raises(dlx.DtypeError, match="float32 cannot be written"):
        x.clamp_(0.5)
    x //= 2
    x |= 4
    x ^= 1
    x <<= 2
    x >>= 1
    x %= 7
    x &= 6
    assert x.tolist() == [2, 0]
    assert x.div_(2, rounding_mode="trunc").tolist() == [1, 0]


def test_division_of_integers_by_zero_is_an_exception():
    zero = dlx.tensor([1, 0])
    for f in (operator.floordiv, operator.mod, dlx.fmod, dlx.remainder):
        with pytest.raises(RuntimeError, match="ZeroDivisionError: an integer is divided by 0"):
            f(dlx.tensor([4, 4]), zero)
        with pytest.raises(RuntimeError, match="ZeroDivisionError"):
            f(dlx.tensor([4, 4]), 0)
    assert (dlx.tensor([4, 4]) / zero).tolist() == [4, float("inf")]


@pytest.mark.parametrize("dtype", [dlx.int8, dlx.int16, dlx.int32, dlx.int64])
def test_smallest_integer_by_minus_one_wraps(dtype):
    low = -(2 ** (8 * dtype.itemsize - 1))
    x, y = dlx.tensor([low, 7], dtype=dtype), dlx.tensor([-1, -1], dtype=dtype)
    assert (x // y).tolist() == [low, -7]
    assert (x % y).tolist() == [0, 0]
    assert dlx.div(x, y, rounding_mode="trunc").tolist() == [low, -7]
    assert dlx.fmod(x, y).tolist() == [0, 0]


def test_floor_divide_and_heaviside_have_no_gradient():
    x = dlx.tensor([3.0], requires_grad=True)
    for y in (x // 2, dlx.heaviside(x, dlx.tensor([1.0]))):
        with pytest.raises(RuntimeError, match="has no gradient. Use"):
            y.sum().backward()
    dlx.div(x, 2, rounding_mode="floor").sum().backward()
    assert x.grad.tolist() == [0.0]


def test_answers_about_all_elements():
    x, y = dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 2.000001])
    assert dlx.allclose(x, y) is True
    assert x.allclose(y, rtol=0, atol=1e-9) is False
    assert dlx.allclose(dlx.zeros(0), dlx.zeros(0)) is True
    nan = dlx.tensor([dlx.nan])
    assert not dlx.allclose(nan, nan)
    assert dlx.allclose(nan, nan, equal_nan=True)
    assert dlx.equal(x, x.clone()) is True
    assert not x.equal(y)
    assert not dlx.equal(x, x[:1])
    assert not dlx.equal(nan, nan)
    assert dlx.equal(dlx.zeros(0, 2), dlx.zeros(0, 2))
    assert not dlx.equal(dlx.zeros(0, 2), dlx.zeros(2, 0))
    assert dlx.equal(dlx.tensor([1, 2]), dlx.tensor([1, 2], dtype=dlx.int32))


@pytest.mark.parametrize(
    ("low", "high"), [([2.0] * 5, [4.0] * 5), ([4.0] * 5, [2.0] * 5), ([3.0] * 5, [3.0] * 5), ([2.0], [4.0])]
)
def test_gradient_of_clamp_at_its_bounds_is_that_of_pytorch(low, high):
    torch = pytest.importorskip("torch")
    grads = []
    for lib in (dlx, torch):
        leaves = [lib.tensor(v, requires_grad=True) for v in ([1.0, 2.0, 3.0, 4.0, 5.0], low, high)]
        lib.clamp(*leaves).sum().backward()
        grads.append([leaf.grad.tolist() for leaf in leaves])
    assert grads[0] == grads[1]


def test_methods_in_place_with_arguments_of_their_own():
    x = dlx.tensor([1.0, 2.0])
    assert x.addcmul_(x, x, value=2) is x
    assert x.tolist() == [3.0, 10.0]
    assert x.addcdiv_(dlx.ones(2), dlx.tensor([2.0, 4.0])).tolist() == [3.5, 10.25]
    assert x.lerp_(dlx.zeros(2), weight=0.5).tolist() == [1.75, 5.125]
    assert x.round_(decimals=1).tolist() == pytest.approx([1.8, 5.1])
    assert x.clamp_(max=2).tolist() == pytest.approx([1.8, 2.0])
    assert x.clamp_min_(1.9).clamp_max_(dlx.tensor(1.95)).tolist() == pytest.approx([1.9, 1.95])
    assert x.masked_fill_(x > 1.92, -1).tolist() == pytest.approx([1.9, -1])
    assert x.pow_(exponent=2).true_divide_(2).tolist() == pytest.approx([1.805, 0.5])
    assert x.nan_to_num_(nan=0).logit_(eps=0.1).tolist() == pytest.approx([2.1972, 0], abs=1e-4)
    assert x.multiply_(0).absolute_().clip_(0, 1).tolist() == [0, 0]


def test_masked_fill_sends_gradients_to_the_tensor_and_the_value():
    x, value = dlx.ones(3, requires_grad=True), dlx.tensor(5.0, requires_grad=True)
    mask = dlx.tensor([True, False, True])
    (x * 1).masked_fill_(mask, value).sum().backward()
    assert x.grad.tolist() == [0, 1, 0]
    assert value.grad.item() == 2


def test_results_past_the_caches_are_whole():
    """From 20 MB on, 40 with the operands, results are written by streaming stores: blocks that end with lines."""
    rng = np.random.default_rng(0)
    n = 8_000_011
    a, b = rng.random(n, dtype=np.float32), rng.random(n, dtype=np.float32)
    x, y = dlx.from_numpy(a), dlx.from_numpy(b)
    assert np.array_equal((x + y).numpy(), a + b)
    assert np.array_equal((x * 3.0).numpy(), a * np.float32(3))
    assert np.array_equal((x.double() - y).numpy(), a.astype(np.float64) - b)
    rows, row = a[: 2003 * 2994].reshape(2003, 2994), b[:2994]  # rows begin within lines
    assert np.array_equal((dlx.from_numpy(rows) + dlx.from_numpy(row)).numpy(), rows + row)
    across = b[: 2003 * 2994].reshape(2994, 2003).T
    assert np.array_equal((dlx.from_numpy(rows) + dlx.from_numpy(across)).numpy(), rows + across)
    assert np.array_equal((x < y).numpy(), a < b)
    assert np.array_equal((x[::2] * 3.0).numpy(), a[::2] * np.float32(3))
    out = dlx.zeros(n + 5)[5:]  # begins within a line
    dlx.add(x, y, out=out)
    assert np.array_equal(out.numpy(), a + b)
    soft = dlx.softmax(dlx.from_numpy(rows), 1).numpy()
    exps = np.exp(rows - rows.max(1, keepdims=True), dtype=np.float64)
    np.testing.assert_allclose(soft, exps / exps.sum(1, keepdims=True), rtol=2e-6)
    normal = dlx.nn.functional.layer_norm(dlx.from_numpy(rows), [2994]).numpy()
    wide = rows.astype(np.float64)
    np.testing.assert_allclose(
        normal, (wide - wide.mean(1, keepdims=True)) / np.sqrt(wide.var(1, keepdims=True) + 1e-5), atol=2e-6
    )
