"""Ready models."""

from __future__ import annotations

from typing import Any

from dlx.models import vision
from dlx.models.digits import DigitsCNN

__all__ = ["DigitsCNN", "vision"]


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.models", name)
