"""What a call costs beside its work: 4 elements, whole from Python. Run: python bench/dispatch.py [--threads 1]"""

from harness import Case, main, values


def tensors(lib, grad=False):
    nn = lib.nn
    layers = nn.Sequential(*(nn.Linear(8, 8) if i % 2 == 0 else nn.ReLU() for i in range(10)))
    many = [values(lib, 4, grad=grad) for _ in range(100)]
    for p in many:
        p.grad = values(lib, 4)
    return {
        "x": values(lib, 4, grad=grad),
        "y": values(lib, 4),
        "m": values(lib, 2, 2, grad=grad),
        "a": values(lib, 4, 8),
        "F": nn.functional,
        "linear": nn.Linear(8, 8),
        "layers": layers,
        "many": many,
    }


def recorded(lib):
    return tensors(lib, grad=True)


def without_graph(lib):
    names = tensors(lib)
    for module in (names["linear"], names["layers"]):
        module.requires_grad_(False)
    return names


def chain(lib):
    """Twenty ops and their gradients."""

    def run(x, y):
        z = x
        for _ in range(10):
            z = z * y
            z = z + y
        z.backward(y)
        x.grad = None

    return {"chain": run, **recorded(lib)}


def optimizer(kind, **options):
    def setup(lib):
        many = recorded(lib)["many"]
        return {
            "optimizer": getattr(lib.optim, kind)(many, lr=1e-6, **options),
            "many": many,
            "grads": [p.grad for p in many],
        }

    return setup


CASES = [
    Case("x + y", setup=without_graph, run="x + y", target_ns=150),
    Case("x + y with a graph", setup=recorded, run="x + y", target_ns=220),
    Case("x * 2.0", setup=without_graph, run="x * 2.0"),
    Case("x.add_(y)", setup=without_graph, run="x.add_(y)"),
    Case("F.relu(x)", setup=without_graph, run="F.relu(x)"),
    Case("F.relu(x) with a graph", setup=recorded, run="F.relu(x)"),
    Case("F.softmax(m, dim=1)", setup=without_graph, run="F.softmax(m, dim=1)", target_ns=250),
    Case("F.softmax(m, dim=1) with a graph", setup=recorded, run="F.softmax(m, dim=1)", target_ns=350),
    Case("x.sum()", setup=without_graph, run="x.sum()"),
    Case("m @ m", setup=without_graph, run="m @ m"),
    Case("m @ m with a graph", setup=recorded, run="m @ m"),
    Case("cat of two", setup=without_graph, run="lib.cat([x, y])"),
    Case("m.view(4)", setup=without_graph, run="m.view(4)"),
    Case("m.view(4) with a graph", setup=recorded, run="m.view(4)"),
    Case("m[0]", setup=without_graph, run="m[0]"),
    Case("m[:, 1]", setup=without_graph, run="m[:, 1]"),
    Case("Linear(8, 8) of 4 rows", setup=without_graph, run="linear(a)"),
    Case("Linear(8, 8) of 4 rows with a graph", setup=recorded, run="linear(a)"),
    Case("Sequential of 10 layers", setup=without_graph, run="layers(a)"),
    Case("Sequential of 10 layers with a graph", setup=recorded, run="layers(a)"),
    Case("(x * y).sum().backward()", setup=recorded, run="(x * y).sum().backward()"),
    Case("x.mean().backward()", setup=recorded, run="x.mean().backward()"),
    Case("20 ops and backward", setup=chain, run="chain(x, y)"),
    Case("zero_grad of 100 parameters", setup=optimizer("SGD"), run="optimizer.zero_grad()"),
    *[
        Case(f"{kind} step of 100 tiny parameters", setup=optimizer(kind, **options), run="optimizer.step()")
        for kind, options in [("SGD", {"momentum": 0.9}), ("Adam", {}), ("AdamW", {})]
    ],
]

if __name__ == "__main__":
    main(CASES)
