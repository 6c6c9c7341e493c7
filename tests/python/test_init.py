"""nn.init, beside PyTorch's where the values do not depend on the random numbers."""

from __future__ import annotations

import math
import statistics

import numpy as np
import pytest

import dlx
from dlx.nn import init


def array(x):
    return x.detach().numpy()


@pytest.mark.parametrize("shape", [(5, 3), (3, 5), (4, 4), (6, 2, 3)])
def test_orthogonal(shape):
    w = array(init.orthogonal_(dlx.empty(*shape, dtype=dlx.float64), gain=2.0)).reshape(shape[0], -1)
    product = w @ w.T if w.shape[0] <= w.shape[1] else w.T @ w
    np.testing.assert_allclose(product, 4 * np.eye(len(product)), atol=1e-12)


def test_orthogonal_matrices_are_evenly_spread():
    generator = dlx.Generator().manual_seed(0)
    traces = [np.trace(array(init.orthogonal_(dlx.empty(3, 3), generator=generator))) for _ in range(400)]
    assert abs(np.mean(traces)) < 0.2
    assert abs(np.var(traces) - 1) < 0.25


@pytest.mark.parametrize(("mean", "std", "a", "b"), [(0.0, 1.0, -2.0, 2.0), (1.0, 2.0, 0.0, 1.5), (0.0, 1.0, 4.0, 6.0)])
def test_truncated_normal(mean, std, a, b):
    dlx.manual_seed(0)
    x = array(init.trunc_normal_(dlx.empty(200, 100), mean, std, a, b)).ravel().astype(np.float64)
    assert x.min() >= a
    assert x.max() <= b
    normal = statistics.NormalDist(mean, std)
    low, high = normal.cdf(a), normal.cdf(b)
    for q in (0.1, 0.5, 0.9):
        assert np.quantile(x, q) == pytest.approx(normal.inv_cdf(low + q * (high - low)), abs=0.05 * std)


@pytest.mark.parametrize("shape", [(4, 2, 3), (2, 4, 3, 2), (6, 3, 3, 3, 1)])
@pytest.mark.parametrize("groups", [1, 2])
def test_dirac_and_eye_are_pytorchs(shape, groups):
    torch = pytest.importorskip("torch")
    ours, theirs = (lib.nn.init.dirac_(lib.empty(*shape), groups) for lib in (dlx, torch))
    assert ours.tolist() == theirs.tolist()
    ours, theirs = (lib.nn.init.eye_(lib.empty(*shape[:2])) for lib in (dlx, torch))
    assert ours.tolist() == theirs.tolist()


@pytest.mark.parametrize(
    "name", ["uniform_", "normal_", "xavier_uniform_", "xavier_normal_", "kaiming_uniform_", "kaiming_normal_",
             "trunc_normal_", "orthogonal_"],
)  # fmt: skip
def test_a_generator_of_ones_own(name):
    def draw(seed):
        return getattr(init, name)(dlx.empty(4, 5), generator=dlx.Generator().manual_seed(seed)).tolist()

    before = dlx.get_rng_state().tolist()
    assert draw(1) == draw(1) != draw(2)
    assert dlx.get_rng_state().tolist() == before


@pytest.mark.parametrize("nonlinearity", ["linear", "conv2d", "sigmoid", "tanh", "relu", "leaky_relu", "selu"])
def test_gains_are_pytorchs(nonlinearity):
    torch = pytest.importorskip("torch")
    assert init.calculate_gain(nonlinearity) == torch.nn.init.calculate_gain(nonlinearity)
    assert init.calculate_gain("leaky_relu", 0.3) == torch.nn.init.calculate_gain("leaky_relu", 0.3)


def test_parameters_take_no_history():
    w = dlx.nn.Parameter(dlx.empty(3, 3, 1))
    for fill in (init.orthogonal_, init.trunc_normal_, init.dirac_):
        assert fill(w) is w
        assert w.is_leaf
        assert w.requires_grad


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda: init.orthogonal_(dlx.empty(3)), "at least 2 dimensions"),
        (lambda: init.eye_(dlx.empty(3)), "2 dimensions"),
        (lambda: init.dirac_(dlx.empty(3, 3)), "3, 4 or 5 dimensions"),
        (lambda: init.dirac_(dlx.empty(3, 3, 3), groups=2), "divisible by groups=2"),
        (lambda: init.trunc_normal_(dlx.empty(3), a=1.0, b=1.0), "a below b"),
        (lambda: init.trunc_normal_(dlx.empty(3), std=math.nan), "std must be positive"),
    ],
)
def test_wrong_arguments(call, text):
    with pytest.raises(ValueError, match=text):
        call()
