"""Transforms of images: their values beside NumPy, Pillow and colorsys, their randomness, and what they refuse."""

from __future__ import annotations

import colorsys
import io

import numpy as np
import pytest
from processes import in_process

import dlx
from dlx.data import DataLoader, Dataset, default_collate, transforms
from dlx.data.transforms import functional as TF
from dlx.data.transforms._draw import beta

DTYPES = [dlx.uint8, dlx.float32, dlx.float64, dlx.int64]


def pixels(*shape, dtype=dlx.uint8, seed=0):
    rng = np.random.default_rng(seed)
    if dtype in (dlx.float16, dlx.float32, dlx.float64):
        return dlx.tensor(rng.random(shape), dtype=dtype)
    return dlx.tensor(rng.integers(0, 256, shape), dtype=dtype)


def picture(image):
    """The Pillow image of a tensor; floats become a picture of mode F, which Pillow computes without rounding."""
    Image = pytest.importorskip("PIL.Image")
    if image.dtype == dlx.float32:
        assert image.size(0) == 1
        return Image.fromarray(image[0].numpy())
    return TF.to_pil_image(image)


def array(result):
    return result.numpy() if isinstance(result, dlx.Tensor) else TF.pil_to_tensor(result).numpy()


def equal(got, want):
    np.testing.assert_array_equal(array(got), want)


def close(got, want, atol=2e-6):
    np.testing.assert_allclose(array(got).astype(np.float64), np.asarray(want, np.float64), rtol=0, atol=atol)


# --- geometry --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3, 5, 7), (2, 3, 4, 4), (2, 2, 1, 3, 6), (0, 3, 4, 4), (1, 1, 1)])
def test_flips_crops_and_pads_are_numpys(shape, dtype):
    x = pixels(*shape, dtype=dtype)
    a = x.numpy()
    h, w = shape[-2:]
    equal(TF.hflip(x), a[..., ::-1])
    equal(TF.vflip(x), a[..., ::-1, :])
    lead = [(0, 0)] * (len(shape) - 2)
    equal(TF.pad(x, (1, 2, 3, 4), fill=5), np.pad(a, [*lead, (2, 4), (1, 3)], constant_values=5))
    for mode in ("edge", "reflect", "symmetric"):  # further than the image is large, too
        equal(TF.pad(x, (9, 2), padding_mode=mode), np.pad(a, [*lead, (2, 2), (9, 9)], mode=mode))
    equal(TF.crop(x, 0, 0, h, w), a)
    around = np.pad(a, [*lead, (50, 50), (50, 50)])
    for top, left, height, width in [(-2, -3, h + 4, 2), (h + 3, 0, 2, w), (-20, 1, 40, 40), (0, w - 1, 1, 1)]:
        rows, columns = slice(50 + top, 50 + top + height), slice(50 + left, 50 + left + width)
        equal(TF.crop(x, top, left, height, width), around[..., rows, columns])
    for image in (x, *([picture(x)] if dtype == dlx.uint8 and len(shape) == 3 else [])):
        equal(TF.center_crop(image, (h + 3, 1)), around[..., 49 : 52 + h, [50 + round((w - 1) / 2)]])


def test_padding_takes_a_number_for_each_channel():
    x = pixels(2, 3, 4, 4)
    padded = TF.pad(x, (0, 1), fill=[1, 2, 3])
    equal(padded[:, :, 0, 0], [[1, 2, 3]] * 2)
    equal(padded[:, :, 1:-1], x.numpy())
    equal(TF.pad(picture(x[0]), (0, 1), fill=[1, 2, 3]), padded[0].numpy())


@pytest.mark.parametrize("size", [5, [5], (7, 30), (30, 7), 40])
@pytest.mark.parametrize("mode", ["nearest-exact", "bilinear", "bicubic"])
def test_resizing_tensors_is_resizing_pictures(size, mode):
    gray = pixels(1, 17, 23, dtype=dlx.float32)
    close(TF.resize(gray, size, mode), array(TF.resize(picture(gray), size, mode)), atol=1e-5)
    colour = pixels(3, 17, 23)
    if mode != "bicubic":  # Pillow rounds and clamps between its two passes: where the cubic overshoots, that shows
        close(TF.resize(colour, size, mode), array(TF.resize(picture(colour), size, mode)), atol=1)
    batch = pixels(2, 2, 3, 17, 23)
    for i in range(2):
        for j in range(2):
            equal(TF.resize(batch, size, mode)[i, j], TF.resize(batch[i, j], size, mode).numpy())


def test_resized_sizes():
    x = dlx.zeros(3, 20, 31)
    shape = lambda *args, **kwargs: tuple(transforms.Resize(*args, **kwargs)(x).shape[1:])
    assert shape(10) == (10, 15)
    assert shape((10, 11)) == (10, 11)
    assert shape(20, max_size=25) == (16, 25)
    assert shape(None, max_size=10) == (6, 10)
    assert shape(10, interpolation=transforms.InterpolationMode.NEAREST) == (10, 15)
    assert shape(10, interpolation=2) == (10, 15)
    assert TF.resize(dlx.zeros(3, 1, 100), 1, max_size=2).shape == (3, 1, 2)
    assert TF.resize(dlx.zeros(0, 3, 4, 4), 2).shape == (0, 3, 2, 2)


@pytest.mark.parametrize("dtype", [*DTYPES, dlx.float16])
@pytest.mark.parametrize("quarters", [0, 1, 2, 3])
def test_quarter_turns_are_exact(dtype, quarters):
    x = pixels(2, 3, 6, 5, dtype=dtype)
    turned = np.rot90(x.numpy(), quarters, axes=(-2, -1))
    for mode in ("nearest", "bilinear"):
        if mode == "bilinear" and dtype not in (dlx.uint8, dlx.int64):
            close(
                TF.rotate(x, 90 * quarters, mode, expand=True, fill=3),
                turned,
                atol=2e-3 if dtype == dlx.float16 else 1e-6,
            )
        else:
            equal(TF.rotate(x, 90 * quarters, mode, expand=True), turned)


@pytest.mark.parametrize("mode", ["nearest", "bilinear"])
def test_warping_tensors_is_warping_pictures(mode):
    x = pixels(1, 20, 26, dtype=dlx.float32)
    warps = [
        lambda image: TF.rotate(image, 33, mode, fill=0.5),
        lambda image: TF.rotate(image, 33, mode, center=(3, 4)),
        lambda image: TF.rotate(image, -118, mode, expand=True),
        lambda image: TF.affine(image, 20, (3, -2), 1.3, (10, -5), mode, fill=1),
        lambda image: TF.affine(image, 0, (0, 0), 0.6, 20, mode, center=(2, 2)),
    ]
    # Where a pixel's place is half outside, Pillow takes the fill alone and a tensor a share of it.
    inside = lambda warp: array(warp(dlx.ones(1, 20, 26))) == array(warp(dlx.zeros(1, 20, 26))) + 1
    for warp in warps:
        kept = np.zeros((1, 1, 1), bool) if mode == "nearest" else inside(warp)
        got, want = array(warp(x)), array(warp(picture(x)))
        assert got.shape == want.shape
        if mode == "nearest":  # a place between two pixels may go to either
            assert (got != want).mean() < 0.01
        else:
            assert kept.mean() > 0.3
            close(dlx.tensor(got[kept]), want[kept], atol=1e-5)


def test_affine_maps():
    x = pixels(3, 6, 6)
    a = x.numpy()
    equal(TF.affine(x, 0, (2, 1), 1, 0), np.pad(a, [(0, 0), (1, 0), (2, 0)])[:, :6, :6])
    equal(TF.affine(x, 90, (0, 0), 1, 0), np.rot90(a, -1, axes=(1, 2)))
    equal(TF.affine(x, 0, (0, 0), 2, 0), a[:, 1:5, 1:5].repeat(2, axis=1).repeat(2, axis=2)[:, 1:7, 1:7])
    sheared = TF.affine(x, 0, (0, 0), 1, (45, 0), center=(0.5, 0.5))
    for row in range(6):
        equal(sheared[:, row], np.pad(a[:, row, row:], [(0, 0), (0, row)]))


# --- colour ----------------------------------------------------------------------------------------------------------


def test_hue_is_that_of_colorsys():
    x = pixels(3, 8, 8, dtype=dlx.float64)
    for turn in (-0.5, -0.2, 0.0, 0.35):
        want = np.empty((3, 8, 8))
        for i in range(8):
            for j in range(8):
                h, s, v = colorsys.rgb_to_hsv(*x[:, i, j].tolist())
                want[:, i, j] = colorsys.hsv_to_rgb((h + turn) % 1, s, v)
        close(TF.adjust_hue(x, turn), want, atol=1e-12)
    grey = TF.rgb_to_grayscale(pixels(3, 4, 4), 3)
    equal(TF.adjust_hue(grey, 0.3), grey.numpy())
    for colour in np.ndindex(4, 4, 4):  # black, white and pure colours among them
        image = dlx.tensor([c * 85 for c in colour], dtype=dlx.uint8).view(3, 1, 1)
        equal(TF.adjust_hue(image, 0.0), image.numpy())


@pytest.mark.parametrize("dtype", [dlx.uint8, dlx.float32])
def test_colours(dtype):
    x = pixels(2, 3, 9, 8, dtype=dtype)
    a = x.numpy().astype(np.float64)
    top = 255 if dtype == dlx.uint8 else 1
    stored = np.floor if dtype == dlx.uint8 else lambda v: v
    atol = 1 if dtype == dlx.uint8 else 1e-6  # a product just below a whole number in float32
    grey = 0.2989 * a[:, :1] + 0.587 * a[:, 1:2] + 0.114 * a[:, 2:]
    mean = stored(grey).mean(axis=(1, 2, 3), keepdims=True)
    close(TF.rgb_to_grayscale(x), stored(grey), atol)
    for factor in (0.0, 0.4, 1.0, 1.8):
        mixed = lambda other, factor=factor: stored(np.clip(factor * a + (1 - factor) * other, 0, top))
        close(TF.adjust_brightness(x, factor), mixed(0), atol)
        close(TF.adjust_contrast(x, factor), mixed(mean), atol)
        close(TF.adjust_saturation(x, factor), mixed(stored(grey)), atol)
    for adjust in (TF.adjust_brightness, TF.adjust_contrast, TF.adjust_saturation):
        equal(adjust(x, 1.0), x.numpy())
    one = pixels(1, 4, 4, dtype=dtype)
    equal(TF.adjust_saturation(one, 0.0), one.numpy())
    equal(TF.rgb_to_grayscale(one, 3), one.numpy().repeat(3, axis=0))


def test_pictures_are_coloured_as_tensors_are():
    x = pixels(3, 9, 8)
    for change in [
        lambda image: TF.adjust_brightness(image, 1.3),
        lambda image: TF.adjust_contrast(image, 0.3),
        lambda image: TF.adjust_saturation(image, 1.7),
        lambda image: TF.adjust_hue(image, 0.2),
        lambda image: TF.gaussian_blur(image, 5),
        lambda image: TF.erase(image, 1, 2, 3, 4, 7),
        lambda image: TF.pad(image, 3, padding_mode="symmetric"),
    ]:
        assert change(picture(x)).mode == "RGB"
        equal(change(picture(x)), change(x).numpy())
    close(TF.rgb_to_grayscale(picture(x)), TF.rgb_to_grayscale(x).numpy(), atol=1)
    assert TF.rgb_to_grayscale(picture(x), 3).mode == "RGB"


def test_normalize():
    x = pixels(2, 3, 4, 4, dtype=dlx.float64)
    mean, std = [0.1, 0.2, 0.3], [1.0, 2.0, 4.0]
    want = (x.numpy() - np.reshape(mean, (3, 1, 1))) / np.reshape(std, (3, 1, 1))
    close(TF.normalize(x, mean, std), want, 1e-15)
    assert transforms.Normalize(mean, std, inplace=True)(x) is x
    close(x, want, 1e-15)
    close(TF.normalize(x, np.zeros(1), dlx.tensor([2.0])), want / 2, 1e-15)


@pytest.mark.parametrize("dtype", [dlx.uint8, dlx.float64])
def test_blur(dtype):
    x = pixels(2, 3, 6, 9, dtype=dtype)
    a = x.numpy().astype(np.float64)

    def mean_over(a, size, sigma, axis):
        weights = np.exp(-0.5 * ((np.arange(size) - size // 2) / sigma) ** 2)
        padded = np.pad(a, [(size // 2, size // 2) if i == axis else (0, 0) for i in range(4)], mode="reflect")
        along = lambda v: np.convolve(v, weights / weights.sum(), mode="valid")
        return np.apply_along_axis(along, axis, padded)

    for (wide, tall), (across, down) in [((3, 5), (0.8, 1.5)), ((7, 1), (2.0, 1.0)), ((1, 11), (1.0, 0.1))]:
        want = mean_over(mean_over(a, wide, across, 3), tall, down, 2)
        close(TF.gaussian_blur(x, (wide, tall), (across, down)), want, atol=0.5001 if dtype == dlx.uint8 else 1e-12)


# --- from one kind to another ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("dtype", [dlx.float32, dlx.float64])
def test_eight_bits_survive_floating_point(dtype):
    x = dlx.arange(256, dtype=dlx.uint8).view(1, 16, 16)
    there = TF.to_dtype(x, dtype, scale=True)
    close(there, x.numpy() / 255, 1e-7)
    equal(TF.to_dtype(there, dlx.uint8, scale=True), x.numpy())
    equal(TF.to_pil_image(there), x.numpy())


def test_dtypes():
    x = dlx.tensor([[[0, 128, 255]]], dtype=dlx.uint8)
    equal(TF.to_dtype(x, dlx.float32), [[[0, 128, 255]]])
    equal(TF.to_dtype(x, dlx.int16, scale=True), [[[0, 128 * 128, 255 * 128]]])
    equal(TF.to_dtype(TF.to_dtype(x, dlx.int32, scale=True), dlx.uint8, scale=True), x.numpy())
    equal(TF.to_dtype(dlx.tensor([[[-1.0, 0.5, 2.0]]]), dlx.uint8, scale=True), [[[0, 127, 255]]])
    equal(TF.to_dtype(dlx.tensor([[[False, True]]]), dlx.float32, scale=True), [[[0, 1]]])


@pytest.mark.parametrize(
    ("mode", "dtype"),
    [("L", "uint8"), ("RGB", "uint8"), ("RGBA", "uint8"), ("LA", "uint8"), ("P", "uint8"), ("1", "bool"),
     ("I", "int32"), ("F", "float32"), ("CMYK", "uint8"), ("I;16", "int32")],
)  # fmt: skip
def test_pictures_of_all_modes_become_tensors(mode, dtype):
    Image = pytest.importorskip("PIL.Image")
    image = Image.new(mode, (5, 4), 1) if mode in ("1", "I", "F", "I;16") else Image.new("RGB", (5, 4), "red")
    image = image if image.mode == mode else image.convert(mode)
    found = TF.pil_to_tensor(image)
    assert found.shape == (len(image.getbands()), 4, 5)
    assert found.dtype == getattr(dlx, dtype)
    assert TF.to_tensor(image).is_floating_point() == (dtype != "int32")
    if mode != "I;16":
        again = TF.to_pil_image(found, None if mode in ("L", "RGB", "RGBA", "LA", "I", "1") else mode)
        assert again.mode == mode
        equal(again, found.numpy())
    padded = TF.pad(image, 1, padding_mode="edge") if mode not in ("I;16",) else TF.pad(image, 1)
    assert padded.mode == mode
    assert padded.size == (7, 6)
    if mode == "P":
        assert padded.convert("RGB").getpixel((0, 0)) == image.convert("RGB").getpixel((0, 0))


def test_arrays_become_tensors():
    a = np.random.default_rng(0).integers(0, 256, (4, 5, 3)).astype(np.uint8)
    equal(TF.to_image(a), a.transpose(2, 0, 1))
    close(TF.to_tensor(a), a.transpose(2, 0, 1) / 255, 1e-7)
    equal(TF.to_tensor(a[::-1, :, 0].astype(np.float64)), a[::-1, :, 0][None])
    equal(transforms.ToPILImage()(a), a.transpose(2, 0, 1))
    images = transforms.ToTensor()((a, 3, {"again": a}))
    assert images[1] == 3
    equal(images[2]["again"], images[0].numpy())


# --- randomness ------------------------------------------------------------------------------------------------------

RANDOM = [
    lambda **g: transforms.RandomCrop(5, padding=2, **g),
    lambda **g: transforms.RandomResizedCrop(6, **g),
    lambda **g: transforms.RandomHorizontalFlip(**g),
    lambda **g: transforms.RandomVerticalFlip(**g),
    lambda **g: transforms.RandomRotation(180, **g),
    lambda **g: transforms.RandomAffine((0, 90), (0.2, 0.2), (0.5, 1.5), 20, "bilinear", **g),
    lambda **g: transforms.ColorJitter(0.5, 0.5, 0.5, 0.2, **g),
    lambda **g: transforms.RandomGrayscale(0.5, **g),
    lambda **g: transforms.GaussianBlur(5, **g),
    lambda **g: transforms.RandomErasing(value="random", **g),
    lambda **g: transforms.RandomApply([transforms.Pad(1)], **g),
    lambda **g: transforms.RandomChoice([transforms.Pad(1), transforms.Pad(2)], **g),
]


@pytest.mark.parametrize("make", RANDOM)
def test_a_seed_fixes_what_is_drawn(make):
    image = pixels(3, 8, 8, dtype=dlx.float32)
    draws = lambda transform: [transform(image) for _ in range(12)]
    dlx.manual_seed(5)
    first = draws(make())
    dlx.manual_seed(5)
    for a, b in zip(first, draws(make())):
        equal(a, b.numpy())
    assert len({a.numpy().tobytes() for a in first}) > 1
    # A generator of its own gives the same and leaves the default one alone.
    before = dlx.get_rng_state()
    for a, b in zip(first, draws(make(generator=dlx.Generator().manual_seed(5)))):
        equal(a, b.numpy())
    assert dlx.equal(before, dlx.get_rng_state())


def test_an_epoch_is_reproducible():
    class Photos(Dataset):
        def __init__(self, transform):
            self.transform = transform

        def __getitem__(self, index):
            return self.transform(pixels(3, 10, 12, seed=index), index)

        def __len__(self):
            return 10

    augment = transforms.Compose(
        [
            transforms.RandomResizedCrop(8),
            transforms.RandomApply([transforms.ColorJitter(0.4, 0.4, 0.4, 0.1)], p=0.8),
            transforms.RandomHorizontalFlip(),
            transforms.ToDtype(dlx.float32, scale=True),
            transforms.Normalize([0.5] * 3, [0.2] * 3),
        ]
    )
    mix = transforms.RandomChoice([transforms.MixUp(num_classes=10), transforms.CutMix(num_classes=10)])
    loader = DataLoader(Photos(augment), 4, shuffle=True, collate_fn=lambda samples: mix(*default_collate(samples)))

    def epoch():
        dlx.manual_seed(3)
        return [(x.numpy(), y.numpy()) for x, y in loader]

    for (x, y), (again_x, again_y) in zip(epoch(), epoch()):
        np.testing.assert_array_equal(x, again_x)
        np.testing.assert_array_equal(y, again_y)


def test_a_batch_is_changed_alike():
    x = pixels(3, 8, 8)
    for make in RANDOM:
        equal_pair = make()(dlx.stack([x, x]))
        equal(equal_pair[0], equal_pair[1].numpy())


def test_random_crops_reach_every_place():
    x = dlx.arange(16).view(1, 4, 4)
    crop = transforms.RandomCrop(3, generator=dlx.Generator().manual_seed(0))
    assert {crop(x)[0, 0, 0].item() for _ in range(60)} == {0, 1, 4, 5}
    padded = transforms.RandomCrop((6, 2), pad_if_needed=True, fill=-1)(x)
    assert padded.shape == (1, 6, 2)
    assert (padded == -1).sum() == 4


def test_random_rectangles_keep_to_their_ranges():
    crop = transforms.RandomResizedCrop(8, scale=(0.2, 0.5), ratio=(0.5, 2), generator=dlx.Generator().manual_seed(0))
    for _ in range(50):
        found = crop.make_params([dlx.zeros(3, 100, 120)])
        assert 0.19 < found["height"] * found["width"] / 12000 < 0.51
        assert 0.48 < found["width"] / found["height"] < 2.1
        assert 0 <= found["top"] <= 100 - found["height"]
    narrow = transforms.RandomResizedCrop(8, scale=(1, 1)).make_params([dlx.zeros(3, 4, 100)])
    assert narrow == {"top": 0, "left": 47, "height": 4, "width": 5}  # nothing fits: the middle


def test_jitter_changes_nothing_without_ranges():
    x = pixels(3, 5, 5)
    equal(transforms.ColorJitter()(x), x.numpy())
    equal(transforms.ColorJitter(0, 0, 0, 0)(x), x.numpy())
    dark = transforms.ColorJitter(brightness=(0, 0))
    assert dark(x).max() == 0


def test_erasing():
    x = dlx.ones(3, 10, 10)
    erased = transforms.RandomErasing(p=1, scale=(0.1, 0.3), value=[2, 3, 4])(x)
    places = erased[0] == 2
    assert 8 <= places.sum() <= 32
    assert dlx.equal(erased[2] == 4, places)
    equal(x, np.ones((3, 10, 10)))
    assert transforms.RandomErasing(p=1, inplace=True)(x) is x
    assert x.min() == 0
    equal(transforms.RandomErasing(p=1, scale=(1, 1), ratio=(0.3, 0.3))(x), x.numpy())  # nothing fits


@pytest.mark.parametrize("alpha", [0.05, 0.4, 1.0, 5.0])
def test_shares_are_beta_distributed(alpha):
    generator = dlx.Generator().manual_seed(1)
    draws = np.array([beta(alpha, generator) for _ in range(1500)])
    assert ((draws >= 0) & (draws <= 1)).all()
    assert abs(draws.mean() - 0.5) < 0.05
    assert abs(draws.var() * 4 * (2 * alpha + 1) - 1) < 0.12


# --- batches ---------------------------------------------------------------------------------------------------------


def test_mixup():
    images, labels = pixels(4, 3, 5, 5, dtype=dlx.float64), dlx.tensor([0, 2, 1, 2])
    mixed, shares = transforms.MixUp(num_classes=3)(images, labels)
    assert shares.shape == (4, 3)
    share = shares[0, 0].item()
    close(mixed, share * images.numpy() + (1 - share) * images.roll(1, 0).numpy(), 1e-6)
    one_hot = np.eye(3)[[0, 2, 1, 2]]
    close(shares, share * one_hot + (1 - share) * np.roll(one_hot, 1, axis=0), 1e-6)
    again = transforms.MixUp()([images, shares])  # shares are labels too
    close(again[1].sum(dim=1), np.ones(4), 1e-6)
    assert dlx.nn.functional.cross_entropy(dlx.zeros(4, 3), shares).item() == pytest.approx(np.log(3))


def test_cutmix():
    images, labels = dlx.arange(4.0).view(4, 1, 1, 1).expand(4, 1, 9, 7), dlx.tensor([0, 1, 2, 3])
    seen = set()
    for _ in range(20):
        mixed, shares = transforms.CutMix(num_classes=4)((images, labels))
        own = (mixed == images).float().mean(dim=(1, 2, 3))
        close(own, [own[0].item()] * 4, 1e-6)
        close(shares.diagonal(), own.numpy(), 1e-6)
        close(shares.sum(dim=1), np.ones(4), 1e-6)
        seen.add(own[0].item())
    assert len(seen) > 5
    assert transforms.CutMix(num_classes=4)(pixels(4, 3, 5, 5), labels)[0].dtype == dlx.uint8


# --- samples ---------------------------------------------------------------------------------------------------------


def test_samples_keep_their_form():
    flip = transforms.RandomHorizontalFlip(p=1)
    image, mask, label = pixels(3, 4, 4), pixels(1, 4, 4), dlx.tensor(3)
    found = flip({"label": label, "inputs": [image, "a name"], "mask": mask})
    assert found["label"] is label  # the first tensor that can be an image is the image
    assert found["inputs"][1] == "a name"
    assert found["mask"] is mask
    equal(found["inputs"][0], image.numpy()[..., ::-1])
    pictures = flip(picture(image), picture(mask), image)
    equal(pictures[0], image.numpy()[..., ::-1])
    equal(pictures[1], mask.numpy()[..., ::-1])
    assert pictures[2] is image
    both = transforms.Compose([flip, transforms.Lambda(lambda x: x + 1, dlx.Tensor)])(image, 5)
    assert both[1] == 5
    assert transforms.Lambda(lambda x: x + 1, float)("text") == "text"


MOVING = [
    transforms.Resize((20, 40)),
    transforms.CenterCrop(15),
    transforms.Pad(2, padding_mode="reflect"),
    transforms.RandomCrop(20, padding=3),
    transforms.RandomResizedCrop(24),
    transforms.RandomHorizontalFlip(),
    transforms.RandomVerticalFlip(),
    transforms.RandomRotation(90, "bilinear", fill=1),
    transforms.RandomAffine(90, (0.2, 0.2), (0.5, 1.5), 20),
]


@pytest.mark.parametrize("move", MOVING)
def test_masks_go_along(move):
    # Where all around a pixel is 1, the image says the same as the mask, however it was interpolated.
    labels = pixels(1, 3, 3, dtype=dlx.float32).round().repeat_interleave(12, 1).repeat_interleave(12, 2)
    change = transforms.Compose([move, transforms.ColorJitter(hue=0.1), transforms.Normalize([0.0], [1.0])])
    for _ in range(10):
        image, mask, name = change(labels, transforms.Mask(labels[0].long()), "name")
        assert type(image) is dlx.Tensor
        assert type(mask) is transforms.Mask
        assert mask.dtype == dlx.int64
        assert mask.shape == image.shape[1:]
        assert name == "name"
        sure = (image[0] - 0.5).abs() > (0.5 - 1e-6)
        assert sure.float().mean() > 0.3
        if getattr(move, "fill", 0) == 0:
            assert (image[0].round().long() == mask)[sure].float().mean() > 0.97  # a place between two may go to either
        assert set(mask.flatten().tolist()) <= {0, 1}
    batch = transforms.Mask(dlx.stack([labels[0], labels[0]]).bool())
    assert move({"mask": batch, "image": dlx.stack([labels, labels])})["mask"].ndim == 3


def test_a_mask_needs_an_image():
    with pytest.raises(TypeError, match=r"RandomCrop: an image is needed. Got a mask alone"):
        transforms.RandomCrop(2)(transforms.Mask(dlx.zeros(4, 4)))


def test_masks_are_left_alone_where_nothing_moves():
    mask = transforms.Mask(dlx.zeros(4, 4))
    for change in (transforms.ColorJitter(0.5), transforms.GaussianBlur(3), transforms.RandomErasing(1.0)):
        assert change(mask, pixels(3, 4, 4, dtype=dlx.float32))[0] is mask


def test_transforms_are_modules():
    model = dlx.nn.Sequential(transforms.Resize(4), transforms.Normalize([0.0], [1.0]), dlx.nn.Flatten())
    assert model(dlx.zeros(2, 1, 8, 8)).shape == (2, 16)
    text = repr(transforms.Compose([transforms.Resize(4), transforms.RandomHorizontalFlip(0.25)]))
    assert "Resize(size=4" in text
    assert "RandomHorizontalFlip(p=0.25)" in text
    assert "p=0.3" in repr(transforms.RandomApply([transforms.Pad(1)], p=0.3))


def test_gradients_pass_through():
    x = pixels(2, 3, 6, 6, dtype=dlx.float64).requires_grad_()
    for transform in [
        lambda x: TF.resize(x, (4, 9)),
        lambda x: TF.rotate(x, 30, "bilinear"),
        lambda x: TF.pad(x, 2, padding_mode="reflect"),
        lambda x: TF.crop(x, -1, -1, 4, 9),
        lambda x: TF.gaussian_blur(x, 3),
        lambda x: TF.normalize(x, 0.5, 0.25),
        lambda x: TF.adjust_hue(x, 0.1),
    ]:
        (gradient,) = dlx.autograd.grad(transform(x).square().sum(), x)
        assert gradient.isfinite().all()
        assert gradient.abs().max() > 0


# --- what is refused -------------------------------------------------------------------------------------------------

image = lambda *shape: dlx.zeros(*(shape or (3, 8, 8)))
ERRORS = [
    (TypeError, r"resize: image must be a Tensor of shape \(..., c, h, w\) or a Pillow image. Got list",
     lambda: TF.resize([1], 4)),
    (TypeError, "Got ndarray. Use ToTensor", lambda: transforms.Resize(4)(np.zeros((4, 4)))),
    (TypeError, "an image is needed. Got nothing", lambda: transforms.RandomHorizontalFlip(1.0)()),
    (dlx.ShapeError, r"at least three dimensions, \(..., c, h, w\). Got shape \(8, 8\). Use image.unsqueeze",
     lambda: TF.hflip(image(8, 8))),
    (dlx.ShapeError, "resize: image must have pixels. Got height 0", lambda: TF.resize(image(3, 0, 4), 4)),
    (dlx.ShapeError, "rotate: image must have pixels", lambda: TF.rotate(image(3, 0, 4), 4)),
    (dlx.ShapeError, "needs an image with pixels", lambda: TF.pad(image(3, 0, 4), 1, padding_mode="edge")),
    (ValueError, r"Resize: size must be a positive int or \(height, width\). Got -4", lambda: transforms.Resize(-4)),
    (ValueError, r"Resize: size must be .* Got \(4, 0\)", lambda: transforms.Resize((4, 0))),
    (ValueError, r"Got \(1, 2, 3\)", lambda: transforms.CenterCrop((1, 2, 3))),
    (ValueError, r"Got 4.0", lambda: transforms.RandomCrop(4.0)),
    (ValueError, r"Got True", lambda: transforms.RandomCrop(True)),
    (ValueError, "must be more than that. Got size=4 and max_size=4", lambda: transforms.Resize(4, max_size=4)),
    (ValueError, "size may be None only where max_size is given", lambda: transforms.Resize(None)),
    (ValueError, "interpolation of tensors must be one of 'nearest'.* Got 'lanczos'",
     lambda: TF.resize(image(), 4, "lanczos")),
    (ValueError, "must be one of 'nearest', 'bilinear', 'bicubic'. Got 1", lambda: TF.rotate(image(), 4, 1)),
    (ValueError, r"size must not be larger than the image, which is \(8, 8\). Got \(9, 9\). Use padding",
     lambda: transforms.RandomCrop(9)(image())),
    (ValueError, "with its padding", lambda: transforms.RandomCrop(11, padding=1)(image())),
    (ValueError, "crop: height and width must be positive. Got 0 and 2", lambda: TF.crop(image(), 0, 0, 0, 2)),
    (ValueError, "Pad: padding must be an int, 0 or more.* Got -1", lambda: transforms.Pad(-1)),
    (ValueError, r"Got \(1, 2, 3\)", lambda: transforms.Pad((1, 2, 3))),
    (ValueError, "padding_mode must be one of 'constant', 'edge'.* Got 'mirror'",
     lambda: transforms.Pad(1, padding_mode="mirror")),
    (ValueError, "fill must be a number, or one for each of the 3 channels of image. Got",
     lambda: transforms.Pad(1, fill=[1, 2])(image())),
    (ValueError, r"p must be a probability in \[0, 1\]. Got 1.5", lambda: transforms.RandomVerticalFlip(1.5)),
    (ValueError, r"scale must be a range \(min, max\), 0 or more. Got \(0.5, 0.1\)",
     lambda: transforms.RandomResizedCrop(4, scale=(0.5, 0.1))),
    (ValueError, r"scale must be a range \(min, max\) within \[0, 1\]", lambda: transforms.RandomErasing(scale=(0, 2))),
    (ValueError, "degrees must not be negative", lambda: transforms.RandomRotation(-3)),
    (ValueError, "translate must be two shares", lambda: transforms.RandomAffine(3, translate=(0, 2))),
    (ValueError, "shear must have 1 or 2 or 4 finite numbers", lambda: transforms.RandomAffine(3, shear=(1, 2, 3))),
    (ValueError, "scale must be positive. Got 0", lambda: TF.affine(image(), 0, (0, 0), 0, 0)),
    (ValueError, "angle must have 1 finite numbers. Got nan", lambda: TF.rotate(image(), float("nan"))),
    (dlx.ShapeError, r"1 channel \(grey\) or 3 .* Got shape \(2, 8, 8\)",
     lambda: TF.adjust_brightness(image(2, 8, 8), 1)),
    (dlx.DtypeError, "Got bool", lambda: TF.adjust_contrast(image().bool(), 1)),
    (ValueError, "brightness_factor must not be negative. Got -1", lambda: TF.adjust_brightness(image(), -1)),
    (ValueError, r"hue_factor must be in \[-0.5, 0.5\]. Got 0.6", lambda: TF.adjust_hue(image(), 0.6)),
    (ValueError, r"hue must be a range \(min, max\) within \[-0.5, 0.5\]", lambda: transforms.ColorJitter(hue=0.6)),
    (ValueError, "contrast must not be negative", lambda: transforms.ColorJitter(contrast=-0.1)),
    (ValueError, "num_output_channels must be 1 or 3. Got 2", lambda: transforms.Grayscale(2)),
    (dlx.ShapeError, r"mean has 2 numbers but image has 3 channels. Got image of shape \(3, 8, 8\)",
     lambda: transforms.Normalize([0, 0], [1, 1])(image())),
    (dlx.DtypeError, "normalize: image must be floating point. Got uint8; convert it with ToDtype",
     lambda: TF.normalize(pixels(3, 4, 4), 0, 1)),
    (ValueError, "std must not be 0", lambda: transforms.Normalize([0.5], [0.0])),
    (ValueError, "kernel_size must be odd. Got 4", lambda: transforms.GaussianBlur(4)),
    (ValueError, "sigma must be positive", lambda: TF.gaussian_blur(image(), 3, 0)),
    (ValueError, "rectangle must lie within the image. Got rows 4 to 9", lambda: TF.erase(image(), 4, 0, 5, 1, 0)),
    (ValueError, "value has 2 numbers but the image has 3 channels",
     lambda: transforms.RandomErasing(1, value=[1, 2])(image())),
    (ValueError, "value, if not 'random', must have one or more finite numbers. Got 'noise'",
     lambda: transforms.RandomErasing(value="noise")),
    (TypeError, "to_tensor: pic must be a Pillow image or a NumPy array. Got Tensor. A Tensor is one already",
     lambda: transforms.ToTensor()(image())),
    (TypeError, "pil_to_tensor: pic must be a Pillow image. Got ndarray",
     lambda: transforms.PILToTensor()(np.zeros((2, 2)))),
    (dlx.ShapeError, r"an array must have the shape \(h, w\) or \(h, w, c\). Got \(2,\)",
     lambda: TF.to_image(np.zeros(2))),
    (TypeError, "ToDtype: dtype must be a dtype of dlx. Got 'float32'", lambda: transforms.ToDtype("float32")),
    (ValueError, "float32 cannot be scaled to int64", lambda: TF.to_dtype(image(), dlx.int64, scale=True)),
    (TypeError, "transforms must be a sequence of at least one", lambda: transforms.Compose([])),
    (TypeError, "transforms must be a sequence", lambda: transforms.RandomApply(3)),
    (ValueError, "p must have a weight, 0 or more, for each of the 1 transforms",
     lambda: transforms.RandomChoice([abs], p=[1, 2])),
    (TypeError, "lambd must be a function. Got int", lambda: transforms.Lambda(3)),
    (NotImplementedError, "Transform does not define transform", lambda: transforms.Transform()(image())),
    (ValueError, "MixUp: alpha must be positive. Got 0", lambda: transforms.MixUp(alpha=0)),
    (TypeError, r"a batch must be two tensors, \(images, labels\). Got Tensor", lambda: transforms.MixUp()(image())),
    (ValueError, "need num_classes", lambda: transforms.CutMix()(image(2, 3, 4, 4), dlx.tensor([0, 1]))),
    (dlx.ShapeError, r"images must have the shape \(n, c, h, w\). Got \(3, 8, 8\)",
     lambda: transforms.CutMix(num_classes=2)(image(), dlx.tensor([0, 1]))),
    (dlx.ShapeError, r"with n=2 as in images. Got \(3,\)",
     lambda: transforms.CutMix(num_classes=2)(image(2, 3, 4, 4), dlx.tensor([0, 1, 1]))),
    (dlx.DtypeError, "MixUp: images must be floating point. Got uint8",
     lambda: transforms.MixUp(num_classes=2)(pixels(2, 3, 4, 4), dlx.tensor([0, 1]))),
    (dlx.ShapeError, "make_grid: tensor must be at least one image",
     lambda: dlx.utils.make_grid(dlx.zeros(0, 3, 4, 4))),
    (ValueError, "go with normalize=True", lambda: dlx.utils.make_grid(image(), value_range=(0, 1))),
    (TypeError, "tensor must be a Tensor or a sequence", lambda: dlx.utils.make_grid("image")),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "text", "call"), ERRORS, ids=[text[:40] for _, text, _ in ERRORS])
def test_errors_say_what_is_needed(kind, text, call):
    with pytest.raises(kind, match=text):
        call()


def test_pictures_that_are_refused():
    colour = picture(pixels(4, 4, 4))
    with pytest.raises(ValueError, match=r"must have the mode 'L' or 'RGB'. Got 'RGBA'; use image.convert\('RGB'\)"):
        TF.adjust_hue(colour, 0.1)
    with pytest.raises(TypeError, match=r"normalize: image must be a Tensor .* Got Image. Use ToTensor"):
        TF.normalize(colour, 0, 1)
    with pytest.raises(dlx.ShapeError, match=r"with 1 to 4 channels. Got \(5, 4, 4\)"):
        TF.to_pil_image(pixels(5, 4, 4))
    with pytest.raises(ValueError, match=r"mode of an image with 3 channels must be one of 'RGB', .* Got 'L'"):
        TF.to_pil_image(pixels(3, 4, 4), "L")


def test_pillow_is_imported_when_it_is_needed():
    text = in_process(
        "import sys; sys.modules['PIL'] = None; import dlx; from dlx.data import transforms\n"
        "print(transforms.Resize(2)(dlx.zeros(3, 4, 4)).shape)\n"
        "try: transforms.ToPILImage()(dlx.zeros(3, 4, 4))\n"
        "except ImportError as error: print(error)"
    )
    assert "Size([3, 2, 2])" in text
    assert "Run: pip install 'dlx[images]'" in text


# --- pictures of tensors ---------------------------------------------------------------------------------------------


def test_grids():
    x = pixels(5, 1, 2, 3, dtype=dlx.float32)
    grid = dlx.utils.make_grid(x, nrow=3, padding=1, pad_value=0.5)
    assert grid.shape == (3, 7, 13)
    equal(grid[1, 1:3, 5:8], x[1, 0].numpy())
    equal(grid[2, 4:6, 1:4], x[3, 0].numpy())
    assert (grid == 0.5).sum() == 3 * (7 * 13 - 5 * 6)
    assert dlx.utils.make_grid(list(x)).shape == (3, 6, 27)
    assert dlx.utils.make_grid(x[0, 0], padding=0).shape == (3, 2, 3)
    scaled = dlx.utils.make_grid(3 * x - 1, normalize=True)
    assert scaled.max() == 1
    each = dlx.utils.make_grid(x * dlx.arange(1.0, 6).view(5, 1, 1, 1), normalize=True, scale_each=True, padding=0)
    assert all(part.max() == 1 and part.min() == 0 for part in each[0].split(3, dim=1))
    clamped = dlx.utils.make_grid(x, normalize=True, value_range=(0.4, 0.6), padding=0)
    assert clamped.min() == 0
    assert clamped.max() == 1


def test_images_are_saved(tmp_path):
    Image = pytest.importorskip("PIL.Image")
    x = pixels(6, 3, 4, 5)
    for value in (x, TF.to_dtype(x, dlx.float32, scale=True)):
        dlx.utils.save_image(value, tmp_path / "grid.png", nrow=3, padding=0)
        with Image.open(tmp_path / "grid.png") as image:
            assert image.size == (15, 8)
            equal(TF.pil_to_tensor(image)[:, :4, 5:10], x[1].numpy())
    stream = io.BytesIO()
    dlx.utils.save_image(x[0], stream, format="png")
    assert stream.getvalue().startswith(b"\x89PNG")
