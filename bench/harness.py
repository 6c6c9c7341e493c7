"""The benchmark harness: dlx and PyTorch side by side, in interleaved subprocesses of one run, on the same data.

A family (bench/<family>.py) lists Cases and calls main(CASES). One worker process for each library waits for orders; a
round of one library follows a round of the other, so that the machine's moods meet both. The table shows medians, how
far the rounds spread, the ratio (above 1: dlx is faster) and the share of the machine's limit, which limits.cpp
measures in the same run.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import platform
import signal
import statistics
import subprocess
import sys
import timeit
from collections.abc import Callable, Mapping
from ctypes.util import find_library
from dataclasses import dataclass, field
from importlib import import_module
from pathlib import Path
from typing import Any

LIBRARIES = {"dlx": "dlx", "torch": "PyTorch", "numpy": "NumPy"}
SAMPLE_SECONDS, QUICK_SECONDS = 0.05, 0.01  # of one round, at least
ROUNDS, QUICK_ROUNDS = 11, 5
NAMES = {8: "float64 int64", 4: "float32 int32", 2: "bfloat16 float16", 1: "int8 uint8 bool"}
ITEM_SIZES = {name: size for size, names in NAMES.items() for name in names.split()}


@dataclass(frozen=True)
class Case:
    """What is timed. State what bounds it: bytes, flops, values of functions, or several of them."""

    name: str
    setup: Callable[[Any], Any]  # (lib) -> arguments of run; for a statement, a dict of its names
    run: Callable[..., Any] | str  # (lib, *arguments); or a Python statement, timed without a call around it
    bytes: float = 0  # read and written, at least
    flops: float = 0
    dtype: str = "float32"  # of the flops
    functions: Mapping[str, float] = field(default_factory=dict)  # how many values of exp, log, tanh... (limits.cpp)
    numpy: bool = False  # setup and run hold for NumPy as well
    process: bool = False  # setup(name of the library) is a program, run as a process of its own
    target_ns: float = 0  # what a promise of the design says, if any


def itemsize(dtype: str) -> int:
    return ITEM_SIZES[dtype]


def values(lib: Any, *shape: int, dtype: str = "float32", grad: bool = False) -> Any:
    """The same normal numbers for every library, in memory of its own."""
    import numpy as np

    array = np.random.default_rng(sum(shape) + len(shape)).standard_normal(shape, dtype=np.float32)
    if lib is np:
        return array.astype(dtype)
    x = lib.from_numpy(array).clone().to(getattr(lib, dtype))
    return x.requires_grad_() if grad else x


def options_of(description: str | None) -> argparse.ArgumentParser:
    """The options that one family and run.py share."""
    parser = argparse.ArgumentParser(description=description)
    processors = len(os.sched_getaffinity(0))
    parser.add_argument("--threads", type=int, default=processors, help="of all libraries (default: all processors)")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument(
        "--preload", metavar="NAME", help="PyTorch runs with this allocator: jemalloc, tcmalloc_minimal"
    )
    parser.add_argument("--check", action="store_true", help="run each case once, in dlx alone, and time nothing")
    return parser


def main(cases: list[Case]) -> None:
    parser = options_of(sys.modules["__main__"].__doc__)
    parser.add_argument("--only", metavar="TEXT", default="", help="cases whose name contains TEXT")
    parser.add_argument("--limits", metavar="FILE", help=argparse.SUPPRESS)  # measured before, by run.py
    parser.add_argument("--worker", choices=LIBRARIES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = [case for case in cases if options.only in case.name]
    if options.worker:
        work(options.worker, cases, options.threads)
        return
    results = measure(cases, options)
    if options.check:
        print(f"{len(results)} cases ran")
        return
    print(table(results))
    if any("ratio" in r for r in results):
        print("\n" + summary({Path(sys.argv[0]).stem: results}))
    if options.json:
        described = {"machine": machine(), "threads": options.threads, "results": results}
        Path(options.json).write_text(json.dumps(described, indent=1))


# --- a worker --------------------------------------------------------------------------------------------------------
def work(name: str, cases: list[Case], threads: int) -> None:
    """Answer orders {"case": i, "seconds": s} with seconds a call; s = 0 asks for one call."""
    lib = import_module(name)
    if name == "dlx":
        import_module("dlx.nn")
        import_module("dlx.optim")
    if name != "numpy":  # its library takes the number from the environment
        lib.set_num_threads(threads)
    timers: dict[int, timeit.Timer] = {}
    calls: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        i, seconds = order["case"], order["seconds"]
        if i not in timers:
            timers.clear()  # the memory of one case at a time
            calls.clear()
            timers[i] = timer(cases[i], lib)
            calls[i] = enough_calls(timers[i], seconds) if seconds else 1
        print(json.dumps(timers[i].timeit(calls[i]) / calls[i]), flush=True)


def enough_calls(prepared: timeit.Timer, seconds: float) -> int:
    prepared.timeit(2)
    n = 1
    while (spent := prepared.timeit(n)) < seconds:
        n = max(n + 1, min(16 * n, math.ceil(1.2 * n * seconds / max(spent, 1e-7))))
    return n


def timer(case: Case, lib: Any) -> timeit.Timer:
    prepared = case.setup(lib)
    if isinstance(case.run, str):
        return timeit.Timer(case.run, globals={"lib": lib, **prepared})
    run = case.run
    return timeit.Timer("run(lib, *prepared)", globals={"run": run, "lib": lib, "prepared": prepared})


# --- the parent ------------------------------------------------------------------------------------------------------
class Worker:
    def __init__(self, name: str, options: argparse.Namespace) -> None:
        threads = str(options.threads)
        command = [sys.executable, sys.argv[0], "--worker", name, "--threads", threads, "--only", options.only]
        counts = ("OMP_NUM_THREADS", "DLX_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
        env = {**os.environ, **dict.fromkeys(counts, threads)}
        if options.preload and name == "torch":
            env["LD_PRELOAD"] = preloaded(options.preload)
        self.name = name
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def time(self, case: int, seconds: float) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.write(json.dumps({"case": case, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        # Its threads still wait for work, spinning (OpenMP's for 7 ms, OpenBLAS's for 26): not during another's round.
        self.process.send_signal(signal.SIGSTOP)
        if not answer:
            raise SystemExit(f"the worker of {self.name} ended in case {case}: see its error above")
        return float(json.loads(answer))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.send_signal(signal.SIGCONT)
        self.process.stdin.close()
        self.process.wait()


def preloaded(name: str) -> str:
    """The library that a name of --preload stands for."""
    found = name if "/" in name else find_library(name)
    if not found:
        raise SystemExit(f"--preload: no library {name!r}. On Debian: apt install libjemalloc2, libtcmalloc-minimal4.")
    return found


class Processes:
    """For cases that are whole programs: each round is a new process, which prints the seconds that it measured."""

    def __init__(self, cases: list[Case], name: str) -> None:
        self.cases, self.name = cases, name

    def time(self, case: int, seconds: float) -> float:
        program = [sys.executable, "-c", self.cases[case].setup(self.name)]
        return float(subprocess.run(program, check=True, capture_output=True, text=True).stdout)

    def close(self) -> None:
        pass


def measure(cases: list[Case], options: argparse.Namespace) -> list[dict[str, Any]]:
    if options.check:
        libraries, limits, rounds, seconds = ["dlx"], {}, 0, 0.0
    else:
        offered = {"dlx": True, "torch": installed("torch"), "numpy": any(case.numpy for case in cases)}
        libraries = [name for name in LIBRARIES if offered[name]]
        limits = limits_of(cases, options)
        rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if options.quick else (ROUNDS, SAMPLE_SECONDS)
    programs = all(case.process for case in cases)
    workers = {name: Processes(cases, name) if programs else Worker(name, options) for name in libraries}
    results = []
    try:
        for i, case in enumerate(cases):
            named = [name for name in libraries if name != "numpy" or case.numpy]
            times: dict[str, list[float]] = {name: [] for name in named}
            first = {name: workers[name].time(i, seconds) for name in named}  # prepares the case
            for _ in range(rounds):
                for name in named:
                    times[name].append(workers[name].time(i, seconds))
            results.append(result(case, times, limits) if rounds else {"name": case.name, "seconds": first})
            if sys.stderr.isatty():
                print(f"\r{i + 1}/{len(cases)} {case.name:<60}", end="", file=sys.stderr, flush=True)
    finally:
        for worker in workers.values():
            worker.close()
    if sys.stderr.isatty():
        print("\r" + " " * 80 + "\r", end="", file=sys.stderr)
    return results


def result(case: Case, times: dict[str, list[float]], limits: dict[str, float]) -> dict[str, Any]:
    medians = {name: statistics.median(t) for name, t in times.items()}
    found: dict[str, Any] = {"name": case.name, "seconds": medians, "spread": {}, "target_ns": case.target_ns}
    for name, t in times.items():
        low, _, high = statistics.quantiles(t, n=4)
        found["spread"][name] = (high - low) / medians[name]
    if "torch" in medians:
        found["ratio"] = medians["torch"] / medians["dlx"]
    if case.bytes:
        found["past_cache"] = case.bytes > cache_bytes()
    if limits:
        moved = case.bytes / limits["bytes"]
        computed = case.flops / limits.get(case.dtype, limits["float32"])
        computed += sum(n / limits[name] for name, n in case.functions.items())
        if bound := max(moved, computed):
            found["share"], found["limit"] = bound / medians["dlx"], "bandwidth" if moved == bound else "arithmetic"
    return found


def limits_of(cases: list[Case], options: argparse.Namespace) -> dict[str, float]:
    if options.limits:
        return json.loads(Path(options.limits).read_text())
    return measured_limits(options.threads) if any(c.bytes or c.flops or c.functions for c in cases) else {}


def measured_limits(threads: int) -> dict[str, float]:
    """What limits.cpp prints for so many threads; {} without a C++ compiler."""
    source = Path(__file__).parent / "limits.cpp"
    program = Path(os.environ.get("TMPDIR", "/tmp")) / f"dlx-bench-limits-{os.getpid()}"
    flags = ["-std=c++20", "-O3", "-march=native", "-ffp-contract=off", "-fopenmp", f"-I{source.parent.parent / 'src'}"]
    try:
        subprocess.run([os.environ.get("CXX", "c++"), *flags, source, "-o", program], check=True)
        printed = subprocess.run([program, str(threads)], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no limits: {error}", file=sys.stderr)
        return {}
    finally:
        program.unlink(missing_ok=True)
    return json.loads(printed)


def cache_bytes() -> float:
    """The size of the last cache."""
    sizes = Path("/sys/devices/system/cpu/cpu0/cache").glob("index*/size")
    kilobytes = [int(text[:-1]) for text in (path.read_text().strip() for path in sizes) if text.endswith("K")]
    return 1024 * max(kilobytes, default=32768)


def installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


# --- the tables ------------------------------------------------------------------------------------------------------
def geometric_mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def table(results: list[dict[str, Any]]) -> str:
    """The cases, as Markdown."""
    libraries = [name for name in LIBRARIES if any(name in r["seconds"] for r in results)]
    rows = [["case", *(LIBRARIES[name] for name in libraries), "ratio", "spread", "of the limit"]]
    for r in results:
        share = f"{100 * r['share']:.0f} % of {r['limit']}" if "share" in r else ""
        if r["target_ns"]:
            share = f"target {duration(r['target_ns'] * 1e-9)}"
        spread = " / ".join(f"{100 * s:.0f} %" for s in r["spread"].values())
        times = [duration(r["seconds"].get(name)) for name in libraries]
        rows.append([r["name"], *times, f"{r['ratio']:.2f}" if "ratio" in r else "", spread, share])
    return markdown(rows)


def summary(families: dict[str, list[dict[str, Any]]]) -> str:
    """The geometric means of each family's ratios and shares, and its worst case, as Markdown."""
    rows = [["family", "cases", "mean ratio", "in cache", "past it", "worst case", "mean share of the limit"]]
    for family, results in families.items():
        ratios = [r["ratio"] for r in results if "ratio" in r]
        if not ratios:
            continue
        sides = [
            [r["ratio"] for r in results if "ratio" in r and r.get("past_cache") is past] for past in (False, True)
        ]
        shares = [r["share"] for r in results if "share" in r]
        worst = min((r for r in results if "ratio" in r), key=lambda r: r["ratio"])
        means = [f"{geometric_mean(side):.2f}" if side else "" for side in (ratios, *sides)]
        share = f"{100 * geometric_mean(shares):.0f} %" if shares else ""
        rows.append([family, str(len(ratios)), *means, f"{worst['ratio']:.2f} {worst['name']}", share])
    return markdown(rows)


def markdown(rows: list[list[str]]) -> str:
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    return "\n".join(lines)


def described_limits(limits: dict[str, float]) -> str:
    """What was measured, as a line."""
    peaks = ", ".join(
        f"{name} {limits[name] / 1e9:.0f}" for name in ("float32", "float64", "bfloat16", "int8") if name in limits
    )
    return (
        f"Limits: {peaks} GFLOP/s; triad {limits['bytes'] / 1e9:.1f} GB/s; exp {limits['exp'] / 1e9:.1f} G values/s; "
        f"a fresh page of 4 KB costs {1e9 / limits['pages']:.0f} ns"
    )


def duration(seconds: float | None) -> str:
    if seconds is None:
        return ""
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= size:
            return f"{seconds / size:.3g} {unit}"
    return f"{seconds * 1e9:.0f} ns"


def machine() -> dict[str, Any]:
    name = platform.processor()
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        name = next(line.split(":", 1)[1].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        pass
    return {
        "processor": name,
        "processors": len(os.sched_getaffinity(0)),
        "system": platform.platform(),
        "python": platform.python_version(),
    }
