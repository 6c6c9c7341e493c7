"""Muon: momentum whose matrix is made orthogonal."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd.grad_mode import no_grad
from dlx.ops.creation import zeros_like
from dlx.ops.matmul import matmul
from dlx.optim.optimizer import Optimizer, check_options

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["Muon"]


class Muon(Optimizer):
    """Step along the orthogonal matrix nearest to the momentum. For the matrices of hidden layers alone.

    Args:
        params: matrices, or dicts of groups.
        lr: the learning rate.
        weight_decay: by how much, relative to the learning rate, parameters shrink.
        momentum: how much of the last direction is kept.
        nesterov: look ahead along the direction.
        ns_coefficients: (a, b, c) of the iteration ``X = a X + (b G + c G G) X``, ``G = X X.T``.
        eps: the least norm that is divided by.
        ns_steps: iterations, in bfloat16.
        adjust_lr_fn: how the rate depends on a matrix (A, B): 'original', also None: ``sqrt(max(1, A / B))``;
            'match_rms_adamw': ``0.2 * sqrt(max(A, B))``.

    Raises:
        ValueError: an option is out of its range, or a parameter is no matrix.

    Source: Jordan et al. 2024, kellerjordan.github.io/posts/muon; Liu et al. 2025, arXiv:2502.16982.
    """

    _step_called = False

    def __init__(
        self,
        params: Params,
        lr: float = 1e-3,
        weight_decay: float = 0.1,
        momentum: float = 0.95,
        nesterov: bool = True,
        ns_coefficients: tuple[float, float, float] = (3.4445, -4.7750, 2.0315),
        eps: float = 1e-7,
        ns_steps: int = 5,
        adjust_lr_fn: str | None = None,
    ) -> None:
        check_options("Muon", lr=lr, momentum=momentum, weight_decay=weight_decay)
        if adjust_lr_fn not in (None, "original", "match_rms_adamw"):
            raise ValueError(f"Muon: adjust_lr_fn must be 'original' or 'match_rms_adamw'. Got {adjust_lr_fn!r}.")
        if ns_steps >= 100 or len(ns_coefficients) != 3:
            raise ValueError(
                f"Muon: ns_steps must be below 100 and ns_coefficients three. Got {ns_steps} and {ns_coefficients}."
            )
        defaults = {
            "lr": lr,
            "weight_decay": weight_decay,
            "momentum": momentum,
            "nesterov": nesterov,
            "ns_coefficients": ns_coefficients,
            "eps": eps,
            "ns_steps": ns_steps,
            "adjust_lr_fn": adjust_lr_fn,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                if param.ndim != 2:
                    raise ValueError(f"Muon: parameters must have 2 dimensions. Got shape {tuple(param.shape)}.")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients; see :meth:`Optimizer.step`."""
        loss = self._begin(closure)
        with no_grad():
            for group in self.param_groups:
                for param in group["params"]:
                    if param.grad is not None:
                        self._update(param, param.grad, group)
        return loss

    def _update(self, param: Tensor, grad: Tensor, group: dict[str, Any]) -> None:
        state, momentum = self.state[param], group["momentum"]
        if not state:
            state["momentum_buffer"] = zeros_like(grad)
        buffer = state["momentum_buffer"]
        buffer.mul_(momentum).add_(grad, alpha=1 - momentum)
        direction = grad * (1 - momentum) + buffer * momentum if group["nesterov"] else buffer
        update = _orthogonal(direction, group["ns_coefficients"], group["ns_steps"], group["eps"]).to(param.dtype)
        rate, (rows, columns) = float(group["lr"]), param.shape
        param.mul_(1 - rate * group["weight_decay"])
        if group["adjust_lr_fn"] == "match_rms_adamw":
            rate *= 0.2 * math.sqrt(max(rows, columns))
        else:
            rate *= math.sqrt(max(1, rows / columns))
        param.sub_(update, alpha=rate)


def _orthogonal(matrix: Tensor, coefficients: tuple[float, float, float], steps: int, eps: float) -> Tensor:
    """Move all singular values towards one, by a Newton-Schulz iteration."""
    a, b, c = coefficients
    x = matrix.to(_C.bfloat16)
    tall = x.shape[0] > x.shape[1]
    x = x.t() if tall else x
    x = x / (x.float() * x.float()).sum().sqrt().to(_C.bfloat16).clamp(min=eps)
    for _ in range(steps):
        gram = matmul(x, x.t())
        x = x * a + matmul(gram * b + matmul(gram, gram) * c, x)
    return x.t() if tall else x
