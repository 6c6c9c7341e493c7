"""Rprop: steps by the sign of the gradient."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.ops.creation import full_like, zeros_like
from dlx.ops.elementwise import where
from dlx.optim.composed import Composed
from dlx.optim.optimizer import check_options

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["Rprop"]


class Rprop(Composed):
    """Step against the gradient's sign: further while it stays the same, less far, and not at once, when it turns.

    Meant for gradients of all data together.

    Args:
        params: parameters, or dicts of groups.
        lr: the first step of each element.
        etas: by what steps shrink and grow: (below 1, above 1).
        step_sizes: the smallest and the largest step.
        capturable: not supported: True raises.
        foreach: for PyTorch's sake.
        maximize: go with the gradient instead.
        differentiable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Source: Riedmiller and Braun 1993, IEEE International Conference on Neural Networks.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("Rprop", lr=lr)
        if not 0.0 < etas[0] < 1.0 < etas[1]:
            raise ValueError(f"Rprop: etas must be between 0 and 1, and above 1. Got {etas}.")
        self._refuse("Rprop", differentiable, capturable)
        super().__init__(params, {"lr": lr, "etas": etas, "step_sizes": step_sizes, "maximize": maximize})

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        state["prev"] = zeros_like(param.detach())
        state["step_size"] = full_like(grad, float(group["lr"]))

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        shrink, grow = group["etas"]
        smallest, largest = group["step_sizes"]
        same = grad * state["prev"]
        size = state["step_size"]
        size.copy_(where(same > 0, size * grow, where(same < 0, size * shrink, size)).clamp(smallest, largest))
        grad = where(same < 0, 0.0, grad)
        param.sub_(grad.sign() * size)
        state["prev"].copy_(grad)
