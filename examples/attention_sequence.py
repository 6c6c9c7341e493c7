"""Train a small Transformer to look things up, in the words of PyTorch.

Each sequence shows ten pairs of a key and a value, in any order and new each time, and then asks for the value of one
of the keys. No fixed function of the positions can answer: the last position must attend to the one that has its key.
Guessing is right once in 16.

Run: python examples/attention_sequence.py        (about ten seconds on two cores)
"""

import dlx
import dlx.nn as nn
import dlx.nn.functional as F

KEYS, VALUES, PAIRS = 24, 16, 10
NOTHING = VALUES  # the value of the question


def make_batch(size):
    """Keys and values (size, PAIRS + 1), the question last, and the answers (size,)."""
    keys = dlx.rand(size, KEYS).argsort(dim=1)[:, :PAIRS]  # distinct
    values = dlx.randint(0, VALUES, (size, PAIRS))
    asked = dlx.randint(0, PAIRS, (size, 1))
    answers = values.gather(1, asked).squeeze(1)
    keys = dlx.cat([keys, keys.gather(1, asked)], dim=1)
    values = dlx.cat([values, dlx.full((size, 1), NOTHING)], dim=1)
    return keys, values, answers


class Model(nn.Module):
    def __init__(self, width=32):
        super().__init__()
        self.key = nn.Embedding(KEYS, width)
        self.value = nn.Embedding(VALUES + 1, width)
        layer = nn.TransformerEncoderLayer(
            width, nhead=4, dim_feedforward=64, dropout=0.0, activation="gelu", batch_first=True, norm_first=True
        )
        self.encoder = nn.TransformerEncoder(layer, num_layers=2, norm=nn.LayerNorm(width), enable_nested_tensor=False)
        self.out = nn.Linear(width, VALUES)

    def forward(self, keys, values):
        x = self.encoder(self.key(keys) + self.value(values))
        return self.out(x[:, -1])


def main(steps=400, quiet=False):
    """Train, and return the losses, the model, and the share of right answers to new questions."""
    dlx.manual_seed(0)
    model = Model()
    optimizer = dlx.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = dlx.optim.lr_scheduler.SequentialLR(
        optimizer,
        [
            dlx.optim.lr_scheduler.LinearLR(optimizer, 0.1, total_iters=20),
            dlx.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps),
        ],
        milestones=[20],
    )

    losses = []
    for step in range(steps):
        keys, values, answers = make_batch(64)
        loss = F.cross_entropy(model(keys, values), answers)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
        if not quiet and (step + 1) % 100 == 0:
            print(f"step {step + 1:4}: loss {loss.item():.4f}")

    model.eval()
    with dlx.no_grad():
        keys, values, answers = make_batch(1000)
        accuracy = (model(keys, values).argmax(dim=1) == answers).float().mean().item()
    if not quiet:
        print(f"test: {100 * accuracy:.1f} % of 1000 new questions answered right")
    return {"losses": losses, "model": model, "accuracy": accuracy}


if __name__ == "__main__":
    main()
