"""Training steps while other processes compute: does a second thread harm? Run: python bench/under_load.py

Busy loops take the processors in turn with dlx. What one thread reaches beside them is the yardstick: more threads
should not be slower, and with nothing beside quicker. Prints steps a second: the median of the rounds, and the worst.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import time
from collections.abc import Callable


def program(lib: object, name: str) -> Callable[[], None]:
    """One step of a network whose ops are small (`mlp`: 20 to 200 us each) or large (`wide`: milliseconds)."""
    nn, F = lib.nn, lib.nn.functional
    batch, width = {"mlp": (128, 256), "wide": (512, 1024)}[name]
    lib.manual_seed(0)
    model = nn.Sequential(nn.Linear(784, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 10))
    optimizer = lib.optim.AdamW(model.parameters())
    x, y = lib.randn(batch, 784), lib.randint(0, 10, (batch,))

    def step() -> None:
        optimizer.zero_grad()
        F.cross_entropy(model(x), y).backward()
        optimizer.step()

    return step


def rate(step: Callable[[], None], seconds: float) -> float:
    start, count = time.perf_counter(), 0
    while time.perf_counter() - start < seconds:
        step()
        count += 1
    return count / (time.perf_counter() - start)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--seconds", type=float, default=1.0, help="of each measurement")
    arguments.add_argument("--rounds", type=int, default=3)
    arguments.add_argument("--busy", type=int, nargs="*", default=[0, 1, 2, 4, 6], help="busy processes beside")
    arguments.add_argument("--threads", type=int, nargs="*", default=[1, 2])
    arguments.add_argument("--programs", nargs="*", default=["mlp", "wide"])
    arguments.add_argument("--torch", action="store_true", help="PyTorch in dlx's place")
    options = arguments.parse_args()
    if options.torch:
        import torch as lib
    else:
        import dlx as lib

    for name in options.programs:
        step = program(lib, name)
        print(f"{name}: steps a second, median (worst)")
        print("busy " + "".join(f"{f'{n} thread' + 's' * (n > 1):>20}" for n in options.threads))
        for busy in options.busy:
            beside = [subprocess.Popen([sys.executable, "-c", "while True: pass"]) for _ in range(busy)]
            try:
                time.sleep(0.2)
                rates: dict[int, list[float]] = {n: [] for n in options.threads}
                for _ in range(options.rounds):
                    for n in options.threads:
                        lib.set_num_threads(n)
                        rate(step, 0.05)
                        rates[n].append(rate(step, options.seconds))
            finally:
                for process in beside:
                    process.kill()
                    process.wait()
            cells = [f"{statistics.median(r):.1f} ({min(r):.1f})" for r in rates.values()]
            print(f"{busy:4} " + "".join(f"{cell:>20}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
