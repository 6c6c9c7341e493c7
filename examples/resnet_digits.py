"""Learn handwritten digits from ten examples of each: a small residual network, with and without augmented images.

So few images a network soon knows by heart. Turned, moved, sheared and scaled a little at random, each is a new one in
every epoch, and what is learned holds for digits that were not seen.

Run: python examples/resnet_digits.py --out pictures        (needs scikit-learn, Pillow; a few seconds on two cores)

--out DIR saves filters.png, features.png, augmented.png and predictions.png.
"""

import argparse
from pathlib import Path

import numpy as np

import dlx
import dlx.nn as nn
import dlx.nn.functional as F
from dlx.data import DataLoader, Dataset, transforms
from dlx.utils import save_image


class Block(nn.Module):
    """Two convolutions, whose result is added to what came in."""

    def __init__(self, channels_in, channels, stride=1):
        super().__init__()
        self.conv1 = nn.Conv2d(channels_in, channels, 3, stride, padding=1, bias=False)
        self.norm1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, padding=1, bias=False)
        self.norm2 = nn.BatchNorm2d(channels)
        self.skip = nn.Identity()
        if stride != 1 or channels_in != channels:
            self.skip = nn.Sequential(nn.Conv2d(channels_in, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        y = F.relu(self.norm1(self.conv1(x)))
        return F.relu(self.norm2(self.conv2(y)) + self.skip(x))


class ResNet(nn.Module):
    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(1, 16, 3, padding=1, bias=False), nn.BatchNorm2d(16), nn.ReLU())
        self.stage1 = Block(16, 16)
        self.stage2 = Block(16, 32, stride=2)
        self.stage3 = Block(32, 64, stride=2)
        self.head = nn.Linear(64, 10)

    def features(self, x):
        """What each stage makes of the images."""
        maps = [self.stem(x)]
        for stage in (self.stage1, self.stage2, self.stage3):
            maps.append(stage(maps[-1]))
        return maps

    def forward(self, x):
        return self.head(self.features(x)[-1].mean(dim=(2, 3)))


class Digits(Dataset):
    def __init__(self, images, labels, transform):
        self.images, self.labels, self.transform = images, labels, transform

    def __getitem__(self, index):
        return self.transform(self.images[index]), self.labels[index]

    def __len__(self):
        return len(self.images)


def load(of_each):
    """Images (n, 1, 8, 8) in [0, 1] and labels: some of each digit to train on, the rest to test on."""
    from sklearn.datasets import load_digits

    digits = load_digits()
    images = dlx.tensor(digits.images, dtype=dlx.float32).unsqueeze(1) / 16
    order = dlx.randperm(len(images)).numpy()
    train = np.concatenate([order[digits.target[order] == digit][:of_each] for digit in range(10)])
    test = np.setdiff1d(order, train)
    labels = dlx.tensor(digits.target)
    return [(images[dlx.tensor(part)], labels[dlx.tensor(part)]) for part in (train, test)]


AUGMENT = transforms.Compose([
    transforms.RandomAffine(15, translate=(0.1, 0.1), scale=(0.85, 1.15), shear=10, interpolation="bilinear"),
    transforms.ColorJitter(brightness=0.2, contrast=0.2),
])  # fmt: skip


def train(model, images, labels, epochs, transform):
    """Return the losses of all steps."""
    loader = DataLoader(Digits(images, labels, transform), batch_size=25, shuffle=True)
    optimizer = dlx.optim.AdamW(model.parameters(), lr=3e-3, weight_decay=1e-2)
    schedule = dlx.optim.lr_scheduler.OneCycleLR(optimizer, max_lr=1e-2, total_steps=epochs * len(loader) + 1)
    losses = []
    model.train()
    for _ in range(epochs):
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y, label_smoothing=0.1)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
    return losses


@dlx.no_grad()
def predict(model, images):
    model.eval()
    return model(images).argmax(dim=1)


def main(epochs=60, seed=0, out=None, quiet=False):
    """Train with and without, and return the losses, the model and the share of unseen digits that is read right."""
    dlx.manual_seed(seed)
    (images, labels), (test, truth) = load(of_each=10)
    found = {}
    for name, transform in [("as they are", nn.Identity()), ("augmented", AUGMENT)]:
        model = ResNet()
        losses = train(model, images, labels, epochs, transform)
        guess = predict(model, test)
        accuracy = (guess == truth).float().mean().item()
        found[name] = accuracy
        if not quiet:
            print(f"{len(images)} images, {name}: loss {losses[-1]:.3f}, test accuracy {100 * accuracy:.2f} %")
    if out is not None:
        save_pictures(Path(out), model, images, test, truth, guess)
    return {"losses": losses, "model": model, "accuracy": found["augmented"], "without": found["as they are"]}


def enlarged(images, size):
    return transforms.functional.resize(images, (size, size), "nearest")


@dlx.no_grad()
def save_pictures(out, model, images, test, truth, guess):
    out.mkdir(parents=True, exist_ok=True)
    # The first layer's 16 filters: red is positive, blue negative, white zero.
    filters = model.stem[0].weight / model.stem[0].weight.abs().max()
    colours = dlx.cat([1 + filters.clamp(max=0), 1 - filters.abs(), 1 - filters.clamp(min=0)], dim=1)
    save_image(enlarged(colours, 60), out / "filters.png", padding=4)

    # A digit, and below it 16 of the maps that each stage makes of it.
    digit = test[:1]
    rows = []
    for maps in [digit, *model.features(digit)]:
        maps = enlarged(maps[0, :16, None], 48)
        scaled = maps / maps.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-6)
        rows += [scaled, dlx.ones(-len(maps) % 16, 1, 48, 48)]
    save_image(dlx.cat(rows), out / "features.png", nrow=16, pad_value=1)

    # Digits as they are, and seven times augmented.
    rows = [dlx.stack([x, *(AUGMENT(x) for _ in range(7))]) for x in images[::10]]
    save_image(enlarged(dlx.cat(rows), 40), out / "augmented.png", nrow=16, pad_value=1)

    # Digits that were not seen; those that were misread first, with the answer and the truth.
    wrong = (guess != truth).nonzero().flatten()[:16]
    right = (guess == truth).nonzero().flatten()[: 48 - len(wrong)]
    shown = [captioned(test[i], guess[i].item(), truth[i].item()) for i in dlx.cat([wrong, right])]
    save_image(shown, out / "predictions.png", nrow=12, pad_value=1)


def captioned(image, guess, truth):
    """The image over a line of text: green if the answer is right, else red."""
    from PIL import ImageDraw

    colour = dlx.tensor([0.15, 0.5, 0.2] if guess == truth else [0.75, 0.15, 0.15]).view(3, 1, 1)
    line = transforms.functional.to_pil_image(colour.expand(3, 14, 56))
    text = f"{guess}" if guess == truth else f"{guess}, not {truth}"
    ImageDraw.Draw(line).text((4, 1), text, fill="white")
    return dlx.cat([enlarged(image, 56).expand(3, 56, 56), transforms.functional.to_tensor(line)], dim=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", metavar="DIR", help="save pictures there")
    arguments = parser.parse_args()
    main(arguments.epochs, arguments.seed, arguments.out)
