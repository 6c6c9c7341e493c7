"""Reading images at any places."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["affine_grid", "grid_sample"]

_MODES = ("bilinear", "nearest", "bicubic")  # in the order of ops/grid.h, as is the next
_PADDINGS = ("zeros", "border", "reflection")


def grid_sample(
    input: Tensor,
    grid: Tensor,
    mode: str = "bilinear",
    padding_mode: str = "zeros",
    align_corners: bool | None = None,
) -> Tensor:
    """Read images at given places.

    A place is (x, y), or (x, y, z) in volumes: -1 and 1 are the edges of the image, or, with ``align_corners``, the
    centres of its first and last pixels. nan reads a place outside.

    Args:
        input: shape ``(n, c, h, w)`` or ``(n, c, d, h, w)``, floating point. Halves are computed in float32.
        grid: shape ``(n, oh, ow, 2)`` or ``(n, od, oh, ow, 3)``, of the dtype of ``input``.
        mode: 'bilinear' (in volumes linear in each dimension too), 'nearest' or 'bicubic' (images only).
        padding_mode: what lies outside: 'zeros'; 'border': the pixel at the edge; 'reflection': the image mirrored.
        align_corners: False if None.

    Returns:
        Tensor of shape ``(n, c, oh, ow)`` or ``(n, c, od, oh, ow)``.

    Raises:
        ShapeError: the shapes do not belong together, or a size of ``input`` but the batch is 0.
        DtypeError: the dtypes differ or are not floating point.
        ValueError: an unknown mode.

    Example:
        >>> F.grid_sample(dlx.tensor([[[[1.0, 3.0]]]]), dlx.tensor([[[[0.0, 0.0], [0.5, 0.0]]]]))
        tensor([[[[2., 3.]]]])

    Source: Jaderberg et al. 2015, arXiv:1506.02025.
    """
    if mode not in _MODES:
        raise ValueError(f"grid_sample: mode must be one of {', '.join(map(repr, _MODES))}. Got {mode!r}.")
    if padding_mode not in _PADDINGS:
        allowed = ", ".join(map(repr, _PADDINGS))
        raise ValueError(f"grid_sample: padding_mode must be one of {allowed}. Got {padding_mode!r}.")
    return _C.grid_sample(input, grid, _MODES.index(mode), _PADDINGS.index(padding_mode), bool(align_corners))


def affine_grid(theta: Tensor, size: Sequence[int], align_corners: bool | None = None) -> Tensor:
    """Map the places of an image's pixels by an affine map, for :func:`grid_sample`.

    ``grid[n, y, x] = theta[n] @ (x', y', 1)`` with the pixel's own place ``(x', y')`` in [-1, 1].

    Args:
        theta: shape ``(n, 2, 3)``, or ``(n, 3, 4)`` for volumes; floating point.
        size: of the images that are read: ``(n, c, h, w)`` or ``(n, c, d, h, w)``.
        align_corners: as in :func:`grid_sample`; False if None.

    Returns:
        Tensor of shape ``(n, h, w, 2)`` or ``(n, d, h, w, 3)``.

    Raises:
        ShapeError: ``theta`` has another shape.
        DtypeError: ``theta`` is not floating point.
        ValueError: ``size`` has not four or five positive numbers.

    Example:
        >>> F.affine_grid(dlx.tensor([[[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]]]), (1, 1, 1, 2))
        tensor([[[[-0.5000,  0.0000],
                  [ 0.5000,  0.0000]]]])

    Source: Jaderberg et al. 2015, arXiv:1506.02025.
    """
    return _C.affine_grid(theta, size, bool(align_corners))
