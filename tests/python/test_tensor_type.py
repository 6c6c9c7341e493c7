"""The Python type: identity, subclasses, attributes, weak references, hashing, and what cannot be viewed."""

import copy
import gc
import pickle
import weakref

import numpy as np
import pytest

import dlx
from dlx import _C


class Named(dlx.Tensor):
    """A subclass with an attribute of its own."""

    def greet(self) -> str:
        return f"I am {self.name}"


def test_grad_is_one_object():
    x = dlx.ones(3, requires_grad=True)
    (x * 2).sum().backward()
    assert x.grad is x.grad
    assert x.grad_fn is None
    x.grad.note = "kept"
    gc.collect()
    assert x.grad.note == "kept"


def test_attributes_live_as_long_as_the_tensor_in_c():
    x = dlx.ones(3, requires_grad=True)
    g = dlx.ones(3)
    g.note = {"a": 1}
    x.grad = g
    reference = weakref.ref(g)
    del g
    gc.collect()
    assert x.grad.note == {"a": 1}
    assert reference() is x.grad
    x.grad = None
    gc.collect()
    assert reference() is None


def test_subclass_that_only_c_holds_comes_back_as_itself():
    x = dlx.ones(3, requires_grad=True)
    g = dlx.ones(3).as_subclass(Named) if hasattr(dlx.Tensor, "as_subclass") else Named(dlx.ones(3))
    g.name = "gradient"
    x.grad = g
    del g
    gc.collect()
    assert type(x.grad) is Named
    assert x.grad.greet() == "I am gradient"


def test_parameter_is_a_subclass_and_survives():
    p = dlx.nn.Parameter(dlx.ones(3))
    y = (p * p).sum()
    i = id(p)
    seen = []
    p.register_hook(lambda g: seen.append(g))
    y.backward()
    assert isinstance(p, dlx.Tensor)
    assert id(p) == i
    assert p.grad is p.grad
    assert type(p.data) is dlx.Tensor
    assert type(p * 1) is dlx.Tensor
    assert len(seen) == 1


def test_hash_and_equality():
    x, y = dlx.ones(2), dlx.ones(2)
    assert hash(x) == id(x) or hash(x) == hash(x)
    assert len({x, y}) == 2
    assert {x: "x", y: "y"}[y] == "y"
    assert (x == y).all()
    assert x in [x]
    assert (x == None).item() is False if isinstance(x == None, dlx.Tensor) else (x == None) is False  # noqa: E711
    assert (x != None) is True or isinstance(x != None, dlx.Tensor)  # noqa: E711


def test_weak_reference_and_its_callback():
    x, dead = dlx.ones(2), []
    reference = weakref.ref(x, dead.append)
    assert reference() is x
    del x
    assert reference() is None
    assert len(dead) == 1


def test_weak_callback_that_reads_the_owner():
    """While a gradient goes, its weak callback asks the owner for it: nobody may hand out a dying object."""
    x = dlx.ones(2, requires_grad=True)
    x.sum().backward()
    seen = []
    reference = weakref.ref(x.grad, lambda r: seen.append(x.grad))
    x.grad = None
    gc.collect()
    assert reference() is None
    assert seen == [None]


def test_finalizer_that_uses_the_tensor():
    log = []

    class Closing(dlx.Tensor):
        def __del__(self) -> None:
            log.append(float(self.sum()))

    x = dlx.ones(3).as_subclass(Closing) if hasattr(dlx.Tensor, "as_subclass") else Closing(dlx.ones(3))
    del x
    gc.collect()
    assert log == [3.0]


def test_cycle_through_attributes_is_collected():
    x = dlx.ones(2)
    x.me = x
    reference = weakref.ref(x)
    del x
    gc.collect()
    assert reference() is None


def test_cycle_through_a_saved_tensor_and_a_hook():
    x = dlx.ones(2, requires_grad=True)
    y = x.exp()
    y.register_hook(lambda g, y=y: None)
    reference = weakref.ref(y)
    del y
    gc.collect()
    assert reference() is None


def test_saved_leaf_keeps_its_object():
    x = dlx.ones(2, requires_grad=True)
    x.note = "mine"
    y = x * x
    reference = weakref.ref(x)
    del x
    gc.collect()
    assert reference() is not None
    assert reference().note == "mine"
    y.sum().backward()
    assert reference().grad.tolist() == [2, 2]
    del y
    gc.collect()
    assert reference() is None


def test_iteration_length_and_unpacking():
    x = dlx.arange(6).reshape(3, 2)
    assert len(x) == 3
    _, b, _ = x
    assert b.tolist() == [2, 3]
    assert [r.tolist() for r in x] == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(TypeError):
        len(dlx.ones(()))
    with pytest.raises(TypeError):
        iter(dlx.ones(()))
    assert 3 in dlx.arange(5)


def test_shape_is_a_tuple():
    x = dlx.ones(2, 3)
    assert x.shape == (2, 3)
    assert isinstance(x.shape, tuple)
    assert isinstance(x.shape, dlx.Size)
    assert x.shape.numel() == 6
    assert x.size(-1) == 3
    assert x.size() == (2, 3)
    assert x.dim() == x.ndim == 2
    assert x.numel() == 6
    assert (x.element_size(), x.itemsize, x.nbytes) == (4, 4, 24)
    assert x.T.shape == (3, 2)
    h, w = x.shape
    assert (h, w) == (2, 3)


def test_view_that_strides_do_not_allow():
    x = dlx.arange(6).reshape(2, 3)
    with pytest.raises((dlx.ShapeError, RuntimeError), match="view"):
        x.t().view(6)
    assert x.t().reshape(6).tolist() == [0, 3, 1, 4, 2, 5]
    assert x.view(3, 2).data_ptr() == x.data_ptr()
    assert x.t().view(3, 2, 1).data_ptr() == x.data_ptr()


def test_deepcopy_and_copy():
    x = dlx.ones(3, requires_grad=True)
    y = copy.deepcopy(x)
    assert y.data_ptr() != x.data_ptr()
    assert y.requires_grad
    shared = copy.deepcopy([x, x])
    assert shared[0] is shared[1]


def test_dtype_and_device_objects():
    assert repr(dlx.float32) == "dlx.float32"
    assert dlx.float32.itemsize == 4
    assert dlx.float32.is_floating_point
    assert not dlx.int8.is_floating_point
    assert dlx.float is dlx.float32
    assert len({dlx.float32, dlx.float64, dlx.float}) == 2
    d = dlx.device("cpu")
    assert d == dlx.ones(1).device
    assert d.type == "cpu"
    assert str(d) == "cpu"
    with pytest.raises((RuntimeError, ValueError)):
        dlx.device("nowhere")
    with pytest.raises(RuntimeError, match="why"):
        dlx.ones(1, device="cuda")


@pytest.mark.parametrize("cls", [c for c in vars(_C).values() if isinstance(c, type)])
def test_objects_that_new_alone_made_raise(cls):
    try:
        made = cls.__new__(cls)
    except TypeError:
        return
    if issubclass(cls, (BaseException, tuple, dlx.Tensor)):  # has a value without __init__
        return
    used = [getattr(cls, name) for name in vars(cls) if not name.startswith("__") and callable(getattr(cls, name))]
    properties = [p.__get__ for p in vars(cls).values() if isinstance(p, property)]
    for use in [*used, *properties, pickle.dumps]:
        with pytest.raises(TypeError):
            use(made)


def test_generators_are_copied_and_pickled():
    generator = dlx.Generator().manual_seed(3)
    dlx.rand(5, generator=generator)
    twins = [copy.deepcopy(generator), *(pickle.loads(pickle.dumps(generator, p)) for p in range(5))]
    expected = dlx.rand(4, generator=generator).tolist()
    for twin in twins:
        assert dlx.rand(4, generator=twin).tolist() == expected
    with pytest.raises(TypeError, match="Node cannot be pickled"):
        copy.copy(dlx.ones(1, requires_grad=True).exp().grad_fn)


def test_operators_with_other_types():
    x = dlx.ones(2)
    with pytest.raises(TypeError):
        x + "one"
    with pytest.raises(TypeError):
        x @ 2
    assert (np.float32(2) * x).tolist() == [2, 2]
    assert (x * np.float32(2)).tolist() == [2, 2]
    assert (2 - x).tolist() == [1, 1]
    assert (2 / (x + 1)).tolist() == [1, 1]
    assert (2**x).tolist() == [2, 2]


def test_many_tensors_are_made_and_freed():
    """The free list of objects: the same memory serves again, with nothing of the tensor before."""
    for _ in range(3):
        many = [dlx.ones(1) for _ in range(2000)]
        for x in many:
            x.note = 1
        del many, x
    fresh = dlx.ones(1)
    assert not hasattr(fresh, "note")
    assert fresh.grad is None
    assert not fresh.requires_grad


def test_tensor_of_many_dimensions():
    x = dlx.ones([1] * 40 + [2])
    assert x.ndim == 41
    assert (x + 1).sum().item() == 4
    with pytest.raises((dlx.ShapeError, ValueError)):
        dlx.ones([1] * 65)
