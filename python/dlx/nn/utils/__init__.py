"""Helpers for parameters and their gradients."""

from __future__ import annotations

from typing import Any

from dlx.nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_
from dlx.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters

__all__ = ["clip_grad_norm_", "clip_grad_value_", "parameters_to_vector", "vector_to_parameters"]


_MODULES = ("rnn",)


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        import importlib

        return importlib.import_module(f"dlx.nn.utils.{name}")
    from dlx._absent import absent

    raise absent("dlx.nn.utils", name)
