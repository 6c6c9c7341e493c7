"""Batch norm in evaluation is a linear map: it can become part of the layer before it."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any, TypeVar

from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.creation import ones_like, zeros_like

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights"]

M = TypeVar("M", bound=Module)


def fuse_conv_bn_eval(conv: M, bn: Any, transpose: bool = False) -> M:
    """Return a convolution that does what a convolution and the batch norm after it do in evaluation.

    Args:
        conv: the convolution.
        bn: the batch norm, with running statistics.
        transpose: ``conv`` is a transposed convolution.

    Returns:
        A copy of ``conv`` with other weights.

    Raises:
        RuntimeError: one of the two is training, or the norm has no running statistics.

    Example:
        >>> conv, norm = nn.Conv2d(3, 4, 3).eval(), nn.BatchNorm2d(4).eval()
        >>> nn.utils.fuse_conv_bn_eval(conv, norm)(dlx.zeros(1, 3, 8, 8)).shape
        dlx.Size([1, 4, 6, 6])
    """
    return _fused("fuse_conv_bn_eval", conv, bn, transpose)


def fuse_linear_bn_eval(linear: M, bn: Any) -> M:
    """Return a linear layer that does what a linear layer and the batch norm after it do in evaluation.

    Args:
        linear: the linear layer.
        bn: the batch norm, with running statistics.

    Returns:
        A copy of ``linear`` with other weights.

    Raises:
        RuntimeError: one of the two is training, or the norm has no running statistics.

    Example:
        >>> linear, norm = nn.Linear(3, 4).eval(), nn.BatchNorm1d(4).eval()
        >>> nn.utils.fuse_linear_bn_eval(linear, norm)(dlx.zeros(1, 3)).shape
        dlx.Size([1, 4])
    """
    return _fused("fuse_linear_bn_eval", linear, bn, False)


def _fused(function: str, layer: M, bn: Any, transpose: bool) -> M:
    if layer.training or bn.training:
        raise RuntimeError(f"{function}: fusion is for evaluation only. Call eval() on both layers.")
    if bn.running_mean is None or bn.running_var is None:
        raise RuntimeError(f"{function}: the batch norm has no running statistics (track_running_stats=False).")
    if function == "fuse_linear_bn_eval" and bn.num_features not in (layer.out_features, 1):
        raise RuntimeError(
            f"{function}: the batch norm has {bn.num_features} features but the linear layer gives "
            f"{layer.out_features}."
        )
    fused = copy.deepcopy(layer)
    fused.weight, fused.bias = fuse_conv_bn_weights(
        fused.weight, fused.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )
    return fused


def fuse_conv_bn_weights(
    conv_w: Tensor,
    conv_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor | None,
    bn_b: Tensor | None,
    transpose: bool = False,
) -> tuple[Parameter, Parameter]:
    """Return weight and bias of a convolution with the batch norm after it.

    Args:
        conv_w: the convolution's weight.
        conv_b: its bias, or none.
        bn_rm: the norm's running mean.
        bn_rv: its running variance.
        bn_eps: its eps.
        bn_w: its weight; ones if None.
        bn_b: its bias; zeros if None.
        transpose: of a transposed convolution, whose outputs lie in the weight's second dimension.

    Returns:
        ``(weight, bias)``.
    """
    bias = zeros_like(bn_rm) if conv_b is None else conv_b
    scale = (ones_like(bn_rm) if bn_w is None else bn_w) * (bn_rv + bn_eps).rsqrt()
    shift = zeros_like(bn_rm) if bn_b is None else bn_b
    shape = [1] * conv_w.ndim
    shape[1 if transpose else 0] = -1
    weight = conv_w * scale.reshape(shape).to(conv_w.dtype)
    bias = (bias - bn_rm) * scale + shift
    trained = None if conv_b is None else conv_b.requires_grad
    return (
        Parameter(weight.detach(), conv_w.requires_grad),
        Parameter(bias.to(conv_w.dtype).detach(), conv_w.requires_grad if trained is None else trained),
    )


def fuse_linear_bn_weights(
    linear_w: Tensor,
    linear_b: Tensor | None,
    bn_rm: Tensor,
    bn_rv: Tensor,
    bn_eps: float,
    bn_w: Tensor,
    bn_b: Tensor,
) -> tuple[Parameter, Parameter]:
    """Return weight and bias of a linear layer with the batch norm after it.

    Args:
        linear_w: the layer's weight.
        linear_b: its bias, or none.
        bn_rm: the norm's running mean.
        bn_rv: its running variance.
        bn_eps: its eps.
        bn_w: its weight.
        bn_b: its bias.

    Returns:
        ``(weight, bias)``.
    """
    return fuse_conv_bn_weights(linear_w, linear_b, bn_rm, bn_rv, bn_eps, bn_w, bn_b)
