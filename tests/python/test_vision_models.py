"""Networks for images: torchvision's names, shapes and results, and what a model must stand."""

from __future__ import annotations

import copy
import hashlib
import pickle
from typing import Any

import numpy as np
import pytest
from beside_torch import array, assert_same, assert_same_gradients, load, tensor

import dlx
import dlx.nn as nn
from dlx.models import vision

# Names and shapes in the state_dict of torchvision 0.28's model with 10 classes: how many, and a hash of them.
TORCHVISION = {
    "mobilenet_v2": (314, "ee2922c3c5d9"),
    "resnet101": (626, "3f97e951c435"),
    "resnet152": (932, "39068040456b"),
    "resnet18": (122, "218c6b59e649"),
    "resnet34": (218, "f614fa5375e5"),
    "resnet50": (320, "7c19d8f86a39"),
    "resnext101_32x8d": (626, "f870a64d33e6"),
    "resnext101_64x4d": (626, "dc6a059ff2f8"),
    "resnext50_32x4d": (320, "8ea5d20d770c"),
    "vgg11": (22, "9da711b05759"),
    "vgg11_bn": (62, "b2630111b6b6"),
    "vgg13": (26, "2be815d7bece"),
    "vgg13_bn": (76, "1b3f7233b4f1"),
    "vgg16": (32, "bdb138376fb8"),
    "vgg16_bn": (97, "be57bde4c6fe"),
    "vgg19": (38, "a630f0ddf3d7"),
    "vgg19_bn": (118, "34d73ae4e313"),
    "wide_resnet101_2": (626, "07dbd6475f93"),
    "wide_resnet50_2": (320, "88a6f988011f"),
}

# Small ones that show all kinds of layers: the model and a batch for it.
SMALL = {
    "lenet": lambda: (vision.LeNet(image_size=20), dlx.randn(2, 1, 20, 20)),
    "resnet18": lambda: (vision.resnet18(num_classes=5), dlx.randn(2, 3, 33, 40)),
    "resnext": lambda: (
        vision.ResNet(vision.resnet.Bottleneck, [1, 1, 1, 1], num_classes=5, groups=4, width_per_group=8),
        dlx.randn(2, 3, 33, 40),
    ),
    "mobilenet": lambda: (vision.mobilenet_v2(num_classes=5, width_mult=0.35), dlx.randn(2, 3, 33, 40)),
    "unet": lambda: (vision.UNet(1, 3, width=8, depth=2), dlx.randn(2, 1, 19, 22)),
    "unet bilinear": lambda: (vision.UNet(1, 3, width=8, depth=2, bilinear=True), dlx.randn(2, 1, 19, 22)),
}


@pytest.fixture(params=SMALL)
def small(request):
    dlx.manual_seed(0)
    return SMALL[request.param]()


def fill_norms(lib: Any, model: Any, seed: int = 0) -> None:
    """Scales, shifts and statistics as after training, the same for every library."""
    rng = np.random.default_rng(seed)
    with lib.no_grad():
        for module in model.modules():
            if isinstance(module, (lib.nn.BatchNorm1d, lib.nn.BatchNorm2d)):
                n = module.num_features
                for place, values in (
                    (module.weight, rng.uniform(0.5, 1.5, n)),
                    (module.bias, 0.2 * rng.standard_normal(n)),
                    (module.running_mean, 0.2 * rng.standard_normal(n)),
                    (module.running_var, rng.uniform(0.5, 2, n)),
                ):
                    place.copy_(tensor(lib, values.astype(np.float32)))


def make(name: str) -> nn.Module:
    options = {"init_weights": False} if name.startswith("vgg") else {}
    return getattr(vision, name)(num_classes=10, **options)


# --- beside torchvision --------------------------------------------------------------------------------------------
@pytest.mark.parametrize("name", TORCHVISION)
def test_state_dicts_are_torchvisions(name):
    entries = [(key, tuple(value.shape)) for key, value in make(name).state_dict().items()]
    assert (len(entries), hashlib.sha256(repr(entries).encode()).hexdigest()[:12]) == TORCHVISION[name]


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("resnet18", {}),
        ("resnet50", {"replace_stride_with_dilation": [False, True, True], "zero_init_residual": True}),
        ("resnext50_32x4d", {}),
        ("wide_resnet50_2", {}),
        ("vgg11_bn", {"init_weights": False}),
        ("mobilenet_v2", {"width_mult": 0.75}),
    ],
)
def test_outputs_are_torchvisions(name, options):
    torch = pytest.importorskip("torch")
    try:
        from torchvision import models as torchvision
    except (ImportError, RuntimeError):  # RuntimeError: it is of another build of PyTorch
        pytest.skip("torchvision is not installed, or not for this PyTorch")
    theirs = getattr(torchvision, name)(num_classes=10, **options)
    fill_norms(torch, theirs)
    ours = getattr(vision, name)(num_classes=10, **options)
    load(ours, theirs)
    assert [path for path, _ in ours.named_modules()] == [path for path, _ in theirs.named_modules()]
    x = np.random.default_rng(1).standard_normal((2, 3, 64, 48)).astype(np.float32)
    with torch.no_grad():
        expected = theirs.eval().double()(torch.tensor(x).double())
    with dlx.no_grad():
        assert_same(ours.eval()(dlx.tensor(x)) / expected.abs().max().item(), expected / expected.abs().max(), 5e-6)


def resnet18_of(torch: Any, state: dict[str, Any], x: Any) -> Any:
    """ResNet-18 in evaluation, from torchvision's names of weights alone."""
    F = torch.nn.functional

    def conv_norm(x, conv, norm, stride=1):
        size = state[f"{conv}.weight"].shape[-1]
        x = F.conv2d(x, state[f"{conv}.weight"], None, stride, size // 2)
        parts = (state[f"{norm}.{part}"] for part in ("running_mean", "running_var", "weight", "bias"))
        return F.batch_norm(x, *parts)

    x = F.max_pool2d(F.relu(conv_norm(x, "conv1", "bn1", 2)), 3, 2, 1)
    for stage in (1, 2, 3, 4):
        for block in (0, 1):
            at, stride = f"layer{stage}.{block}", 2 if stage > 1 and block == 0 else 1
            inner = F.relu(conv_norm(x, f"{at}.conv1", f"{at}.bn1", stride))
            if f"{at}.downsample.0.weight" in state:
                x = conv_norm(x, f"{at}.downsample.0", f"{at}.downsample.1", stride)
            x = F.relu(x + conv_norm(inner, f"{at}.conv2", f"{at}.bn2"))
    return F.linear(x.mean((2, 3)), state["fc.weight"], state["fc.bias"])


def test_resnet18_is_pytorchs_of_the_same_state_dict():
    torch = pytest.importorskip("torch")
    model = vision.resnet18(num_classes=10).eval()
    fill_norms(dlx, model)
    state = {key: torch.tensor(array(value)) for key, value in model.state_dict().items()}
    x = np.random.default_rng(1).standard_normal((2, 3, 64, 48)).astype(np.float32)
    expected = resnet18_of(torch, {k: v.double() for k, v in state.items()}, torch.tensor(x).double())
    assert_same(model(dlx.tensor(x)) / expected.abs().max().item(), expected / expected.abs().max(), 5e-6)


class TorchUNet:
    """U-Net as the paper draws it, from the names of dlx's weights."""

    def __init__(self, torch: Any, state: dict[str, Any]) -> None:
        self.torch, self.state, self.F = torch, state, torch.nn.functional

    def double_conv(self, x, at):
        for conv, norm in ((0, 1), (3, 4)):
            x = self.F.conv2d(x, self.state[f"{at}.{conv}.weight"], padding=1)
            parts = (f"{at}.{norm}.{part}" for part in ("running_mean", "running_var", "weight", "bias"))
            x = self.F.relu(self.F.batch_norm(x, *(self.state[part] for part in parts)))
        return x

    def __call__(self, x):
        top = self.double_conv(x, "first")
        middle = self.double_conv(self.F.max_pool2d(top, 2), "down.0")
        x = self.double_conv(self.F.max_pool2d(middle, 2), "down.1")
        for i, beside in enumerate((middle, top)):
            more = [wanted - 2 * size for wanted, size in zip(beside.shape[2:], x.shape[2:])]
            weight, bias = self.state[f"up.{i}.up.weight"], self.state[f"up.{i}.up.bias"]
            x = self.F.conv_transpose2d(x, weight, bias, 2, output_padding=more)
            x = self.double_conv(self.torch.cat([beside, x], 1), f"up.{i}.conv")
        return self.F.conv2d(x, self.state["last.weight"], self.state["last.bias"])


def test_unet_is_the_papers():
    torch = pytest.importorskip("torch")
    model = vision.UNet(2, 3, width=4, depth=2).eval()
    fill_norms(dlx, model)
    state = {key: torch.tensor(array(value)) for key, value in model.state_dict().items()}
    x = np.random.default_rng(1).standard_normal((2, 2, 21, 14)).astype(np.float32)
    assert_same(model(dlx.tensor(x)), TorchUNet(torch, state)(torch.tensor(x)), 1e-5)


# --- what every model stands ---------------------------------------------------------------------------------------
def test_layouts_give_the_same(small):
    model, x = small
    fill_norms(dlx, model)
    model.eval()
    with dlx.no_grad():
        expected = model(x)
        model.to(memory_format=dlx.channels_last)
        assert_same(model(x.contiguous(memory_format=dlx.channels_last)), expected)
        assert_same(model(x), expected)


def test_layouts_give_the_same_gradients(small):
    model, x = small
    model.double()
    other = copy.deepcopy(model).to(memory_format=dlx.channels_last)
    for net, images in ((model, x.double()), (other, x.double().contiguous(memory_format=dlx.channels_last))):
        for module in net.modules():
            if isinstance(module, nn.Dropout):
                module.p = 0.0
        (net(images) ** 2).sum().backward()
    scale = max(p.grad.abs().max().item() for p in model.parameters())  # many are zero but for rounding
    for (name, a), b in zip(model.named_parameters(), other.parameters()):
        np.testing.assert_allclose(array(b.grad) / scale, array(a.grad) / scale, atol=1e-9, err_msg=name)


@pytest.mark.parametrize("dtype", [dlx.float16, dlx.bfloat16, dlx.float64])
def test_other_dtypes(small, dtype):
    model, x = small
    fill_norms(dlx, model)
    model.eval()
    with dlx.no_grad():
        expected = model(x)
        out = model.to(dtype)(x.to(dtype))
    assert out.dtype == dtype
    scale = expected.abs().max().item()
    tolerance = {dlx.float16: 0.02, dlx.bfloat16: 0.1, dlx.float64: 1e-5}[dtype]
    np.testing.assert_allclose(array(out.float()) / scale, array(expected) / scale, atol=tolerance)


def test_copies_compute_the_same(small):
    model, x = small
    model.eval()
    expected = model(x)
    for other in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert other(x).tolist() == expected.tolist()
        assert all(a is not b for a, b in zip(other.parameters(), model.parameters()))


def test_an_image_alone_and_no_image(small):
    model, x = small
    model.eval()
    with dlx.no_grad():
        both = model(x)
        assert model(x[1:]).tolist() == both[1:].tolist()  # the same bits in any batch
        nothing = model(x[:0])
    assert nothing.shape == (0, *both.shape[1:])


def test_every_parameter_learns(small):
    model, x = small
    hooked = []
    for module in model.modules():
        if isinstance(module, (nn.Conv2d, nn.Linear, nn.BatchNorm2d)):
            module.register_full_backward_hook(lambda module, got, given: hooked.append(module))
    before = {name: p.detach().clone() for name, p in model.named_parameters()}
    optimizer = dlx.optim.Adam(model.parameters(), lr=1e-3)
    losses = []
    for _ in range(5):
        optimizer.zero_grad()
        dlx.manual_seed(0)  # of dropout
        out = model(x)
        loss = nn.functional.cross_entropy(out, dlx.zeros(out.shape[0], *out.shape[2:], dtype=dlx.int64))
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    assert losses[-1] < losses[0]
    assert len(hooked) == 5 * len({id(m) for m in hooked})
    for name, parameter in model.named_parameters():
        assert parameter.grad is not None, name
        assert not dlx.equal(parameter, before[name]), name


@pytest.mark.parametrize("name", SMALL)
def test_training_has_the_same_bits_on_any_number_of_threads(name):
    def trained(threads: int) -> str:
        dlx.set_num_threads(threads)
        dlx.manual_seed(0)
        model, x = SMALL[name]()
        optimizer = dlx.optim.SGD(model.parameters(), lr=0.01, momentum=0.9)
        for _ in range(2):
            optimizer.zero_grad()
            (model(x) ** 2).mean().backward()
            optimizer.step()
        values = [*model.parameters(), *(p.grad for p in model.parameters()), *model.buffers()]
        return hashlib.sha256(b"".join(array(v).tobytes() for v in values)).hexdigest()

    before = dlx.get_num_threads()
    try:
        assert {trained(threads) for threads in (2, 3, 5, 8)} == {trained(1)}
    finally:
        dlx.set_num_threads(before)


def test_same_gradients_as_pytorchs():
    torch = pytest.importorskip("torch")
    torchvision = pytest.importorskip("torchvision.models", exc_type=(ImportError, RuntimeError))
    theirs, ours = torchvision.resnet18(num_classes=5).double(), vision.resnet18(num_classes=5).double()
    load(ours, theirs)
    x = np.random.default_rng(0).standard_normal((3, 3, 40, 33))
    (theirs(torch.tensor(x)) ** 2).sum().backward()
    (ours(dlx.tensor(x)) ** 2).sum().backward()
    assert_same_gradients(ours, theirs, 1e-7)


@pytest.mark.parametrize("name", ["resnet18", "mobilenet"])
def test_other_norms(name):
    build = {"resnet18": vision.resnet18, "mobilenet": vision.mobilenet_v2}[name]
    model = build(num_classes=3, in_channels=1, norm_layer=lambda channels: nn.GroupNorm(8, channels))
    assert not any(isinstance(module, nn.BatchNorm2d) for module in model.modules())
    assert model(dlx.zeros(1, 1, 32, 32)).shape == (1, 3)
    assert build(norm_layer=nn.InstanceNorm2d, zero_init_residual=True) if name == "resnet18" else True


def test_dilation_keeps_the_size():
    model = vision.resnet50(replace_stride_with_dilation=[False, True, True]).eval()
    sizes = {}
    for stage in ("layer2", "layer3", "layer4"):
        getattr(model, stage).register_forward_hook(
            lambda module, args, out, stage=stage: sizes.__setitem__(stage, tuple(out.shape[2:]))
        )
    with dlx.no_grad():
        model(dlx.zeros(1, 3, 64, 64))
    assert sizes == {"layer2": (8, 8), "layer3": (8, 8), "layer4": (8, 8)}


def test_batch_norms_fold_away(small):
    model, x = small
    fill_norms(dlx, model)
    model.eval()
    folded = nn.utils.fold_batch_norm(model, x)
    assert not any(isinstance(module, nn.BatchNorm2d) for module in folded.modules())
    with dlx.no_grad():
        expected, out = model(x), folded(x)
    scale = expected.abs().max()
    assert_same(out / scale, expected / scale, 1e-5)


# --- first weights -------------------------------------------------------------------------------------------------
def test_first_weights():
    dlx.manual_seed(0)
    net = vision.resnet18(zero_init_residual=True)
    conv = net.layer4[1].conv1.weight
    assert conv.std().item() == pytest.approx((2 / (512 * 9)) ** 0.5, rel=0.01)  # fan_out
    assert net.layer4[1].bn2.weight.abs().max().item() == 0
    assert net.layer4[1].bn1.weight.tolist() == [1] * 512
    net = vision.mobilenet_v2()
    assert net.classifier[1].weight.std().item() == pytest.approx(0.01, rel=0.01)
    assert net.features[1].conv[0][0].weight.std().item() == pytest.approx((2 / (32 * 9)) ** 0.5, rel=0.1)
    net = vision.vgg11(num_classes=10)
    assert net.classifier[3].weight.std().item() == pytest.approx(0.01, rel=0.01)
    assert net.features[3].bias.abs().max().item() == 0
    net = vision.UNet(width=32, depth=2)
    assert net.down[1][3].weight.std().item() == pytest.approx((2 / (128 * 9)) ** 0.5, rel=0.02)
    assert net.up[0].up.weight.std().item() == pytest.approx((2 / 128) ** 0.5, rel=0.02)


def test_trained_weights_are_not_shipped():
    for options in ({"weights": "DEFAULT"}, {"pretrained": True}):
        with pytest.raises(ValueError, match=r"resnet18: dlx ships no trained weights.*resnet18\.safetensors"):
            vision.resnet18(**options)
    vision.mobilenet_v2(weights=None, progress=True)
    vision.vgg11(pretrained=False, init_weights=False)


# --- mistakes ------------------------------------------------------------------------------------------------------
def test_wrong_images_are_named():
    x = dlx.zeros(2, 1, 64, 64)
    for model, layer in (
        (vision.resnet18(), "conv1"),
        (vision.vgg11(init_weights=False), r"features\.0"),
        (vision.mobilenet_v2(), r"features\.0\.0"),
        (vision.UNet(3), r"first\.0"),
    ):
        text = rf"{layer} \(Conv2d\): conv2d: input has 1 channels but weight of shape \(\d+, 3, .* takes 3"
        with pytest.raises(dlx.ShapeError, match=text):
            model(x)
    with pytest.raises(dlx.ShapeError, match=r"features\.20 \(MaxPool2d\): max_pool2d: .*\(2, 512, 1, 1\)"):
        vision.vgg11(init_weights=False)(dlx.zeros(2, 3, 16, 16))
    with pytest.raises(dlx.ShapeError, match=r"pool \(MaxPool2d\): max_pool2d: .*\(2, 128, 1, 1\)"):
        vision.UNet(width=32)(dlx.zeros(2, 3, 4, 4))
    with pytest.raises(dlx.ShapeError, match=r"fc1 \(Linear\): linear: .*400"):
        vision.LeNet()(dlx.zeros(2, 1, 28, 28))
    with pytest.raises(dlx.ShapeError, match=r"bn1.*\(BatchNorm2d\)"):
        vision.resnet18()(dlx.zeros(3, 64, 64))
    with pytest.raises(dlx.DtypeError, match="conv1"):
        vision.resnet18()(dlx.zeros(1, 3, 64, 64, dtype=dlx.int64))


def test_wrong_arguments_are_named():
    basic = vision.resnet.BasicBlock
    for call, text in (
        (lambda: vision.LeNet(image_size=15), "image_size must be at least 16. Got 15"),
        (lambda: vision.ResNet(basic, [2, 2, 2]), r"layers must be four numbers.*Got \[2, 2, 2\]"),
        (lambda: vision.resnet18(groups=2), "only groups=1.*Got groups=2"),
        (lambda: vision.resnet18(replace_stride_with_dilation=[True]), "three bools"),
        (lambda: vision.MobileNetV2(inverted_residual_setting=[[1, 2]]), "rows of four numbers"),
        (lambda: vision.mobilenet.InvertedResidual(8, 8, 3, 6), "stride must be 1 or 2. Got 3"),
        (lambda: vision.UNet(depth=0), "must be at least 1. Got 3, 2, 64, 0"),
    ):
        with pytest.raises(ValueError, match=text):
            call()
    with pytest.raises(TypeError, match="unexpected keyword argument 'classes'"):
        vision.resnet18(classes=3)
