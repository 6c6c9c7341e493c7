"""New tensors from numbers, sequences and NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    import numpy as np

    from dlx._C import Tensor
    from dlx._types import ArrayLike, Device, Number, Shape

__all__ = [
    "arange", "as_tensor", "asarray", "empty", "empty_like", "from_numpy", "full", "full_like", "ones", "ones_like",
    "tensor", "zeros", "zeros_like",
]  # fmt: skip

_preserve = _C.preserve_format


def _shape(size: tuple[Any, ...]) -> Any:
    """The shape of `zeros(2, 3)` and of `zeros((2, 3))`."""
    return size[0] if len(size) == 1 and not isinstance(size[0], int) else size


def _filled(
    function: str, shape: Any, value: Any, out: Tensor | None, dtype: Any, device: Any, requires_grad: bool
) -> Tensor:
    if out is not None:
        if tuple(out.shape) != tuple(shape):
            raise _C.ShapeError(f"{function}: out must have the shape {tuple(shape)}. Got {tuple(out.shape)}.")
        if (dtype is not None and dtype != out.dtype) or requires_grad:
            raise TypeError(f"{function}: dtype and requires_grad cannot be given with out, which has its own.")
        return _C.fill_(out, value)
    result = _C.full(shape, value, dtype, device)
    return result.requires_grad_() if requires_grad else result


def zeros(
    *size: Any,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of zeros.

    Args:
        size: the shape, as ints or as one sequence.
        out: a tensor of that shape to set to zero instead of making one.
        dtype: the default dtype (float32) if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative, or ``out`` has another shape.
        MemoryError: there is not enough memory.

    Example:
        >>> dlx.zeros(2, 3)
        tensor([[0., 0., 0.],
                [0., 0., 0.]])
    """
    return _filled("zeros", _shape(size), 0.0, out, dtype, device, requires_grad)


def ones(
    *size: Any,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of ones.

    Args:
        size: the shape, as ints or as one sequence.
        out: a tensor of that shape to set to one instead of making one.
        dtype: the default dtype (float32) if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative, or ``out`` has another shape.
        MemoryError: there is not enough memory.

    Example:
        >>> dlx.ones(2, dtype=dlx.int64)
        tensor([1, 1])
    """
    return _filled("ones", _shape(size), 1.0, out, dtype, device, requires_grad)


def full(
    size: Shape,
    fill_value: Number,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor with one value everywhere.

    Args:
        size: the shape.
        fill_value: a number.
        out: a tensor of that shape to fill instead of making one.
        dtype: if None, the number's: bool, int64 or the default dtype (float32).
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative, or ``out`` has another shape.
        MemoryError: there is not enough memory.

    Example:
        >>> dlx.full((2, 2), 3.5)
        tensor([[3.5000, 3.5000],
                [3.5000, 3.5000]])
    """
    return _filled("full", (size,) if isinstance(size, int) else size, fill_value, out, dtype, device, requires_grad)


def empty(
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor whose elements are undefined until they are written.

    Args:
        size: the shape, as ints or as one sequence.
        dtype: the default dtype (float32) if None.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative.
        MemoryError: there is not enough memory.

    Example:
        >>> dlx.empty(2, 3).shape
        dlx.Size([2, 3])
    """
    result = _C.empty(_shape(size), dtype, device)
    return result.requires_grad_() if requires_grad else result


def empty_like(
    input: Tensor,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Make a tensor like another one, its elements undefined until they are written.

    Args:
        input: gives the shape, and what is not given below.
        dtype: that of ``input`` if None.
        device: that of ``input`` if None.
        requires_grad: whether operations on the result are recorded.
        memory_format: ``dlx.preserve_format`` keeps the order of dimensions in memory, as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.empty_like(dlx.zeros(2, 3)).shape
        dlx.Size([2, 3])
    """
    result = _C.empty_like(input, dtype, device, memory_format)
    return result.requires_grad_() if requires_grad else result


def zeros_like(
    input: Tensor,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Make a tensor of zeros like another one.

    Args:
        input: gives the shape, and what is not given below.
        dtype: that of ``input`` if None.
        device: that of ``input`` if None.
        requires_grad: whether operations on the result are recorded.
        memory_format: as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.zeros_like(dlx.tensor([1, 2]))
        tensor([0, 0])
    """
    result = _C.fill_(_C.empty_like(input, dtype, device, memory_format), 0)
    return result.requires_grad_() if requires_grad else result


def ones_like(
    input: Tensor,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Make a tensor of ones like another one.

    Args:
        input: gives the shape, and what is not given below.
        dtype: that of ``input`` if None.
        device: that of ``input`` if None.
        requires_grad: whether operations on the result are recorded.
        memory_format: as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.ones_like(dlx.tensor([0.5, 2.0]))
        tensor([1., 1.])
    """
    result = _C.fill_(_C.empty_like(input, dtype, device, memory_format), 1)
    return result.requires_grad_() if requires_grad else result


def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Make a tensor like another one with one value everywhere.

    Args:
        input: gives the shape, and what is not given below.
        fill_value: a number.
        dtype: that of ``input`` if None.
        device: that of ``input`` if None.
        requires_grad: whether operations on the result are recorded.
        memory_format: as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.full_like(dlx.tensor([1, 2]), 7)
        tensor([7, 7])
    """
    result = _C.fill_(_C.empty_like(input, dtype, device, memory_format), fill_value)
    return result.requires_grad_() if requires_grad else result


def arange(
    start: Number | None = None,
    end: Number | None = None,
    step: Number = 1,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Count from ``start`` up to, not including, ``end``.

    ``out[i] = start + i * step``, ``ceil((end - start) / step)`` of them. ``arange(end)`` starts at 0.

    Args:
        start: the first value; 0 if None.
        end: the value to stop before.
        step: the distance, not 0; counts down if negative.
        dtype: if None, int64 where all three are integers, else the default dtype (float32).
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of one dimension.

    Raises:
        ValueError: ``step`` is 0, leads away from ``end``, or one of the three is nan or infinite.

    Example:
        >>> dlx.arange(1, 6, 2)
        tensor([1, 3, 5])
    """
    if end is None:
        if start is None:
            raise TypeError("arange: missing required argument 'end'.")
        start, end = 0, start
    result = _C.arange(0 if start is None else start, end, step, dtype, device)
    return result.requires_grad_() if requires_grad else result


def from_numpy(ndarray: np.ndarray[Any, Any]) -> Tensor:
    """Make a tensor on the memory of a NumPy array, without copying.

    Writing into one changes the other. An array that NumPy holds read-only gives a tensor into which no write is
    allowed.

    Args:
        ndarray: of a dtype that dlx has, in the machine's byte order; strides may be anything that is a multiple of
            the item size.

    Returns:
        Tensor of the shape and dtype of ``ndarray``.

    Raises:
        TypeError: not an array, or dlx has no such dtype.
        ValueError: negative strides, or strides that are no multiple of the item size (``numpy.ascontiguousarray``
            mends both).

    Example:
        >>> a = np.zeros(2)
        >>> t = dlx.from_numpy(a)
        >>> a[0] = 3
        >>> t
        tensor([3., 0.], dtype=dlx.float64)
    """
    return _C.from_numpy(ndarray)


def tensor(
    data: ArrayLike, *, dtype: _C.dtype | None = None, device: Device | None = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor from numbers, nested sequences or an array, always copying.

    Args:
        data: a number, a nested list or tuple of numbers or tensors, a NumPy array, a tensor.
        dtype: if None, that of an array or tensor; else bool for bools, int64 for integers, the default dtype
            (float32) where there is a float.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of the shape of ``data``; a leaf.

    Raises:
        ValueError: the sequences differ in length.
        TypeError: an element is not a number, or dlx has no such dtype.
        OverflowError: an integer does not fit in 64 bits.

    Example:
        >>> dlx.tensor([[1, 2], [3, 4]], dtype=dlx.float32)
        tensor([[1., 2.],
                [3., 4.]])
    """
    result = _from_data("tensor", data, dtype, device, copy=True)
    return result.requires_grad_() if requires_grad else result


def as_tensor(data: ArrayLike, dtype: _C.dtype | None = None, device: Device | None = None) -> Tensor:
    """Make a tensor, sharing memory with ``data`` where it is a tensor or NumPy array of the right dtype and device.

    Args:
        data: as for :func:`dlx.tensor`.
        dtype: as for :func:`dlx.tensor`.
        device: as for :func:`dlx.tensor`.

    Returns:
        ``data`` itself if it is such a tensor, else a new tensor.

    Raises:
        ValueError, TypeError, OverflowError: as for :func:`dlx.tensor`.

    Example:
        >>> x = dlx.tensor([1.0])
        >>> dlx.as_tensor(x) is x
        True
    """
    return _from_data("as_tensor", data, dtype, device, copy=False)


def asarray(
    obj: ArrayLike,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    copy: bool | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor, with or without copying.

    Args:
        obj: as ``data`` of :func:`dlx.tensor`.
        dtype: as for :func:`dlx.tensor`.
        device: as for :func:`dlx.tensor`.
        copy: True always copies, None only where it must, False raises where it must.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of the shape of ``obj``.

    Raises:
        ValueError: ``copy`` is False and the memory cannot be shared.
        TypeError, OverflowError: as for :func:`dlx.tensor`.

    Example:
        >>> dlx.asarray([1, 2])
        tensor([1, 2])
    """
    result = _from_data("asarray", obj, dtype, device, copy=bool(copy))
    if copy is False and not _shares_memory(result, obj):
        raise ValueError(
            "asarray: copy=False, but the memory cannot be shared as it is. Leave copy out to allow a copy."
        )
    if requires_grad:
        result = result.detach() if result is obj else result
        return result.requires_grad_()
    return result


def _shares_memory(result: Tensor, obj: Any) -> bool:
    import numpy as np

    if isinstance(obj, _C.Tensor):
        return result is obj
    return isinstance(obj, np.ndarray) and np.shares_memory(obj, result.numpy())


def _from_data(function: str, data: Any, dtype: Any, device: Any, copy: bool) -> Tensor:
    if isinstance(data, _C.Tensor):
        return _C.to(data.detach() if copy else data, device, dtype, copy, _preserve)
    import numpy as np

    if isinstance(data, (np.ndarray, np.generic)):
        array = np.asarray(data)
        own = copy or isinstance(data, np.generic)
        if not array.dtype.isnative or any(stride < 0 or stride % array.itemsize for stride in array.strides):
            array, own = np.array(array, dtype=array.dtype.newbyteorder("="), order="C"), True
        elif own:
            array = np.array(array, order="C")
        return _C.to(_C.from_numpy(array), device, dtype, False, _preserve)
    array = _array_of(function, data)
    if dtype is None and array.dtype == np.float64:
        dtype = _C.get_default_dtype()
    return _C.to(_C.from_numpy(array), device, dtype, False, _preserve)


def _array_of(function: str, data: Any) -> Any:
    """A fresh array of bool, int64 or float64 (tensors and arrays inside keep their values' kind)."""
    import numpy as np

    try:
        array = np.array(_plain(data))
    except ValueError as error:
        if "inhomogeneous" not in str(error):
            raise
        raise ValueError(f"{function}: the nested sequences differ in length, so they are no array.") from None
    kind = array.dtype.kind
    if array.size == 0 and kind == "f":
        return array
    if kind == "O" and all(isinstance(value, int) for value in array.flat):
        raise OverflowError(f"{function}: an integer does not fit in 64 bits.")
    if kind not in "biuf":
        wrong = next((value for value in array.flat if not isinstance(value, (bool, int, float))), array.flat[0])
        raise TypeError(
            f"{function}: data must be numbers, sequences of numbers, an array or a tensor. Got {type(wrong).__name__}."
        )
    if kind in "iu":
        if kind == "u" and array.dtype == np.uint64 and (array > np.iinfo(np.int64).max).any():
            raise OverflowError(f"{function}: an integer does not fit in 64 bits.")
        return array.astype(np.int64, copy=False)
    return array.astype(np.float64, copy=False) if kind == "f" else array


def _plain(data: Any) -> Any:
    """`data` with the tensors inside its lists and tuples as arrays."""
    if isinstance(data, (list, tuple)):
        return [_plain(item) if isinstance(item, (list, tuple, _C.Tensor)) else item for item in data]
    if isinstance(data, _C.Tensor):
        data = data.detach().cpu()
        return data.float().numpy() if data.dtype == _C.bfloat16 else data.numpy()
    return data


def new_tensor(
    input: Tensor,
    data: ArrayLike,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor from data, in the dtype and on the device of this one if none are given; see :func:`dlx.tensor`."""
    return tensor(data, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_empty(
    input: Tensor, *size: Any, dtype: _C.dtype | None = None, device: Device | None = None, requires_grad: bool = False
) -> Tensor:
    """Make an unwritten tensor, in this one's dtype and on its device if none are given; see :func:`dlx.empty`."""
    return empty(*size, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_zeros(
    input: Tensor, *size: Any, dtype: _C.dtype | None = None, device: Device | None = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of zeros, in this one's dtype and on its device if none are given; see :func:`dlx.zeros`."""
    return zeros(*size, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_ones(
    input: Tensor, *size: Any, dtype: _C.dtype | None = None, device: Device | None = None, requires_grad: bool = False
) -> Tensor:
    """Make a tensor of ones, in this one's dtype and on its device if none are given; see :func:`dlx.ones`."""
    return ones(*size, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_full(
    input: Tensor,
    size: Shape,
    fill_value: Number,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor with one value everywhere, in the dtype and on the device of this one unless others are given."""
    return full(
        size, fill_value, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad
    )
