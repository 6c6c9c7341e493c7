#!/usr/bin/env python3
"""The commands of the README, on a machine with no more than Python, pip and a C++20 compiler.

python3 run.py digits [options]   installs dlx and runs `dlx train digits` with the options (--epochs, --help...)
python3 run.py test [options]     installs the test extras, builds and runs both test suites; the options go to pytest
python3 run.py check              installs the developers' tools and reads the source: ruff, mypy, layering, stubs

They work in the virtual environment that is active, else in .venv of this folder, which they make. The build stays in
build/install, so that only what changed is compiled again.
"""

from __future__ import annotations

import ast
import os
import re
import shlex
import shutil
import subprocess
import sys
import sysconfig
import xml.etree.ElementTree as ET
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent
BUILD = ROOT / "build" / "install"


class Failed(Exception):
    """A step that cannot go on: what happened, and what would mend it."""


def call(command: Sequence[str | Path], **environment: str) -> int:
    """Show a command, run it in the root of the checkout and return its exit code."""
    text = [str(part) for part in command]
    print("$", shlex.join(text), flush=True)
    return subprocess.run(text, cwd=ROOT, env={**os.environ, **environment}, check=False).returncode


def must(command: Sequence[str | Path], why: str) -> None:
    if (code := call(command)) != 0:
        raise Failed(f"{why} (exit code {code} of {Path(command[0]).name}).")


# --- the virtual environment -----------------------------------------------------------------------------------------


def has_module(python: Path, module: str) -> bool:
    return subprocess.run([python, "-c", f"import {module}"], capture_output=True, check=False).returncode == 0


def environment_python() -> Path:
    """Return the Python to install into: the active environment's, else that of .venv, which is made if need be.

    A system's Python is never touched, so one that is marked as externally managed is no obstacle.
    """
    if sys.prefix != sys.base_prefix:
        python = Path(sys.executable)
    else:
        python = ROOT / ".venv" / "bin" / "python"
        if not python.exists():
            # Debian and Ubuntu keep ensurepip, whence venv takes pip, in another package: without it pip comes below.
            without_pip = [] if has_module(Path(sys.executable), "ensurepip") else ["--without-pip"]
            command: list[str | Path] = [sys.executable, "-m", "venv", *without_pip, ROOT / ".venv"]
            must(command, "The virtual environment could not be made")
    if not has_module(python, "pip"):
        # The Python that the environment was made from has one that can put another there.
        base = Path(getattr(sys, "_base_executable", sys.executable))
        if not has_module(base, "pip"):
            raise Failed("There is no pip. Debian, Ubuntu: apt install python3-pip python3-venv.")
        ask: list[str | Path] = [python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"]
        packages = subprocess.check_output(ask, text=True).strip()
        command = [base, "-m", "pip", "install", "--quiet", "--target", packages, "pip"]
        must(command, "pip could not be put into the virtual environment")
    # Tools of the environment (cmake, ninja, dlx) come first, for this process and all it starts.
    os.environ["PATH"] = f"{python.parent}{os.pathsep}{os.environ.get('PATH', '')}"
    os.environ["VIRTUAL_ENV"] = str(python.parent.parent)
    os.environ.pop("PYTHONPATH", None)
    os.environ.pop("PYTHONHOME", None)
    return python


# --- what the machine must have --------------------------------------------------------------------------------------


def compiler() -> str:
    name = os.environ.get("CXX") or next((c for c in ("c++", "g++", "clang++") if shutil.which(c)), None)
    if name is None:
        raise Failed("There is no C++ compiler: GCC 12 or Clang 16, or newer. Debian, Ubuntu: apt install g++.")
    return name


def has_header(header: str) -> bool:
    source = f"#include <{header}>\n"
    command = [*shlex.split(compiler()), "-I", sysconfig.get_path("include"), "-std=c++20", "-E", "-x", "c++", "-"]
    return subprocess.run(command, input=source, text=True, capture_output=True, check=False).returncode == 0


def need_package(package: str, header: str, what: str) -> None:
    """Install a Debian package where that may be done, if `header` is not there yet; else name it."""
    if has_header(header):
        return
    apt = shutil.which("apt-get")
    as_root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if apt and (not as_root or shutil.which("sudo")):
        get = [*as_root, "env", "DEBIAN_FRONTEND=noninteractive", apt]
        install_it = [*get, "install", "--yes", "--no-install-recommends", package]
        if call(install_it) == 0 or (call([*get, "update"]) == 0 and call(install_it) == 0):
            return
    raise Failed(
        f"{what} is missing (<{header}>) and may not be installed from here. Debian, Ubuntu: apt install {package}."
    )


# --- building --------------------------------------------------------------------------------------------------------


def requirements(key: str) -> list[str]:
    """Return a list of pyproject.toml by its key: `requires` of the build, or an extra's.

    Python 3.10 has no TOML reader, but a list of strings with comments reads as Python too.
    """
    found = re.search(rf"^{key} = (\[.*?\])$", (ROOT / "pyproject.toml").read_text(), re.MULTILINE | re.DOTALL)
    assert found, f"pyproject.toml has no list {key}"
    return list(ast.literal_eval(found[1]))


def install(python: Path, extra: str, tests: bool) -> None:
    """Build the wheel of this checkout in build/install and install it with an extra's requirements.

    The build requirements are installed beside it: in pip's isolated environments their paths differ each time, and all
    that includes pybind11 would be compiled again.
    """
    pip: list[str | Path] = [python, "-m", "pip", "install", "--disable-pip-version-check"]
    must([*pip, "--quiet", *requirements("requires")], "The build requirements could not be installed")
    os.environ.setdefault("CMAKE_BUILD_PARALLEL_LEVEL", str(len(os.sched_getaffinity(0))))
    print("Building dlx: some minutes the first time, seconds after that.", flush=True)
    settings = [f"build-dir={BUILD.relative_to(ROOT)}", f"cmake.define.DLX_TESTS={'ON' if tests else 'OFF'}"]
    command: list[str | Path] = [
        *pip,
        "--no-build-isolation",
        *(f"--config-settings={setting}" for setting in settings),
        f".[{extra}]",
    ]
    must(command, "dlx could not be built and installed")


# --- the commands ----------------------------------------------------------------------------------------------------


def digits(options: list[str]) -> int:
    need_package("python3-dev", "Python.h", "Python's C header")
    python = environment_python()
    install(python, "train", tests=False)
    return call([python.parent / "dlx", "train", "digits", *options])


class Count(NamedTuple):
    passed: int = 0
    failed: int = 0
    skipped: int = 0

    def __str__(self) -> str:
        return f"{self.passed} passed, {self.failed} failed" + (f", {self.skipped} skipped" if self.skipped else "")


def read_count(report: Path) -> Count:
    """Read a JUnit report of ctest or pytest; one that was not written counts as a failure."""
    try:
        tree = ET.parse(report).getroot()
    except (OSError, ET.ParseError):
        return Count(failed=1)
    passed = failed = skipped = 0
    for case in tree.iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"} or case.get("status") == "fail":
            failed += 1
        elif "skipped" in kinds or case.get("status") in ("notrun", "disabled"):
            skipped += 1
        else:
            passed += 1
    return Count(passed, failed, skipped)


def run_suite(command: list[str | Path], report: Path) -> Count:
    report.unlink(missing_ok=True)
    code = call(command, DLX_BUILD_DIR=str(BUILD))
    count = read_count(report)
    # A runner may fail for a reason that no test shows (a crash, nothing collected).
    return count if code == 0 or count.failed else count._replace(failed=1)


def test(options: list[str]) -> int:
    need_package("python3-dev", "Python.h", "Python's C header")
    need_package("libgtest-dev", "gtest/gtest.h", "GoogleTest")
    python = environment_python()
    install(python, "test", tests=True)

    cpp_report, python_report = BUILD / "ctest.xml", BUILD / "pytest.xml"
    jobs = os.environ["CMAKE_BUILD_PARALLEL_LEVEL"]
    ctest: list[str | Path] = [
        "ctest",
        "--test-dir",
        BUILD,
        "--output-on-failure",
        "--no-tests=error",
        "--parallel",
        jobs,
    ]
    cpp = run_suite([*ctest, "--output-junit", cpp_report], cpp_report)
    py = run_suite([python, "-m", "pytest", f"--junitxml={python_report}", *options], python_report)
    total = Count(*map(sum, zip(cpp, py)))
    print(f"\nC++     {cpp}\nPython  {py}\n\n{total}", flush=True)
    return 1 if total.failed else 0


def check(options: list[str]) -> int:
    if options:
        raise Failed("check takes no options.")
    python = environment_python()
    tools = [name for name in requirements("dev") if not name.startswith("dlx[")]
    must([python, "-m", "pip", "install", "--quiet", "numpy", *tools], "The developers' tools could not be installed")
    commands: list[list[str | Path]] = [
        [python, "-m", "ruff", "check"],
        [python, "-m", "ruff", "format", "--check"],
        [python, "-m", "mypy"],
        [python, "tools/check_layering.py"],
    ]
    if has_module(python, "dlx._C"):  # the stubs are compared with the extension that command `test` installs
        commands.append([python, "tools/stubs.py", "--check"])
    failed = sum(call(command) != 0 for command in commands)
    print(f"\n{Count(len(commands) - failed, failed)}", flush=True)
    return 1 if failed else 0


COMMANDS: dict[str, Callable[[list[str]], int]] = {"digits": digits, "test": test, "check": check}


def main(arguments: list[str]) -> int:
    if sys.version_info < (3, 10):
        raise Failed(f"dlx needs Python 3.10 or newer. Got {sys.version.split()[0]} ({sys.executable}).")
    if not arguments or arguments[0] in ("-h", "--help"):
        print(__doc__)
        return 0 if arguments else 2
    if arguments[0] not in COMMANDS:
        raise Failed(f"There is no command {arguments[0]!r}. Commands: {', '.join(COMMANDS)}.")
    return COMMANDS[arguments[0]](arguments[1:])


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except Failed as error:
        sys.exit(f"run.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
