"""The backward engine, and histories of tensors that are written in place."""

import threading

import numpy as np
import pytest

import dlx
from dlx import no_grad
from dlx.autograd import grad


def leaf(*values: float, dtype=dlx.float64) -> dlx.Tensor:
    return dlx.tensor(values, dtype=dtype, requires_grad=True)


def same(x: dlx.Tensor, want) -> None:
    np.testing.assert_allclose(x.detach().numpy(), np.asarray(want, dtype=np.float64), rtol=1e-12)


# --- the engine ----------------------------------------------------------------------------------------------------
def test_chain_of_a_million_ops_runs_and_is_destroyed():
    x = leaf(1.0)
    y = x
    for _ in range(1_000_000):
        y = -y
    y.sum().backward()
    same(x.grad, [1])
    del y


def test_chain_of_a_million_ops_that_is_never_run():
    x = leaf(1.0)
    y = x
    for _ in range(1_000_000):
        y = y * x
    del y, x


def test_long_chain_of_in_place_writes_and_of_views():
    x = leaf(1.0, 2.0)
    y = x * 1
    for _ in range(100_000):
        y.neg_()
    z = y
    for _ in range(100_000):
        z = z.view(2)
    z.sum().backward()
    same(x.grad, [1, 1])


def test_leaves_accumulate():
    x = leaf(1.0, 2.0)
    (x * 3).sum().backward()
    (x * 4).sum().backward()
    same(x.grad, [7, 7])


def test_accumulation_does_not_change_a_gradient_that_someone_holds():
    x = leaf(1.0)
    x.sum().backward()
    held = x.grad
    kept = held.clone()
    x.grad = None
    (x * 2).sum().backward()
    same(held, kept.numpy())
    same(x.grad, [2])


def test_one_tensor_used_many_times():
    x = leaf(2.0)
    (x * x * x + x).sum().backward()
    same(x.grad, [13])


def test_diamond_is_walked_in_order():
    x = leaf(1.0)
    y = x
    for _ in range(60):  # 2^60 paths
        y = y * 0.5 + y * 0.5
    y.sum().backward()
    same(x.grad, [1])


def test_gradient_argument_and_its_checks():
    x = leaf(1.0, 2.0)
    (x * x).backward(dlx.tensor([1.0, 10.0], dtype=dlx.float64))
    same(x.grad, [2, 40])
    with pytest.raises(RuntimeError, match="scalar|one element"):
        (x * x).backward()
    with pytest.raises((RuntimeError, ValueError), match="shape"):
        (x * x).backward(dlx.ones(3))
    with pytest.raises(RuntimeError, match="require"):
        dlx.ones(1).backward()


def test_grad_returns_and_leaves_accumulate_nothing():
    x, y = leaf(2.0), leaf(3.0)
    gx, gy = grad((x * y * y).sum(), [x, y])
    same(gx, [9])
    same(gy, [12])
    assert x.grad is None
    assert y.grad is None


def test_grad_of_something_in_the_middle():
    x = leaf(2.0)
    y = x * x
    z = y * y
    same(grad(z.sum(), [y])[0], [8])


def test_grad_of_what_was_not_used():
    x, y = leaf(1.0), leaf(1.0)
    with pytest.raises(RuntimeError, match="allow_unused"):
        grad(x.sum(), [x, y])
    gx, gy = grad(x.sum(), [x, y], allow_unused=True)
    assert gy is None
    same(gx, [1])
    with pytest.raises(RuntimeError, match="require"):
        grad(x.sum(), [dlx.ones(1)])


def test_backward_with_inputs_fills_only_those():
    x, y = leaf(2.0), leaf(3.0)
    (x * y).sum().backward(inputs=[x])
    same(x.grad, [3])
    assert y.grad is None


def test_create_graph_gives_derivatives_of_every_order():
    x = leaf(1.5)
    y = x**4
    wants = [4 * 1.5**3, 12 * 1.5**2, 24 * 1.5, 24.0]
    for want in wants:
        (y,) = grad(y.sum(), [x], create_graph=True)
        same(y, [want])


def test_backward_with_create_graph_makes_a_gradient_that_has_one():
    x = leaf(3.0)
    (x**3).sum().backward(create_graph=True)
    assert x.grad.requires_grad
    (second,) = grad(x.grad.sum(), [x])
    same(second, [18])


def test_used_twice_is_an_error_that_says_so():
    x = leaf(1.0)
    y = x.exp()
    y.sum().backward()
    with pytest.raises(RuntimeError, match="retain_graph"):
        y.sum().backward()


def test_retain_graph_allows_it():
    x = leaf(1.0)
    y = x.exp().sum()
    y.backward(retain_graph=True)
    y.backward()
    same(x.grad, [2 * np.e])


def test_nodes_that_saved_nothing_may_be_used_twice():
    x = leaf(1.0)
    y = x + x
    y.sum().backward()
    y.sum().backward()
    same(x.grad, [4])


def test_backward_frees_what_was_saved_as_soon_as_used():
    x = dlx.ones(1000, requires_grad=True)
    y = x.exp().exp()
    before = dlx._C._live_counts()["storages"]
    y.sum().backward()
    x.grad = None
    assert dlx._C._live_counts()["storages"] <= before - 1  # the inner exp was held by the graph alone


def test_integers_have_no_gradient():
    with pytest.raises(RuntimeError, match="floating"):
        dlx.tensor([1, 2], requires_grad=True)
    x = leaf(1.0, 3.0, 2.0)
    values, indices = dlx.max(x, 0)
    assert values.requires_grad
    assert not indices.requires_grad


def test_threads_share_a_graph():
    x = dlx.ones(200, dtype=dlx.float64, requires_grad=True)
    shared = (x * 2).exp()
    found = []

    def work(scale: float) -> None:
        found.append(grad((shared * scale).sum(), [x], retain_graph=True)[0].numpy() / scale)

    workers = [threading.Thread(target=work, args=(float(i + 1),)) for i in range(8)]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    assert len(found) == 8
    for g in found:
        np.testing.assert_allclose(g, 2 * np.exp(2) * np.ones(200))


# --- modes ---------------------------------------------------------------------------------------------------------
def test_no_grad_records_nothing_and_nests():
    x = leaf(1.0)
    with no_grad():
        y = x * 2
        with dlx.enable_grad():
            z = x * 2
        assert not dlx.is_grad_enabled()
    assert not y.requires_grad
    assert z.requires_grad
    assert dlx.is_grad_enabled()


def test_no_grad_as_a_decorator_and_set_grad_enabled():
    @no_grad()
    def f(x):
        return x * 2

    assert not f(leaf(1.0)).requires_grad
    with dlx.set_grad_enabled(False):
        assert not (leaf(1.0) * 2).requires_grad
    dlx.set_grad_enabled(False)
    assert not dlx.is_grad_enabled()
    dlx.set_grad_enabled(True)


def test_modes_belong_to_a_thread():
    seen = []
    with no_grad():
        worker = threading.Thread(target=lambda: seen.append(dlx.is_grad_enabled()))
        worker.start()
        worker.join()
    assert seen == [True]


def test_backward_runs_under_the_mode_it_needs():
    x = leaf(2.0)
    y = (x * x).sum()
    with no_grad():
        y.backward()
    same(x.grad, [4])
    assert not x.grad.requires_grad


def test_detach_shares_memory_and_ends_the_graph():
    x = leaf(2.0)
    y = x * 3
    z = y.detach()
    assert not z.requires_grad
    assert z.data_ptr() == y.data_ptr()
    (y * z).sum().backward()
    same(x.grad, [18])


def test_data_is_writable_and_does_not_disturb_the_graph():
    x = leaf(1.0, 2.0)
    y = (x * x).sum()
    x.data.mul_(10)
    same(x, [10, 20])
    y.backward()
    x.data = dlx.tensor([5.0, 6.0], dtype=dlx.float64)
    same(x, [5, 6])
    assert x.requires_grad


# --- hooks ---------------------------------------------------------------------------------------------------------
def test_hooks_see_and_replace_gradients_in_order():
    x = leaf(1.0)
    y = x * 2
    seen = []
    y.register_hook(lambda g: seen.append(("first", g.item())))
    y.register_hook(lambda g: g * 10)
    y.register_hook(lambda g: seen.append(("third", g.item())))
    y.sum().backward()
    assert seen == [("first", 1.0), ("third", 10.0)]
    same(x.grad, [20])


def test_hook_of_a_leaf_and_its_removal():
    x = leaf(1.0)
    handle = x.register_hook(lambda g: g * 5)
    x.sum().backward()
    same(x.grad, [5])
    handle.remove()
    handle.remove()
    x.sum().backward()
    same(x.grad, [6])


def test_hook_sees_the_whole_gradient():
    x = leaf(1.0)
    y = x * 1
    seen = []
    y.register_hook(lambda g: seen.append(g.item()))
    (y * 2 + y * 3).sum().backward()
    assert seen == [5.0]


def test_nested_backward_in_a_hook():
    x, z = leaf(2.0), leaf(3.0)
    y = x * x

    def hook(g):
        with dlx.enable_grad():
            (z * z).sum().backward()
            (inner,) = grad((z * z * z).sum(), [z])
        return g * inner

    y.register_hook(hook)
    y.sum().backward()
    same(z.grad, [6])
    same(x.grad, [4 * 27])


def test_nested_backward_through_the_same_graph():
    x = leaf(2.0)
    y = x.exp()
    entered, inner = [], []

    def hook(g):  # runs again within the backward that it starts
        if len(entered) < 3:
            entered.append(True)
            with dlx.enable_grad():
                inner.append(grad(y.sum(), [x], retain_graph=True)[0].item())

    y.register_hook(hook)
    y.sum().backward()
    assert inner == [pytest.approx(np.exp(2))] * 3
    same(x.grad, [np.exp(2)])


def test_error_in_a_hook_passes_through():
    x = leaf(1.0)
    y = x * 2

    def hook(g):
        raise KeyError("mine")

    y.register_hook(hook)
    with pytest.raises(KeyError, match="mine"):
        y.sum().backward()
    y = x * 2
    y.register_hook(lambda g: dlx.ones(3))
    with pytest.raises(RuntimeError, match="shape"):
        y.sum().backward()
    y = x * 2
    y.register_hook(lambda g: "text")
    with pytest.raises(TypeError, match="hook"):
        y.sum().backward()


def test_retain_grad_keeps_the_gradient_of_a_result():
    x = leaf(2.0)
    y = x * x
    y.retain_grad()
    (y * 3).sum().backward()
    same(y.grad, [3])
    with pytest.raises(RuntimeError, match="require"):
        dlx.ones(1).retain_grad()


# --- changed in place -------------------------------------------------------------------------------------------------
def test_saved_tensor_changed_in_place_names_the_op_and_the_versions():
    x = leaf(1.0)
    y = x.exp()
    y += 1
    with pytest.raises(RuntimeError, match=r"exp.*version 1, now 2"):
        y.sum().backward()
    a, b = leaf(1.0) * 1, leaf(2.0) * 1
    c = a * b
    b.mul_(2)
    with pytest.raises(RuntimeError, match=r"mul.*version"):
        c.sum().backward()


def test_change_through_detach_is_noticed_and_through_data_is_not():
    x = leaf(1.0)
    y = x.exp()
    y.detach().mul_(2)
    with pytest.raises(RuntimeError, match="exp"):
        y.sum().backward()
    y = x.exp()
    y.data.mul_(2)
    y.sum().backward()


def test_change_of_what_nobody_saved_is_allowed():
    x = leaf(1.0, 2.0)
    y = x + 1
    y.mul_(3)
    y.sum().backward()
    same(x.grad, [3, 3])


def test_writing_into_a_leaf_is_an_error():
    x = leaf(1.0, 2.0)
    for write in (
        lambda: x.add_(1),
        lambda: x[0].mul_(2),
        lambda: x.__setitem__(0, 5.0),
        lambda: x.view(2, 1).fill_(0),
        lambda: x.copy_(x * 2),
    ):
        with pytest.raises(RuntimeError, match="leaf"):
            write()
    same(x, [1, 2])
    with no_grad():
        x.add_(1)
    same(x, [2, 3])
    assert x.is_leaf


def test_slice_written_under_gradient():
    x, y = leaf(1.0, 2.0, 3.0, 4.0), leaf(5.0, 6.0)
    z = x * 1
    z[1:3].mul_(y)
    same(z, [1, 10, 18, 4])
    (z * z).sum().backward()
    same(x.grad, [2, 2 * 10 * 5, 2 * 18 * 6, 8])
    same(y.grad, [2 * 10 * 2, 2 * 18 * 3])


def test_view_of_a_view_written():
    x = dlx.arange(12, dtype=dlx.float64).reshape(3, 4).requires_grad_()
    z = x * 1
    z[1:].t()[1:3].mul_(10)
    z.sum().backward()
    want = np.ones((3, 4))
    want[1:, 1:3] = 10
    same(x.grad, want)


def test_view_made_before_the_write_sees_it():
    x = leaf(1.0, 2.0, 3.0)
    z = x * 1
    v = z[1:]
    z.mul_(5)
    same(v, [10, 15])
    (g,) = grad(v.sum(), [x])
    same(g, [0, 5, 5])


def test_base_sees_what_was_written_into_a_view_of_another_view():
    x, w = leaf(1.0, 2.0, 3.0, 4.0), leaf(7.0)
    z = x * 1
    a, b = z[:3], z[1:]
    a.mul_(2)
    b[0] = w.sum()
    same(z, [2, 7, 6, 4])
    same(a, [2, 7, 6])
    (gx, gw) = grad((z * dlx.tensor([1.0, 10.0, 100.0, 1000.0], dtype=dlx.float64)).sum(), [x, w])
    same(gx, [2, 0, 200, 1000])
    same(gw, [10])


def test_setitem_of_a_row_and_augmented_assignment():
    x, w = leaf(1.0, 2.0, 3.0), leaf(10.0)
    z = x * 1
    z[1] += w.sum()
    z[2] = z[0].clone() * z[1].clone()
    same(z, [1, 12, 12])
    z.sum().backward()
    same(x.grad, [1 + 12, 1 + 1, 0])
    same(w.grad, [1 + 1])


def test_setitem_of_a_constant_cuts_the_gradient():
    x = leaf(1.0, 2.0, 3.0)
    z = x * 2
    z[1] = 7.0
    z.sum().backward()
    same(x.grad, [2, 0, 2])


def test_constant_that_takes_a_tracked_value():
    w = leaf(3.0)
    buffer = dlx.zeros(3, dtype=dlx.float64)
    buffer[1] = w.sum() * 2
    assert buffer.requires_grad
    (buffer * buffer).sum().backward()
    same(w.grad, [2 * 6 * 2])


def test_expanded_tensor_cannot_be_written():
    x = dlx.ones(1, 3).expand(4, 3)
    with pytest.raises(RuntimeError, match="expanded|share"):
        x.add_(1)
    with pytest.raises(RuntimeError, match="expanded|share"):
        x[0:2] = 5


def test_output_of_split_and_unbind_cannot_be_written_under_gradient():
    x = leaf(1.0, 2.0, 3.0, 4.0)
    for parts in ((x * 1).split(2), (x * 1).unbind(), (x * 1).chunk(2)):
        with pytest.raises(RuntimeError, match="split"):
            parts[0].mul_(2)
    parts = dlx.ones(4).split(2)
    parts[0].mul_(2)
    same(parts[0], [2, 2])


def test_view_made_under_no_grad():
    x = leaf(1.0, 2.0, 3.0)
    z = x * 1
    with no_grad():
        v = z[1:]
    with pytest.raises(RuntimeError, match="no_grad"):
        v.mul_(2)
    with no_grad():
        v.mul_(2)
    same(z, [1, 4, 6])


def test_no_grad_write_into_a_tracked_tensor_is_a_constant_change():
    x = leaf(1.0, 2.0)
    z = x * 3
    with no_grad():
        z[0] = 100.0
    z.sum().backward()
    same(x.grad, [3, 3])


def test_view_grad_fn_is_rebuilt_once_the_root_changed():
    x = leaf(1.0, 2.0, 3.0)
    z = x * 1
    v = z[:2]
    for _ in range(3):
        z.mul_(2)
        same(
            grad(v.sum(), [x], retain_graph=True)[0],
            np.array([1, 1, 0]) * grad(z.sum(), [x], retain_graph=True)[0].numpy(),
        )


def test_in_place_result_dtype_and_versions():
    x = dlx.ones(3)
    before = x._version
    x.add_(1)
    x[0] = 5
    x.view(3, 1).mul_(2)
    assert x._version == before + 3
    assert x.detach()._version == before + 3


def test_requires_grad_of_results_and_its_setter():
    x = leaf(1.0)
    y = x * 2
    with pytest.raises(RuntimeError, match="leaf|history"):
        y.requires_grad = False
    z = dlx.ones(2)
    z.requires_grad = True
    assert z.is_leaf
    assert z.grad_fn is None
    assert y.grad_fn is not None
    assert "mul" in repr(y.grad_fn).lower()


def test_grad_setter_checks():
    x = leaf(1.0, 2.0)
    x.grad = dlx.ones(2, dtype=dlx.float64)
    x.sum().backward()
    same(x.grad, [2, 2])
    for bad in (dlx.ones(3, dtype=dlx.float64), dlx.ones(2, dtype=dlx.float32), "text"):
        with pytest.raises((RuntimeError, TypeError, ValueError)):
            x.grad = bad


def test_broadcast_gradients_are_summed():
    x, y = dlx.ones(3, 1, dtype=dlx.float64, requires_grad=True), dlx.ones(4, dtype=dlx.float64, requires_grad=True)
    (x * y * 2).sum().backward()
    same(x.grad, np.full((3, 1), 8))
    same(y.grad, np.full(4, 6))


def test_gradient_has_the_dtype_of_its_leaf():
    x = dlx.ones(3, dtype=dlx.float16, requires_grad=True)
    y = dlx.ones(3, dtype=dlx.float32, requires_grad=True)
    (x * y).sum().backward()
    assert x.grad.dtype == dlx.float16
    assert y.grad.dtype == dlx.float32
