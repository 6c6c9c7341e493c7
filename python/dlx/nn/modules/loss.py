"""Losses as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.loss import cross_entropy, mse_loss, nll_loss

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["CrossEntropyLoss", "MSELoss", "NLLLoss"]


def _check_reduction(layer: str, reduction: str) -> str:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{layer}: reduction must be 'none', 'mean' or 'sum'. Got {reduction!r}.")
    return reduction


class CrossEntropyLoss(Module):
    """Measure how far scores are from the right classes; see :func:`dlx.nn.functional.cross_entropy`.

    Args:
        weight: shape ``(c,)``, the weight of each class.
        ignore_index: a target that adds nothing.
        reduction: 'none', 'mean' or 'sum'.
        label_smoothing: so much of the probability is spread evenly over all classes.

    Example:
        >>> nn.CrossEntropyLoss()(dlx.tensor([[2.0, 0.0]]), dlx.tensor([0]))
        tensor(0.1269)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        *,
        ignore_index: int = -100,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = _check_reduction("CrossEntropyLoss", reduction)
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return cross_entropy(
            input,
            target,
            self.weight,
            ignore_index=self.ignore_index,
            reduction=self.reduction,
            label_smoothing=self.label_smoothing,
        )


class NLLLoss(Module):
    """Take the negative log likelihood from log-probabilities; see :func:`dlx.nn.functional.nll_loss`.

    Args:
        weight: shape ``(c,)``, the weight of each class.
        ignore_index: a target that adds nothing.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.NLLLoss()(dlx.tensor([[-0.5, -1.0]]), dlx.tensor([1]))
        tensor(1.)
    """

    weight: Tensor | None

    def __init__(self, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        super().__init__()
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = _check_reduction("NLLLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class MSELoss(Module):
    """Take the squared error; see :func:`dlx.nn.functional.mse_loss`.

    Args:
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.MSELoss()(dlx.tensor([1.0]), dlx.tensor([3.0]))
        tensor(4.)
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        self.reduction = _check_reduction("MSELoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return mse_loss(input, target, reduction=self.reduction)
