"""The places where PyTorch keeps helpers; the code is in `dlx.data`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlx.utils import data

__all__ = ["data"]


def __getattr__(name: str) -> Any:
    if name == "data":
        import importlib

        return importlib.import_module("dlx.utils.data")
    from dlx._absent import absent

    raise absent("dlx.utils", name)
