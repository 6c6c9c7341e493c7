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
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_batched_forward_grad: bool = False,
    check_forward_ad: bool = False,
    check_backward_ad: bool = True,
    fast_mode: bool = False,
    masked: bool | None = None,
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
        nondet_tol: how far the gradients of two backward passes may lie apart.
        check_undefined_grad: accepted for PyTorch's sake: each output is checked with the others' gradients undefined.
        check_grad_dtypes: accepted for PyTorch's sake: backward always gives the dtype of the input.
        check_batched_grad: not supported.
        check_batched_forward_grad: not supported.
        check_forward_ad: not supported.
        check_backward_ad: must be True.
        fast_mode: accepted for PyTorch's sake: every element is compared in any case.
        masked: not supported.

    Returns:
        Whether all gradients agree.

    Raises:
        RuntimeError: a gradient differs; the text names input, output and element.
        ValueError: no input requires grad, or one that does is not float64 or overlaps itself.
        NotImplementedError: a check that is not supported is asked for.

    Example:
        >>> x = dlx.tensor([0.3, 0.7], dtype=dlx.float64, requires_grad=True)
        >>> dlx.autograd.gradcheck(dlx.tanh, x)
        True
    """
    _refuse(
        "gradcheck", check_batched_grad=check_batched_grad, check_batched_forward_grad=check_batched_forward_grad,
        check_forward_ad=check_forward_ad, check_backward_ad=not check_backward_ad, masked=bool(masked),
    )  # fmt: skip
    arguments = _list(inputs)
    checked = [k for k, x in enumerate(arguments) if isinstance(x, _C.Tensor) and x.requires_grad]
    _check_inputs(arguments, checked)

    outputs = [out for out in _outputs(func(*arguments)) if out.dtype.is_floating_point]
    try:
        for o, output in enumerate(outputs):
            exact = _exact(output, [arguments[k] for k in checked])
            _check_repeatable(exact, _exact(output, [arguments[k] for k in checked]), o, nondet_tol)
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
    gen_non_contig_grad_outputs: bool = False,
    raise_exception: bool = True,
    nondet_tol: float = 0.0,
    check_undefined_grad: bool = True,
    check_grad_dtypes: bool = False,
    check_batched_grad: bool = False,
    check_fwd_over_rev: bool = False,
    check_rev_over_rev: bool = True,
    fast_mode: bool = False,
    masked: bool = False,
) -> bool:
    """Compare second gradients with central differences of first ones.

    Args:
        func: as for :func:`dlx.autograd.gradcheck`.
        inputs: as for :func:`dlx.autograd.gradcheck`.
        grad_outputs: the gradients with respect to the outputs, which are checked as well; varied numbers if None.
        eps: the distance of the differences.
        atol: the absolute error allowed.
        rtol: the error allowed relative to the difference.
        gen_non_contig_grad_outputs: make the gradients of the outputs, where they are made here, not contiguous.
        raise_exception: raise where they differ, instead of returning False.
        nondet_tol: how far the gradients of two backward passes may lie apart.
        check_undefined_grad: as for :func:`dlx.autograd.gradcheck`.
        check_grad_dtypes: as for :func:`dlx.autograd.gradcheck`.
        check_batched_grad: not supported.
        check_fwd_over_rev: not supported.
        check_rev_over_rev: must be True.
        fast_mode: as for :func:`dlx.autograd.gradcheck`.
        masked: not supported.

    Returns:
        Whether all second gradients agree.

    Raises:
        RuntimeError, ValueError, NotImplementedError: as :func:`dlx.autograd.gradcheck`.

    Example:
        >>> x = dlx.tensor([0.3, 0.7], dtype=dlx.float64, requires_grad=True)
        >>> dlx.autograd.gradgradcheck(dlx.tanh, x)
        True
    """
    _refuse(
        "gradgradcheck", check_batched_grad=check_batched_grad, check_fwd_over_rev=check_fwd_over_rev,
        check_rev_over_rev=not check_rev_over_rev, masked=masked,
    )  # fmt: skip
    arguments = _list(inputs)
    checked = [k for k, x in enumerate(arguments) if isinstance(x, _C.Tensor) and x.requires_grad]
    outputs = [out for out in _outputs(func(*arguments)) if out.requires_grad]
    if grad_outputs is None:
        # Spread over [-1, 1] without a pattern that a sum could cancel; no random state is touched.
        seeds = [
            _C.from_numpy(np.sin(1.0 + 1.7 * np.arange(out.numel(), dtype=np.float64)).reshape(tuple(out.shape)))
            for out in outputs
        ]
        if gen_non_contig_grad_outputs:
            seeds = [_C.select(_C.stack([seed, seed], seed.ndim, None), -1, 0).detach() for seed in seeds]
    else:
        seeds = [seed.detach() for seed in _list(grad_outputs)]
    for seed in seeds:
        seed.requires_grad_()

    def first(*values: Any) -> tuple[Tensor, ...]:
        xs, gs = values[: len(arguments)], values[len(arguments) :]
        outs = [out for out in _outputs(func(*xs)) if out.requires_grad]
        gradients = grad(outs, [xs[k] for k in checked], gs, create_graph=True, allow_unused=True)
        return tuple(g for g in gradients if g is not None and g.requires_grad)

    return gradcheck(
        first, [*arguments, *seeds], eps=eps, atol=atol, rtol=rtol, raise_exception=raise_exception,
        nondet_tol=nondet_tol,
    )  # fmt: skip


def _refuse(name: str, **asked: bool) -> None:
    for argument, wanted in asked.items():
        if wanted:
            raise NotImplementedError(f"{name}: dlx checks backward alone; leave {argument} at its default.")


def _check_repeatable(first: list[Any], second: list[Any], output: int, tolerance: float) -> None:
    for k, (a, b) in enumerate(zip(first, second)):
        apart = float(np.max(np.abs(a - b))) if a.size else 0.0
        if apart > tolerance:
            raise GradcheckError(
                f"gradcheck: two backward passes gave different gradients of output {output} with respect to "
                f"checked input {k}: they differ by {apart:.3g}, and nondet_tol is {tolerance:.3g}."
            )


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
