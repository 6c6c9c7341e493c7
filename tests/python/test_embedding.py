"""Embedding and EmbeddingBag as layers: padding, norms, frequencies, ready-made tables."""

import numpy as np
import pytest

import dlx
import dlx.nn.functional as F
from dlx import nn


def test_padding_row_starts_as_zero_and_gets_no_gradient():
    layer = nn.Embedding(5, 3, padding_idx=-2)
    assert layer.padding_idx == 3
    assert layer.weight[3].tolist() == [0, 0, 0]
    layer(dlx.tensor([3, 1, 3, 1])).sum().backward()
    assert layer.weight.grad[3].tolist() == [0, 0, 0]
    assert layer.weight.grad[1].tolist() == [2, 2, 2]


def test_second_gradient_with_padding_and_frequencies():
    weight = dlx.randn(4, 2, dtype=dlx.float64, requires_grad=True)
    index = dlx.tensor([0, 2, 2, 3])

    def f(w):
        return F.embedding(index, w, padding_idx=3, scale_grad_by_freq=True)

    (g,) = dlx.autograd.grad((f(weight) ** 2).sum(), weight, create_graph=True)
    w = weight.detach().numpy()
    np.testing.assert_allclose(g.detach().numpy(), 2 * w * np.array([[1], [0], [1], [0]]))
    (gg,) = dlx.autograd.grad(g.sum(), weight)
    # Not a true derivative: PyTorch's rule for padding and frequencies, applied twice.
    np.testing.assert_allclose(
        gg.numpy(), 2 * np.array([[1, 1], [0, 0], [0.5, 0.5], [0, 0]]) * np.array([[1], [1], [2 * 0.5], [1]])
    )


def test_max_norm_scales_the_rows_that_are_taken():
    weight = dlx.tensor([[3.0, 4.0], [0.3, 0.4], [6.0, 8.0]])
    out = F.embedding(dlx.tensor([0, 1, 0]), weight, max_norm=1.0)
    np.testing.assert_allclose(weight.numpy(), [[0.6, 0.8], [0.3, 0.4], [6, 8]], rtol=1e-6)
    np.testing.assert_allclose(out.numpy(), weight.numpy()[[0, 1, 0]])
    weight = dlx.tensor([[3.0, -4.0]])
    assert F.embedding(dlx.tensor([0]), weight, max_norm=2.0, norm_type=float("inf")).abs().max().item() <= 2.0
    layer = nn.Embedding(4, 2, max_norm=0.5)
    layer(dlx.arange(4)).sum().backward()  # the parameter is scaled though it requires a gradient
    assert (layer.weight.detach() ** 2).sum(1).max().item() <= 0.25 + 1e-6


def test_ready_made_tables():
    table = dlx.tensor([[1.0, 2.0], [3.0, 4.0]])
    assert not nn.Embedding.from_pretrained(table).weight.requires_grad
    layer = nn.EmbeddingBag.from_pretrained(table, freeze=False, mode="sum")
    assert layer.weight.requires_grad
    assert layer(dlx.tensor([[0, 1]])).tolist() == [[4, 6]]
    with pytest.raises(ValueError, match="two dimensions"):
        nn.Embedding.from_pretrained(dlx.ones(3))
    with pytest.raises(ValueError, match=r"must have shape \(3, 2\)"):
        nn.Embedding(3, 2, _weight=table)


def test_what_the_layers_say_of_themselves():
    assert repr(nn.Embedding(10, 3, padding_idx=1)) == "Embedding(10, 3, padding_idx=1)"
    assert repr(nn.EmbeddingBag(10, 3, mode="sum")) == "EmbeddingBag(10, 3, mode='sum')"
    for call, words in [
        (lambda: nn.Embedding(3, 2, padding_idx=3), "padding_idx must be within"),
        (lambda: nn.Embedding(-1, 2), "must not be negative"),
        (lambda: nn.EmbeddingBag(3, 2, mode="min"), "mode must be"),
    ]:
        with pytest.raises(ValueError, match=words):
            call()
    with pytest.raises(NotImplementedError, match="sparse"):
        nn.Embedding(3, 2, sparse=True)
    with pytest.raises(IndexError, match="index 3 is out of bounds for a weight of 3 embeddings"):
        nn.Embedding(3, 2)(dlx.tensor([1, 3]))
