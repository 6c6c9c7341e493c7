"""What a call costs beside its work: 4 elements, whole from Python. Run: python bench/dispatch.py [--threads 1]"""

from harness import Case, main, values


def tensors(lib, grad=False):
    linear = lib.nn.Linear(8, 8)
    return {
        "x": values(lib, 4, grad=grad),
        "y": values(lib, 4),
        "m": values(lib, 2, 2, grad=grad),
        "a": values(lib, 4, 8),
        "F": lib.nn.functional,
        "linear": linear,
    }


def recorded(lib):
    return tensors(lib, grad=True)


def without_graph(lib):
    for p in (names := tensors(lib))["linear"].parameters():
        p.requires_grad_(False)
    return names


CASES = [
    Case("x + y", setup=without_graph, run="x + y", target_ns=150),
    Case("x + y with a graph", setup=recorded, run="x + y", target_ns=220),
    Case("x * 2.0", setup=without_graph, run="x * 2.0"),
    Case("x.add_(y)", setup=without_graph, run="x.add_(y)"),
    Case("F.softmax(m, dim=1)", setup=without_graph, run="F.softmax(m, dim=1)", target_ns=250),
    Case("F.softmax(m, dim=1) with a graph", setup=recorded, run="F.softmax(m, dim=1)", target_ns=350),
    Case("x.sum()", setup=without_graph, run="x.sum()"),
    Case("m.view(4)", setup=without_graph, run="m.view(4)"),
    Case("m.view(4) with a graph", setup=recorded, run="m.view(4)"),
    Case("m[0]", setup=without_graph, run="m[0]"),
    Case("Linear(8, 8) of 4 rows", setup=without_graph, run="linear(a)"),
    Case("Linear(8, 8) of 4 rows with a graph", setup=recorded, run="linear(a)"),
    Case("(x * y).sum().backward()", setup=recorded, run="(x * y).sum().backward()"),
]

if __name__ == "__main__":
    main(CASES)
