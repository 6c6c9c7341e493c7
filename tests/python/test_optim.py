"""Optimizers and schedules, beside PyTorch's where it is installed."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dlx
from dlx import nn, optim
from dlx.optim import lr_scheduler

OPTIMIZERS = [
    ("SGD", {"lr": 0.1}),
    ("SGD", {"lr": 0.1, "weight_decay": 0.05, "maximize": True}),
    ("SGD", {"lr": 0.1, "momentum": 0.9}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.01}),
    ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.5}),
    ("Adam", {"lr": 0.01}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "betas": (0.8, 0.95), "eps": 1e-6}),
    ("Adam", {"lr": 0.01, "amsgrad": True, "maximize": True}),
    ("Adam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("AdamW", {"lr": 0.01}),
    ("AdamW", {"lr": 0.01, "weight_decay": 0.3, "amsgrad": True}),
]


def loss_of(lib, params):
    w, b = params
    x = lib.arange(6, dtype=w.dtype).reshape(2, 3) / 6
    out = lib.tanh(lib.matmul(x, w) + b)
    return (out * out).sum() + (w * w * w).sum() * 0.01


def start(lib, dtype="float32"):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal((3, 4)), rng.standard_normal(4)]
    return [lib.tensor(a.tolist(), dtype=getattr(lib, dtype), requires_grad=True) for a in arrays]


def run_steps(lib, name, options, schedule=None, steps=12, dtype="float32"):
    params = start(lib, dtype)
    optimizer = getattr(lib.optim, name)(params, **options)
    rates = schedule(lib.optim.lr_scheduler, optimizer) if schedule else None
    for _ in range(steps):
        optimizer.zero_grad()
        loss_of(lib, params).backward()
        optimizer.step()
        if rates:
            rates.step()
    return [np.array(p.detach().tolist()) for p in params], optimizer


@pytest.mark.parametrize(("name", "options"), OPTIMIZERS, ids=lambda value: str(value))
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_steps_are_pytorchs(name, options, dtype):
    torch = pytest.importorskip("torch")
    ours, _ = run_steps(dlx, name, options, dtype=dtype)
    theirs, _ = run_steps(torch, name, options, dtype=dtype)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(
            a, b, rtol=2e-5 if dtype == "float32" else 1e-11, atol=2e-6 if dtype == "float32" else 1e-12
        )


SCHEDULES = [
    lambda s, o: s.StepLR(o, step_size=3, gamma=0.5),
    lambda s, o: s.CosineAnnealingLR(o, T_max=5, eta_min=0.001),
    lambda s, o: s.LambdaLR(o, lambda step: 0.9**step),
]


@pytest.mark.parametrize("schedule", SCHEDULES, ids=["StepLR", "CosineAnnealingLR", "LambdaLR"])
def test_schedules_are_pytorchs(schedule):
    torch = pytest.importorskip("torch")
    rates = []
    for lib in (dlx, torch):
        optimizer = lib.optim.SGD([{"params": [p]} for p in start(lib)], lr=0.4)
        optimizer.param_groups[1]["lr"] = 0.1
        plan = schedule(lib.optim.lr_scheduler, optimizer)
        seen = [plan.get_last_lr()]
        for _ in range(14):
            optimizer.step()
            plan.step()
            seen.append(plan.get_last_lr())
        rates.append(np.array(seen))
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-12)


def test_the_kernel_reads_the_rate_that_the_schedule_sets():
    torch = pytest.importorskip("torch")
    plan = SCHEDULES[1]
    ours, _ = run_steps(dlx, "AdamW", {"lr": 0.05}, plan)
    theirs, _ = run_steps(torch, "AdamW", {"lr": 0.05}, plan)
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=3e-5, atol=3e-6)


def test_a_tensor_as_learning_rate_is_read_at_each_step():
    rate = dlx.tensor(0.5)
    x = dlx.tensor([1.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=rate)
    x.sum().backward()
    optimizer.step()
    assert x.item() == 0.5
    rate.fill_(0.25)
    optimizer.step()
    assert x.item() == 0.25


@pytest.mark.parametrize("name", ["SGD", "Adam"])
def test_training_goes_on_from_a_state_dict_as_if_it_had_not_stopped(name, tmp_path):
    options = {"lr": 0.05, **({"momentum": 0.9} if name == "SGD" else {})}
    params = start(dlx)
    optimizer = getattr(optim, name)(params, **options)

    def steps(params, optimizer, count):
        for _ in range(count):
            optimizer.zero_grad()
            loss_of(dlx, params).backward()
            optimizer.step()

    steps(params, optimizer, 3)
    dlx.save({"params": [p.detach() for p in params], "optimizer": optimizer.state_dict()}, tmp_path / "state.dlx")
    steps(params, optimizer, 3)

    loaded = dlx.load(tmp_path / "state.dlx")
    again = [p.requires_grad_() for p in loaded["params"]]
    other = getattr(optim, name)(again, lr=0.9)
    other.load_state_dict(loaded["optimizer"])
    assert other.param_groups[0]["lr"] == 0.05
    steps(again, other, 3)
    for a, b in zip(params, again):
        assert a.tolist() == b.tolist()


def test_state_dict_looks_like_pytorchs():
    torch = pytest.importorskip("torch")
    _, ours = run_steps(dlx, "AdamW", {"lr": 0.01}, steps=2)
    _, theirs = run_steps(torch, "AdamW", {"lr": 0.01}, steps=2)
    a, b = ours.state_dict(), theirs.state_dict()
    assert a.keys() == b.keys()
    assert a["state"].keys() == b["state"].keys()
    assert a["state"][0].keys() == b["state"][0].keys()
    assert a["state"][0]["step"].item() == b["state"][0]["step"].item() == 2
    assert a["param_groups"][0]["params"] == b["param_groups"][0]["params"]
    assert set(a["param_groups"][0]) <= set(b["param_groups"][0])


def test_groups_have_their_own_options():
    a, b = dlx.ones(1, requires_grad=True), dlx.ones(1, requires_grad=True)
    optimizer = optim.SGD([{"params": [a]}, {"params": b, "lr": 0.1}], lr=0.5)
    (a + b).sum().backward()
    optimizer.step()
    assert a.item() == 0.5
    assert b.item() == pytest.approx(0.9)
    assert "lr" in repr(optimizer)


def test_parameters_without_gradient_stay():
    a, b = dlx.ones(1, requires_grad=True), dlx.ones(1, requires_grad=True)
    optimizer = optim.Adam([a, b], lr=0.1)
    a.sum().backward()
    optimizer.step()
    assert b.item() == 1.0
    assert list(optimizer.state) == [a]
    (a + b).sum().backward()
    optimizer.step()
    assert optimizer.state[a]["step"].item() == 2
    assert optimizer.state[b]["step"].item() == 1


def test_zero_grad():
    x = dlx.ones(2, requires_grad=True)
    optimizer = optim.SGD([x], lr=0.1)
    x.sum().backward()
    optimizer.zero_grad(set_to_none=False)
    assert x.grad.tolist() == [0.0, 0.0]
    optimizer.zero_grad()
    assert x.grad is None


def test_closure_runs_with_gradients():
    x = dlx.tensor([2.0], requires_grad=True)
    optimizer = optim.SGD([x], lr=0.25)

    def closure():
        optimizer.zero_grad()
        loss = (x * x).sum()
        loss.backward()
        return loss

    with dlx.no_grad():
        loss = optimizer.step(closure)
    assert loss.item() == 4.0
    assert x.item() == 1.0


@pytest.mark.parametrize(
    ("make", "error", "text"),
    [
        (lambda: optim.SGD([], lr=1), ValueError, "empty parameter list"),
        (lambda: optim.SGD(dlx.ones(1), lr=1), TypeError, "iterable of Tensors"),
        (lambda: optim.SGD([1.0], lr=1), TypeError, "one of the params is float"),
        (lambda: optim.SGD([dlx.ones(1, requires_grad=True) * 2], lr=1), ValueError, "non-leaf"),
        (lambda: optim.SGD([dlx.ones(1)], lr=-1), ValueError, "lr must not be negative"),
        (lambda: optim.SGD([dlx.ones(1)], lr=math.nan), ValueError, "lr must not be negative"),
        (lambda: optim.SGD([dlx.ones(1)], nesterov=True), ValueError, "Nesterov"),
        (lambda: optim.Adam([dlx.ones(1)], betas=(0.9, 1.0)), ValueError, r"betas\[1\] must be below 1"),
        (lambda: optim.Adam([dlx.ones(1)], differentiable=True), ValueError, "differentiable"),
        (lambda: lr_scheduler.StepLR(None, 1), TypeError, "is not an Optimizer"),
    ],
)
def test_wrong_arguments(make, error, text):
    with pytest.raises(error, match=text):
        make()


def test_a_parameter_twice_is_an_error():
    x = dlx.ones(1, requires_grad=True)
    optimizer = optim.SGD([x], lr=1)
    with pytest.raises(ValueError, match="twice"):
        optimizer.add_param_group({"params": [x]})


def test_a_schedule_before_the_optimizer_warns():
    optimizer = optim.SGD([dlx.ones(1, requires_grad=True)], lr=1.0)
    schedule = lr_scheduler.StepLR(optimizer, 1)
    with pytest.warns(UserWarning, match="before optimizer.step"):
        schedule.step()


def test_schedule_state_dict():
    optimizer = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    schedule = lr_scheduler.CosineAnnealingLR(optimizer, T_max=10)
    for _ in range(4):
        optimizer.step()
        schedule.step()
    other = optim.SGD(nn.Linear(1, 1).parameters(), lr=1.0)
    resumed = lr_scheduler.CosineAnnealingLR(other, T_max=3)
    other.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(schedule.state_dict())
    assert "optimizer" not in schedule.state_dict()
    schedule.step()
    resumed.step()
    assert resumed.get_last_lr() == schedule.get_last_lr()
