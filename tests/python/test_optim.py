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
    ("RMSprop", {"lr": 0.01}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "weight_decay": 0.1, "maximize": True}),
    ("RMSprop", {"lr": 0.01, "momentum": 0.9, "eps": 1e-5}),
    ("RMSprop", {"lr": 0.01, "alpha": 0.9, "momentum": 0.5, "centered": True}),
    ("Adagrad", {"lr": 0.1}),
    ("Adagrad", {"lr": 0.1, "lr_decay": 0.1, "weight_decay": 0.05, "initial_accumulator_value": 0.3, "eps": 1e-6}),
    ("Adagrad", {"lr": 0.1, "maximize": True}),
    ("Adadelta", {}),
    ("Adadelta", {"lr": 0.5, "rho": 0.8, "eps": 1e-4, "weight_decay": 0.1, "maximize": True}),
    ("Adamax", {"lr": 0.01}),
    ("Adamax", {"lr": 0.01, "betas": (0.8, 0.9), "weight_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.01}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "momentum_decay": 0.1, "maximize": True}),
    ("NAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("RAdam", {"lr": 0.01}),
    ("RAdam", {"lr": 0.01, "betas": (0.9, 0.9), "weight_decay": 0.1, "maximize": True}),
    ("RAdam", {"lr": 0.01, "weight_decay": 0.1, "decoupled_weight_decay": True}),
    ("ASGD", {"lr": 0.05}),
    ("ASGD", {"lr": 0.05, "lambd": 0.01, "alpha": 0.5, "t0": 5, "weight_decay": 0.1, "maximize": True}),
    ("Rprop", {}),
    ("Rprop", {"lr": 0.1, "etas": (0.3, 1.5), "step_sizes": (0.01, 0.2), "maximize": True}),
    ("Adafactor", {}),
    (
        "Adafactor",
        {"lr": 0.005, "beta2_decay": -0.5, "eps": (1e-6, 1e-2), "d": 1.5, "weight_decay": 0.1, "maximize": True},
    ),
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


def run_steps(lib, name, options, schedule=None, steps=30, dtype="float32"):
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
    # PyTorch keeps the product of NAdam's momenta and the rate of ASGD in float32 even for float64.
    exact = 1e-7 if name in ("NAdam", "ASGD") else 1e-11
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(
            a, b, rtol=2e-5 if dtype == "float32" else exact, atol=5e-6 if dtype == "float32" else exact
        )


@pytest.mark.parametrize(
    "options", [{}, {"nesterov": False, "adjust_lr_fn": "match_rms_adamw", "ns_steps": 3}], ids=str
)
def test_muon_is_pytorchs(options):
    torch = pytest.importorskip("torch")
    results = []
    for lib in (dlx, torch):
        w = start(lib)[0]
        optimizer = lib.optim.Muon([w], lr=0.02, **options)
        for _ in range(30):
            optimizer.zero_grad()
            loss_of(lib, (w, 0.1)).backward()
            optimizer.step()
        results.append(np.array(w.detach().tolist()))
    np.testing.assert_allclose(*results, atol=0.02)  # both iterate in bfloat16
    with pytest.raises(ValueError, match="must have 2 dimensions"):
        optim.Muon([dlx.ones(3)])


@pytest.mark.parametrize("name", ["Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop", "Adafactor", "Muon"])
def test_states_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    states = []
    for lib in (dlx, torch):
        w = start(lib)[0]
        optimizer = getattr(lib.optim, name)([w])
        for _ in range(3):
            optimizer.zero_grad()
            loss_of(lib, (w, 0.1)).backward()
            optimizer.step()
        states.append(optimizer.state_dict())
    ours, theirs = states
    assert ours["state"][0].keys() == theirs["state"][0].keys()
    assert set(ours["param_groups"][0]) <= set(theirs["param_groups"][0])
    for key, value in ours["state"][0].items():
        other = theirs["state"][0][key]
        assert tuple(value.shape) == tuple(other.shape)
        np.testing.assert_allclose(value.tolist(), other.tolist(), rtol=2e-3 if name == "Muon" else 2e-5, atol=1e-6)


SCHEDULES = {
    "StepLR": lambda s, o: s.StepLR(o, step_size=3, gamma=0.5),
    "CosineAnnealingLR": lambda s, o: s.CosineAnnealingLR(o, T_max=5, eta_min=0.001),
    "LambdaLR": lambda s, o: s.LambdaLR(o, lambda step: 0.9**step),
    "MultiplicativeLR": lambda s, o: s.MultiplicativeLR(o, [lambda step: 0.9, lambda step: 1 - 0.5**step]),
    "MultiStepLR": lambda s, o: s.MultiStepLR(o, [2, 5, 5, 20], gamma=0.5),
    "ConstantLR": lambda s, o: s.ConstantLR(o, total_iters=4),
    "LinearLR": lambda s, o: s.LinearLR(o, 0.25, 0.75, total_iters=6),
    "ExponentialLR": lambda s, o: s.ExponentialLR(o, 0.8),
    "PolynomialLR": lambda s, o: s.PolynomialLR(o, 10, power=2.0),
    "restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 3, eta_min=0.01),
    "longer restarts": lambda s, o: s.CosineAnnealingWarmRestarts(o, 2, T_mult=2),
    "OneCycleLR": lambda s, o: s.OneCycleLR(o, 1.0, total_steps=31),
    "OneCycleLR of three": lambda s, o: s.OneCycleLR(
        o, [1.0, 0.5], epochs=5, steps_per_epoch=7, three_phase=True, anneal_strategy="linear", pct_start=0.4
    ),
    "CyclicLR": lambda s, o: s.CyclicLR(o, 0.01, 0.2, step_size_up=3),
    "CyclicLR of halves": lambda s, o: s.CyclicLR(o, [0.01, 0.02], 0.2, 3, 5, mode="triangular2"),
    "CyclicLR of powers": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 3, mode="exp_range", gamma=0.9, cycle_momentum=False),
    "CyclicLR of a function": lambda s, o: s.CyclicLR(o, 0.01, 0.2, 3, scale_fn=lambda x: 1 / x),
    "SequentialLR": lambda s, o: s.SequentialLR(
        o, [s.LinearLR(o, 0.1, total_iters=4), s.StepLR(o, 3), s.CosineAnnealingLR(o, 8)], [4, 9]
    ),
    "SequentialLR of restarts": lambda s, o: s.SequentialLR(
        o, [s.ConstantLR(o, 0.1), s.CosineAnnealingWarmRestarts(o, 4)], [5]
    ),
    "ChainedScheduler": lambda s, o: s.ChainedScheduler([s.ConstantLR(o, 0.1, 4), s.ExponentialLR(o, 0.9)]),
}


@pytest.mark.parametrize("name", ["SGD", "Adam"])
@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_schedules_are_pytorchs(schedule, name):
    torch = pytest.importorskip("torch")
    rates = []
    for lib in (dlx, torch):
        options = {"momentum": 0.9} if name == "SGD" else {}
        optimizer = getattr(lib.optim, name)([{"params": [p]} for p in start(lib)], lr=0.4, **options)
        optimizer.param_groups[1]["lr"] = 0.1
        plan = schedule(lib.optim.lr_scheduler, optimizer)
        seen = []
        for step in range(31):
            momenta = [g["momentum"] if name == "SGD" else g["betas"][0] for g in optimizer.param_groups]
            seen.append([*plan.get_last_lr(), *(g["lr"] for g in optimizer.param_groups), *momenta])
            optimizer.step()
            if step < 30:
                plan.step()
        rates.append(np.array(seen))
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-10)


@pytest.mark.parametrize("schedule", SCHEDULES.values(), ids=SCHEDULES)
def test_a_schedule_goes_on_from_its_state_dict(schedule):
    def made():
        optimizer = optim.SGD([{"params": [p]} for p in start(dlx)], lr=0.4, momentum=0.9)
        return optimizer, schedule(lr_scheduler, optimizer)

    def steps(optimizer, plan, count):
        for _ in range(count):
            optimizer.step()
            plan.step()

    optimizer, plan = made()
    steps(optimizer, plan, 6)
    other, resumed = made()
    other.load_state_dict(optimizer.state_dict())
    resumed.load_state_dict(plan.state_dict())
    steps(optimizer, plan, 6)
    steps(other, resumed, 6)
    assert resumed.get_last_lr() == plan.get_last_lr()
    assert resumed.last_epoch == plan.last_epoch


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"patience": 2, "cooldown": 2, "min_lr": [0.01, 0.03], "factor": 0.5},
        {"mode": "max", "patience": 1, "threshold": 0.1, "threshold_mode": "abs", "eps": 1e-3},
        {"mode": "max", "patience": 0, "threshold": 0.1},
    ],
    ids=str,
)
def test_reduce_on_plateau_is_pytorchs(options):
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).uniform(size=30).tolist()
    rates = []
    for lib in (dlx, torch):
        optimizer = lib.optim.SGD([{"params": [p]} for p in start(lib)], lr=0.4)
        plan = lib.optim.lr_scheduler.ReduceLROnPlateau(optimizer, **options)
        seen = []
        for value in values:
            plan.step(lib.tensor(value))
            seen.append([*plan.get_last_lr(), plan.num_bad_epochs, plan.best])
        rates.append(np.array(seen))
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-6)


def test_a_tensor_as_rate_is_what_a_schedule_writes_into():
    rate = dlx.tensor(1.0)
    optimizer = optim.SGD([dlx.ones(1, requires_grad=True)], lr=rate)
    plan = lr_scheduler.ExponentialLR(optimizer, 0.5)
    optimizer.step()
    plan.step()
    assert rate.item() == 0.5
    assert optimizer.param_groups[0]["lr"] is rate
    seen = plan.get_last_lr()
    plan.step()
    assert seen[0].item() == 0.5


def test_the_kernel_reads_the_rate_that_the_schedule_sets():
    torch = pytest.importorskip("torch")
    plan = SCHEDULES["CosineAnnealingLR"]
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


@pytest.mark.parametrize(
    "name", ["SGD", "Adam", "RMSprop", "Adagrad", "Adadelta", "Adamax", "NAdam", "RAdam", "ASGD", "Rprop", "Adafactor"]
)
def test_training_goes_on_from_a_state_dict_as_if_it_had_not_stopped(name, tmp_path):
    options = {"lr": 0.05, **({"momentum": 0.9} if name in ("SGD", "RMSprop") else {})}
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


@pytest.mark.parametrize(
    ("name", "options"),
    [("AdamW", {}), ("RMSprop", {"momentum": 0.9, "centered": True}), ("Adagrad", {})],
)
def test_state_dict_looks_like_pytorchs(name, options):
    torch = pytest.importorskip("torch")
    _, ours = run_steps(dlx, name, options, steps=2)
    _, theirs = run_steps(torch, name, options, steps=2)
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
        (lambda: optim.SGD([dlx.ones(1)], differentiable=True), ValueError, "differentiable"),
        (lambda: optim.RMSprop([dlx.ones(1)], alpha=-1), ValueError, "alpha must not be negative"),
        (lambda: optim.RMSprop([dlx.ones(1)], differentiable=True), ValueError, "differentiable"),
        (lambda: optim.Adagrad([dlx.ones(1)], lr_decay=-1), ValueError, "lr_decay must not be negative"),
        (lambda: lr_scheduler.StepLR(None, 1), TypeError, "is not an Optimizer"),
        (lambda: lr_scheduler.LambdaLR(sgd(), [abs, abs]), ValueError, "expected 1 values for lr_lambda"),
        (lambda: lr_scheduler.ConstantLR(sgd(), 2.0), ValueError, r"factor must be in \[0, 1\]"),
        (lambda: lr_scheduler.LinearLR(sgd(), 0.0), ValueError, r"start_factor must be in \(0, 1\]"),
        (lambda: lr_scheduler.OneCycleLR(sgd(), 1.0), ValueError, "give total_steps"),
        (lambda: lr_scheduler.OneCycleLR(sgd(), 1.0, total_steps=0), ValueError, "positive integer"),
        (lambda: lr_scheduler.OneCycleLR(sgd(), 1.0, 10, anneal_strategy="up"), ValueError, "'cos' or 'linear'"),
        (
            lambda: lr_scheduler.OneCycleLR(optim.Adagrad([dlx.ones(1)]), 1.0, 9),
            ValueError,
            "Adagrad has no momentum or betas",
        ),
        (lambda: lr_scheduler.CyclicLR(sgd(), 0.1, 1.0, mode="square"), ValueError, "mode must be"),
        (lambda: lr_scheduler.CosineAnnealingWarmRestarts(sgd(), 0), ValueError, "T_0 must be a positive integer"),
        (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), factor=1.0), ValueError, "factor must be below 1"),
        (lambda: lr_scheduler.ReduceLROnPlateau(sgd(), "up"), ValueError, "'min' or 'max'"),
        (lambda: lr_scheduler.SequentialLR(sgd(), [], []), ValueError, "at least one scheduler"),
        (
            lambda: lr_scheduler.SequentialLR(o := sgd(), [lr_scheduler.StepLR(o, 1)], [1]),
            ValueError,
            "one milestone less",
        ),
        (
            lambda: lr_scheduler.ChainedScheduler([lr_scheduler.StepLR(sgd(), 1), lr_scheduler.StepLR(sgd(), 1)]),
            ValueError,
            "of one optimizer",
        ),
    ],
)
def test_wrong_arguments(make, error, text):
    with pytest.raises(error, match=text):
        make()


def sgd():
    return optim.SGD([dlx.ones(1, requires_grad=True)], lr=1.0)


def test_steps_beyond_a_cycle_are_an_error():
    optimizer = optim.SGD([dlx.ones(1, requires_grad=True)], lr=1.0, momentum=0.9)
    plan = lr_scheduler.OneCycleLR(optimizer, 1.0, total_steps=2)
    optimizer.step()
    plan.step()
    plan.step()
    with pytest.raises(ValueError, match=r"has 2 steps. Tried to take step 3"):
        plan.step()


def test_hooks_around_steps():
    optimizer = sgd()
    seen = []
    before = optimizer.register_step_pre_hook(lambda o, args, kwargs: seen.append(("before", args, kwargs)))
    optimizer.register_step_post_hook(lambda o, args, kwargs: seen.append(("after", o is optimizer)))
    optimizer.step()
    assert seen == [("before", (), {}), ("after", True)]
    before.remove()
    optimizer.step()
    assert seen[2:] == [("after", True)]
    optimizer.register_step_pre_hook(lambda o, args, kwargs: ((lambda: 7,), kwargs))
    assert optimizer.step() == 7
    optimizer.register_step_pre_hook(lambda o, args, kwargs: 3)
    with pytest.raises(RuntimeError, match="new_args, new_kwargs"):
        optimizer.step()


def test_hooks_around_state_dicts():
    optimizer = sgd()
    seen = []
    optimizer.register_state_dict_pre_hook(lambda o: seen.append("save"))
    optimizer.register_state_dict_post_hook(lambda o, state: {**state, "note": 1})
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append(state.pop("note")))
    optimizer.register_load_state_dict_pre_hook(lambda o, state: seen.append("first"), prepend=True)
    optimizer.register_load_state_dict_post_hook(lambda o: seen.append("loaded"))
    state = optimizer.state_dict()
    assert state["note"] == 1
    optimizer.load_state_dict(state)
    assert seen == ["save", "first", 1, "loaded"]
    assert "note" in state  # the hook had a copy


def test_an_optimizer_of_ones_own_has_hooks_and_groups():
    class Sign(optim.Optimizer):
        def __init__(self, params, lr):
            super().__init__(params, {"lr": lr})

        def step(self, closure=None):
            with dlx.no_grad():
                for group in self.param_groups:
                    for param in group["params"]:
                        param.sub_(param.grad / param.grad.abs(), alpha=group["lr"])

    x = dlx.tensor([1.0, -1.0], requires_grad=True)
    optimizer = Sign([x], lr=0.5)
    calls = []
    optimizer.register_step_post_hook(lambda *args: calls.append(1))
    (x * x).sum().backward()
    optimizer.step()
    assert x.tolist() == [0.5, -0.5]
    assert calls == [1]


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


@pytest.mark.parametrize("average", ["mean", "ema", "function"])
@pytest.mark.parametrize("use_buffers", [True, False])
def test_averaged_models_are_pytorchs(average, use_buffers):
    torch = pytest.importorskip("torch")
    states = []
    for lib in (dlx, torch):
        tools = lib.optim.swa_utils
        net = lib.nn.Sequential(lib.nn.Linear(2, 3), lib.nn.BatchNorm1d(3))
        options = {
            "mean": {},
            "ema": {"multi_avg_fn": tools.get_ema_multi_avg_fn(0.9)},
            "function": {"avg_fn": tools.get_ema_avg_fn(0.5)},
        }[average]
        if average == "function" and use_buffers:
            options = {"avg_fn": tools.get_swa_avg_fn()}
        averaged = tools.AveragedModel(net, use_buffers=use_buffers, **options)
        rng = np.random.default_rng(0)
        for _ in range(4):
            with lib.no_grad():
                for value in [*net.parameters(), *list(net.buffers())[:2]]:
                    value.copy_(lib.tensor(rng.standard_normal(tuple(value.shape)).astype(np.float32)))
            averaged.update_parameters(net)
        data = [lib.tensor(rng.standard_normal((8, 2)).astype(np.float32)) for _ in range(3)]
        found = {name: np.array(value.tolist()) for name, value in averaged.state_dict().items()}
        tools.update_bn([(x, 0) for x in data], averaged)
        found |= {f"then {name}": np.array(value.tolist()) for name, value in averaged.state_dict().items()}
        states.append(found)
    assert states[0].keys() == states[1].keys()
    for name, value in states[0].items():
        np.testing.assert_allclose(value, states[1][name], rtol=1e-5, atol=1e-6, err_msg=name)


@pytest.mark.parametrize(
    "options", [{}, {"anneal_epochs": 3, "anneal_strategy": "linear"}, {"anneal_epochs": 0}], ids=str
)
def test_swa_rates_are_pytorchs(options):
    torch = pytest.importorskip("torch")
    rates = []
    for lib in (dlx, torch):
        optimizer = lib.optim.SGD([{"params": [p]} for p in start(lib)], lr=0.4)
        plan = lib.optim.swa_utils.SWALR(optimizer, swa_lr=[0.05, 0.1], **options)
        seen = []
        for _ in range(14):
            seen.append(plan.get_last_lr())
            optimizer.step()
            plan.step()
        rates.append(np.array(seen))
    np.testing.assert_allclose(rates[0], rates[1], rtol=1e-9)


@pytest.mark.parametrize(
    "options",
    [
        {"lr": 0.5, "max_iter": 5},
        {"line_search_fn": "strong_wolfe"},
        {"line_search_fn": "strong_wolfe", "history_size": 2, "max_iter": 6, "max_eval": 30},
        {"lr": 3.0, "line_search_fn": "strong_wolfe", "max_iter": 4},
    ],
    ids=str,
)
def test_lbfgs_is_pytorchs(options):
    torch = pytest.importorskip("torch")
    runs = []
    for lib in (dlx, torch):
        x = lib.tensor([-1.2, 1.0, 0.5, -0.3], dtype=lib.float64, requires_grad=True)
        y = lib.tensor([[0.3], [0.2]], dtype=lib.float64, requires_grad=True)
        optimizer = lib.optim.LBFGS([x, y], **options)
        seen = []

        def closure(x=x, y=y, optimizer=optimizer, seen=seen):
            optimizer.zero_grad()
            a, b = x[:-1], x[1:]
            loss = (10 * (b - a * a) ** 2 + (1 - a) ** 2).sum() + ((y - a[:2].unsqueeze(1)) ** 2).sum()
            loss.backward()
            seen.append(loss.item())
            return loss

        for _ in range(3):
            optimizer.step(closure)
        runs.append((seen, x.tolist(), y.tolist()))
    ours, theirs = runs
    assert len(ours[0]) == len(theirs[0])
    for a, b in zip(ours, theirs):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-8)


def test_lbfgs_takes_one_group():
    x = dlx.ones(1, requires_grad=True)
    with pytest.raises(ValueError, match="parameter groups"):
        optim.LBFGS([{"params": [x]}, {"params": [dlx.ones(1, requires_grad=True)]}])
    with pytest.raises(ValueError, match="line_search_fn must be None or 'strong_wolfe'"):
        optim.LBFGS([x], line_search_fn="armijo")


@pytest.mark.parametrize(
    "make",
    [
        lambda p: optim.SGD(p, 0.1, momentum=0.9),
        lambda p: optim.AdamW(p, 0.1),
        lambda p: optim.RMSprop(p, 0.1, centered=True),
    ],
)
def test_parameters_in_any_layout(make):
    """Dense ones are walked in memory's order, others by copies; gradients may lie otherwise."""
    rng = np.random.default_rng(0)
    values, grads = (
        rng.standard_normal((2, 3, 4, 5)).astype(np.float32),
        rng.standard_normal((2, 3, 4, 5)).astype(np.float32),
    )

    def transposed(a):
        return dlx.from_numpy(np.ascontiguousarray(a.T)).permute(3, 2, 1, 0)

    def with_gaps(a):
        return dlx.from_numpy(np.repeat(a, 2, axis=3))[..., ::2]

    layouts = [dlx.from_numpy, transposed, with_gaps]
    stepped = []
    for of_value in layouts:
        for of_grad in layouts:
            p = of_value(values.copy()).detach().requires_grad_()
            optimizer = make([p])
            for _ in range(3):
                p.grad = of_grad(grads.copy())
                optimizer.step()
            stepped.append(p.detach().numpy().copy())
    for other in stepped[1:]:
        np.testing.assert_array_equal(other, stepped[0])
