#!/usr/bin/env python3
"""Hold the rooms of src/ to the table of who may include whom (docs/architecture.md).

Usage: check_layering.py [SRC]
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent

# What a room may include beside itself.
ROOMS: dict[str, set[str]] = {
    "bindings": {"ops", "autograd", "observe", "core"},
    "ops": {"autograd", "kernels", "core"},
    "observe": {"kernels", "core"},
    "autograd": {"core"},
    "cpu": {"kernels", "core"},
    "cuda": {"kernels", "core"},
    "kernels": {"core"},
    "core": set(),
}

# Whose headers other than the C++ standard library's are, by prefix of the file that may include them.
OUTSIDERS: list[tuple[str, str]] = [
    (r"omp\.h", "core/parallel.cpp"),
    (r"Python\.h|pybind11/.*|numpy/.*|datetime\.h|structmember\.h", "bindings/"),
    (r"\w*intrin\.h|arm_neon\.h|arm_bf16\.h|arm_sve\.h|cpuid\.h", "cpu/"),
    (r"(cuda|cublas|cudnn|nccl|curand|nv|cub/|thrust/|cooperative_groups|mma).*", "cuda/"),
    (r"pthread\.h|sched\.h|unistd\.h|fcntl\.h|dlfcn\.h|sys/\w+\.h|execinfo\.h", "core/"),
    (r"dlfcn\.h", "cuda/"),
]

INCLUDE = re.compile(r'^\s*#\s*include\s*(?:"([^"]+)"|<([^>]+)>)', re.MULTILINE)


def fault_of_include(file: str, quoted: str, angled: str, src: Path) -> str | None:
    """Return what is wrong with an include in `file` (a path below src), or None."""
    room = file.split("/")[0]
    if quoted:
        target = quoted.split("/")[0]
        if not (src / quoted).is_file():
            return f'"{quoted}" is no file of src/: include by the path from there, others in angle brackets'
        if target != room and target not in ROOMS[room]:
            allowed = ", ".join(sorted(ROOMS[room])) or "only the standard library"
            return f'"{quoted}": {room} may not include {target} (it may: {allowed})'
        return None
    if "." not in angled and "/" not in angled:
        return None  # the C++ standard library
    owners = [owner for pattern, owner in OUTSIDERS if re.fullmatch(pattern, angled)]
    if not owners:
        return f"<{angled}> is not known here: tools/check_layering.py says whose it is"
    if not any(file.startswith(owner) for owner in owners):
        return f"<{angled}> belongs to {' and '.join(owners)}"
    return None


def faults(src: Path) -> Iterator[str]:
    """Yield a line for each include of a file below `src` that breaks the table."""
    for path in sorted(p for p in src.rglob("*") if p.suffix in {".h", ".cpp", ".cu", ".cuh", ".inc"}):
        file = path.relative_to(src).as_posix()
        if file.split("/")[0] not in ROOMS:
            yield f"src/{file}: {file.split('/')[0]} is not a room"
            continue
        text = path.read_text(encoding="utf-8")
        for match in INCLUDE.finditer(text):
            if fault := fault_of_include(file, match[1] or "", match[2] or "", src):
                yield f"src/{file}:{text.count(chr(10), 0, match.start(1 if match[1] else 2)) + 1}: {fault}"


def main(arguments: Sequence[str]) -> int:
    src = Path(arguments[0]) if arguments else ROOT / "src"
    found = list(faults(src))
    print(*found, sep="\n", end="\n" if found else "")
    print(f"layering of {src}: {len(found)} faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
