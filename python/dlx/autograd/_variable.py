"""Variable: what tensors with a gradient were called before they were one with Tensor. Old code still says it."""

from __future__ import annotations

from typing import Any

from dlx._C import Tensor

__all__ = ["Variable"]


class _Instances(type):
    def __instancecheck__(cls, instance: object) -> bool:
        return isinstance(instance, Tensor)


class Variable(metaclass=_Instances):
    """Return the tensor itself: ``Variable(x, requires_grad=True)`` is an old way to write ``x.requires_grad_()``.

    Args:
        data: a tensor.
        requires_grad: whether its gradient is wanted.

    Example:
        >>> dlx.autograd.Variable(dlx.ones(1), requires_grad=True)
        tensor([1.], requires_grad=True)
    """

    def __new__(cls, data: Tensor, requires_grad: bool = False) -> Any:
        return data.detach().requires_grad_(requires_grad)
