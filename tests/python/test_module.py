"""nn.Module and the layers: names, state, modes, hooks, printing."""

from __future__ import annotations

import copy
import math

import numpy as np
import pytest

import dlx
from dlx import nn
from dlx.nn import functional as F


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(1, 2, 3, bias=False)
        self.norm = nn.BatchNorm2d(2)
        self.head = nn.Sequential(nn.Flatten(), nn.Linear(8, 3), nn.Dropout(0.5))
        self.scale = nn.Parameter(dlx.ones(1))
        self.register_buffer("offset", dlx.zeros(1), persistent=False)

    def forward(self, x):
        return self.head(F.relu(self.norm(self.conv(x)))) * self.scale + self.offset


def names(pairs):
    return [name for name, _ in pairs]


def test_names_in_order_of_definition():
    net = Net()
    assert names(net.named_parameters()) == [
        "scale",
        "conv.weight",
        "norm.weight",
        "norm.bias",
        "head.1.weight",
        "head.1.bias",
    ]
    assert names(net.named_buffers()) == ["offset", "norm.running_mean", "norm.running_var", "norm.num_batches_tracked"]
    assert names(net.named_children()) == ["conv", "norm", "head"]
    assert names(net.named_modules()) == ["", "conv", "norm", "head", "head.0", "head.1", "head.2"]
    assert names(net.state_dict().items()) == [
        "scale", "conv.weight", "norm.weight", "norm.bias", "norm.running_mean", "norm.running_var",
        "norm.num_batches_tracked", "head.1.weight", "head.1.bias",
    ]  # fmt: skip


def test_shared_modules_and_parameters_are_met_once():
    layer = nn.Linear(2, 2)
    both = nn.ModuleList([layer, layer])
    assert names(both.named_parameters()) == ["0.weight", "0.bias"]
    assert len(list(both.modules())) == 2
    assert names(both.named_parameters(remove_duplicate=False)) == ["0.weight", "0.bias", "1.weight", "1.bias"]
    assert list(both.state_dict()) == ["0.weight", "0.bias", "1.weight", "1.bias"]


def test_attributes_change_places():
    net = nn.Module()
    net.thing = 3
    net.thing = nn.Parameter(dlx.ones(1))
    assert names(net.named_parameters()) == ["thing"]
    net.thing = nn.Linear(1, 1)
    assert names(net.named_children()) == ["thing"]
    assert names(net.named_parameters()) == ["thing.weight", "thing.bias"]
    net.thing = None
    assert net.thing is None
    del net.thing
    assert not hasattr(net, "thing")
    net.buffer = nn.Buffer(dlx.ones(2))
    net.buffer = dlx.zeros(2)
    assert net.state_dict()["buffer"].tolist() == [0, 0]
    assert "buffer" in dir(net)


def test_errors_of_assignment():
    net = Net()
    with pytest.raises(
        TypeError, match=r"cannot assign 'Tensor' object to parameter 'scale' \(dlx.nn.Parameter or None required\)"
    ):
        net.scale = dlx.ones(1)
    with pytest.raises(TypeError, match="cannot assign 'int' object to child module 'conv'"):
        net.conv = 3
    with pytest.raises(TypeError, match="cannot assign 'str' object to buffer 'offset'"):
        net.offset = "x"
    with pytest.raises(AttributeError, match="'Net' object has no attribute 'nothing'"):
        _ = net.nothing
    with pytest.raises(KeyError, match="attribute 'forward' already exists"):
        net.register_buffer("forward", None)
    with pytest.raises(KeyError, match=r"name can.{1,2}t contain"):
        net.register_parameter("a.b", None)
    with pytest.raises(KeyError, match="empty string"):
        net.add_module("", nn.ReLU())
    with pytest.raises(TypeError, match="is not a Module subclass"):
        net.add_module("x", 3)
    with pytest.raises(ValueError, match="non-leaf Tensor to parameter 'w'"):
        nn.Module().register_parameter("w", made_with_history())

    class Early(nn.Module):
        def __init__(self):
            self.layer = nn.ReLU()

    with pytest.raises(AttributeError, match=r"before Module\.__init__"):
        Early()


def made_with_history():
    parameter = nn.Parameter(dlx.ones(1))
    with dlx.no_grad():
        other = nn.Parameter(dlx.ones(1), requires_grad=False)
    other.mul_(parameter)
    return other


def test_missing_forward():
    with pytest.raises(NotImplementedError, match=r'Module \[Module\] is missing the required "forward" function'):
        nn.Module()(1)


def test_state_dict_shares_memory_and_loads():
    a, b = Net(), Net()
    state = a.state_dict()
    state["scale"].fill_(3.0)
    assert a.scale.item() == 3.0
    assert not state["scale"].requires_grad
    assert a.state_dict(keep_vars=True)["scale"] is a.scale
    result = b.load_state_dict(state)
    assert repr(result) == "<All keys matched successfully>"
    assert b.scale.item() == 3.0
    state["scale"].fill_(4.0)
    assert b.scale.item() == 3.0  # copied


def test_errors_of_load_state_dict():
    net = Net()
    state = net.state_dict()
    state["extra"] = state.pop("scale")
    state["conv.weight"] = dlx.zeros(2, 1, 5, 5)
    with pytest.raises(RuntimeError) as error:
        net.load_state_dict(state)
    text = str(error.value)
    assert text.startswith("Error(s) in loading state_dict for Net:")
    assert 'Missing key(s) in state_dict: "scale".' in text
    assert 'Unexpected key(s) in state_dict: "extra".' in text
    assert "size mismatch for conv.weight: copying a param with shape" in text
    del state["conv.weight"]
    result = net.load_state_dict(state, strict=False)
    assert result.missing_keys == ["scale", "conv.weight"]
    assert result.unexpected_keys == ["extra"]
    with pytest.raises(TypeError, match="dict-like"):
        net.load_state_dict([1])
    with pytest.raises(RuntimeError, match=r"expected dlx\.Tensor"):
        net.load_state_dict({"scale": 3}, strict=False)


def test_load_with_assign_takes_the_tensors_themselves():
    net = nn.Linear(2, 2)
    weight = dlx.zeros(2, 2)
    net.load_state_dict({"weight": weight, "bias": dlx.zeros(2)}, assign=True)
    weight.fill_(7.0)
    assert net.weight.tolist() == [[7, 7], [7, 7]]
    assert type(net.weight) is nn.Parameter
    assert net.weight.requires_grad


def test_train_eval_apply_requires_grad():
    net = Net()
    assert all(not m.training for m in net.eval().modules())
    assert all(m.training for m in net.train().modules())
    seen = []
    net.apply(lambda m: seen.append(type(m).__name__))
    assert seen[-1] == "Net"
    assert not any(p.requires_grad for p in net.requires_grad_(False).parameters())
    with pytest.raises(ValueError, match="boolean"):
        net.train("yes")


def test_to_keeps_parameters_the_same_objects():
    net = Net()
    before = list(net.parameters())
    net.double()
    assert [a is b for a, b in zip(before, net.parameters())] == [True] * len(before)
    assert net.scale.dtype == dlx.float64
    assert net.norm.num_batches_tracked.dtype == dlx.int64
    assert net.to("cpu", dlx.float32).norm.running_mean.dtype == dlx.float32
    with pytest.raises(TypeError, match="floating point"):
        net.to(dlx.int64)
    with pytest.raises(TypeError, match="unexpected argument"):
        net.to(colour="red")


def test_zero_grad():
    net = nn.Linear(1, 1)
    net(dlx.ones(1, 1)).sum().backward()
    net.zero_grad(set_to_none=False)
    assert net.weight.grad.tolist() == [[0.0]]
    net.zero_grad()
    assert net.weight.grad is None


def test_hooks():
    net = nn.Linear(1, 1, bias=False)
    nn.init.ones_(net.weight)
    calls = []
    first = net.register_forward_pre_hook(lambda m, args: (args[0] * 2,))
    net.register_forward_hook(lambda m, args, out: calls.append(args[0].item()))
    net.register_forward_hook(lambda m, args, out: out + 1)
    net.register_forward_hook(lambda m, args, kwargs, out: calls.append(sorted(kwargs)), with_kwargs=True, prepend=True)
    assert net(dlx.tensor([[3.0]])).item() == 7.0
    assert calls == [[], 6.0]
    first.remove()
    assert net(dlx.tensor([[3.0]])).item() == 4.0
    failing = nn.Module()
    with failing.register_forward_hook(lambda m, args, out: calls.append("called"), always_call=True):
        with pytest.raises(NotImplementedError):
            failing(1)
    assert calls[-1] == "called"


def test_paths():
    net = Net()
    assert net.get_submodule("head.1") is net.head[1]
    assert net.get_submodule("") is net
    assert net.get_parameter("head.1.bias") is net.head[1].bias
    assert net.get_buffer("norm.running_mean") is net.norm.running_mean
    with pytest.raises(AttributeError):
        net.get_submodule("head.9")
    with pytest.raises(AttributeError):
        net.get_parameter("head.1.nothing")


def test_repr_is_pytorchs():
    torch = pytest.importorskip("torch")

    def build(nn):
        return nn.Sequential(
            nn.Conv2d(1, 4, 3, padding=1, stride=2), nn.Conv2d(4, 4, (3, 1), groups=2, bias=False, padding="same"),
            nn.BatchNorm2d(4), nn.BatchNorm1d(3, momentum=None), nn.ReLU(), nn.ReLU(inplace=True), nn.Tanh(),
            nn.Sigmoid(), nn.Softmax(dim=1), nn.MaxPool2d(2), nn.Dropout(0.3), nn.Flatten(), nn.Linear(4, 2),
            nn.Identity(), nn.CrossEntropyLoss(), nn.MSELoss(), nn.NLLLoss(), nn.ModuleDict({"a": nn.Linear(1, 1)}),
        )  # fmt: skip

    assert repr(build(nn)) == repr(build(torch.nn))
    assert repr(nn.Module()) == repr(torch.nn.Module())


def test_sequential_and_lists():
    net = nn.Sequential(nn.Linear(1, 2), nn.ReLU(), nn.Linear(2, 1))
    assert len(net) == 3
    assert isinstance(net[-1], nn.Linear)
    assert len(net[:2]) == 2
    net[1] = nn.Tanh()
    net.insert(1, nn.Identity())
    assert [type(m).__name__ for m in net] == ["Linear", "Identity", "Tanh", "Linear"]
    del net[1]
    assert list(net.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias"]
    net.append(nn.ReLU()).extend([nn.ReLU()])
    assert len(net) == 5
    named = nn.Sequential({"in": nn.Linear(1, 1), "out": nn.ReLU()})
    assert list(named.state_dict()) == ["in.weight", "in.bias"]
    with pytest.raises(IndexError, match="out of range for Sequential of 5 modules"):
        net[5]
    layers = nn.ModuleList([nn.ReLU()])
    layers += [nn.Tanh()]
    layers.insert(0, nn.Identity())
    assert [type(m).__name__ for m in layers] == ["Identity", "ReLU", "Tanh"]
    assert type(layers.pop(-1)) is nn.Tanh
    assert len(layers[1:]) == 1
    heads = nn.ModuleDict({"a": nn.ReLU()})
    heads["b"] = nn.Tanh()
    assert list(heads.keys()) == ["a", "b"]
    assert "a" in heads


def test_deepcopy_is_apart_and_keeps_ties():
    net = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    net[1].weight = net[0].weight
    net(dlx.ones(1, 2)).sum().backward()
    other = copy.deepcopy(net)
    assert other[1].weight is other[0].weight
    assert type(other[0].weight) is nn.Parameter
    assert other[0].weight.grad.tolist() == net[0].weight.grad.tolist()
    nn.init.zeros_(other[0].weight)
    assert net[0].weight.tolist() != other[0].weight.tolist()
    with pytest.raises(RuntimeError, match="only leaves"):
        copy.deepcopy(net[0].weight * 2)


def test_parameter_shares_memory():
    data = dlx.zeros(2)
    parameter = nn.Parameter(data)
    data.fill_(1.0)
    assert parameter.tolist() == [1, 1]
    assert parameter.is_leaf
    assert parameter.requires_grad
    assert type(parameter * 2) is dlx.Tensor
    with pytest.raises(TypeError, match="data must be a Tensor"):
        nn.Parameter([1.0])


def test_batch_norm_statistics():
    torch = pytest.importorskip("torch")
    values = np.random.default_rng(0).standard_normal((4, 3, 2, 2)).astype(np.float32)
    results = []
    for lib in (dlx, torch):
        layer = lib.nn.BatchNorm2d(3, momentum=None)
        for step in range(3):
            layer(lib.from_numpy(values * (step + 1)))
        layer.eval()
        results.append(
            (
                layer.running_mean.tolist(),
                layer.running_var.tolist(),
                layer.num_batches_tracked.item(),
                layer(lib.from_numpy(values)).tolist(),
            )
        )
    for a, b in zip(*results):
        np.testing.assert_allclose(np.array(a), np.array(b), rtol=1e-4, atol=1e-6)
    with pytest.raises(dlx.ShapeError, match=r"expected 4D input \(got 2D input\) in BatchNorm2d"):
        nn.BatchNorm2d(3)(dlx.zeros(2, 3))


def test_wrong_arguments_of_layers():
    with pytest.raises(ValueError, match="groups"):
        nn.Conv2d(3, 4, 3, groups=2)
    with pytest.raises(ValueError, match="padding_mode"):
        nn.Conv2d(1, 1, 3, padding_mode="mirror")
    with pytest.raises(ValueError, match="padding_mode"):
        nn.ConvTranspose2d(1, 1, 3, padding_mode="reflect")
    with pytest.raises(ValueError, match="'same' needs stride 1"):
        nn.Conv2d(1, 1, 3, padding="same", stride=2)
    with pytest.raises(ValueError, match="between 0 and 1"):
        nn.Dropout(1.5)
    with pytest.raises(ValueError, match="reduction must be"):
        nn.CrossEntropyLoss(reduction="max")


@pytest.mark.parametrize(("shape", "fan_in"), [((64, 32), 32), ((16, 8, 3, 3), 72)])
def test_default_initialisation_is_uniform_in_pytorchs_bounds(shape, fan_in):
    dlx.manual_seed(0)
    layer = nn.Linear(shape[1], shape[0]) if len(shape) == 2 else nn.Conv2d(shape[1], shape[0], shape[2])
    bound = 1 / math.sqrt(fan_in)
    for values in (layer.weight.detach().numpy(), layer.bias.detach().numpy()):
        assert np.abs(values).max() <= bound
        assert np.abs(values).max() > 0.5 * bound
    assert layer.weight.detach().numpy().std() == pytest.approx(bound / math.sqrt(3), rel=0.1)


def test_init_functions():
    w = dlx.empty(200, 300)
    cases = [
        (lambda: nn.init.xavier_uniform_(w, gain=2), 2 * math.sqrt(2 / 500)),
        (lambda: nn.init.xavier_normal_(w), math.sqrt(2 / 500)),
        (lambda: nn.init.kaiming_normal_(w, nonlinearity="relu"), math.sqrt(2 / 300)),
        (lambda: nn.init.kaiming_uniform_(w, mode="fan_out", nonlinearity="relu"), math.sqrt(2 / 200)),
        (lambda: nn.init.normal_(w, 0, 3), 3),
        (lambda: nn.init.uniform_(w, -1, 1), 1 / math.sqrt(3)),
    ]
    for fill, std in cases:
        dlx.manual_seed(1)
        assert fill() is w
        assert w.numpy().std() == pytest.approx(std, rel=0.03)
    assert nn.init.constant_(w, 2.5).numpy().mean() == 2.5
    p = nn.Parameter(dlx.zeros(2, 2))
    nn.init.ones_(p)  # a leaf that requires grad
    assert p.tolist() == [[1, 1], [1, 1]]
    with pytest.raises(ValueError, match="at least 2 dimensions"):
        nn.init.xavier_uniform_(dlx.zeros(3))
    with pytest.raises(ValueError, match="mode must be"):
        nn.init.kaiming_uniform_(w, mode="fan")


def test_clipping():
    a, b = dlx.ones(3, requires_grad=True), dlx.ones(1, requires_grad=True)
    (a.sum() * 2 + (b * 4).sum()).backward()
    assert nn.utils.clip_grad_norm_([a, b], 100.0).item() == pytest.approx(math.sqrt(28))
    assert a.grad.tolist() == [2, 2, 2]
    nn.utils.clip_grad_norm_([a, b], 1.0, norm_type=math.inf)
    np.testing.assert_allclose([*a.grad.tolist(), *b.grad.tolist()], [0.5, 0.5, 0.5, 1.0], rtol=1e-5)
    nn.utils.clip_grad_norm_([a, b], 1.0, norm_type=1)
    assert sum(a.grad.tolist()) + b.grad.item() == pytest.approx(1.0, rel=1e-5)
    nn.utils.clip_grad_value_([a, b], 0.1)
    assert a.grad.tolist() == pytest.approx([0.1] * 3)
    b.grad.fill_(math.nan)
    with pytest.raises(RuntimeError, match="nan"):
        nn.utils.clip_grad_norm_([b], 1.0, error_if_nonfinite=True)


@pytest.mark.parametrize("p", [2.0, 1.0, 2.5, math.inf, -math.inf])
def test_norms_are_those_of_float64(p):
    rng = np.random.default_rng(0)
    arrays = [rng.standard_normal(shape).astype(np.float32) for shape in [(3,), (1000, 21), (4097,), ()]]
    arrays[1] = arrays[1].T  # not contiguous
    arrays.append(arrays[0][::2])  # with gaps
    grads = [dlx.from_numpy(a) for a in arrays]
    expected = np.linalg.norm(np.concatenate([a.ravel().astype(np.float64) for a in arrays]), p)
    assert nn.utils.get_total_norm(grads, p).item() == pytest.approx(expected, rel=1e-6)


def test_clipping_of_odd_gradients():
    x = dlx.zeros(4, 6, requires_grad=True)
    x.grad = dlx.ones(6, 4).t()  # dense, but not contiguous
    y = dlx.zeros(3, requires_grad=True)
    y.grad = dlx.ones(6)[::2]
    version = y.grad._version
    assert nn.utils.clip_grad_norm_([x, y, dlx.zeros(1, requires_grad=True)], 1.0).item() == pytest.approx(27**0.5)
    np.testing.assert_allclose(x.grad.numpy(), 27**-0.5, rtol=1e-5)
    np.testing.assert_allclose(y.grad.numpy(), 27**-0.5, rtol=1e-5)
    assert y.grad._version > version
    x.grad[0, 0] = math.nan
    nn.utils.clip_grad_value_([x, y], 0.1)
    assert math.isnan(x.grad[0, 0].item())
    assert x.grad[1, 1].item() == y.grad[0].item() == pytest.approx(0.1)
    nn.utils.clip_grad_norm_([x, y], 1.0)
    assert math.isnan(y.grad[0].item())
    x.grad.fill_(math.inf)
    y.grad.fill_(-3.0)
    assert nn.utils.clip_grad_norm_([x, y], 1.0, norm_type=math.inf).item() == math.inf
    assert y.grad.tolist() == [-0.0] * 3
    assert nn.utils.get_total_norm([]).item() == nn.utils.get_total_norm([dlx.zeros(0)], math.inf).item() == 0
    with pytest.raises(dlx.DtypeError, match="floating point"):
        nn.utils.get_total_norm([dlx.arange(3)])
    with pytest.raises(ValueError, match="norm_type must be positive"):
        nn.utils.get_total_norm([dlx.ones(3)], -1.0)


def test_parameters_as_a_vector():
    net = nn.Linear(2, 2)
    vector = nn.utils.parameters_to_vector(net.parameters())
    nn.utils.vector_to_parameters(vector * 0 + 1, net.parameters())
    assert net.weight.tolist() == [[1, 1], [1, 1]]
    assert net.bias.tolist() == [1, 1]
    assert net.weight.requires_grad


# --- attributes and calls of modules that change them ----------------------------------------------------------------
class Wrapper(nn.Module):
    def __init__(self, module):
        super().__init__()
        self.module = module

    def __getattr__(self, name):
        try:
            return super().__getattr__(name)
        except AttributeError:
            return getattr(self.module, name)


class Doubled(nn.Linear):
    def __call__(self, x):
        return super().__call__(x) * 2

    @property
    def broken(self):
        raise AttributeError("of its own")


class Computed(nn.Linear):
    def __getattribute__(self, name):
        if name == "twice":
            return 2 * self.weight
        return super().__getattribute__(name)


def test_attributes_of_modules():
    layer = nn.Linear(2, 3)
    wrapper = Wrapper(layer)
    assert wrapper.module is layer
    assert wrapper.weight is layer.weight
    assert wrapper.in_features == 2
    with pytest.raises(AttributeError, match="'Linear' object has no attribute 'nothing'"):
        wrapper.nothing
    with pytest.raises(AttributeError, match="'Doubled' object has no attribute 'broken'"):
        Doubled(2, 3).broken
    with pytest.raises(AttributeError, match="has no attribute 'weight'"):
        nn.Linear.__new__(nn.Linear).weight
    computed = Computed(2, 3)
    assert computed.twice.tolist() == (2 * computed.weight).tolist()
    layer.weight = None
    assert layer.weight is None
    del layer.weight
    assert not hasattr(layer, "weight")
    layer._parameters["weight"] = nn.Parameter(dlx.ones(1))
    assert layer.weight.item() == 1
    nn.Linear.weight = property(lambda self: "the class's")  # before what the instance registered, as CPython has it
    try:
        assert layer.weight == "the class's"
    finally:
        del nn.Linear.weight
    assert layer.weight.item() == 1


def test_calls_of_modules(monkeypatch):
    x = dlx.ones(1, 2)
    doubled = Doubled(2, 3)
    np.testing.assert_array_equal(doubled(x).detach().numpy(), 2 * doubled.forward(x).detach().numpy())
    layer = nn.Linear(2, 3)
    layer.forward = lambda x, scale=1: x * scale
    assert layer(x, scale=3).tolist() == [[3, 3]]
    handle = layer.register_forward_hook(lambda module, args, out: out + 1)
    assert layer(x).tolist() == [[2, 2]]
    handle.remove()
    assert layer(x).tolist() == [[1, 1]]
    with pytest.raises(TypeError, match="missing 1 required positional argument"):
        layer()
    with pytest.raises(AttributeError, match="_forward_hooks"):
        nn.Linear.__new__(nn.Linear)(x)
    monkeypatch.setattr(nn.Module, "__call__", lambda self, *args: "patched")
    assert layer(x) == nn.ReLU()(x) == "patched"
    monkeypatch.undo()
    assert layer(x).tolist() == [[1, 1]]
    with pytest.raises(RuntimeError, match=r"^inner\.0 \(Linear\): linear: input has 2 features"):
        Wrapper2()(x)


class Wrapper2(nn.Module):
    def __init__(self):
        super().__init__()
        self.inner = nn.Sequential(nn.Linear(5, 1))

    def forward(self, x):
        return self.inner(x)
