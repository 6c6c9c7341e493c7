"""Losses, forward and with gradients, beside PyTorch. Run: python bench/loss.py [--threads 1]"""

from collections.abc import Callable
from typing import Any

from harness import Case, itemsize, main, values


def classes(lib: Any, rows: int, n: int) -> Any:
    return lib.arange(rows) * 7919 % n


def of_classes(name: str, rows: int, n: int, dtype: str = "float32", **options: Any) -> list[Case]:
    """Without and with the gradient: logits -> loss; logits -> their gradient."""

    def forward(lib: Any, x: Any, target: Any) -> Any:
        return getattr(lib.nn.functional, name)(x, target, **options)

    def both(lib: Any, x: Any, target: Any) -> None:
        x.grad = None
        forward(lib, x, target).backward()

    described = f"{name} {rows}x{n} {dtype}" + "".join(f" {key}={value}" for key, value in options.items())
    bytes_read = rows * n * itemsize(dtype) if name == "cross_entropy" else 0
    return [
        Case(
            described,
            bytes=bytes_read,
            functions={"exp": rows * n} if name == "cross_entropy" else {},
            setup=lambda lib: (values(lib, rows, n, dtype=dtype), classes(lib, rows, n)),
            run=forward,
        ),
        Case(
            f"{described} with gradient",
            bytes=3 * bytes_read or rows * n * itemsize(dtype),
            functions={"exp": 2 * rows * n} if name == "cross_entropy" else {},
            setup=lambda lib: (values(lib, rows, n, dtype=dtype, grad=True), classes(lib, rows, n)),
            run=both,
        ),
    ]


def of_pairs(name: str, n: int) -> list[Case]:
    """Without and with the gradient: x, t -> loss; x, t -> gx."""

    def forward(lib: Any, x: Any, t: Any) -> Any:
        return getattr(lib.nn.functional, name)(x, t)

    def both(lib: Any, x: Any, t: Any) -> None:
        x.grad = None
        forward(lib, x, t).backward()

    def setup(grad: bool) -> Callable[[Any], Any]:
        return lambda lib: (values(lib, n, grad=grad), values(lib, n).abs().clamp(max=1))

    def functions(passes: int) -> dict[str, float]:
        return {"exp": passes * n, "log": n} if name == "binary_cross_entropy_with_logits" else {}

    return [
        Case(f"{name} {n} float32", bytes=2 * n * 4, functions=functions(1), setup=setup(False), run=forward),
        Case(f"{name} {n} float32 with gradient", bytes=5 * n * 4, functions=functions(2), setup=setup(True), run=both),
    ]


CASES = [
    *of_classes("cross_entropy", 32, 10),
    *of_classes("cross_entropy", 128, 1000),
    *of_classes("cross_entropy", 512, 32000),
    *of_classes("cross_entropy", 512, 32000, dtype="bfloat16"),
    *of_classes("cross_entropy", 512, 32000, label_smoothing=0.1)[1:],
    *of_classes("nll_loss", 4096, 1000)[1:],
    *of_pairs("mse_loss", 1_000),
    *of_pairs("mse_loss", 100_000),
    *of_pairs("mse_loss", 8_000_000),
    *of_pairs("smooth_l1_loss", 8_000_000),
    *of_pairs("binary_cross_entropy_with_logits", 100_000),
    *of_pairs("binary_cross_entropy_with_logits", 8_000_000),
]

if __name__ == "__main__":
    main(CASES)
