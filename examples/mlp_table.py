"""Train a multilayer perceptron on a table, in the words of PyTorch: what does a flat cost?

The table is made here: 2,000 flats with five numbers and a district each, and a price that depends on them in a way
that is not linear, with some noise. Numbers are standardised, the district becomes one column for each. A linear model
leaves about four times the error.

Run: python examples/mlp_table.py        (a few seconds on two cores)
"""

import numpy as np

import dlx
import dlx.nn as nn
import dlx.nn.functional as F
from dlx.utils.data import DataLoader, TensorDataset


def make_table(rows=2000, seed=0):
    """Columns of numbers (rows, 5), districts (rows,) from 0 to 5, prices (rows,) in thousands."""
    rng = np.random.default_rng(seed)
    area = rng.uniform(25, 160, rows)
    rooms = np.clip(np.round(area / 28 + rng.normal(0, 0.7, rows)), 1, 6)
    floor = rng.integers(0, 12, rows)
    age = rng.uniform(0, 110, rows)
    minutes = rng.gamma(3, 3, rows)  # to the next station
    district = rng.integers(0, 6, rows)
    per_metre = np.array([2.1, 2.6, 3.4, 3.0, 4.2, 5.5])[district] * (1 - 0.3 * np.tanh(minutes / 12))
    charm = 0.15 * np.exp(-(((age - 105) / 15) ** 2)) - 0.25 * np.tanh(age / 60)  # new ones, and again the very old
    view = 1 + 0.02 * floor * (district > 2)
    price = area * per_metre * (1 + charm) * view + 8 * rooms + rng.normal(0, 8, rows)
    return np.stack([area, rooms, floor, age, minutes], axis=1), district, price


def as_inputs(numbers, district, like):
    """Standardised by the rows of `like`, and one column for each district."""
    scaled = (numbers - like.mean(axis=0)) / like.std(axis=0)
    return dlx.cat([dlx.tensor(scaled, dtype=dlx.float32), F.one_hot(dlx.tensor(district), 6).float()], dim=1)


def main(steps=800, quiet=False):
    """Train, and return the losses, the model, and the test's R² (the share of the variance that is explained)."""
    dlx.manual_seed(0)
    numbers, district, price = make_table()
    train, test = slice(0, 1600), slice(1600, None)
    x, x_test = (as_inputs(numbers[part], district[part], numbers[train]) for part in (train, test))
    mean, spread = price[train].mean(), price[train].std()
    y, y_test = (dlx.tensor((price[part] - mean) / spread, dtype=dlx.float32) for part in (train, test))

    model = nn.Sequential(nn.Linear(11, 64), nn.SiLU(), nn.Linear(64, 64), nn.SiLU(), nn.Linear(64, 1), nn.Flatten(0))
    optimizer = dlx.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = dlx.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=steps + 1)
    loader = DataLoader(TensorDataset(x, y), batch_size=64, shuffle=True)

    losses = []
    while len(losses) < steps:
        for xs, ys in loader:
            optimizer.zero_grad()
            loss = F.mse_loss(model(xs), ys)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            if not quiet and len(losses) % 200 == 0:
                print(f"step {len(losses):4}: loss {np.mean(losses[-200:]):.4f}")
            if len(losses) == steps:
                break

    model.eval()
    with dlx.no_grad():
        error = F.mse_loss(model(x_test), y_test).item()
    r2 = 1 - error / y_test.var(correction=0).item()
    if not quiet:
        print(f"test: R² {r2:.4f}, typical error {error**0.5 * spread:.1f} thousand, noise in the data 8.0")
    return {"losses": losses, "model": model, "r2": r2}


if __name__ == "__main__":
    main()
