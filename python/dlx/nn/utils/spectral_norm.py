"""Spectral norm by a hook before forward: the older form; parametrizations.spectral_norm is the newer."""

from __future__ import annotations

from typing import Any, TypeVar

from dlx._C import Tensor
from dlx.autograd.grad_mode import no_grad
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.creation import full
from dlx.ops.matmul import matmul
from dlx.ops.random import randn

__all__ = ["remove_spectral_norm", "spectral_norm"]

M = TypeVar("M", bound=Module)


def output_dim(module: Module) -> int:
    """The dimension of a weight that its outputs lie in."""
    return 1 if type(module).__name__.startswith("ConvTranspose") else 0


def matrix_of(weight: Tensor, dim: int) -> Tensor:
    """The weight as a matrix with a row for each output."""
    if dim != 0:
        weight = weight.permute(dim, *(d for d in range(weight.ndim) if d != dim))
    return weight.reshape(weight.shape[0], -1)


def normalized(x: Tensor, eps: float) -> Tensor:
    """A vector divided by its length, or by eps if that is more."""
    return x / (x * x).sum().sqrt().maximum(full((), eps, dtype=x.dtype, device=x.device))


def first_direction(size: int, like: Tensor, eps: float) -> Tensor:
    """A random vector of length one."""
    return normalized(randn(size, dtype=like.dtype, device=like.device), eps)


@no_grad()
def iterate(matrix: Tensor, u: Tensor, v: Tensor, times: int, eps: float) -> tuple[Tensor, Tensor]:
    """Turn u and v towards the singular vectors of the largest singular value, v first."""
    for _ in range(times):
        v = normalized(matmul(matrix.t(), u), eps)
        u = normalized(matmul(matrix, v), eps)
    return u, v


def sigma(matrix: Tensor, u: Tensor, v: Tensor) -> Tensor:
    """The singular value that belongs to u and v."""
    return (u * matmul(matrix, v)).sum()


class SpectralNorm:
    """The hook: sets the weight, divided by its largest singular value."""

    def __init__(self, name: str, n_power_iterations: int, dim: int, eps: float) -> None:
        if n_power_iterations <= 0:
            raise ValueError(f"spectral_norm: n_power_iterations must be positive. Got {n_power_iterations}.")
        self.name = name
        self.n_power_iterations = n_power_iterations
        self.dim = dim
        self.eps = eps

    def compute_weight(self, module: Module, iterates: bool) -> Tensor:
        """Return the weight divided by its largest singular value, after iterations if wanted."""
        weight = getattr(module, self.name + "_orig")
        u, v = getattr(module, self.name + "_u"), getattr(module, self.name + "_v")
        matrix = matrix_of(weight, self.dim)
        if iterates:
            new_u, new_v = iterate(matrix.detach(), u, v, self.n_power_iterations, self.eps)
            with no_grad():
                u.copy_(new_u)
                v.copy_(new_v)
            # Clones: the next forward writes into the buffers before this one's backward may have run.
            u, v = u.clone(), v.clone()
        return weight / sigma(matrix, u, v)

    def __call__(self, module: Module, inputs: Any) -> None:
        setattr(module, self.name, self.compute_weight(module, module.training))


def spectral_norm(
    module: M, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> M:
    """Divide a weight by its largest singular value before each forward; power iterations follow it through training.

    :func:`dlx.nn.utils.parametrizations.spectral_norm` is the newer form.

    Args:
        module: which changes in place: the parameter becomes ``<name>_orig``, with buffers ``<name>_u``, ``<name>_v``.
        name: of the weight.
        n_power_iterations: iterations at each forward in training.
        eps: the least norm that is divided by.
        dim: the dimension of the outputs; 1 for transposed convolutions, else 0, if None.

    Returns:
        ``module``.

    Raises:
        RuntimeError: the weight has spectral norm already.
        ValueError: ``n_power_iterations`` is not positive.

    Example:
        >>> layer = nn.utils.spectral_norm(nn.Linear(20, 40))
        >>> layer.weight_u.shape
        dlx.Size([40])

    Source: Miyato et al. 2018, arXiv:1802.05957.
    """
    for other, _ in module._forward_pre_hooks.values():
        if isinstance(other, SpectralNorm) and other.name == name:
            raise RuntimeError(f"Cannot register two spectral_norm hooks on the same parameter {name}")
    hook = SpectralNorm(name, n_power_iterations, output_dim(module) if dim is None else dim, eps)
    weight = getattr(module, name)
    if weight is None:
        raise ValueError(f"`SpectralNorm` cannot be applied as parameter `{name}` is None")
    rows, columns = matrix_of(weight.detach(), hook.dim).shape
    u, v = first_direction(rows, weight, eps), first_direction(columns, weight, eps)
    delattr(module, name)
    module.register_parameter(name + "_orig", weight)
    # A plain attribute, so that it follows neither to() nor state_dict().
    setattr(module, name, weight.detach())
    module.register_buffer(name + "_u", u)
    module.register_buffer(name + "_v", v)
    module.register_forward_pre_hook(hook)
    return module


def remove_spectral_norm(module: M, name: str = "weight") -> M:
    """Undo :func:`spectral_norm`; the weight keeps its divided value.

    Args:
        module: which changes in place.
        name: of the weight.

    Returns:
        ``module``.

    Raises:
        ValueError: the weight has no spectral norm.
    """
    for number, (hook, _) in module._forward_pre_hooks.items():
        if isinstance(hook, SpectralNorm) and hook.name == name:
            with no_grad():
                weight = hook.compute_weight(module, False)
            for part in ("", "_u", "_v", "_orig"):
                delattr(module, name + part)
            module.register_parameter(name, Parameter(weight.detach()))
            del module._forward_pre_hooks[number]
            return module
    raise ValueError(f"spectral_norm of '{name}' not found in {module}")
