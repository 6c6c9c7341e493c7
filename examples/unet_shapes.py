"""Find shapes in pictures: a U-Net says of each pixel whether it belongs to a disc, a cross, a triangle or to nothing.

The pictures are drawn here, new ones in each epoch: up to three shapes of any colour and size, turned and one over the
other, before a background that changes its colour slowly, under noise. Colour tells nothing, only the outline does.

Run: python examples/unet_shapes.py --out pictures        (needs Pillow for the pictures; half a minute on two cores)

--out DIR saves predictions.png (pictures over the truth over the answer), filters.png and features.png.
"""

import argparse
from pathlib import Path

import numpy as np

import dlx
import dlx.nn.functional as F
from dlx.data import transforms
from dlx.models.vision import UNet
from dlx.utils import save_image

SIZE = 40
CLASSES = ["nothing", "disc", "cross", "triangle"]
COLOURS = dlx.tensor([[0.12, 0.12, 0.14], [0.95, 0.75, 0.2], [0.3, 0.6, 0.95], [0.9, 0.35, 0.4]])


def draw(rng, count):
    """Pictures (count, 3, SIZE, SIZE) in [0, 1] and the class of each pixel (count, SIZE, SIZE)."""
    y, x = np.mgrid[:SIZE, :SIZE] + 0.5
    pictures = np.empty((count, 3, SIZE, SIZE))
    classes = np.zeros((count, SIZE, SIZE), np.int64)
    for picture, kinds in zip(pictures, classes):
        corners = rng.uniform(0.2, 0.8, (3, 1, 1)) + rng.uniform(-0.2, 0.2, (3, 2, 2))
        across, down = x / SIZE, y / SIZE
        top = corners[:, 0, :1, None] * (1 - across) + corners[:, 0, 1:, None] * across
        bottom = corners[:, 1, :1, None] * (1 - across) + corners[:, 1, 1:, None] * across
        picture[:] = top * (1 - down) + bottom * down
        for kind in rng.integers(1, 4, rng.integers(1, 4)):
            middle, size, turn = rng.uniform(0.15, 0.85, 2) * SIZE, rng.uniform(0.18, 0.3) * SIZE, rng.uniform(0, 7)
            u, v = x - middle[0], y - middle[1]
            reach = lambda angle, u=u, v=v, size=size: (u * np.cos(angle) + v * np.sin(angle)) / size
            if kind == 1:
                inside = np.hypot(u, v) < size
            elif kind == 2:
                along, aside = abs(reach(turn)), abs(reach(turn + np.pi / 2))
                inside = (np.minimum(along, aside) < 0.35) & (np.maximum(along, aside) < 1.1)
            else:
                inside = np.max([reach(turn + side * 2 * np.pi / 3) for side in range(3)], axis=0) < 0.65
            picture[:, inside] = rng.uniform(0, 1, (3, 1))
            kinds[inside] = kind
    pictures += rng.normal(0, 0.05, pictures.shape)
    return dlx.tensor(pictures.clip(0, 1), dtype=dlx.float32), dlx.tensor(classes)


def intersection_over_union(answer, truth):
    """For each class: the pixels that are in both over those that are in either."""
    n = len(CLASSES)
    table = dlx.bincount((truth * n + answer).flatten(), minlength=n * n).view(n, n).double()
    both = table.diagonal()
    return both / (table.sum(dim=0) + table.sum(dim=1) - both)


@dlx.no_grad()
def predict(model, pictures):
    model.eval()
    return dlx.cat([model(part).argmax(dim=1) for part in pictures.split(50)])


def main(epochs=20, seed=0, out=None, quiet=False):
    """Train, and return the losses, the model and the mean IoU over the classes on pictures that were not seen."""
    dlx.manual_seed(seed)
    rng = np.random.default_rng(seed)
    test, truth = draw(np.random.default_rng(seed + 1_000_000), 100)

    model = UNet(3, len(CLASSES), width=12, depth=3)
    optimizer = dlx.optim.AdamW(model.parameters(), lr=1e-2)
    steps = 20
    schedule = dlx.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=epochs * steps + 1)
    losses = []
    for epoch in range(epochs):
        model.train()
        for _ in range(steps):
            pictures, classes = draw(rng, 16)
            optimizer.zero_grad()
            loss = F.cross_entropy(model(pictures), classes)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        answer = predict(model, test)
        iou = intersection_over_union(answer, truth)
        if not quiet:
            each = ", ".join(f"{name} {100 * part:.1f}" for name, part in zip(CLASSES, iou))
            print(
                f"epoch {epoch + 1:2}: loss {np.mean(losses[-steps:]):.3f}, mean IoU {100 * iou.mean():.1f} % ({each})"
            )
    if out is not None:
        save_pictures(Path(out), model, test, truth, answer)
    return {"losses": losses, "model": model, "iou": iou.mean().item()}


@dlx.no_grad()
def save_pictures(out, model, test, truth, answer):
    out.mkdir(parents=True, exist_ok=True)
    enlarged = lambda images, times: transforms.functional.resize(
        images, (times * images.size(-2), times * images.size(-1)), "nearest"
    )
    # Twelve pictures: as drawn, the truth, the answer.
    painted = lambda classes: COLOURS[classes].permute(0, 3, 1, 2)
    rows = dlx.cat([test[:12], painted(truth[:12]), painted(answer[:12])])
    save_image(enlarged(rows, 2), out / "predictions.png", nrow=12, pad_value=1)

    # The first layer's filters as pictures of what they look for: grey is zero.
    filters = model.first[0].weight
    save_image(
        enlarged(filters / filters.abs().amax(dim=(1, 2, 3), keepdim=True) / 2 + 0.5, 24),
        out / "filters.png",
        nrow=12,
        pad_value=1,
    )

    # A picture, and below it 8 of the maps of each level, down and up.
    levels = []
    hooks = [
        level.register_forward_hook(lambda module, inputs, maps: levels.append(maps))
        for level in (model.first, *model.down, *model.up)
    ]
    model(test[5:6])
    for hook in hooks:
        hook.remove()
    rows = [enlarged(test[5:6], 2), dlx.ones(7, 3, 2 * SIZE, 2 * SIZE)]
    for maps in levels:
        maps = enlarged(maps[0, :8, None], 2 * SIZE // maps.size(-1))
        rows.append((maps / maps.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-6)).expand(8, 3, -1, -1))
    save_image(dlx.cat(rows), out / "features.png", nrow=8, pad_value=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", metavar="DIR", help="save pictures there")
    arguments = parser.parse_args()
    main(arguments.epochs, arguments.seed, arguments.out)
