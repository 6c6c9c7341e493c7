"""backward and grad: the ways into the engine (src/autograd/engine.cpp)."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor


class RemovableHandle:
    """Takes a hook away again, by ``remove()`` or at the end of a ``with`` block."""

    def __init__(self, remove: Callable[[], Any]) -> None:
        self._remove = remove

    def remove(self) -> None:
        """Take the hook away; again, or when what it was on is gone, nothing happens."""
        self._remove()

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *error: object) -> None:
        self.remove()


def _list(value: Any) -> list[Any]:
    return [value] if isinstance(value, _C.Tensor) else list(value)


def register_hook(self: Tensor, hook: Callable[[Tensor], Tensor | None]) -> RemovableHandle:
    """Call a function with the gradient of this tensor whenever it is computed.

    Args:
        self: requires grad.
        hook: takes the gradient; what it returns, if not None, is used in its place.

    Returns:
        A handle that takes the hook away again.

    Raises:
        RuntimeError: the tensor does not require grad.
        TypeError: ``hook`` cannot be called.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> handle = x.register_hook(lambda g: g * 10)
        >>> x.sum().backward()
        >>> x.grad
        tensor([10., 10.])
    """
    return _handle_of_tensor(self, _C._add_hook(self, hook))


def _handle_of_tensor(tensor: Tensor, number: int) -> RemovableHandle:
    found = weakref.ref(tensor)  # the handle keeps no graph alive

    def remove() -> None:
        x = found()
        if x is not None:
            _C._remove_hook(x, number)

    return RemovableHandle(remove)


def handle_of_node(node: Any, number: int) -> RemovableHandle:
    """Return the handle of a hook on a node of the graph."""
    return RemovableHandle(lambda: node._remove_hook(number))


def register_post_accumulate_grad_hook(self: Tensor, hook: Callable[[Tensor], None]) -> RemovableHandle:
    """Call a function with this leaf each time that backward has added to its ``grad``.

    Args:
        self: a leaf that requires grad.
        hook: takes the tensor; it may use and reset ``grad``, as an optimizer that steps within backward does.

    Returns:
        A handle that takes the hook away again.

    Raises:
        RuntimeError: the tensor is no leaf or does not require grad.
        TypeError: ``hook`` cannot be called.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> handle = x.register_post_accumulate_grad_hook(lambda t: print(t.grad))
        >>> (x * 3).sum().backward()
        tensor([3., 3.])
    """
    return _handle_of_tensor(self, _C._add_post_accumulate_hook(self, hook))


def backward(
    self: Tensor,
    gradient: Tensor | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of this tensor with respect to the graph's leaves to their ``grad``.

    Args:
        self: floating point; one element unless ``gradient`` is given.
        gradient: the gradient of some scalar with respect to this tensor, of its shape; 1 if None.
        retain_graph: keep what the graph saved, for another backward; as ``create_graph`` if None.
        create_graph: record the backward pass, so that gradients can be differentiated again.
        inputs: the tensors to accumulate into; all leaves if None.

    Raises:
        RuntimeError: the tensor has no history and requires no grad, has several elements and no ``gradient``, its
            graph was already freed, or a tensor that the graph saved was changed in place.

    Example:
        >>> x = dlx.tensor([1.0, 2.0], requires_grad=True)
        >>> (x * x).sum().backward()
        >>> x.grad
        tensor([2., 4.])
    """
    _C.backward(
        [self],
        None if gradient is None else [gradient],
        create_graph if retain_graph is None else retain_graph,
        create_graph,
        None if inputs is None else _list(inputs),
    )


def backward_of(
    tensors: Tensor | Sequence[Tensor],
    grad_tensors: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    inputs: Tensor | Sequence[Tensor] | None = None,
) -> None:
    """Add the gradient of the sum of several tensors to the ``grad`` of the graph's leaves.

    Args:
        tensors: one or several tensors.
        grad_tensors: for each, the gradient with respect to it, or None for 1 where it has one element.
        retain_graph: keep what the graph saved, for another backward; as ``create_graph`` if None.
        create_graph: record the backward pass, so that gradients can be differentiated again.
        inputs: the tensors to accumulate into; all leaves if None.

    Raises:
        RuntimeError: as :meth:`dlx.Tensor.backward`.

    Example:
        >>> x = dlx.tensor(3.0, requires_grad=True)
        >>> dlx.autograd.backward([x * 2, x * 3])
        >>> x.grad
        tensor(5.)
    """
    _C.backward(
        _list(tensors),
        None if grad_tensors is None else _list(grad_tensors),
        create_graph if retain_graph is None else retain_graph,
        create_graph,
        None if inputs is None else _list(inputs),
    )


backward_of.__name__ = backward_of.__qualname__ = "backward"


def grad(
    outputs: Tensor | Sequence[Tensor],
    inputs: Tensor | Sequence[Tensor],
    grad_outputs: Tensor | Sequence[Tensor | None] | None = None,
    retain_graph: bool | None = None,
    create_graph: bool = False,
    allow_unused: bool | None = None,
    materialize_grads: bool = False,
) -> tuple[Tensor, ...]:
    """Return the gradients of the sum of ``outputs`` with respect to ``inputs``; no ``grad`` is touched.

    Args:
        outputs: one or several tensors.
        inputs: one or several tensors with or without history.
        grad_outputs: for each output, the gradient with respect to it, or None for 1 where it has one element.
        retain_graph: keep what the graph saved, for another backward; as ``create_graph`` if None.
        create_graph: record the backward pass, so that the result can be differentiated again.
        allow_unused: give None for an input that the outputs do not depend on, instead of raising;
            as ``materialize_grads`` if None.
        materialize_grads: give zeros instead of None.

    Returns:
        One tensor for each input.

    Raises:
        RuntimeError: an input is not used and ``allow_unused`` is False, or as :meth:`dlx.Tensor.backward`.
        ValueError: ``materialize_grads`` with ``allow_unused=False``.

    Example:
        >>> x = dlx.tensor(3.0, requires_grad=True)
        >>> (g,) = dlx.autograd.grad(x**3, x, create_graph=True)
        >>> dlx.autograd.grad(g, x)
        (tensor(18.),)
    """
    if materialize_grads and allow_unused is False:
        raise ValueError("grad: materialize_grads=True gives zeros for unused inputs, so allow_unused cannot be False.")
    inputs = _list(inputs)
    gradients = _C.grad(
        _list(outputs),
        inputs,
        None if grad_outputs is None else _list(grad_outputs),
        create_graph if retain_graph is None else retain_graph,
        create_graph,
        materialize_grads or bool(allow_unused),
    )
    if not materialize_grads:
        return tuple(gradients)
    return tuple(
        _C.fill_(_C.empty_like(x, None, None, _C.preserve_format), 0) if g is None else g
        for g, x in zip(gradients, inputs)
    )
