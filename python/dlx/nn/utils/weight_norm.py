"""Weight norm by a hook before forward: the older form; parametrizations.weight_norm is the newer."""

from __future__ import annotations

from typing import Any, TypeVar

from dlx._C import Tensor
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter

__all__ = ["remove_weight_norm", "weight_norm"]

M = TypeVar("M", bound=Module)


def norm_except_dim(v: Tensor, pow: int = 2, dim: int = 0) -> Tensor:
    """The norm over all dimensions but one, which keep the size 1; over all if dim is -1."""
    squares = v * v if pow == 2 else v.abs() ** pow
    if dim == -1:
        return squares.sum() ** (1 / pow)
    total = squares.sum([d for d in range(v.ndim) if d != dim % v.ndim], keepdim=True) if v.ndim > 1 else squares
    return total ** (1 / pow)


class WeightNorm:
    """The hook: sets the weight from its length and direction."""

    def __init__(self, name: str, dim: int | None) -> None:
        self.name = name
        self.dim = -1 if dim is None else dim

    def compute_weight(self, module: Module) -> Tensor:
        """Return ``g * v / |v|``."""
        g, v = getattr(module, self.name + "_g"), getattr(module, self.name + "_v")
        return v * (g / norm_except_dim(v, 2, self.dim))

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module))


def weight_norm(module: M, name: str = "weight", dim: int | None = 0) -> M:
    """Train length and direction of a weight apart: ``weight = g * v / |v|``.

    The weight is worked out before each forward. :func:`dlx.nn.utils.parametrizations.weight_norm` is the newer form.

    Args:
        module: which changes in place: the parameter becomes two, ``<name>_g`` and ``<name>_v``.
        name: of the weight.
        dim: the dimension along which each slice has a length of its own; None for one length of all.

    Returns:
        ``module``.

    Raises:
        RuntimeError: the weight has weight norm already.

    Example:
        >>> layer = nn.utils.weight_norm(nn.Linear(20, 40))
        >>> layer.weight_g.shape, layer.weight_v.shape
        (dlx.Size([40, 1]), dlx.Size([40, 20]))

    Source: Salimans and Kingma 2016, arXiv:1602.07868.
    """
    for other, _ in module._forward_pre_hooks.values():
        if isinstance(other, WeightNorm) and other.name == name:
            raise RuntimeError(f"Cannot register two weight_norm hooks on the same parameter {name}")
    hook = WeightNorm(name, dim)
    weight = getattr(module, name)
    delattr(module, name)
    module.register_parameter(name + "_g", Parameter(norm_except_dim(weight, 2, hook.dim).detach()))
    module.register_parameter(name + "_v", Parameter(weight.detach()))
    setattr(module, name, hook.compute_weight(module))
    module.register_forward_pre_hook(hook)
    return module


def remove_weight_norm(module: M, name: str = "weight") -> M:
    """Undo :func:`weight_norm`; the weight keeps its value.

    Args:
        module: which changes in place.
        name: of the weight.

    Returns:
        ``module``.

    Raises:
        ValueError: the weight has no weight norm.
    """
    for number, (hook, _) in module._forward_pre_hooks.items():
        if isinstance(hook, WeightNorm) and hook.name == name:
            weight = hook.compute_weight(module)
            for part in ("", "_g", "_v"):
                delattr(module, name + part)
            setattr(module, name, Parameter(weight.detach()))
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"weight_norm of '{name}' not found in {module}")
