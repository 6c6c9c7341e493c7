"""L-BFGS: steps by an estimate of the curvature, from the last gradients."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx._C import Tensor
from dlx.autograd.grad_mode import enable_grad, no_grad
from dlx.ops.creation import zeros
from dlx.ops.view import cat
from dlx.optim.optimizer import Optimizer, check_options

if TYPE_CHECKING:
    from dlx.optim.optimizer import Params

__all__ = ["LBFGS"]

Evaluate = Callable[[float], tuple[float, Tensor, float]]  # of a step: loss, gradient, slope along the direction


class LBFGS(Optimizer):
    """Go along an estimate of Newton's direction. ``step`` takes a closure and calls it many times.

    Args:
        params: parameters; one group.
        lr: length of a step, with a line search of the first one tried.
        max_iter: iterations in a step.
        max_eval: calls of the closure in a step; ``max_iter * 5 / 4`` if None.
        tolerance_grad: stop where no element of the gradient is larger.
        tolerance_change: stop where parameters or loss change less.
        history_size: how many gradients the estimate remembers.
        line_search_fn: None, or 'strong_wolfe'.

    Raises:
        ValueError: ``lr`` is negative, or there are several groups.

    Example:
        >>> x = dlx.tensor([3.0, -2.0], requires_grad=True)
        >>> optimizer = dlx.optim.LBFGS([x], line_search_fn="strong_wolfe")
        >>> def closure():
        ...     optimizer.zero_grad()
        ...     loss = ((x - 1) ** 2).sum()
        ...     loss.backward()
        ...     return loss
        >>> _ = optimizer.step(closure)
        >>> [round(value, 4) for value in x.tolist()]
        [1.0, 1.0]

    Source: Liu and Nocedal 1989, Mathematical Programming 45; line search: Nocedal and Wright, Numerical Optimization,
    algorithms 3.5 and 3.6.
    """

    _step_called = False

    def __init__(
        self,
        params: Params,
        lr: float | Tensor = 1,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        check_options("LBFGS", lr=lr)
        if line_search_fn not in (None, "strong_wolfe"):
            raise ValueError(f"LBFGS: line_search_fn must be None or 'strong_wolfe'. Got {line_search_fn!r}.")
        defaults = {
            "lr": lr,
            "max_iter": max_iter,
            "max_eval": max_iter * 5 // 4 if max_eval is None else max_eval,
            "tolerance_grad": tolerance_grad,
            "tolerance_change": tolerance_change,
            "history_size": history_size,
            "line_search_fn": line_search_fn,
        }
        super().__init__(params, defaults)
        if len(self.param_groups) != 1:
            raise ValueError("LBFGS doesn't support per-parameter options (parameter groups)")
        self._params: list[Tensor] = self.param_groups[0]["params"]

    def _after_load(self) -> None:
        self._params = self.param_groups[0]["params"]

    def _gradient(self) -> Tensor:
        return cat(
            [
                zeros(p.numel(), dtype=p.dtype, device=p.device) if p.grad is None else p.grad.detach().reshape(-1)
                for p in self._params
            ]
        ).clone()

    def _move(self, t: float, direction: Tensor) -> None:
        start = 0
        for param in self._params:
            count = param.numel()
            param.add_(direction[start : start + count].view_as(param), alpha=t)
            start += count

    @no_grad()
    def step(self, closure: Callable[[], Any]) -> Any:  # type: ignore[override]  # the closure is not optional
        """Make up to ``max_iter`` iterations.

        Args:
            closure: computes the loss anew, with gradients, and returns it.

        Returns:
            The loss before.
        """
        self._step_called = True

        def evaluated() -> Any:
            with enable_grad():
                return closure()

        group = self.param_groups[0]
        rate = float(group["lr"])
        tolerance = group["tolerance_change"]
        state: Any = self.state[self._params[0]]
        state.setdefault("func_evals", 0)
        state.setdefault("n_iter", 0)

        first = evaluated()
        loss = float(first)
        calls = 1
        state["func_evals"] += 1
        gradient = self._gradient()
        if _largest(gradient) <= group["tolerance_grad"]:
            return first

        names = ("d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")
        past: list[Any] = [state.get(name) for name in names]
        direction, t, old_dirs, old_steps, ro, scale, before, before_loss = past
        iteration = 0
        while iteration < group["max_iter"]:
            iteration += 1
            state["n_iter"] += 1
            if state["n_iter"] == 1:
                direction = -gradient
                old_dirs, old_steps, ro, scale = [], [], [], 1
            else:
                y, s = gradient - before, direction * t
                ys = _dot(y, s)
                if ys > 1e-10:
                    if len(old_dirs) == group["history_size"]:
                        for kept in (old_dirs, old_steps, ro):
                            kept.pop(0)
                    old_dirs.append(y)
                    old_steps.append(s)
                    ro.append(1.0 / ys)
                    scale = ys / _dot(y, y)
                direction = _direction(gradient, old_dirs, old_steps, ro, scale)
            before, before_loss = gradient.clone(), loss

            t = min(1.0, 1.0 / gradient.abs().sum().item()) * rate if state["n_iter"] == 1 else rate
            slope = _dot(gradient, direction)
            if slope > -tolerance:
                break
            used = 0
            if group["line_search_fn"] is not None:
                starts = [param.clone() for param in self._params]

                def at(t: float, starts: list[Tensor] = starts, direction: Tensor = direction) -> Any:
                    self._move(t, direction)
                    value, g = float(evaluated()), self._gradient()
                    for param, start in zip(self._params, starts):
                        param.copy_(start)
                    return value, g, _dot(g, direction)

                loss, gradient, t, used = _strong_wolfe(at, t, _largest(direction), loss, gradient, slope)
                self._move(t, direction)
                done = _largest(gradient) <= group["tolerance_grad"]
            else:
                self._move(t, direction)
                done = False
                if iteration != group["max_iter"]:
                    loss = float(evaluated())
                    gradient = self._gradient()
                    done = _largest(gradient) <= group["tolerance_grad"]
                    used = 1
            calls += used
            state["func_evals"] += used
            if (
                iteration == group["max_iter"]
                or calls >= group["max_eval"]
                or done
                or _largest(direction) * abs(t) <= tolerance
                or abs(loss - before_loss) < tolerance
            ):
                break

        state.update(
            d=direction, t=t, old_dirs=old_dirs, old_stps=old_steps, ro=ro, H_diag=scale, prev_flat_grad=before,
            prev_loss=before_loss,
        )  # fmt: skip
        return first


def _dot(a: Tensor, b: Tensor) -> float:
    return (a * b).sum().item()


def _largest(x: Tensor) -> float:
    return x.abs().max().item()


def _direction(
    gradient: Tensor, old_dirs: list[Tensor], old_steps: list[Tensor], ro: list[float], scale: float
) -> Tensor:
    """The estimated inverse of the curvature times the negative gradient, by two loops over the past."""
    q = -gradient
    weights = [0.0] * len(old_dirs)
    for i in range(len(old_dirs) - 1, -1, -1):
        weights[i] = _dot(old_steps[i], q) * ro[i]
        q = q.add(old_dirs[i], alpha=-weights[i])
    r = q * scale
    for i in range(len(old_dirs)):
        r = r.add(old_steps[i], alpha=weights[i] - _dot(old_dirs[i], r) * ro[i])
    return r


def _cubic_minimum(
    x1: float, f1: float, g1: float, x2: float, f2: float, g2: float, bounds: tuple[float, float] | None = None
) -> float:
    """Where the cubic with these values and slopes is smallest, within bounds; their middle if it is nowhere."""
    low, high = bounds if bounds is not None else (min(x1, x2), max(x1, x2))
    d1 = g1 + g2 - 3 * (f1 - f2) / (x1 - x2)
    square = d1**2 - g1 * g2
    if not square >= 0:
        return (low + high) / 2.0
    d2 = math.sqrt(square)
    if x1 <= x2:
        least = x2 - (x2 - x1) * ((g2 + d2 - d1) / (g2 - g1 + 2 * d2))
    else:
        least = x1 - (x1 - x2) * ((g1 + d2 - d1) / (g1 - g2 + 2 * d2))
    return min(max(least, low), high)


def _strong_wolfe(
    at: Evaluate,
    t: float,
    size: float,
    loss: float,
    gradient: Tensor,
    slope: float,
    c1: float = 1e-4,
    c2: float = 0.9,
    tolerance: float = 1e-9,
    most: int = 25,
) -> tuple[float, Tensor, float, int]:
    """A step after which the loss has fallen enough and is flat enough: (loss, gradient, step, evaluations)."""
    f, g, d = at(t)
    calls = 1
    # Each end of the bracket: [step, loss, gradient, slope].
    last: list[Any] = [0.0, loss, gradient, slope]
    bracket: list[list[Any]] = []
    done = False
    count = 0
    while count < most:
        if f > loss + c1 * t * slope or (count > 1 and f >= last[1]):
            bracket = [last, [t, f, g.clone(), d]]
            break
        if abs(d) <= -c2 * slope:
            bracket, done = [[t, f, g, d]], True
            break
        if d >= 0:
            bracket = [last, [t, f, g.clone(), d]]
            break
        bounds = (t + 0.01 * (t - last[0]), t * 10)  # not yet bracketed: further on
        further = _cubic_minimum(last[0], last[1], last[3], t, f, d, bounds)
        last = [t, f, g.clone(), d]
        t = further
        f, g, d = at(t)
        calls += 1
        count += 1
    if count == most:
        bracket = [[0.0, loss, gradient, slope], [t, f, g, d]]

    stuck = False
    low, high = (0, 1) if bracket[0][1] <= bracket[-1][1] else (1, 0)
    while not done and count < most:
        steps = [end[0] for end in bracket]
        width = abs(steps[1] - steps[0])
        if width * size < tolerance:
            break
        (x1, f1, _, g1), (x2, f2, _, g2) = bracket
        t = _cubic_minimum(x1, f1, g1, x2, f2, g2)
        # Too close to an end, twice or at the end itself: a tenth of the bracket away from it.
        inset = 0.1 * (max(steps) - min(steps))
        if min(max(steps) - t, t - min(steps)) < inset:
            if stuck or t >= max(steps) or t <= min(steps):
                nearer_top = abs(t - max(steps)) < abs(t - min(steps))
                t = max(steps) - inset if nearer_top else min(steps) + inset
                stuck = False
            else:
                stuck = True
        else:
            stuck = False
        f, g, d = at(t)
        calls += 1
        count += 1
        here = [t, f, g.clone(), d]
        if f > loss + c1 * t * slope or f >= bracket[low][1]:
            bracket[high] = here
            low, high = (0, 1) if bracket[0][1] <= bracket[1][1] else (1, 0)
        else:
            if abs(d) <= -c2 * slope:
                done = True
            elif d * (bracket[high][0] - bracket[low][0]) >= 0:
                bracket[high] = bracket[low]
            bracket[low] = here
    best = bracket[low] if len(bracket) > 1 else bracket[0]
    return best[1], best[2], best[0], calls
