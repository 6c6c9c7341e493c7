"""What the installed package consists of."""

import importlib.metadata
import shutil
import subprocess
import zlib
from pathlib import Path

import pytest

import dlx

PACKAGE = Path(dlx.__file__).parent
LIBRARIES = [PACKAGE / "libdlx.so", Path(dlx._C.__file__)]


@pytest.fixture(scope="module")
def installed():
    try:
        found = importlib.metadata.distribution("dlx")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("dlx is not installed: a build folder is on the path")
    if Path(found.locate_file("dlx")).resolve() != PACKAGE.resolve():
        pytest.skip("another dlx is installed")
    return found


def test_version_is_that_of_the_metadata(installed):
    assert dlx.__version__ == installed.version


def test_wheel_stays_under_10_megabytes(installed):
    files = [Path(installed.locate_file(f)) for f in installed.files if f.suffix != ".pyc"]
    assert sum(len(zlib.compress(f.read_bytes(), 6)) for f in files if f.is_file()) < 10e6


def test_types_are_shipped_and_tests_are_not(installed):
    names = {str(f) for f in installed.files}
    assert {"dlx/py.typed", "dlx/_C.pyi"} <= names
    assert not [name for name in names if "test" in name or name.endswith((".a", ".h", ".md", ".cpp"))]


@pytest.mark.skipif(shutil.which("readelf") is None, reason="needs binutils")
@pytest.mark.parametrize("library", LIBRARIES, ids=lambda path: path.name.split(".")[0])
def test_libraries_find_each_other_and_need_little(library, installed):
    dynamic = subprocess.run(["readelf", "--dynamic", library], capture_output=True, text=True, check=True).stdout
    needed = {line.split("[")[1].split(".so")[0] for line in dynamic.splitlines() if "(NEEDED)" in line}
    loader = {name for name in needed if name.startswith("ld-linux")}
    assert needed - loader <= {"libdlx", "libstdc++", "libm", "libgcc_s", "libc", "libgomp", "libpthread"}
    assert "[$ORIGIN]" in dynamic
