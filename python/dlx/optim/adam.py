"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops.creation import zeros_like
from dlx.optim.optimizer import Optimizer, check_options, new_step, refuse_differentiable, renew_steps

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["Adam", "AdamW"]


class Adam(Optimizer):
    """Scale each parameter's step by the running mean and square of its gradient.

    ``g = grad + weight_decay * p``, ``m = beta1 * m + (1 - beta1) * g``, ``v = beta2 * v + (1 - beta2) * g**2``,
    ``p -= lr * (m / (1 - beta1**t)) / (sqrt(v / (1 - beta2**t)) + eps)`` at step t = 1, 2, ...; with amsgrad the
    largest ``v`` so far.

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate; a tensor is read at every step.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: added to the root, in units of the gradient.
        weight_decay: strength of the L2 penalty.
        amsgrad: use the largest mean square so far.
        foreach: for PyTorch's sake: every step is one kernel call for all parameters.
        maximize: go with the gradient instead.
        capturable: likewise: every step can be captured.
        differentiable: not supported: True raises.
        fused: as ``foreach``.
        decoupled_weight_decay: shrink parameters by ``1 - lr * weight_decay`` instead of the penalty, as
            :class:`AdamW`.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> x = dlx.tensor([1.0], requires_grad=True)
        >>> optimizer = dlx.optim.Adam([x], lr=0.1)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.9000], requires_grad=True)

    Source: Kingma and Ba 2015, arXiv:1412.6980; amsgrad: Reddi et al. 2018, arXiv:1904.09237.
    """

    _step_called = False

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        name = type(self).__name__
        check_options(name, lr=lr, betas=betas, eps=eps, weight_decay=weight_decay)
        refuse_differentiable(name, differentiable)
        defaults = {
            "lr": lr,
            "betas": betas,
            "eps": eps,
            "weight_decay": weight_decay,
            "amsgrad": amsgrad,
            "maximize": maximize,
            "decoupled_weight_decay": decoupled_weight_decay,
        }
        super().__init__(params, defaults)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients; see :meth:`Optimizer.step`."""
        loss = self._begin(closure)
        for index, group in enumerate(self.param_groups):
            amsgrad, (beta1, beta2) = group["amsgrad"], group["betas"]
            names = ("step", "exp_avg", "exp_avg_sq", *(("max_exp_avg_sq",) if amsgrad else ()))
            params, grads, (steps, means, squares, *largest) = self._collect(group, names)
            if params:
                _C.adam_step(
                    params,
                    grads,
                    means,
                    squares,
                    largest[0] if amsgrad else [],
                    steps,
                    self._rate(index, group, params[0]),
                    beta1,
                    beta2,
                    group["eps"],
                    group["weight_decay"],
                    group.get("decoupled_weight_decay", isinstance(self, AdamW)),
                    amsgrad,
                    group["maximize"],
                )
        return loss

    def _first_state(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        values = param.detach()
        state = self.state[param]
        state["step"] = new_step(param)
        state["exp_avg"] = zeros_like(values)
        state["exp_avg_sq"] = zeros_like(values)
        if group["amsgrad"]:
            state["max_exp_avg_sq"] = zeros_like(values)
        return state

    def _after_load(self) -> None:
        renew_steps(self.state)


class AdamW(Adam):
    """Adam with decoupled weight decay.

    Parameters shrink by ``1 - lr * weight_decay`` at each step, apart from the gradient; the rest is :class:`Adam`.

    Args:
        params: parameters, or dicts of groups.
        lr: the learning rate; a tensor is read at every step.
        betas: how much of the means is kept at each step, in [0, 1).
        eps: added to the root, in units of the gradient.
        weight_decay: by how much, relative to the learning rate, parameters shrink.
        amsgrad: use the largest mean square so far.
        maximize: go with the gradient instead.
        foreach: for PyTorch's sake: every step is one kernel call for all parameters.
        capturable: likewise: every step can be captured.
        differentiable: not supported: True raises.
        fused: as ``foreach``.

    Raises:
        ValueError: an option is out of its range.

    Example:
        >>> x = dlx.tensor([1.0], requires_grad=True)
        >>> optimizer = dlx.optim.AdamW([x], lr=0.1, weight_decay=0.5)
        >>> (x * x).sum().backward()
        >>> optimizer.step()
        >>> x
        tensor([0.8500], requires_grad=True)

    Source: Loshchilov and Hutter 2019, arXiv:1711.05101.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(
            params,
            lr,
            betas,
            eps,
            weight_decay,
            amsgrad,
            maximize=maximize,
            differentiable=differentiable,
            decoupled_weight_decay=True,
        )
