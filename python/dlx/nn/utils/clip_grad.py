"""Bounds on gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dlx import _C
from dlx.autograd.grad_mode import no_grad
from dlx.ops.creation import zeros
from dlx.ops.view import stack

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "get_total_norm"]


def _list(tensors: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [tensors] if isinstance(tensors, _C.Tensor) else list(tensors)


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    return [gradient for gradient in (parameter.grad for parameter in _list(parameters)) if gradient is not None]


@no_grad()
def _count_of_nonzero(tensors: list[Tensor]) -> Tensor:
    """The norm of order 0, as PyTorch: of the tensors' norms, so how many tensors are not all zero."""
    return (stack([(x != 0).sum() for x in tensors]) != 0).sum().to(tensors[0].dtype)


def get_total_norm(
    tensors: Tensor | Iterable[Tensor],
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Return the norm of several tensors as one vector.

    ``norm = sum(|x| ** p) ** (1 / p)`` over all elements; halves are summed in float32

    Args:
        tensors: one or several tensors.
        norm_type: p; ``math.inf`` for the largest absolute value, ``-math.inf`` for the smallest.
        error_if_nonfinite: raise if the norm is nan or infinite (reads its value).
        foreach: for PyTorch's sake.

    Returns:
        The norm, a tensor without dimensions.

    Raises:
        RuntimeError: the norm is not finite and ``error_if_nonfinite``.

    Example:
        >>> nn.utils.get_total_norm([dlx.tensor([3.0]), dlx.tensor([4.0])])
        tensor(5.)
    """
    given = _list(tensors)
    if not given:
        return zeros(())
    p = float(norm_type)
    norm = _count_of_nonzero(given) if p == 0.0 else _C.total_norm(given, p)
    if error_if_nonfinite and not math.isfinite(norm.item()):
        raise RuntimeError(
            f"get_total_norm: the norm of order {p} of the gradients is {norm.item()}, so they cannot be scaled. "
            "With error_if_nonfinite=False they are scaled all the same."
        )
    return norm


def clip_grads_with_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scale all gradients down together by a norm that is known: ``grad *= min(1, max_norm / (total_norm + 1e-6))``.

    Args:
        parameters: one or several tensors; those without a gradient do not count.
        max_norm: the bound.
        total_norm: the norm, as :func:`get_total_norm` returns it.
        foreach: for PyTorch's sake.

    Example:
        >>> x = dlx.ones(4, requires_grad=True)
        >>> (x * 3).sum().backward()
        >>> nn.utils.clip_grads_with_norm_(x, 1.0, nn.utils.get_total_norm(x.grad))
        >>> x.grad
        tensor([0.5000, 0.5000, 0.5000, 0.5000])
    """
    _C.clip_to_norm(_gradients(parameters), total_norm.detach(), float(max_norm))


def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor],
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scale all gradients down together, so that their norm as one vector is at most ``max_norm``.

    ``grad *= min(1, max_norm / (norm + 1e-6))``, ``norm = sum(|grad| ** p) ** (1 / p)`` over all elements

    Args:
        parameters: one or several tensors; those without a gradient do not count.
        max_norm: the bound.
        norm_type: p; ``math.inf`` for the largest absolute value.
        error_if_nonfinite: raise if the norm is nan or infinite (reads its value).
        foreach: for PyTorch's sake.

    Returns:
        The norm before, a tensor without dimensions.

    Raises:
        RuntimeError: the norm is not finite and ``error_if_nonfinite``.

    Example:
        >>> x = dlx.ones(4, requires_grad=True)
        >>> (x * 3).sum().backward()
        >>> nn.utils.clip_grad_norm_(x, 1.0)
        tensor(6.)
        >>> x.grad
        tensor([0.5000, 0.5000, 0.5000, 0.5000])

    Source: Pascanu et al. 2013, arXiv:1211.5063.
    """
    given = _list(parameters)
    norm = get_total_norm(_gradients(given), norm_type, error_if_nonfinite)
    clip_grads_with_norm_(given, max_norm, norm)
    return norm


def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float, foreach: bool | None = None) -> None:
    """Cut every element of all gradients to ``[-clip_value, clip_value]``.

    Args:
        parameters: one or several tensors; those without a gradient do not count.
        clip_value: the bound, not negative.
        foreach: for PyTorch's sake.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> (x * 3).sum().backward()
        >>> nn.utils.clip_grad_value_(x, 1.0)
        >>> x.grad
        tensor([1., 1.])
    """
    _C.clip_to_value(_gradients(parameters), float(clip_value))
