"""Inference mode, anomaly mode, autocast, checkpointing."""

from __future__ import annotations

import threading

import pytest

import dlx
import dlx.nn.functional as F
from dlx import nn
from dlx.utils.checkpoint import checkpoint, checkpoint_sequential


def leaf(*values: float) -> dlx.Tensor:
    return dlx.tensor(values, requires_grad=True)


# --- inference -----------------------------------------------------------------------------------------------------
def test_inference_mode_forbids_what_a_graph_would_need():
    x = leaf(1.0, 2.0)
    with dlx.inference_mode():
        assert dlx.is_inference_mode_enabled()
        assert not dlx.is_grad_enabled()
        y = x * 2
        y.add_(1)  # allowed in here
        part = x[0]
    assert not dlx.is_inference_mode_enabled()
    assert dlx.is_grad_enabled()
    assert y.is_inference()
    assert y[0].is_inference()
    assert not part.is_inference()  # a view of a normal tensor is one
    assert not y.clone().is_inference()
    assert (y + 1).tolist() == [4.0, 6.0]
    for forbidden, text in [
        (lambda: y.add_(1), "add: a tensor made in inference mode cannot be changed in place outside"),
        (lambda: y * x, "cannot be saved for backward"),
        (lambda: y.requires_grad_(), "cannot require a gradient"),
        (lambda: y._version, "no version counter"),
    ]:
        with pytest.raises(RuntimeError, match=text):
            forbidden()
    assert (y.clone() * x).requires_grad


def test_inference_mode_as_a_decorator_and_switched_off_inside():
    @dlx.inference_mode()
    def f(x):
        return x * 2

    @dlx.inference_mode
    def g(x):
        return x * 2

    assert f(leaf(1.0)).is_inference()
    assert g(leaf(1.0)).is_inference()
    with dlx.inference_mode(), dlx.inference_mode(False):
        assert (leaf(1.0) * 2).requires_grad
    with dlx.inference_mode(), dlx.enable_grad():
        assert not (leaf(1.0) * 2).requires_grad


def test_modes_belong_to_their_thread():
    seen = []
    with dlx.inference_mode(), dlx.autocast("cpu"):
        thread = threading.Thread(
            target=lambda: seen.append((dlx.is_inference_mode_enabled(), dlx.is_autocast_enabled("cpu")))
        )
        thread.start()
        thread.join()
    assert seen == [(False, False)]


# --- anomaly -------------------------------------------------------------------------------------------------------
def test_anomaly_mode_names_the_op_and_where_it_was_called():
    x = leaf(-1.0, 4.0)

    def the_guilty_line() -> dlx.Tensor:
        return x.sqrt()

    with dlx.autograd.detect_anomaly():
        assert dlx.is_anomaly_enabled()
        y = the_guilty_line().sum()
        with pytest.raises(RuntimeError, match=r"sqrt gave nan in the gradient of its input 0") as caught:
            y.backward()
    assert "the_guilty_line" in str(caught.value)
    assert "return x.sqrt()" in str(caught.value)
    assert not dlx.is_anomaly_enabled()
    the_guilty_line().sum().backward()  # no error outside

    with dlx.autograd.detect_anomaly(check_nan=False):
        the_guilty_line().sum().backward()
    dlx.autograd.set_detect_anomaly(True)
    assert dlx.is_anomaly_enabled()
    with dlx.autograd.set_detect_anomaly(False):
        assert not dlx.is_anomaly_enabled()
    assert dlx.is_anomaly_enabled()
    dlx.autograd.set_detect_anomaly(False)


# --- autocast ------------------------------------------------------------------------------------------------------
def test_autocast_lowers_products_and_keeps_losses():
    layer, x = nn.Linear(8, 4), dlx.ones(2, 8)
    with dlx.autocast("cpu"):
        y = layer(x)
        assert y.dtype == dlx.bfloat16
        assert (x @ x.T).dtype == dlx.bfloat16
        assert (x + x).dtype == dlx.float32
        assert F.mse_loss(y, y).dtype == dlx.float32
        assert dlx.cat([y, dlx.ones(2, 4)]).dtype == dlx.float32
        assert (x.double() @ x.double().T).dtype == dlx.float64
        with dlx.autocast("cpu", enabled=False):
            assert layer(x).dtype == dlx.float32
        with dlx.autocast("cpu", dtype=dlx.float16):
            assert layer(x).dtype == dlx.float16
            assert dlx.get_autocast_dtype("cpu") == dlx.float16
        F.cross_entropy(y, dlx.tensor([0, 1])).backward()
    assert layer.weight.grad.dtype == dlx.float32
    assert not dlx.is_autocast_enabled("cpu")
    with dlx.autocast("cuda", enabled=True):
        assert layer(x).dtype == dlx.float32  # another device's


def test_autocast_as_a_decorator_and_its_errors():
    @dlx.autocast("cpu")
    def f(a):
        return a @ a

    assert f(dlx.ones(2, 2)).dtype == dlx.bfloat16
    with pytest.raises(ValueError, match="'cpu' or 'cuda'"):
        dlx.autocast("tpu")
    with pytest.raises(dlx.DtypeError, match="float16 or dlx.bfloat16"):
        dlx.autocast("cpu", dtype=dlx.int32)
    with pytest.raises(ZeroDivisionError), dlx.autocast("cpu"):
        raise ZeroDivisionError
    assert not dlx.is_autocast_enabled("cpu")


def test_functions_under_autocast():
    seen = []

    class Product(dlx.autograd.Function):
        @staticmethod
        @dlx.amp.custom_fwd(device_type="cpu", cast_inputs=dlx.float32)
        def forward(ctx, x, w):
            ctx.save_for_backward(x, w)
            return x @ w

        @staticmethod
        @dlx.amp.custom_bwd(device_type="cpu")
        def backward(ctx, g):
            x, w = ctx.saved_tensors
            seen.append(dlx.is_autocast_enabled("cpu"))
            return g @ w.T, x.T @ g

    x = dlx.ones(2, 3, requires_grad=True)
    with dlx.autocast("cpu"):
        y = Product.apply(x.bfloat16(), dlx.ones(3, 2))
    assert y.dtype == dlx.float32
    y.sum().backward()
    assert seen == [False]


def test_grad_scaler_skips_overflow_and_grows():
    x = nn.Parameter(dlx.ones(2))
    optimizer = dlx.optim.SGD([x], lr=1.0)
    scaler = dlx.amp.GradScaler("cpu", init_scale=4.0, growth_interval=2)
    for factor, value, scale in [(0.5, 0.5, 4.0), (0.25, 0.25, 8.0), (float("inf"), 0.25, 4.0), (0.25, 0.0, 4.0)]:
        optimizer.zero_grad()
        scaler.scale((x * factor).sum()).backward()
        scaler.step(optimizer)
        scaler.update()
        assert x.tolist() == [value, value]
        assert scaler.get_scale() == scale
    other = dlx.amp.GradScaler("cpu")
    other.load_state_dict(scaler.state_dict())
    assert other.get_scale() == 4.0
    x.grad = None
    scaler.scale((x * 1).sum()).backward()
    scaler.unscale_(optimizer)
    assert x.grad.tolist() == [1.0, 1.0]
    with pytest.raises(RuntimeError, match="already been called"):
        scaler.unscale_(optimizer)
    scaler.step(optimizer)
    with pytest.raises(RuntimeError, match="since the last update"):
        scaler.step(optimizer)
    off = dlx.amp.GradScaler("cpu", enabled=False)
    assert off.scale(x) is x
    off.step(optimizer)
    off.update()


# --- checkpointing -------------------------------------------------------------------------------------------------
def network() -> nn.Sequential:
    dlx.manual_seed(7)
    return nn.Sequential(nn.Linear(4, 16), nn.Tanh(), nn.Dropout(0.5), nn.Linear(16, 8), nn.Tanh(), nn.Linear(8, 1))


@pytest.mark.parametrize(
    "through",
    [
        lambda net, x: checkpoint(net, x),
        lambda net, x: checkpoint(net, x, use_reentrant=True),
        lambda net, x: checkpoint(lambda y: checkpoint(net, y) * 1, x),
        lambda net, x: checkpoint_sequential(net, 3, x),
        lambda net, x: checkpoint_sequential(list(net), 2, x, use_reentrant=True),
    ],
)
def test_checkpoints_change_no_bit(through):
    def run(f) -> list:
        net = network()
        x = dlx.ones(5, 4, requires_grad=True)
        f(net, x).sum().backward()
        return [x.grad.tolist()] + [p.grad.tolist() for p in net.parameters()]

    assert run(through) == run(lambda net, x: net(x))


def test_checkpoint_keeps_less_and_can_be_differentiated_twice():
    x = dlx.ones(100, 100, requires_grad=True)

    def part(t):
        for _ in range(10):
            t = t.sin() if hasattr(t, "sin") else t.tanh()
        return t

    def bytes_after(f) -> int:
        before = dlx._C.memory_stats()["in_use_bytes"]
        y = f()
        held = dlx._C.memory_stats()["in_use_bytes"] - before
        y.sum().backward()
        return held

    assert bytes_after(lambda: checkpoint(part, x)) < bytes_after(lambda: part(x)) / 3
    y = checkpoint(lambda t: t**3, leaf(2.0))
    assert y.requires_grad
    z = leaf(2.0)
    (g,) = dlx.autograd.grad(checkpoint(lambda t: t**3, z), z, create_graph=True)
    (h,) = dlx.autograd.grad(g, z)
    assert h.tolist() == [12.0]


def test_checkpoint_notices_a_part_that_changes():
    state = []

    def part(t):
        state.append(1)
        for _ in range(len(state)):
            t = t.exp()
        return t

    with pytest.raises(RuntimeError, match="saved 1 tensors when it ran first and 2 when it ran again"):
        checkpoint(part, leaf(0.5)).sum().backward()
    with pytest.raises(ValueError, match="takes no keyword arguments"):
        checkpoint(part, leaf(0.5), use_reentrant=True, more=1)
    with pytest.raises(ValueError, match="at least 1"):
        checkpoint_sequential([part], 0, leaf(0.5))
