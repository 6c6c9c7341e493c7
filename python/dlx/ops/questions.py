"""Questions about tensors that need no kernel."""

from __future__ import annotations

from typing import Any

from dlx import _C
from dlx._C import Tensor

__all__ = [
    "finfo", "get_device", "iinfo", "is_complex", "is_conj", "is_floating_point", "is_inference", "is_neg",
    "is_nonzero", "is_same_size", "is_signed", "is_tensor", "numel",
]  # fmt: skip


def is_tensor(obj: Any) -> bool:
    """Ask whether an object is a tensor.

    Example:
        >>> dlx.is_tensor([1.0])
        False
    """
    return isinstance(obj, Tensor)


def numel(input: Tensor) -> int:
    """Count the elements.

    Example:
        >>> dlx.numel(dlx.zeros(2, 3))
        6
    """
    return input.numel()


def is_floating_point(input: Tensor) -> bool:
    """Ask whether the dtype is a floating-point one.

    Example:
        >>> dlx.is_floating_point(dlx.tensor([1]))
        False
    """
    return input.dtype.is_floating_point


def is_complex(input: Tensor) -> bool:
    """Ask whether the dtype is a complex one.

    Example:
        >>> dlx.is_complex(dlx.ones(1))
        False
    """
    return input.dtype.is_complex


def is_signed(input: Tensor) -> bool:
    """Ask whether the dtype has negative values.

    Example:
        >>> dlx.is_signed(dlx.tensor([1], dtype=dlx.uint8))
        False
    """
    return input.dtype.is_signed


def is_conj(input: Tensor) -> bool:
    """Ask whether the conjugate is still to be taken: never here.

    Example:
        >>> dlx.is_conj(dlx.ones(1))
        False
    """
    return False


def is_neg(input: Tensor) -> bool:
    """Ask whether the sign is still to be changed: never here.

    Example:
        >>> dlx.is_neg(dlx.ones(1))
        False
    """
    return False


def is_inference(input: Tensor) -> bool:
    """Ask whether the tensor was made in inference mode, see :class:`dlx.inference_mode`.

    Example:
        >>> dlx.is_inference(dlx.ones(1))
        False
    """
    return input.is_inference()


def is_nonzero(input: Tensor) -> bool:
    """Ask whether a tensor's one element is not zero.

    Raises:
        RuntimeError: the tensor has not one element.

    Example:
        >>> dlx.is_nonzero(dlx.tensor([0.0]))
        False
    """
    return bool(input)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Ask whether two tensors have one shape.

    Example:
        >>> dlx.is_same_size(dlx.ones(2), dlx.ones(2, 1))
        False
    """
    return input.shape == other.shape


def get_device(input: Tensor) -> int:
    """Number the GPU on which a tensor lies; -1 for the CPU.

    Example:
        >>> dlx.get_device(dlx.ones(1))
        -1
    """
    return (input.device.index or 0) if input.is_cuda else -1


def dim_order(input: Tensor) -> tuple[int, ...]:
    """List the dimensions as they lie in memory, from the outermost.

    Example:
        >>> dlx.zeros(2, 3).t().dim_order()
        (1, 0)
    """
    strides = input.stride()
    return tuple(sorted(range(len(strides)), key=lambda d: -strides[d]))


# Of each dtype: bits of the fraction, largest and smallest exponent of normal numbers, digits that can be trusted.
_FLOATS = {
    _C.float16: (10, 15, -14, 3),
    _C.bfloat16: (7, 127, -126, 2),
    _C.float32: (23, 127, -126, 6),
    _C.float64: (52, 1023, -1022, 15),
}


class finfo:
    """The limits of a floating-point dtype.

    Args:
        type: the dtype; the default dtype (float32) if None.

    Attributes: ``bits``; ``eps``, the distance from 1 to the next number; ``min`` and ``max``; ``tiny`` and
    ``smallest_normal``, the smallest positive normal number; ``resolution``, ``10 ** -digits``; ``dtype``, the name.

    Raises:
        TypeError: ``type`` is not a floating-point dtype.

    Example:
        >>> dlx.finfo(dlx.float16).max
        65504.0
    """

    def __init__(self, type: _C.dtype | None = None) -> None:
        dtype = _C.get_default_dtype() if type is None else type
        if dtype not in _FLOATS:
            raise TypeError(f"finfo: it takes a floating-point dtype; dlx.iinfo takes integers. Got {type!r}.")
        fraction, high, low, digits = _FLOATS[dtype]
        self.bits = 8 * dtype.itemsize
        self.eps = 2.0**-fraction
        self.max = (2 - self.eps) * 2.0**high
        self.min = -self.max
        self.tiny = self.smallest_normal = 2.0**low
        self.resolution = float(f"1e-{digits}")
        self.dtype = repr(dtype).rpartition(".")[2]

    def __repr__(self) -> str:
        names = ("resolution", "min", "max", "eps", "smallest_normal", "tiny")
        numbers = ", ".join(f"{name}={getattr(self, name):g}" for name in names)
        return f"finfo({numbers}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, finfo) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash((finfo, self.dtype))


class iinfo:
    """The limits of an integer dtype.

    Args:
        type: the dtype.

    Attributes: ``bits``, ``min``, ``max``; ``dtype``, the name.

    Raises:
        TypeError: ``type`` is not an integer dtype.

    Example:
        >>> dlx.iinfo(dlx.int8).max
        127
    """

    def __init__(self, type: _C.dtype) -> None:
        if not isinstance(type, _C.dtype) or type.is_floating_point or type.is_complex or type is _C.bool:
            raise TypeError(f"iinfo: it takes an integer dtype; dlx.finfo takes floating-point ones. Got {type!r}.")
        self.bits = 8 * type.itemsize
        self.min = -(1 << (self.bits - 1)) if type.is_signed else 0
        self.max = (1 << (self.bits - type.is_signed)) - 1
        self.dtype = repr(type).rpartition(".")[2]

    def __repr__(self) -> str:
        return f"iinfo(min={self.min}, max={self.max}, dtype={self.dtype})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, iinfo) and other.dtype == self.dtype

    def __hash__(self) -> int:
        return hash((iinfo, self.dtype))
