"""Helpers for parameters and their gradients."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.nn.utils.clip_grad import clip_grad_norm_, clip_grad_value_, clip_grads_with_norm_, get_total_norm
from dlx.nn.utils.convert_parameters import parameters_to_vector, vector_to_parameters
from dlx.nn.utils.fusion import (
    fold_batch_norm,
    fuse_conv_bn_eval,
    fuse_conv_bn_weights,
    fuse_linear_bn_eval,
    fuse_linear_bn_weights,
)
from dlx.nn.utils.spectral_norm import remove_spectral_norm, spectral_norm
from dlx.nn.utils.weight_norm import remove_weight_norm, weight_norm

if TYPE_CHECKING:
    from dlx.nn.utils import parametrizations, parametrize, rnn, stateless

__all__ = [
    "clip_grad_norm_", "clip_grad_value_", "clip_grads_with_norm_", "fold_batch_norm", "fuse_conv_bn_eval",
    "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights", "get_total_norm",
    "parameters_to_vector", "parametrizations", "parametrize", "remove_spectral_norm", "remove_weight_norm", "rnn",
    "spectral_norm", "stateless", "vector_to_parameters", "weight_norm",
]  # fmt: skip

_MODULES = ("parametrizations", "parametrize", "rnn", "stateless")


def __getattr__(name: str) -> Any:
    if name in _MODULES:
        import importlib

        return importlib.import_module(f"dlx.nn.utils.{name}")
    from dlx._absent import absent

    raise absent("dlx.nn.utils", name)
