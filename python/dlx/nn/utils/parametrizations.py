"""Parametrizations that are there: weights in length and direction, weights of spectral norm one."""

from __future__ import annotations

from typing import Any

from dlx._C import Tensor
from dlx.autograd.grad_mode import no_grad
from dlx.nn.modules.module import Module
from dlx.nn.utils.parametrize import register_parametrization
from dlx.nn.utils.spectral_norm import first_direction, iterate, matrix_of, output_dim, sigma
from dlx.nn.utils.weight_norm import norm_except_dim

__all__ = ["spectral_norm", "weight_norm"]


class _WeightNorm(Module):
    def __init__(self, dim: int | None = 0) -> None:
        super().__init__()
        self.dim = -1 if dim is None else dim

    def forward(self, weight_g: Tensor, weight_v: Tensor) -> Tensor:
        return weight_v * (weight_g / norm_except_dim(weight_v, 2, self.dim))

    def right_inverse(self, weight: Tensor) -> tuple[Tensor, Tensor]:
        return norm_except_dim(weight, 2, self.dim), weight


def weight_norm(module: Module, name: str = "weight", dim: int = 0) -> Module:
    """Train length and direction of a weight apart: ``weight = g * v / |v|``.

    Args:
        module: which changes in place; ``g`` is ``parametrizations.<name>.original0``, ``v`` is ``original1``.
        name: of the weight.
        dim: the dimension along which each slice has a length of its own; -1 or None for one length of all.

    Returns:
        ``module``.

    Example:
        >>> layer = nn.utils.parametrizations.weight_norm(nn.Linear(20, 40))
        >>> layer.parametrizations.weight.original0.shape
        dlx.Size([40, 1])

    Source: Salimans and Kingma 2016, arXiv:1602.07868.
    """
    return register_parametrization(module, name, _WeightNorm(dim), unsafe=True)


class _SpectralNorm(Module):
    _u: Tensor
    _v: Tensor

    def __init__(self, weight: Tensor, n_power_iterations: int = 1, dim: int = 0, eps: float = 1e-12) -> None:
        super().__init__()
        if not -weight.ndim <= dim < weight.ndim:
            raise IndexError(f"spectral_norm: dim must be in [{-weight.ndim}, {weight.ndim}). Got {dim}.")
        if n_power_iterations <= 0:
            raise ValueError(f"spectral_norm: n_power_iterations must be positive. Got {n_power_iterations}.")
        self.dim = dim % weight.ndim
        self.eps = eps
        self.n_power_iterations = n_power_iterations
        if weight.ndim > 1:
            matrix = matrix_of(weight.detach(), self.dim)
            u, v = (first_direction(size, weight, eps) for size in matrix.shape)
            v, u = iterate(matrix.t(), v, u, 15, eps)
            self.register_buffer("_u", u)
            self.register_buffer("_v", v)

    def forward(self, weight: Tensor) -> Tensor:
        if weight.ndim == 1:  # a vector: its norm
            return weight / ((weight * weight).sum().sqrt().maximum(weight.detach().sum() * 0 + self.eps))
        matrix = matrix_of(weight, self.dim)
        if self.training:
            # u first, as in PyTorch: the transposed matrix's v.
            v, u = iterate(matrix.detach().t(), self._v, self._u, self.n_power_iterations, self.eps)
            with no_grad():
                self._u.copy_(u)
                self._v.copy_(v)
        # Clones: the next forward writes into the buffers before this one's backward may have run.
        return weight / sigma(matrix, self._u.clone(), self._v.clone())

    def right_inverse(self, value: Tensor) -> Tensor:
        return value  # it is assumed to have the norm already


def spectral_norm(
    module: Module, name: str = "weight", n_power_iterations: int = 1, eps: float = 1e-12, dim: int | None = None
) -> Module:
    """Divide a weight by its largest singular value, which power iterations follow through training.

    Args:
        module: which changes in place.
        name: of the weight.
        n_power_iterations: iterations at each forward in training.
        eps: the least norm that is divided by.
        dim: the dimension of the outputs; 1 for transposed convolutions, else 0, if None.

    Returns:
        ``module``.

    Raises:
        ValueError: there is no such weight, or ``n_power_iterations`` is not positive.

    Example:
        >>> layer = nn.utils.parametrizations.spectral_norm(nn.Linear(20, 40))
        >>> layer.weight.shape
        dlx.Size([40, 20])

    Source: Miyato et al. 2018, arXiv:1802.05957.
    """
    weight = getattr(module, name, None)
    if not isinstance(weight, Tensor):
        raise ValueError(f"Module '{type(module).__name__}' has no parameter or buffer with name '{name}'")
    dim = output_dim(module) if dim is None else dim
    return register_parametrization(module, name, _SpectralNorm(weight, n_power_iterations, dim, eps))


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.nn.utils.parametrizations", name)
