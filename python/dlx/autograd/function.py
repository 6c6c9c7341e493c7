"""Function: an operation whose two halves, forward and gradient, are written in Python (src/bindings/function.cpp)."""

from __future__ import annotations

import functools
import inspect
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd.grad_mode import no_grad

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Function", "FunctionCtx", "once_differentiable"]


class FunctionCtx:
    """What the two halves of a :class:`Function` share: ``ctx``. Other values than tensors may be set as attributes."""

    _function: type[Function]
    _link: Any = None
    _to_save: tuple[Tensor | None, ...] = ()
    _dirty: tuple[Tensor, ...] = ()
    _non_differentiable: tuple[Tensor, ...] = ()
    _materialize = True
    needs_input_grad: tuple[bool, ...] = ()

    def save_for_backward(self, *tensors: Tensor | None) -> None:
        """Keep tensors for the gradient, which finds them in ``saved_tensors``. To be called once, by ``forward``.

        Inputs and outputs kept in this way know their histories, are checked for changes in place, and tie no knot
        that only the garbage collector could undo.
        """
        self._to_save = tensors

    def mark_dirty(self, *args: Tensor) -> None:
        """Say which inputs ``forward`` changed in place; they must be among its outputs."""
        self._dirty = args

    def mark_non_differentiable(self, *args: Tensor) -> None:
        """Say which outputs have no gradient."""
        self._non_differentiable = args

    def set_materialize_grads(self, value: bool) -> None:
        """Say whether ``backward`` gets zeros (the default) or None for outputs that nobody used."""
        self._materialize = bool(value)

    @property
    def saved_tensors(self) -> tuple[Tensor | None, ...]:
        """What ``save_for_backward`` was given."""
        if self._link is None:
            return self._to_save
        return self._link.saved_tensors()

    def _run_backward(self, *gradients: Tensor | None) -> Any:
        return self._function.backward(self, *gradients)


class Function(FunctionCtx):
    """An operation with a gradient of your own: write ``forward`` and ``backward`` as static methods, call ``apply``.

    ``forward(ctx, *args)`` computes the outputs, unrecorded; or ``forward(*args)`` with a second static method
    ``setup_context(ctx, inputs, output)`` that saves what is needed. ``backward(ctx, *grads)`` takes the gradients with
    respect to the outputs and returns one for each argument of ``forward``, None for those that are no tensors or want
    none (``ctx.needs_input_grad``). Written with operations, it can be differentiated again.

    Example:
        >>> class Cube(dlx.autograd.Function):
        ...     @staticmethod
        ...     def forward(ctx, x):
        ...         ctx.save_for_backward(x)
        ...         return x**3
        ...
        ...     @staticmethod
        ...     def backward(ctx, g):
        ...         (x,) = ctx.saved_tensors
        ...         return g * 3 * x**2
        >>> x = dlx.tensor(2.0, requires_grad=True)
        >>> Cube.apply(x).backward()
        >>> x.grad
        tensor(12.)
    """

    _context: type[FunctionCtx]
    _signature: inspect.Signature | None = None  # of forward, for setup_context, which is given all arguments

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._signature = None
        cls._context = type(f"{cls.__name__}Backward", (FunctionCtx,), {"_function": cls})

    @staticmethod
    def forward(*args: Any, **kwargs: Any) -> Any:
        """Compute the outputs: written by each Function."""
        raise NotImplementedError("Function: write the static method forward(ctx, *args).")

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Any) -> None:
        """Save what ``backward`` needs, if ``forward`` takes no ``ctx``."""
        raise NotImplementedError("Function: setup_context is not written.")

    @staticmethod
    def backward(ctx: Any, *grad_outputs: Any) -> Any:
        """Compute the gradients of the arguments: written by each Function."""
        raise NotImplementedError("Function: write the static method backward(ctx, *grads) to differentiate it.")

    @classmethod
    def apply(cls, *args: Any, **kwargs: Any) -> Any:
        """Run ``forward`` on the arguments and record it.

        Raises:
            TypeError: keyword arguments without ``setup_context``.
            RuntimeError: an input was marked dirty but not returned, or is a leaf that requires grad.
        """
        separate = cls.setup_context is not Function.setup_context
        if separate:
            if cls._signature is None:
                cls._signature = inspect.signature(cls.forward)
            bound = cls._signature.bind(*args, **kwargs)
            bound.apply_defaults()
            args = bound.args
        elif kwargs:
            raise TypeError(
                f"{cls.__name__}.apply: keyword arguments need setup_context; pass them by position instead."
            )
        ctx = cls._context()
        ctx.needs_input_grad = tuple(isinstance(a, _C.Tensor) and a.requires_grad for a in args)
        enabled = _C.is_grad_enabled()
        recording = enabled and any(ctx.needs_input_grad)
        _C.set_grad_enabled(False)
        try:
            if separate:
                output = cls.forward(*args)
                cls.setup_context(ctx, args, output)
            else:
                output = cls.forward(ctx, *args)
        finally:
            _C.set_grad_enabled(enabled)
        return _C._record_function(cls.__name__, ctx, args, output, recording)


def once_differentiable(fn: Callable[..., Any]) -> Callable[..., Any]:
    """Decorate a ``backward`` that is not written with operations: its results cannot be differentiated again.

    Raises:
        RuntimeError: later, when somebody asks for the gradient of the gradient.
    """

    @functools.wraps(fn)
    def wrapper(ctx: Any, *gradients: Any) -> Any:
        with no_grad():
            results = fn(ctx, *gradients)
        if not _C.is_grad_enabled():
            return results
        if not any(isinstance(g, _C.Tensor) and g.requires_grad for g in gradients) and not any(
            x is not None and x.requires_grad for x in ctx.saved_tensors
        ):
            return results
        several = isinstance(results, (tuple, list))
        listed = tuple(results) if several else (results,)
        marked = _Once.apply(
            type(ctx)._function.__name__,
            *(x.detach().requires_grad_() if isinstance(x, _C.Tensor) else x for x in listed),
        )
        return marked if several else marked[0]

    return wrapper


class _Once(Function):
    """Hands gradients on, and refuses to be differentiated."""

    @staticmethod
    def forward(ctx: Any, name: str, *results: Any) -> Any:
        ctx.name = name
        return tuple(x.view_as(x) if isinstance(x, _C.Tensor) else x for x in results)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        raise RuntimeError(
            f"backward: the gradient of {ctx.name} is marked with once_differentiable, so it cannot be differentiated."
        )
