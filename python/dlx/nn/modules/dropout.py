"""Dropout as layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["AlphaDropout", "Dropout", "Dropout1d", "Dropout2d", "Dropout3d", "FeatureAlphaDropout"]


class _Dropout(Module):
    """What the layers share: the probability, and whether to write into the input."""

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        if not 0 <= p <= 1:
            raise ValueError(f"dropout probability has to be between 0 and 1, but got {p}")
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """Set elements to zero at random while training; see :func:`dlx.nn.functional.dropout`.

    Args:
        p: the probability of a zero, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.Dropout(0.5).eval()(dlx.ones(2)).flatten()
        tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout(input, self.p, self.training, self.inplace)


class Dropout1d(_Dropout):
    """Set whole channels to zero at random while training; see :func:`dlx.nn.functional.dropout1d`.

    Args:
        p: the probability of a zero, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.Dropout1d(0.5).eval()(dlx.ones(1, 1, 2)).flatten()
        tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout1d(input, self.p, self.training, self.inplace)


class Dropout2d(_Dropout):
    """Set whole channels to zero at random while training; see :func:`dlx.nn.functional.dropout2d`.

    Args:
        p: the probability of a zero, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.Dropout2d(0.5).eval()(dlx.ones(1, 1, 1, 2)).flatten()
        tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout2d(input, self.p, self.training, self.inplace)


class Dropout3d(_Dropout):
    """Set whole channels to zero at random while training; see :func:`dlx.nn.functional.dropout3d`.

    Args:
        p: the probability of a zero, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.Dropout3d(0.5).eval()(dlx.ones(1, 1, 1, 1, 2)).flatten()
        tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return dropout3d(input, self.p, self.training, self.inplace)


class AlphaDropout(_Dropout):
    """Set elements to selu's lower limit at random while training; see :func:`dlx.nn.functional.alpha_dropout`.

    Args:
        p: the probability of a drop, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.AlphaDropout(0.5).eval()(dlx.ones(2)).flatten()
        tensor([1., 1.])
    """

    def forward(self, input: Tensor) -> Tensor:
        return alpha_dropout(input, self.p, self.training, self.inplace)


class FeatureAlphaDropout(_Dropout):
    """Set whole channels to selu's lower limit at random while training.

    See :func:`dlx.nn.functional.feature_alpha_dropout`.

    Args:
        p: the probability of a drop, in [0, 1].
        inplace: write the result into the input.

    Raises:
        ValueError: ``p`` is outside [0, 1].

    Example:
        >>> nn.FeatureAlphaDropout(0.5).eval()(dlx.ones(1, 2))
        tensor([[1., 1.]])
    """

    def forward(self, input: Tensor) -> Tensor:
        return feature_alpha_dropout(input, self.p, self.training, self.inplace)
