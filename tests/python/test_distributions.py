"""Distributions: shapes, samples, densities, divergences, what they refuse."""

from __future__ import annotations

import math

import pytest

import dlx
from dlx import distributions as D


def each():
    """One batch of every distribution, of shape (3,)."""
    loc, scale = dlx.tensor([-1.0, 0.0, 2.0]), dlx.tensor([0.5, 1.0, 3.0])
    return {
        "Normal": D.Normal(loc, scale),
        "Uniform": D.Uniform(loc, loc + scale),
        "Bernoulli": D.Bernoulli(dlx.tensor([0.2, 0.5, 0.9])),
        "Categorical": D.Categorical(dlx.tensor([[1.0, 1.0, 2.0], [3.0, 0.0, 1.0], [1.0, 5.0, 1.0]])),
        "Exponential": D.Exponential(scale),
        "Laplace": D.Laplace(loc, scale),
    }


NAMES = list(each())


@pytest.mark.parametrize("name", NAMES)
def test_shapes(name):
    d = each()[name]
    assert (d.batch_shape, d.event_shape) == ((3,), ())
    assert d.sample().shape == d.sample(()).shape == (3,)
    assert d.sample((4, 5)).shape == (4, 5, 3)
    assert d.sample_n(4).shape == (4, 3)
    assert d.sample((0,)).shape == (0, 3)
    assert not d.sample().requires_grad
    assert d.log_prob(d.sample((7,))).shape == (7, 3)
    assert d.entropy().shape == d.perplexity().shape == d.variance.shape == d.mean.shape == (3,)
    wide = d.expand((2, 3))
    assert type(wide) is type(d)
    assert wide.batch_shape == (2, 3)
    assert wide.sample((4,)).shape == (4, 2, 3)
    x = d.sample()
    assert wide.log_prob(x).tolist() == [d.log_prob(x).tolist()] * 2
    assert name in repr(d)


@pytest.mark.parametrize("name", [n for n in NAMES if n != "Categorical"])
def test_samples_have_the_mean_and_the_variance(name):
    dlx.manual_seed(0)
    d = each()[name]
    x = d.sample((40000,))
    assert x.mean(0).tolist() == pytest.approx(d.mean.tolist(), abs=0.06)
    assert x.var(0).tolist() == pytest.approx(d.variance.tolist(), rel=0.06)
    assert d.stddev.tolist() == pytest.approx(d.variance.sqrt().tolist())


def test_categories_come_as_often_as_they_should():
    dlx.manual_seed(0)
    d = each()["Categorical"]
    x = d.sample((40000,))
    for i in range(3):
        share = (x == i).float().mean(0)
        assert share.tolist() == pytest.approx(d.probs[:, i].tolist(), abs=0.01)


@pytest.mark.parametrize("name", ["Normal", "Uniform", "Exponential", "Laplace"])
def test_densities_integrate_to_the_distribution_function(name):
    d = each()[name]
    d = type(d)(*(getattr(d, k).double() for k in d.arg_constraints))
    q = dlx.arange(1, 1000, dtype=dlx.float64).unsqueeze(1) / 1000
    x = d.icdf(q)
    assert (d.cdf(x) - q).abs().max() < 1e-9
    middles, widths = (x[1:] + x[:-1]) / 2, x[1:] - x[:-1]
    total = (d.log_prob(middles).exp() * widths).sum(0)
    assert total.tolist() == pytest.approx([0.998] * 3, abs=2e-3)


@pytest.mark.parametrize("name", ["Normal", "Uniform", "Exponential", "Laplace"])
def test_rsample_has_a_gradient(name):
    d = each()[name]
    parameters = [getattr(d, k).clone().requires_grad_() for k in d.arg_constraints]
    d = type(d)(*parameters)
    assert d.has_rsample
    dlx.manual_seed(0)
    d.rsample((100,)).sum().backward()
    assert all(p.grad is not None and bool((p.grad != 0).all()) for p in parameters)


def test_what_cannot_be_differentiated_says_so():
    assert not D.Bernoulli(0.5).has_rsample
    with pytest.raises(NotImplementedError, match="Bernoulli has no rsample"):
        D.Bernoulli(0.5).rsample()
    with pytest.raises(NotImplementedError, match="no cdf"):
        D.Categorical(dlx.ones(3)).cdf(dlx.tensor(1))


def test_a_score_function_gradient():
    logits = dlx.zeros(3, requires_grad=True)
    d = D.Categorical(logits=logits)
    (-d.log_prob(dlx.tensor(1))).backward()
    assert logits.grad.tolist() == pytest.approx([1 / 3, -2 / 3, 1 / 3])


def test_parameters_by_their_two_names():
    assert D.Bernoulli(logits=dlx.tensor(0.0)).probs.item() == 0.5
    assert D.Bernoulli(0.25).logits.item() == pytest.approx(-math.log(3))
    d = D.Categorical(logits=dlx.tensor([0.0, math.log(3.0)]))
    assert d.probs.tolist() == pytest.approx([0.25, 0.75])
    assert D.Categorical(d.probs).logits.tolist() == pytest.approx(d.probs.log().tolist())
    assert d.param_shape == (2,)
    with pytest.raises(AttributeError):
        _ = d.weights


def test_modes_and_listed_supports():
    assert D.Bernoulli(dlx.tensor([0.2, 0.9])).mode.tolist() == [0, 1]
    assert math.isnan(D.Bernoulli(0.5).mode.item())
    assert D.Categorical(dlx.tensor([1.0, 3.0, 2.0])).mode.item() == 1
    assert D.Bernoulli(dlx.tensor([0.2, 0.9])).enumerate_support().tolist() == [[0, 0], [1, 1]]
    assert D.Categorical(dlx.ones(2, 3)).enumerate_support(expand=False).tolist() == [[0], [1], [2]]


def test_certain_outcomes():
    d = D.Categorical(dlx.tensor([1.0, 0.0]))
    assert d.entropy().item() == pytest.approx(0.0, abs=1e-6)
    assert D.Bernoulli(dlx.tensor([0.0, 1.0])).sample((100,)).mean(0).tolist() == [0, 1]
    assert D.Uniform(0.0, 1.0, validate_args=False).log_prob(dlx.tensor(3.0)).item() == -math.inf


@pytest.mark.parametrize("name", NAMES)
def test_divergence_is_the_mean_difference_of_log_probabilities(name):
    dlx.manual_seed(0)
    p = each()[name]
    q = {
        "Normal": lambda: D.Normal(dlx.tensor([0.0, 0.5, 1.0]), 2.0),
        "Uniform": lambda: D.Uniform(-3.0, 6.0).expand((3,)),
        "Bernoulli": lambda: D.Bernoulli(dlx.tensor([0.4, 0.1, 0.6])),
        "Categorical": lambda: D.Categorical(dlx.ones(3, 3)),
        "Exponential": lambda: D.Exponential(dlx.tensor([1.0, 2.0, 1.5])),
        "Laplace": lambda: D.Laplace(dlx.tensor([0.0, 0.5, 1.0]), 2.0),
    }[name]()
    x = p.sample((200000,))
    estimate = (p.log_prob(x) - q.log_prob(x)).mean(0)
    assert D.kl_divergence(p, q).tolist() == pytest.approx(estimate.tolist(), abs=0.03)
    assert D.kl_divergence(p, p).tolist() == pytest.approx([0.0] * 3, abs=1e-6)


def test_divergences_without_bounds():
    assert D.kl_divergence(D.Uniform(0.0, 1.0), D.Uniform(0.0, 0.5)).item() == math.inf
    one, other = D.Categorical(dlx.tensor([0.5, 0.5])), D.Categorical(dlx.tensor([1.0, 0.0]))
    assert D.kl_divergence(one, other).item() == math.inf
    assert D.kl_divergence(other, one).item() == pytest.approx(math.log(2))
    with pytest.raises(NotImplementedError, match="Normal and Bernoulli"):
        D.kl_divergence(D.Normal(0.0, 1.0), D.Bernoulli(0.5))
    with pytest.raises(TypeError, match="class of distributions"):
        D.register_kl(int, D.Normal)


def test_a_subclass_takes_the_nearest_formula():
    class Standard(D.Normal):
        def __init__(self):
            super().__init__(0.0, 1.0)

    assert D.kl_divergence(Standard(), D.Normal(1.0, 1.0)).item() == 0.5
    with pytest.raises(NotImplementedError, match="must define expand"):
        Standard().expand((2,))


def test_independent_parts():
    d = D.Independent(D.Normal(dlx.zeros(2, 3), 1.0), 1)
    assert (d.batch_shape, d.event_shape) == ((2,), (3,))
    x = d.rsample((5,))
    assert x.shape == (5, 2, 3)
    assert d.log_prob(x).shape == (5, 2)
    assert d.log_prob(x).tolist()[0] == pytest.approx(d.base_dist.log_prob(x).sum(-1).tolist()[0])
    assert d.expand((4, 2)).log_prob(x[0]).shape == (4, 2)
    assert D.kl_divergence(d, d).tolist() == [0, 0]
    with pytest.raises(ValueError, match="from 0 to 2"):
        D.Independent(d.base_dist, 3)


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: D.Normal(0.0, -1.0), "scale"),
        (lambda: D.Normal(math.nan, 1.0), "loc"),
        (lambda: D.Uniform(2.0, 1.0), "low"),
        (lambda: D.Bernoulli(1.5), "probs"),
        (lambda: D.Bernoulli(), "one of probs and logits"),
        (lambda: D.Bernoulli(0.5, 0.0), "not both"),
        (lambda: D.Categorical(dlx.tensor(1.0)), "1 dimension"),
        (lambda: D.Categorical(dlx.zeros(3)), "probs"),
        (lambda: D.Categorical(dlx.tensor([-1.0, 2.0])), "probs"),
        (lambda: D.Normal(0.0, 1.0).log_prob("a"), "must be a Tensor"),
        (lambda: D.Normal(0.0, 1.0).log_prob(dlx.tensor(math.nan)), "support"),
        (lambda: D.Categorical(dlx.ones(3)).log_prob(dlx.tensor(3)), "support"),
        (lambda: D.Bernoulli(0.5).log_prob(dlx.tensor(0.5)), "support"),
        (lambda: D.Normal(dlx.zeros(3), 1.0).log_prob(dlx.zeros(2)), "broadcast"),
        (lambda: D.Distribution.set_default_validate_args(3), "True or False"),
    ],
)
def test_what_is_refused(make, text):
    with pytest.raises(ValueError, match=text):
        make()


def test_checks_can_be_left_out():
    assert D.Normal(0.0, -1.0, validate_args=False).scale.item() == -1
    D.Distribution.set_default_validate_args(False)
    try:
        assert D.Normal(0.0, -1.0).scale.item() == -1
    finally:
        D.Distribution.set_default_validate_args(True)


@pytest.mark.parametrize("name", NAMES)
def test_values_beside_pytorch(name):
    torch = pytest.importorskip("torch")
    ours = each()[name]
    given = [k for k in ours.arg_constraints if k in vars(ours)]
    theirs = getattr(torch.distributions, name)(**{k: torch.tensor(getattr(ours, k).tolist()) for k in given})
    assert repr(ours).replace("dlx", "torch") == repr(theirs)
    x = ours.sample((6,))
    y = torch.tensor(x.tolist(), dtype=torch.int64 if name == "Categorical" else torch.float32)
    assert ours.log_prob(x).flatten().tolist() == pytest.approx(theirs.log_prob(y).flatten().tolist(), abs=1e-5)
    assert ours.entropy().tolist() == pytest.approx(theirs.entropy().tolist(), abs=1e-5)
    for what in ("mean", "variance", "mode"):
        assert getattr(ours, what).tolist() == pytest.approx(getattr(theirs, what).tolist(), abs=1e-6, nan_ok=True)
