"""Every check of the op table, for every entry."""

import json
import os
import subprocess
import sys
from pathlib import Path

import op_checks as checks
import pytest
from op_table import Op, load

import dlx

DEVICE = os.environ.get("DLX_TEST_DEVICE", "cpu")
OPS = load()
each = pytest.mark.parametrize("op", OPS, ids=lambda op: op.name)


def by_dtype(condition=lambda op: True) -> pytest.MarkDecorator:
    pairs = [(op, dtype) for op in OPS if condition(op) for dtype in op.dtypes]
    return pytest.mark.parametrize(("op", "dtype"), pairs, ids=lambda x: str(x).removeprefix("dlx."))


def having(condition) -> pytest.MarkDecorator:
    return pytest.mark.parametrize("op", [op for op in OPS if condition(op)], ids=lambda op: op.name)


# Functions of dlx._C that are no ops, and where their tests are.
NOT_OPS = {
    "backward": "test_autograd",
    "grad": "test_autograd",
    "is_grad_enabled": "test_autograd",
    "set_grad_enabled": "test_autograd",
    "is_inference_mode_enabled": "test_modes",
    "set_inference_mode": "test_modes",
    "is_anomaly_enabled": "test_modes",
    "is_anomaly_check_nan_enabled": "test_modes",
    "set_anomaly_enabled": "test_modes",
    "manual_seed": "ops/random: every entry of it starts there",
    "set_num_threads": "test_threads",
    "get_num_threads": "test_threads",
    "get_default_dtype": "test_numpy",
    "set_default_dtype": "test_numpy",
    "promote_types": "test_numpy",
    "empty_cache": "test_memory",
    "memory_stats": "test_memory",
    "reset_memory_peaks": "test_memory",
}


def test_every_op_has_an_entry():
    functions = {
        n
        for n in dir(dlx._C)
        if not n.startswith("_") and type(getattr(dlx._C, n)).__name__ == "builtin_function_or_method"
    }
    covered = {name for op in OPS for name in op.covered()}
    assert functions - covered - NOT_OPS.keys() == set(), "these functions of dlx._C have no entry in tests/python/ops"


# Names that every user needs and that are no ops, and where their tests are.
ELSEWHERE = {
    "test_faces": "as_tensor asarray tensor new_tensor is_floating_point is_tensor numel type type_as rand_like "
    "randn_like manual_seed seed get_rng_state set_rng_state expand_as zero_",
    "test_elementwise": "true_divide",
    "test_dlpack": "from_dlpack",
    "test_numpy": "numpy set_default_dtype get_default_dtype",
    "test_mistakes": "compile",
    "test_threads": "get_num_threads set_num_threads",
    "test_autograd": "backward register_hook requires_grad_ retain_grad is_grad_enabled",
    "test_io": "load save",
    "test_repr": "set_printoptions",
    "test_tensor_type": "data_ptr dim element_size is_contiguous item size stride tolist",
    "test_toy_device": "cpu cuda",
    "test_attention": "multi_head_attention_forward",
    "docstrings": "set_float32_matmul_precision use_deterministic_algorithms",
}


@pytest.mark.parametrize("namespace", ["torch", "torch.Tensor", "torch.nn.functional"])
def test_every_name_of_tier_1_has_an_entry(namespace):
    owner = {"torch": dlx, "torch.Tensor": dlx.Tensor}.get(namespace, dlx.nn.functional)
    entered = {name for op in OPS for name in (op.short, *op.covered())}
    elsewhere = set(" ".join(ELSEWHERE.values()).split())
    functions = {id(op.function()) for op in OPS}
    missing = [
        name
        for name in names_of(namespace)
        if not name.startswith("__") and callable(getattr(owner, name)) and not isinstance(getattr(owner, name), type)
        and name not in entered and name.rstrip("_") not in entered and name not in elsewhere
        and id(getattr(owner, name)) not in functions  # another name of an op
    ]  # fmt: skip
    assert not missing


def names_of(namespace: str) -> list[str]:
    text = (Path(__file__).parent / "names.txt").read_text()
    return text.split(f"[{namespace}]\n")[1].split("\n[")[0].split()


@each
def test_entry_is_complete(op: Op):
    """What an entry lacks, it says why; so no op goes without a check unnoticed."""
    values = [v for sample in op.samples for v in sample.values()]
    made = not values  # a function that makes tensors from sizes
    has = {
        "0-d": made or any(v.shape == () for v in values),
        "empty": made or any(0 in v.shape for v in values),
        "errors": bool(op.errors),
        "parallel": any(sample.expect.large for sample in op.samples),
    }
    assert all(has[k] for k in has if k not in op.lacks), (
        f"{op.name} has no samples of: {[k for k in has if not has[k] and k not in op.lacks]}"
    )
    assert all(op.lacks.values())


@by_dtype()
def test_values(op: Op, dtype):
    checks.check_forward(op, dtype, DEVICE)


@by_dtype(lambda op: "layouts" not in op.lacks)
def test_layouts(op: Op, dtype):
    checks.check_layouts(op, dtype, DEVICE)


@each
def test_method_and_operator(op: Op):
    checks.check_method(op, DEVICE)


@by_dtype(lambda op: op.out)
def test_out(op: Op, dtype):
    checks.check_out(op, dtype, DEVICE)


@having(lambda op: op.out)
def test_bad_destinations(op: Op):
    checks.check_bad_destinations(op, DEVICE)


@by_dtype(lambda op: op.in_place)
def test_in_place(op: Op, dtype):
    checks.check_in_place(op, dtype, DEVICE)


@having(lambda op: op.gradient)
def test_gradient(op: Op):
    assert checks.differentiable(op), "no sample has a gradient"
    checks.check_gradient(op, DEVICE)


@having(lambda op: op.gradient)
def test_second_gradient(op: Op):
    checks.check_second_gradient(op, DEVICE)


@having(lambda op: op.gradient and "layouts" not in op.lacks)
def test_layout_gradient(op: Op):
    checks.check_layout_gradient(op, DEVICE)


@having(lambda op: op.gradient and op.in_place)
def test_in_place_gradient(op: Op):
    checks.check_in_place_gradient(op, DEVICE)


@having(lambda op: op.gradient)
def test_change_of_result(op: Op):
    checks.check_change_of_result(op, DEVICE)


@having(lambda op: op.gradient)
def test_nested_backward(op: Op):
    checks.check_nested_backward(op, DEVICE)


@each
def test_live_objects(op: Op):
    checks.check_live_objects(op, DEVICE)


@having(lambda op: "bits" not in op.lacks)
def test_threads(op: Op):
    if DEVICE != "cpu":
        pytest.skip("promise 3 is the CPU's")
    checks.check_threads(op, DEVICE)


@each
def test_errors(op: Op):
    checks.check_errors(op, DEVICE)


def digests_at(level: str) -> dict[str, str]:
    """The table's digests from a process of that ISA level."""
    program = "import json, op_checks, op_table; print(json.dumps(op_checks.digests(op_table.load())))"
    paths = [str(Path(__file__).parent), *sys.path]
    env = {**os.environ, "DLX_CPU_ISA": level, "PYTHONPATH": os.pathsep.join(paths)}
    done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_levels():
    """The same bits from AVX2 and from AVX-512, values and gradients."""
    levels = [level for level in ("v3", "v4") if level in dlx._C._cpu_levels()]
    if len(levels) < 2 or DEVICE != "cpu":
        pytest.skip("needs a build and a machine with the levels v3 and v4")
    low = digests_at("v3")
    high = checks.digests(OPS) if dlx._C._cpu_level() == "v4" else digests_at("v4")
    assert low.keys() == high.keys()
    assert [k for k in low if low[k] != high[k]] == []
