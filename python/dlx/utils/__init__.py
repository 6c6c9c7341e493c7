"""The places where PyTorch keeps helpers, data among them; and pictures, as in torchvision.utils."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dlx.utils import checkpoint, data, image
    from dlx.utils.image import make_grid, save_image

__all__ = ["checkpoint", "data", "image", "make_grid", "save_image"]


def __getattr__(name: str) -> Any:
    import importlib

    if name in ("make_grid", "save_image"):
        return getattr(importlib.import_module("dlx.utils.image"), name)
    if name in __all__:
        return importlib.import_module(f"dlx.utils.{name}")
    from dlx._absent import absent

    raise absent("dlx.utils", name)
