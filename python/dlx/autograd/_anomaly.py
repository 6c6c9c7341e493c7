"""Anomaly mode: backward says which operation gave the first nan, and where it was called."""

from __future__ import annotations

import os
import sys
import traceback
from typing import Any

from dlx import _C

__all__ = ["detect_anomaly", "set_detect_anomaly"]

_HERE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


def stack() -> str:
    """Return the running lines of Python as a traceback prints them, without those inside dlx."""
    frames = traceback.extract_stack(sys._getframe(1))
    return "".join(traceback.format_list([f for f in frames if not f.filename.startswith(_HERE)])).rstrip("\n")


class set_detect_anomaly:
    """Switch anomaly mode on or off: at once, and back at the end of a ``with`` block if it is used as one.

    Args:
        mode: whether it is on.
        check_nan: raise when an operation gives nan in a gradient; else only note where operations are called.

    Example:
        >>> x = dlx.tensor([-1.0, 4.0], requires_grad=True)
        >>> with dlx.autograd.set_detect_anomaly(True):
        ...     try:
        ...         x.sqrt().sum().backward()
        ...     except RuntimeError as error:
        ...         print(str(error).split(".")[0])
        backward: sqrt gave nan in the gradient of its input 0
    """

    def __init__(self, mode: bool, check_nan: bool = True) -> None:
        self._before = (_C.is_anomaly_enabled(), _C.is_anomaly_check_nan_enabled())
        _C.set_anomaly_enabled(bool(mode), bool(check_nan))

    def __enter__(self) -> None:
        pass

    def __exit__(self, *error: Any) -> None:
        _C.set_anomaly_enabled(*self._before)


class detect_anomaly:
    """Find the operation whose gradient is the first to be nan, for the time of a ``with`` block.

    Each operation notes where it is called, and each gradient is looked through: training becomes several times slower.

    Args:
        check_nan: raise when an operation gives nan in a gradient; else only note where operations are called.

    Raises:
        RuntimeError: within the block, by ``backward``: it names the operation and shows the lines that called it.

    Example:
        >>> x = dlx.tensor(0.0, requires_grad=True)
        >>> with dlx.autograd.detect_anomaly():
        ...     y = x.sqrt() * 0
        ...     try:
        ...         y.backward()
        ...     except RuntimeError as error:
        ...         print(str(error).split(".")[0])
        backward: sqrt gave nan in the gradient of its input 0
    """

    def __init__(self, check_nan: bool = True) -> None:
        self._check_nan = check_nan
        self._before: list[tuple[bool, bool]] = []

    def __enter__(self) -> None:
        self._before.append((_C.is_anomaly_enabled(), _C.is_anomaly_check_nan_enabled()))
        _C.set_anomaly_enabled(True, self._check_nan)

    def __exit__(self, *error: Any) -> None:
        _C.set_anomaly_enabled(*self._before.pop())
