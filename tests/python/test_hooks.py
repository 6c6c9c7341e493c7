"""Hooks of tensors, nodes, modules and of what the graph saves: their order, what they may replace, their removal."""

from __future__ import annotations

import pytest

import dlx
from dlx import nn
from dlx.autograd.graph import save_on_cpu, saved_tensors_hooks


def leaf(*values: float) -> dlx.Tensor:
    return dlx.tensor(values, requires_grad=True)


def test_order_at_one_tensor():
    """Hooks of the tensor, its kept gradient, hooks before and after the node; then those of the leaf."""
    calls = []
    x = leaf(1.0)
    y = x * 3
    y.retain_grad()
    y.register_hook(lambda g: calls.append(("first", g.item())) or g * 2)
    y.register_hook(lambda g: calls.append(("second", g.item())))
    y.grad_fn.register_prehook(lambda go: calls.append(("before", go[0].item())) or (go[0] * 10,))
    y.grad_fn.register_hook(lambda gi, go: calls.append(("after", gi[0].item(), go[0].item())) or (gi[0] + 1, None))
    x.register_hook(lambda g: calls.append(("leaf", g.item())))
    x.register_post_accumulate_grad_hook(lambda t: calls.append(("post", t is x, t.grad.item())))
    y.backward()
    assert calls == [
        ("first", 1.0), ("second", 2.0), ("before", 2.0), ("after", 60.0, 20.0), ("leaf", 61.0), ("post", True, 61.0)
    ]  # fmt: skip
    assert y.grad.item() == 2.0


def test_removal_while_running():
    calls = []
    x = leaf(1.0)
    y = x * 1
    handles = {}

    def first(g):
        calls.append("first")
        handles["second"].remove()
        handles["first"].remove()

    handles["first"] = y.register_hook(first)
    handles["second"] = y.register_hook(lambda g: calls.append("second"))
    y.backward(retain_graph=True)
    y.backward()
    assert calls == ["first", "second"]  # those of a run are fixed when it begins

    node_calls = []
    z = x * 1
    handle = z.grad_fn.register_prehook(lambda go: node_calls.append(1) or handle.remove())
    z.backward(retain_graph=True)
    z.backward()
    assert node_calls == [1]


def test_hooks_see_undefined_gradients_as_none():
    seen = []
    a, b = leaf(1.0, 2.0).split(1)
    a.grad_fn.register_prehook(lambda go: seen.append([None if g is None else g.tolist() for g in go]))
    b.sum().backward()
    assert seen == [[None, [1.0]]]


@pytest.mark.parametrize(
    ("result", "error", "text"),
    [
        (3, TypeError, "None, a Tensor or a tuple"),
        ((3,), TypeError, "must be Tensors or None"),
        ((), RuntimeError, "it returned 0 grad_outputs"),
        ((dlx.ones(2),), dlx.ShapeError, "in place of one of shape"),
    ],
)
def test_what_node_hooks_return_is_checked(result, error, text):
    y = leaf(1.0) * 2
    y.grad_fn.register_prehook(lambda go: result)
    with pytest.raises(error, match=text):
        y.backward()


def test_an_exception_in_a_hook_ends_backward():
    y = leaf(1.0) * 2
    y.register_hook(lambda g: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        y.backward()
    with pytest.raises(TypeError, match="must be callable"):
        y.register_hook(3)


def test_walking_the_graph():
    x, w = leaf(1.0), leaf(2.0)
    y = (x * w).exp()
    assert y.grad_fn.name() == "ExpBackward"
    ((product, output),) = y.grad_fn.next_functions
    assert (product.name(), output) == ("MulBackward", 0)
    (first, _), (second, _) = product.next_functions
    assert first.name() == "AccumulateGrad"
    assert first.variable is x
    assert second.variable is w
    assert first == product.next_functions[0][0] != second
    assert len({first, second, product.next_functions[0][0]}) == 2
    calls = []
    second.register_prehook(lambda go: calls.append(go[0].item()) or (go[0] * 0,))
    second.register_hook(lambda gi, go: calls.append(gi))
    y.backward()
    assert calls == [pytest.approx(7.389056, rel=1e-6), ()]
    assert w.grad.item() == 0
    assert [part.output_nr for part in (leaf(1.0, 2.0) * 1).split(1)] == [0, 1]


def test_post_accumulate_hooks_step_within_backward():
    x = nn.Parameter(dlx.ones(2))
    optimizer = dlx.optim.SGD([x], lr=0.5)

    def step(p: dlx.Tensor) -> None:
        optimizer.step()
        optimizer.zero_grad()

    handle = x.register_post_accumulate_grad_hook(step)
    (x * 1).sum().backward()
    assert x.tolist() == [0.5, 0.5]
    assert x.grad is None
    handle.remove()
    (x * 1).sum().backward()
    assert x.grad.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="only a leaf"):
        (x * 1).register_post_accumulate_grad_hook(step)


# --- what the graph saves ------------------------------------------------------------------------------------------
def test_saved_tensors_go_where_the_hooks_say():
    store: dict[int, object] = {}

    def pack(t):
        store[len(store)] = t.numpy().copy()
        return len(store) - 1

    x = leaf(0.5, 1.0)
    with saved_tensors_hooks(pack, lambda i: dlx.from_numpy(store[i])):
        y = (x.exp() * x).sum()  # the output of exp, both factors
    assert len(store) == 3
    y.backward(retain_graph=True)
    expected = x.grad.clone()
    x.grad = None
    (x.exp() * x).sum().backward()
    assert x.grad.tolist() == expected.tolist()
    (g,) = dlx.autograd.grad(y, x, create_graph=True)
    (h,) = dlx.autograd.grad(g.sum(), x)
    reference = (x.exp() * (x + 2)).detach()
    assert h.tolist() == pytest.approx(reference.tolist(), rel=1e-6)


def test_saved_hooks_nest_and_are_checked():
    x = leaf(1.0)
    calls = []
    with saved_tensors_hooks(lambda t: calls.append("outer") or t, lambda t: t):
        with saved_tensors_hooks(lambda t: calls.append("inner") or t, lambda t: t):
            x.exp()
        x.exp()
    x.exp()
    assert calls == ["inner", "outer"]
    with saved_tensors_hooks(lambda t: t, lambda t: dlx.ones(7)):
        y = x.exp()
    with pytest.raises(RuntimeError, match="the unpack hook gave"):
        y.backward()
    with saved_tensors_hooks(lambda t: t, lambda t: None):
        y = x.exp()
    with pytest.raises(TypeError, match="must return a Tensor"):
        y.backward()
    with pytest.raises(RuntimeError, match="must not change the tensor in place"):
        with saved_tensors_hooks(lambda t: t.mul_(2), lambda t: t):
            (x * 1).exp()
    with pytest.raises(TypeError, match="must be callable"):
        with saved_tensors_hooks(1, 2):
            pass
    with save_on_cpu():
        z = x.exp()
    z.backward()


# --- modules -------------------------------------------------------------------------------------------------------
def test_full_backward_hooks():
    calls = []
    layer = nn.Linear(2, 1, bias=False)
    with dlx.no_grad():
        layer.weight.copy_(dlx.tensor([[2.0, 3.0]]))
    layer.register_full_backward_pre_hook(lambda m, go: calls.append(("pre", go[0].item())) or (go[0] * 10,))
    handle = layer.register_full_backward_hook(
        lambda m, gi, go: calls.append(("hook", gi[0].tolist(), go[0].item())) or (gi[0] * 2,)
    )
    x = leaf(1.0, 1.0)
    layer(x).backward()
    assert calls == [("pre", 1.0), ("hook", [20.0, 30.0], 10.0)]
    assert x.grad.tolist() == [40.0, 60.0]
    handle.remove()
    calls.clear()
    layer(x).backward()
    assert calls == [("pre", 1.0)]


def test_full_backward_hook_without_inputs_that_want_a_gradient():
    calls = []
    layer = nn.Linear(2, 1)
    layer.register_full_backward_hook(lambda m, gi, go: calls.append((gi, go[0].tolist())))
    layer(dlx.ones(1, 2)).sum().backward()
    assert calls == [((), [[1.0]])]


def test_full_backward_hooks_of_several_inputs_and_outputs():
    class Two(nn.Module):
        def forward(self, a, text, b):
            return a * 2, text, a * b

    seen = []
    module = Two()
    module.register_full_backward_hook(lambda m, gi, go: seen.append((gi, go)))
    a, b = leaf(3.0), leaf(5.0)
    first, text, second = module(a, "text", b)
    assert text == "text"
    (first + second).backward()
    ((gi, go),) = seen
    assert [None if g is None else g.item() for g in gi] == [7.0, None, 3.0]
    assert [None if g is None else g.item() for g in go] == [1.0, None, 1.0]
    assert (a.grad.item(), b.grad.item()) == (7.0, 3.0)


def test_state_dict_hooks():
    calls = []
    module = nn.Sequential(nn.Linear(1, 1))
    inner = module[0]
    inner.register_state_dict_pre_hook(lambda m, prefix, keep: calls.append(("pre", prefix)))
    inner.register_state_dict_post_hook(lambda m, state, prefix, meta: state.update({prefix + "more": dlx.ones(1)}))
    state = module.state_dict()
    assert list(state) == ["0.weight", "0.bias", "0.more"]

    def rename(m, state, prefix, *rest):
        state.pop(prefix + "more", None)

    inner.register_load_state_dict_pre_hook(rename)
    inner.register_load_state_dict_post_hook(lambda m, keys: calls.append(("post", keys.missing_keys)))
    module.load_state_dict(state)
    assert calls == [("pre", "0."), ("post", [])]
