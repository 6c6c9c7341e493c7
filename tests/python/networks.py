"""Four networks and their data, large enough that their ops are cut into chunks, small enough to train in a test."""

from __future__ import annotations

from collections.abc import Callable

import programs

import dlx
import dlx.nn as nn
import dlx.nn.functional as F

NAMES = ["mlp", "cnn", "lstm", "gpt"]


class Recurrent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.embedding, self.lstm = nn.Embedding(50, 64), nn.LSTM(64, 96, num_layers=2, batch_first=True)
        self.out = nn.Linear(96, 50)

    def forward(self, x: dlx.Tensor) -> dlx.Tensor:
        return self.out(self.lstm(self.embedding(x))[0])


def make(name: str, batch: int = 24) -> tuple[nn.Module, dlx.Tensor, dlx.Tensor]:
    """The network, inputs for it, and a class for each row of its output."""
    if name == "mlp":
        model = nn.Sequential(nn.Linear(100, 400), nn.ReLU(), nn.Dropout(0.1), nn.Linear(400, 400), nn.GELU())
        return nn.Sequential(*model, nn.Linear(400, 10)), dlx.randn(8 * batch, 100), dlx.randint(0, 10, (8 * batch,))
    if name == "cnn":
        model = nn.Sequential(
            nn.Conv2d(3, 16, 3, padding=1), nn.BatchNorm2d(16), nn.ReLU(), nn.MaxPool2d(2),
            nn.Conv2d(16, 24, 3, padding=1), nn.BatchNorm2d(24), nn.SiLU(), nn.AdaptiveAvgPool2d(2), nn.Flatten(),
            nn.Linear(96, 10),
        )  # fmt: skip
        return model, dlx.randn(batch, 3, 16, 16), dlx.randint(0, 10, (batch,))
    tokens, targets = dlx.randint(0, 50, (batch, 24)), dlx.randint(0, 50, (24 * batch,))
    if name == "lstm":
        return Recurrent(), tokens, targets
    return programs.gpt_model(dlx, 50, 48, 4, 2, 24), tokens, targets


def training(model: nn.Module, x: dlx.Tensor, y: dlx.Tensor) -> Callable[[], float]:
    """A training step, which returns its loss."""
    optimizer = dlx.optim.AdamW(model.parameters(), lr=1e-3)

    def step() -> float:
        optimizer.zero_grad()
        loss = F.cross_entropy(model(x).flatten(0, -2), y)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss.item()

    return step
