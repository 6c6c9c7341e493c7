"""Matrix products, beside PyTorch. Run: python bench/matmul.py [--threads 1]"""

from harness import Case, itemsize, main, values


def operand(lib, batch, rows, cols, dtype, transposed):
    """(rows, cols), or a transposed view of (cols, rows); with a batch in front if there is one."""
    shape = (cols, rows) if transposed else (rows, cols)
    x = values(lib, *([batch] if batch > 1 else []), *shape, dtype=dtype)
    return x.swapaxes(-2, -1) if transposed else x


def product(m, k, n, dtype="float32", form="", batch=1):
    """`form` names the operands that lie transposed: "", "a", "b" or "ab"."""
    if min(m, n) < 4:
        size = {"bytes": itemsize(dtype) * batch * (m * k + k * n + m * n)}
    else:
        size = {"flops": 2 * batch * m * k * n, "dtype": dtype}
    names = [f"{rows}x{cols}{'^T' if name in form else ''}" for name, rows, cols in [("a", m, k), ("b", k, n)]]
    return Case(
        f"matmul {f'{batch} of ' if batch > 1 else ''}{names[0]} @ {names[1]} {dtype}",
        setup=lambda lib: (
            operand(lib, batch, m, k, dtype, "a" in form),
            operand(lib, batch, k, n, dtype, "b" in form),
        ),
        run=lambda lib, x, y: x @ y,
        numpy=dtype in ("float32", "float64"),
        **size,
    )


def both_ways(lib, x, w, b, g):
    x.grad = w.grad = b.grad = None
    lib.nn.functional.linear(x, w, b).backward(g)


def linear(m, k, n, grad=False, dtype="float32"):
    return Case(
        f"Linear({k}, {n}) of {m} row{'s' if m > 1 else ''} {dtype}{' with gradient' if grad else ''}",
        flops=(6 if grad else 2) * m * n * k,
        dtype=dtype,
        setup=lambda lib: (
            values(lib, m, k, dtype=dtype, grad=grad),
            values(lib, n, k, dtype=dtype, grad=grad),
            values(lib, n, dtype=dtype, grad=grad),
            values(lib, m, n, dtype=dtype),
        ),
        run=both_ways if grad else lambda lib, x, w, b, g: lib.nn.functional.linear(x, w, b),
    )


def addmm(m, k, n):
    return Case(
        f"addmm {m}x{k} @ {k}x{n} float32, beta 0.5, alpha 2",
        flops=2 * m * n * k,
        setup=lambda lib: (values(lib, m, n), values(lib, m, k), values(lib, k, n)),
        run=lambda lib, c, x, y: lib.addmm(c, x, y, beta=0.5, alpha=2),
    )


CASES = [
    # squares
    *[product(n, n, n) for n in (64, 128, 256, 512, 1024, 2048)],
    *[product(512, 512, 512, form=form) for form in ("a", "b", "ab")],
    product(1024, 1024, 1024, form="b"),
    product(512, 512, 512, "float64"),
    *[product(n, n, n, "bfloat16") for n in (512, 1024)],
    product(512, 512, 512, "bfloat16", "b"),
    product(512, 512, 512, "float16"),
    product(256, 256, 256, "int8"),
    # matrix times vector, few rows
    *[product(1, 1024, 1024, form=form) for form in ("", "b")],
    *[product(1024, 1024, 1, form=form) for form in ("", "a")],
    product(1, 4096, 4096, form="b"),
    *[product(1, 1024, 1024, "bfloat16", form) for form in ("", "b")],
    product(1, 1024, 1024, "float16", "b"),
    product(1, 1024, 1024, "float64", "b"),
    *[product(m, 1024, 1024, form=form) for m in (4, 8, 16) for form in ("", "b")],
    product(8, 1024, 1024, "bfloat16", "b"),
    product(32, 1024, 1024),
    # batches of small ones, long and short sums, narrow results
    product(64, 64, 128, batch=64),
    product(8, 8, 8, batch=64),
    product(16, 64, 16, batch=512),
    product(16, 64, 16, batch=512, form="b"),
    product(8, 100000, 8),
    product(256, 4, 256),
    product(1000, 300, 7),
    # layers
    linear(1, 768, 768),
    *[linear(m, k, n, grad) for grad in (False, True) for m, k, n in [(32, 768, 768), (128, 768, 3072)]],
    linear(128, 512, 10, grad=True),
    linear(32, 768, 768, grad=True, dtype="bfloat16"),
    addmm(256, 256, 256),
]

if __name__ == "__main__":
    main(CASES)
