"""Whole derivatives of functions: Jacobians, Hessians and their products with vectors."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd._tensor import grad

if TYPE_CHECKING:
    from dlx._C import Tensor

    Tensors = Tensor | Sequence[Tensor]

__all__ = ["hessian", "hvp", "jacobian", "jvp", "vhp", "vjp"]


def _tuple(value: Any, what: str, name: str) -> tuple[Tensor, ...]:
    listed = (value,) if isinstance(value, _C.Tensor) else tuple(value) if isinstance(value, (tuple, list)) else ()
    if not listed or not all(isinstance(x, _C.Tensor) for x in listed):
        raise TypeError(f"{name}: {what} must be a Tensor or a tuple of Tensors. Got {type(value).__name__}.")
    return listed


def _as(listed: Sequence[Any], like: Any) -> Any:
    return listed[0] if isinstance(like, _C.Tensor) else tuple(listed)


def _leaves(inputs: Any, name: str, create_graph: bool) -> tuple[Tensor, ...]:
    """The inputs as tensors to differentiate with respect to; still in their graph with `create_graph`."""
    listed = _tuple(inputs, "inputs", name)
    return tuple(x.view_as(x) if create_graph and x.requires_grad else x.detach().requires_grad_() for x in listed)


def _gradients(
    outputs: Sequence[Tensor],
    inputs: Sequence[Tensor],
    seeds: Sequence[Tensor | None] | None,
    create_graph: bool,
    strict: bool,
    name: str,
    keep: bool = True,
) -> tuple[Tensor, ...]:
    """Grad with zeros for what does not depend; with `strict` an error instead."""
    with _recorded():
        kept = [(out, seed) for out, seed in zip(outputs, seeds or [None] * len(outputs)) if out.requires_grad]
        found: Sequence[Any] = [None] * len(inputs)
        if kept:
            found = grad(
                [out for out, _ in kept], inputs, [seed for _, seed in kept], retain_graph=keep or create_graph,
                create_graph=create_graph, allow_unused=True,
            )  # fmt: skip
        if strict and any(g is None for g in found):
            raise RuntimeError(f"{name}: an output does not depend on input {list(found).index(None)} (strict=True).")
        return tuple(
            _C.fill_(_C.empty_like(x, None, None, _C.preserve_format), 0) if g is None else g
            for g, x in zip(found, inputs)
        )


def _recorded() -> Any:
    from dlx.autograd.grad_mode import enable_grad

    return enable_grad()


def _evaluate(func: Callable[..., Any], inputs: Sequence[Tensor], name: str) -> tuple[Any, tuple[Tensor, ...]]:
    with _recorded():
        value = func(*inputs)
    return value, _tuple(value, "the result of func", name)


def _scalar(outputs: tuple[Tensor, ...], name: str) -> None:
    if len(outputs) != 1 or outputs[0].numel() != 1:
        raise RuntimeError(
            f"{name}: func must return one Tensor of one element. Got shapes {[tuple(o.shape) for o in outputs]}."
        )


def _final(listed: Sequence[Tensor], create_graph: bool) -> list[Tensor]:
    return [x if create_graph else x.detach() for x in listed]


def _seeds(v: Any, like: Sequence[Tensor], what: str, name: str) -> list[Tensor]:
    if v is None:
        if len(like) == 1 and like[0].numel() == 1:
            return [_C.fill_(_C.empty_like(like[0].detach(), None, None, _C.preserve_format), 1)]
        raise RuntimeError(f"{name}: v may be left out only if {what} is one Tensor of one element.")
    listed = list(_tuple(v, "v", name))
    if [tuple(x.shape) for x in listed] != [tuple(x.shape) for x in like]:
        raise RuntimeError(
            f"{name}: v must have the shapes of {what}, {[tuple(x.shape) for x in like]}. "
            f"Got {[tuple(x.shape) for x in listed]}."
        )
    return listed


def vjp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> Any:
    """Multiply a vector with the Jacobian of a function: ``v^T J``.

    Args:
        func: takes ``inputs`` and returns a Tensor or a tuple of them.
        inputs: its arguments.
        v: of the shapes of the outputs; may be left out for an output of one element.
        create_graph: make the result differentiable.
        strict: raise where an output does not depend on an input, instead of giving zeros.

    Returns:
        ``(func(*inputs), product)``, the product in the form of ``inputs``.

    Raises:
        RuntimeError: ``v`` does not fit, or ``strict`` found independence.

    Example:
        >>> dlx.autograd.functional.vjp(lambda x: x**2, dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 10.0]))[1]
        tensor([ 2., 40.])
    """
    leaves = _leaves(inputs, "vjp", create_graph)
    value, outputs = _evaluate(func, leaves, "vjp")
    seeds = _seeds(v, outputs, "the output", "vjp")
    product = _gradients(outputs, leaves, seeds, create_graph, strict, "vjp")
    return _as(_final(outputs, create_graph), value), _as(_final(product, create_graph), inputs)


def jvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> Any:
    """Multiply the Jacobian of a function with a vector: ``J v``, as the gradient of ``u^T J`` with respect to ``u``.

    Args:
        func: takes ``inputs`` and returns a Tensor or a tuple of them; its gradient must be differentiable.
        inputs: its arguments.
        v: of the shapes of ``inputs``; may be left out for an input of one element.
        create_graph: make the result differentiable.
        strict: raise where an output does not depend on an input, instead of giving zeros.

    Returns:
        ``(func(*inputs), product)``, the product in the form of the output.

    Raises:
        RuntimeError: ``v`` does not fit, or ``strict`` found independence.

    Example:
        >>> dlx.autograd.functional.jvp(lambda x: x**2, dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 10.0]))[1]
        tensor([ 2., 40.])
    """
    leaves = _leaves(inputs, "jvp", create_graph)
    seeds = _seeds(v, leaves, "the input", "jvp")
    value, outputs = _evaluate(func, leaves, "jvp")
    dummies = [_C.fill_(_C.empty_like(o.detach(), None, None, _C.preserve_format), 0).requires_grad_() for o in outputs]
    transposed = _gradients(outputs, leaves, dummies, True, strict, "jvp")
    product = _gradients(transposed, dummies, seeds, create_graph, False, "jvp")
    return _as(_final(outputs, create_graph), value), _as(_final(product, create_graph), value)


def jacobian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    strategy: str = "reverse-mode",
) -> Any:
    """Compute all derivatives of all outputs with respect to all inputs.

    Args:
        func: takes ``inputs`` and returns a Tensor or a tuple of them.
        inputs: its arguments.
        create_graph: make the result differentiable.
        strict: raise where an output does not depend on an input, instead of giving zeros.
        vectorize: accepted for PyTorch's sake; the result is the same.
        strategy: only ``"reverse-mode"``.

    Returns:
        For one output and one input a Tensor of shape ``(*output.shape, *input.shape)``; a tuple of these for a tuple
        of inputs, and a tuple of what it is for one output for a tuple of outputs.

    Raises:
        NotImplementedError: another ``strategy``.
        RuntimeError: ``strict`` found independence.

    Example:
        >>> dlx.autograd.functional.jacobian(lambda x: x**2, dlx.tensor([1.0, 2.0]))
        tensor([[2., 0.],
                [0., 4.]])
    """
    if strategy != "reverse-mode":
        raise NotImplementedError(f"jacobian: dlx has the strategy 'reverse-mode' only. Got {strategy!r}.")
    leaves = _leaves(inputs, "jacobian", create_graph)
    value, outputs = _evaluate(func, leaves, "jacobian")
    whole = []
    for out in outputs:
        rows: list[list[Tensor]] = [[] for _ in leaves]
        with _recorded():
            flat = out.reshape(-1)
        for j in range(flat.numel()):
            with _recorded():
                one = flat[j]
            for row, g in zip(rows, _gradients([one], leaves, None, create_graph, strict, "jacobian")):
                row.append(g)
        with _recorded():
            stacked = [
                _C.stack(row, 0, None).reshape((*out.shape, *x.shape)) if row else x.new_zeros((*out.shape, *x.shape))
                for row, x in zip(rows, leaves)
            ]
        whole.append(_as(_final(stacked, create_graph), inputs))
    return _as(whole, value)


def hessian(
    func: Callable[..., Any],
    inputs: Tensors,
    create_graph: bool = False,
    strict: bool = False,
    vectorize: bool = False,
    outer_jacobian_strategy: str = "reverse-mode",
) -> Any:
    """Compute all second derivatives of a function with one value.

    Args:
        func: takes ``inputs`` and returns a Tensor of one element.
        inputs: its arguments.
        create_graph: make the result differentiable.
        strict: raise where the output does not depend on an input, instead of giving zeros.
        vectorize: accepted for PyTorch's sake; the result is the same.
        outer_jacobian_strategy: only ``"reverse-mode"``.

    Returns:
        For one input a Tensor of shape ``(*input.shape, *input.shape)``; for a tuple a tuple of tuples.

    Raises:
        RuntimeError: ``func`` returns anything else, or ``strict`` found independence.

    Example:
        >>> dlx.autograd.functional.hessian(lambda x: (x**3).sum(), dlx.tensor([1.0, 2.0]))
        tensor([[ 6.,  0.],
                [ 0., 12.]])
    """

    def gradient(*xs: Tensor) -> tuple[Tensor, ...]:
        _, outputs = _evaluate(func, xs, "hessian")
        _scalar(outputs, "hessian")
        return _gradients([outputs[0].reshape(())], xs, None, True, strict, "hessian")

    listed = _tuple(inputs, "inputs", "hessian")
    whole = jacobian(gradient, listed, create_graph, strict, vectorize, outer_jacobian_strategy)
    return whole[0][0] if isinstance(inputs, _C.Tensor) else whole


def vhp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> Any:
    """Multiply a vector with the Hessian of a function: ``v^T H``, at the cost of two backward passes.

    Args:
        func: takes ``inputs`` and returns a Tensor of one element.
        inputs: its arguments.
        v: of the shapes of ``inputs``; may be left out for an input of one element.
        create_graph: make the result differentiable.
        strict: raise where the output does not depend on an input, instead of giving zeros.

    Returns:
        ``(func(*inputs), product)``, the product in the form of ``inputs``.

    Raises:
        RuntimeError: ``func`` returns anything else, ``v`` does not fit, or ``strict`` found independence.

    Example:
        >>> f = lambda x: (x**3).sum()
        >>> dlx.autograd.functional.vhp(f, dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 1.0]))[1]
        tensor([ 6., 12.])
    """
    leaves = _leaves(inputs, "vhp", create_graph)
    seeds = _seeds(v, leaves, "the input", "vhp")
    value, outputs = _evaluate(func, leaves, "vhp")
    _scalar(outputs, "vhp")
    with _recorded():
        total = outputs[0].reshape(())
    first = _gradients([total], leaves, None, True, strict, "vhp")
    product = _gradients(first, leaves, seeds, create_graph, False, "vhp")
    return _as(_final(outputs, create_graph), value), _as(_final(product, create_graph), inputs)


def hvp(
    func: Callable[..., Any],
    inputs: Tensors,
    v: Tensors | None = None,
    create_graph: bool = False,
    strict: bool = False,
) -> Any:
    """Multiply the Hessian of a function with a vector: ``H v``, the same as :func:`vhp`, since ``H`` is symmetric.

    Args:
        func: takes ``inputs`` and returns a Tensor of one element.
        inputs: its arguments.
        v: of the shapes of ``inputs``; may be left out for an input of one element.
        create_graph: make the result differentiable.
        strict: raise where the output does not depend on an input, instead of giving zeros.

    Returns:
        ``(func(*inputs), product)``, the product in the form of ``inputs``.

    Raises:
        RuntimeError: as :func:`vhp`.

    Example:
        >>> f = lambda x: (x**3).sum()
        >>> dlx.autograd.functional.hvp(f, dlx.tensor([1.0, 2.0]), dlx.tensor([1.0, 1.0]))[1]
        tensor([ 6., 12.])
    """
    return vhp(func, inputs, v, create_graph, strict)
