"""New tensors from numbers, sequences and NumPy arrays."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np

    from dlx._C import Tensor
    from dlx._types import ArrayLike, Device, Number, Shape

__all__ = [
    "arange", "as_tensor", "asarray", "empty", "empty_like", "eye", "from_dlpack", "from_numpy", "frombuffer", "full",
    "full_like", "linspace", "logspace", "ones", "ones_like", "tensor", "to_dlpack", "tril", "tril_indices", "triu",
    "triu_indices", "zeros", "zeros_like",
]  # fmt: skip

_preserve = _C.preserve_format
_contiguous = _C.contiguous_format


def _check_kind(function: str, layout: Any, pin_memory: Any) -> None:
    """Arguments that have one value here."""
    if layout is not None and layout is not _C.strided:
        raise TypeError(f"{function}: layout must be dlx.strided. Got {layout!r}.")
    if pin_memory:
        raise NotImplementedError(f"{function}: pin_memory=True is not part of dlx; no copy needs it.")


def _shape(size: tuple[Any, ...]) -> Any:
    """The shape of `zeros(2, 3)` and of `zeros((2, 3))`."""
    return size[0] if len(size) == 1 and not isinstance(size[0], int) else size


def _filled(
    function: str,
    make: Callable[[Any, Any, Any], Tensor],
    shape: Any,
    value: Any,
    out: Tensor | None,
    dtype: Any,
    device: Any,
    layout: Any,
    pin_memory: Any,
    requires_grad: bool,
) -> Tensor:
    _check_kind(function, layout, pin_memory)
    if out is not None:
        if tuple(out.shape) != tuple(shape):
            raise _C.ShapeError(f"{function}: out must have the shape {tuple(shape)}. Got {tuple(out.shape)}.")
        if (dtype is not None and dtype != out.dtype) or requires_grad:
            raise TypeError(f"{function}: dtype and requires_grad cannot be given with out, which has its own.")
        return _C.fill_(out, value)
    result = make(shape, dtype, device)
    return result.requires_grad_() if requires_grad else result


def zeros(
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    out: Tensor | None = None,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of zeros.

    Args:
        size: the shape, as ints or as one sequence.
        out: a tensor of that shape to set to zero instead of making one.
        dtype: the default dtype (float32) if None.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
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
    return _filled("zeros", _C.zeros, _shape(size), 0.0, out, dtype, device, layout, pin_memory, requires_grad)


def ones(
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    out: Tensor | None = None,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of ones.

    Args:
        size: the shape, as ints or as one sequence.
        out: a tensor of that shape to set to one instead of making one.
        dtype: the default dtype (float32) if None.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
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
    return _filled("ones", _C.ones, _shape(size), 1.0, out, dtype, device, layout, pin_memory, requires_grad)


def full(
    size: Shape,
    fill_value: Number,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor with one value everywhere.

    Args:
        size: the shape.
        fill_value: a number.
        out: a tensor of that shape to fill instead of making one.
        dtype: if None, the number's: bool, int64 or the default dtype (float32).
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
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
    shape = (size,) if isinstance(size, int) else size

    def make(shape: Any, dtype: Any, device: Any) -> Tensor:
        return _C.full(shape, fill_value, dtype, device)

    return _filled("full", make, shape, fill_value, out, dtype, device, layout, pin_memory, requires_grad)


def empty(
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    out: Tensor | None = None,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _contiguous,
) -> Tensor:
    """Make a tensor whose elements are undefined until they are written.

    Args:
        size: the shape, as ints or as one sequence.
        out: a tensor of that shape, which is returned as it is.
        dtype: the default dtype (float32) if None.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.
        memory_format: ``dlx.contiguous_format``, or ``dlx.channels_last`` for four dimensions.

    Returns:
        Tensor of shape ``size``.

    Raises:
        ShapeError: a size is negative.
        MemoryError: there is not enough memory.

    Example:
        >>> dlx.empty(2, 3).shape
        dlx.Size([2, 3])
    """
    _check_kind("empty", layout, pin_memory)
    if out is not None:
        if tuple(out.shape) != tuple(_C.empty(_shape(size), _C.bool, None).shape):
            raise _C.ShapeError(f"empty: out must have the shape {tuple(_shape(size))}. Got {tuple(out.shape)}.")
        return out
    result = _C.empty(_shape(size), dtype, device)
    if memory_format is not _contiguous:
        result = _C.empty_like(result, None, None, memory_format)
    return result.requires_grad_() if requires_grad else result


def empty_like(
    input: Tensor,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    memory_format: _C.memory_format = _preserve,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor like another one, its elements undefined until they are written.

    Args:
        input: gives the shape, and what is not given below.
        dtype: that of ``input`` if None.
        layout: dlx.strided or None.
        device: that of ``input`` if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.
        memory_format: ``dlx.preserve_format`` keeps the order of dimensions in memory, as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.empty_like(dlx.zeros(2, 3)).shape
        dlx.Size([2, 3])
    """
    _check_kind("empty_like", layout, pin_memory)
    result = _C.empty_like(input, dtype, device, memory_format)
    return result.requires_grad_() if requires_grad else result


def zeros_like(
    input: Tensor,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    memory_format: _C.memory_format = _preserve,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of zeros like another one.

    Args:
        input: gives the shape, and what is not given below.
        dtype: that of ``input`` if None.
        layout: dlx.strided or None.
        device: that of ``input`` if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.
        memory_format: as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.zeros_like(dlx.tensor([1, 2]))
        tensor([0, 0])
    """
    _check_kind("zeros_like", layout, pin_memory)
    result = _C.zeros_like(input, dtype, device, memory_format)
    return result.requires_grad_() if requires_grad else result


def ones_like(
    input: Tensor,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    memory_format: _C.memory_format = _preserve,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a tensor of ones like another one.

    Args:
        input: gives the shape, and what is not given below.
        dtype: that of ``input`` if None.
        layout: dlx.strided or None.
        device: that of ``input`` if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.
        memory_format: as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.ones_like(dlx.tensor([0.5, 2.0]))
        tensor([1., 1.])
    """
    _check_kind("ones_like", layout, pin_memory)
    result = _C.ones_like(input, dtype, device, memory_format)
    return result.requires_grad_() if requires_grad else result


def full_like(
    input: Tensor,
    fill_value: Number,
    *,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
    memory_format: _C.memory_format = _preserve,
) -> Tensor:
    """Make a tensor like another one with one value everywhere.

    Args:
        input: gives the shape, and what is not given below.
        fill_value: a number.
        dtype: that of ``input`` if None.
        layout: dlx.strided or None.
        device: that of ``input`` if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.
        memory_format: as in :func:`dlx.clone`.

    Returns:
        Tensor of the shape of ``input``.

    Example:
        >>> dlx.full_like(dlx.tensor([1, 2]), 7)
        tensor([7, 7])
    """
    _check_kind("full_like", layout, pin_memory)
    result = _C.fill_(_C.empty_like(input, dtype, device, memory_format), fill_value)
    return result.requires_grad_() if requires_grad else result


def arange(
    start: Number | None = None,
    end: Number | None = None,
    step: Number = 1,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Count from ``start`` up to, not including, ``end``.

    ``out[i] = start + i * step``, ``ceil((end - start) / step)`` of them. ``arange(end)`` starts at 0.

    Args:
        start: the first value; 0 if None.
        end: the value to stop before.
        step: the distance, not 0; counts down if negative.
        out: where to write the result.
        dtype: if None, int64 where all three are integers, else the default dtype (float32).
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of one dimension.

    Raises:
        ValueError: ``step`` is 0, leads away from ``end``, or one of the three is nan or infinite.

    Example:
        >>> dlx.arange(1, 6, 2)
        tensor([1, 3, 5])
    """
    _check_kind("arange", layout, pin_memory)
    if end is None:
        if start is None:
            raise TypeError("arange: missing required argument 'end'.")
        start, end = 0, start
    if out is not None:
        result = _C.arange(0 if start is None else start, end, step, out.dtype if dtype is None else dtype, out.device)
        if tuple(out.shape) != tuple(result.shape) or out.dtype != result.dtype:
            wanted = f"shape {tuple(result.shape)} and dtype {result.dtype}"
            raise _C.ShapeError(f"arange: out must have {wanted}. Got {tuple(out.shape)} and {out.dtype}.")
        return _C.copy_(out, result)
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
    data: ArrayLike,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor from numbers, nested sequences or an array, always copying.

    Args:
        data: a number, a nested list or tuple of numbers or tensors, a NumPy array, a tensor.
        dtype: if None, that of an array or tensor; else bool for bools, int64 for integers, the default dtype
            (float32) where there is a float.
        device: the CPU if None.
        requires_grad: whether operations on the result are recorded.
        pin_memory: must be False.

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
    _check_kind("tensor", None, pin_memory)
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


def eye(
    n: int,
    m: int | None = None,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make a matrix with ones on its diagonal and zeros elsewhere.

    Args:
        n: rows.
        m: columns; as many as rows if None.
        out: where to write the result.
        dtype: the default dtype (float32) if None.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``(n, m)``.

    Raises:
        ValueError: a size is negative.

    Example:
        >>> dlx.eye(2, 3)
        tensor([[1., 0., 0.],
                [0., 1., 0.]])
    """
    _check_kind("eye", layout, pin_memory)
    result = _C.eye(n, m, dtype, device, out)
    return result.requires_grad_() if requires_grad else result


def linspace(
    start: Any,
    end: Any,
    steps: int,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make equally spaced numbers, both ends among them.

    ``out[i] = start + i * (end - start) / (steps - 1)``

    Args:
        start: the first number, or a tensor of one element.
        end: the last number, or a tensor of one element.
        steps: how many.
        out: where to write the result.
        dtype: the default dtype (float32) if None. Integers lose the fraction.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``(steps,)``.

    Raises:
        ValueError: ``steps`` is negative.

    Example:
        >>> dlx.linspace(0, 1, 5)
        tensor([0.0000, 0.2500, 0.5000, 0.7500, 1.0000])
    """
    _check_kind("linspace", layout, pin_memory)
    result = _C.linspace(start, end, steps, dtype, device, out)
    return result.requires_grad_() if requires_grad else result


def logspace(
    start: Any,
    end: Any,
    steps: int,
    base: float = 10.0,
    *,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
    requires_grad: bool = False,
) -> Tensor:
    """Make numbers whose logarithms are equally spaced: ``base ** linspace(start, end, steps)``.

    Args:
        start: the first exponent, or a tensor of one element.
        end: the last exponent, or a tensor of one element.
        steps: how many.
        base: of the powers.
        out: where to write the result.
        dtype: the default dtype (float32) if None. Integers lose the fraction.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of shape ``(steps,)``.

    Raises:
        ValueError: ``steps`` is negative.

    Example:
        >>> dlx.logspace(0, 3, 4)
        tensor([   1.,   10.,  100., 1000.])
    """
    _check_kind("logspace", layout, pin_memory)
    result = _C.logspace(start, end, steps, base, dtype, device, out)
    return result.requires_grad_() if requires_grad else result


def tril(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Keep the lower triangle of matrices, zeros elsewhere.

    ``out[..., i, j] = input[..., i, j] if j - i <= diagonal else 0``

    Args:
        input: at least two dimensions; the last two are the matrices.
        diagonal: the last diagonal to keep: 0 for the main one, above it if positive, below if negative.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``input`` has fewer than two dimensions.

    Example:
        >>> dlx.tril(dlx.ones(2, 2))
        tensor([[1., 0.],
                [1., 1.]])
    """
    return _C.tril(input, diagonal, out)


def triu(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Keep the upper triangle of matrices, zeros elsewhere.

    ``out[..., i, j] = input[..., i, j] if j - i >= diagonal else 0``

    Args:
        input: at least two dimensions; the last two are the matrices.
        diagonal: the first diagonal to keep: 0 for the main one, above it if positive, below if negative.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``input`` has fewer than two dimensions.

    Example:
        >>> dlx.triu(dlx.ones(2, 2), 1)
        tensor([[0., 1.],
                [0., 0.]])
    """
    return _C.triu(input, diagonal, out)


def tril_(input: Tensor, diagonal: int = 0) -> Tensor:
    """Set all but the lower triangle of matrices to zero, in place; see :func:`dlx.tril`."""
    return _C.tril(input, diagonal, input)


def triu_(input: Tensor, diagonal: int = 0) -> Tensor:
    """Set all but the upper triangle of matrices to zero, in place; see :func:`dlx.triu`."""
    return _C.triu(input, diagonal, input)


def tril_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """List the places of a matrix's lower triangle, row by row.

    Args:
        row: rows of the matrix.
        col: its columns.
        offset: the last diagonal that belongs to it, as for :func:`dlx.tril`.
        dtype: int64 if None, or int32.
        layout: dlx.strided or None.
        device: the CPU if None.
        pin_memory: must be False.

    Returns:
        Tensor of shape ``(2, count)``: the rows, then the columns.

    Raises:
        ValueError: a size is negative.

    Example:
        >>> dlx.tril_indices(2, 2)
        tensor([[0, 1, 1],
                [0, 0, 1]])
    """
    _check_kind("tril_indices", layout, pin_memory)
    return _C.triangle_indices(row, col, offset, False, _C.int64 if dtype is None else dtype, device)


def triu_indices(
    row: int,
    col: int,
    offset: int = 0,
    *,
    dtype: _C.dtype | None = None,
    layout: _C.layout | None = None,
    device: Device | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """List the places of a matrix's upper triangle, row by row; see :func:`dlx.tril_indices`.

    Example:
        >>> dlx.triu_indices(2, 2)
        tensor([[0, 0, 1],
                [0, 1, 1]])
    """
    _check_kind("triu_indices", layout, pin_memory)
    return _C.triangle_indices(row, col, offset, True, _C.int64 if dtype is None else dtype, device)


def frombuffer(
    buffer: Any, *, dtype: _C.dtype, count: int = -1, offset: int = 0, requires_grad: bool = False
) -> Tensor:
    """Make a tensor on the memory of an object with the buffer protocol, without copying.

    Args:
        buffer: bytes, a bytearray, a memoryview, an array... Into a read-only one no write is allowed.
        dtype: of the elements.
        count: how many; all that fit if negative.
        offset: bytes to leave out at the start.
        requires_grad: whether operations on the result are recorded.

    Returns:
        Tensor of one dimension.

    Raises:
        ValueError: the buffer is too short, or its size no multiple of the item size.

    Example:
        >>> dlx.frombuffer(bytearray([1, 0, 2, 0]), dtype=dlx.int16)
        tensor([1, 2], dtype=dlx.int16)
    """
    import numpy as np

    view = memoryview(buffer).cast("B")
    item, held = dtype.itemsize, view.nbytes
    if not 0 <= offset <= held:
        raise ValueError(f"frombuffer: offset must be in [0, {held}], the bytes of the buffer. Got {offset}.")
    if count < 0 and (held - offset) % item:
        raise ValueError(f"frombuffer: {held - offset} bytes are not whole elements of {dtype} ({item} bytes each).")
    count = (held - offset) // item if count < 0 else count
    if count * item > held - offset:
        raise ValueError(f"frombuffer: {count} elements of {dtype} need {count * item} bytes. Got {held - offset}.")
    data = np.frombuffer(view, np.uint8, count * item, offset) if count else np.empty(0, np.uint8)
    result = _C.view_dtype(_C.from_numpy(data), dtype)
    return result.requires_grad_() if requires_grad else result


def from_dlpack(ext_tensor: Any, *, device: Device | None = None, copy: bool | None = None) -> Tensor:
    """Make a tensor on the memory of another library's, without copying.

    Args:
        ext_tensor: an object with ``__dlpack__``, or a capsule that it gave.
        device: where to; stays if None.
        copy: True always copies, None only where it must, False raises where it must.

    Returns:
        Tensor of the shape, strides and dtype of ``ext_tensor``. Into read-only memory no write is allowed.

    Raises:
        TypeError: not such an object, or dlx has no such dtype.
        BufferError: the producer or dlx cannot share the memory so.

    Example:
        >>> a = np.arange(3)
        >>> x = dlx.from_dlpack(a)
        >>> a[0] = 7
        >>> x
        tensor([7, 1, 2])
    """
    capsule = ext_tensor
    if hasattr(ext_tensor, "__dlpack__"):
        arguments: dict[str, Any] = {"max_version": (1, 0)}
        if copy is not None:
            arguments["copy"] = copy
        if ext_tensor.__dlpack_device__()[0] == 2:  # a CUDA device: on the legacy default stream
            arguments["stream"] = 1
        try:
            capsule = ext_tensor.__dlpack__(**arguments)
        except TypeError:  # a producer from before version 1.0
            arguments.pop("max_version")
            copy = arguments.pop("copy", copy)
            capsule = ext_tensor.__dlpack__(**arguments)
            if copy:
                return _C.to(_C._from_dlpack(capsule), device, None, True, _preserve)
    result = _C._from_dlpack(capsule)
    if device is None:
        return result
    moved = _C.to(result, device, None, False, _preserve)
    if copy is False and moved is not result:
        raise BufferError(f"from_dlpack: copy=False, but the tensor is on {result.device}, not on {device}.")
    return moved


def to_dlpack(tensor: Tensor) -> Any:
    """Give a tensor's memory to another library: a capsule as DLPack had it before version 1.0.

    Example:
        >>> dlx.from_dlpack(dlx.to_dlpack(dlx.ones(2)))
        tensor([1., 1.])
    """
    return dlpack_method(tensor)


def dlpack_method(
    self: Tensor,
    *,
    stream: Any = -1,
    max_version: tuple[int, int] | None = None,
    dl_device: tuple[Any, int] | None = None,
    copy: bool | None = None,
) -> Any:
    """Give the tensor's memory to another library, in a capsule; see :func:`dlx.from_dlpack`.

    Args:
        self: without a gradient.
        stream: on which a GPU's consumer will read. The tensor is finished in any case.
        max_version: the version of DLPack that the consumer knows; without it, a capsule from before 1.0.
        dl_device: where the consumer wants it, as ``__dlpack_device__`` gives it.
        copy: True always copies, None only where it must, False raises where it must.

    Raises:
        BufferError: the tensor requires a gradient, its memory is read-only and the consumer is from before 1.0, or a
            copy is needed and not allowed.
    """
    if self.requires_grad:
        raise BufferError("__dlpack__: a tensor that requires a gradient cannot be exported. Use x.detach().")
    data = self
    if dl_device is not None and (int(dl_device[0]), dl_device[1]) != dlpack_device(self):
        if int(dl_device[0]) != 1:
            raise BufferError(f"__dlpack__: the tensor is on {self.device} and can be moved to the CPU only.")
        data = self.cpu()
    copied = data is not self
    if copied and copy is False:
        raise BufferError(f"__dlpack__: copy=False, but the tensor is on {self.device}.")
    if copy and not copied:
        data, copied = _C.clone(self, _preserve), True
    if data.is_cuda:
        _C._synchronize(data.device)
    return _C._to_dlpack(data, max_version is not None and max_version[0] >= 1, copied)


def dlpack_device(self: Tensor) -> tuple[int, int]:
    """Name the device as DLPack does: its code (1 for the CPU, 2 for CUDA) and its number."""
    return (2, self.device.index or 0) if self.is_cuda else (1, 0)


def array_wrap(self: Tensor, array: Any, context: Any = None, return_scalar: bool = False) -> Any:
    """Make a tensor of what a NumPy function made of tensors."""
    import numpy as np

    return _C.from_numpy(np.asarray(array))


def new_tensor(
    input: Tensor,
    data: ArrayLike,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor from data, in the dtype and on the device of this one if none are given; see :func:`dlx.tensor`."""
    _check_kind("new_tensor", layout, pin_memory)
    return tensor(data, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_empty(
    input: Tensor,
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make an unwritten tensor, in this one's dtype and on its device if none are given; see :func:`dlx.empty`."""
    _check_kind("new_empty", layout, pin_memory)
    return empty(*size, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_zeros(
    input: Tensor,
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of zeros, in this one's dtype and on its device if none are given; see :func:`dlx.zeros`."""
    _check_kind("new_zeros", layout, pin_memory)
    return zeros(*size, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_ones(
    input: Tensor,
    *size: Any,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor of ones, in this one's dtype and on its device if none are given; see :func:`dlx.ones`."""
    _check_kind("new_ones", layout, pin_memory)
    return ones(*size, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad)


def new_full(
    input: Tensor,
    size: Shape,
    fill_value: Number,
    *,
    dtype: _C.dtype | None = None,
    device: Device | None = None,
    requires_grad: bool = False,
    layout: _C.layout | None = None,
    pin_memory: bool = False,
) -> Tensor:
    """Make a tensor with one value everywhere, in the dtype and on the device of this one unless others are given."""
    _check_kind("new_full", layout, pin_memory)
    return full(
        size, fill_value, dtype=dtype or input.dtype, device=device or input.device, requires_grad=requires_grad
    )


direct(
    globals(), empty=_C.empty, zeros=_C.zeros, ones=_C.ones, empty_like=_C.empty_like, zeros_like=_C.zeros_like,
    ones_like=_C.ones_like,
)  # fmt: skip
