"""A process that has used dlx can fork, and the child can use it too: its threads are made anew, no lock stays held."""

import multiprocessing
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

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


def test_fork_from_a_thread(two_threads):
    x = dlx.ones(1000, 1000)
    want = x.exp().sum().item()
    found = []

    def fork() -> None:
        x.exp()
        found.append(in_child(lambda: x.exp().sum().item() == want))

    for _ in range(3):
        thread = threading.Thread(target=fork)
        thread.start()
        thread.join()
    assert found == [0, 0, 0]
    assert x.exp().sum().item() == want


@contextmanager
def beside(work: Callable[[], None], threads: int) -> Iterator[None]:
    """Threads that do the work again and again meanwhile."""
    stop = threading.Event()

    def run() -> None:
        while not stop.is_set():
            work()

    started = [threading.Thread(target=run) for _ in range(threads)]
    for thread in started:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        for thread in started:
            thread.join()


def test_fork_while_other_threads_compute(two_threads):
    """They hold the pool, the allocator and the counters at any moment; the child has none of them."""
    x = dlx.full((400, 400), 0.1)
    want = (x @ x).exp().log().sum().item()

    def compute() -> None:
        w = x.clone().requires_grad_()
        (w @ x).tanh().sum().backward()

    def child() -> bool:
        before = dlx._C._live_counts()["tensors"]
        y = (x @ x).exp().log()
        return y.sum().item() == want and dlx._C._live_counts()["tensors"] > before

    with beside(compute, threads=2):
        for _ in range(20):
            assert in_child(child) == 0


def test_fork_while_another_thread_accumulates_a_gradient():
    """It holds the leaf's lock nearly all the time; the child accumulates into the same leaf."""
    leaf, gradient = dlx.ones(1 << 20, requires_grad=True), dlx.ones(1 << 20)
    leaf.backward(gradient)

    def child() -> bool:
        leaf.grad = None
        leaf.backward(gradient)
        return leaf.grad.sum().item() == 1 << 20

    with beside(lambda: leaf.backward(gradient), threads=1):
        for _ in range(20):
            assert in_child(child) == 0


def _square(n: int) -> float:
    w = dlx.full((n, n), 2.0, requires_grad=True)
    (w @ w).sum().backward()
    return w.grad.sum().item()


def test_multiprocessing_with_fork(two_threads):
    want = [_square(n) for n in (100, 200, 300)]
    with multiprocessing.get_context("fork").Pool(2) as pool:
        assert pool.map_async(_square, [100, 200, 300]).get(timeout=60) == want
