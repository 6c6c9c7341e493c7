"""Train a small convolutional network on handwritten digits, in the words of PyTorch.

Run: python examples/digits.py        (needs scikit-learn; about ten seconds on two cores)
"""

import dlx
import dlx.nn as nn
import dlx.nn.functional as F
from dlx.utils.data import DataLoader, TensorDataset


class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(1, 32, kernel_size=3, padding=1)
        self.norm1 = nn.BatchNorm2d(32)
        self.conv2 = nn.Conv2d(32, 64, kernel_size=3, padding=1)
        self.norm2 = nn.BatchNorm2d(64)
        self.dropout = nn.Dropout(0.4)
        self.out = nn.Linear(64 * 4 * 4, 10)

    def forward(self, x):
        x = F.relu(self.norm1(self.conv1(x)))
        x = F.relu(self.norm2(self.conv2(x)))
        x = F.max_pool2d(x, 2)
        return self.out(self.dropout(x.flatten(1)))


def main(steps=450, quiet=False):
    """Train, and return the losses, the model, and the share of the test's digits that it reads right."""
    from sklearn.datasets import load_digits

    dlx.manual_seed(0)
    # 1797 images of 8 x 8 grey pixels, 0 to 16. One in five is kept for the test.
    digits = load_digits()
    images = dlx.tensor(digits.images, dtype=dlx.float32).unsqueeze(1) / 16
    labels = dlx.tensor(digits.target)
    order = dlx.randperm(len(labels))
    train, test = order[:1437], order[1437:]

    model = Net()
    loader = DataLoader(TensorDataset(images[train], labels[train]), batch_size=32, shuffle=True)
    optimizer = dlx.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = dlx.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)

    losses = []
    while len(losses) < steps:
        model.train()
        for x, y in loader:
            optimizer.zero_grad()
            loss = F.cross_entropy(model(x), y)
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
            if len(losses) == steps:
                break

        model.eval()
        with dlx.no_grad():
            accuracy = (model(images[test]).argmax(dim=1) == labels[test]).float().mean().item()
        if not quiet:
            print(f"step {len(losses):3}: loss {losses[-1]:.4f}, test accuracy {100 * accuracy:.2f} %")
    return {"losses": losses, "model": model, "accuracy": accuracy}


if __name__ == "__main__":
    main()
