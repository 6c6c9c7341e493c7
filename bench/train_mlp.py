"""One training step of an MLP on images of 28 x 28: 784-512-512-10. Run: python bench/train_mlp.py [--threads 1]"""

import itertools

from harness import Case, main, values

SIZES = (784, 512, 512, 10)
BATCH = 128
FLOPS = 2 * BATCH * sum(a * b for a, b in itertools.pairwise(SIZES))  # of one forward pass


def setup(lib, kind, **options):
    nn = lib.nn
    net = nn.Sequential(nn.Linear(784, 512), nn.ReLU(), nn.Linear(512, 512), nn.ReLU(), nn.Linear(512, 10))
    labels = (values(lib, BATCH) * 3).abs().to(lib.int64)
    return net, getattr(lib.optim, kind)(net.parameters(), lr=1e-4, **options), values(lib, BATCH, 784), labels


def step(lib, net, optimizer, x, y):
    optimizer.zero_grad()
    lib.nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()


def gradients(lib, net, optimizer, x, y):
    optimizer.zero_grad()
    lib.nn.functional.cross_entropy(net(x), y).backward()


def forward(lib, net, optimizer, x, y):
    with lib.no_grad():
        net(x)


# Backward: each layer's weights, and all but the first one's inputs.
ALL = 3 * FLOPS - 2 * BATCH * SIZES[0] * SIZES[1]
CASES = [
    Case("forward", flops=FLOPS, setup=lambda lib: setup(lib, "SGD"), run=forward),
    Case("forward and backward", flops=ALL, setup=lambda lib: setup(lib, "SGD"), run=gradients),
    Case("step with SGD", flops=ALL, setup=lambda lib: setup(lib, "SGD", momentum=0.9), run=step),
    Case("step with AdamW", flops=ALL, setup=lambda lib: setup(lib, "AdamW"), run=step),
    Case("step with AdamW fused", flops=ALL, setup=lambda lib: setup(lib, "AdamW", fused=True), run=step),
]

if __name__ == "__main__":
    main(CASES)
