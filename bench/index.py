"""Reading and writing at indices and masks, beside PyTorch. Run: python bench/index.py [--threads 1]"""

from harness import Case, main, values


def indices(lib, n, *shape):
    import numpy as np

    return lib.from_numpy(np.random.default_rng(1).integers(0, n, shape))


def case(name, moved, setup, run):
    return Case(name, bytes=moved, setup=setup, run=run)


def with_gradient(name, moved, setup, f):
    """f(lib, x, ...) and its gradient for x."""

    def prepare(lib):
        arguments = setup(lib)
        return lib.ones_like(f(lib, *arguments)), *arguments

    def run(lib, g, x, *rest):
        x.grad = None
        f(lib, x, *rest).backward(g)

    return Case(name + " with gradient", bytes=moved, setup=prepare, run=run)


def rows(lib, n, width, count, grad=False):
    return values(lib, n, width, grad=grad), indices(lib, n, count)


CASES = [
    case(
        "index_select 1000 rows of 1000x64",
        1000 * (2 * 64 * 4 + 8),
        lambda lib: rows(lib, 1000, 64, 1000),
        lambda lib, x, i: lib.index_select(x, 0, i),
    ),
    case(
        "index_select 20000 rows of 50000x256",
        20_000 * (2 * 256 * 4 + 8),
        lambda lib: rows(lib, 50_000, 256, 20_000),
        lambda lib, x, i: lib.index_select(x, 0, i),
    ),
    case(
        "index_select 500 columns of 4000x1000",
        2 * 4000 * 500 * 4,
        lambda lib: (values(lib, 4000, 1000), indices(lib, 1000, 500)),
        lambda lib, x, i: lib.index_select(x, 1, i),
    ),
    case(
        "x[i] 1000000 of 1000000",
        1_000_000 * 16,
        lambda lib: (values(lib, 1_000_000), indices(lib, 1_000_000, 1_000_000)),
        lambda lib, x, i: x[i],
    ),
    case(
        "x[i, j] 100000 of 1000x1000",
        100_000 * 24,
        lambda lib: (values(lib, 1000, 1000), indices(lib, 1000, 100_000), indices(lib, 1000, 100_000)),
        lambda lib, x, i, j: x[i, j],
    ),
    with_gradient(
        "x[i] 20000 rows of 50000x64",
        4 * 64 * (5 * 20_000 + 50_000),
        lambda lib: rows(lib, 50_000, 64, 20_000, grad=True),
        lambda lib, x, i: x[i],
    ),
    case(
        "x[i] = y, 20000 rows of 50000x64",
        2 * 20_000 * 64 * 4,
        lambda lib: (*rows(lib, 50_000, 64, 20_000), values(lib, 20_000, 64)),
        lambda lib, x, i, y: x.__setitem__(i, y),
    ),
    case(
        "index_add_ 20000 rows to 50000x64",
        3 * 20_000 * 64 * 4,
        lambda lib: (*rows(lib, 50_000, 64, 20_000), values(lib, 20_000, 64)),
        lambda lib, x, i, y: x.index_add_(0, i, y),
    ),
    case(
        "index_add_ 200000 numbers to 10000",
        200_000 * 12,
        lambda lib: (values(lib, 10_000), indices(lib, 10_000, 200_000), values(lib, 200_000)),
        lambda lib, x, i, y: x.index_add_(0, i, y),
    ),
    case(
        "gather 2000x1000 along 1",
        2000 * 1000 * 16,
        lambda lib: (values(lib, 2000, 1000), indices(lib, 1000, 2000, 1000)),
        lambda lib, x, i: x.gather(1, i),
    ),
    case(
        "gather 2000x1000 along 0",
        2000 * 1000 * 16,
        lambda lib: (values(lib, 2000, 1000), indices(lib, 2000, 2000, 1000)),
        lambda lib, x, i: x.gather(0, i),
    ),
    with_gradient(
        "gather 1 of 1000 in 2000 rows",
        2000 * 1000 * 4,
        lambda lib: (values(lib, 2000, 1000, grad=True), indices(lib, 1000, 2000, 1)),
        lambda lib, x, i: x.gather(1, i),
    ),
    case(
        "scatter_add_ 2000x1000 along 1",
        2000 * 1000 * 20,
        lambda lib: (values(lib, 2000, 1000), indices(lib, 1000, 2000, 1000), values(lib, 2000, 1000)),
        lambda lib, x, i, y: x.scatter_add_(1, i, y),
    ),
    case(
        "scatter_add_ 2000x1000 along 0",
        2000 * 1000 * 20,
        lambda lib: (values(lib, 2000, 1000), indices(lib, 2000, 2000, 1000), values(lib, 2000, 1000)),
        lambda lib, x, i, y: x.scatter_add_(0, i, y),
    ),
    case(
        "scatter_add_ 1000000 numbers to 1000",
        1_000_000 * 12,
        lambda lib: (values(lib, 1000), indices(lib, 1000, 1_000_000), values(lib, 1_000_000)),
        lambda lib, x, i, y: x.scatter_add_(0, i, y),
    ),
    case(
        "masked_select half of 100000",
        100_000 * 7,
        lambda lib: (values(lib, 100_000), values(lib, 100_000) > 0),
        lambda lib, x, mask: x[mask],
    ),
    case(
        "masked_select half of 4000000",
        4_000_000 * 7,
        lambda lib: (values(lib, 4_000_000), values(lib, 4_000_000) > 0),
        lambda lib, x, mask: x[mask],
    ),
    case(
        "masked_fill 4000000",
        4_000_000 * 9,
        lambda lib: (values(lib, 4_000_000), values(lib, 4_000_000) > 0),
        lambda lib, x, mask: x.masked_fill(mask, 0.0),
    ),
    case(
        "x[mask] = 0, 4000000",
        4_000_000 * 5,
        lambda lib: (values(lib, 4_000_000), values(lib, 4_000_000) > 0),
        lambda lib, x, mask: x.__setitem__(mask, 0.0),
    ),
    case(
        "where 4000000",
        4_000_000 * 13,
        lambda lib: (values(lib, 4_000_000) > 0, values(lib, 4_000_000), values(lib, 4_000_000)),
        lambda lib, mask, x, y: lib.where(mask, x, y),
    ),
    case(
        "nonzero 2000x2000, half",
        2000 * 2000 * 9,
        lambda lib: (values(lib, 2000, 2000) > 0,),
        lambda lib, x: x.nonzero(),
    ),
]

if __name__ == "__main__":
    main(CASES)
