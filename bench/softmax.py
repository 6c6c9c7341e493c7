"""softmax, forward and with its gradient, beside PyTorch. Run: python bench/softmax.py [--threads 1]"""

from harness import Case, itemsize, main, values


def both_ways(lib, x, g):
    x.grad = None
    lib.nn.functional.softmax(x, dim=1).backward(g)


CASES = [
    *[
        Case(
            f"softmax {rows}x{n} {dtype}",
            bytes=2 * rows * n * itemsize(dtype),  # read once, written once
            setup=lambda lib, rows=rows, n=n, dtype=dtype: (values(lib, rows, n, dtype=dtype),),
            run=lambda lib, x: lib.nn.functional.softmax(x, dim=1),
        )
        for dtype in ("float32", "bfloat16")
        for rows, n in [(32, 10), (128, 1000), (4096, 4096)]
    ],
    Case(
        "softmax 4096x1000 float32 along the first dimension",
        bytes=2 * 4096 * 1000 * 4,
        setup=lambda lib: (values(lib, 4096, 1000),),
        run=lambda lib, x: lib.nn.functional.softmax(x, dim=0),
    ),
    *[
        Case(
            f"softmax {rows}x{n} float32 with gradient",
            bytes=5 * rows * n * 4,
            setup=lambda lib, rows=rows, n=n: (values(lib, rows, n, grad=True), values(lib, rows, n)),
            run=both_ways,
        )
        for rows, n in [(128, 1000), (2048, 2048)]
    ],
]

if __name__ == "__main__":
    main(CASES)
