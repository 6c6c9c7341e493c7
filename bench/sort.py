"""Sorting, selecting and running sums, beside PyTorch. Run: python bench/sort.py [--threads 1]"""

from harness import Case, itemsize, main, values


def integers(lib, high, *shape):
    import numpy as np

    return lib.from_numpy(np.random.default_rng(1).integers(0, high, shape))


def over(name, shape, run, dtype="float32", moved=2):
    n = 1
    for size in shape:
        n *= size
    return Case(
        f"{name} {'x'.join(map(str, shape))} {dtype}",
        bytes=moved * n * itemsize(dtype),
        setup=lambda lib: (integers(lib, 1000, *shape) if dtype == "int64" else values(lib, *shape, dtype=dtype),),
        run=run,
    )


def sums_with_gradient(lib, x, g):
    x.grad = None
    lib.cumsum(x, 1).backward(g)


CASES = [
    *[
        over("sort", shape, lambda lib, x: lib.sort(x, -1), moved=4)
        for shape in [(64, 16), (1000, 100), (200, 1000), (20, 50_000), (1_000_000,)]
    ],
    over("sort", (1_000_000,), lambda lib, x: lib.sort(x, -1), "int64", moved=3),
    over("sort along 0", (1000, 200), lambda lib, x: lib.sort(x, 0), moved=4),
    over("argsort", (1000, 100), lambda lib, x: lib.argsort(x, -1), moved=3),
    *[
        over(f"topk {k}", shape, lambda lib, x, k=k: lib.topk(x, k, -1), moved=1)
        for k, shape in [(5, (128, 1000)), (50, (8, 50_000)), (10, (1_000_000,))]
    ],
    over("kthvalue", (8, 50_000), lambda lib, x: lib.kthvalue(x, 25_000, -1), moved=1),
    over("median", (1000, 100), lambda lib, x: lib.median(x, -1), moved=1),
    over("unique", (1_000_000,), lambda lib, x: lib.unique(x), "int64", moved=1),
    over("unique", (1_000_000,), lambda lib, x: lib.unique(x), moved=1),
    Case(
        "searchsorted 1000000 in 10000",
        bytes=1_000_000 * 12,
        setup=lambda lib: (lib.sort(values(lib, 10_000), -1)[0], values(lib, 1_000_000)),
        run=lambda lib, x, y: lib.searchsorted(x, y),
    ),
    over("cumsum", (100, 100), lambda lib, x: lib.cumsum(x, 1)),
    over("cumsum", (2000, 2000), lambda lib, x: lib.cumsum(x, 1)),
    over("cumsum along 0", (2000, 2000), lambda lib, x: lib.cumsum(x, 0)),
    over("cumsum", (4_000_000,), lambda lib, x: lib.cumsum(x, 0)),
    over("cumsum", (1_000_000,), lambda lib, x: lib.cumsum(x, 0), "int64"),
    Case(
        "cumsum 2000x2000 float32 with gradient",
        bytes=4 * 2000 * 2000 * 4,
        setup=lambda lib: (values(lib, 2000, 2000, grad=True), values(lib, 2000, 2000)),
        run=sums_with_gradient,
    ),
    over("cumprod", (1000, 1000), lambda lib, x: lib.cumprod(x, 1)),
    over("cummax", (1000, 1000), lambda lib, x: lib.cummax(x, 1), moved=4),
    over("logcumsumexp", (1000, 1000), lambda lib, x: lib.logcumsumexp(x, 1)),
]

if __name__ == "__main__":
    main(CASES)
