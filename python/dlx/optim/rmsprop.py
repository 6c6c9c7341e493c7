"""RMSprop."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops.creation import zeros_like
from dlx.optim.optimizer import Optimizer, check_options, new_step, refuse_differentiable, renew_steps

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["RMSprop"]


class RMSprop(Optimizer):
    """Divide each gradient by the root of its running mean square.

    ``g = grad + weight_decay * p``, ``v = alpha * v + (1 - alpha) * g**2``, ``u = g / (sqrt(v) + eps)``,
    ``b = momentum * b + u``, ``p -= lr * b``; if centered the square of the running mean is taken off ``v`` first.

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate; a tensor is read at every step.
        alpha: how much of the mean square is kept at each step.
        eps: added to the root, in units of the gradient.
        weight_decay: strength of the L2 penalty.
        momentum: how much of the last direction is kept.
        centered: divide by the standard deviation instead.
        capturable: for PyTorch's sake: every step can be captured.
        foreach: likewise: every step is one kernel call for all parameters.
        maximize: go with the gradient instead.
        differentiable: not supported: True raises.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> x = dlx.tensor([1.0], requires_grad=True)
        >>> optimizer = dlx.optim.RMSprop([x], lr=0.01)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.9000], requires_grad=True)

    Source: Hinton 2012, lecture 6 of his course; centered: Graves 2013, arXiv:1308.0850.
    """

    _step_called = False

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0,
        momentum: float = 0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        check_options("RMSprop", lr=lr, alpha=alpha, eps=eps, weight_decay=weight_decay, momentum=momentum)
        refuse_differentiable("RMSprop", differentiable)
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "alpha": alpha,
            "eps": eps,
            "centered": centered,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients; see :meth:`Optimizer.step`."""
        loss = self._begin(closure)
        for index, group in enumerate(self.param_groups):
            momentum = group["momentum"]
            optional = [
                name for name, wanted in (("momentum_buffer", momentum > 0), ("grad_avg", group["centered"])) if wanted
            ]
            params, grads, (steps, squares, *more) = self._collect(group, ("step", "square_avg", *optional))
            found = dict(zip(optional, more))
            if params:
                _C.rmsprop_step(
                    params,
                    grads,
                    squares,
                    found.get("grad_avg", []),
                    found.get("momentum_buffer", []),
                    steps,
                    self._rate(index, group, params[0]),
                    group["alpha"],
                    group["eps"],
                    group["weight_decay"],
                    momentum,
                    group["maximize"],
                )
        return loss

    def _first_state(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        values = param.detach()
        state = self.state[param]
        state["step"] = new_step(param)
        state["square_avg"] = zeros_like(values)
        if group["momentum"] > 0:
            state["momentum_buffer"] = zeros_like(values)
        if group["centered"]:
            state["grad_avg"] = zeros_like(values)
        return state

    def _after_load(self) -> None:
        renew_steps(self.state)
