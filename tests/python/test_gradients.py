"""backward, grad, the modes and gradcheck, as Python sees them."""

from __future__ import annotations

import pytest

import dlx
from dlx.autograd import enable_grad, gradcheck, gradgradcheck, no_grad, set_grad_enabled


def test_modes_nest_and_come_back_after_errors():
    assert dlx.is_grad_enabled()
    with no_grad():
        assert not dlx.is_grad_enabled()
        with enable_grad():
            assert dlx.is_grad_enabled()
        assert not dlx.is_grad_enabled()
    with pytest.raises(KeyError), no_grad():
        raise KeyError
    assert dlx.is_grad_enabled()


def test_one_mode_object_may_be_entered_twice():
    mode = no_grad()
    with mode:
        with mode:
            pass
        assert not dlx.is_grad_enabled()
    assert dlx.is_grad_enabled()


@pytest.mark.parametrize("decorate", [no_grad, no_grad(), lambda f: set_grad_enabled(False)(f)])
def test_modes_decorate_functions(decorate):

    @decorate
    def f(depth):
        assert not dlx.is_grad_enabled()
        if depth:
            with enable_grad():
                f(depth - 1)
                assert dlx.is_grad_enabled()
        return depth

    assert f(2) == 2
    assert f.__name__ == "f"
    assert dlx.is_grad_enabled()


def test_modes_decorate_generators():
    @no_grad()
    def count():
        for i in range(3):
            assert not dlx.is_grad_enabled()
            got = yield i
            assert got is None or got == "hello"
        return "end"

    generator = count()
    assert next(generator) == 0
    assert dlx.is_grad_enabled()  # the caller's own mode while the generator waits
    assert generator.send("hello") == 1
    assert list(generator) == [2]


def test_set_grad_enabled_acts_at_once_and_as_a_context():
    set_grad_enabled(False)
    assert not dlx.is_grad_enabled()
    set_grad_enabled(True)
    with set_grad_enabled(False):
        assert not dlx.is_grad_enabled()
    assert dlx.is_grad_enabled()


def test_backward_with_arguments():
    x = dlx.tensor([1.0, 2.0], requires_grad=True)
    y = x * x
    y.backward(dlx.tensor([1.0, 10.0]), retain_graph=True)
    assert x.grad.tolist() == [2.0, 40.0]
    z = dlx.ones(2, requires_grad=True)
    (y * z).sum().backward(inputs=[z])
    assert x.grad.tolist() == [2.0, 40.0]
    assert z.grad.tolist() == [1.0, 4.0]
    with pytest.raises(RuntimeError):
        (x * 2).backward()
    with pytest.raises(RuntimeError):
        dlx.ones(1).backward()


def test_grad_of_unused_inputs():
    x, y = dlx.ones(2, requires_grad=True), dlx.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError):
        dlx.autograd.grad(x.sum(), [x, y])
    gx, gy = dlx.autograd.grad(x.sum(), [x, y], allow_unused=True)
    assert gx.tolist() == [1.0, 1.0]
    assert gy is None
    assert dlx.autograd.grad(x.sum(), [x, y], materialize_grads=True)[1].tolist() == [0.0, 0.0, 0.0]
    with pytest.raises(ValueError, match="materialize_grads"):
        dlx.autograd.grad(x.sum(), [x], materialize_grads=True, allow_unused=False)


def test_hooks_change_the_gradient_and_can_be_removed():
    x = dlx.ones(2, requires_grad=True)
    handle = x.register_hook(lambda g: g * 3)
    x.sum().backward()
    assert x.grad.tolist() == [3.0, 3.0]
    handle.remove()
    handle.remove()
    x.grad = None
    seen = []
    y = x * 2
    with y.register_hook(lambda g: seen.append(g.tolist())):
        y.sum().backward()
    assert seen == [[1.0, 1.0]]
    assert x.grad.tolist() == [2.0, 2.0]
    with pytest.raises((RuntimeError, TypeError)):
        dlx.ones(1).register_hook(print)


def double(*shape):
    return (dlx.arange(dlx.zeros(shape).numel(), dtype=dlx.float64).reshape(shape) * 0.37 - 1).requires_grad_()


def test_gradcheck_agrees():
    assert gradcheck(lambda x, w: (x.matmul(w)).tanh(), [double(2, 3), double(3, 2)])
    assert gradcheck(lambda x: (x * x, x.exp().sum()), double(3))
    assert gradcheck(lambda x, k: x * k, [double(2), 3.0])
    assert gradgradcheck(lambda x, w: (x.matmul(w)).tanh(), [double(2, 3), double(3, 2)])
    assert gradcheck(lambda x: x.t() * 2, double(2, 3).detach().t().requires_grad_())


def test_gradcheck_finds_a_wrong_gradient():
    def wrong(x):
        y = x * x
        y.register_hook(lambda g: g * 1.5)
        return y

    with pytest.raises(
        RuntimeError, match=r"d out0\[0\] / d in0\[0\] is -3 from backward but -2 from finite differences"
    ):
        gradcheck(wrong, double(3))
    assert not gradcheck(wrong, double(3), raise_exception=False)


def test_gradcheck_says_what_it_needs():
    with pytest.raises(ValueError, match="at least one input"):
        gradcheck(dlx.exp, double(2).detach())
    with pytest.raises(ValueError, match=r"float64.*Input 0 is dlx\.float32"):
        gradcheck(dlx.exp, dlx.ones(2, requires_grad=True))
    with pytest.raises(ValueError, match="expanded"):
        gradcheck(dlx.exp, double(1).detach().expand(3).requires_grad_())
    x = double(2)
    before = x.tolist()
    gradcheck(dlx.exp, x)
    assert x.tolist() == before


def test_a_second_derivative_that_is_not_known_is_an_error():
    x = dlx.ones(2, dtype=dlx.float64, requires_grad=True)
    source = dlx.tensor([0.0, 0.0, 2.0], dtype=dlx.float64, requires_grad=True)
    y = x.scatter_reduce(0, dlx.tensor([0, 0, 1]), source, "prod")
    y.sum().backward(retain_graph=True)
    assert source.grad.tolist() == [0.0, 0.0, 1.0]
    with pytest.raises(RuntimeError, match="two entries of one place are zero"):
        dlx.autograd.grad(y.sum(), source, create_graph=True)
