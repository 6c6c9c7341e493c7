"""Lazy layers: what they know before the first input, what they become, and what is refused meanwhile."""

from __future__ import annotations

import copy
import inspect
import pickle

import numpy as np
import pytest
from beside_torch import array

import dlx
from dlx import nn
from dlx.nn.parameter import is_lazy

# The lazy layer and its arguments, the same layer with its size, and an input.
LAYERS = {
    "LazyLinear": ((5,), lambda: nn.Linear(3, 5), (2, 3)),
    "LazyConv1d": ((4, 3), lambda: nn.Conv1d(6, 4, 3), (2, 6, 8)),
    "LazyConv2d": ((4, 3), lambda: nn.Conv2d(6, 4, 3), (2, 6, 8, 7)),
    "LazyConv3d": ((4, 3), lambda: nn.Conv3d(6, 4, 3), (2, 6, 4, 5, 3)),
    "LazyConvTranspose1d": ((4, 3), lambda: nn.ConvTranspose1d(6, 4, 3), (2, 6, 8)),
    "LazyConvTranspose2d": ((4, 3), lambda: nn.ConvTranspose2d(6, 4, 3), (2, 6, 3, 4)),
    "LazyConvTranspose3d": ((4, 3), lambda: nn.ConvTranspose3d(6, 4, 3), (2, 6, 4, 2, 3)),
    "LazyBatchNorm1d": ((), lambda: nn.BatchNorm1d(3), (4, 3)),
    "LazyBatchNorm2d": ((), lambda: nn.BatchNorm2d(3), (4, 3, 2, 2)),
    "LazyBatchNorm3d": ((), lambda: nn.BatchNorm3d(3), (4, 3, 2, 2, 2)),
    "LazyInstanceNorm1d": ((), lambda: nn.InstanceNorm1d(3, affine=True, track_running_stats=True), (3, 4)),
    "LazyInstanceNorm2d": ((), lambda: nn.InstanceNorm2d(3, affine=True, track_running_stats=True), (4, 3, 2, 2)),
    "LazyInstanceNorm3d": ((), lambda: nn.InstanceNorm3d(3, affine=True, track_running_stats=True), (3, 2, 2, 2)),
}


@pytest.fixture(params=LAYERS)
def case(request):
    arguments, eager, shape = LAYERS[request.param]
    return getattr(nn, request.param)(*arguments), eager, dlx.randn(*shape)


def test_the_first_input_makes_the_layer(case):
    lazy, eager, x = case
    parameters = list(lazy.parameters())
    assert all(map(is_lazy, parameters))
    assert lazy.has_uninitialized_params()
    dlx.manual_seed(0)
    out = lazy(x)
    dlx.manual_seed(0)
    known = eager()
    assert type(lazy) is type(known)
    assert repr(lazy) == repr(known)
    assert out.tolist() == known(x).tolist()
    assert [(k, v.tolist()) for k, v in lazy.state_dict().items()] == [
        (k, v.tolist()) for k, v in known.state_dict().items()
    ]
    assert all(a is b for a, b in zip(lazy.parameters(), parameters)), "parameters are other objects than before"
    assert all(type(p) is nn.Parameter for p in parameters)
    out.sum().backward()
    assert all(p.grad is not None for p in parameters)
    assert lazy(x).shape == out.shape


def test_arguments_and_prints_are_pytorchs():
    torch = pytest.importorskip("torch")
    for name, (arguments, _, _) in LAYERS.items():
        ours, theirs = getattr(nn, name), getattr(torch.nn, name)
        a, b = (inspect.signature(layer).parameters for layer in (ours, theirs))
        assert list(a) == list(b), name
        assert [p.default for p in a.values()] == [p.default for p in b.values()], name
        assert repr(ours(*arguments)) == repr(theirs(*arguments))
        assert repr(list(ours(*arguments).state_dict().items())) == repr(
            list(theirs(*arguments).state_dict().items())
        ).replace("torch.", "dlx.")


def test_loading_makes_the_layer(case):
    lazy, eager, x = case
    known = eager()
    with dlx.no_grad():
        for value in known.state_dict().values():
            value.copy_(dlx.rand(value.shape) * 3 + 1 if value.dtype.is_floating_point else dlx.tensor(7))
    assert repr(lazy.load_state_dict(known.state_dict())) == "<All keys matched successfully>"
    assert type(lazy) is type(known)
    assert not lazy.has_uninitialized_params() if hasattr(lazy, "has_uninitialized_params") else True
    assert lazy.eval()(x).tolist() == known.eval()(x).tolist()


def test_copies_stay_lazy(case):
    lazy, eager, x = case
    for other in (copy.deepcopy(lazy), pickle.loads(pickle.dumps(lazy))):
        assert all(map(is_lazy, other.parameters()))
        assert other(x).shape == eager()(x).shape
    assert all(map(is_lazy, lazy.parameters())), "the copy shares its parameters with the layer"


def test_dtypes_are_kept(case):
    lazy, _, x = case
    lazy.double()
    assert all(p.dtype == dlx.float64 for p in lazy.parameters())
    assert all(map(is_lazy, lazy.parameters()))
    out = lazy(x.double())
    assert out.dtype == dlx.float64
    assert {v.dtype for v in lazy.state_dict().values()} <= {dlx.float64, dlx.int64}


def test_a_wrong_first_input_changes_nothing():
    for name, (arguments, _, shape) in LAYERS.items():
        if name == "LazyLinear":
            continue
        lazy = getattr(nn, name)(*arguments)
        with pytest.raises(dlx.ShapeError, match=name):
            lazy(dlx.zeros(*[1] * 7))
        assert all(map(is_lazy, lazy.parameters()))
        lazy(dlx.randn(*shape))
    with pytest.raises(dlx.ShapeError, match="LazyLinear: input must have at least one dimension"):
        nn.LazyLinear(3)(dlx.tensor(1.0))
    with pytest.raises(dlx.ShapeError, match="LazyLinear: in_features must be at least 1. Got 0"):
        nn.LazyLinear(3)(dlx.zeros(2, 0))
    lazy = nn.LazyConv2d(4, 3, groups=2)
    with pytest.raises(ValueError, match="LazyConv2d: groups must .* divide .* in_channels=3"):
        lazy(dlx.zeros(1, 3, 5, 5))
    assert lazy(dlx.zeros(1, 6, 5, 5)).shape == (1, 4, 3, 3)
    with pytest.raises(ValueError, match="groups"):
        nn.LazyConv2d(3, 3, groups=2)
    with pytest.raises(ValueError, match="padding_mode"):
        nn.LazyConv2d(3, 3, padding_mode="mirror")


def test_options_are_taken_over():
    conv = nn.LazyConv2d(8, 3, stride=2, padding="valid", dilation=2, groups=4, bias=False, padding_mode="reflect")
    conv(dlx.zeros(1, 4, 9, 9))
    assert repr(conv) == (
        "Conv2d(4, 8, kernel_size=(3, 3), stride=(2, 2), padding=valid, dilation=(2, 2), groups=4, bias=False, "
        "padding_mode=reflect)"
    )
    up = nn.LazyConvTranspose2d(8, 2, stride=2)
    assert up(dlx.zeros(1, 4, 3, 3), output_size=(7, 6)).shape == (1, 8, 7, 6)
    norm = nn.LazyBatchNorm2d(affine=False)
    norm(dlx.randn(2, 3, 4, 4))
    assert list(norm.state_dict()) == ["running_mean", "running_var", "num_batches_tracked"]
    norm = nn.LazyBatchNorm2d(track_running_stats=False, bias=False)
    norm(dlx.randn(2, 3, 4, 4))
    assert list(norm.state_dict()) == ["weight"]


def test_what_needs_a_shape_is_refused():
    model = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2))
    weight = model[0].weight
    text = "of a lazy layer has no shape yet. Run the model once"
    for use in (
        lambda: sum(p.numel() for p in model.parameters()),
        lambda: weight.shape,
        lambda: weight + 1,
        lambda: 2 * weight,
        lambda: len(weight),
        lambda: weight[0],
        lambda: weight.tolist(),
        lambda: weight.T,
        lambda: bool(weight),
        lambda: np.asarray(weight),
        lambda: nn.utils.parameters_to_vector(model.parameters()),
        lambda: dlx.optim.Adagrad(model.parameters()),  # whose state is there from the start
        lambda: dlx.optim.Muon(model.parameters()),
        lambda: model.to(memory_format=dlx.channels_last),
    ):
        with pytest.raises(RuntimeError, match=text):
            use()
    assert repr(weight) == str(weight) == f"{weight}" == "<UninitializedParameter>"
    assert weight.requires_grad
    assert weight.grad is None
    model.zero_grad()
    model.requires_grad_(False)
    model(dlx.zeros(1, 3))
    assert not weight.requires_grad


def test_state_dicts_between_lazy_and_known_layers():
    lazy, other, known = nn.LazyLinear(2), nn.LazyLinear(2), nn.Linear(3, 2)
    lazy.load_state_dict(other.state_dict())
    assert all(map(is_lazy, lazy.parameters()))
    with pytest.raises(RuntimeError, match="weight: the checkpoint's is of a lazy layer that has seen no input yet"):
        known.load_state_dict(lazy.state_dict())
    with pytest.raises(RuntimeError, match=r"size mismatch for weight: .*\[5, 3\].*\[2, 3\]"):
        lazy.load_state_dict(nn.Linear(3, 5).state_dict())
    lazy = nn.LazyLinear(2)
    with pytest.raises(RuntimeError, match="bias: the model's is of a lazy layer"):
        lazy.load_state_dict({"bias": dlx.zeros(2)}, strict=False)
    assert lazy.load_state_dict({}, strict=False).missing_keys == ["weight", "bias"]
    lazy.load_state_dict({"weight": dlx.ones(2, 3)}, strict=False)
    assert lazy.weight.tolist() == [[1.0] * 3] * 2
    assert lazy.bias.abs().max().item() <= 3**-0.5  # as if new
    model = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    model(dlx.zeros(2, 1, 5, 5))
    fresh = nn.Sequential(nn.LazyConv2d(4, 3), nn.LazyBatchNorm2d(), nn.Flatten(), nn.LazyLinear(2))
    fresh.load_state_dict(model.state_dict(), assign=True)
    assert repr(fresh) == repr(model)


@pytest.mark.parametrize("name", ["SGD", "AdamW", "RMSprop"])
def test_optimizers_made_before_the_first_input_train(name):
    options = {"lr": 0.1, **({"momentum": 0.9} if name == "SGD" else {})}
    x = dlx.randn(8, 3)
    results = []
    for first in (False, True):
        dlx.manual_seed(0)
        model = nn.Sequential(nn.LazyLinear(4), nn.ReLU(), nn.LazyLinear(2))
        if first:
            model(x)
        optimizer = getattr(dlx.optim, name)(model.parameters(), **options)
        optimizer.zero_grad()
        for _ in range(3):
            optimizer.zero_grad()
            (model(x) ** 2).sum().backward()
            optimizer.step()
        results.append([p.tolist() for p in model.parameters()])
    assert results[0] == results[1]


def test_hooks_and_apply_stay():
    lazy = nn.LazyLinear(2)
    seen = []
    lazy.register_forward_hook(lambda module, args, out: seen.append(type(module).__name__))
    nn.Sequential(lazy).apply(lambda module: None)
    lazy(dlx.zeros(1, 3))
    lazy(dlx.zeros(1, 3))
    assert seen == ["Linear", "Linear"]


def test_parameters_of_ones_own():
    weight = nn.UninitializedParameter(requires_grad=False, dtype=dlx.float64)
    weight.materialize((2, 3))
    assert (type(weight), weight.shape, weight.dtype, weight.requires_grad) == (
        nn.Parameter, (2, 3), dlx.float64, False,
    )  # fmt: skip
    buffer = nn.UninitializedBuffer(persistent=False)
    module = nn.Module()
    module.table = buffer
    assert repr(module.table) == "<UninitializedBuffer>"
    assert not module.state_dict()
    buffer.materialize((4,), dtype=dlx.int64)
    assert module.table.dtype == dlx.int64
    assert array(module.table).shape == (4,)
