"""embedding and embedding_bag, forward and backward, beside PyTorch. Run: python bench/embedding.py [--threads 1]"""

from harness import Case, itemsize, main, values


def indices(lib, n, *shape):
    import numpy as np

    return lib.from_numpy(np.random.default_rng(1).integers(0, n, shape))


def looked_up(lib, weight, index, g):
    weight.grad = None
    lib.nn.functional.embedding(index, weight).backward(g)


def bagged(lib, weight, index, g, mode):
    weight.grad = None
    lib.nn.functional.embedding_bag(index, weight, mode=mode).backward(g)


CASES = [
    *[
        Case(
            f"embedding {rows} of {n}x{width} {dtype}",
            bytes=rows * (2 * width * itemsize(dtype) + 8),
            setup=lambda lib, rows=rows, n=n, width=width, dtype=dtype: (
                values(lib, n, width, dtype=dtype),
                indices(lib, n, rows),
            ),
            run=lambda lib, weight, index: lib.nn.functional.embedding(index, weight),
        )
        for rows, n, width, dtype in [
            (64, 1_000, 64, "float32"),
            (2_048, 1_000, 64, "float32"),
            (8_192, 50_000, 768, "float32"),
            (8_192, 50_000, 768, "bfloat16"),
            (100_000, 1_000, 16, "float32"),
        ]
    ],
    # The table's gradient is dense: it is written whole, and the rows met are read and written again.
    *[
        Case(
            f"embedding {rows} of {n}x{width} float32 with gradient",
            bytes=4 * (n * width + 5 * rows * width),
            setup=lambda lib, rows=rows, n=n, width=width: (
                values(lib, n, width, grad=True),
                indices(lib, n, rows),
                values(lib, rows, width),
            ),
            run=looked_up,
        )
        for rows, n, width in [(64, 1_000, 64), (2_048, 1_000, 64), (8_192, 50_000, 768), (100_000, 1_000, 16)]
    ],
    *[
        Case(
            f"embedding_bag {mode} {bags} bags of {size}, {n}x{width} float32",
            bytes=4 * (bags * size * width + bags * width) + 8 * bags * size,
            setup=lambda lib, bags=bags, size=size, n=n, width=width: (
                values(lib, n, width),
                indices(lib, n, bags, size),
            ),
            run=lambda lib, weight, index, mode=mode: lib.nn.functional.embedding_bag(index, weight, mode=mode),
        )
        for mode, bags, size, n, width in [
            ("sum", 32, 10, 1_000, 64),
            ("mean", 4_096, 20, 100_000, 64),
            ("sum", 4_096, 20, 100_000, 64),
            ("max", 4_096, 20, 100_000, 64),
        ]
    ],
    *[
        Case(
            f"embedding_bag {mode} 4096 bags of 20, 100000x64 float32 with gradient",
            bytes=4 * (100_000 * 64 + 3 * 4_096 * 20 * 64 + 2 * 4_096 * 64),
            setup=lambda lib: (
                values(lib, 100_000, 64, grad=True),
                indices(lib, 100_000, 4_096, 20),
                values(lib, 4_096, 64),
            ),
            run=lambda lib, weight, index, g, mode=mode: bagged(lib, weight, index, g, mode),
        )
        for mode in ("sum", "mean")
    ],
]

if __name__ == "__main__":
    main(CASES)
