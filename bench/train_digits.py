"""One training step of the digits CNN, beside PyTorch. Run: python bench/train_digits.py [--threads 1]"""

from harness import Case, main, values


def setup(lib, batch):
    """The network of dlx.models.DigitsCNN, in the names that both libraries have."""
    nn = lib.nn
    net = nn.Sequential(
        nn.Conv2d(1, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(),
        nn.Conv2d(32, 64, 3, padding=1), nn.BatchNorm2d(64), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(0.4), nn.Linear(64 * 4 * 4, 10),
    )  # fmt: skip
    labels = (values(lib, batch) * 3).abs().to(lib.int64)
    return net, lib.optim.AdamW(net.parameters(), lr=1e-3), values(lib, batch, 1, 8, 8), labels


def step(lib, net, optimizer, x, y):
    optimizer.zero_grad()
    lib.nn.functional.cross_entropy(net(x), y).backward()
    optimizer.step()


def predict(lib, net, optimizer, x, y):
    net.eval()
    with lib.no_grad():
        net(x)


def flops(batch):
    return 2 * batch * 64 * 9 * (1 * 32 + 32 * 64) + 2 * batch * 1024 * 10


CASES = [
    Case("training step, batch of 32", flops=3 * flops(32), setup=lambda lib: setup(lib, 32), run=step),
    Case("training step, batch of 128", flops=3 * flops(128), setup=lambda lib: setup(lib, 128), run=step),
    Case("prediction, batch of 128", flops=flops(128), setup=lambda lib: setup(lib, 128), run=predict),
]

if __name__ == "__main__":
    main(CASES)
