"""Padding layers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx.nn.modules.module import Module
from dlx.ops._arguments import each_dim
from dlx.ops.pad import pad

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Sizes

__all__ = [
    "CircularPad1d", "CircularPad2d", "CircularPad3d", "ConstantPad1d", "ConstantPad2d", "ConstantPad3d",
    "ReflectionPad1d", "ReflectionPad2d", "ReflectionPad3d", "ReplicationPad1d", "ReplicationPad2d",
    "ReplicationPad3d", "ZeroPad1d", "ZeroPad2d", "ZeroPad3d",
]  # fmt: skip


class _Pad(Module):
    _spatial: int
    _mode: str

    def __init__(self, padding: Sizes) -> None:
        super().__init__()
        self.padding = each_dim(self._get_name(), "padding", padding, 2 * self._spatial)

    def forward(self, input: Tensor) -> Tensor:
        return pad(input, self.padding, self._mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPad(_Pad):
    value: float

    def __init__(self, padding: Sizes, value: float) -> None:
        super().__init__(padding)
        self.value = value

    def forward(self, input: Tensor) -> Tensor:
        return pad(input, self.padding, "constant", self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPad(_ConstantPad):
    def __init__(self, padding: Sizes) -> None:
        super().__init__(padding, 0.0)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class ConstantPad1d(_ConstantPad):
    """Add elements of one value at the ends of sequences; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right).
        value: of the elements.

    Shapes: any input with the padded dimensions last.

    Example:
        >>> nn.ConstantPad1d(1, 0.5)(dlx.zeros(1, 1, 3)).shape
        dlx.Size([1, 1, 5])
    """

    _spatial = 1


class ConstantPad2d(_ConstantPad):
    """Add elements of one value at the ends of images; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom).
        value: of the elements.

    Shapes: any input with the padded dimensions last.

    Example:
        >>> nn.ConstantPad2d(1, 0.5)(dlx.zeros(1, 1, 3, 3)).shape
        dlx.Size([1, 1, 5, 5])
    """

    _spatial = 2


class ConstantPad3d(_ConstantPad):
    """Add elements of one value at the ends of volumes; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom, front, back).
        value: of the elements.

    Shapes: any input with the padded dimensions last.

    Example:
        >>> nn.ConstantPad3d(1, 0.5)(dlx.zeros(1, 1, 3, 3, 3)).shape
        dlx.Size([1, 1, 5, 5, 5])
    """

    _spatial = 3


class ZeroPad1d(_ZeroPad):
    """Add zeros at the ends of sequences; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right).

    Shapes: any input with the padded dimensions last.

    Example:
        >>> nn.ZeroPad1d(1)(dlx.zeros(1, 1, 3)).shape
        dlx.Size([1, 1, 5])
    """

    _spatial = 1


class ZeroPad2d(_ZeroPad):
    """Add zeros at the ends of images; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom).

    Shapes: any input with the padded dimensions last.

    Example:
        >>> nn.ZeroPad2d(1)(dlx.zeros(1, 1, 3, 3)).shape
        dlx.Size([1, 1, 5, 5])
    """

    _spatial = 2


class ZeroPad3d(_ZeroPad):
    """Add zeros at the ends of volumes; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom, front, back).

    Shapes: any input with the padded dimensions last.

    Example:
        >>> nn.ZeroPad3d(1)(dlx.zeros(1, 1, 3, 3, 3)).shape
        dlx.Size([1, 1, 5, 5, 5])
    """

    _spatial = 3


class ReflectionPad1d(_Pad):
    """Add mirrored elements, the edge not repeated, at the ends of sequences; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right).

    Shapes: input ``(n, c, l)`` or ``(c, l)``.

    Example:
        >>> nn.ReflectionPad1d(1)(dlx.zeros(1, 1, 3)).shape
        dlx.Size([1, 1, 5])
    """

    _spatial = 1
    _mode = "reflect"


class ReflectionPad2d(_Pad):
    """Add mirrored elements, the edge not repeated, at the ends of images; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom).

    Shapes: input ``(n, c, h, w)`` or ``(c, h, w)``.

    Example:
        >>> nn.ReflectionPad2d(1)(dlx.zeros(1, 1, 3, 3)).shape
        dlx.Size([1, 1, 5, 5])
    """

    _spatial = 2
    _mode = "reflect"


class ReflectionPad3d(_Pad):
    """Add mirrored elements, the edge not repeated, at the ends of volumes; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom, front, back).

    Shapes: input ``(n, c, d, h, w)`` or ``(c, d, h, w)``.

    Example:
        >>> nn.ReflectionPad3d(1)(dlx.zeros(1, 1, 3, 3, 3)).shape
        dlx.Size([1, 1, 5, 5, 5])
    """

    _spatial = 3
    _mode = "reflect"


class ReplicationPad1d(_Pad):
    """Add copies of the edge at the ends of sequences; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right).

    Shapes: input ``(n, c, l)`` or ``(c, l)``.

    Example:
        >>> nn.ReplicationPad1d(1)(dlx.zeros(1, 1, 3)).shape
        dlx.Size([1, 1, 5])
    """

    _spatial = 1
    _mode = "replicate"


class ReplicationPad2d(_Pad):
    """Add copies of the edge at the ends of images; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom).

    Shapes: input ``(n, c, h, w)`` or ``(c, h, w)``.

    Example:
        >>> nn.ReplicationPad2d(1)(dlx.zeros(1, 1, 3, 3)).shape
        dlx.Size([1, 1, 5, 5])
    """

    _spatial = 2
    _mode = "replicate"


class ReplicationPad3d(_Pad):
    """Add copies of the edge at the ends of volumes; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom, front, back).

    Shapes: input ``(n, c, d, h, w)`` or ``(c, d, h, w)``.

    Example:
        >>> nn.ReplicationPad3d(1)(dlx.zeros(1, 1, 3, 3, 3)).shape
        dlx.Size([1, 1, 5, 5, 5])
    """

    _spatial = 3
    _mode = "replicate"


class CircularPad1d(_Pad):
    """Add elements from the other end at the ends of sequences; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right).

    Shapes: input ``(n, c, l)`` or ``(c, l)``.

    Example:
        >>> nn.CircularPad1d(1)(dlx.zeros(1, 1, 3)).shape
        dlx.Size([1, 1, 5])
    """

    _spatial = 1
    _mode = "circular"


class CircularPad2d(_Pad):
    """Add elements from the other end at the ends of images; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom).

    Shapes: input ``(n, c, h, w)`` or ``(c, h, w)``.

    Example:
        >>> nn.CircularPad2d(1)(dlx.zeros(1, 1, 3, 3)).shape
        dlx.Size([1, 1, 5, 5])
    """

    _spatial = 2
    _mode = "circular"


class CircularPad3d(_Pad):
    """Add elements from the other end at the ends of volumes; see :func:`dlx.nn.functional.pad`.

    Args:
        padding: how many; an int or (left, right, top, bottom, front, back).

    Shapes: input ``(n, c, d, h, w)`` or ``(c, d, h, w)``.

    Example:
        >>> nn.CircularPad3d(1)(dlx.zeros(1, 1, 3, 3, 3)).shape
        dlx.Size([1, 1, 5, 5, 5])
    """

    _spatial = 3
    _mode = "circular"
