"""The time of `import`, beyond NumPy's. Run: python bench/import.py"""

from harness import Case, main

PARTS = {"dlx": "import dlx, dlx.nn, dlx.optim", "torch": "import torch, torch.nn, torch.optim"}
CASES = [Case("import with nn and optim", setup=PARTS.__getitem__, run="", process=True, target_ns=60e6)]

if __name__ == "__main__":
    main(CASES)
