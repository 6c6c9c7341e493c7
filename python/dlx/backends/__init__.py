"""PyTorch's switches of its back ends. dlx needs none of them: programs that set them run as they are."""

from __future__ import annotations

from dlx.backends import cudnn, mps

__all__ = ["cudnn", "mps"]
