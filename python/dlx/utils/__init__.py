"""The places where PyTorch keeps helpers; the code is in `dlx.data`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlx.utils import checkpoint, data

__all__ = ["checkpoint", "data"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        import importlib

        return importlib.import_module(f"dlx.utils.{name}")
    from dlx._absent import absent

    raise absent("dlx.utils", name)
