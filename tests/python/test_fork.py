"""A process that has used dlx can fork, and the child can use it too: libgomp's pool must be made anew there."""

import os
import signal
import time

import pytest

import dlx

pytestmark = [
    pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork on this system"),
    pytest.mark.filterwarnings("ignore:This process .* is multi-threaded:DeprecationWarning"),
]


def in_child(work, seconds: float = 30) -> int:
    """The exit status of `work` in a child; it is ended if it hangs."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            status = 0 if work() else 2
        finally:
            os._exit(status)
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            return os.waitstatus_to_exitcode(status)
        time.sleep(0.002)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)
    raise AssertionError("the child hangs")


@pytest.fixture
def two_threads():
    before = dlx.get_num_threads()
    dlx.set_num_threads(2)
    yield
    dlx.set_num_threads(before)


def test_fork_after_parallel_work(two_threads):
    x = dlx.ones(1000, 1000)
    want = x.exp().sum().item()
    for _ in range(5):
        assert in_child(lambda: x.exp().sum().item() == want) == 0
        assert x.exp().sum().item() == want


def test_child_trains(two_threads):
    w = dlx.ones(300, 300, requires_grad=True)
    (w @ w).sum().backward()

    def train() -> bool:
        dlx._C._reset_parallel_stats()
        w.grad = None
        (w @ w).sum().backward()
        return w.grad is not None and dlx._C._parallel_stats()[1] == 2

    assert in_child(train) == 0


def test_grandchild(two_threads):
    x = dlx.ones(1000, 1000)
    x.exp()

    def work() -> bool:
        x.exp()
        return in_child(lambda: x.exp().sum().item() > 0) == 0

    assert in_child(work) == 0
