"""The checks that every entry of the op table gets. Each takes an entry and a device."""

from __future__ import annotations

import gc
import hashlib
import re
import warnings
from typing import Any

import numpy as np
import pytest
from op_table import (
    HALVES,
    LAYOUTS,
    SEED,
    Call,
    Op,
    Sample,
    array_of,
    build,
    is_float,
    round_to,
    run,
    tensor_of,
    tensors_in,
)

import dlx

STEP = 1e-6  # of central differences in float64: truncation and rounding errors are both near 1e-10


# --- values --------------------------------------------------------------------------------------------------------
def expected(op: Op, sample: Sample, call: Call, dtype: dlx.dtype) -> list[tuple[np.ndarray | None, dlx.dtype | None]]:
    """The reference's results, each with its dtype."""
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # NumPy's about the mean of nothing
        want = op.reference(*call.arrays, **call.array_kwargs)
    wants = list(want) if isinstance(want, tuple) else [want]
    kinds = sample.expect.result or op.result(dtype)
    kinds = list(kinds) if isinstance(kinds, tuple) else [kinds] * len(wants)
    return list(zip(wants, kinds, strict=True))


def compare(what: str, got: dlx.Tensor, want: np.ndarray | None, dtype: dlx.dtype | None, tolerance: float) -> None:
    if dtype is not None:
        assert got.dtype == dtype, f"{what}: got dtype {got.dtype}, expected {dtype}"
    if want is None:
        return
    want = round_to(np.asarray(want), got.dtype)
    assert tuple(got.shape) == want.shape, f"{what}: got shape {tuple(got.shape)}, expected {want.shape}"
    np.testing.assert_allclose(array_of(got), want, rtol=tolerance, atol=tolerance, err_msg=what)


def check_results(op: Op, sample: Sample, call: Call, got: list[dlx.Tensor], dtype: dlx.dtype, what: str) -> None:
    wants = expected(op, sample, call, dtype)
    assert len(got) == len(wants), f"{what}: got {len(got)} results, expected {len(wants)}"
    for i, (result, (want, kind)) in enumerate(zip(got, wants)):
        tolerance = op.tolerance_of(result.dtype)
        if is_float(result.dtype):
            tolerance = max(tolerance, op.tolerance_of(dtype))
        compare(f"{what}, result {i}", result, want, kind, tolerance)
        if op.zeros and is_float(result.dtype):
            signs = np.signbit(array_of(result)) == np.signbit(want)
            assert signs[np.asarray(want) == 0].all(), f"{what}: -0.0 and 0.0 are confused"


def small(op: Op) -> list[Sample]:
    return [s for s in op.samples if not s.expect.large]


def check_forward(op: Op, dtype: dlx.dtype, device: str) -> None:
    for sample in op.samples:
        if dtype not in sample.dtypes(op):
            continue
        call = build(sample, dtype, device)
        got = run(op, call)
        check_results(op, sample, call, got, dtype, f"{op.name} {sample} {dtype}")
        assert all(r.device == dlx.device(device) for r in got)
        if sample.expect.strides is not None:
            assert got[0].stride() == sample.expect.strides, f"{op.name} {sample}: strides"


def check_layouts(op: Op, dtype: dlx.dtype, device: str) -> None:
    for sample in small(op):
        if dtype not in sample.dtypes(op):
            continue
        for layout in LAYOUTS:
            call = build(sample, dtype, device, layout)
            got = run(op, call)
            check_results(op, sample, call, got, dtype, f"{op.name} {sample} {dtype} {layout}")
            plain = not sample.kwargs and got[0].numel() > 1 and len({v.shape for v in sample.values()}) == 1
            if op.keeps_order and layout == "transposed" and plain:
                source = next(tensors_in(call.args))
                assert got[0].stride() == source.stride(), f"{op.name} {sample}: strides of the result"


def check_method(op: Op, device: str) -> None:
    """The method of that name, the operator and the in-place method give what the function gives."""
    dtype = op.dtypes[0]
    for sample in small(op):
        if dtype not in sample.dtypes(op) or not sample.args:
            continue
        call = build(sample, dtype, device)
        want = bits(run(op, call))
        what = f"{op.name} {sample}"
        method = getattr(dlx.Tensor, op.short, None)
        if (
            method is not None
            and "method" not in op.lacks
            and not op.name.startswith("Tensor.")
            and isinstance(call.args[0], dlx.Tensor)
            and not call.written
        ):
            if op.random:
                dlx.manual_seed(SEED)
            got = getattr(call.args[0], op.short)(*call.args[1:], **call.kwargs)
            assert bits(call.results(got)) == want, f"{what}: the method differs"
        if op.operator and not call.kwargs:
            assert bits([op.operator(*call.args)]) == want, f"{what}: the operator differs"


# --- destinations --------------------------------------------------------------------------------------------------
def check_out(op: Op, dtype: dlx.dtype, device: str) -> None:
    f = op.function()
    for sample in small(op):
        if dtype not in sample.dtypes(op):
            continue
        what = f"{op.name} {sample} {dtype}"
        call = build(sample, dtype, device)
        [want] = run(op, call)
        values = array_of(want)
        blank = np.full(values.shape, 1, values.dtype)
        for layout in ("plain", "transposed", "stepped"):
            out = tensor_of(blank, want.dtype, device, layout)
            strides, memory = out.stride(), out.data_ptr()
            assert f(*call.args, **call.kwargs, out=out) is out, f"{what}: out= is not what was returned"
            assert (out.stride(), out.data_ptr()) == (strides, memory), f"{what}: out= was replaced"
            np.testing.assert_array_equal(array_of(out), values, err_msg=f"{what}: out= {layout}")
        # A wider or narrower float may take the result, an integer may not.
        if is_float(want.dtype) and want.dtype not in HALVES and "casting" not in op.lacks:
            other = dlx.float64 if want.dtype == dlx.float32 else dlx.float32
            out = tensor_of(blank, other, device)
            f(*call.args, **call.kwargs, out=out)
            np.testing.assert_array_equal(array_of(out), round_to(values, other), err_msg=f"{what}: out= of {other}")
            with pytest.raises(dlx.DtypeError, match="cannot be written"):
                f(*call.args, **call.kwargs, out=tensor_of(blank.astype(np.int64), dlx.int64, device))
        wrong = np.ones((*values.shape, 2), values.dtype)
        with pytest.raises(dlx.ShapeError, match="out"):
            f(*call.args, **call.kwargs, out=tensor_of(wrong, want.dtype, device))


def check_bad_destinations(op: Op, device: str) -> None:
    """A destination that is read-only, repeats an element or shares a part of an input is refused and unchanged."""
    f, dtype = op.function(), op.dtypes[0]
    sample = next((s for s in small(op) if s.values()[0].shape and np.prod(s.values()[0].shape) > 1), None)
    if sample is None:
        return
    call = build(sample, dtype, device)
    [want] = run(op, call)
    if device == "cpu" and want.numel():
        array = np.zeros(tuple(want.shape), array_of(want).dtype)
        array.flags.writeable = False
        with pytest.raises((ValueError, RuntimeError), match="read-only"):
            f(*call.args, **call.kwargs, out=dlx.from_numpy(array))
        assert not array.any(), f"{op.name}: wrote into read-only memory"
    if want.dim() and want.shape[0] > 1:
        repeated = tensor_of(np.ones((1, *want.shape[1:])), want.dtype, device).expand(*want.shape)
        with pytest.raises((ValueError, RuntimeError), match="overlap|expand|memory"):
            f(*call.args, **call.kwargs, out=repeated)
    x = next(tensors_in(call.args))
    if x.dtype == want.dtype and x.numel() >= want.numel() > 1:
        buffer = tensor_of(np.ones(x.numel() + 1), x.dtype, device)
        values = array_of(x)
        moved = buffer[: x.numel()].view(*x.shape)
        moved.copy_(x)
        first = [moved if a is x else a for a in call.args]
        with pytest.raises((ValueError, RuntimeError), match="overlap|memory"):
            f(*first, **call.kwargs, out=buffer[1 : 1 + want.numel()].view(*want.shape))
        np.testing.assert_array_equal(array_of(moved), values)


def check_in_place(op: Op, dtype: dlx.dtype, device: str) -> None:
    name = f"{op.short}_"
    for sample in small(op):
        if dtype not in sample.dtypes(op):
            continue
        what = f"{name} {sample} {dtype}"
        call = build(sample, dtype, device)
        x = call.args[0]
        if not isinstance(x, dlx.Tensor):
            continue
        [want] = run(op, call)
        target = x.clone()
        version = target._version
        method = getattr(target, name)
        if tuple(want.shape) != tuple(x.shape):
            with pytest.raises(dlx.ShapeError):
                method(*call.args[1:], **call.kwargs)
        elif not _castable(want.dtype, x.dtype):
            with pytest.raises(dlx.DtypeError):
                method(*call.args[1:], **call.kwargs)
        else:
            if op.random:
                dlx.manual_seed(SEED)
            assert method(*call.args[1:], **call.kwargs) is target, f"{what}: did not return the tensor"
            np.testing.assert_array_equal(array_of(target), round_to(array_of(want), x.dtype), err_msg=what)
            nothing = any(0 in v.shape for v in sample.values())
            assert target._version > version or nothing, f"{what}: the version did not rise"
            # On itself twice: x.add_(x).
            if (
                len(call.args) > 1
                and isinstance(call.args[1], dlx.Tensor)
                and (call.args[1].dtype, tuple(call.args[1].shape)) == (x.dtype, tuple(x.shape))
            ):
                same = x.clone()
                want = op.function()(x, x, *call.args[2:], **call.kwargs)
                getattr(same, name)(same, *call.args[2:], **call.kwargs)
                np.testing.assert_array_equal(array_of(same), array_of(want.to(x.dtype)), err_msg=f"{what} on itself")
            continue
        np.testing.assert_array_equal(array_of(target), array_of(x), err_msg=f"{what}: refused, yet changed")


def _castable(from_: dlx.dtype, to: dlx.dtype) -> bool:
    rank = lambda d: 2 if is_float(d) else 0 if d == dlx.bool else 1
    return rank(from_) <= rank(to)


# --- gradients -----------------------------------------------------------------------------------------------------
def differentiable(op: Op) -> list[Sample]:
    if not op.gradient:
        return []
    found = [
        s
        for s in op.samples
        if s.expect.smooth and dlx.float64 in s.dtypes(op) and s.expect.result in (None, dlx.float64)
    ]
    return [s for s in found if any(v.dtype in (None, dlx.float64) and not v.fixed for v in s.values())]


class Gradient:
    """Gradients of an op at a sample: of the sum of its results, each times a fixed random cotangent."""

    def __init__(
        self, op: Op, sample: Sample, device: str, layout: str = "plain", dtype: dlx.dtype = dlx.float64
    ) -> None:
        self.op, self.sample, self.device, self.layout, self.dtype = op, sample, device, layout, dtype
        self.wanted = [r.requires_grad for r in self.call()[1]]  # which results have a gradient

    def call(self, values: dict[int, np.ndarray] | None = None, grad: bool = True) -> tuple[Call, list[dlx.Tensor]]:
        call = build(self.sample, self.dtype, self.device, self.layout, grad=grad, values=values)
        return call, run(self.op, call)

    def cotangents(self, results: list[dlx.Tensor], given: list[np.ndarray] | None = None) -> list[np.ndarray]:
        if given is not None:
            return given
        return [np.random.default_rng([SEED, 1000 + i]).standard_normal(tuple(r.shape)) for i, r in enumerate(results)]

    def value(self, values: dict[int, np.ndarray]) -> float:
        _, results = self.call(values, grad=False)
        results = [r for r, wanted in zip(results, self.wanted) if wanted]
        return float(sum((array_of(r) * v).sum() for r, v in zip(results, self.cotangents(results))))

    def first(
        self, values: dict[int, np.ndarray] | None = None, cotangents: list[np.ndarray] | None = None
    ) -> list[np.ndarray]:
        """Gradients of the leaves, recording nothing."""
        call, results = self.call(values)
        results = [r for r in results if r.requires_grad]
        given = [tensor_of(v, r.dtype, self.device) for r, v in zip(results, self.cotangents(results, cotangents))]
        grads = dlx.autograd.grad(results, call.leaves, given, allow_unused=True)
        return [np.zeros(tuple(x.shape)) if g is None else array_of(g) for g, x in zip(grads, call.leaves)]

    def recorded(self) -> tuple[list[np.ndarray], list[np.ndarray], list[np.ndarray], list[np.ndarray]]:
        """Gradients recorded with create_graph; random u; gradients of sum(u * gradients) in leaves and cotangents."""
        call, results = self.call()
        results = [r for r in results if r.requires_grad]
        vs = [tensor_of(v, r.dtype, self.device).requires_grad_() for r, v in zip(results, self.cotangents(results))]
        grads = dlx.autograd.grad(results, call.leaves, vs, create_graph=True, allow_unused=True)
        us = [
            np.random.default_rng([SEED, 2000 + i]).standard_normal(tuple(x.shape)) for i, x in enumerate(call.leaves)
        ]
        pairs = [
            (g, tensor_of(u, self.dtype, self.device)) for g, u in zip(grads, us) if g is not None and g.requires_grad
        ]
        inputs = [*call.leaves, *vs]
        second = [None] * len(inputs)
        if pairs:
            second = dlx.autograd.grad([g for g, _ in pairs], inputs, [u for _, u in pairs], allow_unused=True)
        firsts = [np.zeros(tuple(x.shape)) if g is None else array_of(g) for g, x in zip(grads, call.leaves)]
        seconds = [np.zeros(tuple(x.shape)) if g is None else array_of(g) for g, x in zip(second, inputs)]
        return firsts, us, seconds[: len(call.leaves)], seconds[len(call.leaves) :]


def directions(shape: tuple[int, ...], all_up_to: int) -> list[np.ndarray]:
    """Every unit vector of a small shape, else three random directions."""
    n = int(np.prod(shape))
    if n <= all_up_to:
        return [np.eye(n)[i].reshape(shape) for i in range(n)]
    return [np.random.default_rng([SEED, 3000 + i]).standard_normal(shape) for i in range(3)]


def close(got: float, want: float, scale: float, what: str) -> None:
    assert abs(got - want) <= 2e-6 * max(1.0, scale, abs(want)), (
        f"{what}: got {got!r}, finite differences give {want!r}"
    )


def check_gradient(op: Op, device: str) -> None:
    for sample in differentiable(op):
        problem = Gradient(op, sample, device)
        grads = problem.first()
        call, _ = problem.call(grad=True)
        for leaf, (slot, grad) in enumerate(zip(call.leaf_slots, grads)):
            x = call.values[slot]
            assert grad.shape == x.shape
            for d in directions(x.shape, 24):
                numeric = (problem.value({slot: x + STEP * d}) - problem.value({slot: x - STEP * d})) / (2 * STEP)
                close((grad * d).sum(), numeric, np.abs(grad * d).sum(), f"{op.name} {sample}: gradient of leaf {leaf}")


def check_second_gradient(op: Op, device: str) -> None:
    """Also: the gradient that was recorded (made of ops) is the one that was not (perhaps of one fused kernel)."""
    for sample in differentiable(op):
        if sample.expect.large:
            continue
        problem = Gradient(op, sample, device)
        firsts, us, of_leaves, of_cotangents = problem.recorded()
        for leaf, (recorded, plain) in enumerate(zip(firsts, problem.first())):
            np.testing.assert_allclose(
                recorded,
                plain,
                rtol=1e-11,
                atol=1e-11,
                err_msg=f"{op.name} {sample}: leaf {leaf}, create_graph changes the gradient",
            )
        call, results = problem.call()
        vs = problem.cotangents([r for r in results if r.requires_grad])
        what = f"{op.name} {sample}: second gradient"

        def value(values: dict[int, np.ndarray], cotangents: list[np.ndarray]) -> float:
            return float(sum((u * g).sum() for u, g in zip(us, problem.first(values, cotangents))))

        for leaf, (slot, grad) in enumerate(zip(call.leaf_slots, of_leaves)):
            x = call.values[slot]
            for d in directions(x.shape, 4):
                numeric = (value({slot: x + STEP * d}, vs) - value({slot: x - STEP * d}, vs)) / (2 * STEP)
                close((grad * d).sum(), numeric, np.abs(grad * d).sum(), f"{what} of leaf {leaf}")
        for i, grad in enumerate(of_cotangents):
            for d in directions(vs[i].shape, 4):
                up, down = ([v + sign * STEP * d if k == i else v for k, v in enumerate(vs)] for sign in (1, -1))
                close(
                    (grad * d).sum(),
                    (value({}, up) - value({}, down)) / (2 * STEP),
                    np.abs(grad * d).sum(),
                    f"{what} of cotangent {i}",
                )


def check_layout_gradient(op: Op, device: str) -> None:
    """Gradients do not depend on how the inputs lie in memory."""
    for sample in differentiable(op):
        if sample.expect.large:
            continue
        for layout in LAYOUTS:
            problem = Gradient(op, sample, device, layout)
            call, _ = problem.call()
            values = dict(enumerate(call.values))
            for got, want in zip(problem.first(), Gradient(op, sample, device).first(values)):
                np.testing.assert_allclose(
                    got, want, rtol=1e-11, atol=1e-11, err_msg=f"{op.name} {sample}: gradient, {layout}"
                )


def check_in_place_gradient(op: Op, device: str) -> None:
    name = f"{op.short}_"
    for sample in differentiable(op):
        call = build(sample, dlx.float64, device, grad=True)
        x = call.args[0]
        if sample.expect.large or not isinstance(x, dlx.Tensor) or not x.requires_grad:
            continue
        [want] = run(op, call)
        if tuple(want.shape) != tuple(x.shape):
            continue
        v = tensor_of(np.random.default_rng(SEED).standard_normal(tuple(want.shape)), want.dtype, device)
        wants = dlx.autograd.grad([want], call.leaves, [v], allow_unused=True)
        target = x.clone()
        if op.random:
            dlx.manual_seed(SEED)
        getattr(target, name)(*call.args[1:], **call.kwargs)
        for got, want in zip(dlx.autograd.grad([target], call.leaves, [v], allow_unused=True), wants):
            assert (got is None) == (want is None)
            if want is not None:
                np.testing.assert_allclose(
                    array_of(got), array_of(want), rtol=1e-12, atol=1e-12, err_msg=f"{name} {sample}: gradient"
                )
        with pytest.raises(RuntimeError, match="leaf"):
            getattr(x, name)(*call.args[1:], **call.kwargs)


def check_change_of_result(op: Op, device: str) -> None:
    """A result changed in place gives the right gradient or an error, never a wrong gradient."""
    for sample in differentiable(op):
        call = build(sample, dlx.float64, device, grad=True)
        results = [r for r in run(op, call) if is_float(r.dtype) and r.requires_grad]
        if sample.expect.large or not results:
            continue
        v = [tensor_of(np.random.default_rng(SEED).standard_normal(tuple(r.shape)), r.dtype, device) for r in results]
        wants = dlx.autograd.grad(results, call.leaves, v, allow_unused=True)
        call = build(sample, dlx.float64, device, grad=True)
        # A result that is a view of a leaf must not be written; the leaf's copy may.
        copies = {id(x): x.clone() for x in call.leaves}
        call.args = tuple(_replaced(a, copies) for a in call.args)
        call.kwargs = {k: _replaced(a, copies) for k, a in call.kwargs.items()}
        results = [r for r in run(op, call) if is_float(r.dtype) and r.requires_grad]
        try:
            for r in results:
                r.mul_(2)
            grads = dlx.autograd.grad(results, call.leaves, v, allow_unused=True)
        except RuntimeError as error:
            assert any(
                word in str(error)
                for word in ("in place", "view", "overlap", "expand", "inplace", "same memory", "more than one")
            ), error
            continue
        for got, want in zip(grads, wants):
            assert (got is None) == (want is None)
            if want is not None:
                np.testing.assert_allclose(
                    array_of(got), 2 * array_of(want), rtol=1e-11, atol=1e-11, err_msg=f"{op.name} {sample}: y.mul_(2)"
                )


def _replaced(node: Any, copies: dict[int, dlx.Tensor]) -> Any:
    if isinstance(node, dlx.Tensor):
        return copies.get(id(node), node)
    if isinstance(node, (list, tuple)):
        return type(node)(_replaced(x, copies) for x in node)
    return node


def check_nested_backward(op: Op, device: str) -> None:
    """A backward run inside another's hook, through the same op, disturbs neither."""
    for sample in differentiable(op)[:1]:
        problem = Gradient(op, sample, device)
        want = problem.first()
        inner: list[list[np.ndarray]] = []

        def run_inside(gradient: dlx.Tensor) -> None:
            with dlx.enable_grad():
                inner.append(problem.first())

        call, results = problem.call()
        results = [r for r in results if r.requires_grad]
        for r in results:
            r.register_hook(run_inside)
        vs = [tensor_of(v, r.dtype, device) for r, v in zip(results, problem.cotangents(results))]
        grads = dlx.autograd.grad(results, call.leaves, vs, allow_unused=True)
        assert len(inner) == len(results)
        for outer in [
            [np.zeros(tuple(x.shape)) if g is None else array_of(g) for g, x in zip(grads, call.leaves)],
            *inner,
        ]:
            for got, expect in zip(outer, want):
                np.testing.assert_array_equal(got, expect, err_msg=f"{op.name} {sample}: nested backward")


# --- what is left behind, and the bits -----------------------------------------------------------------------------
def check_live_objects(op: Op, device: str) -> None:
    """After values, gradients and second gradients no tensor, node or storage is left."""

    def work() -> None:
        for sample in small(op):
            dtype = sample.dtypes(op)[0]
            build_and_run(op, sample, dtype, device)
        for sample in differentiable(op)[:2]:
            if not sample.expect.large:
                Gradient(op, sample, device).first()
                Gradient(op, sample, device).recorded()

    def live() -> dict[str, int]:
        gc.collect()
        return dlx._C._live_counts()

    work()  # what is made once and kept
    before = live()
    work()
    assert live() == before, f"{op.name}: live objects before and after"


def build_and_run(op: Op, sample: Sample, dtype: dlx.dtype, device: str) -> list[dlx.Tensor]:
    return run(op, build(sample, dtype, device))


def bits(results: list[dlx.Tensor]) -> list[bytes]:
    with np.errstate(invalid="ignore"):  # what empty leaves may be a signalling NaN
        return [array_of(r).tobytes() for r in results]


def dtypes_for_bits(op: Op, sample: Sample) -> list[dlx.dtype]:
    """One dtype of each kind: they have loops of their own."""
    mine = sample.dtypes(op)
    return [
        d for d in (dlx.float32, dlx.float64, dlx.bfloat16, dlx.float16, dlx.int64, dlx.int8, dlx.bool) if d in mine
    ] or list(mine[:1])


def gradient_bits(op: Op, sample: Sample, device: str, dtype: dlx.dtype) -> list[bytes]:
    problem = Gradient(op, sample, device, dtype=dtype)
    return [g.tobytes() for g in problem.first()]


def check_threads(op: Op, device: str) -> None:
    """The same bits from 1, 2, 3, 5 and 8 threads; that five came shows that the work was cut in five chunks."""
    large = [s for s in op.samples if s.expect.large]
    before = dlx.get_num_threads()

    def on_threads(work: Any, threads: int, what: str, parallel: bool) -> Any:
        dlx.set_num_threads(threads)
        dlx._C._reset_parallel_stats()
        result = work()
        regions, widest = dlx._C._parallel_stats()
        if threads > 1 and parallel:
            assert regions > 0, f"{what}: no parallel region was opened"
            assert widest == threads or widest >= 5, f"{what}: {widest} threads came, asked for {threads}"
        return result

    dlx._C._set_serial_threshold(0)  # regions open for the smallest work; where it is cut does not change
    try:
        for sample in [*large, *small(op)]:
            counts = (2, 3, 5, 8) if sample.expect.large else (3,)
            for i, dtype in enumerate(dtypes_for_bits(op, sample)):
                what = f"{op.name} {sample} {dtype}"
                values = lambda: bits(build_and_run(op, sample, dtype, device))
                want = on_threads(values, 1, what, False)
                for threads in counts if i == 0 else counts[-2:]:
                    parallel = sample.expect.large and "parallel" not in op.lacks
                    assert on_threads(values, threads, what, parallel) == want, (
                        f"{what}: other bits from {threads} threads"
                    )
            if sample in differentiable(op):
                what = f"{op.name} {sample}: gradient"
                dtype = dlx.float32 if dlx.float32 in sample.dtypes(op) else dlx.float64
                grads = lambda: gradient_bits(op, sample, device, dtype)
                want = on_threads(grads, 1, what, False)
                for threads in counts:
                    parallel = sample.expect.large and "parallel backward" not in op.lacks
                    assert on_threads(grads, threads, what, parallel and threads <= 3) == want, (
                        f"{what}: other bits from {threads} threads"
                    )
    finally:
        dlx._C._set_serial_threshold(None)
        dlx.set_num_threads(before)


def digests(ops: list[Op], device: str = "cpu") -> dict[str, str]:
    """One digest for each entry, sample and dtype: of all values, and of the gradients."""
    found = {}
    for op in (op for op in ops if "bits" not in op.lacks):
        for i, sample in enumerate(op.samples):
            for dtype in sample.dtypes(op):
                found[f"{op.name}[{i}] {dtype}"] = _digest(bits(build_and_run(op, sample, dtype, device)))
            if sample in differentiable(op):
                for dtype in (dlx.float32, dlx.float64):
                    if dtype in sample.dtypes(op):
                        found[f"{op.name}[{i}] {dtype} gradient"] = _digest(gradient_bits(op, sample, device, dtype))
    return found


def _digest(parts: list[bytes]) -> str:
    return hashlib.sha256(b"".join(hashlib.sha256(p).digest() for p in parts)).hexdigest()


def check_errors(op: Op, device: str) -> None:
    for error in op.errors:
        call = build(error.call, op.dtypes[0], device)
        with pytest.raises(error.kind) as caught:
            op.function()(*call.args, **call.kwargs)
        assert error.text in str(caught.value), f"{error}: the message is {str(caught.value)!r}"
        named = (
            re.match(r"[a-z_0-9]+: ", str(caught.value)) or error.kind is MemoryError or "slice" in str(caught.value)
        )
        assert named, f"{error}: the message does not say who failed: {str(caught.value)!r}"
