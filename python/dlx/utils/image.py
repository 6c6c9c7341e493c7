"""Pictures of tensors: many in one, and written to a file."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd.grad_mode import no_grad
from dlx.ops.creation import full
from dlx.ops.view import cat, stack

if TYPE_CHECKING:
    import os

    from dlx._C import Tensor

__all__ = ["make_grid", "save_image"]


@no_grad()
def make_grid(
    tensor: Tensor | Sequence[Tensor],
    nrow: int = 8,
    padding: int = 2,
    normalize: bool = False,
    value_range: tuple[float, float] | None = None,
    scale_each: bool = False,
    pad_value: float = 0.0,
) -> Tensor:
    """Lay images out in rows, as one image.

    Args:
        tensor: shape ``(n, c, h, w)``, or a sequence of ``(c, h, w)`` of one shape; ``(c, h, w)`` and ``(h, w)`` are
            one image. One channel becomes three.
        nrow: how many images stand in a row.
        padding: pixels around each image.
        normalize: whether values are carried to [0, 1], and so to floating point.
        value_range: what becomes 0 and 1 in ``normalize``, others being clamped; the least and the largest value if
            None.
        scale_each: whether each image has a range of its own.
        pad_value: between the images.

    Returns:
        Tensor of shape ``(c, rows * (h + padding) + padding, columns * (w + padding) + padding)``, of the dtype of the
        images or, with ``normalize``, floating point.

    Raises:
        TypeError: no tensors.
        ShapeError: another number of dimensions, or no image.
        ValueError: ``nrow`` is not positive, ``padding`` is negative, or ``value_range`` is not in order.

    Example:
        >>> dlx.utils.make_grid(dlx.rand(6, 1, 8, 8), nrow=3).shape
        dlx.Size([3, 22, 32])
    """
    images = _images("make_grid", tensor)
    if nrow < 1 or padding < 0:
        raise ValueError(f"make_grid: nrow must be positive and padding 0 or more. Got {nrow} and {padding}.")
    if normalize:
        images = _normalized(images, value_range, scale_each)
    elif value_range is not None or scale_each:
        raise ValueError("make_grid: value_range and scale_each go with normalize=True.")
    if images.size(1) == 1:
        images = cat([images] * 3, dim=1)
    n, channels, height, width = images.shape
    columns = min(nrow, n)
    rows = math.ceil(n / columns)
    size = (rows * (height + padding) + padding, columns * (width + padding) + padding)
    grid = full((channels, *size), pad_value, dtype=images.dtype, device=images.device)
    for i in range(n):
        top = padding + i // columns * (height + padding)
        left = padding + i % columns * (width + padding)
        grid[:, top : top + height, left : left + width] = images[i]
    return grid


def _images(function: str, tensor: Any) -> Tensor:
    """Shape ``(n, c, h, w)``."""
    if isinstance(tensor, (list, tuple)) and tensor and all(isinstance(x, _C.Tensor) for x in tensor):
        tensor = stack(list(tensor))
    if not isinstance(tensor, _C.Tensor):
        raise TypeError(f"{function}: tensor must be a Tensor or a sequence of them. Got {type(tensor).__name__}.")
    if tensor.ndim == 2:
        tensor = tensor.unsqueeze(0)
    images = tensor.unsqueeze(0) if tensor.ndim == 3 else tensor
    if images.ndim != 4 or images.size(0) == 0:
        raise _C.ShapeError(
            f"{function}: tensor must be at least one image, of shape (n, c, h, w), (c, h, w) or (h, w). "
            f"Got shape {tuple(tensor.shape)}."
        )
    return images


def _normalized(images: Tensor, value_range: tuple[float, float] | None, scale_each: bool) -> Tensor:
    images = images if images.is_floating_point() else images.to(_C.float32)
    if value_range is not None:
        low, high = value_range
        if not low < high:
            raise ValueError(f"make_grid: value_range must be (min, max). Got {value_range!r}.")
        return ((images - low) / (high - low)).clamp(0, 1)
    dims = (1, 2, 3) if scale_each else (0, 1, 2, 3)
    least, largest = images.amin(dim=dims, keepdim=True), images.amax(dim=dims, keepdim=True)
    return (images - least) / (largest - least).clamp(min=1e-5)


def save_image(
    tensor: Tensor | Sequence[Tensor], fp: str | os.PathLike[str] | Any, format: str | None = None, **kwargs: Any
) -> None:
    """Write images to a file, laid out by :func:`make_grid`.

    Args:
        tensor: the images, as in :func:`make_grid`: uint8, or floating point in [0, 1], what is outside being clamped.
        fp: the name of the file, or a file that is open.
        format: of the file, as Pillow calls it; by the name's end if None.
        kwargs: arguments of :func:`make_grid`.

    Raises:
        ImportError: Pillow is not installed.
        ValueError: the end of the name is that of no format that Pillow knows.

    Example:
        >>> import io
        >>> dlx.utils.save_image(dlx.rand(4, 3, 8, 8), io.BytesIO(), format="png", nrow=2)
    """
    from dlx.data.transforms.functional import to_pil_image

    to_pil_image(make_grid(tensor, **kwargs)).save(fp, format=format)
