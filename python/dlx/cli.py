"""The command `dlx`: `dlx train digits` trains a network on real handwritten digits, `dlx predict` uses it."""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlx import Tensor

__all__ = ["main"]

_EXTRA = "pip install 'dlx[train]'"
_SHADES = " .:-=+*#%@"
_CONFIG = {"channels": [32, 64], "dropout": 0.4}


class CliError(Exception):
    """What the user is told, without a traceback."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command.

    Args:
        argv: its arguments; those of the process if None.

    Returns:
        The exit status: 0, or 1 after an error that was told, or 130 after an interruption.
    """
    args = _parser().parse_args(argv)
    try:
        args.run(args)
    except CliError as error:
        print(f"dlx: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("dlx: interrupted", file=sys.stderr)
        return 130
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    from dlx._version import __version__

    parser = argparse.ArgumentParser(prog="dlx", description="Train and use small networks with dlx.")
    parser.add_argument("--version", action="version", version=f"dlx {__version__}")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    formatter = argparse.ArgumentDefaultsHelpFormatter

    train = commands.add_parser("train", help="train a network", description="Train a network and save it.")
    tasks = train.add_subparsers(title="what to train", required=True, metavar="TASK")
    digits = tasks.add_parser(
        "digits",
        help="a convolutional network on scikit-learn's 1797 handwritten digits",
        description="Train a convolutional network on four fifths of scikit-learn's handwritten digits and test it on "
        "the rest. The same seed gives the same bits, on any number of threads.",
        formatter_class=formatter,
    )
    digits.add_argument(
        "--seed", type=_seed, default=0, help="fixes weights, order, dropout and the division of the data"
    )
    digits.add_argument("--epochs", type=_positive, default=15, help="how often each image is seen")
    digits.add_argument("--batch-size", type=_positive, default=32, help="images in a step")
    digits.add_argument("--lr", type=_rate, default=3e-3, help="learning rate at the start; it falls along a cosine")
    digits.add_argument("--device", default="cpu", help="where to compute: cpu or cuda")
    digits.add_argument("--out", default="digits.safetensors", metavar="FILE", help="where to save the model")
    digits.set_defaults(run=_train_digits)

    predict = commands.add_parser(
        "predict",
        help="use a saved network",
        description="Show images of digits with the saved network's answer. Without images: the first test images, "
        "which the network has not seen.",
    )
    predict.add_argument("model", metavar="MODEL", help="a file that `dlx train digits` saved")
    predict.add_argument(
        "images",
        nargs="*",
        metavar="IMAGE",
        help="8 x 8 grey images, dark 0: .npy or .csv (values up to 1, 16 or 255), or .png (needs Pillow, is scaled)",
    )
    predict.add_argument("--index", type=int, nargs="+", metavar="I", help="these test images instead, counted from 0")
    predict.add_argument("--device", default="cpu", help="where to compute: cpu or cuda")
    predict.set_defaults(run=_predict)
    return parser


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, not {text!r}")
    return int(text)


def _seed(text: str) -> int:
    if not text.isdecimal() or int(text) >= 2**63:
        raise argparse.ArgumentTypeError(f"must be a whole number from 0 to 2**63 - 1, not {text!r}")
    return int(text)


def _rate(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = -1.0
    if not 0 < value < float("inf"):
        raise argparse.ArgumentTypeError(f"must be a positive number, not {text!r}")
    return value


def _device(name: str) -> Any:
    import dlx

    try:
        device = dlx.device(name)
        dlx.empty(0, device=device)
    except (RuntimeError, ValueError) as error:
        raise CliError(
            f"--device {name} cannot be used: {dlx.cuda.why() if name.startswith('cuda') else error}"
        ) from None
    return device


def _train_digits(args: argparse.Namespace) -> None:
    try:
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
        from rich.table import Table
    except ImportError:
        raise CliError(f"The progress bar needs rich, which is not installed. Run: {_EXTRA}") from None
    import dlx
    from dlx.models import digits

    folder = os.path.dirname(os.path.abspath(args.out))
    if not os.path.isdir(folder) or not os.access(folder, os.W_OK):  # better now than after the training
        raise CliError(f"--out {args.out}: the folder {folder} does not exist or cannot be written to.")
    if os.path.isdir(args.out):
        raise CliError(f"--out {args.out} is a folder.")
    device = _device(args.device)
    try:
        (images, labels), (test_images, test_labels) = digits.load_digits(args.seed)
    except ImportError as error:
        raise CliError(str(error)) from None
    images, labels, test_images, test_labels = (x.to(device) for x in (images, labels, test_images, test_labels))
    model = digits.new_model(_CONFIG, args.seed, device)

    console = Console()
    count = sum(p.numel() for p in model.parameters())
    console.print(
        f"Training on {len(labels)} images, testing on {len(test_labels)}. "
        f"{count:,} parameters, {args.epochs} epochs, seed {args.seed}, device {args.device}."
    )
    batches = -(-len(labels) // args.batch_size)
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[loss]}"),
        TimeElapsedColumn(),
    )
    began = time.perf_counter()
    with Progress(*columns, console=console) as progress:
        task = progress.add_task(f"epoch 1/{args.epochs}", total=args.epochs * batches, loss="")

        def show(epoch: int, loss: float) -> None:
            progress.update(task, advance=1, description=f"epoch {epoch + 1}/{args.epochs}", loss=f"loss {loss:.4f}")

        digits.train(
            model,
            images,
            labels,
            epochs=args.epochs,
            batch_size=args.batch_size,
            lr=args.lr,
            seed=args.seed,
            on_batch=show,
        )
    seconds = time.perf_counter() - began

    rows = [
        ("train", *digits.evaluate(model, images, labels)),
        ("test", *digits.evaluate(model, test_images, test_labels)),
    ]
    dlx.save(
        {
            "task": "digits",
            "config": _CONFIG,
            "seed": args.seed,
            "test_accuracy": rows[1][2],
            "model": model.to("cpu").state_dict(),
        },
        args.out,
    )
    table = Table("", "loss", "accuracy")
    for name, loss, accuracy in rows:
        table.add_row(name, f"{loss:.4f}", f"{100 * accuracy:.2f} %")
    console.print(table)
    console.print(f"Trained in {seconds:.1f} s. Saved to {args.out}.", soft_wrap=True)
    console.print(f"Try it: dlx predict {args.out}", soft_wrap=True)


def _predict(args: argparse.Namespace) -> None:
    import dlx
    from dlx.models import digits

    if args.images and args.index:
        raise CliError("give images or --index, not both.")
    device = _device(args.device)
    saved = _load(args.model)
    model = digits.new_model(saved["config"])
    try:
        model.load_state_dict(saved["model"])
    except (RuntimeError, TypeError) as error:
        raise CliError(f"{args.model} does not hold the digits network: {error}") from None
    model.to(device).eval()

    if args.images:
        images, names, labels = _read_images(args.images), args.images, None
    else:
        images, names, labels = _test_images(saved["seed"], args.index)
    with dlx.no_grad():
        probabilities = dlx.softmax(model(images.to(device)), dim=1).cpu()
    for i, name in enumerate(names):
        _show(images[i, 0], name, probabilities[i], None if labels is None else int(labels[i]))


def _load(path: str) -> dict[str, Any]:
    import dlx

    try:
        saved = dlx.load(path, map_location="cpu")
    except (OSError, ValueError) as error:
        raise CliError(f"cannot read the model {path}: {error}") from None
    config = saved.get("config") if isinstance(saved, dict) else None
    fits = (
        isinstance(config, dict)
        and saved.get("task") == "digits"
        and isinstance(saved.get("seed"), int)
        and isinstance(saved.get("model"), dict)
        and isinstance(config.get("channels"), list)
        and [type(width) for width in config["channels"]] == [int, int]
        and all(0 < width <= 4096 for width in config["channels"])
        and isinstance(config.get("dropout"), float)
        and 0 <= config["dropout"] <= 1
    )
    if not fits:
        raise CliError(f"{path} is no model that `dlx train digits` saved.")
    return saved


def _test_images(seed: int, wanted: list[int] | None) -> tuple[Tensor, list[str], list[int]]:
    from dlx.models import digits

    try:
        _, (images, labels) = digits.load_digits(seed)
    except ImportError as error:
        raise CliError(f"{error}\nOr give images of your own.") from None
    indices = list(range(5)) if wanted is None else wanted
    for index in indices:
        if not 0 <= index < len(labels):
            raise CliError(f"--index {index}: there are {len(labels)} test images, counted from 0.")
    return images[indices], [f"test image {index}" for index in indices], [int(labels[index]) for index in indices]


def _read_images(paths: list[str]) -> Tensor:
    import numpy as np

    import dlx

    arrays = []
    for path in paths:
        try:
            array = _read_image(path)
        except (OSError, ValueError) as error:
            raise CliError(f"cannot read the image {path}: {error}") from None
        if array.shape == (64,):
            array = array.reshape(8, 8)
        if array.shape != (8, 8):
            raise CliError(f"{path} must hold 8 x 8 grey values. Got the shape {array.shape}.")
        if not np.isfinite(array).all() or array.min() < 0 or array.max() > 255:
            raise CliError(f"{path} must hold values from 0 to 1, 16 or 255.")
        largest = array.max()
        arrays.append(array / (1 if largest <= 1 else 16 if largest <= 16 else 255))
    return dlx.tensor(np.stack(arrays)[:, None], dtype=dlx.float32)


def _read_image(path: str) -> Any:
    import numpy as np

    kind = os.path.splitext(path)[1].lower()
    if kind == ".npy":
        array = np.load(path, allow_pickle=False)
        if array.dtype.kind not in "biuf":
            raise ValueError(f"it holds {array.dtype}, not numbers")
        return array.astype(np.float64)
    if kind in (".csv", ".txt"):
        return np.loadtxt(path, delimiter="," if kind == ".csv" else None, ndmin=2)
    if kind in (".png", ".jpg", ".jpeg", ".bmp"):
        try:
            from PIL import Image
        except ImportError:
            raise CliError(f"reading {kind} needs Pillow, which is not installed. Run: pip install pillow") from None
        with Image.open(path) as image:
            return np.asarray(image.convert("L").resize((8, 8), Image.Resampling.BOX), dtype=np.float64) / 255
    raise CliError(f"{path}: images are read from .npy, .csv, .txt or .png files.")


def _show(image: Tensor, name: str, probabilities: Tensor, label: int | None) -> None:
    """The digit as characters, and beside it the three likeliest answers as bars."""
    chances = probabilities.tolist()
    best = sorted(range(10), key=lambda digit: -chances[digit])
    lines = [name, ""]
    lines += [f"  {digit}  {100 * chances[digit]:6.2f} %  {'#' * round(20 * chances[digit])}" for digit in best[:3]]
    if label is not None:
        lines += ["", f"  it is a {label}" if label == best[0] else f"  it is a {label}: wrong"]
    picture = ["".join(2 * _SHADES[min(9, max(0, int(10 * value)))] for value in row) for row in image.tolist()]
    for i, row in enumerate(picture):
        print(f"{row}  {lines[i] if i < len(lines) else ''}".rstrip())
    print()


if __name__ == "__main__":
    sys.exit(main())
