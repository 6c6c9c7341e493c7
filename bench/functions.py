"""Functions of mathematics and activations, in cache, beside PyTorch. Run: python bench/functions.py [--threads 1]"""

from harness import Case, itemsize, main, values

N = 100_000


def normal(lib, dtype):
    return values(lib, N, dtype=dtype)


def positive(lib, dtype):
    return values(lib, N, dtype=dtype).abs() + 0.01


def unit(lib, dtype):  # within (-1, 1)
    return values(lib, N, dtype="float32").tanh().to(getattr(lib, dtype))


def far(lib, dtype):  # past 2^17, where an angle takes more than three products
    return values(lib, N, dtype=dtype) * 1e7


def functional(name, **options):
    return lambda lib, x: getattr(lib.nn.functional, name)(x, **options)


UNARY = {
    **{
        name: (domain, lambda lib, x, name=name: getattr(lib, name)(x))
        for domain, names in {
            normal: "exp expm1 sin tan atan sinh tanh asinh sigmoid erf erfc",
            positive: "log log2 log1p rsqrt lgamma digamma",
            unit: "asin erfinv",
        }.items()
        for name in names.split()
    },
    "sin, far": (far, lambda lib, x: lib.sin(x)),
    **{f"x**{power}": (positive, lambda lib, x, power=power: x**power) for power in (3, -2, 0.5, 1.7)},
    "gelu": (normal, functional("gelu")),
    "gelu, tanh": (normal, functional("gelu", approximate="tanh")),
    **{name: (normal, functional(name)) for name in ("silu", "mish", "softplus", "elu")},
}
MEASURED = {"exp", "log", "tanh", "sigmoid", "silu", "gelu"}  # in registers, by limits.cpp
BINARY = {
    "pow": (positive, lambda lib, x, y: lib.pow(x, y)),
    **{
        name: (normal, lambda lib, x, y, name=name: getattr(lib, name)(x, y))
        for name in ("atan2", "fmod", "remainder", "logaddexp")
    },
}


def cases(dtype, only=None):
    for name, (domain, run) in UNARY.items():
        if only is None or name in only:
            yield Case(
                f"{name} {dtype}",
                bytes=2 * N * itemsize(dtype),
                functions={name: N} if name in MEASURED and dtype == "float32" else {},
                setup=lambda lib, domain=domain: (domain(lib, dtype),),
                run=run,
            )
    for name, (domain, run) in BINARY.items():
        if only is None or name in only:
            yield Case(
                f"{name} {dtype}",
                bytes=3 * N * itemsize(dtype),
                setup=lambda lib, domain=domain: (domain(lib, dtype), domain(lib, dtype).flip(0)),
                run=run,
            )


CASES = [
    *cases("float32"),
    *cases("float64", {"exp", "sin", "erf", "gelu", "pow"}),
    *cases("bfloat16", {"exp", "log", "gelu", "silu"}),
]

if __name__ == "__main__":
    main(CASES)
