"""Parameters as one vector."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from dlx.ops.view import cat

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["parameters_to_vector", "vector_to_parameters"]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """Join all parameters to one vector.

    Example:
        >>> nn.utils.parameters_to_vector(nn.Linear(2, 3).parameters()).shape
        dlx.Size([9])
    """
    return cat([parameter.reshape(-1) for parameter in parameters])


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Give all parameters their part of a vector, as :func:`parameters_to_vector` joins them.

    Raises:
        ShapeError: the vector is shorter than all parameters together.
    """
    start = 0
    for parameter in parameters:
        parameter.data = vec.narrow(0, start, parameter.numel()).view(parameter.shape).detach()
        start += parameter.numel()
