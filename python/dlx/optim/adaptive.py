"""Relatives of Adam and RMSprop: Adadelta, Adamax, NAdam, RAdam."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from dlx.ops.creation import zeros_like
from dlx.optim.composed import Composed
from dlx.optim.optimizer import check_options

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["Adadelta", "Adamax", "NAdam", "RAdam"]


class Adadelta(Composed):
    """Scale each gradient by the running size of the steps over that of the gradients.

    ``g = grad + weight_decay * p``, ``v = rho * v + (1 - rho) * g**2``, ``d = sqrt(u + eps) / sqrt(v + eps) * g``,
    ``u = rho * u + (1 - rho) * d**2``, ``p -= lr * d``

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate.
        rho: how much of the mean squares is kept at each step, in [0, 1].
        eps: added under the roots.
        weight_decay: strength of the L2 penalty.
        foreach: for PyTorch's sake.
        capturable: not supported: True raises.
        maximize: go with the gradient instead.
        differentiable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Source: Zeiler 2012, arXiv:1212.5701.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("Adadelta", lr=lr, rho=rho, eps=eps, weight_decay=weight_decay)
        if rho > 1:
            raise ValueError(f"Adadelta: rho must be in [0, 1]. Got {rho}.")
        self._refuse("Adadelta", differentiable, capturable)
        defaults = {"lr": lr, "rho": rho, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["square_avg"] = zeros_like(param.detach())
        state["acc_delta"] = zeros_like(param.detach())

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        rho, eps = group["rho"], group["eps"]
        grad = _decayed(param, grad, group["weight_decay"])
        squares, deltas = state["square_avg"], state["acc_delta"]
        squares.mul_(rho).add_(grad * grad, alpha=1 - rho)
        delta = (deltas + eps).sqrt() / (squares + eps).sqrt() * grad
        deltas.mul_(rho).add_(delta * delta, alpha=1 - rho)
        param.sub_(delta, alpha=rate)


class Adamax(Composed):
    """Adam with the largest recent gradient in the place of the root of the mean square.

    ``m = beta1 * m + (1 - beta1) * g``, ``u = max(beta2 * u, |g| + eps)``, ``p -= lr / (1 - beta1**t) * m / u``

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate.
        betas: how much of the mean and of the maximum is kept at each step, in [0, 1).
        eps: added to the gradient's size.
        weight_decay: strength of the L2 penalty.
        foreach: for PyTorch's sake.
        maximize: go with the gradient instead.
        differentiable: not supported: True raises.
        capturable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Source: Kingma and Ba 2015, arXiv:1412.6980, section 7.1.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options("Adamax", lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self._refuse("Adamax", differentiable, capturable)
        defaults = {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay, "maximize": maximize}
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["exp_avg"] = zeros_like(param.detach())
        state["exp_inf"] = zeros_like(param.detach())

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        beta1, beta2 = group["betas"]
        grad = _decayed(param, grad, group["weight_decay"])
        mean, largest = state["exp_avg"], state["exp_inf"]
        mean.mul_(beta1).add_(grad, alpha=1 - beta1)
        largest.copy_((largest * beta2).maximum(grad.abs() + group["eps"]))
        param.sub_(mean / largest, alpha=rate / (1 - beta1**t))


class NAdam(Composed):
    """Adam with Nesterov's momentum, whose strength grows over the steps.

    ``mu_t = beta1 * (1 - 0.96**(t * momentum_decay) / 2)`` takes the place of beta1 in the step:
    ``p -= lr * ((1 - mu_t) * g / (1 - prod mu_i) + mu_(t+1) * m / (1 - prod mu_i * mu_(t+1))) / (sqrt(v') + eps)``

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: added to the root, in units of the gradient.
        weight_decay: strength of the L2 penalty.
        momentum_decay: how fast the momentum grows.
        decoupled_weight_decay: shrink parameters by ``1 - lr * weight_decay`` instead of the penalty.
        foreach: for PyTorch's sake.
        maximize: go with the gradient instead.
        capturable: not supported: True raises.
        differentiable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Source: Dozat 2016, Incorporating Nesterov momentum into Adam.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("NAdam", lr=lr, betas=betas, eps=eps, weight_decay=weight_decay, momentum_decay=momentum_decay)
        self._refuse("NAdam", differentiable, capturable)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "momentum_decay": momentum_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["mu_product"] = state["step"] * 0 + 1
        state["exp_avg"] = zeros_like(param.detach())
        state["exp_avg_sq"] = zeros_like(param.detach())

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        beta1, beta2 = group["betas"]
        grad = _with_decay(param, grad, group, rate)
        decay = group["momentum_decay"]
        mu, mu_next = (beta1 * (1.0 - 0.5 * 0.96 ** (step * decay)) for step in (t, t + 1))
        state["mu_product"] *= mu
        product = state["mu_product"].item()
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.mul_(beta1).add_(grad, alpha=1 - beta1)
        square.mul_(beta2).add_(grad * grad, alpha=1 - beta2)
        spread = (square / (1 - beta2**t)).sqrt() + group["eps"]
        param.sub_(grad / spread, alpha=rate * (1.0 - mu) / (1.0 - product))
        param.sub_(mean / spread, alpha=rate * mu_next / (1.0 - product * mu_next))


class RAdam(Composed):
    """Adam whose first steps, while the mean square is not yet known well, go without it.

    With ``rho_t = rho - 2 * t * beta2**t / (1 - beta2**t)``, ``rho = 2 / (1 - beta2) - 1``, the step is Adam's times
    ``sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))`` where ``rho_t > 5``, else ``lr * m'``.

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: added to the root, in units of the gradient.
        weight_decay: strength of the L2 penalty.
        decoupled_weight_decay: shrink parameters by ``1 - lr * weight_decay`` instead of the penalty.
        foreach: for PyTorch's sake.
        maximize: go with the gradient instead.
        capturable: not supported: True raises.
        differentiable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Source: Liu et al. 2020, arXiv:1908.03265.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("RAdam", lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        self._refuse("RAdam", differentiable, capturable)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "decoupled_weight_decay": decoupled_weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["exp_avg"] = zeros_like(param.detach())
        state["exp_avg_sq"] = zeros_like(param.detach())

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        beta1, beta2 = group["betas"]
        grad = _with_decay(param, grad, group, rate)
        mean, square = state["exp_avg"], state["exp_avg_sq"]
        mean.mul_(beta1).add_(grad, alpha=1 - beta1)
        square.mul_(beta2).add_(grad * grad, alpha=1 - beta2)
        rho = 2 / (1 - beta2) - 1
        rho_t = rho - 2 * t * beta2**t / (1 - beta2**t)
        step = rate / (1 - beta1**t)
        if rho_t > 5:
            step *= math.sqrt((rho_t - 4) * (rho_t - 2) * rho / ((rho - 4) * (rho - 2) * rho_t))
            param.sub_(mean / (square.sqrt() + group["eps"]), alpha=step * math.sqrt(1 - beta2**t))
        else:
            param.sub_(mean, alpha=step)


def _decayed(param: Tensor, grad: Tensor, weight_decay: float) -> Tensor:
    """The gradient with that of the L2 penalty."""
    return grad.add(param, alpha=weight_decay) if weight_decay else grad


def _with_decay(param: Tensor, grad: Tensor, group: dict[str, Any], rate: float) -> Tensor:
    """The gradient; weight decay is in it, or has shrunk the parameter if it is decoupled."""
    if group["weight_decay"] and group["decoupled_weight_decay"]:
        param.mul_(1 - rate * group["weight_decay"])
        return grad
    return _decayed(param, grad, group["weight_decay"])
