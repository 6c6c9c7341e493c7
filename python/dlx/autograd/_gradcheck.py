"""Checks of gradients against finite differences in float64."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from dlx import _C
from dlx.autograd._tensor import _list, grad

if TYPE_CHECKING:
    from dlx._C import Tensor


class GradcheckError(RuntimeError):
    """A gradient differs from finite differences."""


def gradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare the gradients of a function with central differences.

    ``d out[j] / d x[i] ~ (out[j](x[i] + eps) - out[j](x[i] - eps)) / (2 * eps)``, for every element of every input and
    output

    Args:
        func: takes ``inputs`` and returns a tensor or a sequence of them; the same for the same inputs.
        inputs: its arguments. Those float64 tensors that require grad are checked, and changed by ``eps`` for a while.
        eps: the distance of the differences, in units of the inputs.
        atol: the absolute error allowed.
        rtol: the error allowed relative to the difference.
        raise_exception: raise where they differ, instead of returning False.

    Returns:
        Whether all gradients agree.

    Raises:
        RuntimeError: a gradient differs; the text names input, output and element.
        ValueError: no input requires grad, or one that does is not float64 or overlaps itself.

    Example:
        >>> x = dlx.tensor([0.3, 0.7], dtype=dlx.float64, requires_grad=True)
        >>> dlx.autograd.gradcheck(dlx.tanh, x)
        True
    """
    arguments = _list(inputs)
    checked = [k for k, x in enumerate(arguments) if isinstance(x, _C.Tensor) and x.requires_grad]
    _check_inputs(arguments, checked)

    outputs = [out for out in _outputs(func(*arguments)) if out.dtype.is_floating_point]
    try:
        for o, output in enumerate(outputs):
            exact = _exact(output, [arguments[k] for k in checked])
            for k, analytic in zip(checked, exact):
                numeric = _numeric(func, arguments, k, o, eps)
                _compare(analytic, numeric, k, o, arguments[k], output, atol, rtol)
    except GradcheckError:
        if raise_exception:
            raise
        return False
    return True


def gradgradcheck(
    func: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    grad_outputs: Tensor | Sequence[Tensor] | None = None,
    *,
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compare second gradients with central differences of first ones.

    Args:
        func: as for :func:`dlx.autograd.gradcheck`.
        inputs: as for :func:`dlx.autograd.gradcheck`.
        grad_outputs: the gradients with respect to the outputs, which are checked as well; varied numbers if None.
        eps: the distance of the differences.
        atol: the absolute error allowed.
        rtol: the error allowed relative to the difference.
        raise_exception: raise where they differ, instead of returning False.

    Returns:
        Whether all second gradients agree.

    Raises:
        RuntimeError, ValueError: as :func:`dlx.autograd.gradcheck`.

    Example:
        >>> x = dlx.tensor([0.3, 0.7], dtype=dlx.float64, requires_grad=True)
        >>> dlx.autograd.gradgradcheck(dlx.tanh, x)
        True
    """
    arguments = _list(inputs)
    checked = [k for k, x in enumerate(arguments) if isinstance(x, _C.Tensor) and x.requires_grad]
    outputs = [out for out in _outputs(func(*arguments)) if out.requires_grad]
    if grad_outputs is None:
        # Spread over [-1, 1] without a pattern that a sum could cancel; no random state is touched.
        seeds = [
            _C.from_numpy(np.sin(1.0 + 1.7 * np.arange(out.numel(), dtype=np.float64)).reshape(tuple(out.shape)))
            for out in outputs
        ]
    else:
        seeds = [seed.detach() for seed in _list(grad_outputs)]
    for seed in seeds:
        seed.requires_grad_()

    def first(*values: Any) -> tuple[Tensor, ...]:
        xs, gs = values[: len(arguments)], values[len(arguments) :]
        outs = [out for out in _outputs(func(*xs)) if out.requires_grad]
        gradients = grad(outs, [xs[k] for k in checked], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in gradients if g is not None and g.requires_grad)

    return gradcheck(first, [*arguments, *seeds], eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception)


def _outputs(value: Any) -> list[Tensor]:
    return [out for out in _list(value) if isinstance(out, _C.Tensor)]


def _check_inputs(arguments: list[Any], checked: list[int]) -> None:
    if not checked:
        raise ValueError("gradcheck: at least one input must be a tensor that requires grad.")
    for k in checked:
        x = arguments[k]
        if x.dtype != _C.float64:
            raise ValueError(
                f"gradcheck: inputs must be float64, since differences lose half of the digits. Input {k} is {x.dtype}."
            )
        if any(stride == 0 and size > 1 for size, stride in zip(x.shape, x.stride())):
            raise ValueError(
                f"gradcheck: input {k} is expanded, so its elements cannot be changed one by one. Clone it."
            )


def _exact(output: Tensor, inputs: list[Tensor]) -> list[np.ndarray[Any, Any]]:
    """For each input, d output[j] / d input[i] from backward, as an array (elements of input, elements of output)."""
    jacobians = [np.zeros((x.numel(), output.numel())) for x in inputs]
    if not output.requires_grad:
        return jacobians
    for j in range(output.numel()):
        one = np.zeros(tuple(output.shape))
        one.reshape(-1)[j] = 1.0
        seed = _C.from_numpy(one).to(output.dtype)
        for jacobian, gradient in zip(jacobians, grad(output, inputs, seed, retain_graph=True, allow_unused=True)):
            if gradient is not None:
                jacobian[:, j] = gradient.detach().numpy().reshape(-1)
    return jacobians


def _numeric(func: Callable[..., Any], arguments: list[Any], k: int, o: int, eps: float) -> np.ndarray[Any, Any]:
    """The same from central differences, with respect to input k, of output o."""
    # The input's own memory: views of it and strides stay as they are, and no version counter moves.
    memory = arguments[k].detach().numpy()
    rows = []
    for place in np.ndindex(memory.shape):
        before = memory[place]
        values = []
        for step in (eps, -eps):
            memory[place] = before + step
            try:
                outputs = [out for out in _outputs(func(*arguments)) if out.dtype.is_floating_point]
                values.append(outputs[o].detach().numpy().astype(np.float64).reshape(-1))
            finally:
                memory[place] = before
        with np.errstate(invalid="ignore"):
            rows.append((values[0] - values[1]) / (2 * eps))
    return np.array(rows).reshape(memory.size, -1) if rows else np.zeros((0, 0))


def _compare(
    exact: np.ndarray[Any, Any],
    numeric: np.ndarray[Any, Any],
    k: int,
    o: int,
    x: Tensor,
    out: Tensor,
    atol: float,
    rtol: float,
) -> None:
    if exact.size == 0:
        return
    wrong = ~np.isclose(exact, numeric, rtol=rtol, atol=atol, equal_nan=True)
    if not wrong.any():
        return
    error = np.where(wrong, np.nan_to_num(np.abs(exact - numeric), nan=np.inf), -1.0)
    i, j = np.unravel_index(error.argmax(), error.shape)

    def element(flat: Any, tensor: Tensor) -> str:
        return str([int(position) for position in np.unravel_index(flat, tuple(tensor.shape))]) if tensor.ndim else ""

    raise GradcheckError(
        f"gradcheck: d out{o}{element(j, out)} / d in{k}{element(i, x)} is {exact[i, j]:.8g} from backward "
        f"but {numeric[i, j]:.8g} from finite differences; {int(wrong.sum())} of {wrong.size} differ. "
        f"Input {k} has shape {tuple(x.shape)}, output {o} has shape {tuple(out.shape)}."
    )
