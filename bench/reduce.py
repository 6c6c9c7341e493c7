"""Reductions over the last, the first, the middle and all dimensions, beside PyTorch.

Run: python bench/reduce.py [--threads 1]
"""

from collections.abc import Callable
from typing import Any

from harness import Case, itemsize, main, values

LARGE = (4000, 4000)  # 64 MB in float32: past every cache
MEDIUM = (300, 300)  # in L2


def reduction(name: str, shape: tuple[int, ...], f: Callable[..., Any], over: str, dtype: str = "float32") -> Case:
    count = 1
    for n in shape:
        count *= n
    return Case(
        f"{name} {'x'.join(map(str, shape))} {dtype} over {over}",
        bytes=count * itemsize(dtype),
        functions={"exp": count} if name == "logsumexp" else {},
        setup=lambda lib: (values(lib, *shape, dtype=dtype),),
        run=f,
    )


def with_gradient(name: str, shape: tuple[int, int], f: Callable[..., Any], over: str) -> Case:
    def run(lib: Any, x: Any) -> None:
        x.grad = None
        f(lib, x).sum().backward()

    rows, columns = shape
    return Case(
        f"{name} {rows}x{columns} float32 over {over} with gradient",
        bytes=3 * rows * columns * 4,  # x; x again -> gx
        functions={"exp": 2 * rows * columns} if name == "logsumexp" else {},
        setup=lambda lib: (values(lib, *shape, grad=True),),
        run=run,
    )


CASES = [
    *[
        reduction("sum", shape, lambda lib, x, dim=dim: x.sum(dim), over)
        for shape in (MEDIUM, LARGE)
        for dim, over in [(None, "all"), (1, "last"), (0, "first")]
    ],
    reduction("sum", (64, 500, 100), lambda lib, x: x.sum(1), "middle"),
    reduction("sum", (100_000, 10), lambda lib, x: x.sum(1), "last"),
    reduction("sum", (100_000, 10), lambda lib, x: x.sum(0), "first"),
    reduction("mean", (64, 64, 32, 32), lambda lib, x: x.mean((0, 2, 3)), "(0, 2, 3)"),
    reduction("mean", LARGE, lambda lib, x: x.mean(1), "last"),
    reduction("sum", LARGE, lambda lib, x: x.sum(1), "last", dtype="bfloat16"),
    *[
        reduction("var", shape, lambda lib, x, dim=dim: x.var(dim), over)
        for shape, dim, over in [
            (MEDIUM, 1, "last"),
            (LARGE, None, "all"),
            (LARGE, 1, "last"),
            (LARGE, 0, "first"),
        ]
    ],
    *[
        reduction("amax", shape, lambda lib, x, dim=dim: x.amax(dim), over)
        for shape, dim, over in [(MEDIUM, 1, "last"), (LARGE, 1, "last"), (LARGE, 0, "first")]
    ],
    reduction("max", LARGE, lambda lib, x: x.max(), "all"),
    *[
        reduction("max and index", LARGE, lambda lib, x, dim=dim: x.max(dim), over)
        for dim, over in [(1, "last"), (0, "first")]
    ],
    reduction("argmax", (128, 1000), lambda lib, x: x.argmax(1), "last"),
    reduction("argmax", LARGE, lambda lib, x: x.argmax(), "all"),
    *[
        reduction("norm", shape, lambda lib, x, dim=dim: lib.linalg.vector_norm(x, dim=dim), over)
        for shape, dim, over in [
            (MEDIUM, 1, "last"),
            (LARGE, None, "all"),
            (LARGE, 1, "last"),
            (LARGE, 0, "first"),
        ]
    ],
    *[
        reduction("logsumexp", LARGE, lambda lib, x, dim=dim: x.logsumexp(dim), over)
        for dim, over in [(1, "last"), (0, "first")]
    ],
    with_gradient("sum", (2000, 2000), lambda lib, x: x.sum(1), "last"),
    with_gradient("var", (2000, 2000), lambda lib, x: x.var(1), "last"),
    with_gradient("amax", (2000, 2000), lambda lib, x: x.amax(1), "last"),
    with_gradient("norm", (2000, 2000), lambda lib, x: lib.linalg.vector_norm(x, dim=1), "last"),
    with_gradient("logsumexp", (2000, 2000), lambda lib, x: x.logsumexp(1), "last"),
]

if __name__ == "__main__":
    main(CASES)
