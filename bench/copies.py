"""Copies: transposed, converted, joined, filled, flipped; beside PyTorch. Run: python bench/copies.py [--threads 1]"""

from harness import Case, itemsize, main, values


def case(name, moved, setup, run):
    return Case(name, bytes=moved, setup=setup, run=run)


def transposed(rows, columns, dtype="float32"):
    return Case(
        f"{rows}x{columns} {dtype} transposed",
        bytes=2 * rows * columns * itemsize(dtype),
        setup=lambda lib: (values(lib, rows, columns, dtype=dtype),),
        run=lambda lib, x: x.t().contiguous(),
    )


def permuted(shape, order):
    n = 1
    for size in shape:
        n *= size
    return Case(
        f"{'x'.join(map(str, shape))} permuted {''.join(map(str, order))}",
        bytes=2 * n * 4,
        setup=lambda lib: (values(lib, *shape),),
        run=lambda lib, x: x.permute(order).contiguous(),
    )


def converted(n, source, to):
    return Case(
        f"{n} {source} to {to}",
        bytes=n * (itemsize(source) + itemsize(to)),
        setup=lambda lib: (values(lib, n, dtype=source), getattr(lib, to)),
        run=lambda lib, x, dtype: x.to(dtype),
    )


def joined(name, count, shape, dim, grad=False):
    n = count * shape[0] * shape[1]

    def run(lib, xs, g):
        for x in xs:
            x.grad = None
        getattr(lib, name)(xs, dim).backward(g)

    def setup(lib):
        xs = [values(lib, *shape, grad=grad) for _ in range(count)]
        return (xs, lib.ones_like(getattr(lib, name)(xs, dim))) if grad else (xs,)

    return Case(
        f"{name} of {count} {shape[0]}x{shape[1]} along {dim}" + (" with gradient" if grad else ""),
        bytes=(4 if grad else 2) * n * 4,
        setup=setup,
        run=run if grad else lambda lib, xs: getattr(lib, name)(xs, dim),
    )


CASES = [
    transposed(64, 64),
    transposed(256, 256),
    transposed(1000, 1000),
    transposed(4096, 4096),
    transposed(3000, 3001),
    transposed(2048, 2048, "bfloat16"),
    transposed(2000, 2000, "float64"),
    permuted((32, 64, 56, 56), (0, 2, 3, 1)),
    permuted((32, 56, 56, 64), (0, 3, 1, 2)),
    permuted((16, 512, 12, 64), (0, 2, 1, 3)),
    permuted((8, 128, 12, 64), (0, 2, 3, 1)),
    case(
        "clone 100000",
        2 * 100_000 * 4,
        lambda lib: (values(lib, 100_000),),
        lambda lib, x: x.clone(),
    ),
    case(
        "clone 16000000",
        2 * 16_000_000 * 4,
        lambda lib: (values(lib, 16_000_000),),
        lambda lib, x: x.clone(),
    ),
    case(
        "every second column of 2000x4000",
        2 * 2_000 * 2_000 * 4,
        lambda lib: (values(lib, 2000, 4000)[:, ::2],),
        lambda lib, x: x.contiguous(),
    ),
    converted(100_000, "float32", "bfloat16"),
    converted(8_000_000, "float32", "bfloat16"),
    converted(8_000_000, "bfloat16", "float32"),
    converted(8_000_000, "float32", "float16"),
    converted(4_000_000, "float32", "float64"),
    converted(4_000_000, "float32", "int64"),
    converted(4_000_000, "uint8", "float32"),
    joined("cat", 4, (64, 64), 1),
    joined("cat", 2, (2000, 2000), 0),
    joined("cat", 4, (4000, 512), 1),
    joined("cat", 4, (4000, 512), 1, grad=True),
    joined("cat", 2, (100_000, 3), 1),
    joined("stack", 8, (512, 512), 0),
    joined("stack", 4, (512, 512), 2),
    case(
        "tril 2000x2000",
        2 * 2_000 * 2_000 * 4,
        lambda lib: (values(lib, 2000, 2000),),
        lambda lib, x: lib.tril(x),
    ),
    *[
        case(
            f"flip along {dim} 2000x2000",
            2 * 2_000 * 2_000 * 4,
            lambda lib: (values(lib, 2000, 2000),),
            lambda lib, x, dim=dim: lib.flip(x, [dim]),
        )
        for dim in (0, 1)
    ],
    case(
        "roll 2000x2000 by 700",
        2 * 2_000 * 2_000 * 4,
        lambda lib: (values(lib, 2000, 2000),),
        lambda lib, x: lib.roll(x, 700, 1),
    ),
    case(
        "repeat 512x512 by 4, 4",
        17 * 512 * 512 * 4,
        lambda lib: (values(lib, 512, 512),),
        lambda lib, x: x.repeat(4, 4),
    ),
    case(
        "repeat_interleave 512x512 by 8 along 0",
        9 * 512 * 512 * 4,
        lambda lib: (values(lib, 512, 512),),
        lambda lib, x: lib.repeat_interleave(x, 8, 0),
    ),
    case("zeros 100000", 100_000 * 4, lambda lib: (), lambda lib: lib.zeros(100_000)),
    case("zeros 16000000", 16_000_000 * 4, lambda lib: (), lambda lib: lib.zeros(16_000_000)),
    case("full 16000000", 16_000_000 * 4, lambda lib: (), lambda lib: lib.full((16_000_000,), 2.5)),
    case("arange 4000000 int64", 4_000_000 * 8, lambda lib: (), lambda lib: lib.arange(4_000_000)),
    case(
        "arange 4000000 float32",
        4_000_000 * 4,
        lambda lib: (),
        lambda lib: lib.arange(4_000_000, dtype=lib.float32),
    ),
]

if __name__ == "__main__":
    main(CASES)
