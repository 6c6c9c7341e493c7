"""Dropout."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["alpha_dropout", "dropout", "dropout_train", "feature_alpha_dropout"]


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set elements to zero at random and scale up the rest, so that the expected value stays.

    ``out = input * mask / (1 - p)``, each element of ``mask`` being 0 with probability ``p``, else 1.

    Args:
        input: any shape, floating point.
        p: the probability of a zero, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.dropout(dlx.ones(3), p=0.5, training=False)
        tensor([1., 1., 1.])

    Source: Srivastava et al. 2014, JMLR 15(56).
    """
    return _C.dropout(input, p, training, input if inplace else None)


def dropout_train(input: Tensor, p: float, train: bool) -> Tensor:
    """Set elements to zero at random: ``dlx.dropout``, which names an argument otherwise and has no defaults.

    Args:
        input: any shape, floating point.
        p: the probability of a zero, in [0, 1].
        train: if False, nothing is dropped.

    Returns:
        Tensor, as :func:`dlx.nn.functional.dropout` gives it.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        DtypeError: ``input`` is not floating point.

    Example:
        >>> dlx.dropout(dlx.ones(3), 0.5, train=False)
        tensor([1., 1., 1.])
    """
    return _C.dropout(input, p, train, None)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels to zero at random and scale up the rest, so that the expected value stays.

    ``out = input * mask / (1 - p)``, the mask of each channel being 0 with probability ``p``, else 1.

    Args:
        input: shape ``(n, c, l)`` or ``(c, l)``, floating point.
        p: the probability of a zero, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        ShapeError: ``input`` has another number of dimensions.
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.dropout1d(dlx.ones(1, 1, 2), p=0.5, training=False).flatten()
        tensor([1., 1.])

    Source: Tompson et al. 2014, arXiv:1411.4280.
    """
    _check_probability("dropout1d", p)
    if input.ndim not in (2, 3):
        raise _C.ShapeError(f"dropout1d: input must have shape (n, c, l) or (c, l). Got {tuple(input.shape)}.")
    return _C.feature_dropout(input, p, training, input.ndim - 1, input if inplace else None)


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels to zero at random and scale up the rest, so that the expected value stays.

    ``out = input * mask / (1 - p)``, the mask of each channel being 0 with probability ``p``, else 1.

    Args:
        input: shape ``(n, c, h, w)``, floating point.
        p: the probability of a zero, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        ShapeError: ``input`` has too few dimensions.
        DtypeError: ``input`` is not floating point.

    Warns:
        UserWarning: ``input`` has another number of dimensions, or 3: PyTorch takes such an input for (n, c, l).

    Example:
        >>> F.dropout2d(dlx.ones(1, 1, 1, 2), p=0.5, training=False).flatten()
        tensor([1., 1.])

    Source: Tompson et al. 2014, arXiv:1411.4280.
    """
    _check_probability("dropout2d", p)
    if input.ndim == 3:
        _warn(
            "dropout2d: an input of 3 dimensions is taken for (n, c, l), each channel of each n being drawn. "
            "Use dropout1d for that; give (c, h, w) a first dimension with input.unsqueeze(0)."
        )
    elif input.ndim != 4:
        _warn(f"dropout2d: input should have shape (n, c, h, w). Got {tuple(input.shape)}; dropout drops elements.")
    return _C.feature_dropout(input, p, training, 2, input if inplace else None)


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Set whole channels to zero at random and scale up the rest, so that the expected value stays.

    ``out = input * mask / (1 - p)``, the mask of each channel being 0 with probability ``p``, else 1.

    Args:
        input: shape ``(n, c, d, h, w)`` or ``(c, d, h, w)``, floating point.
        p: the probability of a zero, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        ShapeError: ``input`` has too few dimensions.
        DtypeError: ``input`` is not floating point.

    Warns:
        UserWarning: ``input`` has another number of dimensions.

    Example:
        >>> F.dropout3d(dlx.ones(1, 1, 1, 1, 2), p=0.5, training=False).flatten()
        tensor([1., 1.])

    Source: Tompson et al. 2014, arXiv:1411.4280.
    """
    _check_probability("dropout3d", p)
    if input.ndim not in (4, 5):
        _warn(
            f"dropout3d: input should have shape (n, c, d, h, w) or (c, d, h, w). Got {tuple(input.shape)}; "
            "dropout drops elements."
        )
    return _C.feature_dropout(input, p, training, 2 if input.ndim == 5 else 1, input if inplace else None)


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Set elements to selu's lower limit at random, then scale and shift so that mean 0 and variance 1 stay.

    ``out = a * (input * mask + limit * (1 - mask)) + b``, ``mask`` as in :func:`dropout`, ``limit`` = -1.7580993,
    ``a = ((1 - p) * (1 + p * limit ** 2)) ** -0.5``, ``b = -a * p * limit``

    Args:
        input: any shape, floating point.
        p: the probability of a drop, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.alpha_dropout(dlx.ones(3), p=0.5)
        tensor([1., 1., 1.])

    Source: Klambauer et al. 2017, arXiv:1706.02515.
    """
    _check_probability("alpha_dropout", p)
    return _C.alpha_dropout(input, p, training, input if inplace else None)


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Set whole channels to selu's lower limit at random, as :func:`alpha_dropout` sets elements.

    ``out = a * (input * mask + limit * (1 - mask)) + b``, the mask of each channel being 0 with probability ``p``.

    Args:
        input: shape ``(n, c, *)``, floating point.
        p: the probability of a drop, in [0, 1].
        training: if False, nothing is dropped.
        inplace: write the result into ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``; ``input`` itself if ``inplace`` or not ``training``.

    Raises:
        ValueError: ``p`` is outside [0, 1].
        ShapeError: ``input`` has fewer than two dimensions.
        DtypeError: ``input`` is not floating point.

    Example:
        >>> F.feature_alpha_dropout(dlx.ones(1, 3), p=0.5)
        tensor([[1., 1., 1.]])

    Source: Klambauer et al. 2017, arXiv:1706.02515.
    """
    _check_probability("feature_alpha_dropout", p)
    if input.ndim < 2:
        raise _C.ShapeError(f"feature_alpha_dropout: input must have shape (n, c, *). Got {tuple(input.shape)}.")
    if not input.dtype.is_floating_point:
        raise _C.DtypeError(f"feature_alpha_dropout: input must be floating point. Got {input.dtype}.")
    if not training or p == 0:
        return input
    if p == 1:
        return input.mul_(0) if inplace else input * 0
    limit = -1.7580993408473766
    scale = ((1 - p) * (1 + p * limit**2)) ** -0.5
    shift = -scale * p * limit
    kept = _C.dropout(input.new_ones((*input.shape[:2], *[1] * (input.ndim - 2))), p, True, None) != 0
    factor = kept.to(input.dtype) * scale
    more = (~kept).to(input.dtype) * (scale * limit) + shift
    return input.mul_(factor).add_(more) if inplace else input * factor + more


def _check_probability(function: str, p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"{function}: p is a probability, in [0, 1]. Got {p}.")


def _warn(text: str) -> None:
    import warnings

    warnings.warn(text, stacklevel=3)
