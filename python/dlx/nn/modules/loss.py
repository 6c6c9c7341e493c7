"""Losses as layers."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dlx.nn.modules.distance import PairwiseDistance
from dlx.nn.modules.linear import Linear
from dlx.nn.modules.module import Module
from dlx.ops.loss import (
    _refuse_deprecated,
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    cosine_embedding_loss,
    cross_entropy,
    ctc_loss,
    gaussian_nll_loss,
    hinge_embedding_loss,
    huber_loss,
    kl_div,
    l1_loss,
    linear_cross_entropy,
    margin_ranking_loss,
    mse_loss,
    multi_margin_loss,
    multilabel_margin_loss,
    multilabel_soft_margin_loss,
    nll_loss,
    poisson_nll_loss,
    smooth_l1_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)

if TYPE_CHECKING:
    from dlx import _C
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = [
    "CTCLoss",
    "BCELoss",
    "BCEWithLogitsLoss",
    "CosineEmbeddingLoss",
    "CrossEntropyLoss",
    "GaussianNLLLoss",
    "HingeEmbeddingLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "LinearCrossEntropyLoss",
    "MSELoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "MultiMarginLoss",
    "NLLLoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


def _check_reduction(layer: str, reduction: str, batchmean: bool = False) -> str:
    if reduction not in ("none", "mean", "sum") and not (batchmean and reduction == "batchmean"):
        more = ", 'batchmean'" if batchmean else ""
        raise ValueError(f"{layer}: reduction must be 'none', 'mean' or 'sum'{more}. Got {reduction!r}.")
    return reduction


class CrossEntropyLoss(Module):
    """Measure how far scores are from the right classes; see :func:`dlx.nn.functional.cross_entropy`.

    Args:
        weight: shape ``(c,)``, the weight of each class.
        size_average: deprecated: an error if given; ``reduction`` says it.
        ignore_index: a target that adds nothing.
        reduce: deprecated: an error if given; ``reduction`` says it.
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
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
        label_smoothing: float = 0.0,
    ) -> None:
        super().__init__()
        _refuse_deprecated("CrossEntropyLoss", size_average, reduce)
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
        size_average: deprecated: an error if given; ``reduction`` says it.
        ignore_index: a target that adds nothing.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.NLLLoss()(dlx.tensor([[-0.5, -1.0]]), dlx.tensor([1]))
        tensor(1.)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        ignore_index: int = -100,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        _refuse_deprecated("NLLLoss", size_average, reduce)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.reduction = _check_reduction("NLLLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return nll_loss(input, target, self.weight, ignore_index=self.ignore_index, reduction=self.reduction)


class MSELoss(Module):
    """Take the squared error; see :func:`dlx.nn.functional.mse_loss`.

    Args:
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.MSELoss()(dlx.tensor([1.0]), dlx.tensor([3.0]))
        tensor(4.)
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        _refuse_deprecated("MSELoss", size_average, reduce)
        self.reduction = _check_reduction("MSELoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return mse_loss(input, target, reduction=self.reduction)


class L1Loss(Module):
    """Take the absolute error; see :func:`dlx.nn.functional.l1_loss`.

    Args:
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.L1Loss()(dlx.tensor([1.0]), dlx.tensor([3.0]))
        tensor(2.)
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        _refuse_deprecated("L1Loss", size_average, reduce)
        self.reduction = _check_reduction("L1Loss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return l1_loss(input, target, reduction=self.reduction)


class SmoothL1Loss(Module):
    """Take the squared error where it is small, the absolute error elsewhere.

    See :func:`dlx.nn.functional.smooth_l1_loss`.

    Args:
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.
        beta: where the parts meet; not negative.

    Example:
        >>> nn.SmoothL1Loss()(dlx.tensor([1.0]), dlx.tensor([3.0]))
        tensor(1.5000)
    """

    def __init__(
        self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean", beta: float = 1.0
    ) -> None:
        super().__init__()
        _refuse_deprecated("SmoothL1Loss", size_average, reduce)
        self.reduction = _check_reduction("SmoothL1Loss", reduction)
        self.beta = beta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return smooth_l1_loss(input, target, reduction=self.reduction, beta=self.beta)


class HuberLoss(Module):
    """Take the squared error where it is small, a straight line elsewhere; see :func:`dlx.nn.functional.huber_loss`.

    Args:
        reduction: 'none', 'mean' or 'sum'.
        delta: where the parts meet; above 0.

    Example:
        >>> nn.HuberLoss()(dlx.tensor([1.0]), dlx.tensor([3.0]))
        tensor(1.5000)
    """

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__()
        self.reduction = _check_reduction("HuberLoss", reduction)
        self.delta = delta

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return huber_loss(input, target, reduction=self.reduction, delta=self.delta)


class LinearCrossEntropyLoss(Module):
    """Score features by a linear layer of its own and take the cross entropy.

    See :func:`dlx.nn.functional.linear_cross_entropy`.

    Args:
        in_features: size of the last dimension of the input.
        num_classes: how many classes, c.
        out_features: sizes behind the classes, for scores of shape ``(n, c, *out_features)``.
        bias: whether the layer has a bias.
        device: of the layer's parameters.
        dtype: of the layer's parameters.
        reduction: 'none', 'mean' or 'sum'.
        weight: shape ``(c,)``, the weight of each class.
        ignore_index: a class index that adds nothing; -100 if None.
        label_smoothing: so much of the probability is spread evenly over all classes.
        options: None; PyTorch's ways to save memory are not here.

    Example:
        >>> nn.LinearCrossEntropyLoss(3, 4)(dlx.zeros(2, 3), dlx.tensor([0, 1])).detach()
        tensor(1.3863)
    """

    weight: Tensor | None

    def __init__(
        self,
        in_features: int,
        num_classes: int,
        *,
        out_features: Sequence[int] = (),
        bias: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
        reduction: str = "mean",
        weight: Tensor | None = None,
        ignore_index: int | None = None,
        label_smoothing: float = 0.0,
        options: None = None,
    ) -> None:
        super().__init__()
        if options is not None:
            raise ValueError("LinearCrossEntropyLoss: options must be None. Without them the result is the same.")
        self.in_features = in_features
        self.num_classes = num_classes
        self.out_features = tuple(out_features)
        self.linear = Linear(in_features, num_classes * math.prod(self.out_features), bias, device, dtype)
        self.reduction = _check_reduction("LinearCrossEntropyLoss", reduction)
        self.register_buffer("weight", weight)
        self.ignore_index = ignore_index
        self.label_smoothing = label_smoothing

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return linear_cross_entropy(
            input,
            self.linear.weight.reshape(self.num_classes, *self.out_features, self.in_features),
            target,
            linear_bias=self.linear.bias,
            weight=self.weight,
            reduction=self.reduction,
            ignore_index=self.ignore_index,
            label_smoothing=self.label_smoothing,
        )

    def extra_repr(self) -> str:
        return (
            f"in_features={self.in_features}, num_classes={self.num_classes}, out_features={self.out_features}, "
            f"bias={self.linear.bias is not None}, reduction={self.reduction}, ignore_index={self.ignore_index}, "
            f"label_smoothing={self.label_smoothing}, options=None"
        )


class BCELoss(Module):
    """Measure how far probabilities of yes are from yes (1) and no (0).

    See :func:`dlx.nn.functional.binary_cross_entropy`.

    Args:
        weight: a factor of each loss, which broadcasts.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.BCELoss()(dlx.tensor([0.5]), dlx.tensor([1.0]))
        tensor(0.6931)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        _refuse_deprecated("BCELoss", size_average, reduce)
        self.register_buffer("weight", weight)
        self.reduction = _check_reduction("BCELoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy(input, target, self.weight, reduction=self.reduction)


class BCEWithLogitsLoss(Module):
    """Measure how far scores are from yes (1) and no (0).

    See :func:`dlx.nn.functional.binary_cross_entropy_with_logits`.

    Args:
        weight: a factor of each loss, which broadcasts.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.
        pos_weight: a factor of the part of yes, which broadcasts.

    Example:
        >>> nn.BCEWithLogitsLoss()(dlx.tensor([0.0]), dlx.tensor([1.0]))
        tensor(0.6931)
    """

    weight: Tensor | None

    pos_weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        pos_weight: Tensor | None = None,
    ) -> None:
        super().__init__()
        _refuse_deprecated("BCEWithLogitsLoss", size_average, reduce)
        self.register_buffer("weight", weight)
        self.reduction = _check_reduction("BCEWithLogitsLoss", reduction)
        self.register_buffer("pos_weight", pos_weight)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return binary_cross_entropy_with_logits(
            input, target, self.weight, reduction=self.reduction, pos_weight=self.pos_weight
        )


class KLDivLoss(Module):
    """Take the Kullback-Leibler divergence of log-probabilities from a target distribution.

    See :func:`dlx.nn.functional.kl_div`.

    Args:
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean', 'sum' or 'batchmean'.
        log_target: whether the targets are logarithms.

    Example:
        >>> nn.KLDivLoss(reduction="batchmean")(dlx.tensor([[0.5, 0.5]]).log(), dlx.tensor([[0.9, 0.1]]))
        tensor(0.3681)
    """

    def __init__(
        self,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
        log_target: bool = False,
    ) -> None:
        super().__init__()
        _refuse_deprecated("KLDivLoss", size_average, reduce)
        self.reduction = _check_reduction("KLDivLoss", reduction, batchmean=True)
        self.log_target = log_target

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return kl_div(input, target, reduction=self.reduction, log_target=self.log_target)


class PoissonNLLLoss(Module):
    """Take the negative log likelihood of counts under Poisson distributions.

    See :func:`dlx.nn.functional.poisson_nll_loss`.

    Args:
        log_input: whether the inputs are logarithms of expected counts.
        full: whether to add Stirling's approximation.
        size_average: deprecated: an error if given; ``reduction`` says it.
        eps: keeps the logarithm finite where ``log_input`` is False.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.PoissonNLLLoss()(dlx.tensor([0.0, 1.0]), dlx.tensor([1.0, 2.0]))
        tensor(0.8591)
    """

    def __init__(
        self,
        log_input: bool = True,
        full: bool = False,
        size_average: bool | None = None,
        eps: float = 1e-8,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        _refuse_deprecated("PoissonNLLLoss", size_average, reduce)
        self.log_input = log_input
        self.full = full
        self.eps = eps
        self.reduction = _check_reduction("PoissonNLLLoss", reduction)

    def forward(self, log_input: Tensor, target: Tensor) -> Tensor:
        return poisson_nll_loss(log_input, target, self.log_input, self.full, eps=self.eps, reduction=self.reduction)


class GaussianNLLLoss(Module):
    """Take the negative log likelihood of values under normal distributions.

    See :func:`dlx.nn.functional.gaussian_nll_loss`.

    Args:
        full: whether to add the constant ``0.5 * log(2 * pi)``.
        eps: the least variance; above 0.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.GaussianNLLLoss()(dlx.tensor([0.0, 1.0]), dlx.tensor([1.0, 1.0]), dlx.tensor([1.0, 1.0]))
        tensor(0.2500)
    """

    def __init__(self, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__()
        self.full = full
        self.eps = eps
        self.reduction = _check_reduction("GaussianNLLLoss", reduction)

    def forward(self, input: Tensor, target: Tensor, var: Tensor | float) -> Tensor:
        return gaussian_nll_loss(input, target, var, full=self.full, eps=self.eps, reduction=self.reduction)


class SoftMarginLoss(Module):
    """Take the logistic loss of two classes, 1 and -1; see :func:`dlx.nn.functional.soft_margin_loss`.

    Args:
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.SoftMarginLoss()(dlx.tensor([0.0]), dlx.tensor([1.0]))
        tensor(0.6931)
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        _refuse_deprecated("SoftMarginLoss", size_average, reduce)
        self.reduction = _check_reduction("SoftMarginLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return soft_margin_loss(input, target, reduction=self.reduction)


class MultiLabelSoftMarginLoss(Module):
    """Take the mean over classes of the cross entropy of each class's yes or no.

    See :func:`dlx.nn.functional.multilabel_soft_margin_loss`.

    Args:
        weight: a factor of each loss, which broadcasts.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.MultiLabelSoftMarginLoss()(dlx.tensor([[0.0, 2.0]]), dlx.tensor([[1.0, 1.0]]))
        tensor(0.4100)
    """

    weight: Tensor | None

    def __init__(
        self,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        _refuse_deprecated("MultiLabelSoftMarginLoss", size_average, reduce)
        self.register_buffer("weight", weight)
        self.reduction = _check_reduction("MultiLabelSoftMarginLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multilabel_soft_margin_loss(input, target, self.weight, reduction=self.reduction)


class MultiMarginLoss(Module):
    """Ask the right class's score to exceed every other's by a margin; see :func:`dlx.nn.functional.multi_margin_loss`.

    Args:
        p: 1 or 2.
        margin: by how much.
        weight: shape ``(c,)``, the weight of each class.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.MultiMarginLoss()(dlx.tensor([[0.1, 0.2, 0.4]]), dlx.tensor([2]))
        tensor(0.5000)
    """

    weight: Tensor | None

    def __init__(
        self,
        p: int = 1,
        margin: float = 1.0,
        weight: Tensor | None = None,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        _refuse_deprecated("MultiMarginLoss", size_average, reduce)
        if p not in (1, 2):
            raise ValueError(f"MultiMarginLoss: p must be 1 or 2. Got {p}.")
        self.p = p
        self.margin = margin
        self.register_buffer("weight", weight)
        self.reduction = _check_reduction("MultiMarginLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multi_margin_loss(input, target, self.p, self.margin, self.weight, reduction=self.reduction)


class MultiLabelMarginLoss(Module):
    """Ask the scores of all right classes to exceed those of all others by 1.

    See :func:`dlx.nn.functional.multilabel_margin_loss`.

    Args:
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.MultiLabelMarginLoss()(dlx.tensor([[0.1, 0.2, 0.4, 0.8]]), dlx.tensor([[3, 0, -1, 1]]))
        tensor(0.8500)
    """

    def __init__(self, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean") -> None:
        super().__init__()
        _refuse_deprecated("MultiLabelMarginLoss", size_average, reduce)
        self.reduction = _check_reduction("MultiLabelMarginLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return multilabel_margin_loss(input, target, reduction=self.reduction)


class HingeEmbeddingLoss(Module):
    """Keep distances of pairs that belong together small, and of others above a margin.

    See :func:`dlx.nn.functional.hinge_embedding_loss`.

    Args:
        margin: the least distance of what does not belong together.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.HingeEmbeddingLoss()(dlx.tensor([0.5, 0.5]), dlx.tensor([1, -1]))
        tensor(0.5000)
    """

    def __init__(
        self, margin: float = 1.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        _refuse_deprecated("HingeEmbeddingLoss", size_average, reduce)
        self.margin = margin
        self.reduction = _check_reduction("HingeEmbeddingLoss", reduction)

    def forward(self, input: Tensor, target: Tensor) -> Tensor:
        return hinge_embedding_loss(input, target, self.margin, reduction=self.reduction)


class MarginRankingLoss(Module):
    """Ask the first of two scores to exceed the second by a margin, or the other way round.

    See :func:`dlx.nn.functional.margin_ranking_loss`.

    Args:
        margin: by how much.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.MarginRankingLoss()(dlx.tensor([1.0]), dlx.tensor([3.0]), dlx.tensor([1.0]))
        tensor(2.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        _refuse_deprecated("MarginRankingLoss", size_average, reduce)
        self.margin = margin
        self.reduction = _check_reduction("MarginRankingLoss", reduction)

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return margin_ranking_loss(input1, input2, target, self.margin, reduction=self.reduction)


class CosineEmbeddingLoss(Module):
    """Turn vectors that belong together into one direction, and others apart.

    See :func:`dlx.nn.functional.cosine_embedding_loss`.

    Args:
        margin: the cosine from which others are pushed apart.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.CosineEmbeddingLoss()(dlx.tensor([[1.0, 0.0]]), dlx.tensor([[0.0, 2.0]]), dlx.tensor([1]))
        tensor(1.)
    """

    def __init__(
        self, margin: float = 0.0, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
    ) -> None:
        super().__init__()
        _refuse_deprecated("CosineEmbeddingLoss", size_average, reduce)
        self.margin = margin
        self.reduction = _check_reduction("CosineEmbeddingLoss", reduction)

    def forward(self, input1: Tensor, input2: Tensor, target: Tensor) -> Tensor:
        return cosine_embedding_loss(input1, input2, target, self.margin, reduction=self.reduction)


class TripletMarginLoss(Module):
    """Ask an anchor to be nearer to one vector than to another, by a margin.

    See :func:`dlx.nn.functional.triplet_margin_loss`.

    Args:
        margin: by how much; above 0.
        p: of the norm.
        eps: added to differences.
        swap: whether the distance of the others counts where it is less.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.TripletMarginLoss()(dlx.zeros(1, 2), dlx.ones(1, 2), dlx.zeros(1, 2))
        tensor(2.4142)
    """

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        size_average: bool | None = None,
        reduce: bool | None = None,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        _refuse_deprecated("TripletMarginLoss", size_average, reduce)
        if not margin > 0:
            raise ValueError(f"TripletMarginLoss: margin must be above 0. Got {margin}.")
        self.margin = margin
        self.p = p
        self.eps = eps
        self.swap = swap
        self.reduction = _check_reduction("TripletMarginLoss", reduction)

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return triplet_margin_loss(
            anchor, positive, negative, self.margin, self.p, self.eps, self.swap, reduction=self.reduction
        )


class TripletMarginWithDistanceLoss(Module):
    """Ask an anchor to be nearer to one vector than to another, in a distance of one's own.

    See :func:`dlx.nn.functional.triplet_margin_with_distance_loss`.

    Args:
        distance_function: a function, or a layer, of two tensors; :class:`PairwiseDistance` if None.
        margin: by how much; above 0.
        swap: whether the distance of the others counts where it is less.
        reduction: 'none', 'mean' or 'sum'.

    Example:
        >>> nn.TripletMarginWithDistanceLoss()(dlx.zeros(1, 2), dlx.ones(1, 2), dlx.zeros(1, 2))
        tensor(2.4142)
    """

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__()
        if not margin > 0:
            raise ValueError(f"TripletMarginWithDistanceLoss: margin must be above 0. Got {margin}.")
        self.reduction = _check_reduction("TripletMarginWithDistanceLoss", reduction)
        self.distance_function = PairwiseDistance() if distance_function is None else distance_function
        self.margin = margin
        self.swap = swap

    def forward(self, anchor: Tensor, positive: Tensor, negative: Tensor) -> Tensor:
        return triplet_margin_with_distance_loss(
            anchor,
            positive,
            negative,
            distance_function=self.distance_function,
            margin=self.margin,
            swap=self.swap,
            reduction=self.reduction,
        )


class CTCLoss(Module):
    """Take the negative log likelihood of label sequences over all their alignments.

    See :func:`dlx.nn.functional.ctc_loss`.

    Args:
        blank: the class that says nothing.
        reduction: 'none', 'mean' (each loss divided by its target length first) or 'sum'.
        zero_infinity: whether a sequence that fits no alignment has loss and gradient 0.

    Example:
        >>> log_probs = F.log_softmax(dlx.zeros(4, 1, 3), dim=2)
        >>> nn.CTCLoss(reduction="sum")(log_probs, dlx.tensor([[1, 2]]), [4], [2])
        tensor(1.6864)
    """

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        super().__init__()
        self.blank = blank
        self.reduction = _check_reduction("CTCLoss", reduction)
        self.zero_infinity = zero_infinity

    def forward(
        self,
        log_probs: Tensor,
        targets: Tensor,
        input_lengths: Tensor | Sequence[int],
        target_lengths: Tensor | Sequence[int],
    ) -> Tensor:
        return ctc_loss(
            log_probs, targets, input_lengths, target_lengths, self.blank, self.reduction, self.zero_infinity
        )
