"""The checks of the op table can fail: each is shown an op with the fault that it is there to find."""

from __future__ import annotations

from typing import Any

import numpy as np
import op_checks as checks
import pytest
from op_table import Error, Op, Sample, randn

import dlx


class Faulty(Op):
    """An entry that brings its function."""

    def function(self):
        return self.covers[0]


def entry(function: Any, reference: Any = lambda x: 2 * x, samples: Any = None, **more: Any) -> Op:
    samples = samples or [Sample(randn(3, 4)), Sample(randn(300, 301)).large()]
    return Faulty("faulty", reference=reference, samples=samples, covers=(function,), **more)


def finds(check: Any, op: Op, *arguments: Any, words: str = "") -> None:
    with pytest.raises(AssertionError) as caught:
        check(op, *arguments)
    assert words in str(caught.value)


def test_an_op_without_a_fault_passes():
    good = entry(lambda x: x * 2)
    checks.check_forward(good, dlx.float32, "cpu")
    checks.check_layouts(good, dlx.float32, "cpu")
    checks.check_gradient(good, "cpu")
    checks.check_second_gradient(good, "cpu")
    checks.check_threads(good, "cpu")
    checks.check_live_objects(good, "cpu")
    checks.check_nested_backward(good, "cpu")
    checks.check_change_of_result(good, "cpu")


def test_wrong_values_shapes_and_dtypes():
    finds(checks.check_forward, entry(lambda x: x * 2.001), dlx.float32, "cpu", words="faulty")
    finds(checks.check_forward, entry(lambda x: (x * 2).t()), dlx.float32, "cpu", words="shape")
    finds(checks.check_forward, entry(lambda x: (x * 2).double()), dlx.float32, "cpu", words="dtype")


def test_values_that_depend_on_the_layout():
    finds(checks.check_layouts, entry(lambda x: x * (2 if x.is_contiguous() else 3)), dlx.float32, "cpu")


def test_wrong_gradient():
    def wrong(x):
        return x * 2 + (x - x.detach()) * 0.01

    finds(checks.check_gradient, entry(wrong), "cpu", words="gradient of leaf 0")


def test_wrong_second_gradient():
    """The first gradient is right, but it forgets that it depends on x."""

    def square(x):
        return 2 * x * x.detach() - x.detach() * x.detach()

    op = entry(square, reference=lambda x: x * x)
    checks.check_gradient(op, "cpu")
    finds(checks.check_second_gradient, op, "cpu", words="second gradient")


def test_gradient_that_create_graph_changes():
    def moody(x):
        y = x * 2
        if y.requires_grad:
            y.register_hook(lambda g: g * 1.001 if dlx.is_grad_enabled() else g)
        return y

    finds(checks.check_second_gradient, entry(moody), "cpu", words="create_graph")


def test_bits_that_depend_on_the_threads():
    def adrift(x):
        return x * 2 + (1e-6 if dlx.get_num_threads() == 3 else 0)

    finds(checks.check_threads, entry(adrift), "cpu", words="other bits from 3 threads")


def test_work_that_stays_serial():
    finds(
        checks.check_threads,
        entry(lambda x: x * 2, samples=[Sample(randn(3, 4)).large()]),
        "cpu",
        words="no parallel region",
    )


def test_work_that_is_cut_in_too_few_chunks():
    op = entry(lambda x: x * 2, samples=[Sample(randn(20000)).large()])
    finds(checks.check_threads, op, "cpu", words="threads came, asked for")


def test_something_left_behind():
    kept = []

    def hoarding(x):
        kept.append(x * 2)
        return kept[-1]

    finds(checks.check_live_objects, entry(hoarding), "cpu", words="live objects")


def test_an_error_that_does_not_come_or_says_something_else():
    def failing(x):
        raise ValueError("faulty: it went wrong")

    with pytest.raises(pytest.fail.Exception):
        checks.check_errors(entry(lambda x: x * 2, errors=[Error(ValueError, "", randn(2))]), "cpu")
    finds(
        checks.check_errors,
        entry(failing, errors=[Error(ValueError, "the size", randn(2))]),
        "cpu",
        words="the message is",
    )
    checks.check_errors(entry(failing, errors=[Error(ValueError, "went wrong", randn(2))]), "cpu")


def test_destination_that_is_not_written_in_full():
    def partly(x, out=None):
        if out is None:
            return x * 2
        with dlx.no_grad():
            out[:1] = x[:1] * 2
        return out

    finds(checks.check_out, entry(partly, out=True), dlx.float32, "cpu", words="out=")


def test_bfloat16_rounds_to_the_nearest_even():
    from op_table import array_of, round_to

    x = np.random.default_rng(0).standard_normal(5000) * 10.0 ** np.random.default_rng(1).integers(-38, 38, 5000)
    x = x.astype(np.float32)
    got = array_of(dlx.from_numpy(x).to(dlx.bfloat16))
    np.testing.assert_array_equal(got, round_to(x.astype(np.float64), dlx.bfloat16))
