"""Settings of cuDNN, which PyTorch's programs set: kept, and without an effect."""

from __future__ import annotations

__all__ = ["allow_tf32", "benchmark", "deterministic", "enabled", "is_available"]

enabled = True
benchmark = False
deterministic = False
allow_tf32 = False


def is_available() -> bool:
    """Ask whether there is a GPU to use.

    Example:
        >>> dlx.backends.cudnn.is_available() == dlx.cuda.is_available()
        True
    """
    from dlx import cuda

    return cuda.is_available()
