"""ASGD: gradient descent that also averages its path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx._C import Tensor
from dlx.ops.creation import zeros_like
from dlx.optim.composed import Composed
from dlx.optim.optimizer import check_options

if TYPE_CHECKING:
    from dlx.optim.optimizer import Params

__all__ = ["ASGD"]


class ASGD(Composed):
    """Go against the gradient with a falling rate, and keep the mean of the parameters in ``state[p]["ax"]``.

    ``p = (1 - lambd * eta) * p - eta * g``, ``eta = lr / (1 + lambd * lr * t) ** alpha``; from step ``t0`` on ``ax`` is
    the mean of all ``p``

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate.
        lambd: how fast parameters shrink and the rate falls.
        alpha: power by which the rate falls.
        t0: the step from which is averaged.
        weight_decay: strength of the L2 penalty.
        foreach: for PyTorch's sake.
        maximize: go with the gradient instead.
        differentiable: not supported: True raises.
        capturable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Source: Polyak and Juditsky 1992, SIAM Journal on Control and Optimization 30.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        check_options("ASGD", lr=lr, weight_decay=weight_decay)
        self._refuse("ASGD", differentiable, capturable)
        defaults = {
            "lr": lr,
            "lambd": lambd,
            "alpha": alpha,
            "t0": t0,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["eta"] = state["step"] * 0 + float(group["lr"])
        state["mu"] = state["step"] * 0 + 1
        state["ax"] = zeros_like(param.detach())

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        if group["weight_decay"]:
            grad = grad.add(param, alpha=group["weight_decay"])
        eta, mu = state["eta"].item(), state["mu"].item()
        param.mul_(1 - group["lambd"] * eta).sub_(grad, alpha=eta)
        if mu == 1:
            state["ax"].copy_(param)
        else:
            state["ax"].add_(param - state["ax"], alpha=mu)
        state["eta"].fill_(rate / (1 + group["lambd"] * rate * t) ** group["alpha"])
        state["mu"].fill_(1 / max(1, t - group["t0"]))

    def _after_load(self) -> None:
        super()._after_load()
        for state in self.state.values():
            for name in ("eta", "mu"):
                if name in state:
                    state[name] = state["step"] * 0 + float(state[name])
