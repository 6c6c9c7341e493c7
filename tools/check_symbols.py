#!/usr/bin/env python3
"""Read what the objects of an ISA level define, and complain of what would run, or be linked, on a machine without it.

Two traps (docs/architecture.md). The linker keeps one copy of an inline function or template that several files
instantiate: one compiled for AVX-512 would then serve every machine. And an initialiser of a level's file runs when the
library is loaded, before the level is chosen. So an object of level v4 may define local symbols and symbols in the
namespace dlx::cpu::v4, and nothing that runs at load time.

Usage: check_symbols.py --level v4 [--sanitized] [--nm NM] [--readelf READELF] OBJECT...
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from collections.abc import Iterator, Sequence

# Each file that uses exceptions has a copy; they hold a pointer, or call std::terminate: the same bytes on every level.
HARMLESS = {"DW.ref.__gxx_personality_v0", "__clang_call_terminate"}
# Inline variables of dlx's headers, the names of kernels above all: constant-initialised, so alike in every object.
INLINE_VARIABLE = re.compile(r"_ZN3dlx\w+ [uV] ")
# Symbols by the letter that nm gives them: global or weak definitions, and unique ones (static data of templates).
EXPORTED = set("TDBRSGVWuiC")
INITIALISER = re.compile(r"_GLOBAL__(sub_)?[ID]|__cxx_global_var_init|__static_initialization_and_destruction")
LOAD_SECTIONS = re.compile(r"\.(init_array|preinit_array|fini_array|ctors|dtors)\S*")
# The sanitizers register each object's variables when it is loaded, at the priorities that are theirs.
SANITIZER_SECTIONS = re.compile(r"\.(init_array|fini_array|ctors|dtors)\.(00099|65436|65535|1)$")


def in_level(symbol: str, level: str) -> bool:
    """Whether a mangled name lies in dlx::cpu::<level>: functions, tables, guards and what functions hold."""
    return re.match(rf"_Z(T[VTSI]|GV|Z)*NK?3dlx3cpu{len(level)}{level}", symbol) is not None


def faults_of_symbols(nm_output: str, level: str) -> Iterator[str]:
    """Read the output of `nm --defined-only --format=posix`."""
    for line in nm_output.splitlines():
        fields = line.split()
        if len(fields) < 2 or line.endswith(":"):
            continue
        name, letter = fields[0], fields[1]
        if INITIALISER.search(name):
            yield f"{name} runs when the library is loaded"
        elif INLINE_VARIABLE.match(line):
            continue
        elif letter in EXPORTED and name not in HARMLESS and not in_level(name, level):
            yield f"{name} ({letter}) is not local and not in dlx::cpu::{level}"


def faults_of_sections(readelf_output: str, sanitized: bool) -> Iterator[str]:
    """Read the output of `readelf --sections --wide`."""
    for name in re.findall(r"\]\s+(\.\S+)", readelf_output):
        if LOAD_SECTIONS.fullmatch(name) and not (sanitized and SANITIZER_SECTIONS.match(name)):
            yield f"the section {name} lists functions that run when the library is loaded"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--level", required=True, help="the level's name: v2, v3, v4, v4bf16 or base")
    parser.add_argument("--sanitized", action="store_true", help="allow what sanitizers register")
    parser.add_argument("--nm", default="nm")
    parser.add_argument("--readelf", default="readelf")
    parser.add_argument("objects", nargs="+", metavar="OBJECT")
    options = parser.parse_args(arguments)

    def output_of(*command: str) -> str:
        return subprocess.run(command, check=True, capture_output=True, text=True).stdout

    count = 0
    for path in options.objects:
        symbols = output_of(options.nm, "--defined-only", "--format=posix", path)
        sections = output_of(options.readelf, "--sections", "--wide", path)
        for fault in (*faults_of_symbols(symbols, options.level), *faults_of_sections(sections, options.sanitized)):
            print(f"{path}: {fault}")
            count += 1
    print(f"{len(options.objects)} objects of level {options.level}: {count} faults")
    return 1 if count else 0


if __name__ == "__main__":
    sys.exit(main())
