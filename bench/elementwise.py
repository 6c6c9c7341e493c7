"""Element-wise ops and activations beside PyTorch: contiguous, broadcast, strided, of mixed dtypes, with gradients.

Run: python bench/elementwise.py [--threads 1]
"""

from collections.abc import Callable
from functools import partial
from typing import Any

from harness import Case, itemsize, main, values

LARGE = 16_000_000  # 64 MB in float32: past every cache
MEDIUM = 100_000  # in L2


def functional(name: str) -> Callable[..., Any]:
    def run(lib: Any, *x: Any) -> Any:
        return getattr(lib.nn.functional, name)(*x)

    return run


def gradient_of(f: Callable[..., Any]) -> Callable[..., Any]:
    """Forward and backward. The last argument is the gradient of the result, the others are inputs."""

    def run(lib: Any, *arguments: Any) -> None:
        *x, g = arguments
        for one in x:
            one.grad = None
        f(lib, *x).backward(g)

    return run


def functions(name: str, n: int) -> dict[str, float]:
    return {name: n} if name in ("exp", "gelu", "silu", "tanh", "sigmoid") else {}


def unary(name: str, f: Callable[..., Any], n: int, dtype: str = "float32") -> Case:
    return Case(
        f"{name} {n} {dtype}",
        bytes=2 * n * itemsize(dtype),
        functions=functions(name, n) if dtype != "float64" else {},
        setup=lambda lib: (values(lib, n, dtype=dtype),),
        run=f,
        numpy=name == "exp" and dtype != "bfloat16",
    )


def unary_gradient(name: str, f: Callable[..., Any], n: int) -> Case:
    return Case(
        f"{name} {n} float32 with gradient",
        bytes=5 * n * 4,  # x -> y; g and x or y -> gx
        functions=functions(name, n),
        setup=lambda lib: (values(lib, n, grad=True), values(lib, n)),
        run=gradient_of(f),
    )


def add(lib: Any, x: Any, y: Any) -> Any:
    return x + y


def pair(lib: Any, n: int, dtype: str) -> tuple[Any, Any]:
    return values(lib, n, dtype=dtype), values(lib, n, dtype=dtype)


CASES = [
    *[
        Case(
            f"add {n} {dtype}",
            bytes=3 * n * itemsize(dtype),
            setup=partial(pair, n=n, dtype=dtype),
            run=add,
            numpy=dtype == "float32",
        )
        for dtype in ("float32", "bfloat16")
        for n in (1_000, MEDIUM, LARGE)
    ],
    Case(
        f"add_ {LARGE} float32",
        bytes=3 * LARGE * 4,
        setup=lambda lib: (values(lib, LARGE), values(lib, LARGE)),
        run=lambda lib, x, y: x.add_(y),
    ),
    Case(
        "add (2000, 3000) + (3000,) float32",
        bytes=2 * 2000 * 3000 * 4,
        setup=lambda lib: (values(lib, 2000, 3000), values(lib, 3000)),
        run=add,
        numpy=True,
    ),
    Case(
        "mul (64, 256, 24, 24) * (256, 1, 1) float32",
        bytes=2 * 64 * 256 * 576 * 4,
        setup=lambda lib: (values(lib, 64, 256, 24, 24), values(lib, 256, 1, 1)),
        run=lambda lib, x, y: x * y,
        numpy=True,
    ),
    Case(
        "add of a transposed (300, 300) float32",
        bytes=3 * 300 * 300 * 4,
        setup=lambda lib: (values(lib, 300, 300), values(lib, 300, 300).t()),
        run=add,
    ),
    Case(
        "add of a transposed (2000, 2000) float32",
        bytes=3 * 2000 * 2000 * 4,
        setup=lambda lib: (values(lib, 2000, 2000), values(lib, 2000, 2000).T),
        run=add,
        numpy=True,
    ),
    Case(
        "mul of every other column (2000, 2000) float32",
        bytes=(2000 * 4000 + 2000 * 2000) * 4,  # whole lines are read
        setup=lambda lib: (values(lib, 2000, 4000)[:, ::2],),
        run=lambda lib, x: x * 2.0,
        numpy=True,
    ),
    Case(
        "add 2000000 float32 + bfloat16",
        bytes=10 * 2_000_000,
        setup=lambda lib: (values(lib, 2_000_000), values(lib, 2_000_000, dtype="bfloat16")),
        run=add,
    ),
    Case(
        "mul and add with gradient 2000000 float32",
        bytes=2_000_000 * 4 * (3 + 3 + 3 + 3),  # x y, + z; g y -> gx, g x -> gy, z's gradient is g itself
        setup=lambda lib: (*(values(lib, 2_000_000, grad=True) for _ in range(3)), values(lib, 2_000_000)),
        run=gradient_of(lambda lib, x, y, z: x * y + z),
    ),
    unary("x ** 2", lambda lib, x: x**2, MEDIUM, "bfloat16"),
    unary("x * 2.0", lambda lib, x: x * 2.0, MEDIUM, "bfloat16"),
    unary("relu", functional("relu"), MEDIUM, "bfloat16"),
    unary("relu", functional("relu"), LARGE, "bfloat16"),
    unary("exp", lambda lib, x: lib.exp(x), 1_000),
    unary("exp", lambda lib, x: lib.exp(x), MEDIUM),
    unary("exp", lambda lib, x: lib.exp(x), LARGE),
    unary("exp", lambda lib, x: lib.exp(x), MEDIUM, "bfloat16"),
    unary("exp", lambda lib, x: lib.exp(x), MEDIUM, "float64"),
    *[
        unary(name, functional(name), n)
        for name in ("gelu", "silu", "relu", "tanh", "sigmoid")
        for n in (MEDIUM, 4_000_000)
    ],
    unary_gradient("gelu", functional("gelu"), MEDIUM),
    unary_gradient("gelu", functional("gelu"), 4_000_000),
    unary_gradient("relu", functional("relu"), 4_000_000),
    unary_gradient("tanh", functional("tanh"), MEDIUM),
]

if __name__ == "__main__":
    main(CASES)
