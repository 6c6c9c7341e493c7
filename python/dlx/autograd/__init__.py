"""Automatic differentiation: gradients of any order, and the modes that switch recording off and on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.autograd._tensor import backward_of as backward
from dlx.autograd._tensor import grad
from dlx.autograd.grad_mode import enable_grad, no_grad, set_grad_enabled

if TYPE_CHECKING:
    from dlx.autograd._gradcheck import gradcheck, gradgradcheck

__all__ = ["backward", "enable_grad", "grad", "gradcheck", "gradgradcheck", "no_grad", "set_grad_enabled"]


def __getattr__(name: str) -> Any:
    if name in ("gradcheck", "gradgradcheck"):
        from dlx.autograd import _gradcheck

        return getattr(_gradcheck, name)
    from dlx._absent import absent

    raise absent("dlx.autograd", name)
