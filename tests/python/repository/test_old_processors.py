"""The package loads, and computes, on processors without the newest instructions (under an emulator)."""

import platform
import shutil
import subprocess
import sys

import pytest

import dlx

PROGRAM = """
import dlx
x = dlx.arange(1000, dtype=dlx.float32).reshape(10, 100)
print(float((x @ x.T).sum()))
"""

QEMU = shutil.which("qemu-x86_64") or shutil.which("qemu-x86_64-static")
pytestmark = [
    pytest.mark.skipif(platform.machine() != "x86_64", reason="old x86-64 processors"),
    pytest.mark.skipif(QEMU is None, reason="needs qemu-x86_64 (Debian: qemu-user)"),
    pytest.mark.skipif(not {"v2", "v3"} <= set(dlx._C._cpu_levels()), reason="needs a build of all levels"),
]


def run(*command):
    result = subprocess.run([*command, sys.executable, "-c", PROGRAM], capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return float(result.stdout)


# Nehalem has no FMA, so its products may round otherwise (promise 3 names the exception); Haswell gives the same bits.
@pytest.mark.parametrize(("cpu", "tolerance"), [("Nehalem", 1e-6), ("Haswell", 0.0)])
def test_package_works_on(cpu, tolerance):
    assert run(QEMU, "-cpu", cpu) == pytest.approx(run(), rel=tolerance, abs=0)
