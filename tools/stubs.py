#!/usr/bin/env python3
"""Make python/dlx/_C.pyi, the type stubs of the extension, or check that they are current (--check).

Three sources: src/bindings/types.pyi for classes, the extension's own documentation for functions (their signatures
come from the C++ types), and the Python functions that are methods of Tensor. A class whose members differ from what
types.pyi says is an error, in both modes.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import inspect
import re
import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TYPES = ROOT / "src" / "bindings" / "types.pyi"
STUBS = ROOT / "python" / "dlx" / "_C.pyi"

# What every class has, or what pybind11 adds to each of its own.
COMMON = {*dir(object), "__weakref__", "__dict__", "__module__", "__vectorcalloffset__", "_pybind11_conduit_v1_"}
# Types as pybind11 writes them.
PYBIND_TYPES = {
    r"typing\.SupportsInt( \| typing\.SupportsIndex)?": "int",
    r"typing\.SupportsFloat( \| typing\.SupportsIndex)?": "float",
    r"collections\.abc\.": "",
    r"typing\.": "",
    r"dlx\._C\.": "",
}
# Names that mean something else inside Tensor.
HIDDEN_IN_TENSOR = r"(?<![\w.])(bool|int|float|dtype|device|layout|type|str)(?![\w(])"


# --- functions --------------------------------------------------------------------------------------------------------


def signature_text(function: Any) -> str:
    """Return `name(types) -> type` from the first line of a function's documentation."""
    line = str(function.__doc__ or "").strip().split("\n")[0]
    if not re.match(rf"{re.escape(function.__name__)}\(.*\) -> ", line):
        raise SystemExit(f"_C.{function.__name__} does not begin its documentation with a signature: {line!r}")
    return line


def split_arguments(text: str) -> list[str]:
    """Split at the commas outside of brackets."""
    parts, depth = [""], 0
    for c in text:
        depth += (c in "[(") - (c in "])")
        if c == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += c
    return [part.strip() for part in parts if part.strip()]


def stub_of_function(function: Any) -> str:
    line = signature_text(function)
    for pattern, plain in PYBIND_TYPES.items():
        line = re.sub(pattern, plain, line)
    line = re.sub(r"(?<![\w.])bool(?!\w)", "builtins.bool", line)  # _C.bool is a dtype
    arguments, result = re.fullmatch(r"\w+\((.*)\) -> (.*)", line).groups()  # type: ignore[union-attr]
    named = [
        part if re.match(r"\w+: ", part) else f"arg{i}: {part}" for i, part in enumerate(split_arguments(arguments))
    ]
    return f"def {function.__name__}({', '.join([*named, '/'] if named else [])}) -> {result}: ..."


# --- methods of Tensor that are written in Python ---------------------------------------------------------------------


def annotation_text(annotation: Any) -> str:
    text = annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))
    text = text.replace("_C.", "")
    return re.sub(HIDDEN_IN_TENSOR, r"_\1", text)


def stub_of_method(name: str, method: Callable[..., Any]) -> str:
    signature = inspect.signature(method)
    parameters = []
    star = slash = False
    for i, p in enumerate(signature.parameters.values()):
        if p.kind is p.POSITIONAL_ONLY:
            slash = True
        elif slash:
            parameters.append("/")
            slash = False
        if p.kind is p.VAR_POSITIONAL:
            star = True
        elif p.kind is p.KEYWORD_ONLY and not star:
            parameters.append("*")
            star = True
        stars = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
        text = stars + ("self" if i == 0 else p.name)
        if i > 0 and p.annotation is not p.empty:
            text += f": {annotation_text(p.annotation)}"
        if p.default is not p.empty:
            text += " = ..."
        parameters.append(text)
    if slash:
        parameters.append("/")
    empty = signature.return_annotation is signature.empty
    result = "Any" if empty else annotation_text(signature.return_annotation)
    return f"    def {name}({', '.join(parameters)}) -> {result}: ..."


def is_python(value: Any) -> bool:
    """Whether it is a function that is written in Python, or the Face of one."""
    return inspect.isfunction(inspect.unwrap(value)) if callable(value) else False


# --- the file ---------------------------------------------------------------------------------------------------------


def members_in_stub(node: ast.ClassDef) -> set[str]:
    names = {item.name for item in node.body if isinstance(item, ast.FunctionDef)}
    return names | {
        item.target.id for item in node.body if isinstance(item, ast.AnnAssign) and isinstance(item.target, ast.Name)
    }


def members_at_run_time(cls: type) -> set[str]:
    return {name for name, value in vars(cls).items() if not is_python(value)} - COMMON


def faults(extension: Any, tree: ast.Module) -> Iterator[str]:
    """Yield where types.pyi and the extension disagree."""
    described = {node.name: node for node in tree.body if isinstance(node, (ast.ClassDef, ast.FunctionDef))}
    for name, value in vars(extension).items():
        if inspect.isclass(value):
            node = described.get(name)
            if not isinstance(node, ast.ClassDef):
                yield f"class {name} is not in {TYPES.name}"
                continue
            here, there = members_at_run_time(value), members_in_stub(node) - COMMON
            yield from (f"{name}.{member} is not in {TYPES.name}" for member in sorted(here - there))
            yield from (f"{name}.{member} is in {TYPES.name} only" for member in sorted(there - here))
    yield from (f"{name} is in {TYPES.name} only" for name in described if not hasattr(extension, name))


def stubs(extension: Any, types: str) -> str:
    tree = ast.parse(types)
    tensor = next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == "Tensor")
    described = {node.name for node in tree.body if isinstance(node, ast.FunctionDef)}
    lines = types.splitlines()
    while lines[0].startswith("#"):  # what is said there of types.pyi
        lines.pop(0)
    end = (tensor.end_lineno or 0) - (len(types.splitlines()) - len(lines))
    methods = [
        stub_of_method(name, value) for name, value in sorted(vars(extension.Tensor).items()) if is_python(value)
    ]
    functions, constants = [], []
    for name, value in sorted(vars(extension).items()):
        if inspect.isbuiltin(value) and name not in described:
            functions.append(stub_of_function(value))
        elif not inspect.isbuiltin(value) and not inspect.isclass(value) and not name.startswith("__"):
            constants.append(f"{name}: {type(value).__name__}")
    head = "# Made by tools/stubs.py from the extension and src/bindings/types.pyi.\n# ruff: noqa"
    return "\n".join([head, *lines[:end], *methods, *lines[end:], *functions, "", *constants]) + "\n"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="compare, and fail where they differ")
    options = parser.parse_args(arguments)

    import dlx  # noqa: F401  attaches the methods to Tensor
    from dlx import _C

    types = TYPES.read_text()
    found = list(faults(_C, ast.parse(types)))
    print(*found, sep="\n", end="\n" if found else "")
    made = stubs(_C, types)
    if options.check:
        kept = STUBS.read_text() if STUBS.exists() else ""
        difference = list(
            difflib.unified_diff(kept.splitlines(), made.splitlines(), str(STUBS), "made now", lineterm="", n=0)
        )
        print(*difference, sep="\n", end="\n" if difference else "")
        print(f"stubs: {len(found)} faults, " + ("not current: run tools/stubs.py" if difference else "current"))
        return 1 if found or difference else 0
    STUBS.write_text(made)
    print(f"{STUBS.relative_to(ROOT)}: {len(made.splitlines())} lines, {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
