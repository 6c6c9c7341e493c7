"""SGD: stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops.creation import zeros_like
from dlx.optim.optimizer import Optimizer, check_options, refuse_differentiable

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["SGD"]


class SGD(Optimizer):
    """Go against the gradient, with momentum if wanted.

    ``g = grad + weight_decay * p``; ``b = g`` at the first step, then ``b = momentum * b + (1 - dampening) * g``;
    ``p -= lr * (g + momentum * b if nesterov else b)``; without momentum ``p -= lr * g``.

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate; a tensor is read at every step.
        momentum: share of the last direction that is kept.
        dampening: share of the gradient that is left out of the direction.
        weight_decay: strength of the L2 penalty.
        nesterov: look ahead along the direction; needs momentum without dampening.
        maximize: go with the gradient instead.
        foreach: for PyTorch's sake: every step is one kernel call for all parameters.
        differentiable: not supported: True raises.
        fused: as ``foreach``.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> x = dlx.tensor([1.0], requires_grad=True)
        >>> optimizer = dlx.optim.SGD([x], lr=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x.item()
        0.800000011920929

    Source: Sutskever et al. 2013, ICML (momentum as PyTorch writes it, with lr outside of it).
    """

    _step_called = False

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        momentum: float = 0,
        dampening: float = 0,
        weight_decay: float = 0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        check_options("SGD", lr=lr, momentum=momentum, weight_decay=weight_decay)
        refuse_differentiable("SGD", differentiable)
        if nesterov and (momentum <= 0 or dampening != 0):
            raise ValueError("Nesterov momentum requires a momentum and zero dampening")
        defaults = {
            "lr": lr,
            "momentum": momentum,
            "dampening": dampening,
            "weight_decay": weight_decay,
            "nesterov": nesterov,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients; see :meth:`Optimizer.step`."""
        loss = self._begin(closure)
        for index, group in enumerate(self.param_groups):
            momentum = group["momentum"]
            old: tuple[list[Tensor], list[Tensor], list[Tensor]] = ([], [], [])  # parameters, gradients, directions
            new: tuple[list[Tensor], list[Tensor], list[Tensor]] = ([], [], [])  # those at their first step
            for param in group["params"]:
                grad = param.grad
                if grad is None:
                    continue
                if momentum == 0:
                    old[0].append(param)
                    old[1].append(grad)
                    continue
                state = self.state[param]
                buffer = state.get("momentum_buffer")
                batch = new if buffer is None else old
                if buffer is None:
                    buffer = state["momentum_buffer"] = zeros_like(param.detach())
                batch[0].append(param)
                batch[1].append(grad)
                batch[2].append(buffer)
            for batch in (old, new):
                if batch[0]:
                    _C.sgd_step(
                        *batch,
                        self._rate(index, group, batch[0][0]),
                        momentum,
                        # From zeros and undamped, the first direction is the gradient itself, as in PyTorch.
                        0.0 if batch is new else group["dampening"],
                        group["weight_decay"],
                        group["nesterov"],
                        group["maximize"],
                    )
        return loss
