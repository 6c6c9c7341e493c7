"""The type stubs of the extension are current, and the check that says so can fail."""

import ast

import pytest
import stubs

from dlx import _C


def test_stubs_are_current(capfd):
    assert stubs.main(["--check"]) == 0, capfd.readouterr().out


@pytest.mark.parametrize(
    ("described", "instead", "fault"),
    [
        ("    def numel(self) -> int: ...", "    ...", "Size.numel is not in types.pyi"),
        ("class memory_format: ...", "", "class memory_format is not in types.pyi"),
        ("class memory_format: ...", "class memory_format:\n    name: str", "memory_format.name is in types.pyi only"),
        ("class memory_format: ...", "class memory_format: ...\nclass gone: ...", "gone is in types.pyi only"),
    ],
)
def test_a_difference_of_types_is_found(described, instead, fault):
    types = stubs.TYPES.read_text()
    assert described in types
    assert fault in list(stubs.faults(_C, ast.parse(types.replace(described, instead, 1))))


def test_signatures_read_as_python():
    tree = ast.parse(stubs.stubs(_C, stubs.TYPES.read_text()))
    functions = {node.name: ast.unparse(node) for node in tree.body if isinstance(node, ast.FunctionDef)}
    assert functions["linear"] == "def linear(arg0: Tensor, arg1: Tensor, arg2: Tensor | None, /) -> Tensor:\n    ..."
