"""NVIDIA GPUs. dlx is complete without one; where a plugin and a GPU are, `device="cuda"` works everywhere.

The kernels are in a library of their own beside the package, loaded when something here is first asked for.
"""

from __future__ import annotations

from typing import Any

__all__ = [
    "current_device",
    "device_count",
    "empty_cache",
    "is_available",
    "manual_seed",
    "manual_seed_all",
    "synchronize",
    "why",
]

_PLUGIN = "libdlx_cuda.so"
_found: tuple[int, str] | None = None  # (number of GPUs, why there are none)


def _look() -> tuple[int, str]:
    """Load the plugin and count GPUs, once."""
    global _found
    if _found is None:
        _found = _load_plugin()
    return _found


def _load_plugin() -> tuple[int, str]:
    import ctypes
    import os

    path = os.path.join(os.path.dirname(os.path.abspath(__file__)), _PLUGIN)
    if not os.path.exists(path):
        return (
            0,
            f"This build of dlx has no CUDA kernels: {_PLUGIN} is not beside the package (-DDLX_CUDA=ON builds it).",
        )
    try:
        plugin = ctypes.CDLL(path, mode=ctypes.RTLD_GLOBAL)
        count, reason = plugin.dlx_cuda_device_count, plugin.dlx_cuda_why
    except (OSError, AttributeError) as error:
        return 0, f"The CUDA plugin {path} does not load: {error}."
    count.restype, reason.restype = ctypes.c_int, ctypes.c_char_p
    devices = count()  # 0 where the driver is missing or too old; dlx_cuda_why says which
    return devices, "" if devices else (reason() or b"The CUDA driver reports no GPU.").decode()


def is_available() -> bool:
    """Ask whether tensors can live on a GPU here; :func:`why` says why not.

    Example:
        >>> dlx.cuda.is_available() == (dlx.cuda.device_count() > 0)
        True
    """
    return _look()[0] > 0


def why() -> str:
    """Say in a sentence why there is no GPU to use; empty if there is one."""
    return _look()[1]


def device_count() -> int:
    """Count the GPUs."""
    return _look()[0]


def _need(function: str) -> None:
    if not is_available():
        raise RuntimeError(f"cuda.{function}: no GPU can be used. {why()}")


def current_device() -> int:
    """Return the index of the GPU that ``"cuda"`` means.

    Raises:
        RuntimeError: there is no GPU.
    """
    _need("current_device")
    return 0


def synchronize(device: Any = None) -> None:
    """Wait until the GPU has done all that was asked of it.

    Raises:
        RuntimeError: there is no GPU.
    """
    _need("synchronize")
    from dlx import _C

    which = "cuda" if device is None else f"cuda:{device}" if isinstance(device, int) else device
    _C._synchronize(which)


def empty_cache() -> None:
    """Give cached GPU memory back to the driver; nothing to do without a GPU."""


def manual_seed(seed: int) -> None:
    """Set the seed of the GPU's generator. One generator serves all devices, and :func:`dlx.manual_seed` seeds it."""


def manual_seed_all(seed: int) -> None:
    """Set the seed on all GPUs; see :func:`manual_seed`."""


def __getattr__(name: str) -> Any:
    if name == "amp":
        import importlib

        return importlib.import_module("dlx.amp")
    from dlx._absent import absent

    raise absent("dlx.cuda", name)
