"""The rooms of src/ include only whom they may, and the check that says so can fail."""

from pathlib import Path

import check_layering
import pytest

SRC = Path(__file__).parents[3] / "src"


def test_rooms_include_whom_they_may():
    assert list(check_layering.faults(SRC)) == []


def test_every_room_of_the_table_is_looked_at():
    assert {path.name for path in SRC.iterdir() if path.is_dir()} <= set(check_layering.ROOMS)


@pytest.mark.parametrize(
    ("file", "line", "fault"),
    [
        ("cpu/softmax.cpp", '#include "ops/softmax.h"', "cpu may not include ops (it may: core, kernels)"),
        ("core/tensor.h", '#include "kernels/kernel.h"', "core may not include kernels"),
        ("autograd/node.h", '  #  include "kernels/kernel.h"', "autograd may not include kernels"),
        ("bindings/tensor.cpp", '#include "kernels/kernel.h"', "bindings may not include kernels"),
        ("ops/softmax.cpp", "#include <pybind11/pybind11.h>", "<pybind11/pybind11.h> belongs to bindings/"),
        ("core/loop.cpp", "#include <omp.h>", "<omp.h> belongs to core/parallel.cpp"),
        ("ops/softmax.cpp", '#include "tensor.h"', '"tensor.h" is no file of src/'),
        ("core/tensor.h", "#include <boost/any.hpp>", "<boost/any.hpp> is not known here"),
        ("helpers/any.h", "#pragma once", "helpers is not a room"),
    ],
)
def test_a_forbidden_include_is_found(tmp_path, file, line, fault):
    for name in ("ops/softmax.h", "kernels/kernel.h", "core/api.h", file):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / file).write_text(f"#include <vector>\n{line}\n")
    found = list(check_layering.faults(tmp_path))
    assert len(found) == 1
    assert fault in found[0]
    assert found[0].startswith(f"src/{file}")
