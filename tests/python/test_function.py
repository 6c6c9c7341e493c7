"""autograd.Function: operations with a gradient of their own."""

from __future__ import annotations

import gc
import threading

import pytest

import dlx
from dlx.autograd import Function, grad
from dlx.autograd.function import once_differentiable


def live() -> dict[str, int]:
    gc.collect()
    return dlx._C._live_counts()


class Exp(Function):
    """Saves its output."""

    @staticmethod
    def forward(ctx, x):
        y = x.exp()
        ctx.save_for_backward(y)
        return y

    @staticmethod
    def backward(ctx, g):
        (y,) = ctx.saved_tensors
        return g * y


class Cube(Function):
    """Saves its input in setup_context, and takes a number."""

    @staticmethod
    def forward(x, factor=1.0):
        return factor * x**3

    @staticmethod
    def setup_context(ctx, inputs, output):
        x, ctx.factor = inputs
        ctx.save_for_backward(x)

    @staticmethod
    def backward(ctx, g):
        (x,) = ctx.saved_tensors
        return g * ctx.factor * 3 * x**2, None


class Double(Function):
    """Works in place."""

    @staticmethod
    def forward(ctx, x):
        x.mul_(2)
        ctx.mark_dirty(x)
        return x

    @staticmethod
    def backward(ctx, g):
        return g * 2


def leaf(*values: float) -> dlx.Tensor:
    return dlx.tensor(values, dtype=dlx.float64, requires_grad=True)


@pytest.mark.parametrize(
    "function", [Exp.apply, Cube.apply, lambda x: Cube.apply(x, 2.0), lambda x: Cube.apply(x, factor=3.0)]
)
def test_gradients_of_first_and_second_order(function):
    x = leaf(0.3, -0.7, 1.1)
    assert dlx.autograd.gradcheck(function, [x])
    assert dlx.autograd.gradgradcheck(function, [x])


def test_names_and_contexts():
    y = Cube.apply(leaf(2.0), 5.0)
    assert y.grad_fn.name() == "CubeBackward"
    assert y.grad_fn.factor == 5.0
    assert y.grad_fn.saved_tensors[0].tolist() == [2.0]
    assert y.grad_fn.needs_input_grad == (True, False)
    with pytest.raises(AttributeError, match="no attribute 'nothing'"):
        y.exp().grad_fn.nothing


def test_nothing_is_recorded_without_need():
    assert Exp.apply(dlx.ones(2)).grad_fn is None
    with dlx.no_grad():
        assert not Exp.apply(leaf(1.0)).requires_grad
    seen = []

    class Look(Function):
        @staticmethod
        def forward(ctx, x):
            seen.append(dlx.is_grad_enabled())
            return (x * 2).exp()

        @staticmethod
        def backward(ctx, g):
            seen.append(dlx.is_grad_enabled())
            return g

    x = leaf(1.0)
    Look.apply(x).backward()
    grad(Look.apply(x), x, create_graph=True)
    assert seen == [False, False, False, True]
    assert dlx.is_grad_enabled()


def test_several_outputs_and_unused_ones():
    got = []

    class Split(Function):
        @staticmethod
        def forward(ctx, x, materialize):
            ctx.set_materialize_grads(materialize)
            return x * 2, x * 3, "text"

        @staticmethod
        def backward(ctx, a, b, text):
            got.append((None if a is None else a.tolist(), b.tolist(), text))
            return (b * 3 if a is None else a * 2 + b * 3), None

    for materialize in (True, False):
        x = leaf(1.0)
        _, b, text = Split.apply(x, materialize)
        assert text == "text"
        b.backward()
        assert x.grad.tolist() == [3.0]
    assert got == [([0.0], [1.0], None), (None, [1.0], None)]


def test_non_differentiable_outputs():
    class Sort(Function):
        @staticmethod
        def forward(ctx, x):
            order = x.argmax()
            scaled, other = x * 2, x * 3
            ctx.mark_non_differentiable(order, other)
            return scaled, order, other

        @staticmethod
        def backward(ctx, g, *rest):
            return g * 2

    scaled, order, other = Sort.apply(leaf(1.0, 2.0))
    assert scaled.requires_grad
    assert not order.requires_grad
    assert not other.requires_grad


def test_an_input_returned_as_it_is():
    class Reverse(Function):
        @staticmethod
        def forward(ctx, x):
            return x

        @staticmethod
        def backward(ctx, g):
            return -g

    x = leaf(1.0, 2.0)
    y = Reverse.apply(x)
    assert y is not x
    assert y.data_ptr() == x.data_ptr()
    assert x.is_leaf
    y.sum().backward()
    assert x.grad.tolist() == [-1.0, -1.0]
    z = Reverse.apply(x * 1)
    with pytest.raises(RuntimeError, match="returned as it is"):
        z.add_(1)


def test_in_place_on_tensors_and_views():
    x = leaf(1.0, 2.0, 3.0)
    y = x * 1
    assert Double.apply(y) is y
    y.sum().backward()
    assert x.grad.tolist() == [2.0, 2.0, 2.0]

    x.grad = None
    base = x * 1
    view = base[1:]
    Double.apply(view)
    assert base.tolist() == [1.0, 4.0, 6.0]
    base.sum().backward()
    assert x.grad.tolist() == [1.0, 2.0, 2.0]
    with pytest.raises(RuntimeError, match="Double: a leaf tensor that requires a gradient cannot be changed"):
        Double.apply(leaf(1.0))


def test_dirty_tensors_must_be_inputs_and_outputs():
    class Forgets(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.mark_dirty(x.mul_(2))
            return x.clone()

        @staticmethod
        def backward(ctx, g):
            return g

    class Strange(Function):
        @staticmethod
        def forward(ctx, x):
            y = x * 2
            ctx.mark_dirty(y)
            return y

        @staticmethod
        def backward(ctx, g):
            return g

    with pytest.raises(RuntimeError, match="must return the inputs that it changed in place"):
        Forgets.apply(leaf(1.0) * 1)
    with pytest.raises(RuntimeError, match="none of its inputs"):
        Strange.apply(leaf(1.0))


def test_saved_tensors_are_watched():
    x = leaf(1.0, 2.0)
    y = Exp.apply(x)
    y.add_(1)
    with pytest.raises(RuntimeError, match="a tensor saved by Exp was changed in place"):
        y.sum().backward()
    y = Exp.apply(x)
    y.sum().backward()
    with pytest.raises(RuntimeError, match="Exp needs what it saved"):
        y.sum().backward()
    with pytest.raises(RuntimeError, match="Exp went backward before"):
        y.grad_fn.saved_tensors


@pytest.mark.parametrize(
    ("returned", "error", "text"),
    [
        ((), RuntimeError, "Wrong must return one gradient for each argument of forward: 2. Got 0"),
        ((1, None), TypeError, "Wrong must return Tensors or None. Got int at position 0"),
        ((dlx.ones(1), dlx.ones(1)), RuntimeError, "Wrong returned a gradient at position 1"),
        ((dlx.ones(7), None), dlx.ShapeError, "Wrong gave a gradient of shape"),
        ((None, None, None), None, ""),
    ],
)
def test_what_backward_returns_is_checked(returned, error, text):
    class Wrong(Function):
        @staticmethod
        def forward(ctx, x, number):
            return x * number

        @staticmethod
        def backward(ctx, g):
            return returned

    x = leaf(1.0, 2.0)
    if error is None:
        Wrong.apply(x, 2).sum().backward()
        assert x.grad is None
        return
    with pytest.raises(error, match=text):
        Wrong.apply(x, 2).sum().backward()


def test_exceptions_in_either_half():
    class Fails(Function):
        @staticmethod
        def forward(ctx, x, where):
            ctx.where = where
            if where == "forward":
                raise KeyError("from forward")
            return x * 2

        @staticmethod
        def backward(ctx, g):
            raise LookupError("from backward")

    x = leaf(1.0)
    with pytest.raises(KeyError, match="from forward"):
        Fails.apply(x, "forward")
    assert dlx.is_grad_enabled()
    with pytest.raises(LookupError, match="from backward"):
        Fails.apply(x, "backward").backward()
    assert dlx.is_grad_enabled()
    with pytest.raises(NotImplementedError, match="static method backward"):
        type("Half", (Function,), {"forward": staticmethod(lambda ctx, x: x * 2)}).apply(x).backward()


def test_once_differentiable():
    class Square(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * x

        @staticmethod
        @once_differentiable
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            return g * 2 * x

    x = leaf(3.0)
    Square.apply(x).backward()
    assert x.grad.tolist() == [6.0]
    (g,) = grad(Square.apply(x), x, create_graph=True)
    assert g.tolist() == [6.0]
    with pytest.raises(RuntimeError, match="gradient of Square is marked with once_differentiable"):
        g.backward()


def test_keyword_arguments_need_setup_context():
    with pytest.raises(TypeError, match="keyword arguments need setup_context"):
        Exp.apply(x=leaf(1.0))


def test_a_subclass_of_tensor_that_was_saved_comes_back_as_itself():
    class Marked(dlx.Tensor):
        pass

    class Keep(Function):
        @staticmethod
        def forward(ctx, x):
            ctx.save_for_backward(x)
            return x * 2

        @staticmethod
        def backward(ctx, g):
            (x,) = ctx.saved_tensors
            assert type(x) is Marked
            return g

    x = dlx.Tensor._make_subclass(Marked, dlx.ones(2), True)
    Keep.apply(x).sum().backward()


def test_threads_hook_a_node_while_its_gradient_runs_python():
    """One thread has the node and waits for Python, the other has Python and waits for the node: both must go on."""

    class Slow(Function):
        @staticmethod
        def forward(ctx, x):
            return x * 2

        @staticmethod
        def backward(ctx, g):
            for _ in range(200):
                pass
            return g * 2

    y = Slow.apply(leaf(1.0))
    ended = []

    def work(act) -> None:
        for _ in range(300):
            act()
        ended.append(1)

    def hook() -> None:
        for handle in (y.register_hook(lambda g: g), y.grad_fn.register_prehook(lambda go: go)):
            handle.remove()

    acts = [lambda: y.backward(retain_graph=True), hook, lambda: y.retain_grad() or y.grad_fn.saved_tensors]
    threads = [threading.Thread(target=work, args=(act,), daemon=True) for act in acts * 2]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(ended) == len(threads)


def test_a_thousand_steps_leave_nothing():
    """With hooks that close over their tensor, and a context that holds its own output: cycles through C++."""
    weight = dlx.ones(32, 32, requires_grad=True)

    class Keeps(Function):
        @staticmethod
        def forward(ctx, x):
            y = x.tanh()
            ctx.save_for_backward(y)
            return y

        @staticmethod
        def backward(ctx, g):
            (y,) = ctx.saved_tensors
            return g * (1 - y * y)

    def step(knot: bool) -> None:
        hidden = Keeps.apply(weight * 2)
        hidden.register_hook(lambda g: g + 0 * hidden.detach())
        hidden.grad_fn.register_hook(lambda gi, go: None if hidden is None else gi)
        hidden.grad_fn.register_prehook(lambda go: None if hidden is None else go)
        if knot:
            hidden.grad_fn.__getattr__("__dict__")["knot"] = hidden
        (hidden * hidden).sum().backward()
        weight.grad = None

    def steps() -> None:
        for i in range(1000):
            step(i % 2 == 0)

    steps()  # as many: what the allocator's front holds depends on how many blocks the collector frees at once
    before, memory = live(), dlx._C.memory_stats()["in_use_bytes"]
    steps()
    assert live() == before
    assert dlx._C.memory_stats()["in_use_bytes"] <= memory + (1 << 16)
