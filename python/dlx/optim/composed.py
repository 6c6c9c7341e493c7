"""Optimizers that are compositions of ops, parameter by parameter."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx.autograd.grad_mode import no_grad
from dlx.optim.optimizer import Optimizer, new_step, refuse_differentiable, renew_steps

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Composed"]


class Composed(Optimizer):
    """Base: a class of its own writes ``_start``, a parameter's first state, and ``_update``, its step."""

    _step_called = False

    @staticmethod
    def _refuse(name: str, differentiable: bool = False, capturable: bool = False) -> None:
        refuse_differentiable(name, differentiable)
        if capturable:
            raise ValueError(f"{name}: capturable=True is not supported: steps are counted by the host.")

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients; see :meth:`Optimizer.step`."""
        loss = self._begin(closure)
        with no_grad():
            for group in self.param_groups:
                rate = float(group["lr"])
                for param in group["params"]:
                    grad = param.grad
                    if grad is None:
                        continue
                    state = self.state[param]
                    if not state:
                        state["step"] = new_step(param)
                        self._start(param, grad, state, group)
                    state["step"] += 1
                    t = state["step"].item()
                    self._update(param, -grad if group["maximize"] else grad, state, group, rate, t)
        return loss

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        raise NotImplementedError

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        raise NotImplementedError

    def _after_load(self) -> None:
        renew_steps(self.state)
