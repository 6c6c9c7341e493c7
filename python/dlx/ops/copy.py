"""Copies: clone, contiguous, conversions between dtypes and devices, writing one tensor into another."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device, Number

__all__ = ["clone", "zero_"]

_preserve = _C.preserve_format
_contiguous = _C.contiguous_format


def clone(input: Tensor, *, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Copy a tensor into memory of its own. Gradients flow through.

    Args:
        input: any shape.
        memory_format: ``dlx.preserve_format`` keeps the order of dimensions in memory, ``dlx.contiguous_format`` gives
            rows, ``dlx.channels_last`` NHWC for four dimensions.

    Returns:
        Tensor of the shape, dtype and device of ``input``.

    Raises:
        ShapeError: ``dlx.channels_last`` for other than four dimensions.

    Example:
        >>> x = dlx.tensor([1, 2])
        >>> y = x.clone()
        >>> y[0] = 5
        >>> x
        tensor([1, 2])
    """
    return _C.clone(input, memory_format)


def contiguous(input: Tensor, memory_format: _C.memory_format = _contiguous) -> Tensor:
    """Return the tensor itself if its elements lie in order in memory, else a copy of which that holds.

    Args:
        input: any shape.
        memory_format: ``dlx.contiguous_format`` (last dimension innermost) or ``dlx.channels_last`` (NHWC).

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``dlx.channels_last`` for other than four dimensions.

    Example:
        >>> dlx.zeros(2, 3).t().contiguous().stride()
        (2, 1)
    """
    return _C.contiguous(input, memory_format)


def to(
    input: Tensor,
    *args: Any,
    device: Device | None = None,
    dtype: _C.dtype | None = None,
    non_blocking: bool = False,
    copy: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Convert to another dtype, move to another device, or both.

    Called as ``to(dtype)``, ``to(device)``, ``to(device, dtype)`` or ``to(other)`` (the dtype and device of a tensor),
    each with ``non_blocking`` and ``copy`` as further positional or named arguments.

    Args:
        input: any shape. Floats become integers by dropping the fraction.
        args: as above.
        device: where to; stays if None.
        dtype: to which; stays if None.
        non_blocking: the caller needs no finished copy on return. Copies on the CPU are finished in any case.
        copy: copy even if nothing changes.
        memory_format: of the copy, as in :func:`dlx.clone`.

    Returns:
        ``input`` itself if nothing changes and ``copy`` is False, else a tensor of its shape.

    Raises:
        TypeError: a positional argument is none of those above.
        RuntimeError: the device is not there.

    Example:
        >>> dlx.tensor([1.7, -2.5]).to(dlx.int64)
        tensor([ 1, -2])
    """
    if args:
        device, dtype, copy = _read_to(args, device, dtype, copy)
    return _C.to(input, device, dtype, copy, memory_format)


def _read_to(args: tuple[Any, ...], device: Any, dtype: Any, copy: bool) -> tuple[Any, Any, bool]:
    first: Any = args[0]
    rest = args[1:]
    found_device: Any
    found_dtype: Any
    if isinstance(first, _C.dtype):
        found_device, found_dtype = None, first
    elif isinstance(first, _C.Tensor):
        found_device, found_dtype = first.device, first.dtype
    elif first is None or isinstance(first, (str, _C.device)):
        found_device, found_dtype = first, None
        if rest and (rest[0] is None or isinstance(rest[0], _C.dtype)):
            found_dtype, rest = rest[0], rest[1:]
    else:
        raise TypeError(f"to: argument 1 must be a dtype, a device or a tensor. Got {type(first).__name__}.")
    if len(rest) > 2 or not all(isinstance(flag, bool) for flag in rest):
        raise TypeError("to: after the dtype and device come non_blocking and copy, both bool.")
    if (found_device is not None and device is not None) or (found_dtype is not None and dtype is not None):
        raise TypeError("to: the device or the dtype was given twice.")
    return (
        device if found_device is None else found_device,
        dtype if found_dtype is None else found_dtype,
        rest[1] if len(rest) == 2 else copy,
    )


def type_as(input: Tensor, other: Tensor) -> Tensor:
    """Convert to the dtype and device of another tensor: ``input.to(other)``."""
    return _C.to(input, other.device, other.dtype, False, _preserve)


def to_type(input: Tensor, dtype: _C.dtype | None = None, non_blocking: bool = False) -> str | Tensor:
    """Convert to another dtype; without an argument, name the dtype as a string.

    Example:
        >>> dlx.tensor([1.5]).type(dlx.int32)
        tensor([1], dtype=dlx.int32)
    """
    return repr(input.dtype) if dtype is None else _C.to(input, None, dtype, False, _preserve)


def cpu(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Move to the CPU; the tensor itself if it is there."""
    return _C.to(input, "cpu", None, False, memory_format)


def cuda(
    input: Tensor, device: Device | None = None, non_blocking: bool = False, memory_format: _C.memory_format = _preserve
) -> Tensor:
    """Move to the GPU; RuntimeError where there is none (``dlx.cuda.why()`` says why)."""
    return _C.to(input, "cuda" if device is None else device, None, False, memory_format)


def to_float(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to float32."""
    return _C.to(input, None, _C.float32, False, memory_format)


def to_double(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to float64."""
    return _C.to(input, None, _C.float64, False, memory_format)


def to_half(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to float16."""
    return _C.to(input, None, _C.float16, False, memory_format)


def to_bfloat16(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to bfloat16."""
    return _C.to(input, None, _C.bfloat16, False, memory_format)


def to_int(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to int32."""
    return _C.to(input, None, _C.int32, False, memory_format)


def to_long(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to int64."""
    return _C.to(input, None, _C.int64, False, memory_format)


def to_bool(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to bool: False for zero, True for all else."""
    return _C.to(input, None, _C.bool, False, memory_format)


def to_short(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to int16."""
    return _C.to(input, None, _C.int16, False, memory_format)


def to_byte(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to uint8."""
    return _C.to(input, None, _C.uint8, False, memory_format)


def to_char(input: Tensor, memory_format: _C.memory_format = _preserve) -> Tensor:
    """Convert to int8."""
    return _C.to(input, None, _C.int8, False, memory_format)


def copy_(input: Tensor, other: Tensor, non_blocking: bool = False) -> Tensor:
    """Write the elements of another tensor into this one, converted to its dtype.

    ``input[...] = other``

    Args:
        input: the destination.
        other: a tensor that broadcasts to the shape of ``input``; any dtype, any device.
        non_blocking: the caller needs no finished copy on return. Copies on the CPU are finished in any case.

    Returns:
        ``input``.

    Raises:
        ShapeError: ``other`` does not broadcast to ``input``.
        RuntimeError: ``input`` is read-only or overlaps itself, or is a leaf that requires grad.

    Example:
        >>> dlx.zeros(2).copy_(dlx.tensor([1, 2]))
        tensor([1., 2.])
    """
    return _C.copy_(input, other)


def fill_(input: Tensor, value: Number | Tensor) -> Tensor:
    """Set all elements to one value.

    ``input[...] = value``

    Args:
        input: the destination.
        value: a number or a tensor without dimensions.

    Returns:
        ``input``.

    Raises:
        RuntimeError: ``input`` is read-only or overlaps itself, or is a leaf that requires grad.

    Example:
        >>> dlx.zeros(2).fill_(7)
        tensor([7., 7.])
    """
    return _C.fill_(input, value)


def zero_(input: Tensor) -> Tensor:
    """Set all elements to zero; see :func:`dlx.Tensor.fill_`.

    Example:
        >>> x = dlx.ones(2)
        >>> dlx.zero_(x)
        tensor([0., 0.])
    """
    return _C.fill_(input, 0)


def as_subclass(input: Tensor, cls: type) -> Any:
    """Make an object of a subclass of Tensor on the same memory.

    Args:
        input: any tensor; a gradient does not flow through.
        cls: the subclass.

    Raises:
        TypeError: ``cls`` is no subclass of Tensor.

    Example:
        >>> class Named(dlx.Tensor):
        ...     pass
        >>> type(dlx.ones(2).as_subclass(Named)).__name__
        'Named'
    """
    if not isinstance(cls, type) or not issubclass(cls, _C.Tensor):
        raise TypeError(f"as_subclass: it takes a subclass of Tensor. Got {cls!r}.")
    return cls.__new__(cls, input)


def is_pinned(input: Tensor, device: Device | None = None) -> bool:
    """Ask whether the memory is pinned for copies to a GPU: never here."""
    return False


def deepcopy(self: Tensor, memo: dict[int, Any]) -> Tensor:
    """Copy a leaf with its memory, its gradient and its attributes; tensors that share memory are copied apart.

    Raises:
        RuntimeError: the tensor has a history. ``x.detach()`` first.
    """
    import copy

    if id(self) in memo:
        return memo[id(self)]
    if not self.is_leaf:
        raise RuntimeError(
            "deepcopy: only leaves (tensors made by the user) can be copied deeply. Got a result of "
            f"{self.grad_fn}. Copy x.detach() instead."
        )
    result = _like(self, _C.clone(self.detach(), _preserve))
    memo[id(self)] = result
    if self.grad is not None:
        result.grad = copy.deepcopy(self.grad, memo)  # which keeps the object, and so its id, until the copy is done
    if self.__dict__:
        result.__dict__.update(copy.deepcopy(self.__dict__, memo))
    return result


def _like(tensor: Tensor, data: Tensor) -> Tensor:
    """`data` with the class and requires_grad of `tensor`."""
    kind = tensor.__class__
    result = data if kind is _C.Tensor else kind.__new__(kind, data)
    result.requires_grad = tensor.requires_grad
    return result


def reduce_ex(self: Tensor, protocol: Any) -> Any:
    """Let copy.copy and pickle work through NumPy; for files use :func:`dlx.save`, which never pickles."""
    data = self.detach().cpu()
    kind = self.__class__
    if data.dtype == _C.bfloat16:
        data = data.float()
    return _rebuild, (
        None if kind is _C.Tensor else kind,
        data.numpy(),
        str(self.dtype),
        str(self.device),
        self.requires_grad,
    )


def _rebuild(kind: Any, array: Any, dtype: str, device: str, requires_grad: bool) -> Tensor:
    data = _C.to(_C.from_numpy(array), device, getattr(_C, dtype.rpartition(".")[2]), False, _preserve)
    result = data if kind is None else kind.__new__(kind, data)
    result.requires_grad = requires_grad
    return result


direct(globals())
