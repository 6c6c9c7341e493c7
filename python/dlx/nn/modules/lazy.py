"""What lazy layers have in common: they read a size off the first input and become the layer that they stand for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from dlx import _C
from dlx._C import Tensor
from dlx.nn.modules.module import Module
from dlx.nn.parameter import UninitializedBuffer, UninitializedParameter, is_lazy

__all__ = ["Lazy"]


class Lazy(Module):
    """Put before the layer among the bases: ``class LazyLinear(Lazy, Linear)``.

    The layer is made with a size of 0; its parameters and buffers are then replaced by ones without a shape. The class
    tells how to find the size and what follows from it.
    """

    cls_to_become: type[Module]
    _size: str  # the attribute that is read off the input
    _size_of: Callable[[Tensor], int]  # by an input; raises if that has another number of dimensions
    _size_in: Callable[[Mapping[str, tuple[int, ...]]], int | None]  # by the shapes in a state_dict, if they tell it
    _shapes: Callable[[], dict[str, tuple[int, ...]]]  # of parameters and buffers, by the attributes

    def _make_lazy(self) -> None:
        for name, parameter in self._parameters.items():
            if parameter is not None:
                self._parameters[name] = UninitializedParameter(True, parameter.device, parameter.dtype)
        for name, buffer in self._buffers.items():
            if buffer is not None and buffer.ndim > 0:
                self._buffers[name] = UninitializedBuffer(False, buffer.device, buffer.dtype)

    def reset_parameters(self) -> None:
        """Draw the first values anew, once there are any."""
        if getattr(self, self._size) > 0:
            super().reset_parameters()  # type: ignore[misc]

    def has_uninitialized_params(self) -> bool:
        """Whether a parameter or a buffer has no shape yet."""
        return any(is_lazy(member) for _, member in self._saved_members())

    def forward(self, input: Tensor, *args: Any, **kwargs: Any) -> Any:
        self._become(self._size_of(input))
        self.reset_parameters()
        return self.forward(input, *args, **kwargs)  # of the class that it is now

    def _load_from_state_dict(self, state_dict: dict[str, Any], prefix: str, *rest: Any) -> None:
        entries = {name: state_dict.get(prefix + name) for name, _ in self._saved_members()}
        shapes = {name: v.shape for name, v in entries.items() if isinstance(v, Tensor) and not is_lazy(v)}
        size = self._size_in(shapes)
        if size is None:
            super()._load_from_state_dict(state_dict, prefix, *rest)
        else:
            self._become(size)
            self.reset_parameters()  # of what the dict lacks
            self._load_from_state_dict(state_dict, prefix, *rest)

    def _become(self, size: int) -> None:
        if size < 1:
            raise _C.ShapeError(f"{self._get_name()}: {self._size} must be at least 1. Got {size}.")
        setattr(self, self._size, size)
        try:
            shapes = self._shapes()
        except ValueError:
            setattr(self, self._size, 0)
            raise
        for name, member in [*self._parameters.items(), *self._buffers.items()]:
            if is_lazy(member):
                member.materialize(shapes[name])
        self.__class__ = self.cls_to_become  # type: ignore[assignment]
