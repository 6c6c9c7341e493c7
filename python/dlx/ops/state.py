"""The state of the library: threads and the default dtype."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import dtype

__all__ = [
    "are_deterministic_algorithms_enabled", "compile", "get_default_dtype", "get_float32_matmul_precision",
    "get_num_interop_threads", "get_num_threads", "is_deterministic_algorithms_warn_only_enabled", "promote_types",
    "set_default_dtype", "set_float32_matmul_precision", "set_num_interop_threads", "set_num_threads",
    "use_deterministic_algorithms",
]  # fmt: skip


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


def compile(model: Any = None, **options: Any) -> Any:
    """Not yet: recording a step and replaying it without Python comes in a later version.

    Raises:
        NotImplementedError: always. Take the call away: the code runs the same without.
    """
    raise NotImplementedError("dlx.compile is not there yet. Leave the call out: the code runs the same without it.")


def set_float32_matmul_precision(precision: str) -> None:
    """Accept PyTorch's setting; dlx's float32 products are float32 always.

    Args:
        precision: ``"highest"``, ``"high"`` or ``"medium"``.

    Raises:
        ValueError: any other.

    Example:
        >>> dlx.set_float32_matmul_precision("high")
        >>> dlx.get_float32_matmul_precision()
        'high'
        >>> dlx.set_float32_matmul_precision("highest")
    """
    global _precision
    if precision not in ("highest", "high", "medium"):
        raise ValueError(
            f"set_float32_matmul_precision: precision must be 'highest', 'high' or 'medium'. Got {precision!r}."
        )
    _precision = precision


def get_float32_matmul_precision() -> str:
    """Return what :func:`set_float32_matmul_precision` was given; ``"highest"`` at first."""
    return _precision


_precision = "highest"
_deterministic: tuple[bool, bool] = (False, False)


def use_deterministic_algorithms(mode: bool, *, warn_only: bool = False) -> None:
    """Accept PyTorch's setting; dlx's results on the CPU are the same bits always.

    Args:
        mode: whether they shall be.
        warn_only: kept for :func:`is_deterministic_algorithms_warn_only_enabled`.

    Example:
        >>> dlx.use_deterministic_algorithms(True)
        >>> dlx.are_deterministic_algorithms_enabled()
        True
        >>> dlx.use_deterministic_algorithms(False)
    """
    global _deterministic
    _deterministic = (bool(mode), bool(warn_only))


def are_deterministic_algorithms_enabled() -> bool:
    """Return what :func:`use_deterministic_algorithms` was given; False at first."""
    return _deterministic[0]


def is_deterministic_algorithms_warn_only_enabled() -> bool:
    """Return the ``warn_only`` that :func:`use_deterministic_algorithms` was given."""
    return _deterministic[1]


def get_num_interop_threads() -> int:
    """Return 1: an operation runs in the thread that calls it, with :func:`get_num_threads` for its kernel."""
    return 1


def set_num_interop_threads(num: int) -> None:
    """Accept PyTorch's setting; see :func:`get_num_interop_threads`."""
    if num < 1:
        raise RuntimeError(f"set_num_interop_threads: num must be at least 1. Got {num}.")
