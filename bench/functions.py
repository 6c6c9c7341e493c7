"""Functions of the mathematics, forward and in cache, beside PyTorch. Run: python bench/functions.py [--threads 1]

What a case takes past its bytes is the function's rate in registers: a tensor past the cache cannot go faster than that.
"""

from harness import Case, itemsize, main, values

N = 100_000


def normal(lib, dtype):
    return values(lib, N, dtype=dtype)


def positive(lib, dtype):
    return values(lib, N, dtype=dtype).abs() + 0.01


def unit(lib, dtype):  # within (-1, 1)
    return values(lib, N, dtype="float32").tanh().to(getattr(lib, dtype))


def above_one(lib, dtype):
    return values(lib, N, dtype=dtype).abs() + 1


def probability(lib, dtype):
    return values(lib, N, dtype="float32").sigmoid().to(getattr(lib, dtype))


def far(lib, dtype):  # past 2^17, where an angle takes more than three products
    return values(lib, N, dtype=dtype) * 1e7


def functional(name, **options):
    return lambda lib, x: getattr(lib.nn.functional, name)(x, **options)


UNARY = {
    **{
        name: (domain, lambda lib, x, name=name: getattr(lib, name)(x))
        for domain, names in {
            normal: "exp exp2 expm1 sin cos tan atan sinh cosh tanh asinh sigmoid erf erfc sinc floor round",
            positive: "log log2 log10 log1p sqrt rsqrt reciprocal lgamma digamma",
            unit: "asin acos atanh erfinv",
            above_one: "acosh",
            probability: "logit",
        }.items()
        for name in names.split()
    },
    "sin, far": (far, lambda lib, x: lib.sin(x)),
    "lgamma, both signs": (normal, lambda lib, x: lib.lgamma(x)),
    **{f"x**{power}": (positive, lambda lib, x, power=power: x**power) for power in (2, 3, 4, -1, -2, 0.5, -0.5, 1.7)},
    "gelu": (normal, functional("gelu")),
    "gelu, tanh": (normal, functional("gelu", approximate="tanh")),
    **{name: (normal, functional(name)) for name in ("silu", "mish", "softplus", "logsigmoid", "elu", "selu", "hardswish")},
}
BINARY = {
    "pow": (positive, lambda lib, x, y: lib.pow(x, y)),
    **{
        name: (normal, lambda lib, x, y, name=name: getattr(lib, name)(x, y))
        for name in ["atan2", "hypot", "fmod", "remainder", "floor_divide", "logaddexp"]
    },
    "xlogy": (positive, lambda lib, x, y: lib.xlogy(x, y)),
}


def cases(dtype, only=None):
    for name, (domain, run) in UNARY.items():
        if only is None or name in only:
            yield Case(
                f"{name} {dtype}",
                bytes=2 * N * itemsize(dtype),
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
    *cases("float64", {"exp", "log", "tanh", "sin", "erf", "gelu", "silu", "pow"}),
    *cases("bfloat16", {"exp", "log", "tanh", "sigmoid", "gelu", "silu"}),
]

if __name__ == "__main__":
    main(CASES)
