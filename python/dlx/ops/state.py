"""The state of the library: threads and the default dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import dtype

__all__ = ["get_default_dtype", "get_num_threads", "promote_types", "set_default_dtype", "set_num_threads"]


def get_num_threads() -> int:
    """Return how many threads a kernel may use. The bits of a result do not depend on it.

    Example:
        >>> dlx.get_num_threads() >= 1
        True
    """
    return _C.get_num_threads()


def set_num_threads(num: int) -> None:
    """Set how many threads a kernel may use, at least 1.

    Example:
        >>> dlx.set_num_threads(dlx.get_num_threads())
    """
    _C.set_num_threads(num)


def get_default_dtype() -> dtype:
    """Return the dtype of new tensors and of Python's floats.

    Example:
        >>> dlx.get_default_dtype()
        dlx.float32
    """
    return _C.get_default_dtype()


def set_default_dtype(d: dtype) -> None:
    """Set the dtype of new tensors and of Python's floats, a floating-point one.

    Raises:
        TypeError: ``d`` is not a floating-point dtype.

    Example:
        >>> dlx.set_default_dtype(dlx.float32)
    """
    _C.set_default_dtype(d)


def promote_types(type1: dtype, type2: dtype) -> dtype:
    """Return the dtype that an operation on both gives.

    Example:
        >>> dlx.promote_types(dlx.int64, dlx.float16)
        dlx.float16
    """
    return _C.promote_types(type1, type2)
