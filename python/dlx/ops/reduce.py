"""Functions that reduce dimensions: sums, extremes, questions."""

from __future__ import annotations

from collections import namedtuple
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._arguments import other_name, required, two_outputs
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Dims

__all__ = [
    "all", "amax", "amin", "aminmax", "any", "argmax", "argmin", "count_nonzero", "logsumexp", "max", "mean", "min",
    "nanmean", "nansum", "norm", "prod", "std", "std_mean", "sum", "var", "var_mean",
]  # fmt: skip

aminmax_result = namedtuple("aminmax_result", ["min", "max"])
max_result = namedtuple("max_result", ["values", "indices"])
min_result = namedtuple("min_result", ["values", "indices"])


def sum(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Add up.

    ``out = sum of input over dim``. The order of the additions depends on the length alone, so the bits do too.

    Args:
        input: any shape.
        dim: the dimension or dimensions to sum over; all if None or empty.
        keepdim: keep the summed dimensions with size 1.
        dtype: of the result; ``input`` is converted first. If None, int64 for integers and bool, else that of ``input``
            (halves are summed in float32).
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the summed dimensions; 0 where there is nothing to sum.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: a dimension is given twice.

    Example:
        >>> dlx.sum(dlx.tensor([[1, 2], [3, 4]]), dim=0)
        tensor([4, 6])
    """
    if axis is not None:
        dim = other_name("sum", "dim", dim, "axis", axis)
    return _C.sum(input, dim, keepdim or keepdims, dtype, out)


def mean(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the mean.

    ``out = sum(input) / n`` over ``dim``, ``n`` elements each; nan where there are none.

    Args:
        input: any shape, floating point unless ``dtype`` is.
        dim: the dimension or dimensions to take the mean over; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        dtype: of the result; ``input`` is converted first.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions.

    Raises:
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.mean(dlx.tensor([[1.0, 2.0], [3.0, 4.0]]), dim=1)
        tensor([1.5000, 3.5000])
    """
    if axis is not None:
        dim = other_name("mean", "dim", dim, "axis", axis)
    return _C.mean(input, dim, keepdim or keepdims, dtype, out)


def amax(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the largest value; nan if there is one. Equal largest values share the gradient.

    Args:
        input: any shape; the reduced dimensions are not empty.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions, of the dtype of ``input``.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: there is nothing to take the largest of.

    Example:
        >>> dlx.amax(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([5, 3])
    """
    if axis is not None:
        dim = other_name("amax", "dim", dim, "axis", axis)
    return _C.amax(input, dim, keepdim or keepdims, out)


def amin(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the smallest value; nan if there is one. Equal smallest values share the gradient.

    Args:
        input: any shape; the reduced dimensions are not empty.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions, of the dtype of ``input``.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: there is nothing to take the smallest of.

    Example:
        >>> dlx.amin(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([1, 2])
    """
    if axis is not None:
        dim = other_name("amin", "dim", dim, "axis", axis)
    return _C.amin(input, dim, keepdim or keepdims, out)


def max(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Any:
    """Take the largest value of all, or along one dimension with its index; nan counts as largest.

    ``max(input, other)`` with two tensors is :func:`dlx.maximum`.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to reduce; None for all. Of equal values the first is taken.
        keepdim: keep the reduced dimension with size 1.
        out: where to write the result: a tensor, or two (values, indices) with ``dim``.
        out: where to write the result: a tensor, or two (values, indices) with ``dim``.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        A tensor without dimensions if ``dim`` is None, else ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to take the largest of.

    Example:
        >>> dlx.max(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        max_result(values=tensor([5, 3]), indices=tensor([1, 0]))
    """
    if axis is not None:
        dim = other_name("max", "dim", dim, "axis", axis)
    if dim is None:
        if keepdim or keepdims:
            raise TypeError("max: keepdim needs dim. dlx.amax(x, keepdim=True) keeps all dimensions.")
        return _C.amax(input, None, False, out)
    if isinstance(dim, _C.Tensor):
        return _C.maximum(input, dim, out)
    values, indices = two_outputs("max", "values", "indices", out)
    return max_result(*_C.max_dim(input, dim, keepdim or keepdims, values, indices))


def min(
    input: Tensor,
    dim: Any = None,
    keepdim: bool = False,
    *,
    out: Any = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Any:
    """Take the smallest value of all, or along one dimension with its index; nan counts as smallest.

    ``min(input, other)`` with two tensors is :func:`dlx.minimum`.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to reduce; None for all. Of equal values the first is taken.
        keepdim: keep the reduced dimension with size 1.
        out: where to write the result: a tensor, or two (values, indices) with ``dim``.
        out: where to write the result: a tensor, or two (values, indices) with ``dim``.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        A tensor without dimensions if ``dim`` is None, else ``(values, indices)``.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to take the smallest of.

    Example:
        >>> dlx.min(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        min_result(values=tensor([1, 2]), indices=tensor([0, 1]))
    """
    if axis is not None:
        dim = other_name("min", "dim", dim, "axis", axis)
    if dim is None:
        if keepdim or keepdims:
            raise TypeError("min: keepdim needs dim. dlx.amin(x, keepdim=True) keeps all dimensions.")
        return _C.amin(input, None, False, out)
    if isinstance(dim, _C.Tensor):
        return _C.minimum(input, dim, out)
    values, indices = two_outputs("min", "values", "indices", out)
    return min_result(*_C.min_dim(input, dim, keepdim or keepdims, values, indices))


def argmax(
    input: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Find the index of the largest value, the first of equal ones; nan counts as largest.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to search along; if None, the index counts all elements in order.
        keepdim: keep the reduced dimension with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of int64 without the reduced dimension.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to search.

    Example:
        >>> dlx.argmax(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([1, 0])
    """
    if axis is not None:
        dim = other_name("argmax", "dim", dim, "axis", axis)
    return _C.argmax(input, dim, keepdim or keepdims, out)


def argmin(
    input: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Find the index of the smallest value, the first of equal ones; nan counts as smallest.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to search along; if None, the index counts all elements in order.
        keepdim: keep the reduced dimension with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of int64 without the reduced dimension.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: there is nothing to search.

    Example:
        >>> dlx.argmin(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        tensor([0, 1])
    """
    if axis is not None:
        dim = other_name("argmin", "dim", dim, "axis", axis)
    return _C.argmin(input, dim, keepdim or keepdims, out)


def all(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Ask whether all elements are true (not zero); True where there are none.

    Args:
        input: any shape and dtype.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of bool (of uint8 if ``input`` is, as in PyTorch) without the reduced dimensions.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.all(dlx.tensor([[True, False], [True, True]]), dim=1)
        tensor([False,  True])
    """
    if axis is not None:
        dim = other_name("all", "dim", dim, "axis", axis)
    return _C.all(input, dim, keepdim or keepdims, out)


def any(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Ask whether any element is true (not zero); False where there are none.

    Args:
        input: any shape and dtype.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor of bool (of uint8 if ``input`` is, as in PyTorch) without the reduced dimensions.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.any(dlx.tensor([[True, False], [False, False]]), dim=1)
        tensor([ True, False])
    """
    if axis is not None:
        dim = other_name("any", "dim", dim, "axis", axis)
    return _C.any(input, dim, keepdim or keepdims, out)


def var(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the variance.

    ``out = sum((input - mean)**2) / max(0, n - correction)`` over ``dim``, ``n`` elements each.
    A large offset of all elements cancels before anything is squared.

    Args:
        input: any shape, floating point.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        unbiased: False stands for ``correction=0``, True for 1; ``var(x, False)`` means this too.
        correction: what is taken from the number of elements; 1 (Bessel's) if None.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions; nan for a single element.

    Raises:
        DtypeError: ``input`` is not floating point.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.var(dlx.tensor([1.0, 2.0, 3.0, 4.0]), correction=0)
        tensor(1.2500)
    """
    dim, correction = _moments("var", dim, unbiased, correction, axis)
    return _C.var(input, dim, correction, keepdim or keepdims, out)


def std(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the standard deviation.

    ``out = sqrt(sum((input - mean)**2) / max(0, n - correction))`` over ``dim``, ``n`` elements each.
    A large offset of all elements cancels before anything is squared.

    Args:
        input: any shape, floating point.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        unbiased: False stands for ``correction=0``, True for 1; ``std(x, False)`` means this too.
        correction: what is taken from the number of elements; 1 (Bessel's) if None.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions; nan for a single element.

    Raises:
        DtypeError: ``input`` is not floating point.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.std(dlx.tensor([1.0, 2.0, 3.0, 4.0]))
        tensor(1.2910)
    """
    dim, correction = _moments("std", dim, unbiased, correction, axis)
    return _C.std(input, dim, correction, keepdim or keepdims, out)


def var_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> tuple[Tensor, Tensor]:
    """Take the variance and the mean.

    ``out = sum((input - mean)**2) / max(0, n - correction)`` over ``dim``, ``n`` elements each.
    A large offset of all elements cancels before anything is squared.

    Args:
        input: any shape, floating point.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        unbiased: False stands for ``correction=0``, True for 1; ``var_mean(x, False)`` means this too.
        correction: what is taken from the number of elements; 1 (Bessel's) if None.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        (var, mean), two tensors without the reduced dimensions; nan for a single element.

    Raises:
        DtypeError: ``input`` is not floating point.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.var_mean(dlx.tensor([1.0, 2.0, 3.0, 4.0]), correction=0)
        (tensor(1.2500), tensor(2.5000))
    """
    dim, correction = _moments("var_mean", dim, unbiased, correction, axis)
    keep = keepdim or keepdims
    return _C.var(input, dim, correction, keep, None), _C.mean(input, dim, keep, None, None)


def std_mean(
    input: Tensor,
    dim: Any = None,
    unbiased: bool | None = None,
    keepdim: bool = False,
    *,
    correction: float | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> tuple[Tensor, Tensor]:
    """Take the standard deviation and the mean.

    ``out = sqrt(sum((input - mean)**2) / max(0, n - correction))`` over ``dim``, ``n`` elements each.
    A large offset of all elements cancels before anything is squared.

    Args:
        input: any shape, floating point.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        unbiased: False stands for ``correction=0``, True for 1; ``std_mean(x, False)`` means this too.
        correction: what is taken from the number of elements; 1 (Bessel's) if None.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        (std, mean), two tensors without the reduced dimensions; nan for a single element.

    Raises:
        DtypeError: ``input`` is not floating point.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.std_mean(dlx.tensor([1.0, 2.0, 3.0, 4.0]))
        (tensor(1.2910), tensor(2.5000))
    """
    dim, correction = _moments("std_mean", dim, unbiased, correction, axis)
    keep = keepdim or keepdims
    return _C.std(input, dim, correction, keep, None), _C.mean(input, dim, keep, None, None)


def _moments(function: str, dim: Any, unbiased: Any, correction: Any, axis: Any) -> tuple[Any, float]:
    """The dimensions and the correction of var and its like."""
    if isinstance(dim, bool):  # var(x, unbiased)
        dim, unbiased = None, dim
    if axis is not None:
        dim = other_name(function, "dim", dim, "axis", axis)
    if correction is None:
        correction = 1 if unbiased is None else int(unbiased)
    elif unbiased is not None:
        other_name(function, "unbiased", unbiased, "correction", correction)
    return dim, correction


def prod(
    input: Tensor,
    dim: int | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
    axis: int | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Multiply all elements, or those along one dimension.

    ``out = product of input over dim``. The gradient divides by nothing, so zeros do no harm.

    Args:
        input: any shape.
        dim: the dimension to reduce; all if None.
        keepdim: keep the reduced dimension with size 1.
        dtype: of the result; ``input`` is converted first. If None, int64 for integers and bool, else ``input``'s.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimension; 1 where there is nothing to multiply.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.prod(dlx.tensor([[1, 2], [3, 4]]), dim=1)
        tensor([ 2, 12])
    """
    if axis is not None:
        dim = other_name("prod", "dim", dim, "axis", axis)
    return _C.prod(input, dim, keepdim or keepdims, dtype, out)


def logsumexp(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    out: Tensor | None = None,
    axis: Dims | None = None,
    keepdims: bool = False,
) -> Tensor:
    """Take the logarithm of the sum of exponentials, without overflow.

    ``out = log(sum(exp(input)))`` over ``dim``, the largest element being taken out first.

    Args:
        input: any shape; integers are taken as the default floating dtype.
        dim: the dimension or dimensions to reduce; all if empty.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        axis: NumPy's name of ``dim``.
        keepdims: NumPy's name of ``keepdim``.

    Returns:
        Tensor without the reduced dimensions; -inf where there is nothing to sum.

    Raises:
        IndexError: a dimension is out of range.
        TypeError: ``dim`` is missing.

    Example:
        >>> dlx.logsumexp(dlx.tensor([0.0, 0.0]), dim=0)
        tensor(0.6931)
    """
    if axis is not None:
        dim = other_name("logsumexp", "dim", dim, "axis", axis)
    elif dim is None:
        raise required("logsumexp", "dim")
    return _C.logsumexp(input, dim, keepdim or keepdims, out)


def norm(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Dims | None = None,
    keepdim: bool = False,
    out: Tensor | None = None,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """Take a norm of all elements, or of those along some dimensions.

    ``out = sum(abs(input)**p) ** (1 / p)``; for inf the largest ``abs(input)``, for -inf the smallest, for 0 how many
    are not zero. The gradient at 0 is 0. See :func:`dlx.linalg.norm` for norms of matrices.

    Args:
        input: any shape, floating point unless ``dtype`` is.
        p: any number, or "fro" (2), or "nuc": the sum of the singular values of matrices.
        dim: the dimension or dimensions to reduce; all if None.
        keepdim: keep the reduced dimensions with size 1.
        out: where to write the result.
        dtype: of the result; ``input`` is converted first.

    Returns:
        Tensor without the reduced dimensions.

    Raises:
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.
        ValueError: ``p`` is another string.
        RuntimeError: there are no elements and ``p`` is infinite or negative.

    Example:
        >>> dlx.norm(dlx.tensor([3.0, 4.0]))
        tensor(5.)
    """
    if isinstance(p, str):
        if p == "nuc":
            from dlx import linalg

            both: Any = (-2, -1) if dim is None else dim
            return linalg.matrix_norm(input, "nuc", both, keepdim, dtype=dtype, out=out)
        if p != "fro":
            raise ValueError(f"norm: p must be a number, 'fro' or 'nuc'. Got {p!r}.")
        p = 2.0
    return _C.vector_norm(input, 2.0 if p is None else p, dim, keepdim, dtype, out)


def norm_method(
    input: Tensor,
    p: float | str | None = "fro",
    dim: Dims | None = None,
    keepdim: bool = False,
    dtype: _C.dtype | None = None,
) -> Tensor:
    """Take a norm; see :func:`dlx.norm`."""
    return norm(input, p, dim, keepdim, None, dtype)


def count_nonzero(input: Tensor, dim: Dims | None = None) -> Tensor:
    """Count the elements that are not zero.

    Args:
        input: any shape and dtype.
        dim: the dimension or dimensions to count along; all if None.

    Returns:
        Tensor of int64 without the reduced dimensions.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.count_nonzero(dlx.tensor([[0, 1], [2, 3]]), dim=1)
        tensor([1, 2])
    """
    return _C.count_nonzero(input, dim)


def aminmax(
    input: Tensor, *, dim: int | None = None, keepdim: bool = False, out: tuple[Tensor, Tensor] | None = None
) -> Any:
    """Take the smallest and the largest value; nan if there is one.

    Args:
        input: any shape; not empty where it is reduced.
        dim: the dimension to reduce; all if None.
        keepdim: keep the reduced dimension with size 1.
        out: two tensors (min, max) to write the result to.

    Returns:
        ``(min, max)``.

    Raises:
        IndexError: ``dim`` is out of range, or there is nothing to choose from.

    Example:
        >>> dlx.aminmax(dlx.tensor([[1, 5], [3, 2]]), dim=1)
        aminmax_result(min=tensor([1, 2]), max=tensor([5, 3]))
    """
    low, high = two_outputs("aminmax", "min", "max", out)
    return aminmax_result(_C.amin(input, dim, keepdim, low), _C.amax(input, dim, keepdim, high))


def nansum(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Add up what is not nan.

    Args:
        input: any shape.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        dtype: of the result, as :func:`dlx.sum`'s.
        out: where to write the result.

    Returns:
        Tensor without the reduced dimensions; 0 where there is nothing to sum.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.nansum(dlx.tensor([1.0, dlx.nan, 2.0]))
        tensor(3.)
    """
    return _C.nansum(input, dim, keepdim, dtype, out)


def nanmean(
    input: Tensor,
    dim: Dims | None = None,
    keepdim: bool = False,
    *,
    dtype: _C.dtype | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Take the mean of what is not nan.

    Args:
        input: any shape, floating point unless ``dtype`` is.
        dim: the dimension or dimensions to reduce; all if None or empty.
        keepdim: keep the reduced dimensions with size 1.
        dtype: of the result; ``input`` is converted first.
        out: where to write the result.

    Returns:
        Tensor without the reduced dimensions; nan where all elements are nan.

    Raises:
        DtypeError: ``input`` is not floating point and no ``dtype`` is given.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.nanmean(dlx.tensor([1.0, dlx.nan, 2.0]))
        tensor(1.5000)
    """
    return _C.nanmean(input, dim, keepdim, dtype, out)


direct(
    globals(), sum=_C.sum, mean=_C.mean, amax=_C.amax, amin=_C.amin, all=_C.all, any=_C.any, argmax=_C.argmax,
    argmin=_C.argmin, prod=_C.prod, logsumexp=(_C.logsumexp, "dim"),
)  # fmt: skip
