"""Matrix products, beside PyTorch. Run: python bench/matmul.py [--threads 1]"""

from harness import Case, main, values


def both_ways(lib, x, w, b, g):
    x.grad = w.grad = b.grad = None
    lib.nn.functional.linear(x, w, b).backward(g)


def product(m, k, n, dtype="float32"):
    return Case(
        f"matmul {m}x{k} @ {k}x{n} {dtype}",
        flops=2 * m * n * k,
        setup=lambda lib: (values(lib, m, k, dtype=dtype), values(lib, k, n, dtype=dtype)),
        run=lambda lib, x, y: x @ y,
    )


def linear(m, k, n, grad):
    return Case(
        f"Linear({k}, {n}) of {m} rows float32{' with gradient' if grad else ''}",
        flops=(6 if grad else 2) * m * n * k,
        setup=lambda lib: (
            values(lib, m, k, grad=grad),
            values(lib, n, k, grad=grad),
            values(lib, n, grad=grad),
            values(lib, m, n),
        ),
        run=both_ways if grad else lambda lib, x, w, b, g: lib.nn.functional.linear(x, w, b),
    )


CASES = [
    *[product(n, n, n) for n in (64, 256, 512, 1024)],
    product(1, 1024, 1024),
    product(512, 512, 512, "float64"),
    product(512, 512, 512, "bfloat16"),
    Case(
        "matmul 512x512 @ 512x512 transposed float32",
        flops=2 * 512**3,
        setup=lambda lib: (values(lib, 512, 512), values(lib, 512, 512)),
        run=lambda lib, x, y: x @ y.t(),
    ),
    Case(
        "matmul 64 of 128x64 @ 64x128 float32",
        flops=2 * 64 * 128 * 128 * 64,
        setup=lambda lib: (values(lib, 64, 128, 64), values(lib, 64, 64, 128)),
        run=lambda lib, x, y: x @ y,
    ),
    *[linear(m, k, n, grad) for grad in (False, True) for m, k, n in [(32, 768, 768), (128, 768, 3072)]],
]

if __name__ == "__main__":
    main(CASES)
