"""A device that a library of its own brings (tests/cpp/toy_device): the first ops of the op table run on it unchanged.

Its memory cannot be read by the host and its kernels run later, on another thread.
"""

import ctypes
import os
from pathlib import Path

import numpy as np
import op_checks as checks
import pytest
from op_table import Op, Sample, load, randn

import dlx

PATH = os.environ.get("DLX_TOY_DEVICE") or Path(dlx.__file__).parents[2] / "tests" / "libdlx_toy_device.so"


@pytest.fixture(scope="module")
def toy():
    if not Path(PATH).exists():
        pytest.skip(f"{PATH} is not built; DLX_TOY_DEVICE names another place")
    library = ctypes.CDLL(str(PATH))
    library.dlx_toy_waiting.restype = ctypes.c_int64
    return library


@pytest.fixture(autouse=True)
def _loaded(toy):
    yield
    dlx._C._synchronize("toy")


def slice_times(x: dlx.Tensor, start: int, end: int, y: dlx.Tensor) -> dlx.Tensor:
    z = x + 0
    z[start:end].mul_(y)
    return z


def slice_times_reference(x, start, end, y):
    z = np.array(x)
    z[start:end] *= y
    return z


class Written(Op):
    """x[i:j].mul_(y) has no name in dlx: the entry brings its function."""

    def function(self):
        return slice_times


TABLE = {op.name: op for op in load()}
FIRST = [
    *[TABLE[name] for name in ("add", "exp", "nn.functional.softmax", "sum", "matmul", "transpose", "index_add")],
    Written(
        "slice_mul_",
        reference=slice_times_reference,
        samples=[
            Sample(randn(5, 4), 1, 3, randn(2, 4)),
            Sample(randn(5, 4), 0, 5, randn(4)),
            Sample(randn(5), 2, 2, randn()),
        ],
    ),
]
DTYPES = (dlx.float32, dlx.float64, dlx.int64)
each = pytest.mark.parametrize("op", FIRST, ids=lambda op: op.name)


def small(op: Op) -> Op:
    """Without the samples for threads, which its plain loops would take long for."""
    return type(op)(**{**vars(op), "samples": [s for s in op.samples if not s.expect.large]})


@each
def test_values(op):
    for dtype in DTYPES:
        if dtype in op.dtypes:
            checks.check_forward(small(op), dtype, "toy")


@each
def test_layouts(op):
    for dtype in DTYPES:
        if dtype in op.dtypes:
            checks.check_layouts(small(op), dtype, "toy")


@each
def test_gradients(op):
    checks.check_gradient(small(op), "toy")
    checks.check_layout_gradient(small(op), "toy")


@each
def test_second_gradients(op):
    checks.check_second_gradient(small(op), "toy")


@each
def test_nested_backward_and_change_of_the_result(op):
    checks.check_nested_backward(small(op), "toy")
    checks.check_change_of_result(small(op), "toy")


@pytest.mark.parametrize("op", [op for op in FIRST if op.out], ids=lambda op: op.name)
def test_destinations(op):
    for dtype in DTYPES:
        if dtype in op.dtypes:
            checks.check_out(small(op), dtype, "toy")
    checks.check_bad_destinations(small(op), "toy")


def test_kernels_run_later(toy):
    x = dlx.ones(4, device="toy")
    dlx._C._synchronize("toy")
    y = x + 1
    assert toy.dlx_toy_waiting() == 1
    assert y.to("cpu").tolist() == [2, 2, 2, 2]
    assert toy.dlx_toy_waiting() == 0


def test_values_that_die_before_their_kernels_run():
    x = dlx.arange(1000, dtype=dlx.float32).to("toy")
    y = x
    for _ in range(3):
        y = y * 1.0 + x
    del x
    np.testing.assert_array_equal(y.to("cpu").numpy(), 4 * np.arange(1000))


def test_host_memory_that_changes_after_it_was_copied():
    host = dlx.ones(8)
    there = host.to("toy")
    host.fill_(5)
    np.testing.assert_array_equal(there.to("cpu").numpy(), 1)


def test_data_errors_are_raised_when_the_result_is_asked_for():
    x = dlx.zeros(5, 2, device="toy")
    x.index_add_(0, dlx.tensor([0, 7], device="toy"), dlx.ones(2, 2, device="toy"))
    with pytest.raises(IndexError, match="index 7 is out of bounds"):
        x.to("cpu")
    assert dlx.ones(2, device="toy").to("cpu").tolist() == [1, 1]


def test_missing_kernel_and_mixed_devices():
    x = dlx.ones(3, device="toy")
    with pytest.raises(NotImplementedError, match="toy"):
        x.tanh()
    with pytest.raises(RuntimeError, match="device"):
        x + dlx.ones(3)
    assert (x + 2.0).to("cpu").tolist() == [3, 3, 3]
    assert x.device.type == "toy"
    assert str(x.device) in ("toy", "toy:0")


def test_training_step():
    w = dlx.ones(4, 3, device="toy").requires_grad_()
    x = dlx.ones(2, 4, device="toy")
    (dlx.nn.functional.softmax(x @ w, 1) * (x @ w)).sum().backward()
    assert w.grad.device.type == "toy"
    assert w.grad.to("cpu").shape == (4, 3)
