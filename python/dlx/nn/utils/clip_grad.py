"""Bounds on gradients."""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import TYPE_CHECKING

from dlx import _C
from dlx.autograd.grad_mode import no_grad
from dlx.ops.creation import full, zeros
from dlx.ops.view import stack

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["clip_grad_norm_", "clip_grad_value_"]


def _gradients(parameters: Tensor | Iterable[Tensor]) -> list[Tensor]:
    given = [parameters] if isinstance(parameters, _C.Tensor) else parameters
    return [gradient for gradient in (parameter.grad for parameter in given) if gradient is not None]


@no_grad()
def clip_grad_norm_(
    parameters: Tensor | Iterable[Tensor], max_norm: float, norm_type: float = 2.0, error_if_nonfinite: bool = False
) -> Tensor:
    """Scale all gradients down together, so that their norm as one vector is at most ``max_norm``.

    ``grad *= min(1, max_norm / (norm + 1e-6))``, ``norm = sum(|grad| ** p) ** (1 / p)`` over all elements

    Args:
        parameters: one or several tensors; those without a gradient do not count.
        max_norm: the bound.
        norm_type: p; ``math.inf`` for the largest absolute value.
        error_if_nonfinite: raise if the norm is nan or infinite (reads its value).

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
    gradients = _gradients(parameters)
    if not gradients:
        return zeros(())
    p = float(norm_type)
    if p == math.inf:
        norm = stack([gradient.abs().amax() for gradient in gradients]).amax()
    elif p == 2.0:
        norm = stack([(gradient * gradient).sum() for gradient in gradients]).sum().sqrt()
    else:
        norm = stack([gradient.abs().pow(p).sum() for gradient in gradients]).sum().pow(1.0 / p)
    if error_if_nonfinite and not math.isfinite(norm.item()):
        raise RuntimeError(
            f"clip_grad_norm_: the norm of order {p} of the gradients is {norm.item()}, so they cannot be scaled. "
            "With error_if_nonfinite=False they are scaled all the same."
        )
    factor = (max_norm / (norm + 1e-6)).minimum(full((), 1.0, dtype=norm.dtype, device=norm.device))
    for gradient in gradients:
        gradient.mul_(factor)
    return norm


@no_grad()
def clip_grad_value_(parameters: Tensor | Iterable[Tensor], clip_value: float) -> None:
    """Cut every element of all gradients to ``[-clip_value, clip_value]``.

    Args:
        parameters: one or several tensors; those without a gradient do not count.
        clip_value: the bound, not negative.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> (x * 3).sum().backward()
        >>> nn.utils.clip_grad_value_(x, 1.0)
        >>> x.grad
        tensor([1., 1.])
    """
    for gradient in _gradients(parameters):
        bound = full((), float(clip_value), dtype=gradient.dtype, device=gradient.device)
        _C.minimum(gradient, bound, gradient)
        _C.maximum(gradient, -bound, gradient)
