"""Batch norm in evaluation is a linear map: it can become part of the layer before it."""

from __future__ import annotations

import copy
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from dlx import _C
from dlx._C import Tensor
from dlx.autograd.grad_mode import enable_grad
from dlx.nn.modules.conv import Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d
from dlx.nn.modules.linear import Identity, Linear
from dlx.nn.modules.module import Module
from dlx.nn.modules.norm import BatchNorm1d, BatchNorm2d, BatchNorm3d
from dlx.nn.parameter import Parameter
from dlx.ops.creation import ones_like, zeros_like

if TYPE_CHECKING:
    from dlx._C import Node

__all__ = [
    "fold_batch_norm", "fuse_conv_bn_eval", "fuse_conv_bn_weights", "fuse_linear_bn_eval", "fuse_linear_bn_weights",
]  # fmt: skip

M = TypeVar("M", bound=Module)

# These types themselves: a subclass may do something else with its weight.
_LAYERS = (Conv1d, Conv2d, Conv3d, ConvTranspose1d, ConvTranspose2d, ConvTranspose3d, Linear)
_NORMS = (BatchNorm1d, BatchNorm2d, BatchNorm3d)


def fold_batch_norm(model: M, example: Any, inplace: bool = False) -> M:
    """Return a model for inference whose batch norms are part of the convolutions and linear layers before them.

    The example is run once to see what goes where. A norm is folded if all that it gets is the output of one layer,
    which nothing else takes; it becomes an ``nn.Identity``. Norms after something else stay, as do those without
    running statistics, in training or with hooks, and those of layers with hooks or parametrizations.

    Args:
        model: in evaluation; gives tensors, also in tuples, lists or dicts.
        example: an input of the model, or a tuple of its arguments; small ones will do.
        inplace: change the model instead of a copy.

    Returns:
        The folded model. Its outputs are those of ``model`` to rounding. It cannot be trained as the model could.

    Raises:
        RuntimeError: the model is training.

    Example:
        >>> model = nn.Sequential(nn.Conv2d(3, 4, 3, bias=False), nn.BatchNorm2d(4), nn.ReLU()).eval()
        >>> nn.utils.fold_batch_norm(model, dlx.zeros(1, 3, 8, 8))
        Sequential(
          (0): Conv2d(3, 4, kernel_size=(3, 3), stride=(1, 1))
          (1): Identity()
          (2): ReLU()
        )
    """
    if model.training:
        raise RuntimeError("fold_batch_norm: folding is for evaluation only. Call eval() on the model.")
    if not inplace:
        model = copy.deepcopy(model)
    pairs = _pairs(model, example if isinstance(example, tuple) else (example,))
    for norm, layer in pairs.items():
        layer.weight, layer.bias = _fused_weights(layer, norm)
    for module in list(model.modules()):
        for name, child in module._modules.items():
            if child in pairs:
                module._modules[name] = Identity()
    return model


def _pairs(model: Module, arguments: tuple[Any, ...]) -> dict[Module, Any]:
    """The norms that can be folded, and the layers whose outputs they get, by the graph of a run."""
    made: dict[Node, Module] = {}  # the nodes of layers' outputs
    got: dict[Module, list[tuple[Node | None, int]]] = {}  # the nodes of norms' inputs, and how many dimensions

    def note_output(layer: Module, args: Any, out: Tensor) -> Tensor:
        if out.grad_fn is None:  # frozen weights
            out = _C.clone(out.detach().requires_grad_(), _C.preserve_format)
        if out.grad_fn is not None:
            made[out.grad_fn] = layer
        return out

    def note_input(norm: Module, args: Any) -> None:
        got.setdefault(norm, []).append((args[0].grad_fn, args[0].ndim) if args else (None, 0))

    handles = []
    for module in model.modules():
        if _is_plain(module):
            if type(module) in _LAYERS:
                handles.append(module.register_forward_hook(note_output))
            elif type(module) in _NORMS and module.running_mean is not None and not module.training:
                handles.append(module.register_forward_pre_hook(note_input))
    try:
        with enable_grad():
            uses = _uses(model(*arguments))
    finally:
        for handle in handles:
            handle.remove()

    calls = Counter(made.values())
    pairs: dict[Module, Any] = {}
    for norm, inputs in got.items():
        layers = {made.get(node) if node is not None else None for node, _ in inputs}
        layer = layers.pop()
        if layer is None or layers or calls[layer] != len(inputs) or any(uses[node] != 1 for node, _ in inputs):
            continue
        if type(layer) is not Linear or all(dims == 2 for _, dims in inputs):  # else its features are not the channels
            pairs[norm] = layer
    return pairs


def _is_plain(module: Module) -> bool:
    return not (
        module._forward_hooks or module._forward_pre_hooks or module._backward_hooks or module._backward_pre_hooks
    )


def _uses(outputs: Any) -> Counter[Any]:
    """How many places of the graph take each node's result; being an output counts."""
    uses: Counter[Any] = Counter()
    waiting = [tensor.grad_fn for tensor in _tensors(outputs)]
    while waiting:
        node = waiting.pop()
        if node is not None:
            uses[node] += 1
            if uses[node] == 1:
                waiting.extend(before for before, _ in node.next_functions)
    return uses


def _tensors(tree: Any) -> Iterator[Tensor]:
    if isinstance(tree, Tensor):
        yield tree
    elif isinstance(tree, (tuple, list)):
        for part in tree:
            yield from _tensors(part)
    elif isinstance(tree, Mapping):
        yield from _tensors(list(tree.values()))


def fuse_conv_bn_eval(conv: M, bn: Any, transpose: bool = False) -> M:
    """Return a convolution that does what a convolution and the batch norm after it do in evaluation.

    Args:
        conv: the convolution.
        bn: the batch norm, with running statistics.
        transpose: ``conv`` is a transposed convolution of your own; dlx's are known.

    Returns:
        A copy of ``conv`` with other weights.

    Raises:
        RuntimeError: one of the two is training, the norm has no running statistics, or their channels differ.

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
    features = layer.out_features if function == "fuse_linear_bn_eval" else layer.out_channels
    if bn.num_features != features and not (bn.num_features == 1 and function == "fuse_linear_bn_eval"):
        raise RuntimeError(
            f"{function}: the batch norm has {bn.num_features} features but the layer before it gives {features}."
        )
    fused = copy.deepcopy(layer)
    fused.weight, fused.bias = _fused_weights(fused, bn, transpose)
    return fused


def _fused_weights(layer: Any, bn: Any, transpose: bool = False) -> tuple[Parameter, Parameter]:
    transpose = transpose or getattr(layer, "transposed", False)
    return fuse_conv_bn_weights(
        layer.weight, layer.bias, bn.running_mean, bn.running_var, bn.eps, bn.weight, bn.bias, transpose
    )


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
    # In at least float32, rounded once: a half's eps or scale would lose digits.
    wide = _C.promote_types(conv_w.dtype, _C.float32)
    w, mean, var = (x.detach().to(wide) for x in (conv_w, bn_rm, bn_rv))
    before, weight, after = (None if x is None else x.detach().to(wide) for x in (conv_b, bn_w, bn_b))
    scale = (var + bn_eps).rsqrt() * (ones_like(mean) if weight is None else weight)
    bias = ((zeros_like(mean) if before is None else before) - mean) * scale
    if after is not None:
        bias = bias + after
    if transpose:  # (in, out / groups, ...), where each group's inputs have scales of their own
        groups = scale.numel() // w.shape[1]
        scale = scale.reshape(groups, -1).repeat_interleave(w.shape[0] // groups, 0)
    else:
        bias = bias.expand(w.shape[0])  # a linear layer's norm may have one channel for all features
    scale = scale.reshape(*scale.shape, *[1] * (w.ndim - scale.ndim))
    return (
        Parameter((w * scale).to(conv_w.dtype), conv_w.requires_grad),
        Parameter(bias.to(conv_w.dtype), conv_w.requires_grad if conv_b is None else conv_b.requires_grad),
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
