#!/usr/bin/env python3
"""Writes python/dlx/_C.pyi, the types of the extension, for type checkers and editors.

What is written in C++ has its types in the tables below; the methods of Tensor that are written in Python take theirs
from the functions. `--check` compares instead of writing, and fails where a table and the extension name different
things.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import re
import sys
from pathlib import Path

import dlx
from dlx import _C, _methods

STUB = Path(__file__).resolve().parent.parent / "python" / "dlx" / "_C.pyi"

HEADER = '''"""Types of the extension, written by tools/stubs.py: edit that or the functions in dlx/ops."""

# ruff: noqa
import builtins
from collections.abc import Callable, Iterator, Sequence
from typing import Any, final

import numpy as np

from dlx import _C
from dlx._types import ArrayLike, Device, Dims, Number, Operand, Pair, Shape
from dlx.autograd._tensor import RemovableHandle

class ShapeError(ValueError, RuntimeError): ...
class DtypeError(TypeError, RuntimeError): ...

@final
class dtype:
    is_complex: builtins.bool
    is_floating_point: builtins.bool
    is_signed: builtins.bool
    itemsize: builtins.int

class device:
    def __init__(self, type: str | device, index: builtins.int | None = None) -> None: ...
    @property
    def type(self) -> str: ...
    @property
    def index(self) -> builtins.int | None: ...

class memory_format: ...

class Size(tuple[builtins.int, ...]):
    def numel(self) -> builtins.int: ...

class Node:
    def name(self) -> str: ...
    @property
    def next_functions(self) -> tuple[tuple[Node | None, builtins.int], ...]: ...

class Generator:
    def __init__(self, device: Device | None = None) -> None: ...
    def manual_seed(self, seed: builtins.int) -> Generator: ...
    def seed(self) -> builtins.int: ...
    def initial_seed(self) -> builtins.int: ...
    def get_state(self) -> Tensor: ...
    def set_state(self, new_state: Tensor) -> Generator: ...
    @property
    def device(self) -> _C.device: ...
'''

# Attributes of Tensor in C++: (type, may be set).
ATTRIBUTES = {
    "T": ("Tensor", False),
    "_version": ("int", False),
    "data": ("Tensor", True),
    "device": ("_C.device", False),
    "dtype": ("_C.dtype", False),
    "grad": ("Tensor | None", True),
    "grad_fn": ("Node | None", False),
    "is_cpu": ("bool", False),
    "is_cuda": ("bool", False),
    "is_leaf": ("bool", False),
    "itemsize": ("int", False),
    "mT": ("Tensor", False),
    "nbytes": ("int", False),
    "ndim": ("int", False),
    "requires_grad": ("bool", True),
    "retains_grad": ("bool", False),
    "shape": ("Size", False),
}

# Methods of Tensor in C++: (parameters, result).
METHODS = {
    "data_ptr": ("", "int"),
    "detach": ("", "Tensor"),
    "dim": ("", "int"),
    "element_size": ("", "int"),
    "is_contiguous": ("memory_format: _C.memory_format = ...", "bool"),
    "item": ("", "Any"),
    "ndimension": ("", "int"),
    "nelement": ("", "int"),
    "numel": ("", "int"),
    "numpy": ("*, force: bool = False", "np.ndarray[Any, Any]"),
    "requires_grad_": ("requires_grad: bool = True", "Tensor"),
    "retain_grad": ("", "None"),
    "size": ("dim: int = ..., /", "Any"),
    "storage_offset": ("", "int"),
    "stride": ("dim: int = ..., /", "Any"),
    "tolist": ("", "Any"),
    "_make_subclass": ("cls: Any, data: Tensor, requires_grad: bool = False, /", "Any"),
    "_storage_data_ptr": ("", "int"),
    "_storage_nbytes": ("", "int"),
    "__array__": ("dtype: Any = None, copy: bool | None = None", "np.ndarray[Any, Any]"),
    "__contains__": ("value: Any, /", "bool"),
    "__delitem__": ("index: Any, /", "None"),
    "__getitem__": ("index: Any, /", "Tensor"),
    "__setitem__": ("index: Any, value: Any, /", "None"),
    "__hash__": ("", "int"),
    "__iter__": ("", "Iterator[Tensor]"),
    "__len__": ("", "int"),
    "__new__": ("cls, data: Any = ..., *args: Any, **kwargs: Any", "Any"),
    "__repr__": ("", "str"),
    **{f"__{name}__": ("", name) for name in ("bool", "float", "int")},
    "__index__": ("", "int"),
    **{f"__{name}__": ("", "Tensor") for name in ("abs", "neg", "pos")},
    **{f"__{name}__": ("other: Any, /", "Any") for name in ("eq", "ne")},
    **{f"__{name}__": ("other: Operand, /", "Tensor") for name in ("lt", "le", "gt", "ge")},
    **{
        f"__{prefix}{name}__": ("other: Operand, /", "Tensor")
        for name in ("add", "sub", "mul", "truediv", "pow")
        for prefix in ("", "r", "i")
    },
    **{f"__{prefix}matmul__": ("other: Tensor, /", "Tensor") for prefix in ("", "r")},
}
HIDDEN = {"__getattribute__", "__dict__", "__doc__", "__module__", "__weakref__", "__array_priority__"}

# Functions of the module that do not return a tensor; parameters are positional and checked in C++.
RESULTS = {
    "adam_step": "None",
    "backward": "None",
    "empty_cache": "None",
    "get_default_dtype": "dtype",
    "get_num_threads": "int",
    "grad": "tuple[Any, ...]",
    "is_grad_enabled": "bool",
    "manual_seed": "Generator",
    "max_dim": "tuple[Tensor, Tensor]",
    "max_pool2d": "tuple[Tensor, Tensor]",
    "memory_stats": "dict[str, int]",
    "min_dim": "tuple[Tensor, Tensor]",
    "promote_types": "dtype",
    "set_default_dtype": "None",
    "set_grad_enabled": "None",
    "set_num_threads": "None",
    "sgd_step": "None",
    "split": "tuple[Tensor, ...]",
    "unbind": "tuple[Tensor, ...]",
}


def qualified(annotation: str) -> str:
    """Builtins by their full name: in the class and the module, methods and dtypes are called `int` and `bool`."""
    return re.sub(r"(?<![\w.])(bool|int|float)\b(?!\()", r"builtins.\1", annotation)


def text_of(annotation: object) -> str:
    return annotation if isinstance(annotation, str) else getattr(annotation, "__name__", str(annotation))


def method_of(name: str, function: object) -> str:
    """The stub line of a method that is written in Python."""
    signature = inspect.signature(function)  # type: ignore[arg-type]
    parts = []
    star = False
    for i, p in enumerate(signature.parameters.values()):
        if i == 0:
            parts.append("self")
            continue
        if p.kind is p.KEYWORD_ONLY and not star:
            parts.append("*")
            star = True
        prefix = "*" if p.kind is p.VAR_POSITIONAL else "**" if p.kind is p.VAR_KEYWORD else ""
        star = star or p.kind is p.VAR_POSITIONAL
        plain = p.default is None or isinstance(p.default, (bool, int, float, str))
        default = "" if p.default is p.empty else f" = {p.default!r}" if plain else " = ..."
        parts.append(f"{prefix}{p.name}: {qualified(text_of(p.annotation))}{default}")
    result = qualified(text_of(signature.return_annotation))
    return f"    def {name}({', '.join(parts)}) -> {result}: ..."


def tensor_class() -> list[str]:
    lines = ["class Tensor:"]
    for name, (kind, settable) in sorted(ATTRIBUTES.items()):
        lines += ["    @property", f"    def {name}(self) -> {qualified(kind)}: ..."]
        if settable:
            lines += [f"    @{name}.setter", f"    def {name}(self, value: {qualified(kind)}) -> None: ..."]
    for name, (parameters, result) in sorted(METHODS.items()):
        if name == "_make_subclass":
            lines.append("    @staticmethod")
        own = "" if name in ("__new__", "_make_subclass") else "self, " if parameters else "self"
        lines.append(f"    def {name}({own}{qualified(parameters)}) -> {qualified(result)}: ...")
    attached = {**_methods.METHODS, **{f"{name}_": getattr(_C.Tensor, f"{name}_") for name in in_place_names()}}
    lines += [method_of(name, function) for name, function in sorted(attached.items())]
    return lines


def in_place_names() -> list[str]:
    return " ".join(_methods.IN_PLACE.values()).split()


def functions() -> list[str]:
    return sorted(
        name
        for name in dir(_C)
        if type(getattr(_C, name)).__name__ in ("builtin_function_or_method", "pybind11_function")
    )


def stub() -> str:
    values = {name: type(getattr(_C, name)).__name__ for name in dir(_C) if not name.startswith("__")}
    lines = [HEADER, *tensor_class(), ""]
    lines += [f"{n}: {values[n]}" for n in values if values[n] in ("dtype", "memory_format", "Generator")]
    lines.append("")
    for name in functions():
        result = RESULTS.get(name, "Any" if name.startswith("_") else "Tensor")
        lines.append(f"def {name}(*args: Any) -> {qualified(result)}: ...")
    lines += [f"{n}: Any" for n in values if values[n] == "pybind11_type" and f"class {n}" not in HEADER]
    return "\n".join(lines) + "\n"


def differences() -> list[str]:
    """Where the tables above and the extension name different things."""
    attached = {*_methods.METHODS, *(f"{name}_" for name in in_place_names())}
    real = {name for name in vars(_C.Tensor) if name not in attached and name not in HIDDEN}
    known = {*ATTRIBUTES, *METHODS}
    found = [f"Tensor.{name} is in the extension but not in tools/stubs.py" for name in sorted(real - known)]
    found += [f"Tensor.{name} is in tools/stubs.py but not in the extension" for name in sorted(known - real)]
    found += [
        f"{name} is in tools/stubs.py but not in the extension" for name in sorted(set(RESULTS) - set(functions()))
    ]
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("--check", action="store_true", help="compare with the file instead of writing it")
    args = parser.parse_args()
    problems = differences()
    for problem in problems:
        print(problem, file=sys.stderr)
    text = stub()
    if args.check:
        old = STUB.read_text() if STUB.exists() else ""
        if text != old:
            diff = difflib.unified_diff(old.splitlines(), text.splitlines(), str(STUB), "as it should be", lineterm="")
            print("\n".join(diff), file=sys.stderr)
            print("Run tools/stubs.py.", file=sys.stderr)
            problems.append("differs")
    else:
        STUB.write_text(text)
        print(f"wrote {STUB} for dlx {dlx.__version__}")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
