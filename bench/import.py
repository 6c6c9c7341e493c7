"""The time of `import`, beyond that of NumPy. Run: python bench/import.py"""

from harness import Case, main

PARTS = {"dlx": "import dlx, dlx.nn, dlx.optim", "torch": "import torch, torch.nn, torch.optim"}


def program(lib: str) -> str:
    return f"import time, numpy; start = time.perf_counter(); {PARTS[lib]}; print(time.perf_counter() - start)"


CASES = [Case("import with nn and optim", setup=program, run="", process=True, target_ns=60e6)]

if __name__ == "__main__":
    main(CASES)
