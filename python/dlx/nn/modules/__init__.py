"""The layers of `dlx.nn`, one file for each family."""

from __future__ import annotations

from dlx.nn.modules.module import Module

__all__ = ["Module"]
