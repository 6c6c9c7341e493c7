"""Every benchmark, one after another, with the geometric mean of each family.

Run: python bench/run.py [--threads N] [--quick] [--json FILE] [family ...]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
from pathlib import Path

from harness import geometric_mean, machine, table

HERE = Path(__file__).parent
NOT_FAMILIES = {"run", "harness"}


def main() -> None:
    families = sorted(p.stem for p in HERE.glob("*.py") if p.stem not in NOT_FAMILIES)
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("family", nargs="*", help=f"of {', '.join(families)} (default: all)")
    parser.add_argument("--threads", type=int)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", metavar="FILE")
    options = parser.parse_args()
    if unknown := set(options.family) - set(families):
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    passed = [
        *(["--threads", str(options.threads)] if options.threads else []),
        *(["--quick"] if options.quick else []),
    ]
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        for family in options.family or families:
            figures = Path(folder) / f"{family}.json"
            subprocess.run(
                [sys.executable, HERE / f"{family}.py", "--json", figures, *passed], check=True, stdout=subprocess.PIPE
            )
            found[family] = json.loads(figures.read_text())
            print(
                f"## {family} ({found[family]['threads']} threads)\n\n{table(found[family]['results'])}\n", flush=True
            )
    means = {f: [r["ratio"] for r in figures["results"] if "ratio" in r] for f, figures in found.items()}
    means = {f: ratios for f, ratios in means.items() if ratios}
    if means:
        print("| family | cases | geometric mean of the ratios |\n|---|---|---|")
        for family, ratios in means.items():
            print(f"| {family} | {len(ratios)} | {geometric_mean(ratios):.2f} |")
    print("\n" + ", ".join(f"{k}: {v}" for k, v in machine().items()))
    if options.json:
        Path(options.json).write_text(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
