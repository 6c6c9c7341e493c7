"""Losses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__: list[str] = []


def cross_entropy(
    input: Tensor,
    target: Tensor,
    weight: Tensor | None = None,
    *,
    ignore_index: int = -100,
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
        ignore_index: a target that adds nothing to the loss and its gradient.
        reduction: 'none', 'mean' (over the weights of the targets that count) or 'sum'.
        label_smoothing: in [0, 1]; so much of the probability is spread evenly over all classes.

    Returns:
        A tensor without dimensions, or of the shape of the class indices for reduction 'none'.

    Raises:
        ShapeError: ``target`` or ``weight`` does not fit ``input``.
        IndexError: a class index is out of range.
        DtypeError: ``input`` is not floating point, or ``target`` is neither int64 nor of the dtype of ``input``.
        ValueError: an unknown reduction, or ``label_smoothing`` outside [0, 1].

    Example:
        >>> F.cross_entropy(dlx.tensor([[2.0, 0.0], [0.0, 2.0]]), dlx.tensor([0, 1]))
        tensor(0.1269)

    PyTorch's deprecated ``size_average`` and ``reduce`` are left out; what follows ``weight`` is given by name.
    """
    return _C.cross_entropy(input, target, weight, ignore_index, reduction, label_smoothing)


def nll_loss(
    input: Tensor, target: Tensor, weight: Tensor | None = None, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """Take the negative log likelihood of the right classes from log-probabilities.

    ``loss[n] = -weight[target[n]] * input[n, target[n]]``

    Args:
        input: log-probabilities, shape ``(n, c, *)`` or ``(c,)``.
        target: class indices in [0, c), int64, shape ``(n, *)`` or ``()``.
        weight: shape ``(c,)``, the weight of each class; ones if None.
        ignore_index: a target that adds nothing to the loss and its gradient.
        reduction: 'none', 'mean' (over the weights of the targets that count) or 'sum'.

    Returns:
        A tensor without dimensions, or of the shape of ``target`` for reduction 'none'.

    Raises:
        ShapeError: ``target`` or ``weight`` does not fit ``input``.
        IndexError: a class index is out of range.
        DtypeError: ``input`` is not floating point, or ``target`` is not int64.
        ValueError: an unknown reduction.

    Example:
        >>> F.nll_loss(dlx.tensor([[-0.5, -1.0]]), dlx.tensor([1]))
        tensor(1.)

    PyTorch's deprecated ``size_average`` and ``reduce`` are left out; what follows ``weight`` is given by name.
    """
    return _C.nll_loss(input, target, weight, ignore_index, reduction)


def mse_loss(input: Tensor, target: Tensor, *, reduction: str = "mean") -> Tensor:
    """Take the squared error.

    ``loss = (input - target) ** 2``, then its mean or sum.

    Args:
        input: any shape, floating point.
        target: of the same shape.
        reduction: 'none', 'mean' or 'sum'.

    Returns:
        A tensor without dimensions, or of the shape of ``input`` for reduction 'none'.

    Raises:
        ShapeError: the shapes do not broadcast.
        ValueError: an unknown reduction.

    Example:
        >>> F.mse_loss(dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 4.0]))
        tensor(2.)

    PyTorch's deprecated ``size_average`` and ``reduce`` are left out.
    """
    return _C.mse_loss(input, target, reduction)
