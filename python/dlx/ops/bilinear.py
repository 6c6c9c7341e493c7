"""Products that are linear in two inputs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["bilinear"]


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Apply a bilinear map to the last dimensions of two inputs.

    ``out[k] = sum_ij(input1[i] * weight[k, i, j] * input2[j]) + bias[k]``

    Args:
        input1: shape ``(*, in1_features)``.
        input2: shape ``(*, in2_features)``, with the leading dimensions of ``input1``.
        weight: shape ``(out_features, in1_features, in2_features)``.
        bias: shape ``(out_features,)``, or none.

    Returns:
        Tensor of shape ``(*, out_features)``.

    Raises:
        ShapeError: shapes do not fit together.
        DtypeError: the dtypes differ, or are not floating point.

    Example:
        >>> F.bilinear(dlx.tensor([1.0, 2.0]), dlx.tensor([3.0]), dlx.tensor([[[4.0], [5.0]]]))
        tensor([42.])
    """
    return _C.bilinear(input1, input2, weight, bias)


direct(globals())
