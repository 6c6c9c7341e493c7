"""Methods that give a tensor another shape on its own memory: shape, history, views of it, and what forbids them."""

import numpy as np
import pytest

import dlx


def test_histories_follow_the_new_shape():
    x = dlx.arange(6.0).reshape(2, 3).requires_grad_()
    y = x * x
    assert y.t_() is y
    y.unsqueeze_(0).squeeze_(0).transpose_(0, 1).swapaxes_(0, 1).swapdims_(0, 1)
    assert y.shape == (2, 3)
    (y * dlx.arange(6.0).reshape(2, 3)).sum().backward()
    np.testing.assert_allclose(x.grad.numpy(), 2 * x.detach().numpy() * np.arange(6.0).reshape(2, 3))


def test_history_fits_the_shape_under_no_grad_too():
    x = dlx.arange(4.0).reshape(2, 2).requires_grad_()
    y = x * 1
    with dlx.no_grad():
        y.t_()
    weights = dlx.tensor([[1.0, 2.0], [3.0, 4.0]])
    (y * weights).sum().backward()
    assert x.grad.tolist() == [[1, 3], [2, 4]]


def test_views_and_writes_around_it():
    x = dlx.zeros(2, 3, requires_grad=True)
    y = x * 1
    view = y[0]
    y.t_()
    view.fill_(5)
    assert y[:, 0].tolist() == [5, 5, 5]
    y.mul_(2)
    assert view.tolist() == [10, 10, 10]
    (y.sum() + view.sum()).backward()
    assert x.grad.tolist() == [[0, 0, 0], [2, 2, 2]]
    z = (x * 1)[:, 1:]
    z.t_()
    z[0] = dlx.ones(2)
    assert z.tolist() == [[1, 1], [0, 0]]


def test_leaves_and_pieces_are_refused():
    x = dlx.ones(1, 2, requires_grad=True)
    for call in (x.t_, x.squeeze_, lambda: x.unsqueeze_(0), lambda: x.transpose_(0, 1)):
        with pytest.raises(RuntimeError, match="leaf"):
            call()
    with pytest.raises(RuntimeError, match="split"):
        (x * 1).split(1, 1)[0].t_()
    w = dlx.ones(2, 2, requires_grad=True)
    y = (w * w).sum()
    with dlx.no_grad():
        w.t_()
    with pytest.raises(RuntimeError, match="changed in place"):
        y.backward()


def test_detach_in_place():
    x = dlx.ones(2, requires_grad=True)
    y = x * 2
    y.retain_grad()
    z = y * 3
    assert y.detach_() is y
    assert y.is_leaf
    assert not y.requires_grad
    z.sum().backward()
    assert x.grad.tolist() == [6, 6]
    y.requires_grad_()
    (y * 4).sum().backward()
    assert y.grad.tolist() == [4, 4]
    with pytest.raises(RuntimeError, match="view"):
        (x * 2)[0].detach_()


def test_writes_through_indices_into_views():
    x = dlx.zeros(4, 3, requires_grad=True)
    y = x * 1
    view = y[1:]
    view[[0, 2]] = dlx.ones(3) * 7
    view[view > 5] *= 2
    y.index_put_((dlx.tensor([0]), dlx.tensor([1])), dlx.tensor(3.0), accumulate=True)
    assert y.tolist() == [[0, 3, 0], [14] * 3, [0] * 3, [14] * 3]
    y.sum().backward()
    assert x.grad.tolist() == [[1] * 3, [0] * 3, [1] * 3, [0] * 3]
    with pytest.raises(RuntimeError, match="leaf"):
        x[[0, 1]] = 1.0
    with pytest.raises(RuntimeError, match="leaf"):
        x[1:][dlx.tensor([True, False, False])] = 1.0
    with pytest.raises(RuntimeError, match="share"):
        dlx.zeros(1, 3).expand(2, 3)[[0]] = 1.0
    array = np.zeros(3)
    array.flags.writeable = False
    with pytest.raises(RuntimeError, match="read-only"):
        dlx.from_numpy(array)[[0, 1]] = 1.0


def test_assignment_from_the_same_memory():
    x = dlx.arange(6)
    x[[0, 1, 2]] = x[3:]
    assert x.tolist() == [3, 4, 5, 3, 4, 5]
    x[x > 3] = x[x > 3] + 10
    assert x.tolist() == [3, 14, 15, 3, 14, 15]
    x[dlx.tensor([5, 4, 3, 2, 1, 0])] = x
    assert x.tolist() == [15, 14, 3, 15, 14, 3]
    x[[0, 0, 1]] += 1  # without accumulation
    assert x.tolist() == [16, 15, 3, 15, 14, 3]


def test_large_integers_are_assigned_as_they_are():
    big = (1 << 53) + 1
    x = dlx.tensor([big, 1, 2])
    x[x == 1] = 1.5
    x[[2]] = big + 2
    assert x.tolist() == [big, 1, big + 2]
