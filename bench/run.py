"""Every benchmark, one after another, with the geometric means and the worst case of each family.

Run: python bench/run.py [--threads N] [--quick] [--json FILE] [family ...]
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from harness import described_limits, machine, measured_limits, options_of, summary, table

HERE = Path(__file__).parent
LONG = {"vision"}  # not part of --quick, unless named


def main() -> None:
    families = sorted(p.stem for p in HERE.glob("*.py") if "\nCASES = " in p.read_text())
    parser = options_of(__doc__)
    parser.add_argument("family", nargs="*", help=f"of {', '.join(families)} (default: all)")
    options = parser.parse_args()
    if unknown := set(options.family) - set(families):
        parser.error(f"no such family: {', '.join(sorted(unknown))}")
    passed = ["--threads", str(options.threads)]
    passed += ["--quick"] if options.quick else []
    passed += ["--check"] if options.check else []
    passed += ["--preload", options.preload] if options.preload else []
    start = time.monotonic()
    found = {}
    with tempfile.TemporaryDirectory() as folder:
        limits = {} if options.check else measured_limits(options.threads)
        if limits:
            file = Path(folder) / "limits.json"
            file.write_text(json.dumps(limits))
            passed += ["--limits", str(file)]
        for family in options.family or [f for f in families if not (options.quick and f in LONG)]:
            figures = Path(folder) / f"{family}.json"
            subprocess.run(
                [sys.executable, HERE / f"{family}.py", "--json", figures, *passed], check=True, stdout=subprocess.PIPE
            )
            if options.check:
                print(f"{family} ran", flush=True)
                continue
            found[family] = json.loads(figures.read_text())
            print(f"## {family} ({options.threads} threads)\n\n{table(found[family]['results'])}\n", flush=True)
    if options.check:
        return
    print(summary({family: figures["results"] for family, figures in found.items()}))
    if limits:
        print("\n" + described_limits(limits))
    print("\n" + ", ".join(f"{k}: {v}" for k, v in machine().items()) + f"; {time.monotonic() - start:.0f} s in all")
    if options.json:
        Path(options.json).write_text(json.dumps({"limits": limits, "families": found}, indent=1))


if __name__ == "__main__":
    main()
