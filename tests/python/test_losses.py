"""Losses and activations: what is no value of one op: warnings, deprecated arguments, layers, and PyTorch's results."""

from __future__ import annotations

import inspect
import math
import warnings

import numpy as np
import pytest
from beside_torch import array, assert_same, assert_same_gradients, load

import dlx
from dlx import nn

F = nn.functional


@pytest.mark.parametrize("name", ["mse_loss", "l1_loss", "smooth_l1_loss", "huber_loss"])
def test_broadcasting_in_a_loss_warns_of_what_it_does(name):
    loss = getattr(F, name)
    with pytest.warns(UserWarning, match="Broadcasting makes") as caught:
        loss(dlx.zeros(8, 1), dlx.ones(8))
    [warning] = caught
    for part in (name, "(8, 1)", "(8,)", "(8, 8)", "target.reshape(input.shape)"):
        assert part in str(warning.message)
    assert warning.filename == __file__, "the warning points at the caller"
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        loss(dlx.zeros(8, 1), dlx.ones(8, 1))
        with pytest.raises(dlx.ShapeError):
            loss(dlx.zeros(8, 2), dlx.ones(8, 3))


@pytest.mark.parametrize(
    "given", [{"size_average": True}, {"size_average": False}, {"reduce": False}, {"reduce": True}]
)
def test_deprecated_arguments_name_the_reduction(given):
    meant = "sum" if given.get("size_average") is False else "none" if given.get("reduce") is False else "mean"
    x = dlx.zeros(2)
    with pytest.raises(ValueError, match=f"mse_loss: size_average and reduce are deprecated. Use reduction='{meant}'"):
        F.mse_loss(x, x, **given)
    with pytest.raises(ValueError, match=f"MSELoss: .*reduction='{meant}'"):
        nn.MSELoss(**given)


def test_a_class_beyond_the_logits_is_named():
    for loss in (F.cross_entropy, F.nll_loss, F.multi_margin_loss):
        with pytest.raises(IndexError, match=r"class 7 is out of range for 5 classes; it must be in \[0, 4\]"):
            loss(dlx.zeros(2, 5), dlx.tensor([0, 7]))


def test_kl_div_warns_of_the_mean():
    with pytest.warns(UserWarning, match="batchmean"):
        F.kl_div(dlx.zeros(2), dlx.ones(2))


def test_a_reduction_is_checked_by_the_layer():
    with pytest.raises(ValueError, match="L1Loss: reduction must be 'none', 'mean' or 'sum'. Got 'average'"):
        nn.L1Loss(reduction="average")
    with pytest.raises(ValueError, match="'batchmean'"):
        nn.KLDivLoss(reduction="average")


def test_gradients_at_zero_vectors_are_finite():
    for f in (
        lambda x: F.normalize(x),
        lambda x: F.pairwise_distance(x, x, eps=0.0),
        lambda x: F.cosine_similarity(x, x),
    ):
        x = dlx.zeros(2, 3, requires_grad=True)
        f(x).sum().backward()
        assert np.isfinite(x.grad.numpy()).all()


def test_stable_where_a_sigmoid_would_round():
    x = dlx.tensor([200.0, -200.0], requires_grad=True)
    loss = F.binary_cross_entropy_with_logits(x, dlx.tensor([0.0, 1.0]), reduction="none")
    assert loss.tolist() == [200.0, 200.0]
    loss.sum().backward()
    assert x.grad.tolist() == [1.0, -1.0]
    tiny = F.binary_cross_entropy_with_logits(dlx.tensor([50.0]), dlx.tensor([1.0]))
    assert tiny.item() == pytest.approx(math.exp(-50), rel=1e-5)


def test_gumbel_softmax_draws_each_class_by_its_probability():
    dlx.manual_seed(3)
    p = np.array([0.1, 0.2, 0.7])
    logits = dlx.tensor(p.astype(np.float32)).log().expand(20_000, 3)
    drawn = F.gumbel_softmax(logits, hard=True)
    assert set(np.unique(drawn.numpy()).round(5).tolist()) <= {0.0, 1.0}
    np.testing.assert_allclose(drawn.mean(0).numpy(), p, atol=0.015)
    with pytest.warns(UserWarning, match="eps is deprecated"):
        F.gumbel_softmax(logits[:1], eps=1e-5)
    x = logits[:4].clone().requires_grad_()
    F.gumbel_softmax(x, hard=True)[:, 0].sum().backward()
    assert x.grad.abs().sum().item() > 0, "the hard draw has the gradient of the soft one"


def test_rrelu_draws_slopes_while_training():
    dlx.manual_seed(3)
    x = -dlx.ones(10_000)
    slopes = -nn.RReLU(0.2, 0.4)(x).numpy()
    assert 0.2 <= slopes.min() < 0.21
    assert 0.39 < slopes.max() <= 0.4
    assert nn.RReLU(0.2, 0.4).eval()(x)[0].item() == pytest.approx(-0.3)


def test_dropout_of_channels():
    dlx.manual_seed(3)
    for layer, shape in ((nn.Dropout1d(0.5), (16, 32, 5)), (nn.Dropout2d(0.5), (16, 32, 5, 2))):
        y = layer(dlx.ones(*shape)).numpy().reshape(16 * 32, -1)
        assert (y == y[:, :1]).all(), "a channel is kept or dropped as a whole"
        assert set(np.unique(y).tolist()) == {0.0, 2.0}
        assert 0.4 < (y[:, 0] == 0).mean() < 0.6
    with pytest.warns(UserWarning, match="unsqueeze"):
        F.dropout2d(dlx.ones(2, 3, 4))
    x = dlx.randn(100_000)
    y = nn.AlphaDropout(0.3)(x)
    assert abs(y.mean().item()) < 0.02
    assert abs((y * y).mean().item() - 1) < 0.03


def test_in_place_layers_write_into_their_input():
    for layer in (
        nn.ReLU(True), nn.ReLU6(True), nn.ELU(inplace=True), nn.CELU(inplace=True), nn.SELU(True), nn.SiLU(True),
        nn.Mish(True), nn.LeakyReLU(inplace=True), nn.RReLU(inplace=True), nn.Hardtanh(inplace=True),
        nn.Hardsigmoid(True), nn.Hardswish(True), nn.Threshold(0.5, 0.0, True), nn.Dropout(0.5, True),
        nn.AlphaDropout(0.5, True),
    ):  # fmt: skip
        x = dlx.randn(5)
        assert layer(x) is x, layer
    x = dlx.randn(2, 3, 4)
    assert nn.Dropout1d(0.5, True)(x) is x


# --- PyTorch's ------------------------------------------------------------------------------------------------------
ACTIVATIONS = (
    "elu celu selu gelu silu mish softplus logsigmoid leaky_relu hardtanh relu6 hardsigmoid hardswish hardshrink "
    "softshrink softsign tanhshrink rrelu"
)
PAIRS = "mse_loss l1_loss smooth_l1_loss huber_loss cosine_similarity pairwise_distance"
LAYERS = (
    "ELU GELU GLU Hardsigmoid Hardswish Hardtanh LeakyReLU LogSoftmax Mish PReLU ReLU ReLU6 SiLU Softmax Softplus CELU "
    "Hardshrink RReLU SELU Softmin Softshrink Threshold Dropout Dropout1d Dropout2d Dropout3d AlphaDropout BCELoss "
    "BCEWithLogitsLoss CosineSimilarity CrossEntropyLoss HuberLoss KLDivLoss L1Loss MSELoss NLLLoss SmoothL1Loss "
    "CosineEmbeddingLoss GaussianNLLLoss HingeEmbeddingLoss MarginRankingLoss MultiLabelSoftMarginLoss MultiMarginLoss "
    "CTCLoss PairwiseDistance PoissonNLLLoss SoftMarginLoss TripletMarginLoss TripletMarginWithDistanceLoss"
)


@pytest.mark.parametrize("name", LAYERS.split())
def test_constructors_and_texts_are_pytorchs(name):
    torch = pytest.importorskip("torch")
    ours, theirs = (
        {k: p.default for k, p in inspect.signature(getattr(lib.nn, name)).parameters.items()} for lib in (dlx, torch)
    )
    assert list(ours) == list(theirs)
    assert list(map(repr, ours.values())) == list(map(repr, theirs.values()))
    args = (0.5, 2.0) if name == "Threshold" else ()
    assert repr(getattr(nn, name)(*args)) == repr(getattr(torch.nn, name)(*args))
    if "inplace" in ours:
        assert repr(getattr(nn, name)(*args, inplace=True)) == repr(getattr(torch.nn, name)(*args, inplace=True))


def test_results_are_pytorchs():
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x, y, z = (rng.standard_normal((6, 5)).astype(np.float32) for _ in range(3))
    p, q = (rng.uniform(0.05, 0.95, (6, 5)).astype(np.float32) for _ in range(2))
    classes, sign = rng.integers(0, 5, 6), rng.integers(0, 2, (6, 5)).astype(np.float32) * 2 - 1
    w = rng.uniform(0.5, 2, 5).astype(np.float32)
    cases = {
        **{
            name: lambda lib, name=name: getattr(lib.nn.functional, name)(lib.tensor(3 * x))
            for name in ACTIVATIONS.split()
        },
        "gelu tanh": lambda lib: lib.nn.functional.gelu(lib.tensor(x), approximate="tanh"),
        "glu": lambda lib: lib.nn.functional.glu(lib.tensor(x[:, :4])),
        "prelu": lambda lib: lib.nn.functional.prelu(lib.tensor(x), lib.tensor(w)),
        **{
            name: lambda lib, name=name: getattr(lib.nn.functional, name)(lib.tensor(x), lib.tensor(y))
            for name in PAIRS.split()
        },
        "mse weighted": lambda lib: lib.nn.functional.mse_loss(lib.tensor(x), lib.tensor(y), weight=lib.tensor(p)),
        "huber weighted": lambda lib: lib.nn.functional.huber_loss(lib.tensor(x), lib.tensor(y), weight=lib.tensor(p)),
        "bce": lambda lib: lib.nn.functional.binary_cross_entropy(lib.tensor(p), lib.tensor(q), lib.tensor(w)),
        "bce logits": lambda lib: lib.nn.functional.binary_cross_entropy_with_logits(
            lib.tensor(x), lib.tensor(q), pos_weight=lib.tensor(w)
        ),
        "kl_div": lambda lib: lib.nn.functional.kl_div(lib.tensor(x), lib.tensor(p), reduction="batchmean"),
        "cross_entropy": lambda lib: lib.nn.functional.cross_entropy(
            lib.tensor(x), lib.tensor(classes), lib.tensor(w), label_smoothing=0.1
        ),
        "cross_entropy soft": lambda lib: lib.nn.functional.cross_entropy(
            lib.tensor(x), lib.tensor(p), lib.tensor(w), label_smoothing=0.1
        ),
        "normalize": lambda lib: lib.nn.functional.normalize(lib.tensor(x), p=3.0),
        "cosine_embedding": lambda lib: lib.nn.functional.cosine_embedding_loss(
            lib.tensor(x), lib.tensor(y), lib.tensor(sign[:, 0]), 0.1
        ),
        "margin_ranking": lambda lib: lib.nn.functional.margin_ranking_loss(
            lib.tensor(x), lib.tensor(y), lib.tensor(sign), 0.3
        ),
        "hinge_embedding": lambda lib: lib.nn.functional.hinge_embedding_loss(lib.tensor(x), lib.tensor(sign)),
        "triplet": lambda lib: lib.nn.functional.triplet_margin_loss(
            lib.tensor(x), lib.tensor(y), lib.tensor(z), swap=True
        ),
        "poisson": lambda lib: lib.nn.functional.poisson_nll_loss(lib.tensor(x), lib.tensor(4 * p), full=True),
        "gaussian": lambda lib: lib.nn.functional.gaussian_nll_loss(
            lib.tensor(x), lib.tensor(y), lib.tensor(p), full=True
        ),
        "soft_margin": lambda lib: lib.nn.functional.soft_margin_loss(lib.tensor(x), lib.tensor(sign)),
        "multi_margin": lambda lib: lib.nn.functional.multi_margin_loss(
            lib.tensor(x), lib.tensor(classes), p=2, weight=lib.tensor(w)
        ),
        "multilabel": lambda lib: lib.nn.functional.multilabel_soft_margin_loss(
            lib.tensor(x), lib.tensor(q), lib.tensor(w)
        ),
    }
    cases["ctc"] = lambda lib: lib.nn.functional.ctc_loss(
        lib.nn.functional.log_softmax(lib.tensor(np.stack([x, y, z, p])), dim=2),
        lib.tensor(np.array([[1, 2], [3, 3], [1, 0], [4, 1], [2, 2], [3, 1]])),
        lib.tensor(np.array([4, 4, 3, 2, 4, 4])),
        lib.tensor(np.array([2, 2, 1, 2, 1, 0])),
    )
    for name, case in cases.items():
        np.testing.assert_allclose(case(dlx).numpy(), case(torch).numpy(), rtol=3e-6, atol=1e-6, err_msg=name)


def test_activations_in_place():
    for name, arguments in {
        "celu": (0.5,), "elu": (0.5,), "hardtanh": (-0.5, 0.25), "leaky_relu": (0.1,), "rrelu": (0.1, 0.3),
        "selu": (), "threshold": (0.1, 9.0), "relu": (),
    }.items():  # fmt: skip
        leaf = dlx.randn(5, requires_grad=True)
        x = leaf * 2
        before = getattr(F, name)(x.detach(), *arguments)
        assert getattr(F, f"{name}_")(x, *arguments) is x
        assert x.tolist() == before.tolist(), name
        x.sum().backward()
        assert leaf.grad.shape == (5,)


def test_upsample_is_interpolate():
    x = dlx.randn(1, 1, 3, 4)
    with pytest.warns(FutureWarning, match="use nn.functional.interpolate"):
        out = F.upsample(x, scale_factor=2, mode="bilinear", align_corners=True)
    assert out.tolist() == F.interpolate(x, scale_factor=2, mode="bilinear", align_corners=True).tolist()


def test_adaptive_log_softmax_is_pytorchs():
    torch = pytest.importorskip("torch")
    x, y = np.random.default_rng(0).standard_normal((30, 16)).astype(np.float32), np.arange(30) * 7 % 40
    for head_bias in (False, True):
        theirs, ours = (
            lib.nn.AdaptiveLogSoftmaxWithLoss(16, 40, [5, 12, 30], div_value=2.0, head_bias=head_bias)
            for lib in (torch, dlx)
        )
        assert repr(ours) == repr(theirs)
        load(ours, theirs)
        expected, got = theirs(torch.tensor(x), torch.tensor(y)), ours(dlx.tensor(x), dlx.tensor(y))
        assert_same((got.output, got.loss), (expected.output, expected.loss))
        expected.loss.backward()
        got.loss.backward()
        assert_same_gradients(ours, theirs)
        assert_same(ours.log_prob(dlx.tensor(x)), theirs.log_prob(torch.tensor(x)))
        assert ours.predict(dlx.tensor(x)).tolist() == theirs.predict(torch.tensor(x)).tolist()
        one = ours(dlx.tensor(x[0]), dlx.tensor(int(y[0])))
        assert_same((one.output, one.loss), (got.output[0], -got.output[0]))


def test_adaptive_log_softmax_without_rows_of_a_cluster():
    layer = nn.AdaptiveLogSoftmaxWithLoss(8, 10, [2, 4])
    x = dlx.randn(3, 8)
    assert_same(layer(x, dlx.tensor([0, 1, 0])).output, layer.log_prob(x)[[0, 1, 2], [0, 1, 0]])
    np.testing.assert_allclose(array(layer.log_prob(x).exp().sum(1)), 1, rtol=1e-5)
    assert layer.predict(x).tolist() == layer.log_prob(x).argmax(1).tolist()
    assert layer(x[:0], dlx.zeros(0, dtype=dlx.int64)).output.shape == (0,)


def test_adaptive_log_softmax_names_mistakes():
    for cutoffs in ([], [4, 2], [2, 2], [0, 3], [3, 10]):
        with pytest.raises(ValueError, match="cutoffs must be rising"):
            nn.AdaptiveLogSoftmaxWithLoss(8, 10, cutoffs)
    layer = nn.AdaptiveLogSoftmaxWithLoss(8, 10, [2, 4])
    with pytest.raises(IndexError, match=r"targets must be in \[0, 9\]. Got 0 to 10"):
        layer(dlx.zeros(2, 8), dlx.tensor([0, 10]))
    with pytest.raises(dlx.ShapeError, match="a class for each row"):
        layer(dlx.zeros(2, 8), dlx.tensor([0, 1, 2]))
    with pytest.raises(dlx.ShapeError, match=r"input must have shape \(n, 8\)"):
        layer(dlx.zeros(2, 7), dlx.tensor([0, 1]))


def test_linear_cross_entropy_is_pytorchs():
    torch = pytest.importorskip("torch")
    if not hasattr(torch.nn, "LinearCrossEntropyLoss"):
        pytest.skip("PyTorch before 2.13")
    rng = np.random.default_rng(0)
    options = {"out_features": (2, 3), "bias": True, "ignore_index": 1, "label_smoothing": 0.1}
    theirs, ours = (lib.nn.LinearCrossEntropyLoss(6, 4, **options) for lib in (torch, dlx))
    assert repr(ours) == repr(theirs)
    load(ours, theirs)
    x, y = rng.standard_normal((5, 6)).astype(np.float32), rng.integers(0, 4, (5, 2, 3))
    assert_same(ours(dlx.tensor(x), dlx.tensor(y)), theirs(torch.tensor(x), torch.tensor(y)))
