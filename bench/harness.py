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
import statistics
import subprocess
import sys
import time
import timeit
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

LIBRARIES = ("dlx", "torch")
SAMPLE_SECONDS, QUICK_SECONDS = 0.05, 0.01  # of one round, at least
ROUNDS, QUICK_ROUNDS = 11, 5
ITEM_SIZES = {"float64": 8, "float32": 4, "bfloat16": 2, "float16": 2, "int64": 8, "int32": 4, "uint8": 1, "bool": 1}


@dataclass(frozen=True)
class Case:
    """What is timed. State bytes or flops, whichever bounds it."""

    name: str
    setup: Callable[[Any], Any]  # (lib) -> arguments of run; for a statement, a dict of its names
    run: Callable[..., Any] | str  # (lib, *arguments); or a Python statement, timed without a call around it
    bytes: float = 0  # read and written, at least
    flops: float = 0
    process: bool = False  # setup(name of the library) is a program, run as a process of its own
    target_ns: float = 0  # what a promise of the design says, if any


def itemsize(dtype: str) -> int:
    return ITEM_SIZES[dtype]


def values(lib: Any, *shape: int, dtype: str = "float32", grad: bool = False) -> Any:
    """The same normal numbers for every library."""
    import numpy as np

    array = np.random.default_rng(sum(shape) + len(shape)).standard_normal(shape, dtype=np.float32)
    x = lib.from_numpy(array).to(getattr(lib, dtype))
    return x.requires_grad_() if grad else x


def main(cases: list[Case]) -> None:
    parser = argparse.ArgumentParser(description=sys.modules["__main__"].__doc__)
    processors = len(os.sched_getaffinity(0))
    parser.add_argument("--threads", type=int, default=processors, help="of both libraries (default: all)")
    parser.add_argument("--quick", action="store_true", help="fewer and shorter rounds")
    parser.add_argument("--json", metavar="FILE", help="also write the figures to FILE")
    parser.add_argument("--only", metavar="TEXT", default="", help="cases whose name contains TEXT")
    parser.add_argument("--worker", choices=LIBRARIES, help=argparse.SUPPRESS)
    options = parser.parse_args()
    cases = [case for case in cases if options.only in case.name]
    if options.worker:
        work(options.worker, cases, options.threads)
        return
    results = measure(cases, options)
    print(table(results))
    if options.json:
        described = {"machine": machine(), "threads": options.threads, "results": results}
        Path(options.json).write_text(json.dumps(described, indent=1))


# --- a worker --------------------------------------------------------------------------------------------------------
def work(name: str, cases: list[Case], threads: int) -> None:
    """Answer orders {"case": i, "seconds": s} with seconds a call."""
    if name == "torch":
        import torch as lib
    else:
        import dlx as lib
        import dlx.nn
        import dlx.optim
    lib.set_num_threads(threads)
    timers: dict[int, timeit.Timer] = {}
    calls: dict[int, int] = {}
    for line in sys.stdin:
        order = json.loads(line)
        i = order["case"]
        if i not in timers:
            timers.clear()  # the memory of one case at a time
            calls.clear()
            timers[i] = timer(cases[i], lib)
            timers[i].timeit(2)
            n = 1
            while (spent := timers[i].timeit(n)) < order["seconds"]:
                n = max(n + 1, min(16 * n, math.ceil(1.2 * n * order["seconds"] / max(spent, 1e-7))))
            calls[i] = n
        print(json.dumps(timers[i].timeit(calls[i]) / calls[i]), flush=True)


def timer(case: Case, lib: Any) -> timeit.Timer:
    prepared = case.setup(lib)
    if isinstance(case.run, str):
        return timeit.Timer(case.run, globals={"lib": lib, **prepared})
    run = case.run
    return timeit.Timer("run(lib, *prepared)", globals={"run": run, "lib": lib, "prepared": prepared})


# --- the parent ------------------------------------------------------------------------------------------------------
class Worker:
    def __init__(self, name: str, options: argparse.Namespace) -> None:
        command = [
            sys.executable,
            sys.argv[0],
            "--worker",
            name,
            "--threads",
            str(options.threads),
            "--only",
            options.only,
        ]
        env = {**os.environ, "OMP_NUM_THREADS": str(options.threads), "DLX_NUM_THREADS": str(options.threads)}
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=env)

    def time(self, case: int, seconds: float) -> float:
        assert self.process.stdin is not None
        assert self.process.stdout is not None
        self.process.stdin.write(json.dumps({"case": case, "seconds": seconds}) + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline()
        if not answer:
            raise SystemExit(f"the {'worker'} of case {case} ended: see its error above")
        return float(json.loads(answer))

    def close(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


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
    libraries = [name for name in LIBRARIES if name == "dlx" or installed(name)]
    limits = measured_limits(options.threads) if any(c.bytes or c.flops for c in cases) else {}
    rounds, seconds = (QUICK_ROUNDS, QUICK_SECONDS) if options.quick else (ROUNDS, SAMPLE_SECONDS)
    programs = all(case.process for case in cases)
    workers = {name: Processes(cases, name) if programs else Worker(name, options) for name in libraries}
    results = []
    try:
        for i, case in enumerate(cases):
            times: dict[str, list[float]] = {name: [] for name in libraries}
            for name in libraries:
                workers[name].time(i, seconds)  # prepares the case
            for _ in range(rounds):
                for name in libraries:
                    time.sleep(0.002)  # the other's threads fall asleep
                    times[name].append(workers[name].time(i, seconds))
            results.append(result(case, times, limits))
            print(f"\r{i + 1}/{len(cases)} {case.name:<60}", end="", file=sys.stderr, flush=True)
    finally:
        for worker in workers.values():
            worker.close()
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
    if case.flops and "flops" in limits:
        found["share"], found["limit"] = case.flops / medians["dlx"] / limits["flops"], "flops"
    elif case.bytes and "bytes" in limits:
        found["share"], found["limit"] = case.bytes / medians["dlx"] / limits["bytes"], "bandwidth"
    return found


def measured_limits(threads: int) -> dict[str, float]:
    """FMA peak and triad bandwidth of so many threads, in flops and bytes a second; {} without a C++ compiler."""
    source = Path(__file__).parent / "limits.cpp"
    program = Path(os.environ.get("TMPDIR", "/tmp")) / f"dlx-bench-limits-{os.getpid()}"
    compiler = os.environ.get("CXX", "c++")
    try:
        subprocess.run([compiler, "-std=c++20", "-O3", "-march=native", "-fopenmp", source, "-o", program], check=True)
        printed = subprocess.run([program, str(threads)], check=True, capture_output=True, text=True).stdout
    except (OSError, subprocess.CalledProcessError) as error:
        print(f"no limits: {error}", file=sys.stderr)
        return {}
    finally:
        program.unlink(missing_ok=True)
    flops, moved = map(float, printed.split())
    return {"flops": flops, "bytes": moved}


def installed(name: str) -> bool:
    from importlib.util import find_spec

    return find_spec(name) is not None


# --- the table -------------------------------------------------------------------------------------------------------
def geometric_mean(ratios: list[float]) -> float:
    return math.exp(sum(map(math.log, ratios)) / len(ratios))


def table(results: list[dict[str, Any]]) -> str:
    """As Markdown."""
    rows = [["case", "dlx", "PyTorch", "ratio", "spread", "of the limit"]]
    for r in results:
        share = f"{100 * r['share']:.0f} % of {r['limit']}" if "share" in r else ""
        if r["target_ns"]:
            share = f"target {duration(r['target_ns'] * 1e-9)}"
        spread = " / ".join(f"{100 * s:.0f} %" for s in r["spread"].values())
        ratio = f"{r['ratio']:.2f}" if "ratio" in r else ""
        rows.append(
            [r["name"], duration(r["seconds"]["dlx"]), duration(r["seconds"].get("torch")), ratio, spread, share]
        )
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = ["| " + " | ".join(cell.ljust(w) for cell, w in zip(row, widths)) + " |" for row in rows]
    lines.insert(1, "|" + "|".join("-" * (w + 2) for w in widths) + "|")
    ratios = [r["ratio"] for r in results if "ratio" in r]
    if ratios:
        lines.append(f"\nGeometric mean of the ratios: {geometric_mean(ratios):.2f}")
    return "\n".join(lines)


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
