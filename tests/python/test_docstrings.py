"""Every example in a docstring runs and shows what it says; every public function has a docstring."""

from __future__ import annotations

import doctest
import importlib
import pkgutil

import numpy as np
import pytest

import dlx

MODULES = sorted(
    module.name
    for module in pkgutil.walk_packages(dlx.__path__, "dlx.")
    if module.name.rpartition(".")[2] not in ("_C", "libdlx")  # shared objects
)
FAMILIES = [name for name in MODULES if name.startswith("dlx.ops.") and not name.rpartition(".")[2].startswith("_")]


@pytest.mark.parametrize("name", MODULES)
def test_examples_run(name, tmp_path):
    module = importlib.import_module(name)
    given = {
        "dlx": dlx, "nn": dlx.nn, "F": dlx.nn.functional, "transforms": dlx.data.transforms, "np": np,
        "path": tmp_path / "file",
    }  # fmt: skip
    finder = doctest.DocTestFinder(exclude_empty=True)
    runner = doctest.DocTestRunner(optionflags=doctest.NORMALIZE_WHITESPACE | doctest.ELLIPSIS)
    for test in finder.find(module, name, extraglobs=given):
        runner.run(test)
    assert runner.failures == 0


@pytest.mark.parametrize("name", FAMILIES)
def test_public_functions_are_documented(name):
    module = importlib.import_module(name)
    for public in module.__all__:
        text = getattr(module, public).__doc__
        assert text, f"{public} has no docstring"
        assert text.splitlines()[0].endswith("."), f"{public}: the first line is one sentence"
    own = [
        f for f in vars(module).values() if getattr(f, "__module__", None) == name and not f.__name__.startswith("_")
    ]
    for function in own:
        assert function.__doc__, f"{function.__name__} has no docstring"
