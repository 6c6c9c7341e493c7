"""add and exp, forward and in place, beside PyTorch. Run: python bench/elementwise.py [--threads 1]"""

from harness import Case, itemsize, main, values

SIZES = [1_000, 100_000, 16_000_000]
CASES = [
    *[
        Case(
            f"add {n} {dtype}",
            bytes=3 * n * itemsize(dtype),
            setup=lambda lib, n=n, dtype=dtype: (values(lib, n, dtype=dtype), values(lib, n, dtype=dtype)),
            run=lambda lib, x, y: x + y,
        )
        for dtype in ("float32", "bfloat16")
        for n in SIZES
    ],
    Case(
        "add_ 16000000 float32",
        bytes=3 * 16_000_000 * 4,
        setup=lambda lib: (values(lib, 16_000_000), values(lib, 16_000_000)),
        run=lambda lib, x, y: x.add_(y),
    ),
    Case(
        "add (2000, 3000) + (3000,) float32",
        bytes=2 * 2000 * 3000 * 4,
        setup=lambda lib: (values(lib, 2000, 3000), values(lib, 3000)),
        run=lambda lib, x, y: x + y,
    ),
    Case(
        "add of a transposed (2000, 2000) float32",
        bytes=3 * 2000 * 2000 * 4,
        setup=lambda lib: (values(lib, 2000, 2000), values(lib, 2000, 2000).t()),
        run=lambda lib, x, y: x + y,
    ),
    *[
        Case(
            f"exp {n} {dtype}",
            bytes=2 * n * itemsize(dtype),
            setup=lambda lib, n=n, dtype=dtype: (values(lib, n, dtype=dtype),),
            run=lambda lib, x: x.exp(),
        )
        for dtype in ("float32", "float64", "bfloat16")
        for n in (SIZES if dtype == "float32" else SIZES[1:2])
    ],
]

if __name__ == "__main__":
    main(CASES)
