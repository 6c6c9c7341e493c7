"""Automatic differentiation: gradients of any order, operations of your own, and the modes that switch recording."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.autograd._tensor import backward_of as backward
from dlx.autograd._tensor import grad
from dlx.autograd.grad_mode import enable_grad, inference_mode, no_grad, set_grad_enabled

if TYPE_CHECKING:
    from dlx.autograd import function, functional, grad_mode, graph
    from dlx.autograd._anomaly import detect_anomaly, set_detect_anomaly
    from dlx.autograd._gradcheck import gradcheck, gradgradcheck
    from dlx.autograd._variable import Variable
    from dlx.autograd.function import Function

__all__ = [
    "Function", "Variable", "backward", "detect_anomaly", "enable_grad", "function", "functional", "grad", "grad_mode",
    "gradcheck", "gradgradcheck", "graph", "inference_mode", "no_grad", "set_detect_anomaly", "set_grad_enabled",
]  # fmt: skip

_LAZY = {
    "Function": "function",
    "Variable": "_variable",
    "detect_anomaly": "_anomaly",
    "gradcheck": "_gradcheck",
    "gradgradcheck": "_gradcheck",
    "set_detect_anomaly": "_anomaly",
}
_MODULES = ("function", "functional", "grad_mode", "graph")


def __getattr__(name: str) -> Any:
    import importlib

    if name in _MODULES:
        return importlib.import_module(f"dlx.autograd.{name}")
    if name in _LAZY:
        value = getattr(importlib.import_module(f"dlx.autograd.{_LAZY[name]}"), name)
        globals()[name] = value
        return value
    from dlx._absent import absent

    raise absent("dlx.autograd", name)
