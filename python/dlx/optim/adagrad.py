"""Adagrad."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops.creation import full_like
from dlx.optim.optimizer import Optimizer, check_options, new_step, refuse_differentiable, renew_steps

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["Adagrad"]


class Adagrad(Optimizer):
    """Divide each gradient by the root of the sum of all its squares.

    ``g = grad + weight_decay * p``, ``s += g**2``, ``p -= lr / (1 + (t - 1) * lr_decay) * g / (sqrt(s) + eps)`` at step
    t = 1, 2, ...

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate; a tensor is read at every step.
        lr_decay: by how much the rate falls with the steps.
        weight_decay: strength of the L2 penalty.
        initial_accumulator_value: of the sums.
        eps: added to the root, in units of the gradient.
        foreach: for PyTorch's sake: every step is one kernel call for all parameters.
        maximize: go with the gradient instead.
        differentiable: not supported: True raises.
        fused: as ``foreach``.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> x = dlx.tensor([1.0], requires_grad=True)
        >>> optimizer = dlx.optim.Adagrad([x], lr=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.9000], requires_grad=True)

    Source: Duchi et al. 2011, JMLR 12.
    """

    _step_called = False

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        lr_decay: float = 0,
        weight_decay: float = 0,
        initial_accumulator_value: float = 0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options(
            "Adagrad",
            lr=lr,
            lr_decay=lr_decay,
            weight_decay=weight_decay,
            initial_accumulator_value=initial_accumulator_value,
            eps=eps,
        )
        refuse_differentiable("Adagrad", differentiable)
        defaults = {
            "lr": lr,
            "lr_decay": lr_decay,
            "eps": eps,
            "weight_decay": weight_decay,
            "initial_accumulator_value": initial_accumulator_value,
            "maximize": maximize,
        }
        super().__init__(params, defaults)
        for group in self.param_groups:
            for param in group["params"]:
                self._first_state(param, group)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients; see :meth:`Optimizer.step`."""
        loss = self._begin(closure)
        for index, group in enumerate(self.param_groups):
            params, grads, (steps, sums) = self._collect(group, ("step", "sum"))
            if params:
                _C.adagrad_step(
                    params,
                    grads,
                    sums,
                    steps,
                    self._rate(index, group, params[0]),
                    group["lr_decay"],
                    group["eps"],
                    group["weight_decay"],
                    group["maximize"],
                )
        return loss

    def _first_state(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        state = self.state[param]
        state["step"] = new_step(param)
        state["sum"] = full_like(param.detach(), group["initial_accumulator_value"])
        return state

    def _after_load(self) -> None:
        renew_steps(self.state)
