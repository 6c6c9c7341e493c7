"""softmax and log_softmax, forward and with gradients, beside PyTorch. Run: python bench/softmax.py [--threads 1]"""

from typing import Any

from harness import Case, itemsize, main, values


def softmax(name: str, *shape: int, dim: int = -1, dtype: str = "float32") -> Case:
    count = 1
    for n in shape:
        count *= n
    where = "" if dim == -1 else f" along dimension {dim}"
    return Case(
        f"{name} {'x'.join(map(str, shape))} {dtype}{where}",
        bytes=2 * count * itemsize(dtype),  # read once, written once
        functions={"exp": count},
        setup=lambda lib: (values(lib, *shape, dtype=dtype),),
        run=lambda lib, x: getattr(lib.nn.functional, name)(x, dim=dim),
    )


def with_gradient(name: str, *shape: int, dim: int = -1, dtype: str = "float32") -> Case:
    def run(lib: Any, x: Any, g: Any) -> None:
        x.grad = None
        getattr(lib.nn.functional, name)(x, dim=dim).backward(g)

    forward = softmax(name, *shape, dim=dim, dtype=dtype)
    return Case(
        f"{forward.name} with gradient",
        bytes=2.5 * forward.bytes,  # x -> y; g, y -> gx
        functions={"exp": forward.functions["exp"] * (2 if name == "log_softmax" else 1)},
        setup=lambda lib: (values(lib, *shape, dtype=dtype, grad=True), values(lib, *shape, dtype=dtype)),
        run=run,
    )


CASES = [
    *[
        softmax("softmax", rows, n, dtype=dtype)
        for dtype in ("float32", "bfloat16")
        for rows, n in [(32, 10), (128, 1000), (4096, 4096)]
    ],
    softmax("softmax", 1, 4_000_000),
    softmax("softmax", 4096, 1000, dim=0),
    softmax("softmax", 64, 1000, dim=0),
    softmax("softmax", 16, 21, 64, 64, dim=1),
    softmax("log_softmax", 32, 10),
    softmax("log_softmax", 128, 1000),
    softmax("log_softmax", 256, 50257),
    with_gradient("softmax", 128, 1000),
    with_gradient("softmax", 2048, 2048),
    with_gradient("log_softmax", 128, 1000),
    with_gradient("log_softmax", 2048, 2048),
    with_gradient("softmax", 2048, 2048, dtype="bfloat16"),
    with_gradient("softmax", 2048, 2048, dim=0),
]

if __name__ == "__main__":
    main(CASES)
