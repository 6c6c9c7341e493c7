"""Ordinary PyTorch programs. Each takes the library (dlx or torch), begins at fixed weights and returns its losses."""

from __future__ import annotations

import io
import math
from typing import Any

import numpy as np


def seeded(seed: int) -> np.random.Generator:
    return np.random.default_rng(seed)


def start(torch: Any, model: Any, seed: int = 0) -> Any:
    """The same weights in both libraries, as large as the default initialisation makes them."""
    rng = seeded(seed)
    with torch.no_grad():
        for parameter in model.parameters():
            shape = tuple(parameter.shape)
            bound = 1 / math.sqrt(np.prod(shape[1:]) if len(shape) > 1 else shape[0])
            parameter.copy_(torch.from_numpy(rng.uniform(-bound, bound, shape).astype(np.float32)))
    return model


def floats(torch: Any, rng: np.random.Generator, *shape: int) -> Any:
    return torch.from_numpy(rng.standard_normal(shape).astype(np.float32))


def mlp(torch: Any, steps: int = 60) -> list[float]:
    """Three classes of points in a plane; a schedule, weight decay, gradient clipping."""
    nn, F = torch.nn, torch.nn.functional
    rng = seeded(1)
    y = rng.integers(0, 3, 240)
    x = rng.standard_normal((240, 4)) + y[:, None] * np.array([1.0, -1.0, 0.5, 0.0])
    data = torch.utils.data.TensorDataset(torch.from_numpy(x.astype(np.float32)), torch.from_numpy(y))
    loader = torch.utils.data.DataLoader(data, batch_size=48)
    model = start(torch, nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 32), nn.GELU(), nn.Linear(32, 3)))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9, nesterov=True, weight_decay=1e-3)
    schedule = torch.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)
    losses: list[float] = []
    while len(losses) < steps:
        for xs, ys in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(xs), ys, label_smoothing=0.05)
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return losses[:steps]


def cnn(torch: Any, steps: int = 40) -> list[float]:
    """Convolutions, batch norm, both kinds of pooling, a residual connection."""
    nn, F = torch.nn, torch.nn.functional

    class Net(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.stem = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1, bias=False), nn.BatchNorm2d(8), nn.ReLU())
            self.body = nn.Sequential(nn.Conv2d(8, 8, 3, padding=1), nn.GroupNorm(2, 8), nn.SiLU())
            self.down = nn.Conv2d(8, 16, 3, stride=2, padding=1)
            self.head = nn.Linear(16, 10)

        def forward(self, x: Any) -> Any:
            x = F.max_pool2d(self.stem(x), 2)
            x = x + self.body(x)
            x = F.avg_pool2d(F.leaky_relu(self.down(x)), 2)
            return self.head(torch.flatten(F.adaptive_avg_pool2d(x, 1), 1))

    rng = seeded(2)
    labels = rng.integers(0, 10, 128)
    patterns = rng.standard_normal((10, 1, 16, 16))
    images = torch.from_numpy((patterns[labels] + 0.5 * rng.standard_normal((128, 1, 16, 16))).astype(np.float32))
    targets = torch.from_numpy(labels)
    model = start(torch, Net())
    optimizer = torch.optim.Adam(model.parameters(), lr=3e-3)
    losses = []
    for step in range(steps):
        at = slice(step % 4 * 32, step % 4 * 32 + 32)
        loss = nn.CrossEntropyLoss()(model(images[at]), targets[at])
        optimizer.zero_grad(set_to_none=True)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    model.eval()
    with torch.no_grad():
        losses.append(F.cross_entropy(model(images), targets).item())
    return losses


TEXT = "the quick brown fox jumps over the lazy dog and runs away from the quick brown dog "


def lstm(torch: Any, steps: int = 40) -> list[float]:
    """A character model: embedding, two layers of LSTM whose state is carried over, truncated backpropagation."""
    nn, F = torch.nn, torch.nn.functional

    class Model(nn.Module):
        def __init__(self, letters: int) -> None:
            super().__init__()
            self.embedding = nn.Embedding(letters, 12)
            self.lstm = nn.LSTM(12, 24, num_layers=2, batch_first=True)
            self.head = nn.Linear(24, letters)

        def forward(self, x: Any, state: Any) -> Any:
            out, state = self.lstm(self.embedding(x), state)
            return self.head(out), state

    letters = sorted(set(TEXT))
    ids = np.array([letters.index(c) for c in TEXT * 40])
    rows = torch.from_numpy(ids[: len(ids) // 4 * 4].reshape(4, -1))
    model = start(torch, Model(len(letters)))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, weight_decay=0.01)
    state, losses = None, []
    for step in range(steps):
        at = step * 16
        logits, state = model(rows[:, at : at + 16], state)
        loss = F.cross_entropy(logits.reshape(-1, len(letters)), rows[:, at + 1 : at + 17].reshape(-1))
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 5.0)
        optimizer.step()
        state = tuple(s.detach() for s in state)
        losses.append(loss.item())
    return losses


def transformer(torch: Any, steps: int = 30) -> list[float]:
    """A Transformer encoder with positions and a padding mask that says whether a sequence holds a token twice."""
    nn, F = torch.nn, torch.nn.functional

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens = nn.Embedding(12, 16, padding_idx=0)
            self.positions = nn.Parameter(torch.zeros(10, 16))
            layer = nn.TransformerEncoderLayer(
                16, 4, dim_feedforward=32, dropout=0.0, batch_first=True, norm_first=True
            )
            self.encoder = nn.TransformerEncoder(layer, 2, enable_nested_tensor=False)
            self.head = nn.Linear(16, 2)

        def forward(self, x: Any) -> Any:
            padding = x == 0
            h = self.encoder(self.tokens(x) + self.positions[: x.shape[1]], src_key_padding_mask=padding)
            kept = (~padding).unsqueeze(-1).float()
            return self.head((h * kept).sum(1) / kept.sum(1))

    rng = seeded(4)
    x = np.stack([rng.permutation(np.arange(1, 12))[:10] for _ in range(96)])
    y = rng.integers(0, 2, 96)
    for row, double in zip(x, y):
        row[8:] = 0
        if double:
            row[5] = row[1]
    tokens, labels = torch.from_numpy(x), torch.from_numpy(y)
    model = start(torch, Model())
    optimizer = torch.optim.Adam(model.parameters(), lr=2e-3, betas=(0.9, 0.98), eps=1e-9)
    warm = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: min(1.0, (step + 1) / 10))
    losses = []
    for step in range(steps):
        at = slice(step % 3 * 32, step % 3 * 32 + 32)
        loss = F.cross_entropy(model(tokens[at]), labels[at])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        warm.step()
        losses.append(loss.item())
    return losses


def gpt_model(torch: Any, letters: int, width: int, heads: int, layers: int, length: int) -> Any:
    """A small language model: decoder blocks with norms first, causal self-attention and gelu; tied weights."""
    nn, F = torch.nn, torch.nn.functional

    class Block(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.norm1, self.norm2 = nn.LayerNorm(width), nn.LayerNorm(width)
            self.qkv, self.out = nn.Linear(width, 3 * width, bias=False), nn.Linear(width, width)
            self.mlp = nn.Sequential(nn.Linear(width, 4 * width), nn.GELU(), nn.Linear(4 * width, width))

        def forward(self, x: Any) -> Any:
            heads_first = [
                part.unflatten(2, (heads, -1)).transpose(1, 2) for part in self.qkv(self.norm1(x)).chunk(3, 2)
            ]
            mixed = F.scaled_dot_product_attention(*heads_first, is_causal=True)
            x = x + self.out(mixed.transpose(1, 2).flatten(2))
            return x + self.mlp(self.norm2(x))

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.tokens, self.positions = nn.Embedding(letters, width), nn.Embedding(length, width)
            self.blocks, self.norm = nn.Sequential(*[Block() for _ in range(layers)]), nn.LayerNorm(width)

        def forward(self, x: Any) -> Any:
            h = self.tokens(x) + self.positions(torch.arange(x.shape[1]))
            return F.linear(self.norm(self.blocks(h)), self.tokens.weight)

    return Model()


def gpt(torch: Any, steps: int = 30) -> list[float]:
    """A small GPT on characters: causal attention, tied weights, weight decay for matrices alone."""
    nn, F = torch.nn, torch.nn.functional
    letters = sorted(set(TEXT))
    ids = torch.from_numpy(np.array([letters.index(c) for c in TEXT * 8]))
    model = start(torch, gpt_model(torch, len(letters), 32, 4, 2, 48))
    decayed = [p for p in model.parameters() if p.dim() > 1]
    others = [p for p in model.parameters() if p.dim() == 1]
    optimizer = torch.optim.AdamW(
        [{"params": decayed}, {"params": others, "weight_decay": 0.0}], lr=3e-3, betas=(0.9, 0.95), weight_decay=0.1
    )
    losses = []
    for step in range(steps):
        x = torch.stack([ids[at : at + 49] for at in range(step % 17, step % 17 + 64, 8)])
        loss = F.cross_entropy(model(x[:, :-1]).flatten(0, 1), x[:, 1:].flatten())
        optimizer.zero_grad()
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        losses.append(loss.item())
    return losses


def wgan_gp(torch: Any, steps: int = 15) -> list[float]:
    """A Wasserstein GAN whose critic is held to a gradient of norm 1: the gradient of a gradient."""
    nn = torch.nn
    rng = seeded(5)
    critic = start(
        torch, nn.Sequential(nn.Linear(2, 32), nn.LeakyReLU(0.2), nn.Linear(32, 32), nn.Tanh(), nn.Linear(32, 1)), 1
    )
    generator = start(torch, nn.Sequential(nn.Linear(4, 32), nn.ReLU(), nn.Linear(32, 2)), 2)
    of_critic = torch.optim.RMSprop(critic.parameters(), lr=5e-4)
    of_generator = torch.optim.RMSprop(generator.parameters(), lr=5e-4)
    losses = []
    for _ in range(steps):
        for _ in range(3):
            real = floats(torch, rng, 32, 2) * 0.5 + torch.tensor([2.0, -1.0])
            fake = generator(floats(torch, rng, 32, 4)).detach()
            mix = torch.from_numpy(rng.uniform(size=(32, 1)).astype(np.float32))
            between = (mix * real + (1 - mix) * fake).requires_grad_(True)
            score = critic(between)
            (gradient,) = torch.autograd.grad(score, between, grad_outputs=torch.ones_like(score), create_graph=True)
            penalty = ((gradient.norm(2, dim=1) - 1) ** 2).mean()
            loss = critic(fake).mean() - critic(real).mean() + 10 * penalty
            of_critic.zero_grad()
            loss.backward()
            of_critic.step()
            losses.append(loss.item())
        loss = -critic(generator(floats(torch, rng, 32, 4))).mean()
        of_generator.zero_grad()
        loss.backward()
        of_generator.step()
        losses.append(loss.item())
    return losses


def gan(torch: Any, steps: int = 30) -> list[float]:
    """Two networks, two optimizers, a loss on logits."""
    nn = torch.nn
    rng = seeded(6)
    judge = start(torch, nn.Sequential(nn.Linear(2, 24), nn.LeakyReLU(0.2), nn.Linear(24, 1)), 3)
    maker = start(torch, nn.Sequential(nn.Linear(3, 24), nn.ELU(), nn.Linear(24, 2)), 4)
    of_judge = torch.optim.Adam(judge.parameters(), lr=2e-3, betas=(0.5, 0.999))
    of_maker = torch.optim.Adam(maker.parameters(), lr=2e-3, betas=(0.5, 0.999))
    criterion = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(32, 1), torch.zeros(32, 1)
    losses = []
    for _ in range(steps):
        real, fake = floats(torch, rng, 32, 2) + 3, maker(floats(torch, rng, 32, 3))
        of_judge.zero_grad()
        loss = criterion(judge(real), ones) + criterion(judge(fake.detach()), zeros)
        loss.backward()
        of_judge.step()
        losses.append(loss.item())
        of_maker.zero_grad()
        loss = criterion(judge(fake), ones)
        loss.backward()
        of_maker.step()
        losses.append(loss.item())
    return losses


def custom_function(torch: Any, steps: int = 30) -> list[float]:
    """A straight-through estimator: rounding forward, the identity backward."""
    nn, F = torch.nn, torch.nn.functional

    class Quantize(torch.autograd.Function):
        @staticmethod
        def forward(ctx: Any, x: Any, levels: int) -> Any:
            ctx.save_for_backward(x)
            return torch.round(x.clamp(-1, 1) * levels) / levels

        @staticmethod
        def backward(ctx: Any, g: Any) -> Any:
            (x,) = ctx.saved_tensors
            return g * (x.abs() <= 1).to(g.dtype), None

    rng = seeded(7)
    x = floats(torch, rng, 64, 8)
    y = torch.sin(x.sum(1, keepdim=True))
    first, second = start(torch, nn.Linear(8, 32), 5), start(torch, nn.Linear(32, 1), 6)
    optimizer = torch.optim.SGD([{"params": first.parameters()}, {"params": second.parameters(), "lr": 0.02}], lr=0.05)
    losses = []
    for _ in range(steps):
        loss = F.smooth_l1_loss(second(Quantize.apply(torch.tanh(first(x)), 4)), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


def accumulation(torch: Any, steps: int = 20) -> list[float]:
    """Gradients of four small batches for each step."""
    nn, F = torch.nn, torch.nn.functional
    rng = seeded(8)
    x = floats(torch, rng, 64, 6)
    y = (x[:, :1] * x[:, 1:2]).detach()
    model = start(torch, nn.Sequential(nn.Linear(6, 32), nn.Softplus(), nn.LayerNorm(32), nn.Linear(32, 1)))
    optimizer = torch.optim.Adagrad(model.parameters(), lr=0.05)
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        total = 0.0
        for part_x, part_y in zip(x.split(16), y.split(16)):
            loss = F.mse_loss(model(part_x), part_y) / 4
            loss.backward()
            total += loss.item()
        optimizer.step()
        losses.append(total)
    return losses


def save_and_resume(torch: Any, steps: int = 24) -> list[float]:
    """A GRU that stops half way: model, optimizer and schedule go through a file and go on in new objects."""
    nn, F = torch.nn, torch.nn.functional
    rng = seeded(9)
    x = floats(torch, rng, 16, 12, 3)
    y = x.cumsum(1)[:, :, :1]

    class Model(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.gru = nn.GRU(3, 16, batch_first=True, bidirectional=True)
            self.head = nn.Linear(32, 1)

        def forward(self, x: Any) -> Any:
            return self.head(self.gru(x)[0])

    def make() -> Any:
        model = Model()
        optimizer = torch.optim.AdamW(model.parameters(), lr=1e-2, amsgrad=True)
        return model, optimizer, torch.optim.lr_scheduler.StepLR(optimizer, 5, gamma=0.8)

    def train(model: Any, optimizer: Any, schedule: Any, count: int) -> list[float]:
        losses = []
        for _ in range(count):
            loss = F.l1_loss(model(x), y)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        return losses

    first = make()
    start(torch, first[0])
    losses = train(*first, steps // 2)
    file = io.BytesIO()
    torch.save([part.state_dict() for part in first], file)
    file.seek(0)
    second = make()
    for part, state in zip(second, torch.load(file)):
        part.load_state_dict(state)
    return losses + train(*second, steps - steps // 2)


PROGRAMS = [mlp, cnn, lstm, transformer, gpt, wgan_gp, gan, custom_function, accumulation, save_and_resume]
