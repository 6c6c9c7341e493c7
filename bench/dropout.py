"""Dropout, forward and backward, and random numbers, beside PyTorch. Run: python bench/dropout.py [--threads 1]"""

from harness import Case, itemsize, main, values


def dropped(lib, x, g):
    x.grad = None
    lib.nn.functional.dropout(x, 0.1).backward(g)


CASES = [
    *[
        Case(
            f"dropout {n} {dtype}",
            bytes=2 * n * itemsize(dtype),
            setup=lambda lib, n=n, dtype=dtype: (values(lib, n, dtype=dtype),),
            run=lambda lib, x: lib.nn.functional.dropout(x, 0.1),
        )
        for n, dtype in [(1_000, "float32"), (100_000, "float32"), (8_000_000, "float32"), (8_000_000, "bfloat16")]
    ],
    *[
        Case(
            f"dropout {n} float32 with gradient",
            bytes=4 * n * 4,
            setup=lambda lib, n=n: (values(lib, n, grad=True), values(lib, n)),
            run=dropped,
        )
        for n in (100_000, 8_000_000)
    ],
    Case(
        "dropout2d 32x64x56x56 float32",
        bytes=2 * 32 * 64 * 56 * 56 * 4,
        setup=lambda lib: (values(lib, 32, 64, 56, 56),),
        run=lambda lib, x: lib.nn.functional.dropout2d(x, 0.1),
    ),
    *[
        Case(
            f"{name} {n} {dtype}",
            bytes=n * itemsize(dtype),
            setup=lambda lib, n=n, dtype=dtype: (n, getattr(lib, dtype)),
            run=lambda lib, n, dtype, name=name: getattr(lib, name)(n, dtype=dtype),
        )
        for name, n, dtype in [
            ("rand", 1_000, "float32"),
            ("rand", 100_000, "float32"),
            ("rand", 8_000_000, "float32"),
            ("rand", 1_000_000, "float64"),
            ("randn", 1_000, "float32"),
            ("randn", 100_000, "float32"),
            ("randn", 8_000_000, "float32"),
        ]
    ],
    Case(
        "randint 1000000 int64",
        bytes=1_000_000 * 8,
        setup=lambda lib: (),
        run=lambda lib: lib.randint(0, 50_000, (1_000_000,)),
    ),
    Case(
        "bernoulli 1000000 float32",
        bytes=2 * 1_000_000 * 4,
        setup=lambda lib: (lib.full((1_000_000,), 0.3),),
        run=lambda lib, p: lib.bernoulli(p),
    ),
    *[
        Case(f"randperm {n}", bytes=n * 8, setup=lambda lib, n=n: (n,), run=lambda lib, n: lib.randperm(n))
        for n in (1_000, 100_000, 2_000_000)
    ],
]

if __name__ == "__main__":
    main(CASES)
