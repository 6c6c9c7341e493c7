"""nn.utils and containers, beside PyTorch's."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest
from beside_torch import array, assert_same, load, tensor

import dlx
from dlx import nn
from dlx.nn import utils
from dlx.nn.utils import parametrizations, parametrize
from dlx.nn.utils.stateless import functional_call

pytestmark = pytest.mark.filterwarnings("ignore:.*weight_norm.*is deprecated")  # PyTorch's


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


# --- containers ----------------------------------------------------------------------------------------------------
def test_containers_print_as_pytorchs():
    torch = pytest.importorskip("torch")
    texts = []
    for lib in (dlx, torch):
        n = lib.nn
        made = [
            n.Sequential(n.Linear(2, 3), n.ReLU()) + n.Sequential(n.Tanh()),
            2 * n.Sequential(n.ReLU(), n.Sequential(n.Tanh())),
            n.ModuleList([n.Linear(2, 2), n.ReLU(), n.ReLU(), n.Sequential(n.Tanh()), n.Sequential(n.Tanh())]),
            n.ModuleList(),
            n.ModuleDict({"a": n.ReLU()}),
            n.ParameterList([lib.ones(2, 3), 5]),
            n.Unflatten(1, (2, 3)),
            n.Bilinear(2, 3, 4),
        ]
        texts.append([repr(m).replace("torch.", "dlx.") for m in made])
    assert texts[0] == texts[1]


def test_sequential_arithmetic():
    a, b = nn.ReLU(), nn.Tanh()
    both = nn.Sequential(a) + nn.Sequential(b)
    assert list(both) == [a, b]
    both += nn.Sequential(a)
    both *= 2
    assert len(both) == 6
    assert both.pop(-1) is a
    assert len(both.pop(slice(0, 2))) == 2
    assert len(both) == 3
    with pytest.raises(ValueError, match="takes a Sequential"):
        both + a
    with pytest.raises(ValueError, match="positive"):
        both * 0
    with pytest.raises(TypeError, match="takes an int"):
        both * 1.5


def test_parameter_list():
    values = [dlx.ones(2), nn.Parameter(dlx.zeros(3)), 7]
    made = nn.ParameterList(values)
    assert len(made) == 3
    assert made[1] is values[1]
    assert isinstance(made[0], nn.Parameter)
    assert made[-1] == 7
    assert [name for name, _ in made.named_parameters()] == ["0", "1"]
    made[2] = dlx.ones(1)
    made += [dlx.ones(4)]
    assert [p.numel() for p in made] == [2, 3, 1, 4]
    assert [p.numel() for p in made[1:3]] == [3, 1]
    assert list(made.state_dict()) == ["0", "1", "2", "3"]
    assert [p.numel() for p in copy.deepcopy(made)] == [2, 3, 1, 4]
    with pytest.raises(IndexError, match="out of range for ParameterList of 4"):
        made[4]
    with pytest.raises(TypeError, match="iterable"):
        made.extend(dlx.ones(3))
    with pytest.raises(RuntimeError, match="should not be called"):
        made(1)


def test_parameter_dict():
    made = nn.ParameterDict({"b": dlx.ones(2), "a": nn.Parameter(dlx.zeros(3))})
    assert list(made) == ["b", "a"]
    assert list(reversed(made)) == ["a", "b"]
    assert isinstance(made["b"], nn.Parameter)
    assert [name for name, _ in made.named_parameters()] == ["b", "a"]
    made["c"] = dlx.ones(1)
    assert "c" in made
    assert made.get("z") is None
    assert made.setdefault("z", 5) == 5
    assert made.popitem() == ("z", 5)
    assert made.pop("c").numel() == 1
    assert "c" not in dict(made.named_parameters())
    other = made | nn.ParameterDict({"a": dlx.ones(7)})
    assert [(k, v.numel()) for k, v in other.items()] == [("b", 2), ("a", 7)]
    assert made.copy()["a"] is made["a"]
    assert list(made.fromkeys(["x", "y"])) == ["x", "y"]
    made |= {"q": dlx.ones(1)}
    assert len(made) == 3
    made.clear()
    assert len(list(made.parameters())) == 0
    with pytest.raises(KeyError):
        made["b"]
    with pytest.raises(TypeError, match="keys must be strings"):
        made[1] = dlx.ones(1)
    with pytest.raises(ValueError, match="has length 3; 2 is required"):
        made.update([("a", 1, 2)])
    with pytest.raises(TypeError, match="iterable of key/value pairs"):
        nn.ModuleDict(3)


def test_unflatten_and_bilinear():
    torch = pytest.importorskip("torch")
    assert nn.Unflatten(1, (2, -1))(dlx.zeros(3, 8, 5)).shape == (3, 2, 4, 5)
    assert nn.Unflatten(-1, [5])(dlx.zeros(3, 5)).shape == (3, 5)
    with pytest.raises(dlx.ShapeError, match="do not multiply up to 8"):
        nn.Unflatten(1, (3, -1))(dlx.zeros(3, 8))
    with pytest.raises(IndexError, match=r"dim must be in \[-2, 2\)"):
        nn.Unflatten(2, (3,))(dlx.zeros(3, 8))
    theirs = torch.nn.Bilinear(3, 4, 5)
    ours = nn.Bilinear(3, 4, 5)
    load(ours, theirs)
    x, y = numbers(2, 6, 3), numbers(2, 6, 4)
    assert_same(ours(tensor(dlx, x), tensor(dlx, y)), theirs(tensor(torch, x), tensor(torch, y)))


# --- gradients -----------------------------------------------------------------------------------------------------
@pytest.mark.parametrize("p", [2.0, 1.0, 3.0, math.inf, -math.inf, 0.0])
def test_total_norm_is_pytorchs(p):
    torch = pytest.importorskip("torch")
    norms = []
    for lib in (dlx, torch):
        parts = [tensor(lib, numbers(3, 4)), lib.zeros(2), tensor(lib, numbers(5))]
        parts = parts if p != -math.inf else parts[::2]
        norms.append(lib.nn.utils.get_total_norm(parts, p).item())
    assert norms[0] == pytest.approx(norms[1], rel=1e-6)


@pytest.mark.parametrize("max_norm", [0.5, 100.0])
def test_clipping_is_pytorchs(max_norm):
    torch = pytest.importorskip("torch")
    results = []
    for lib in (dlx, torch):
        x = tensor(lib, numbers(3, 4), requires_grad=True)
        y = tensor(lib, numbers(2), requires_grad=True)
        found = []
        for clip in (
            lambda xs: lib.nn.utils.clip_grad_norm_(xs, max_norm),
            lambda xs: lib.nn.utils.clip_grad_norm_(iter(xs), max_norm, norm_type=1.0, foreach=False),
            lambda xs: lib.nn.utils.clip_grads_with_norm_(xs, max_norm, lib.tensor(3.0)),
            lambda xs: lib.nn.utils.clip_grad_value_(xs, max_norm, foreach=None),
        ):
            x.grad = y.grad = None
            ((x * x).sum() + (y * 5).sum()).backward()
            norm = clip([x, y])
            found += [x.grad.clone(), y.grad.clone(), *([] if norm is None else [norm])]
        results.append(found)
    assert_same(*results)


def test_norm_of_halves_does_not_overflow():
    x = dlx.full((4,), 300.0, dtype=dlx.float16)
    assert utils.get_total_norm([x]).item() == 600.0
    with pytest.raises(RuntimeError, match="is inf"):
        utils.get_total_norm([dlx.full((1,), math.inf)], error_if_nonfinite=True)


def test_parameters_as_a_vector():
    layer = nn.Linear(2, 3)
    vector = utils.parameters_to_vector(layer.parameters())
    utils.vector_to_parameters(vector * 2, layer.parameters())
    np.testing.assert_array_equal(array(utils.parameters_to_vector(layer.parameters())), 2 * array(vector))


# --- weights made of others ----------------------------------------------------------------------------------------
@pytest.mark.parametrize("dim", [0, 1, None])
@pytest.mark.parametrize("old", [True, False])
def test_weight_norm_is_pytorchs(old, dim):
    torch = pytest.importorskip("torch")
    layers = []
    for lib in (torch, dlx):
        tools = lib.nn.utils if old else lib.nn.utils.parametrizations
        layers.append(tools.weight_norm(lib.nn.Conv2d(2, 3, 2), dim=dim))
    theirs, ours = layers
    load(ours, theirs)
    results, gradients = [], []
    for lib, layer in zip((dlx, torch), (ours, theirs)):
        optimizer = lib.optim.SGD(layer.parameters(), lr=0.1)
        for _ in range(3):
            optimizer.zero_grad()
            out = layer(tensor(lib, numbers(2, 2, 4, 4)))
            (out * out).sum().backward()
            optimizer.step()
        results.append([out, layer.weight])
        gradients.append([p.grad for p in layer.parameters()])
    assert_same(*results, tolerance=1e-4)
    assert_same(*gradients, tolerance=1e-3)

    before = array(ours.weight).copy() if not old else array(ours(tensor(dlx, numbers(1, 2, 2, 2))))
    if old:
        utils.remove_weight_norm(ours)
        np.testing.assert_allclose(array(ours(tensor(dlx, numbers(1, 2, 2, 2)))), before, rtol=1e-6)
        with pytest.raises(ValueError, match="weight_norm of 'weight' not found"):
            utils.remove_weight_norm(ours)
    else:
        parametrize.remove_parametrizations(ours, "weight")
        np.testing.assert_array_equal(array(ours.weight), before)
        assert type(ours) is nn.Conv2d
    assert sorted(name for name, _ in ours.named_parameters()) == ["bias", "weight"]


@pytest.mark.parametrize("dim", [None, 1])
@pytest.mark.parametrize("old", [True, False])
def test_spectral_norm_is_pytorchs(old, dim):
    torch = pytest.importorskip("torch")
    layers = []
    for lib in (torch, dlx):
        tools = lib.nn.utils if old else lib.nn.utils.parametrizations
        layers.append(tools.spectral_norm(lib.nn.Conv2d(2, 3, 2), dim=dim, n_power_iterations=2))
    theirs, ours = layers
    load(ours, theirs)
    results = []
    for lib, layer in zip((dlx, torch), (ours, theirs)):
        optimizer = lib.optim.SGD(layer.parameters(), lr=0.1)
        found = []
        for _ in range(3):
            optimizer.zero_grad()
            out = layer(tensor(lib, numbers(2, 2, 4, 4)))
            out = out + layer(tensor(lib, numbers(2, 2, 4, 4, seed=1)))  # a second forward before backward
            (out * out).sum().backward()
            optimizer.step()
            found.append(out)
        layer.eval()
        found += [layer(tensor(lib, numbers(2, 2, 4, 4))), *layer.state_dict().values()]
        results.append(found)
    assert_same(*results, tolerance=1e-4)
    if old:
        utils.remove_spectral_norm(ours)
    else:
        parametrize.remove_parametrizations(ours, "weight")
    assert_same(ours(tensor(dlx, numbers(2, 2, 4, 4))), results[0][3], tolerance=1e-5)
    assert sorted(ours.state_dict()) == ["bias", "weight"]


class Symmetric(nn.Module):
    def forward(self, x):
        return (x + x.T) / 2


class Scaled(nn.Module):
    def __init__(self, factor):
        super().__init__()
        self.factor = factor

    def forward(self, x):
        return x * self.factor

    def right_inverse(self, x):
        return x / self.factor


def test_parametrized_weights_are_trained_through():
    layer = nn.Linear(3, 3)
    original = layer.weight
    values = original.tolist()
    assert parametrize.register_parametrization(layer, "weight", Symmetric()) is layer
    assert parametrize.is_parametrized(layer)
    assert parametrize.is_parametrized(layer, "weight")
    assert not parametrize.is_parametrized(layer, "bias")
    assert isinstance(layer, nn.Linear)
    assert layer.parametrizations.weight.original is original
    assert layer.weight.tolist() == layer.weight.T.tolist()
    assert [name for name, _ in layer.named_parameters()] == ["bias", "parametrizations.weight.original"]
    layer(dlx.ones(1, 3)).sum().backward()
    assert original.grad is not None
    twin = copy.deepcopy(layer)
    assert twin.weight.tolist() == layer.weight.tolist()
    with pytest.raises(RuntimeError, match="does not implement right_inverse"):
        layer.weight = dlx.zeros(3, 3)
    parametrize.remove_parametrizations(layer, "weight", leave_parametrized=False)
    assert layer.weight is original
    assert original.tolist() == values
    assert not parametrize.is_parametrized(layer)
    assert type(layer) is nn.Linear
    assert parametrize.is_parametrized(twin)


def test_right_inverse_keeps_values_and_takes_assignments():
    layer = nn.Linear(2, 2)
    values = array(layer.weight).copy()
    parametrize.register_parametrization(layer, "weight", Scaled(4.0))
    np.testing.assert_array_equal(array(layer.weight), values)
    np.testing.assert_array_equal(array(layer.parametrizations.weight.original), values / 4)
    parametrize.register_parametrization(layer, "weight", Scaled(2.0))
    np.testing.assert_array_equal(array(layer.weight), values * 2)
    layer.weight = dlx.ones(2, 2)
    assert layer.weight.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert layer.parametrizations.weight.original.tolist() == [[0.125, 0.125], [0.125, 0.125]]
    parametrize.remove_parametrizations(layer, "weight")
    assert layer.weight.tolist() == [[1.0, 1.0], [1.0, 1.0]]
    assert isinstance(layer.weight, nn.Parameter)


def test_parametrized_values_are_cached():
    calls = []

    class Counted(nn.Module):
        def forward(self, x):
            calls.append(1)
            return x * 2

    layer = parametrize.register_parametrization(nn.Linear(2, 2), "weight", Counted(), unsafe=True)
    calls.clear()
    with parametrize.cached():
        assert layer.weight is layer.weight
        assert len(calls) == 1
    assert layer.weight is not layer.weight
    assert len(calls) == 3


def test_wrong_parametrizations():
    class Wider(nn.Module):
        def forward(self, x):
            return dlx.cat([x, x])

    with pytest.raises(ValueError, match="may not change the dtype or the shape"):
        parametrize.register_parametrization(nn.Linear(2, 2), "weight", Wider())
    layer = parametrize.register_parametrization(nn.Linear(2, 2, bias=False), "weight", Wider(), unsafe=True)
    assert layer(dlx.ones(1, 2)).shape == (1, 4)
    with pytest.raises(ValueError, match="does not have a parameter, a buffer"):
        parametrize.register_parametrization(nn.Linear(2, 2), "weights", Wider())
    with pytest.raises(ValueError, match="does not have a parametrization on bias"):
        parametrize.remove_parametrizations(layer, "bias")
    with pytest.raises(ValueError, match="sequence of tensors"):
        parametrize.remove_parametrizations(
            parametrizations.weight_norm(nn.Linear(2, 2)), "weight", leave_parametrized=False
        )


# --- fusing, calling without state ---------------------------------------------------------------------------------
def trained_norm(lib, name, features, **options):
    norm = getattr(lib.nn, name)(features, **options)
    with lib.no_grad():
        for index, value in enumerate((norm.weight, norm.bias, norm.running_mean)):
            if value is not None:
                value.copy_(tensor(lib, numbers(features, seed=index)))
        norm.running_var.copy_(tensor(lib, numbers(features, seed=4) ** 2 + 0.1))
    return norm.eval()


LAYERS_BEFORE_NORMS = {
    "conv1d": lambda **bias: (nn.Conv1d(4, 6, 3, groups=2, **bias), "BatchNorm1d", (2, 4, 7)),
    "conv2d": lambda **bias: (nn.Conv2d(2, 3, 2, padding=1, **bias), "BatchNorm2d", (2, 2, 4, 4)),
    "conv2d reflect": lambda **bias: (
        nn.Conv2d(2, 3, 3, padding=1, padding_mode="reflect", **bias), "BatchNorm2d", (2, 2, 4, 4)
    ),
    "conv3d": lambda **bias: (nn.Conv3d(2, 3, 2, **bias), "BatchNorm3d", (2, 2, 4, 4, 3)),
    "conv_transpose1d": lambda **bias: (nn.ConvTranspose1d(3, 3, 3, **bias), "BatchNorm1d", (2, 3, 5)),
    "conv_transpose2d": lambda **bias: (
        nn.ConvTranspose2d(4, 6, 3, stride=2, groups=2, **bias), "BatchNorm2d", (2, 4, 3, 4)
    ),
    "conv_transpose3d": lambda **bias: (nn.ConvTranspose3d(2, 4, 2, **bias), "BatchNorm3d", (2, 2, 3, 2, 3)),
    "linear": lambda **bias: (nn.Linear(4, 3, **bias), "BatchNorm1d", (2, 4)),
}  # fmt: skip


@pytest.mark.parametrize("name", LAYERS_BEFORE_NORMS)
@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("norm_options", [{}, {"affine": False}, {"bias": False}], ids=["affine", "plain", "scale"])
def test_fused_batch_norm(name, bias, norm_options):
    layer, kind, shape = LAYERS_BEFORE_NORMS[name](bias=bias)
    features = layer.out_features if name == "linear" else layer.out_channels
    norm = trained_norm(dlx, kind, features, **norm_options)
    x = tensor(dlx, numbers(*shape))
    fuse = utils.fuse_linear_bn_eval if name == "linear" else utils.fuse_conv_bn_eval
    fused = fuse(layer.eval(), norm)
    assert_same(fused(x), norm(layer(x)), tolerance=1e-5)
    assert fused.bias is not None
    assert fused.weight.requires_grad
    assert fused.weight.shape == layer.weight.shape
    folded = utils.fold_batch_norm(nn.Sequential(layer, norm).eval(), x)
    assert repr(folded[1]) == "Identity()"
    assert folded(x).tolist() == fused(x).tolist()


@pytest.mark.parametrize("dtype", [dlx.float16, dlx.bfloat16])
def test_fused_halves_are_rounded_once(dtype):
    conv, norm = nn.Conv2d(3, 4, 3).eval(), trained_norm(dlx, "BatchNorm2d", 4)
    conv, norm = conv.to(dtype), norm.to(dtype)
    exact = utils.fuse_conv_bn_eval(copy.deepcopy(conv).double(), copy.deepcopy(norm).double())
    fused = utils.fuse_conv_bn_eval(conv, norm)
    assert fused.weight.dtype == fused.bias.dtype == dtype
    assert fused.weight.tolist() == exact.weight.to(dtype).tolist()
    assert fused.bias.tolist() == exact.bias.to(dtype).tolist()


def test_fusing_what_cannot_be_fused():
    conv, norm, linear = nn.Conv2d(2, 3, 2).eval(), nn.BatchNorm2d(3).eval(), nn.Linear(2, 3).eval()
    with pytest.raises(RuntimeError, match="evaluation only"):
        utils.fuse_conv_bn_eval(nn.Conv2d(2, 3, 2), norm)
    with pytest.raises(RuntimeError, match="no running statistics"):
        utils.fuse_conv_bn_eval(conv, nn.BatchNorm2d(3, track_running_stats=False).eval())
    with pytest.raises(RuntimeError, match="fuse_conv_bn_eval: the batch norm has 4 features.* gives 3"):
        utils.fuse_conv_bn_eval(conv, nn.BatchNorm2d(4).eval())
    with pytest.raises(RuntimeError, match="fuse_linear_bn_eval: the batch norm has 4 features.* gives 3"):
        utils.fuse_linear_bn_eval(linear, nn.BatchNorm1d(4).eval())
    one = trained_norm(dlx, "BatchNorm1d", 1)
    x = tensor(dlx, numbers(4, 1, 2))
    assert_same(utils.fuse_linear_bn_eval(linear, one)(x), one(linear(x)), tolerance=1e-5)


# --- folding a whole model -----------------------------------------------------------------------------------------
def norms_left(model):
    return sum(isinstance(m, (nn.BatchNorm1d, nn.BatchNorm2d, nn.BatchNorm3d)) for m in model.modules())


class Branches(nn.Module):
    """Norms after a layer, after something else, after one that others use too, and after one that is used twice."""

    def __init__(self):
        super().__init__()
        self.conv = nn.ModuleList(nn.Conv2d(3, 3, 1) for _ in range(4))
        self.norm = nn.ModuleList(trained_norm(dlx, "BatchNorm2d", 3) for _ in range(5))

    def forward(self, x):
        plain = self.norm[0](self.conv[0](x))
        after_relu = self.norm[1](self.conv[1](x).relu_())
        seen = self.conv[2](x)
        twice = self.norm[2](seen) + seen
        shared = self.norm[3](self.conv[3](plain)) + self.norm[3](self.conv[3](twice))
        return {"out": [shared + self.norm[4](self.conv[3](x)), after_relu]}


def test_only_what_a_norm_alone_gets_is_folded():
    model = Branches().eval()
    x = tensor(dlx, numbers(2, 3, 4, 4))
    folded = utils.fold_batch_norm(model, x)
    kinds = [type(norm).__name__ for norm in folded.norm]
    assert kinds == ["Identity", *["BatchNorm2d"] * 4]
    assert_same(folded(x)["out"], model(x)["out"], tolerance=1e-5)
    assert norms_left(model) == 5, "the model itself has changed"
    model.norm[4] = nn.Identity()  # now the last layer is used by one norm, but a third time alone
    assert norms_left(utils.fold_batch_norm(model, x)) == 3


def test_a_pair_that_is_called_twice_is_folded_once():
    conv, norm = nn.Conv2d(3, 3, 1), trained_norm(dlx, "BatchNorm2d", 3)
    pair = nn.Sequential(conv, norm)
    model = nn.Sequential(pair, nn.ReLU(), pair).eval()
    x = tensor(dlx, numbers(2, 3, 4, 4))
    expected = model(x)
    folded = utils.fold_batch_norm(model, x, inplace=True)
    assert folded is model
    assert norms_left(model) == 0
    assert_same(model(x), expected, tolerance=1e-5)


def test_folding_leaves_alone_what_is_watched_or_made_otherwise():
    x = tensor(dlx, numbers(2, 3, 4, 4))

    def model():
        return nn.Sequential(nn.Conv2d(3, 3, 1), trained_norm(dlx, "BatchNorm2d", 3)).eval()

    hooked, parametrized, training, frozen = (model() for _ in range(4))
    hooked[0].register_forward_hook(lambda module, args, out: None)
    parametrizations.weight_norm(parametrized[0])
    training[1].train()
    for other in (hooked, parametrized, training):
        assert norms_left(utils.fold_batch_norm(other, x)) == 1
    frozen.requires_grad_(False)
    with dlx.no_grad():
        folded = utils.fold_batch_norm(frozen, x)
    assert norms_left(folded) == 0
    assert not any(p.requires_grad for p in folded.parameters())
    assert_same(folded(x), frozen(x), tolerance=1e-5)
    sequences = nn.Sequential(nn.Linear(4, 3), trained_norm(dlx, "BatchNorm1d", 3)).eval()
    steps = tensor(dlx, numbers(2, 3, 4))  # the norm's channels are the steps, not the features
    assert norms_left(utils.fold_batch_norm(sequences, steps)) == 1
    with pytest.raises(RuntimeError, match="fold_batch_norm: folding is for evaluation only"):
        utils.fold_batch_norm(model().train(), x)


def test_functional_call():
    net = nn.Sequential(nn.Linear(2, 2), nn.BatchNorm1d(2), nn.Linear(2, 2))
    net[2].weight = net[0].weight
    before = {k: v.tolist() for k, v in net.state_dict().items()}
    weight = dlx.zeros(2, 2, requires_grad=True)
    out = functional_call(net, {"0.weight": weight, "1.running_mean": dlx.ones(2)}, dlx.ones(3, 2))
    np.testing.assert_allclose(array(out), np.broadcast_to(array(net[2].bias), (3, 2)))  # tied: both are zero
    out.sum().backward()
    assert weight.grad is not None
    assert net[0].weight.grad is None
    assert {k: v.tolist() for k, v in net.state_dict().items() if "running_mean" not in k and "tracked" not in k} == {
        k: v for k, v in before.items() if "running_mean" not in k and "tracked" not in k and "running_var" not in k
    } | {"1.running_var": net[1].running_var.tolist()}
    assert net[1].running_mean.tolist() == before["1.running_mean"]
    with pytest.raises(RuntimeError, match="no parameter or buffer '3.weight'"):
        functional_call(net, {"3.weight": weight}, dlx.ones(3, 2))
    with pytest.raises(RuntimeError, match="is missing"):
        functional_call(net, {"0.weight": weight}, dlx.ones(3, 2), strict=True)
    with pytest.raises(ValueError, match="are one tensor"):
        functional_call(net, {"0.weight": weight, "2.weight": dlx.ones(2, 2)}, dlx.ones(3, 2))
    untied = functional_call(net, {"0.weight": weight}, (dlx.ones(3, 2),), tie_weights=False)
    assert untied.tolist() != out.tolist()
