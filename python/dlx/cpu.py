"""The CPU as a device, and the memory that dlx holds on it.

Blocks that tensors give back are kept for the next ones, by size, so that a training step after the first few asks the
system for nothing. They return to it on :func:`empty_cache`, when memory gets short, and when sizes that never come
again pile up. The names and the statistics are those of ``torch.cuda``.
"""

from __future__ import annotations

from typing import Any

from dlx import _C

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "max_memory_allocated",
    "max_memory_reserved",
    "memory_allocated",
    "memory_reserved",
    "memory_stats",
    "reset_peak_memory_stats",
    "synchronize",
]


def is_available() -> bool:
    """Return True: there is always a CPU."""
    return True


def device_count() -> int:
    """Return 1: all processors together are one device."""
    return 1


def current_device() -> str:
    """Return ``'cpu'``."""
    return "cpu"


def synchronize(device: Any = None) -> None:
    """Do nothing: an op on the CPU is done when it returns.

    Args:
        device: ignored; as in PyTorch.
    """


def empty_cache() -> None:
    """Give the memory that no tensor uses back to the system.

    Small blocks stay where a tensor lies in the same 2 MB, and where another thread keeps them (2 MB at most each).

    Example:
        >>> x = dlx.zeros(10_000_000)
        >>> del x
        >>> before = dlx.cpu.memory_reserved()
        >>> dlx.cpu.empty_cache()
        >>> before - dlx.cpu.memory_reserved() >= 40_000_000
        True
    """
    _C.empty_cache()


def memory_stats(device: Any = None) -> dict[str, int]:
    """Count the memory of tensors on the CPU.

    The keys are those of ``torch.cuda.memory_stats`` that have a meaning here:

    - ``allocated_bytes.all.current``, ``.peak``: what tensors and running ops use, rounded up to the blocks they got
      (by an eighth at most). A peak also counts the free blocks of up to 4 KB that a thread keeps, 2 MB at most.
    - ``reserved_bytes.all.current``, ``.peak``: what was got from the system and not returned.
    - ``num_device_alloc``, ``num_device_free``: how often the system was asked for memory, and got some back.
    - ``num_ooms``: how often memory could not be had (``MemoryError``).

    Peaks are those since the start or :func:`reset_peak_memory_stats`. Memory that NumPy or a file owns is not counted.

    Args:
        device: ignored: there is one CPU.

    Example:
        >>> x = dlx.zeros(1024, 1024)
        >>> dlx.cpu.memory_stats()["allocated_bytes.all.current"] >= 4 * 1024 * 1024
        True
    """
    stats = _C.memory_stats()
    return {
        "allocated_bytes.all.current": stats["in_use_bytes"],
        "allocated_bytes.all.peak": stats["peak_in_use_bytes"],
        "num_device_alloc": stats["system_requests"],
        "num_device_free": stats["system_returns"],
        "num_ooms": stats["refused"],
        "reserved_bytes.all.current": stats["system_bytes"],
        "reserved_bytes.all.peak": stats["peak_system_bytes"],
    }


def reset_peak_memory_stats(device: Any = None) -> None:
    """Let the peaks of :func:`memory_stats` begin anew at what is used now."""
    _C.reset_memory_peaks()


def memory_allocated(device: Any = None) -> int:
    """Return the bytes in use by tensors; see :func:`memory_stats`."""
    return memory_stats()["allocated_bytes.all.current"]


def max_memory_allocated(device: Any = None) -> int:
    """Return the most bytes in use by tensors since the start or :func:`reset_peak_memory_stats`."""
    return memory_stats()["allocated_bytes.all.peak"]


def memory_reserved(device: Any = None) -> int:
    """Return the bytes got from the system and not returned."""
    return memory_stats()["reserved_bytes.all.current"]


def max_memory_reserved(device: Any = None) -> int:
    """Return the most bytes got from the system since the start or :func:`reset_peak_memory_stats`."""
    return memory_stats()["reserved_bytes.all.peak"]


def __getattr__(name: str) -> Any:
    if name == "amp":
        import importlib

        return importlib.import_module("dlx.amp")
    from dlx._absent import absent

    raise absent("dlx.cpu", name)
