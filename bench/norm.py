"""Layer, RMS, group and batch normalisation, forward and with gradients, beside PyTorch.

Run: python bench/norm.py [--threads 1]
"""

from collections.abc import Callable
from typing import Any

from harness import Case, itemsize, main, values


def case(
    name: str, shape: tuple[int, ...], channels: int, f: Callable[..., Any], parameters: int = 2, dtype: str = "float32"
) -> Case:
    count = 1
    for n in shape:
        count *= n
    return Case(
        f"{name} {'x'.join(map(str, shape))} {dtype}",
        bytes=2 * count * itemsize(dtype),  # read once, written once
        setup=lambda lib: (
            values(lib, *shape, dtype=dtype),
            *(values(lib, channels + i, dtype=dtype)[i:] for i in range(parameters)),
        ),
        run=f,
    )


def with_gradient(
    name: str, shape: tuple[int, ...], channels: int, f: Callable[..., Any], parameters: int = 2, dtype: str = "float32"
) -> Case:
    forward = case(name, shape, channels, f, parameters, dtype)

    def setup(lib: Any) -> tuple[Any, ...]:
        arguments = forward.setup(lib)
        return (*(one.detach().requires_grad_() for one in arguments), values(lib, *shape, dtype=dtype))

    def run(lib: Any, *arguments: Any) -> None:
        *inputs, g = arguments
        for one in inputs:
            one.grad = None
        f(lib, *inputs).backward(g)

    return Case(f"{forward.name} with gradients", bytes=2.5 * forward.bytes, setup=setup, run=run)  # x -> y; x, g -> gx


def layer(n: int) -> Callable[..., Any]:
    return lambda lib, x, w, b: lib.nn.functional.layer_norm(x, (n,), w, b)


def rms(n: int) -> Callable[..., Any]:
    return lambda lib, x, w: lib.nn.functional.rms_norm(x, (n,), w)


def group(lib: Any, x: Any, w: Any, b: Any) -> Any:
    return lib.nn.functional.group_norm(x, 8, w, b)


def batch(lib: Any, x: Any, w: Any, b: Any) -> Any:
    return lib.nn.functional.batch_norm(x, None, None, w, b, training=True)


def batch_inference(lib: Any, x: Any, mean: Any, var: Any, w: Any, b: Any) -> Any:
    return lib.nn.functional.batch_norm(x, mean, var, w, b)


CASES = [
    *[
        case("layer_norm", (rows, n), n, layer(n))
        for rows, n in [(8, 64), (128, 768), (512, 768), (8192, 1024), (1000, 16384)]
    ],
    case("layer_norm", (8192, 1024), 1024, layer(1024), dtype="bfloat16"),
    *[with_gradient("layer_norm", (rows, n), n, layer(n)) for rows, n in [(128, 768), (8192, 1024)]],
    with_gradient("layer_norm", (8192, 1024), 1024, layer(1024), dtype="bfloat16"),
    *[case("rms_norm", (rows, n), n, rms(n), 1) for rows, n in [(128, 768), (8192, 1024)]],
    *[with_gradient("rms_norm", (rows, n), n, rms(n), 1) for rows, n in [(128, 768), (8192, 1024)]],
    *[case("group_norm", shape, shape[1], group) for shape in [(8, 64, 16, 16), (32, 64, 56, 56)]],
    *[with_gradient("group_norm", shape, shape[1], group) for shape in [(8, 64, 16, 16), (32, 64, 56, 56)]],
    *[case("batch_norm", shape, shape[1], batch) for shape in [(128, 512), (8, 64, 16, 16), (32, 64, 56, 56)]],
    *[with_gradient("batch_norm", shape, shape[1], batch) for shape in [(128, 512), (8, 64, 16, 16), (32, 64, 56, 56)]],
    Case(
        "batch_norm 32x64x56x56 float32 in inference",
        bytes=2 * 32 * 64 * 56 * 56 * 4,
        setup=lambda lib: (values(lib, 32, 64, 56, 56), *(values(lib, 64).abs() for _ in range(4))),
        run=batch_inference,
    ),
    Case(
        "normalize 8192x1024 float32",
        bytes=2 * 8192 * 1024 * 4,
        setup=lambda lib: (values(lib, 8192, 1024),),
        run=lambda lib, x: lib.nn.functional.normalize(x, dim=1),
    ),
]

if __name__ == "__main__":
    main(CASES)
