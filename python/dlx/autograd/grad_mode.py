"""Whether operations are recorded: context managers that are decorators too."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar

from dlx import _C

if TYPE_CHECKING:
    F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "enable_grad", "inference_mode", "is_grad_enabled", "is_inference_mode_enabled", "no_grad", "set_grad_enabled",
]  # fmt: skip


def is_grad_enabled() -> bool:
    """Ask whether this thread records operations now."""
    return _C.is_grad_enabled()


def is_inference_mode_enabled() -> bool:
    """Ask whether this thread is in inference mode now."""
    return _C.is_inference_mode_enabled()


class _GradMode:
    """Sets the mode between enter and exit, or for each call of a function or step of a generator that it decorates."""

    _mode = True

    def __init__(self, function: Any = None) -> None:
        self._before: list[bool] = []  # a stack: one object may be entered again while it is active

    def __new__(cls, function: Any = None) -> Any:
        # `@no_grad` without parentheses.
        return object.__new__(cls) if function is None else object.__new__(cls)._decorate(function)

    def __enter__(self) -> None:
        self._before.append(_C.is_grad_enabled())
        _C.set_grad_enabled(self._mode)

    def __exit__(self, *error: object) -> None:
        _C.set_grad_enabled(self._before.pop())

    def __call__(self, function: F) -> F:
        return self._decorate(function)

    def _decorate(self, function: Any) -> Any:
        return _decorated(type(self), function)


def _decorated(context: Callable[[], Any], function: Any) -> Any:
    """The function, each call of it (or each step, of a generator function) within a new `context()`."""
    if getattr(getattr(function, "__code__", None), "co_flags", 0) & 0x20:  # inspect.CO_GENERATOR
        return _decorated_generator(context, function)

    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        with context():
            return function(*args, **kwargs)

    return wrapper


def _decorated_generator(context: Callable[[], Any], function: Any) -> Any:
    @functools.wraps(function)
    def wrapper(*args: Any, **kwargs: Any) -> Any:
        # The mode holds while the generator runs, the caller's own while it waits.
        generator = function(*args, **kwargs)
        step, argument = generator.send, None
        while True:
            try:
                with context():
                    item = step(argument)
            except StopIteration as stop:
                return stop.value
            try:
                step, argument = generator.send, (yield item)
            except GeneratorExit:
                generator.close()
                raise
            except BaseException as error:
                step, argument = generator.throw, error

    return wrapper


class no_grad(_GradMode):
    """Record no operations: results require no grad, whatever their inputs do.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> with dlx.no_grad():
        ...     y = x * 2
        >>> y.requires_grad
        False
    """

    _mode = False


class enable_grad(_GradMode):
    """Record operations again within :class:`dlx.no_grad`.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> with dlx.no_grad(), dlx.enable_grad():
        ...     y = x * 2
        >>> y.requires_grad
        True
    """

    _mode = True


class set_grad_enabled(_GradMode):
    """Set whether operations are recorded: at once, and back at the end of a ``with`` block if it is used as one.

    Example:
        >>> with dlx.set_grad_enabled(False):
        ...     dlx.is_grad_enabled()
        False
    """

    def __new__(cls, mode: bool) -> Any:
        return object.__new__(cls)

    def __init__(self, mode: bool) -> None:
        self._mode = bool(mode)
        self._before = [_C.is_grad_enabled()]
        self._fresh = True
        _C.set_grad_enabled(self._mode)

    def __enter__(self) -> None:
        if self._fresh:  # the constructor has set the mode and noted the one before
            self._fresh = False
        else:
            super().__enter__()

    def __call__(self, function: F) -> F:
        _C.set_grad_enabled(self._before[0])  # as a decorator it holds within the calls only
        return _decorated(lambda: set_grad_enabled(self._mode), function)


class inference_mode:
    """Record nothing, and never let what is made now into a graph: :class:`dlx.no_grad` that cannot be undone later.

    Tensors made within have no version counter. Outside, they cannot be changed in place, saved for backward or require
    grad; a clone of them can.

    Args:
        mode: whether the mode is on within the block.

    Example:
        >>> x = dlx.ones(2, requires_grad=True)
        >>> with dlx.inference_mode():
        ...     y = x * 2
        >>> y.requires_grad, y.is_inference()
        (False, True)
    """

    def __new__(cls, mode: Any = True) -> Any:
        # `@inference_mode` without parentheses.
        return cls()(mode) if callable(mode) else object.__new__(cls)

    def __init__(self, mode: bool = True) -> None:
        self._mode = bool(mode)
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((_C.is_inference_mode_enabled(), _C.is_grad_enabled()))
        _C.set_inference_mode(self._mode)
        _C.set_grad_enabled(not self._mode)

    def __exit__(self, *error: object) -> None:
        inference, grad = self._before.pop()
        _C.set_inference_mode(inference)
        _C.set_grad_enabled(grad)

    def __call__(self, function: F) -> F:
        return _decorated(lambda: inference_mode(self._mode), function)
