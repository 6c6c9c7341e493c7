"""What training leaves behind: nothing."""

import gc

import numpy as np

import dlx


def live() -> dict[str, int]:
    gc.collect()
    return dlx._C._live_counts()


def test_a_thousand_steps_with_a_hook_on_its_own_tensor():
    """The hook closes over the tensor that it hangs on: a cycle through C++ that only the garbage collector can see."""
    weight = dlx.ones(64, 64, requires_grad=True)
    seen = []

    def step() -> None:
        hidden = (weight * 2).tanh()

        def hook(gradient: dlx.Tensor) -> None:
            seen.append(tuple(hidden.shape) == tuple(gradient.shape))

        hidden.register_hook(hook)
        hidden.attribute = [hidden]  # and one through its attributes
        (hidden * hidden).sum().backward()
        weight.grad = None

    def steps(n: int) -> None:
        for _ in range(n):
            step()

    steps(50)
    before = live()
    memory = dlx._C.memory_stats()
    steps(1000)
    assert live() == before
    assert all(seen)
    assert len(seen) == 1050
    after = dlx._C.memory_stats()
    assert after["in_use_bytes"] <= memory["in_use_bytes"] + (1 << 16), (memory, after)


def test_hook_of_a_leaf_that_closes_over_it():
    before = live()
    for _ in range(20):
        x = dlx.ones(10, requires_grad=True)
        x.register_hook(lambda g, x=x: g * x.detach())
        x.sum().backward()
        del x
    assert live() == before


def test_graph_that_is_never_run_backward():
    x = dlx.ones(10, requires_grad=True)
    before = live()
    for _ in range(100):
        y = x
        for _ in range(10):
            y = y.exp().mean() * x
    del y
    assert live() == before


def test_gradient_of_a_gradient():
    x = dlx.ones(10, requires_grad=True)
    before = live()
    for _ in range(20):
        (g,) = dlx.autograd.grad((x.exp() * x).sum(), [x], create_graph=True)
        (h,) = dlx.autograd.grad(g.sum(), [x])
        assert np.allclose(h.numpy(), 3 * np.e)
    del g, h
    assert live() == before


def test_in_place_histories():
    x = dlx.ones(10, requires_grad=True)
    before = live()
    for _ in range(20):
        y = x * 1
        y[2:5].mul_(3)
        y[0] = y[1] * 2
        y += x
        y.sum().backward()
        x.grad = None
    del y
    assert live() == before


def test_errors_leave_nothing():
    x = dlx.ones(3, 4, requires_grad=True)
    before = live()
    for _ in range(20):
        try:
            (x @ x).sum()
        except RuntimeError:
            pass
        y = x.exp()
        y += 1
        try:
            y.sum().backward()
        except RuntimeError:
            pass
    del y
    assert live() == before


def test_a_training_step_asks_the_system_for_nothing_after_the_first_few():
    w = dlx.randn(256, 256, requires_grad=True)
    x = dlx.randn(64, 256)

    def step() -> None:
        w.grad = None
        (x @ w).relu().sum().backward()

    gc.collect()
    for _ in range(10):
        step()
    before = dlx._C.memory_stats()["system_requests"]
    for _ in range(20):
        step()
    assert dlx._C.memory_stats()["system_requests"] == before


def test_empty_cache_gives_large_blocks_back():
    x = dlx.ones(4_000_000)
    del x
    gc.collect()
    held = dlx._C.memory_stats()["cached_bytes"]
    dlx._C.empty_cache()
    assert dlx._C.memory_stats()["cached_bytes"] < held


def test_a_long_chain_of_gradients_of_gradients_is_freed():
    before = live()
    head = x = dlx.ones(())
    for _ in range(200_000):
        x.grad = dlx.ones(())
        x = x.grad
    del head, x
    assert live() == before
