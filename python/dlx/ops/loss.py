"""Losses. The deprecated `size_average` and `reduce` stand where PyTorch has them, and raise if they are given."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct
from dlx.ops.creation import tensor

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "binary_cross_entropy_with_logits", "cosine_embedding_loss", "ctc_loss", "hinge_embedding_loss", "kl_div",
    "margin_ranking_loss", "poisson_nll_loss", "triplet_margin_loss",
]  # fmt: skip


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """Measure how far scores are from the right classes: the negative log likelihood of the softmax.

    ``loss[n] = -weight[target[n]] * log_softmax(input, 1)[n, target[n]]`` for class indices,
    ``loss[n] = -sum_c(weight[c] * target[n, c] * log_softmax(input, 1)[n, c])`` for probabilities.

    Args:
        input: scores (logits), shape ``(n, c, *)`` or ``(c,)``.
        target: class indices in [0, c), int64, shape ``(n, *)`` or ``()``; or probabilities of the shape of ``input``.
        weight: shape ``(c,)``, the weight of each class; ones if None.
        ignore_index: a class index that adds nothing to the loss and its gradient.
        reduction: 'none', 'mean' (over the weights of the targets that count; over all for probabilities) or 'sum'.
        label_smoothing: in [0, 1]; so much of the probability is spread evenly over all classes.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or of the shape of the class indices for reduction 'none'.

    Raises:
        ShapeError: ``target`` or ``weight`` does not fit ``input``.
        IndexError: a class index is out of range.
        DtypeError: ``input`` is not floating point, or ``target`` holds neither indices nor probabilities.
        ValueError: ``label_smoothing`` is outside [0, 1], or an ``ignore_index`` is given for probabilities.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.cross_entropy(dlx.tensor([[2.0, 0.0], [0.0, 2.0]]), dlx.tensor([0, 1]))
        tensor(0.1269)
    """
    _refuse_deprecated("cross_entropy", size_average, reduce)
    return _C.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def nll_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    ignore_index: int = -100,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Take the negative log likelihood of the right classes from log-probabilities.

    ``loss[n] = -weight[target[n]] * input[n, target[n]]``

    Args:
        input: log-probabilities, shape ``(n, c, *)`` or ``(c,)``.
        target: class indices in [0, c), int64, shape ``(n, *)`` or ``()``.
        weight: shape ``(c,)``, the weight of each class; ones if None.
        ignore_index: a class index that adds nothing to the loss and its gradient.
        reduction: 'none', 'mean' (over the weights of the targets that count) or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or of the shape of ``target`` for reduction 'none'.

    Raises:
        ShapeError: ``target`` or ``weight`` does not fit ``input``.
        IndexError: a class index is out of range.
        DtypeError: ``input`` is not floating point, or ``target`` is not int64.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.nll_loss(dlx.tensor([[-0.5, -1.0]]), dlx.tensor([1]))
        tensor(1.)
    """
    _refuse_deprecated("nll_loss", size_average, reduce)
    return _C.nll_loss(input, target, weight, ignore_index, reduction)


def ctc_loss(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor | Sequence[int],
    target_lengths: Tensor | Sequence[int],
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """Take the negative log likelihood of label sequences over all their alignments with the outputs of a network.

    At each time the network says one class or ``blank``; repetitions and blanks are dropped, and what is left is the
    label sequence (connectionist temporal classification).

    Args:
        log_probs: log-probabilities, shape ``(t, n, c)`` or ``(t, c)``, floating point.
        targets: classes other than ``blank``, integers, shape ``(n, s)``, or all sequences in one row.
        input_lengths: how many times of each sequence count, at most ``t``.
        target_lengths: how many targets each sequence has.
        blank: the class that says nothing.
        reduction: 'none', 'mean' (each loss divided by its target length first) or 'sum'.
        zero_infinity: whether a sequence that fits no alignment has loss and gradient 0 instead of an infinite loss.

    Returns:
        A tensor without dimensions, or of shape ``(n,)`` for reduction 'none'.

    Raises:
        ShapeError: the shapes do not fit.
        ValueError: a length is out of range, or ``blank`` is no class, or an unknown reduction.
        IndexError: a target is out of range.
        DtypeError: ``log_probs`` is not floating point, or another argument not of integers.

    Example:
        >>> log_probs = F.log_softmax(dlx.zeros(4, 1, 3), dim=2)
        >>> F.ctc_loss(log_probs, dlx.tensor([[1, 2]]), [4], [2], reduction="sum")
        tensor(1.6864)

    Source: Graves et al. 2006, ICML 369-376.
    """
    of_inputs = input_lengths if isinstance(input_lengths, _C.Tensor) else tensor(input_lengths, dtype=_C.int64)
    of_targets = target_lengths if isinstance(target_lengths, _C.Tensor) else tensor(target_lengths, dtype=_C.int64)
    return _C.ctc_loss(log_probs, targets, of_inputs, of_targets, blank, reduction, zero_infinity)


def mse_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Take the squared error.

    ``loss = weight * (input - target) ** 2``; the mean is over the weights if they are given.

    Args:
        input: any shape, floating point.
        target: of the same shape.
        reduction: 'none', 'mean' or 'sum'.
        weight: of the shape of ``input``: a factor of each loss; ones if None.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast, or ``weight`` has not the shape of ``input``.
        DtypeError: no argument is floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Warns:
        UserWarning: the shapes differ, so that broadcasting pairs more elements than meant.

    Example:
        >>> F.mse_loss(dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 4.0]))
        tensor(2.)
    """
    _refuse_deprecated("mse_loss", size_average, reduce)
    _warn_of_broadcast("mse_loss", input, target)
    return _C.mse_loss(input, target, reduction, weight)


def l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    weight: Tensor | None = None,
) -> Tensor:
    """Take the absolute error.

    ``loss = weight * |input - target|``; the mean is over the weights if they are given.

    Args:
        input: any shape, floating point.
        target: of the same shape.
        reduction: 'none', 'mean' or 'sum'.
        weight: of the shape of ``input``: a factor of each loss; ones if None.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast, or ``weight`` has not the shape of ``input``.
        DtypeError: no argument is floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Warns:
        UserWarning: the shapes differ, so that broadcasting pairs more elements than meant.

    Example:
        >>> F.l1_loss(dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 4.0]))
        tensor(1.)
    """
    _refuse_deprecated("l1_loss", size_average, reduce)
    _warn_of_broadcast("l1_loss", input, target)
    return _C.l1_loss(input, target, reduction, weight)


def smooth_l1_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    beta: float = 1.0,
) -> Tensor:
    """Take the squared error where it is small, the absolute error elsewhere.

    ``loss = 0.5 * d ** 2 / beta if d < beta else d - 0.5 * beta``, ``d = |input - target|``

    Args:
        input: any shape, floating point.
        target: of the same shape.
        reduction: 'none', 'mean' or 'sum'.
        beta: where the parts meet; not negative. 0 gives :func:`l1_loss`.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: no argument is floating point.
        ValueError: ``beta`` is negative.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Warns:
        UserWarning: the shapes differ, so that broadcasting pairs more elements than meant.

    Example:
        >>> F.smooth_l1_loss(dlx.tensor([1.0, 2.0]), dlx.tensor([1.5, 4.0]), reduction='none')
        tensor([0.1250, 1.5000])

    Source: Girshick 2015, arXiv:1504.08083.
    """
    _refuse_deprecated("smooth_l1_loss", size_average, reduce)
    _warn_of_broadcast("smooth_l1_loss", input, target)
    return _C.smooth_l1_loss(input, target, reduction, beta)


def huber_loss(
    input: Tensor, target: Tensor, reduction: str = "mean", delta: float = 1.0, weight: Tensor | None = None
) -> Tensor:
    """Take the squared error where it is small, a straight line elsewhere.

    ``loss = weight * (0.5 * d ** 2 if d < delta else delta * (d - 0.5 * delta))``, ``d = |input - target|``

    Args:
        input: any shape, floating point.
        target: of the same shape.
        reduction: 'none', 'mean' or 'sum'.
        delta: where the parts meet; above 0.
        weight: of the shape of ``input``: a factor of each loss; ones if None.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast, or ``weight`` has not the shape of ``input``.
        DtypeError: no argument is floating point.
        ValueError: ``delta`` is not above 0.
        ValueError: an unknown reduction.

    Warns:
        UserWarning: the shapes differ, so that broadcasting pairs more elements than meant.

    Example:
        >>> F.huber_loss(dlx.tensor([1.0, 2.0]), dlx.tensor([1.5, 4.0]), reduction='none')
        tensor([0.1250, 1.5000])

    The mean of weighted losses is over their number, as in PyTorch, not over the weights.
    """
    _warn_of_broadcast("huber_loss", input, target)
    return _C.huber_loss(input, target, reduction, delta, weight)


def linear_cross_entropy(
    input: Tensor,
    linear_weight: Tensor,
    target: Tensor,
    *,
    linear_bias: Tensor | None = None,
    weight: Tensor | None = None,
    reduction: str = "mean",
    ignore_index: int | None = None,
    label_smoothing: float = 0.0,
    options: None = None,
) -> Tensor:
    """Take the cross entropy of scores that a linear map makes.

    ``loss = cross_entropy(linear(input, linear_weight, linear_bias), target)``

    Args:
        input: shape ``(n, in_features)`` or ``(in_features,)``.
        linear_weight: shape ``(c, in_features)``, or ``(c, *, in_features)`` for scores of shape ``(n, c, *)``.
        target: class indices or probabilities, as for :func:`cross_entropy`.
        linear_bias: shape ``(c,)`` or ``(c, *)``, added to the scores.
        weight: shape ``(c,)``, the weight of each class; ones if None.
        reduction: 'none', 'mean' or 'sum'.
        ignore_index: a class index that adds nothing; -100 if None.
        label_smoothing: in [0, 1]; so much of the probability is spread evenly over all classes.
        options: None; PyTorch's ways to save memory are not here.

    Returns:
        A tensor without dimensions, or of the shape of the class indices for reduction 'none'.

    Raises:
        ShapeError, IndexError, DtypeError: as :func:`cross_entropy`.
        ValueError: an unknown reduction, or ``options`` are given.

    Example:
        >>> F.linear_cross_entropy(dlx.ones(2, 3), dlx.zeros(4, 3), dlx.tensor([0, 1]))
        tensor(1.3863)
    """
    if options is not None:
        raise ValueError("linear_cross_entropy: options must be None. Without them the result is the same.")
    rows = linear_weight.reshape(-1, linear_weight.shape[-1]) if linear_weight.ndim > 2 else linear_weight
    bias = linear_bias if linear_bias is None else linear_bias.reshape(-1)
    scores = _C.linear(input, rows, bias)
    if linear_weight.ndim > 2:
        scores = scores.reshape(*input.shape[:-1], *linear_weight.shape[:-1])
    ignored = -100 if ignore_index is None else ignore_index
    return _C.cross_entropy(scores, target, weight, ignored, reduction, label_smoothing)


def binary_cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Measure how far probabilities of yes are from yes (1) and no (0).

    ``loss = -weight * (target * log(input) + (1 - target) * log(1 - input))``, each logarithm at least -100

    Args:
        input: probabilities in [0, 1], any shape, floating point.
        target: in [0, 1], of the shape and dtype of ``input``.
        weight: a factor of each loss, which broadcasts; ones if None.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: ``target`` has another shape than ``input``.
        DtypeError: ``input`` is not floating point, or ``target`` of another dtype.
        RuntimeError: a value is outside [0, 1].
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.binary_cross_entropy(dlx.tensor([0.5, 0.9]), dlx.tensor([0.0, 1.0]))
        tensor(0.3993)

    :func:`binary_cross_entropy_with_logits` loses nothing where a sigmoid would round to 0 or 1.
    """
    _refuse_deprecated("binary_cross_entropy", size_average, reduce)
    return _C.binary_cross_entropy(input, target, weight, reduction)


def binary_cross_entropy_with_logits(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    pos_weight: Tensor | None = None,
) -> Tensor:
    """Measure how far scores are from yes (1) and no (0): the cross entropy of the sigmoid, without its rounding.

    ``loss = -weight * (pos_weight * target * log(sigmoid(input)) + (1 - target) * log(sigmoid(-input)))``

    Args:
        input: scores (logits), any shape, floating point.
        target: in [0, 1], floating point, of the shape of ``input``.
        weight: a factor of each loss, which broadcasts; ones if None.
        reduction: 'none', 'mean' or 'sum'.
        pos_weight: a factor of the part of yes, which broadcasts; ones if None.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: ``target`` has another shape than ``input``, or a weight does not broadcast.
        DtypeError: ``input`` or ``target`` is not floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.binary_cross_entropy_with_logits(dlx.tensor([0.0, 100.0]), dlx.tensor([1.0, 0.0]))
        tensor(50.3466)
    """
    _refuse_deprecated("binary_cross_entropy_with_logits", size_average, reduce)
    return _C.binary_cross_entropy_with_logits(input, target, weight, reduction, pos_weight)


def kl_div(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
    log_target: bool = False,
) -> Tensor:
    """Take the Kullback-Leibler divergence of log-probabilities from a target distribution.

    ``loss = target * (log(target) - input)``, 0 where ``target`` is 0; with ``log_target``
    ``loss = exp(target) * (target - input)``

    Args:
        input: log-probabilities, any shape.
        target: probabilities that broadcast with ``input``, or their logarithms if ``log_target``.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.
        reduction: 'none', 'mean' (over all elements), 'sum', or 'batchmean': the sum over the first size of ``input``,
            which is what the divergence of a batch means.
        log_target: whether ``target`` holds logarithms.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: no argument is floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Warns:
        UserWarning: for reduction 'mean', as PyTorch does: it is seldom what is meant.

    Example:
        >>> F.kl_div(dlx.tensor([[0.5, 0.5]]).log(), dlx.tensor([[0.9, 0.1]]), reduction="batchmean")
        tensor(0.3681)
    """
    _refuse_deprecated("kl_div", size_average, reduce)
    if reduction == "mean":
        _warn("kl_div: reduction 'mean' divides by the number of elements. Use 'batchmean' for the divergence itself.")
    batchmean = reduction == "batchmean"
    return _C.kl_div(input, target, "sum" if batchmean else reduction, log_target, batchmean)


def poisson_nll_loss(
    input: Tensor,
    target: Tensor,
    log_input: bool = True,
    full: bool = False,
    size_average: bool | None = None,
    eps: float = 1e-8,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Take the negative log likelihood of counts under Poisson distributions.

    ``loss = exp(input) - target * input``; without ``log_input`` ``loss = input - target * log(input + eps)``

    Args:
        input: the logarithm of the expected counts, or the counts themselves.
        target: counts; it broadcasts with ``input``.
        log_input: whether ``input`` is a logarithm.
        full: whether to add Stirling's approximation of ``log(target!)``.
        eps: keeps the logarithm finite where ``log_input`` is False.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: no argument is floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.poisson_nll_loss(dlx.tensor([0.0, 1.0]), dlx.tensor([1.0, 2.0]))
        tensor(0.8591)
    """
    _refuse_deprecated("poisson_nll_loss", size_average, reduce)
    return _C.poisson_nll_loss(input, target, log_input, full, eps, reduction)


def gaussian_nll_loss(
    input: Tensor, target: Tensor, var: Tensor | float, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """Take the negative log likelihood of values under normal distributions.

    ``loss = 0.5 * (log(max(var, eps)) + (input - target) ** 2 / max(var, eps))``

    Args:
        input: expected values, any shape, floating point.
        target: values; it broadcasts with ``input``.
        var: variances: of the shape of ``input``, with one size 1 or without the last dimension; or one number.
        full: whether to add the constant ``0.5 * log(2 * pi)``.
        eps: the least variance; above 0.
        reduction: 'none', 'mean' or 'sum'.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: ``var`` or ``target`` does not fit ``input``.
        ValueError: a variance is negative, or ``eps`` not above 0.
        ValueError: an unknown reduction.

    Example:
        >>> F.gaussian_nll_loss(dlx.tensor([0.0, 1.0]), dlx.tensor([1.0, 1.0]), dlx.tensor([1.0, 1.0]))
        tensor(0.2500)

    Source: Nix and Weigend 1994, ICNN 55-60.
    """
    return _C.gaussian_nll_loss(input, target, var, full, eps, reduction)


def soft_margin_loss(
    input: Tensor, target: Tensor, size_average: bool | None = None, reduce: bool | None = None, reduction: str = "mean"
) -> Tensor:
    """Take the logistic loss of two classes, 1 and -1.

    ``loss = log(1 + exp(-target * input))``

    Args:
        input: scores, any shape, floating point.
        target: 1 or -1; it broadcasts with ``input``.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: ``input`` is not floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.soft_margin_loss(dlx.tensor([0.0, 2.0]), dlx.tensor([1.0, 1.0]))
        tensor(0.4100)
    """
    _refuse_deprecated("soft_margin_loss", size_average, reduce)
    return _C.soft_margin_loss(input, target, reduction)


def multilabel_soft_margin_loss(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Take the mean over classes of the cross entropy of each class's yes or no.

    ``loss[n] = mean_c(-weight * (target * log(sigmoid(input)) + (1 - target) * log(sigmoid(-input))))``

    Args:
        input: scores, shape ``(*, c)``, floating point.
        target: 0 or 1, of the shape of ``input``.
        weight: a factor of each loss, which broadcasts; ones if None.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or of the shape ``(*)`` for reduction 'none'.

    Raises:
        ShapeError: ``target`` has another shape than ``input``.
        DtypeError: ``input`` is not floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.multilabel_soft_margin_loss(dlx.tensor([[0.0, 2.0]]), dlx.tensor([[1.0, 1.0]]))
        tensor(0.4100)
    """
    _refuse_deprecated("multilabel_soft_margin_loss", size_average, reduce)
    return _C.multilabel_soft_margin_loss(input, target, weight, reduction)


def multi_margin_loss(
    input: Tensor,
    target: Tensor,
    p: int = 1,
    margin: float = 1.0,
    weight: Tensor | None = None,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Ask the right class's score to exceed every other's by a margin.

    ``loss[n] = sum_(c != y)(weight[y] * max(0, margin - input[n, y] + input[n, c]) ** p) / classes``, ``y = target[n]``

    Args:
        input: scores, shape ``(n, c)`` or ``(c,)``, floating point.
        target: class indices, int64, shape ``(n,)`` or ``()``.
        p: 1 or 2.
        margin: how much the right score must exceed the others.
        weight: shape ``(c,)``, the weight of each class; ones if None.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: ``target`` or ``weight`` does not fit ``input``.
        IndexError: a class index is out of range.
        DtypeError: ``input`` is not floating point, or ``target`` is not int64.
        ValueError: ``p`` is neither 1 nor 2.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.multi_margin_loss(dlx.tensor([[0.1, 0.2, 0.4]]), dlx.tensor([2]))
        tensor(0.5000)
    """
    _refuse_deprecated("multi_margin_loss", size_average, reduce)
    return _C.multi_margin_loss(input, target, p, margin, weight, reduction)


def multilabel_margin_loss(
    input: Tensor,
    target: Tensor,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Ask the scores of all right classes to exceed those of all others by 1.

    ``loss[n] = sum_(y in labels, c not in labels)(max(0, 1 - input[n, y] + input[n, c])) / classes``, the labels being
    what stands in ``target[n]`` before the first negative number.

    Args:
        input: scores, shape ``(n, c)`` or ``(c,)``, floating point.
        target: the right classes of each row, then -1; int64, of the shape of ``input``.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each row for reduction 'none'.

    Raises:
        ShapeError: ``target`` has another shape than ``input``, or that has other than 1 or 2 dimensions.
        IndexError: a class index is out of range.
        DtypeError: ``input`` is not floating point, or ``target`` is not int64.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.multilabel_margin_loss(dlx.tensor([[0.1, 0.2, 0.4, 0.8]]), dlx.tensor([[3, 0, -1, 1]]))
        tensor(0.8500)
    """
    name = "multilabel_margin_loss"
    _refuse_deprecated(name, size_average, reduce)
    _check_reduction(name, reduction)
    if not input.dtype.is_floating_point:
        raise _C.DtypeError(f"{name}: input must be floating point. Got {input.dtype}.")
    if target.dtype != _C.int64:
        raise _C.DtypeError(f"{name}: target must be int64. Got {target.dtype}.")
    if input.ndim not in (1, 2) or target.shape != input.shape:
        raise _C.ShapeError(
            f"{name}: input must have shape (n, c) or (c,), and target the same. "
            f"Got {tuple(input.shape)} and {tuple(target.shape)}."
        )
    classes = input.shape[-1]
    rows = input.reshape(-1, classes).to(_C.promote_types(input.dtype, _C.float32))
    counts = (target.reshape(-1, classes) >= 0).cumprod(1)  # 1 up to the first negative number
    most = int(counts.sum(1).max()) if counts.numel() > 0 else 0
    counts = counts[:, :most]
    labels = target.reshape(-1, classes)[:, :most] * counts
    if labels.numel() > 0 and int(labels.max()) >= classes:
        raise IndexError(
            f"{name}: class {int(labels.max())} is out of range for {classes} classes; it must be in "
            f"[0, {classes - 1}]."
        )
    right = rows.gather(1, labels)
    others = target.new_zeros(rows.shape).scatter_add(1, labels, counts) == 0
    margins = _C.relu(1 - right[:, :, None] + rows[:, None, :], None)  # (n, labels, classes)
    counted = (counts != 0)[:, :, None] & others[:, None, :]
    loss = margins.masked_fill(~counted, 0).sum((1, 2)) / classes
    return _reduced(loss.reshape(input.shape[:-1]), reduction).to(input.dtype)


def hinge_embedding_loss(
    input: Tensor,
    target: Tensor,
    margin: float = 1.0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Keep distances of pairs that belong together small, and of others above a margin.

    ``loss = input if target == 1 else max(0, margin - input)``

    Args:
        input: distances, any shape, floating point.
        target: 1 or -1; it broadcasts with ``input``.
        margin: the least distance of what does not belong together.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: ``input`` is not floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.hinge_embedding_loss(dlx.tensor([0.5, 0.5]), dlx.tensor([1, -1]))
        tensor(0.5000)
    """
    _refuse_deprecated("hinge_embedding_loss", size_average, reduce)
    return _C.hinge_embedding_loss(input, target, margin, reduction)


def margin_ranking_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Ask the first of two scores to exceed the second by a margin, or the other way round.

    ``loss = max(0, -target * (input1 - input2) + margin)``

    Args:
        input1: scores.
        input2: scores, with as many dimensions.
        target: 1 where the first ranks higher, -1 where the second does.
        margin: by how much.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast, or differ in their number of dimensions.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.margin_ranking_loss(dlx.tensor([1.0]), dlx.tensor([3.0]), dlx.tensor([1.0]))
        tensor(2.)
    """
    _refuse_deprecated("margin_ranking_loss", size_average, reduce)
    return _C.margin_ranking_loss(input1, input2, target, margin, reduction)


def cosine_embedding_loss(
    input1: Tensor,
    input2: Tensor,
    target: Tensor,
    margin: float = 0,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Turn vectors that belong together into one direction, and others apart.

    ``loss = 1 - cos(input1, input2) if target == 1 else max(0, cos(input1, input2) - margin)``

    Args:
        input1: vectors, shape ``(n, d)`` or ``(d,)``, floating point.
        input2: vectors, with as many dimensions.
        target: 1 or -1, shape ``(n,)`` or ``()``.
        margin: the cosine from which others are pushed apart.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not fit.
        DtypeError: ``input1`` is not floating point.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.cosine_embedding_loss(dlx.tensor([[1.0, 0.0]]), dlx.tensor([[0.0, 2.0]]), dlx.tensor([1]))
        tensor(1.)
    """
    _refuse_deprecated("cosine_embedding_loss", size_average, reduce)
    return _C.cosine_embedding_loss(input1, input2, target, margin, reduction)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    margin: float = 1.0,
    p: float = 2,
    eps: float = 1e-6,
    swap: bool = False,
    size_average: bool | None = None,
    reduce: bool | None = None,
    reduction: str = "mean",
) -> Tensor:
    """Ask an anchor to be nearer to one vector than to another, by a margin.

    ``loss = max(0, d(anchor, positive) - d(anchor, negative) + margin)``, ``d`` the :func:`pairwise_distance`

    Args:
        anchor: vectors, shape ``(n, d)`` or ``(d,)``, floating point.
        positive: vectors that belong to the anchors.
        negative: vectors that do not.
        margin: by how much; above 0.
        p: of the norm.
        eps: added to differences.
        swap: whether ``d(positive, negative)`` counts where it is less than ``d(anchor, negative)``.
        reduction: 'none', 'mean' or 'sum'.
        size_average: deprecated: an error if given; ``reduction`` says it.
        reduce: deprecated: an error if given; ``reduction`` says it.

    Returns:
        A tensor without dimensions, or a loss for each element for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast, or differ in their number of dimensions.
        ValueError: ``margin`` is not above 0.
        ValueError: an unknown reduction, or a deprecated argument is given.

    Example:
        >>> F.triplet_margin_loss(dlx.zeros(1, 2), dlx.ones(1, 2), dlx.zeros(1, 2))
        tensor(2.4142)

    Source: Balntas et al. 2016, BMVC.
    """
    _refuse_deprecated("triplet_margin_loss", size_average, reduce)
    return _C.triplet_margin_loss(anchor, positive, negative, margin, p, eps, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Tensor,
    negative: Tensor,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """Ask an anchor to be nearer to one vector than to another, in a distance of one's own.

    ``loss = max(0, d(anchor, positive) - d(anchor, negative) + margin)``

    Args:
        anchor: any shape that ``distance_function`` takes.
        positive: what belongs to the anchors.
        negative: what does not.
        distance_function: ``d``, a function of two tensors; :func:`pairwise_distance` if None.
        margin: by how much; above 0.
        swap: whether ``d(positive, negative)`` counts where it is less than ``d(anchor, negative)``.
        reduction: 'none', 'mean' or 'sum'.

    Returns:
        A tensor without dimensions, or a loss for each distance for reduction 'none'.

    Raises:
        ShapeError: the inputs differ in their number of dimensions.
        ValueError: ``margin`` is not above 0, or an unknown reduction.

    Example:
        >>> distance = lambda a, b: (a - b).abs().sum(-1)
        >>> F.triplet_margin_with_distance_loss(
        ...     dlx.zeros(1, 2), dlx.ones(1, 2), dlx.zeros(1, 2), distance_function=distance
        ... )
        tensor(3.)
    """
    name = "triplet_margin_with_distance_loss"
    _check_reduction(name, reduction)
    if not margin > 0:
        raise ValueError(f"{name}: margin must be above 0. Got {margin}.")
    if not anchor.ndim == positive.ndim == negative.ndim:
        shapes = [tuple(x.shape) for x in (anchor, positive, negative)]
        raise _C.ShapeError(f"{name}: anchor, positive and negative must have one number of dimensions. Got {shapes}.")
    distance = distance_function or (lambda a, b: _C.pairwise_distance(a, b, 2, 1e-6, False))
    far = distance(anchor, negative)
    if swap:
        far = _C.minimum(far, distance(positive, negative), None)
    loss = _C.relu(distance(anchor, positive) - far + margin, None)
    return _reduced(loss, reduction)


def one_hot(tensor: Tensor, num_classes: int = -1) -> Tensor:
    """Write class indices as vectors: 1 at the index, 0 elsewhere.

    Args:
        tensor: class indices, int64, any shape.
        num_classes: length of the vectors; -1: one more than the largest index.

    Returns:
        int64 tensor of shape ``(*tensor.shape, num_classes)``.

    Raises:
        IndexError: an index is negative, or not below ``num_classes``.
        DtypeError: ``tensor`` is not int64.
        ValueError: ``num_classes`` is -1 and there are no indices.

    Example:
        >>> F.one_hot(dlx.tensor([0, 2]))
        tensor([[1, 0, 0],
                [0, 0, 1]])
    """
    return _C.one_hot(tensor, num_classes)


def _refuse_deprecated(function: str, size_average: bool | None, reduce: bool | None) -> None:
    if size_average is None and reduce is None:
        return
    # What PyTorch makes of them.
    reduction = "none" if reduce is False else "sum" if size_average is False else "mean"
    raise ValueError(f"{function}: size_average and reduce are deprecated. Use reduction='{reduction}' instead.")


def _check_reduction(function: str, reduction: str) -> None:
    if reduction not in ("none", "mean", "sum"):
        raise ValueError(f"{function}: reduction must be 'none', 'mean' or 'sum'. Got {reduction!r}.")


def _reduced(loss: Tensor, reduction: str) -> Tensor:
    return loss if reduction == "none" else loss.mean() if reduction == "mean" else loss.sum()


def _warn(text: str) -> None:
    import warnings

    warnings.warn(text, stacklevel=3)


def _warn_of_broadcast(function: str, input: Tensor, target: Tensor) -> None:
    if input.shape == target.shape:
        return
    a, b = tuple(input.shape), tuple(target.shape)
    longer, shorter = sorted((a, b), key=len, reverse=True)
    shape = list(longer)
    for i in range(-len(shorter), 0):
        if shorter[i] != longer[i]:
            if 1 not in (shorter[i], longer[i]):
                return  # an error follows
            shape[i] = shorter[i] * longer[i]  # one of them is 1
    import warnings

    warnings.warn(
        f"{function}: input has shape {a} but target {b}. Broadcasting makes {tuple(shape)} of them: each element is "
        f"compared with several. If they are pairs give both one shape, as with target.reshape(input.shape).",
        stacklevel=3,
    )


direct(globals())
