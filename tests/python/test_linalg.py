"""Linear algebra beside the op table: what decompositions mean, and their gradients."""

from __future__ import annotations

import pytest

import dlx
from dlx import linalg
from dlx.autograd import gradcheck, gradgradcheck


def identity(n: int) -> dlx.Tensor:
    i = dlx.arange(n)
    return (i[:, None] == i[None, :]).double()


def matrices(*shape: int) -> dlx.Tensor:
    generator = dlx.Generator().manual_seed(1)
    return dlx.randn(*shape, dtype=dlx.float64, generator=generator).requires_grad_()


def without_signs(u, s, vh):
    """Vectors are known but for their signs."""
    return u.abs(), s, vh.abs()


@pytest.mark.parametrize(
    ("shape", "f"),
    [
        ((2, 3, 3), lambda a: linalg.cholesky(a @ a.transpose(-1, -2) + identity(3))),
        ((3, 3), lambda a: linalg.cholesky(a @ a.t() + identity(3), upper=True)),
        ((2, 3, 3), lambda a: tuple(linalg.qr(a))),
        ((4, 3), lambda a: linalg.qr(a).Q),
        ((4, 3), lambda a: linalg.qr(a, "r").R),
        ((2, 3, 3), lambda a: without_signs(*linalg.svd(a))),
        ((4, 3), lambda a: without_signs(*linalg.svd(a, False))),
        ((3, 4), lambda a: without_signs(*linalg.svd(a, False))),
        ((3, 4), lambda a: linalg.svd(a, False).U.abs()),
        ((3, 4), linalg.svdvals),
        ((2, 3, 3), lambda a: tuple(x.abs() for x in linalg.eigh(a + a.transpose(-1, -2)))),
        ((3, 3), lambda a: linalg.eigvalsh(a + a.t(), "U")),
        ((3, 3), lambda a: linalg.solve_triangular(a, identity(3), upper=True)),
        ((3, 3), lambda a: linalg.solve_triangular(a, identity(3), upper=False, unitriangular=True)),
        ((4, 2), lambda a: linalg.lstsq(a, dlx.ones(4, 1, dtype=dlx.float64)).solution),
        ((3, 3), lambda a: linalg.logdet(a @ a.t())),
        ((3, 3), lambda a: linalg.cond(a)),
    ],
)
def test_gradients(shape, f):
    assert gradcheck(f, (matrices(*shape),))
    assert gradgradcheck(f, (matrices(*shape),))


@pytest.mark.parametrize("shape", [(3, 3), (5, 3), (3, 5), (2, 5, 3), (0, 3, 3)])
def test_factors_multiply_to_the_matrix(shape):
    a = matrices(*shape).detach()
    for mode in ("reduced", "complete"):
        q, r = linalg.qr(a, mode)
        assert dlx.norm(q @ r - a) < 1e-12
    u, s, vh = linalg.svd(a, full_matrices=False)
    assert dlx.norm((u * s.unsqueeze(-2)) @ vh - a) < 1e-12
    u, s, vh = linalg.svd(a)
    assert (u.shape[-2:], vh.shape[-2:]) == ((shape[-2],) * 2, (shape[-1],) * 2)
    assert dlx.norm(u @ u.transpose(-1, -2) - identity(shape[-2])) < 1e-12


def test_the_layout_of_a_matrix_does_not_matter():
    a, b = matrices(2, 3, 3).detach(), matrices(2, 3, 2).detach()
    stepped = dlx.ones(2, 3, 8, dtype=dlx.float64)
    stepped[..., 1:7:2] = a
    for same in (a.transpose(1, 2).contiguous().transpose(1, 2), stepped[..., 1:7:2]):
        for f in (linalg.inv, linalg.det, lambda x: linalg.solve(x, b), lambda x: linalg.slogdet(x).logabsdet):
            first, second = a.clone().requires_grad_(), same.requires_grad_()
            assert f(second).tolist() == f(first).tolist()
            f(first).sum().backward()
            [grad] = dlx.autograd.grad(f(second).sum(), second)
            assert grad.tolist() == first.grad.tolist()
            second.requires_grad_(False)


def test_eigenvectors_of_either_half():
    a = matrices(4, 4).detach()
    for half, symmetric in [("L", a.tolist()), ("U", a.t().tolist())]:
        whole = dlx.tensor([[symmetric[max(i, j)][min(i, j)] for j in range(4)] for i in range(4)], dtype=dlx.float64)
        values, vectors = linalg.eigh(a, half)
        assert dlx.norm(whole @ vectors - vectors * values) < 1e-12


def test_ranks_and_conditions():
    a = dlx.tensor([[1.0, 2.0], [2.0, 4.0]])
    assert linalg.matrix_rank(a).item() == 1
    assert linalg.matrix_rank(dlx.stack([a, dlx.tensor([[1.0, 0.0], [0.0, 1.0]])])).tolist() == [1, 2]
    assert linalg.matrix_rank(dlx.tensor([[1.0, 0.0], [0.0, 0.5]]), atol=0.6).item() == 1
    assert linalg.cond(dlx.tensor([[2.0, 0.0], [0.0, 1.0]]), 1).item() == 2
    assert linalg.cond(dlx.tensor([[2.0, 0.0], [0.0, 1.0]]), -2).item() == 0.5
    assert dlx.logdet(dlx.tensor([[-1.0, 0.0], [0.0, 1.0]])).isnan().item()


def test_aliases_at_the_top():
    a = dlx.tensor([[2.0, 0.0], [0.0, 4.0]])
    assert dlx.inverse(a).tolist() == a.inverse().tolist() == linalg.inv(a).tolist()
    assert dlx.det(a).item() == a.det().item() == 8
    assert dlx.norm(a, "nuc").item() == 6
    assert a.norm().item() == dlx.norm(a).item()
    assert dlx.matrix_power(a, -1).tolist() == dlx.inverse(a).tolist()


def test_a_decomposition_is_one_call_of_the_funnel():
    recorder = dlx._C._Recorder()
    a = matrices(3, 3).detach()
    recorder.start()
    linalg.inv(a)
    recorder.stop()
    assert recorder.names() == ["lapack"]
