"""Parameter: a tensor that a module counts among its parameters. Buffer: one that it saves but does not train.

Uninitialized ones stand in for either until their shape is known; see `dlx/nn/modules/lazy.py`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NoReturn, TypeGuard

from dlx import _C
from dlx._C import Tensor

if TYPE_CHECKING:
    from dlx._types import Device

__all__ = ["Buffer", "Parameter", "UninitializedBuffer", "UninitializedParameter", "is_lazy"]


class Parameter(Tensor):
    """A tensor that becomes a parameter of a module when it is assigned to an attribute of it.

    Args:
        data: the values, whose memory is shared; without history.
        requires_grad: whether to train it.

    Example:
        >>> layer = nn.Module()
        >>> layer.scale = nn.Parameter(dlx.ones(1))
        >>> [name for name, _ in layer.named_parameters()]
        ['scale']
    """

    def __new__(cls, data: Any = None, requires_grad: bool = True) -> Parameter:
        if data is None:
            data = _C.empty((0,), None, None)
        elif not isinstance(data, Tensor):
            raise TypeError(f"Parameter: data must be a Tensor. Got {type(data).__name__}.")
        return Tensor._make_subclass(cls, data, requires_grad)

    def __init__(self, data: Any = None, requires_grad: bool = True) -> None:
        pass

    def __repr__(self) -> str:
        return "Parameter containing:\n" + Tensor.__repr__(self)

    def __str__(self) -> str:
        return self.__repr__()


class Buffer(Tensor):
    """A tensor that becomes a buffer of a module when it is assigned to an attribute of it.

    Args:
        data: the values, whose memory is shared.
        persistent: whether it is part of the module's ``state_dict``.
    """

    persistent: bool

    def __new__(cls, data: Any = None, *, persistent: bool = True) -> Buffer:
        data = _C.empty((0,), None, None) if data is None else data
        if not isinstance(data, Tensor):
            raise TypeError(f"Buffer: data must be a Tensor. Got {type(data).__name__}.")
        buffer = Tensor._make_subclass(cls, data, data.requires_grad)
        buffer.persistent = persistent
        return buffer

    def __init__(self, data: Any = None, *, persistent: bool = True) -> None:
        pass


# What can be asked of a tensor without a shape; all else of Tensor raises.
_KNOWN = frozenset(
    ("data", "device", "dtype", "grad", "grad_fn", "is_leaf", "materialize", "persistent", "requires_grad",
     "requires_grad_")
)  # fmt: skip


class _Uninitialized:
    """A tensor whose dtype and device are known but not its shape."""

    _becomes: type[Parameter | Buffer]
    data: Any
    device: Any
    dtype: Any
    requires_grad: bool

    def materialize(self, shape: Sequence[int], device: Device | None = None, dtype: _C.dtype | None = None) -> None:
        """Become a Parameter, or a Buffer, of this shape; its values are undefined. The object stays the same.

        Args:
            shape: the shape.
            device: the one it has if None.
            dtype: the one it has if None.
        """
        becomes = type(self)._becomes
        memory = _C.empty(tuple(shape), dtype or self.dtype, device or self.device)
        self.data = Tensor._make_subclass(becomes, memory, False)  # CPython assigns only classes that have an object
        self.__class__ = becomes  # type: ignore[assignment]

    def __getattribute__(self, name: str) -> Any:
        if name in _KNOWN or name.startswith("__"):
            return object.__getattribute__(self, name)
        raise _no_shape(name)

    def __deepcopy__(self, memo: dict[int, Any]) -> Any:
        kind: Any = type(self)
        memo[id(self)] = copy = kind(self.requires_grad, self.device, self.dtype)
        return copy

    def __reduce_ex__(self, protocol: Any) -> Any:
        return type(self), (self.requires_grad, str(self.device), self.dtype)

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"

    def __format__(self, spec: str) -> str:
        return repr(self)

    __str__ = __repr__


def _no_shape(name: str) -> RuntimeError:
    return RuntimeError(
        f"{name}: this parameter or buffer of a lazy layer has no shape yet. Run the model once with an input, or load "
        "a state_dict that has it."
    )


def _refused(name: str) -> Any:
    def refuse(self: Any, *args: Any) -> NoReturn:
        raise _no_shape(name)

    return refuse


# Operators do not ask __getattribute__.
for _name, _value in list(vars(Tensor).items()):
    if _name.startswith("__") and callable(_value) and not hasattr(object, _name) and _name not in vars(_Uninitialized):
        setattr(_Uninitialized, _name, _refused(_name))


class UninitializedParameter(_Uninitialized, Parameter):
    """A parameter of a lazy layer, whose shape the first input tells.

    Args:
        requires_grad: whether to train it.
        device: of the parameter.
        dtype: of the parameter.

    Example:
        >>> weight = nn.UninitializedParameter()
        >>> weight.materialize((2, 3))
        >>> weight.shape
        dlx.Size([2, 3])
    """

    _becomes = Parameter

    def __new__(
        cls, requires_grad: bool = True, device: Device | None = None, dtype: _C.dtype | None = None
    ) -> UninitializedParameter:
        return Tensor._make_subclass(cls, _C.empty((0,), dtype, device), requires_grad)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass


class UninitializedBuffer(_Uninitialized, Buffer):
    """A buffer of a lazy layer, whose shape the first input tells.

    Args:
        requires_grad: False.
        device: of the buffer.
        dtype: of the buffer.
        persistent: whether it is part of the module's ``state_dict``.
    """

    _becomes = Buffer

    def __new__(
        cls,
        requires_grad: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
        persistent: bool = True,
    ) -> UninitializedBuffer:
        buffer = Tensor._make_subclass(cls, _C.empty((0,), dtype, device), requires_grad)
        buffer.persistent = persistent
        return buffer

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        pass


def is_lazy(param: Any) -> TypeGuard[UninitializedParameter | UninitializedBuffer]:
    """Whether a parameter or buffer has no shape yet."""
    return isinstance(param, _Uninitialized)
