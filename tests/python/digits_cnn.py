"""The digits CNN for the tests: one code and one start for dlx and PyTorch, on scikit-learn's real digits."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from sklearn.datasets import load_digits


def data() -> tuple[np.ndarray, np.ndarray]:
    digits = load_digits()
    return (digits.images[:, None] / 16).astype(np.float32), digits.target.astype(np.int64)


def model(lib: Any, dropout: float = 0.0) -> Any:
    nn = lib.nn
    return nn.Sequential(
        nn.Conv2d(1, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(16, 32, 3, padding=1), nn.BatchNorm2d(32), nn.ReLU(), nn.MaxPool2d(2),
        nn.Flatten(), nn.Dropout(dropout), nn.Linear(128, 64), nn.ReLU(), nn.Linear(64, 10),
    )  # fmt: skip


def start(lib: Any, net: Any, seed: int = 0) -> None:
    """Weights from NumPy, the same for every library: normal, scaled by the number of inputs."""
    rng = np.random.default_rng(seed)
    with lib.no_grad():
        for p in net.parameters():
            shape = tuple(p.shape)
            fan_in = int(np.prod(shape[1:])) or 1
            values = (
                rng.standard_normal(shape) / np.sqrt(fan_in) if len(shape) > 1 else 1 + 0.1 * rng.standard_normal(shape)
            )
            p.copy_(lib.tensor(values.astype(np.float32)))


def train(lib: Any, net: Any, optimizer: Any, steps: int, batch: int = 64) -> list[float]:
    """Train in the dtype of the weights, and return the losses."""
    images, labels = data()
    dtype = next(net.parameters()).dtype
    order = np.random.default_rng(1).permutation(len(images))
    losses = []
    for step in range(steps):
        at = np.take(order, range(step * batch, (step + 1) * batch), mode="wrap")
        x, y = lib.tensor(images[at]).to(dtype), lib.tensor(labels[at])
        optimizer.zero_grad()
        loss = lib.nn.functional.cross_entropy(net(x), y)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def digest(net: Any) -> str:
    """Of all parameters, gradients and buffers."""
    parts = [
        p.detach().numpy().tobytes() for p in [*net.parameters(), *(p.grad for p in net.parameters()), *net.buffers()]
    ]
    return hashlib.sha256(b"".join(parts)).hexdigest()
