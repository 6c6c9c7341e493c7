"""Names and order of arguments beside PyTorch's: of its functions, of Tensor's methods, of nn and optim."""

from __future__ import annotations

import ast
import importlib
import inspect
from pathlib import Path

import pytest

import dlx

torch = pytest.importorskip("torch")


def _read_names() -> dict[str, list[str]]:
    names: dict[str, list[str]] = {}
    for line in (Path(__file__).parent / "names.txt").read_text().splitlines():
        if line.startswith("["):
            names[line[1:-1]] = current = []
        elif line and not line.startswith("#"):
            current += line.split()
    return names


NAMES = _read_names()

# What an argument that PyTorch has and dlx lacks would do there.
NOT_IN_DLX = {
    "layout",
    "pin_memory",
    "device",
    "memory_format",
    "size_average",
    "reduce",
    "sparse_grad",
    "correction",
    "unbiased",
}


def stub(path: str, owner: str | None) -> dict[str, list[ast.FunctionDef]]:
    """The overloads of each function in one of PyTorch's stub files."""
    tree = ast.parse((Path(torch.__file__).parent / path).read_text())
    body = (
        tree.body
        if owner is None
        else next(n.body for n in tree.body if isinstance(n, ast.ClassDef) and n.name == owner)
    )
    found: dict[str, list[ast.FunctionDef]] = {}
    for node in body:
        if isinstance(node, ast.FunctionDef):
            found.setdefault(node.name, []).append(node)
    return found


def names_of(overload: ast.FunctionDef) -> tuple[list[str], list[str]]:
    """Arguments by position and by name, without self."""
    a = overload.args
    by_position = [x.arg for x in [*a.posonlyargs, *a.args] if x.arg != "self"]
    return by_position, [x.arg for x in a.kwonlyargs]


def accepts(ours: inspect.Signature, overload: ast.FunctionDef, method: bool) -> str | None:
    """What of the overload the signature does not take, or None."""
    parameters = list(ours.parameters.values())[1 if method else 0 :]
    by_position = [p.name for p in parameters if p.kind in (p.POSITIONAL_ONLY, p.POSITIONAL_OR_KEYWORD)]
    rest = any(p.kind == p.VAR_POSITIONAL for p in parameters)
    named = {p.name for p in parameters}
    any_name = any(p.kind == p.VAR_KEYWORD for p in parameters)
    theirs, keywords = names_of(overload)
    if overload.args.vararg:
        return None  # forms such as x.permute(*dims) have tests of their own
    for i, name in enumerate(theirs):
        if rest and i >= len(by_position):
            break
        if i >= len(by_position):
            return f"takes no argument {name!r} at position {i}"
        if by_position[i] != name and not any_name:
            return f"argument {i} is {by_position[i]!r}, PyTorch's is {name!r}"
    for name in keywords:
        if name not in named and not any_name and name not in NOT_IN_DLX:
            return f"takes no argument {name!r}"
    return None


def check(ours, overloads: list[ast.FunctionDef], name: str, method: bool) -> None:
    try:
        signature = inspect.signature(ours)
    except ValueError:
        pytest.skip("a slot of the type, without a signature")
    problems = [accepts(signature, overload, method) for overload in overloads]
    if all(problems):  # one overload fits: the others are told apart inside
        pytest.fail(f"{name}{signature}: {'; '.join(dict.fromkeys(problems))}")


# Their data is positional and the rest is not, whatever the stub says.
LOOSE_STUBS = {"tensor", "new_tensor"}
FUNCTIONS = stub("_C/_VariableFunctions.pyi", None)
TENSOR = stub("_C/__init__.pyi", "TensorBase")


@pytest.mark.parametrize("namespace", NAMES)
def test_every_name_is_there(namespace):
    def find(path: str):
        found = dlx
        for i, part in enumerate(path.split(".")):
            if not hasattr(found, part):
                importlib.import_module("dlx." + ".".join(path.split(".")[: i + 1]))
            found = getattr(found, part)
        return found

    prefix = namespace.partition(",")[0].partition(".")[2]
    missing = []
    for name in NAMES[namespace]:
        try:
            find(f"{prefix}.{name}" if prefix else name)
        except (AttributeError, ImportError):
            missing.append(name)
    assert not missing


@pytest.mark.parametrize("name", [n for n in NAMES["torch"] if n in FUNCTIONS and n not in LOOSE_STUBS])
def test_functions(name):
    check(getattr(dlx, name), FUNCTIONS[name], name, False)


@pytest.mark.parametrize(
    "name", [n for n in NAMES["torch.Tensor"] if n in TENSOR and not n.startswith("__") and n not in LOOSE_STUBS]
)
def test_methods(name):
    if callable(getattr(dlx.Tensor, name)):
        check(getattr(dlx.Tensor, name), TENSOR[name], f"Tensor.{name}", True)


def compare_python(ours, theirs, name: str, left_out: set[str] = NOT_IN_DLX) -> None:
    """PyTorch's definition is Python too: names, order, kinds and defaults are compared."""
    a, b = inspect.signature(ours), inspect.signature(theirs)
    mine = {p.name: p for p in a.parameters.values() if not p.name.startswith("_")}
    theirs_named = [p for p in b.parameters.values() if not p.name.startswith("_")]
    for i, p in enumerate(theirs_named):
        if p.kind in (p.VAR_POSITIONAL, p.VAR_KEYWORD):
            continue
        if p.name not in mine:
            assert p.name in left_out, f"{name}{a} lacks {p.name!r} of PyTorch's {b}"
            continue
        own = mine[p.name]
        if p.kind == p.POSITIONAL_OR_KEYWORD and not left_out & {q.name for q in theirs_named[:i]}:
            assert list(mine).index(p.name) == i, f"{name}: {p.name!r} is at another position: {a}, PyTorch's {b}"
        if p.default is not p.empty and own.default is not own.empty and isinstance(p.default, (int, float, str, bool)):
            assert own.default == p.default, f"{name}: default of {p.name} is {own.default!r}, PyTorch's {p.default!r}"
        assert (own.default is own.empty) <= (p.default is p.empty), f"{name}: {p.name} has no default"


@pytest.mark.parametrize("name", NAMES["torch.nn.functional"])
def test_functional(name):
    ours, theirs = getattr(dlx.nn.functional, name), getattr(torch.nn.functional, name)
    try:
        inspect.signature(theirs)
    except ValueError:
        stubs = stub("nn/functional.pyi", None) if (Path(torch.__file__).parent / "nn/functional.pyi").exists() else {}
        if name in stubs:
            check(ours, stubs[name], name, False)
        elif name in FUNCTIONS:
            check(ours, FUNCTIONS[name], name, False)
        else:
            pytest.skip("PyTorch tells no signature")
        return
    compare_python(ours, theirs, name)


@pytest.mark.parametrize("name", NAMES["torch.nn"])
def test_layers(name):
    compare_python(
        getattr(dlx.nn, name).__init__,
        getattr(torch.nn, name).__init__,
        name,
        {"device", "dtype", "size_average", "reduce"},
    )


@pytest.mark.parametrize("name", NAMES["torch.optim"])
def test_optimizers(name):
    compare_python(getattr(dlx.optim, name).__init__, getattr(torch.optim, name).__init__, name, set())


@pytest.mark.parametrize("name", NAMES["torch.optim.lr_scheduler"])
def test_schedules(name):
    ours, theirs = (importlib.import_module(f"{lib}.optim.lr_scheduler") for lib in ("dlx", "torch"))
    compare_python(getattr(ours, name).__init__, getattr(theirs, name).__init__, name, {"verbose"})
