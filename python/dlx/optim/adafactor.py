"""Adafactor: adaptive steps with the memory of rows and columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops.creation import zeros_like
from dlx.ops.matmul import matmul
from dlx.optim.composed import Composed
from dlx.optim.optimizer import check_options

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.optim.optimizer import Params

__all__ = ["Adafactor"]

_EPSILON = {_C.float64: 2.0**-52, _C.float32: 2.0**-23, _C.float16: 2.0**-10, _C.bfloat16: 2.0**-7}


class Adafactor(Composed):
    """Divide each gradient by the root of a mean square that is kept for rows and columns only.

    Args:
        params: parameters, or dicts of groups.
        lr: the largest share of a parameter's own size by which it moves.
        beta2_decay: power of the step by which the mean forgets: ``1 - beta2 = t**beta2_decay``.
        eps: the least mean square, as its root, the dtype's machine epsilon if None; the least size of a parameter.
        d: the update's root mean square is cut down to this.
        weight_decay: by how much, relative to the learning rate, parameters shrink.
        foreach: for PyTorch's sake.
        maximize: go with the gradient instead.

    Raises:
        ValueError: an option is out of its range.

    Source: Shazeer and Stern 2018, arXiv:1804.04235.
    """

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        check_options("Adafactor", lr=lr, weight_decay=weight_decay)
        if beta2_decay > 0:
            raise ValueError(f"Adafactor: beta2_decay must not be positive. Got {beta2_decay}.")
        if (eps[0] is not None and eps[0] < 0) or eps[1] < 0:
            raise ValueError(f"Adafactor: eps must not be negative. Got {eps}.")
        if d < 1:
            raise ValueError(f"Adafactor: d must be at least 1. Got {d}.")
        defaults = {
            "lr": lr,
            "beta2_decay": beta2_decay,
            "eps": eps,
            "d": d,
            "weight_decay": weight_decay,
            "maximize": maximize,
        }
        super().__init__(params, defaults)

    def _start(self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any]) -> None:
        if grad.ndim > 1:
            state["row_var"] = zeros_like(grad[..., :1])
            state["col_var"] = zeros_like(grad[..., :1, :])
        else:
            state["variance"] = zeros_like(grad)

    def _update(
        self, param: Tensor, grad: Tensor, state: dict[str, Any], group: dict[str, Any], rate: float, t: float
    ) -> None:
        least, least_size = group["eps"]
        least = _EPSILON[param.dtype] if least is None else least
        new = t ** group["beta2_decay"]
        step = max(least_size, _root_mean_square(param)) * min(rate, 1 / t**0.5)
        if group["weight_decay"]:
            param.mul_(1 - rate * group["weight_decay"])
        squares = grad * grad
        if grad.ndim > 1:
            rows, columns = state["row_var"], state["col_var"]
            rows.mul_(1 - new).add_(squares.mean(-1, keepdim=True), alpha=new)
            columns.mul_(1 - new).add_(squares.mean(-2, keepdim=True), alpha=new)
            variance = matmul(rows, columns) / rows.mean(-2, keepdim=True).clamp(min=least)
        else:
            state["variance"].mul_(1 - new).add_(squares, alpha=new)
            variance = state["variance"]
        update = grad * variance.clamp(min=least * least).rsqrt()
        param.sub_(update, alpha=step / max(1.0, _root_mean_square(update) / group["d"]))


def _root_mean_square(x: Tensor) -> float:
    return (x * x).mean().sqrt().item()
