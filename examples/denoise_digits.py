"""Take noise out of handwritten digits: a convolutional autoencoder that learns from noisy copies of them.

It squeezes an image through eight numbers for each of four places, which have room for strokes but not for noise. How
well it does is told in decibels (PSNR: 10 log10(1 / mean squared error); 3 dB more are half the error), beside what a
blur achieves, the best of all widths.

Run: python examples/denoise_digits.py --out pictures        (needs scikit-learn, Pillow; about ten seconds)

--out DIR saves denoised.png (digits over noisy over denoised), levels.png, filters.png and features.png.
"""

import argparse
from pathlib import Path

import dlx
import dlx.nn as nn
import dlx.nn.functional as F
from dlx.data import DataLoader, TensorDataset
from dlx.data.transforms import functional as TF
from dlx.utils import save_image

NOISE = 0.4  # standard deviation, in images from 0 to 1


class Autoencoder(nn.Module):
    def __init__(self, channels=32, code=8):
        super().__init__()
        self.encoder = nn.Sequential(  # 8 x 8, 4 x 4, 2 x 2
            nn.Conv2d(1, channels, 3, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * channels, 2 * channels, 3, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(2 * channels, code, 1),
        )
        self.decoder = nn.Sequential(
            nn.Conv2d(code, 2 * channels, 1),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * channels, 2 * channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.ConvTranspose2d(2 * channels, channels, 4, stride=2, padding=1),
            nn.ReLU(),
            nn.Conv2d(channels, 1, 3, padding=1),
            nn.Sigmoid(),
        )

    def forward(self, x):
        return self.decoder(self.encoder(x))


def noisy(images, level=NOISE):
    return images + level * dlx.randn_like(images)


def psnr(images, clean):
    """The mean over the images, in decibels."""
    error = (images - clean).square().mean(dim=(1, 2, 3))
    return (-10 * error.log10()).mean().item()


def main(epochs=25, seed=0, out=None, quiet=False):
    """Train, and return the losses, the model and the PSNR of unseen digits: noisy, blurred at best, and denoised."""
    from sklearn.datasets import load_digits

    dlx.manual_seed(seed)
    images = dlx.tensor(load_digits().images, dtype=dlx.float32).unsqueeze(1) / 16
    order = dlx.randperm(len(images))
    train, clean = images[order[:1437]], images[order[1437:]]
    spoilt = noisy(clean)

    model = Autoencoder()
    loader = DataLoader(TensorDataset(train), batch_size=32, shuffle=True)
    optimizer = dlx.optim.AdamW(model.parameters(), lr=3e-3)
    schedule = dlx.optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=epochs * len(loader))
    losses = []
    for epoch in range(epochs):
        for (x,) in loader:
            optimizer.zero_grad()
            loss = F.mse_loss(model(noisy(x)), x)  # other noise each time
            loss.backward()
            optimizer.step()
            schedule.step()
            losses.append(loss.item())
        if not quiet and (epoch + 1) % 5 == 0:
            with dlx.no_grad():
                print(f"epoch {epoch + 1:2}: loss {losses[-1]:.4f}, test {psnr(model(spoilt), clean):.2f} dB")

    with dlx.no_grad():
        before, after = psnr(spoilt, clean), psnr(model(spoilt), clean)
        blurred = max(psnr(TF.gaussian_blur(spoilt, 5, sigma / 10), clean) for sigma in range(3, 15))
    if not quiet:
        print(f"unseen digits: noisy {before:.2f} dB, blurred {blurred:.2f} dB, denoised {after:.2f} dB")
    if out is not None:
        save_pictures(Path(out), model, clean, spoilt)
    return {"losses": losses, "model": model, "before": before, "blurred": blurred, "after": after}


@dlx.no_grad()
def save_pictures(out, model, clean, spoilt):
    out.mkdir(parents=True, exist_ok=True)
    enlarged = lambda images, size=48: TF.resize(images, (size, size), "nearest")
    # Sixteen digits: as they were, with noise, denoised.
    rows = dlx.cat([clean[:16], spoilt[:16], model(spoilt[:16])])
    save_image(enlarged(rows), out / "denoised.png", nrow=16, pad_value=1)

    # One digit under more and more noise, and what is found in it.
    levels = dlx.linspace(0, 1.2, 16).view(16, 1, 1, 1)
    worse = noisy(clean[:1].expand(16, 1, 8, 8), levels)
    save_image(enlarged(dlx.cat([worse, model(worse)])), out / "levels.png", nrow=16, pad_value=1)

    # The first layer's filters: red is positive, blue negative, white zero.
    filters = model.encoder[0].weight / model.encoder[0].weight.abs().max()
    colours = dlx.cat([1 + filters.clamp(max=0), 1 - filters.abs(), 1 - filters.clamp(min=0)], dim=1)
    save_image(enlarged(colours), out / "filters.png", nrow=16)

    # A noisy digit, and below it 16 of the maps of each layer on the way to the code and back.
    rows, maps = [], spoilt[:1]
    for layer in [nn.Identity(), *model.encoder, *model.decoder]:
        maps = layer(maps)
        if isinstance(layer, nn.ReLU):
            shown = maps[0, :16, None]
            rows.append(enlarged(shown / shown.amax(dim=(1, 2, 3), keepdim=True).clamp(min=1e-6)))
    first = enlarged(dlx.cat([spoilt[:1], maps]))
    save_image(dlx.cat([first, dlx.ones(14, 1, 48, 48), *rows]), out / "features.png", nrow=16, pad_value=1)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=25)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--out", metavar="DIR", help="save pictures there")
    arguments = parser.parse_args()
    main(arguments.epochs, arguments.seed, arguments.out)
