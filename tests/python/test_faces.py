"""The faces of functions: names of arguments, forms of calls, conversions, errors. Values are the op table's matter."""

from __future__ import annotations

import copy
import inspect
import math
import pickle
import sys
from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

import dlx
from dlx import _C


def test_axis_and_keepdims_are_dim_and_keepdim():
    x = dlx.arange(6).reshape(2, 3).float()
    for name in ("sum", "mean", "amax", "amin", "argmax", "argmin"):
        f = getattr(dlx, name)
        assert f(x, axis=1, keepdims=True).tolist() == f(x, dim=1, keepdim=True).tolist()
        assert getattr(x, name)(1).tolist() == f(x, 1).tolist()
    assert dlx.softmax(x, axis=0).tolist() == dlx.softmax(x, dim=0).tolist()
    assert x.max(axis=1).indices.tolist() == [2, 2]
    with pytest.raises(TypeError, match="two names of one argument"):
        dlx.sum(x, 0, axis=1)


def test_softmax_without_dim_warns_as_pytorch_does():
    with pytest.warns(UserWarning, match="dim is not given. Taking dim=1"):
        dlx.nn.functional.softmax(dlx.ones(2, 2))


def test_max_in_its_three_forms():
    x = dlx.tensor([[1, 5], [3, 2]])
    assert x.max().item() == 5
    values, indices = x.max(1)
    assert (values.tolist(), indices.tolist()) == ([5, 3], [1, 0])
    assert dlx.max(x, dlx.tensor(2)).tolist() == [[2, 5], [3, 2]]
    assert dlx.min(x, dim=0).values.tolist() == [1, 2]
    with pytest.raises(TypeError, match="keepdim needs dim"):
        x.max(keepdim=True)


@pytest.mark.parametrize("make", [dlx.zeros, dlx.ones, dlx.empty, dlx.rand, dlx.randn])
def test_shapes_of_new_tensors(make):
    assert make(2, 3).shape == make((2, 3)).shape == make([2, 3]).shape == make(dlx.Size([2, 3])).shape == (2, 3)
    assert make(3).shape == (3,)
    assert make(()).shape == make().shape == ()
    assert make(2, dtype=dlx.float64, requires_grad=True).requires_grad
    with pytest.raises(ValueError):
        make(-1)
    with pytest.raises(TypeError):
        make(2.5)


def test_full_and_arange_take_the_numbers_dtype():
    assert dlx.full((2,), 1).dtype == dlx.int64
    assert dlx.full((2,), True).dtype == dlx.bool
    assert dlx.full((2,), 1.0).dtype == dlx.float32
    assert dlx.arange(3).dtype == dlx.int64
    assert dlx.arange(end=3).tolist() == dlx.arange(start=0, end=3).tolist() == [0, 1, 2]
    assert dlx.arange(0, 1, 0.25).tolist() == [0, 0.25, 0.5, 0.75]
    assert dlx.arange(5, 0, -2).tolist() == [5, 3, 1]
    with pytest.raises((ValueError, RuntimeError)):
        dlx.arange(0, 3, 0)


def test_zeros_into_out():
    out = dlx.ones(2)
    assert dlx.zeros(2, out=out) is out
    assert out.tolist() == [0, 0]
    with pytest.raises(dlx.ShapeError, match="out must have the shape"):
        dlx.zeros(3, out=out)


@pytest.mark.parametrize(
    ("data", "dtype", "values"),
    [
        (1, "int64", 1),
        (1.5, "float32", 1.5),
        (True, "bool", True),
        ([], "float32", []),
        ([1, 2.5], "float32", [1, 2.5]),
        ([True, 2], "int64", [1, 2]),
        ([[1], [2]], "int64", [[1], [2]]),
        ((1, (2)), "int64", [1, 2]),
        (np.float64(1.5), "float64", 1.5),
        (np.arange(3, dtype=np.int8), "int8", [0, 1, 2]),
        (np.arange(3.0)[::-1], "float64", [2, 1, 0]),
        (np.arange(3, dtype=">i4"), "int32", [0, 1, 2]),
        (range(3), "int64", [0, 1, 2]),
        ([math.nan], "float32", None),
    ],
)
def test_tensor_takes_all_kinds_of_data(data, dtype, values):
    x = dlx.tensor(data)
    assert x.dtype == getattr(dlx, dtype)
    assert values is None or x.tolist() == values


def test_tensor_of_tensors():
    parts = [dlx.tensor(1.0), dlx.tensor(2.0)]
    assert dlx.tensor(parts).tolist() == [1.0, 2.0]
    assert dlx.tensor([[dlx.tensor(1), 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert dlx.tensor([dlx.tensor([1.0, 2.0]), [3.0, 4.0]]).tolist() == [[1, 2], [3, 4]]


@pytest.mark.parametrize(
    ("data", "error", "text"),
    [
        ([[1], [1, 2]], ValueError, "differ in length"),
        ("text", TypeError, "Got str"),
        ([None], TypeError, "Got NoneType"),
        ([2**63], (OverflowError, TypeError), ""),
        ([2**70], (OverflowError, TypeError), ""),
        ({"a": 1}, TypeError, "Got dict"),
        (np.array(["a"]), TypeError, ""),
        (np.zeros(2, dtype=np.complex64), TypeError, ""),
    ],
)
def test_tensor_of_what_is_none(data, error, text):
    with pytest.raises(error, match=text or None):
        dlx.tensor(data)


def test_tensor_copies_and_as_tensor_shares():
    array = np.zeros(2, dtype=np.float32)
    copied, shared = dlx.tensor(array), dlx.as_tensor(array)
    array[0] = 7
    assert copied[0].item() == 0
    assert shared[0].item() == 7
    x = dlx.ones(2, requires_grad=True)
    assert dlx.tensor(x).is_leaf
    assert not dlx.tensor(x).requires_grad
    assert dlx.asarray(x) is x
    assert dlx.asarray(array, copy=True).data_ptr() != array.ctypes.data
    with pytest.raises(ValueError, match="cannot be shared"):
        dlx.asarray([1, 2], copy=False)


def test_numpy_shares_memory_both_ways():
    array = np.zeros((2, 3))
    x = dlx.from_numpy(array.T)
    x[0, 1] = 5.0
    assert array[1, 0] == 5.0
    back = x.numpy()
    assert np.shares_memory(back, array)
    locked = np.zeros(2)
    locked.flags.writeable = False
    with pytest.raises((RuntimeError, ValueError), match="read-only"):
        dlx.from_numpy(locked).fill_(1)
    with pytest.raises(ValueError, match="negative strides"):
        dlx.from_numpy(np.arange(3.0)[::-1])
    with pytest.raises(TypeError):
        dlx.from_numpy([1.0])


def test_to_in_all_its_forms():
    x = dlx.ones(2)
    assert x.to(dlx.float32) is x
    assert x.to("cpu") is x
    assert x.to(dlx.device("cpu"), dlx.int64).dtype == dlx.int64
    assert x.to(dlx.zeros(1, dtype=dlx.float64)).dtype == dlx.float64
    assert x.to(dtype=dlx.float16, device="cpu").dtype == dlx.float16
    assert x.to(dlx.float32, copy=True) is not x
    assert x.to(dlx.float32, False, True) is not x
    assert x.to("cpu", non_blocking=True) is x
    with pytest.raises(TypeError, match="argument 1 must be a dtype, a device or a tensor. Got list"):
        x.to([1])
    with pytest.raises(TypeError, match="given twice"):
        x.to(dlx.float32, dtype=dlx.float64)
    with pytest.raises((RuntimeError, ValueError)):
        x.to("toaster")


def test_casts_by_name():
    x = dlx.tensor([1.7, 0.0])
    for name in ("float", "double", "half", "bfloat16", "int", "long", "bool"):
        assert getattr(x, name)().dtype == getattr(dlx, name)
    assert x.type(dlx.int32).dtype == dlx.int32
    assert x.type() == "dlx.float32"
    assert x.type_as(dlx.zeros(1, dtype=dlx.int64)).dtype == dlx.int64
    assert x.is_floating_point()
    assert not x.bool().is_floating_point()


def test_shapes_by_star_and_by_sequence():
    x = dlx.arange(6)
    assert (
        x.view(2, 3).shape
        == x.view((2, 3)).shape
        == x.reshape([2, -1]).shape
        == x.reshape(dlx.Size([2, 3])).shape
        == (2, 3)
    )
    y = x.view(1, 2, 3)
    assert y.permute(2, 0, 1).shape == y.permute((2, 0, 1)).shape == dlx.permute(y, (2, 0, 1)).shape == (3, 1, 2)
    assert y.expand(4, -1, -1).shape == y.expand((4, 2, 3)).shape == (4, 2, 3)
    assert y.squeeze().shape == y.squeeze(0).shape == y.squeeze((0,)).shape == (2, 3)
    assert [part.shape for part in x.split(split_size=4, dim=0)] == [part.shape for part in dlx.split(x, 4)]
    assert [part.shape for part in x.split(4)] == [(4,), (2,)]
    assert [part.tolist() for part in x.chunk(4)] == [[0, 1], [2, 3], [4, 5]]
    assert [part.shape for part in dlx.chunk(dlx.zeros(0), 2)] == [(0,), (0,)]
    assert x.view_as(dlx.zeros(3, 2)).shape == x.reshape_as(dlx.zeros(3, 2)).shape == (3, 2)
    assert dlx.zeros(1, 2).expand_as(dlx.zeros(3, 2)).shape == (3, 2)
    assert dlx.concat([x, x]).shape == (12,)
    with pytest.raises(dlx.ShapeError, match="at most 2 dimensions"):
        y.t()


def test_in_place_methods_return_the_tensor():
    x = dlx.tensor([1.0, 4.0])
    assert x.add_(1, alpha=2) is x
    assert x.mul_(2).sub_(2).div_(2).tolist() == [2.0, 5.0]
    assert x.neg_().abs_().sqrt_().pow_(2).tolist() == pytest.approx([2.0, 5.0])
    assert x.zero_().exp_().log_().relu_().sigmoid_().tanh_() is x
    assert x.fill_(3).copy_(dlx.tensor(2)).tolist() == [2.0, 2.0]
    assert x.normal_().uniform_(2, 3).min().item() >= 2
    assert x.uniform_(**{"from": 5, "to": 6}).min().item() >= 5
    assert dlx.zeros(2).index_add_(0, dlx.tensor([1, 1]), dlx.ones(2)).tolist() == [0, 2]
    with pytest.raises(TypeError, match="unexpected argument 'low'"):
        x.uniform_(low=1)


def test_randint_in_its_forms():
    assert dlx.randint(3, (100,)).max().item() <= 2
    assert dlx.randint(5, 7, (100,)).min().item() >= 5
    assert dlx.randint(high=3, size=(2,)).shape == (2,)
    assert dlx.randint(3, size=(2, 2)).shape == dlx.randint(0, 3, size=(2, 2)).shape == (2, 2)
    assert dlx.randint(3, (2,), dtype=dlx.int32).dtype == dlx.int32
    for call in (lambda: dlx.randint(3), lambda: dlx.randint(1, 3)):
        with pytest.raises(TypeError, match=r"randint\(high, size\)"):
            call()


def test_generators_and_seeds():
    generator = dlx.Generator()
    generator.manual_seed(7)
    a = dlx.rand(3, generator=generator)
    generator.manual_seed(7)
    assert dlx.rand(3, generator=generator).tolist() == a.tolist()
    assert dlx.manual_seed(-1) is dlx.default_generator
    state = dlx.get_rng_state()
    first = dlx.randn(4).tolist()
    dlx.set_rng_state(state)
    assert dlx.randn(4).tolist() == first
    assert dlx.randn_like(dlx.zeros(2, 3)).shape == dlx.rand_like(dlx.zeros(2, 3)).shape == (2, 3)
    assert isinstance(dlx.seed(), int)
    with pytest.raises((ValueError, OverflowError)):
        dlx.manual_seed(2**64)


def test_new_tensors_like_this_one():
    x = dlx.ones(2, dtype=dlx.float64)
    assert (
        x.new_zeros(3).dtype
        == x.new_ones((2,)).dtype
        == x.new_full((1,), 2).dtype
        == x.new_tensor([1]).dtype
        == dlx.float64
    )
    assert x.new_empty(2, dtype=dlx.int8).dtype == dlx.int8


def test_copies_of_objects():
    x = dlx.ones(2, requires_grad=True)
    x.note = ["kept"]
    y = copy.deepcopy(x)
    assert y.requires_grad
    assert y.note == ["kept"]
    assert y.note is not x.note
    assert y.data_ptr() != x.data_ptr()
    for z in (copy.copy(x), pickle.loads(pickle.dumps(x)), pickle.loads(pickle.dumps(dlx.ones(2).bfloat16()))):
        assert z.tolist() == [1.0, 1.0]
    assert pickle.loads(pickle.dumps(dlx.float16)) is dlx.float16
    assert pickle.loads(pickle.dumps(dlx.device("cpu"))) == dlx.device("cpu")


def test_matrix_products_check_ranks():
    with pytest.raises(dlx.ShapeError, match="mm: input and mat2 must have 2 dimensions; dlx.matmul takes any"):
        dlx.mm(dlx.ones(2), dlx.ones(2, 2))
    with pytest.raises(dlx.ShapeError, match="same first dimension"):
        dlx.bmm(dlx.ones(2, 1, 1), dlx.ones(1, 1, 1))


def test_padding_by_name():
    x, w = dlx.ones(1, 1, 5, 5), dlx.ones(1, 1, 3, 3)
    F = dlx.nn.functional
    assert F.conv2d(x, w, padding="same").shape == (1, 1, 5, 5)
    assert F.conv2d(x, w, padding="valid").shape == (1, 1, 3, 3)
    # Of an odd number the larger half goes behind.
    assert F.conv2d(x, dlx.ones(1, 1, 2, 2), padding="same")[0, 0, -1].tolist() == [2, 2, 2, 2, 1]
    with pytest.raises(ValueError, match="padding must be ints"):
        F.conv2d(x, w, padding="full")
    with pytest.raises(ValueError, match="an int or two ints"):
        F.conv2d(x, w, stride=[1, 2, 3])
    with pytest.raises(TypeError, match="an int or a pair of ints"):
        F.conv2d(x, w, stride=(1, 2, 3))
    values, indices = F.max_pool2d(x, 2, return_indices=True)
    assert values.shape == indices.shape == (1, 1, 2, 2)


def direct_faces() -> list[tuple[Any, Any]]:
    """Each function that is called past its body, and its module."""
    found = {}
    for name, module in sorted(sys.modules.items()):
        if name.startswith("dlx.ops."):
            found.update({f: module for f in vars(module).values() if isinstance(f, _C.Face)})
    return [(f, module) for f, module in found.items() if f.__module__ == module.__name__]


class Recorder:
    """Stands for the extension and notes which of its functions was called with what."""

    def __init__(self) -> None:
        self.name, self.arguments = "", ()

    def __getattr__(self, name: str) -> Any:
        def call(*arguments: Any) -> None:
            self.name, self.arguments = name, arguments

        return call


def recorded(f: Any, module: Any, monkeypatch: Any, *args: Any, **kwargs: Any) -> tuple[str, tuple[Any, ...]]:
    recorder = Recorder()
    with monkeypatch.context() as patch:
        patch.setattr(module, "_C", recorder)
        f.__wrapped__(*args, **kwargs)
    return recorder.name, recorder.arguments


def sentinels() -> Iterator[Any]:
    while True:
        yield object()


def test_a_body_that_is_passed_by_would_have_passed_its_arguments_on(monkeypatch):
    faces = direct_faces()
    assert len(faces) > 200
    for f, module in faces:
        parameters = list(inspect.signature(f).parameters.values())
        rest = [i for i, p in enumerate(parameters) if p.kind is inspect.Parameter.VAR_POSITIONAL]
        if rest:
            before, named = parameters[: rest[0]], parameters[rest[0] + 1 :]
            fixed = tuple(object() for _ in before)
            for sizes, passed_on in (((1, 2), (1, 2)), (([1, 2],), [1, 2])):
                name, passed = recorded(f, module, monkeypatch, *fixed, *sizes)
                taken = named[: len(passed) - len(fixed) - 1]
                assert passed == (*fixed, passed_on, *(p.default for p in taken)), f
                given = {p.name: object() for p in taken}
                want = (name, (*fixed, passed_on, *given.values()))
                assert recorded(f, module, monkeypatch, *fixed, *sizes, **given) == want, f
            continue
        given = dict(zip((p.name for p in parameters), sentinels()))
        required = {p.name: given[p.name] for p in parameters if p.default is p.empty or p.name == "dim"}
        name, passed = recorded(f, module, monkeypatch, **required)
        taken = [p for p, _ in zip(parameters, passed)]  # the extension's are the first ones
        assert passed == tuple(required.get(p.name, p.default) for p in taken), f
        arguments = {p.name: given[p.name] for p in taken}
        assert recorded(f, module, monkeypatch, **arguments) == (name, tuple(arguments.values())), f
        with pytest.raises(TypeError, match=rf"takes {len(passed)} arguments"):
            getattr(_C, name)(*passed, None)


def test_direct_calls_bind_their_arguments_as_python_does():
    x, y = dlx.tensor([1.0, 2.0]), dlx.tensor([3.0])
    assert all(isinstance(f, _C.Face) for f in (dlx.cat, dlx.zeros, dlx.Tensor.view))
    want = [1, 2, 3]
    assert (
        dlx.cat([x, y]).tolist()
        == dlx.cat(tensors=(x, y), dim=0).tolist()
        == dlx.cat([x, y], -1, out=None).tolist()
        == want
    )
    assert dlx.cat(**{"".join(["ten", "sors"]): [x, y]}).tolist() == want
    assert x.sum(keepdim=True, dim=0).tolist() == x.sum(0, True).tolist() == x.sum(0, keepdims=True).tolist() == [3]
    for call, message in (
        (lambda: dlx.cat(), "missing 1 required positional argument: 'tensors'"),
        (lambda: dlx.cat([x], 0, x), "takes from 1 to 2 positional arguments but 3 were given"),
        (lambda: dlx.cat([x], tensors=[x]), "multiple values for argument 'tensors'"),
        (lambda: dlx.cat([x], axes=0), "unexpected keyword argument 'axes'"),
        (lambda: dlx.cat(1), "argument 1 must be a list or tuple of Tensors"),
        (lambda: x.view(2, dtype=1), "unexpected keyword argument 'dtype'"),
    ):
        with pytest.raises(TypeError, match=message):
            call()
    assert x.view(2, 1).shape == x.view([2, 1]).shape == x.view(dlx.Size((2, 1))).shape == (2, 1)
    assert x.view(dlx.int32).dtype == dlx.int32
    with pytest.raises(dlx.ShapeError):
        x.view()
    assert y.view(()).shape == y.view().shape == ()
    assert dlx.zeros(2, 1, dtype=dlx.int8).tolist() == dlx.zeros([2, 1], device="cpu").tolist() == [[0], [0]]
    assert dlx.ones(2, dtype=dlx.int8).dtype == dlx.int8
    assert dlx.ones(dlx.tensor(2), requires_grad=True).requires_grad
    with pytest.raises(TypeError, match="unexpected keyword argument 'size'"):
        dlx.zeros(2, size=3)


def test_a_direct_function_looks_like_the_python_function():
    assert dlx.cat.__name__ == "cat"
    assert dlx.cat.__doc__.startswith("Join tensors")
    assert dlx.cat.__module__ == "dlx.ops.view"
    assert list(inspect.signature(dlx.cat).parameters) == ["tensors", "dim", "out"]
    assert dlx.concat is dlx.cat
    assert pickle.loads(pickle.dumps(dlx.cat)) is copy.deepcopy(dlx.cat) is dlx.cat
    assert "function cat" in repr(dlx.cat)
    with pytest.raises(AttributeError):
        dlx.cat.nothing
    method = dlx.ones(2).exp
    assert method().tolist() == dlx.ones(2).exp().tolist()


def test_a_face_is_made_of_a_python_function_and_one_of_the_extension():
    def few(x): ...
    def many(x, *, out=None, **more): ...

    for arguments in ((), (few,), (few, few), (_C.cat, _C.cat), (few, _C.from_numpy), (few, _C.cat, 1), (few, None)):
        with pytest.raises(TypeError, match="takes a Python function"):
            _C.Face(*arguments)
    for f in (few, many):
        with pytest.raises(TypeError, match="the first parameters of"):
            _C.Face(f, _C.cat)


def test_memory_formats_are_one_object_each():
    for form in (dlx.preserve_format, dlx.contiguous_format, dlx.channels_last):
        assert pickle.loads(pickle.dumps(form)) is copy.deepcopy(form) is form
    assert len({dlx.preserve_format, dlx.contiguous_format, dlx.channels_last}) == 3
    with pytest.raises(TypeError, match="memory format"):
        dlx.ones(2).contiguous(memory_format=1)
