"""tools/check_symbols.py, which CTest runs on the objects of every build, finds what it is there to find."""

import shutil
import subprocess

import check_symbols
import pytest

HEADER = """
#include <vector>
namespace dlx::kernels { inline constinit int softmax = 1; }
"""


def faults(tmp_path, source, *options):
    compiler = next((found for name in ("c++", "g++", "clang++") if (found := shutil.which(name))), None)
    if compiler is None or shutil.which("nm") is None or shutil.which("readelf") is None:
        pytest.skip("needs a C++ compiler and binutils")
    (tmp_path / "kernel.cpp").write_text(HEADER + source)
    object_file = tmp_path / "kernel.o"
    command = [compiler, "-std=c++20", "-O2", "-fPIC", "-fvisibility=hidden", "-c", "-o", object_file]
    subprocess.run([*command, tmp_path / "kernel.cpp"], check=True)
    return check_symbols.main(["--level", "v4", *options, str(object_file)])


@pytest.mark.parametrize(
    "source",
    [
        "namespace dlx::cpu::v4 { namespace { [[gnu::used]] int f(int x) { return x + dlx::kernels::softmax; } } }",
        "namespace dlx::cpu::v4 { inline int f(int x) { return x; } int (*volatile p)(int); void g() { p = f; } }",
    ],
)
def test_what_stays_in_its_level_passes(tmp_path, source):
    assert faults(tmp_path, source) == 0


@pytest.mark.parametrize(
    ("source", "fault"),
    [
        (
            "namespace dlx { [[gnu::noinline]] inline int f(int x) { return x; } int g() { return f(1); } }",
            "_ZN3dlx1fEi",
        ),
        ("namespace dlx::cpu::v3 { int f() { return 1; } }", "is not local and not in dlx::cpu::v4"),
        (
            "namespace dlx::cpu::v4 { void f(std::vector<int>& x) { x.resize(7); x.push_back(1); x.push_back(2); } }",
            "_ZNSt6vectorIiSaIiEE",
        ),
        ("int start(); namespace dlx::cpu::v4 { int x = start(); }", "when the library is loaded"),
        (
            "namespace { int volatile x; [[gnu::constructor]] void f() { x = 1; } }",
            "the section .init_array lists functions",
        ),
    ],
)
def test_what_leaves_its_level_is_found(tmp_path, capfd, source, fault):
    assert faults(tmp_path, source) == 1
    assert fault in capfd.readouterr().out
