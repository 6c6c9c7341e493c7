"""Optimizer steps and clipping of gradients: many tiny parameters, a network's, and one past the cache.

PyTorch's default step and its fused one are cases of their own. Run: python bench/optim.py [--threads 1]
"""

from harness import Case, main, values

NETWORKS = {
    "100 tiny": [(4,)] * 100,
    "a transformer block of 768": [(2304, 768), (2304,), (768, 768), (768,), (3072, 768), (3072,), (768, 3072), (768,)]
    + [(768,)] * 4,
    "32 M": [(4096, 8192)],
}
# Elements read and written for each of a parameter's.
OPTIMIZERS = {
    "SGD": ({}, 3),
    "SGD, momentum": ({"momentum": 0.9}, 5),
    "AdamW": ({}, 7),
    "RMSprop": ({}, 5),
}  # fmt: skip


def parameters(lib, network):
    params = [values(lib, *shape, grad=True) for shape in NETWORKS[network]]
    for p in params:
        p.grad = p.detach().clone()
    return params


def stepping(kind, network, fused):
    def setup(lib):
        options = dict(OPTIMIZERS[kind][0])
        if fused:
            options["fused"] = True
        optimizer = getattr(lib.optim, kind.split(",")[0])(parameters(lib, network), lr=1e-9, **options)
        return {"optimizer": optimizer}

    return setup


def falling(bound):
    """Bounds below the norm that the call before has left: each call has something to clip."""
    while True:
        bound *= 1 - 1e-5
        yield bound


def clipping(network):
    def setup(lib):
        params = parameters(lib, network)
        norm = lib.nn.utils.get_total_norm([p.grad for p in params])
        return {"params": params, "utils": lib.nn.utils, "bounds": falling(float(norm))}

    return setup


def size(network):
    sizes = [1] * len(NETWORKS[network])
    for i, shape in enumerate(NETWORKS[network]):
        for n in shape:
            sizes[i] *= n
    return 4 * sum(sizes)


CASES = (
    [
        Case(
            f"{kind}{' fused' if fused else ''}, {network}",
            bytes=moved * size(network) if network != "100 tiny" else 0,
            setup=stepping(kind, network, fused),
            run="optimizer.step()",
        )
        for kind, (_, moved) in OPTIMIZERS.items()
        for network in NETWORKS
        for fused in (False, True)
        if not (kind == "RMSprop" and (fused or network == "32 M")) and not (kind == "SGD" and network == "100 tiny")
    ]
    + [
        Case(
            f"clip_grad_norm_, {network}",
            bytes=3 * size(network) if network != "100 tiny" else 0,
            setup=clipping(network),
            run="utils.clip_grad_norm_(params, next(bounds))",
        )
        for network in NETWORKS
    ]
    + [Case("clip_grad_value_, 100 tiny", setup=clipping("100 tiny"), run="utils.clip_grad_value_(params, 10.0)")]
)

if __name__ == "__main__":
    main(CASES)
