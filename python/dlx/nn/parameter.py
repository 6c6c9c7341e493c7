"""Parameter: a tensor that a module counts among its parameters. Buffer: one that it saves but does not train."""

from __future__ import annotations

from typing import Any

from dlx import _C
from dlx._C import Tensor

__all__ = ["Buffer", "Parameter"]


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
