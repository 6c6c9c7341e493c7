"""softmax and log_softmax."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["log_softmax", "softmax"]


def softmax(
    input: Tensor,
    dim: int | None = None,
    dtype: _C.dtype | None = None,
    *,
    out: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Turn scores into probabilities along one dimension.

    ``out[i] = exp(input[i] - max(input)) / sum_j(exp(input[j] - max(input)))`` along ``dim``

    Args:
        input: any shape, floating point unless ``dtype`` is. Halves are summed in float32.
        dim: the dimension along which the results sum to 1.
        dtype: of the result; ``input`` is converted first.
        out: where to write the result.
        axis: another name of ``dim``.

    Returns:
        Tensor of the shape of ``input``; nan where a whole row is -inf.

    Raises:
        IndexError: ``dim`` is out of range.
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.

    Example:
        >>> F.softmax(dlx.tensor([1.0, 2.0, 3.0]), dim=0)
        tensor([0.0900, 0.2447, 0.6652])

    PyTorch's ``nn.functional`` has a parameter ``_stacklevel`` between ``dim`` and ``dtype``; dlx has not.
    """
    if dim is None:
        dim = _dim_of("softmax", input, axis)
    return _C.softmax(input, dim, dtype, out)


def log_softmax(
    input: Tensor,
    dim: int | None = None,
    dtype: _C.dtype | None = None,
    *,
    out: Tensor | None = None,
    axis: int | None = None,
) -> Tensor:
    """Take the logarithm of softmax, without loss where a probability is tiny.

    ``out[i] = input[i] - max(input) - log(sum_j(exp(input[j] - max(input))))`` along ``dim``

    Args:
        input: any shape, floating point unless ``dtype`` is. Halves are summed in float32.
        dim: the dimension along which the probabilities sum to 1.
        dtype: of the result; ``input`` is converted first.
        out: where to write the result.
        axis: another name of ``dim``.

    Returns:
        Tensor of the shape of ``input``.

    Raises:
        IndexError: ``dim`` is out of range.
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.

    Example:
        >>> F.log_softmax(dlx.tensor([1.0, 2.0, 3.0]), dim=0)
        tensor([-2.4076, -1.4076, -0.4076])
    """
    if dim is None:
        dim = _dim_of("log_softmax", input, axis)
    return _C.log_softmax(input, dim, dtype, out)


def _dim_of(function: str, input: Tensor, axis: int | None) -> int:
    """The dimension when `dim` was not given: `axis`, else PyTorch's old choice by rank, with its warning."""
    if axis is not None:
        return axis
    import warnings

    dim = 0 if input.ndim in (0, 1, 3) else 1
    warnings.warn(f"{function}: dim is not given. Taking dim={dim}; say dim=... to be sure.", stacklevel=3)
    return dim


direct(globals(), softmax=(_C.softmax, "dim"), log_softmax=(_C.log_softmax, "dim"))
