"""Every benchmark runs. What it measures is nobody's test."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

BENCH = Path(__file__).parents[3] / "bench"
FAMILIES = sorted(path.stem for path in BENCH.glob("*.py") if "\nCASES = " in path.read_text())


def run(*arguments):
    program, *options = arguments
    env = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    return subprocess.run([sys.executable, BENCH / program, *options], env=env, capture_output=True, text=True)


@pytest.mark.parametrize("family", FAMILIES)
def test_each_case_of_a_family_runs(family):
    done = run(f"{family}.py", "--check")
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith(" cases ran\n")


def test_run_knows_the_families():
    assert run("run.py", "--check", "import").stdout == "import ran\n"
    wrong = run("run.py", "--check", "imports")
    assert wrong.returncode == 2
    assert "no such family: imports" in wrong.stderr
