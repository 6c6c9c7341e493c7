"""Calls of a face go past its body where that would only pass the arguments on (src/bindings/face.cpp)."""

from __future__ import annotations

from contextlib import suppress
from types import CodeType, FunctionType
from typing import Any

from dlx import _C

__all__ = ["direct"]


def _passing_on(counts: range) -> frozenset[bytes]:
    """The code of functions that do nothing but call the extension with as many of their parameters, the first ones."""
    lines = ["from dlx import _C"]  # to CPython's compiler an imported name is another one
    for n in counts:
        parameters = ", ".join(f"x{i}" for i in range(n))
        lines.append(f"def f{n}({parameters}): return _C.f({parameters})")
    functions: dict[str, Any] = {}
    exec("\n".join(lines), functions)
    return frozenset(functions[f"f{n}"].__code__.co_code for n in counts)


_PASSING_ON = _passing_on(range(1, 15))


def _is_plain(code: CodeType) -> bool:
    return len(code.co_names) == 2 and code.co_names[0] == "_C" and code.co_code in _PASSING_ON


def direct(module: dict[str, Any], **also: Any) -> None:
    """Put faces in the place of a module's plain functions; the last line of each family.

    Args:
        module: its ``globals()``.
        also: functions that are plain but for parameters that the extension does not take (NumPy's names of others),
            or whose ``*args`` are one sequence, and what they call: ``sum=_C.sum``; with the name of a parameter whose
            default only the body understands: ``softmax=(_C.softmax, "dim")``.
    """
    faces = {}
    for name, f in module.items():
        if not isinstance(f, FunctionType) or f.__module__ != module["__name__"]:
            continue
        if name in also:
            of = also[name]
            faces[f] = _C.Face(f, *of) if isinstance(of, tuple) else _C.Face(f, of)
        elif _is_plain(f.__code__):
            with suppress(TypeError):  # of what pybind11 dispatches no Face is made
                faces[f] = _C.Face(f, getattr(_C, f.__code__.co_names[1]))
    for name, f in list(module.items()):
        if isinstance(f, FunctionType) and f in faces:
            module[name] = faces[f]
