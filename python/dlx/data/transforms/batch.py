"""Transforms of a batch of images with their labels."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.data.transforms import _draw
from dlx.data.transforms._image import is_int, is_number
from dlx.nn.modules.module import Module
from dlx.ops.loss import one_hot

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor

__all__ = ["CutMix", "MixUp"]


class _Mixing(Module):
    """Base of those that mix each image of a batch, and its label, with the one before it."""

    def __init__(self, alpha: float, num_classes: int | None, generator: Generator | None) -> None:
        super().__init__()
        name = type(self).__name__
        if not (is_number(alpha) and 0 < alpha < math.inf):
            raise ValueError(f"{name}: alpha must be positive. Got {alpha!r}.")
        if num_classes is not None and not (is_int(num_classes) and num_classes > 0):
            raise ValueError(f"{name}: num_classes must be a positive int. Got {num_classes!r}.")
        self.alpha = float(alpha)
        self.num_classes = num_classes
        self.generator = generator

    def forward(self, *inputs: Any) -> tuple[Tensor, Tensor]:
        """Mix a batch, given as ``(images, labels)`` or as two arguments."""
        images, labels = self._checked(inputs[0] if len(inputs) == 1 else inputs)
        share = _draw.beta(self.alpha, self.generator)
        mixed, share = self.mixed(images, images.roll(1, 0), share)
        return mixed, share * labels + (1 - share) * labels.roll(1, 0)

    def mixed(self, images: Tensor, others: Tensor, share: float) -> tuple[Tensor, float]:
        """Return ``share`` of the images with the rest of the others, and the share that it came to."""
        raise NotImplementedError(f"{type(self).__name__} does not define mixed")

    def extra_repr(self) -> str:
        """Show the arguments."""
        return f"alpha={self.alpha}, num_classes={self.num_classes}"

    def _checked(self, batch: Any) -> tuple[Tensor, Tensor]:
        name = type(self).__name__
        if not (isinstance(batch, (list, tuple)) and len(batch) == 2 and all(isinstance(x, _C.Tensor) for x in batch)):
            raise TypeError(f"{name}: a batch must be two tensors, (images, labels). Got {_described(batch)}.")
        images, labels = batch
        if images.ndim != 4:
            raise _C.ShapeError(f"{name}: images must have the shape (n, c, h, w). Got {tuple(images.shape)}.")
        if labels.ndim not in (1, 2) or labels.size(0) != images.size(0):
            raise _C.ShapeError(
                f"{name}: labels must have the shape (n,) or (n, classes) with n={images.size(0)} as in images. "
                f"Got {tuple(labels.shape)}."
            )
        if labels.ndim == 1:
            if self.num_classes is None:
                raise ValueError(f"{name}: labels that are numbers of classes need num_classes. Got None.")
            if labels.is_floating_point() or labels.dtype == _C.bool:
                raise _C.DtypeError(
                    f"{name}: labels of shape (n,) must be integers. Got {str(labels.dtype).removeprefix('dlx.')}."
                )
            labels = one_hot(labels.to(_C.int64), self.num_classes)
        elif self.num_classes not in (None, labels.size(1)):
            raise _C.ShapeError(
                f"{name}: labels must have num_classes={self.num_classes} columns. Got shape {tuple(labels.shape)}."
            )
        return images, labels if labels.is_floating_point() else labels.to(_C.float32)


def _described(batch: Any) -> str:
    if isinstance(batch, (list, tuple)):
        return f"{type(batch).__name__} of {', '.join(type(x).__name__ for x in batch) or 'nothing'}"
    return type(batch).__name__


class MixUp(_Mixing):
    """Mix each image of a batch with the one before it: ``share * image + (1 - share) * other``, labels likewise.

    The share is drawn from Beta(alpha, alpha), once for the batch. For use on batches, or within ``collate_fn``:
    ``lambda samples: mixup(*dlx.data.default_collate(samples))``.

    Args:
        alpha: positive: small, and one of both images prevails; 1, and all shares are as frequent.
        num_classes: how many classes labels of shape ``(n,)`` are of.
        generator: the default generator if None.

    Shapes: images ``(n, c, h, w)``, floating point; labels ``(n,)``, integers, or ``(n, classes)``, shares. Returns
    ``(images, labels)``, labels of shape ``(n, classes)``, which :func:`cross_entropy` takes.

    Raises:
        ValueError: ``alpha`` is not positive, or ``num_classes`` is missing.
        TypeError: a batch is not ``(images, labels)``.
        ShapeError: shapes that do not belong together.
        DtypeError: images are not floating point.

    Example:
        >>> images, labels = transforms.MixUp(num_classes=3)(dlx.rand(2, 1, 4, 4), dlx.tensor([0, 2]))
        >>> labels.sum(dim=1)
        tensor([1., 1.])

    Source: Zhang et al. 2017, arXiv:1710.09412.
    """

    def __init__(
        self, *, alpha: float = 1.0, num_classes: int | None = None, generator: Generator | None = None
    ) -> None:
        super().__init__(alpha, num_classes, generator)

    def mixed(self, images: Tensor, others: Tensor, share: float) -> tuple[Tensor, float]:
        """Return the means of both, weighted, and the weight."""
        if not images.is_floating_point():
            raise _C.DtypeError(
                f"MixUp: images must be floating point. Got {str(images.dtype).removeprefix('dlx.')}; "
                "convert them with ToDtype(dlx.float32, scale=True)."
            )
        return share * images + (1 - share) * others, share


class CutMix(_Mixing):
    """Put a rectangle of the image before it into each image of a batch, and mix the labels by the areas.

    The area is drawn from Beta(alpha, alpha), and the place evenly, once for the batch. For use on batches, or within
    ``collate_fn``: ``lambda samples: cutmix(*dlx.data.default_collate(samples))``.

    Args:
        alpha: positive: small, and one of both images prevails; 1, and all areas are as frequent.
        num_classes: how many classes labels of shape ``(n,)`` are of.
        generator: the default generator if None.

    Shapes: images ``(n, c, h, w)``; labels ``(n,)``, integers, or ``(n, classes)``, shares. Returns
    ``(images, labels)``, labels of shape ``(n, classes)``, which :func:`cross_entropy` takes.

    Raises:
        ValueError: ``alpha`` is not positive, or ``num_classes`` is missing.
        TypeError: a batch is not ``(images, labels)``.
        ShapeError: shapes that do not belong together.

    Example:
        >>> images, labels = transforms.CutMix(num_classes=3)(dlx.rand(2, 1, 4, 4), dlx.tensor([0, 2]))
        >>> labels.sum(dim=1)
        tensor([1., 1.])

    Source: Yun et al. 2019, arXiv:1905.04899.
    """

    def __init__(
        self, *, alpha: float = 1.0, num_classes: int | None = None, generator: Generator | None = None
    ) -> None:
        super().__init__(alpha, num_classes, generator)

    def mixed(self, images: Tensor, others: Tensor, share: float) -> tuple[Tensor, float]:
        """Return the images with a rectangle of the others, and the share of what is left of them."""
        height, width = images.shape[-2:]
        if height == 0 or width == 0:
            return images, 1.0
        half = 0.5 * math.sqrt(1 - share)
        # The middle may lie anywhere, so that a part of the rectangle may lie outside.
        y, x = (_draw.integer(0, size - 1, self.generator) for size in (height, width))
        top, bottom = max(round(y - half * height), 0), min(round(y + half * height), height)
        left, right = max(round(x - half * width), 0), min(round(x + half * width), width)
        result = images.clone()
        result[..., top:bottom, left:right] = others[..., top:bottom, left:right]
        return result, 1 - (bottom - top) * (right - left) / (height * width)
