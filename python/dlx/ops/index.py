"""Reading, writing and adding at positions that a tensor gives."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Number

__all__ = [
    "gather", "index_add", "index_copy", "index_fill", "index_put", "index_select", "masked_scatter",
    "masked_select", "scatter", "scatter_add", "scatter_reduce", "take", "take_along_dim",
]  # fmt: skip


def index_add(
    input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1, out: Tensor | None = None
) -> Tensor:
    """Add slices of a tensor at given positions; several for one position are added in the order in which they come.

    ``out = input; out[index[i], ...] += alpha * source[i, ...]``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension in which the slices lie.
        index: positions in [-size, size), int32 or int64, shape ``(k,)`` or ``()``.
        source: the shape of ``input`` with ``k`` for dimension ``dim``, the dtype of ``input``.
        alpha: factor of ``source``.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``source`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor, or the dtypes differ.

    Example:
        >>> dlx.index_add(dlx.zeros(3), 0, dlx.tensor([0, 2, 0]), dlx.tensor([1.0, 2.0, 3.0]))
        tensor([4., 0., 2.])
    """
    return _C.index_add(input, dim, index, source, alpha, out)


def index_add_(input: Tensor, dim: int, index: Tensor, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Add slices at given positions, in place; see :func:`dlx.index_add`."""
    return _C.index_add(input, dim, index, source, alpha, input)


def index_select(input: Tensor, dim: int, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Pick slices by position.

    ``out[i, ...] = input[index[i], ...]``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension in which the slices lie.
        index: positions, int32 or int64, shape ``(k,)`` or ``()``.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``input`` with ``k`` for dimension ``dim``.

    Raises:
        ShapeError: ``index`` has more than one dimension.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor.

    Example:
        >>> dlx.index_select(dlx.tensor([[1, 2, 3], [4, 5, 6]]), 1, dlx.tensor([2, 0]))
        tensor([[3, 1],
                [6, 4]])
    """
    return _C.index_select(input, dim, index, out)


def gather(input: Tensor, dim: int, index: Tensor, *, sparse_grad: bool = False, out: Tensor | None = None) -> Tensor:
    """Pick one element for each element of an index.

    ``out[i, j] = input[index[i, j], j]`` for two dimensions and ``dim`` 0, and so on.

    Args:
        input: any shape.
        dim: the dimension along which to pick.
        index: positions in [0, size), int64, as many dimensions as ``input`` and no larger but in ``dim``.
        sparse_grad: must be False: gradients are dense.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``index`` and the dtype of ``input``.

    Raises:
        ShapeError: ``index`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is not int64.

    Example:
        >>> dlx.gather(dlx.tensor([[1, 2], [3, 4]]), 1, dlx.tensor([[0, 0], [1, 0]]))
        tensor([[1, 1],
                [4, 3]])
    """
    if sparse_grad:
        raise NotImplementedError("gather: sparse_grad=True needs sparse tensors, which dlx does not have.")
    return _C.gather(input, dim, index, out)


def scatter(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
    out: Tensor | None = None,
) -> Tensor:
    """Write one element for each element of an index.

    ``out = input; out[index[i, j], j] = src[i, j]`` for two dimensions and ``dim`` 0, and so on. Of several entries for
    one position the last wins.

    Args:
        input: any shape.
        dim: the dimension along which to write.
        index: positions in [0, size), as many dimensions as ``input`` and no larger but in ``dim``.
        src: a tensor of the dtype of ``input``, at least as large as ``index`` in each dimension, or a number.
        value: a number, in the place of ``src``.
        reduce: "add" or "multiply" combines with what is there; None replaces it.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``index`` or ``src`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor, or the dtypes differ.

    Example:
        >>> dlx.scatter(dlx.zeros(2, 3), 1, dlx.tensor([[0, 2], [1, 0]]), dlx.tensor([[1.0, 2.0], [3.0, 4.0]]))
        tensor([[1., 0., 2.],
                [4., 3., 0.]])
    """
    return _scatter("scatter", input, dim, index, src, value, reduce, out)


def _scatter(
    function: str, input: Tensor, dim: int, index: Tensor, src: Any, value: Any, reduce: Any, out: Tensor | None
) -> Tensor:
    if (src is None) == (value is None):
        raise TypeError(f"{function}: one of src and value must be given. Got {'neither' if src is None else 'both'}.")
    source = value if src is None else src
    if reduce is None:
        return _C.scatter(input, dim, index, source, out)
    if reduce not in ("add", "multiply"):
        raise ValueError(f"{function}: reduce must be 'add' or 'multiply'. Got {reduce!r}.")
    return _C.scatter_reduce(input, dim, index, source, reduce, True, out)


def scatter_(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor | Number | None = None,
    *,
    value: Number | None = None,
    reduce: str | None = None,
) -> Tensor:
    """Write one element for each element of an index, in place; see :func:`dlx.scatter`."""
    return _scatter("scatter_", input, dim, index, src, value, reduce, input)


def scatter_add(input: Tensor, dim: int, index: Tensor, src: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Add one element for each element of an index; several for one position are added in the order in which they come.

    ``out = input; out[index[i, j], j] += src[i, j]`` for two dimensions and ``dim`` 0, and so on.

    Args:
        input: any shape.
        dim: the dimension along which to write.
        index: positions in [0, size), as many dimensions as ``input`` and no larger but in ``dim``.
        src: a tensor of the dtype of ``input``, at least as large as ``index`` in each dimension.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``index`` or ``src`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor, or the dtypes differ.

    Example:
        >>> dlx.scatter_add(dlx.zeros(3), 0, dlx.tensor([0, 2, 0]), dlx.tensor([1.0, 2.0, 3.0]))
        tensor([4., 0., 2.])
    """
    return _C.scatter_add(input, dim, index, src, out)


def scatter_add_(input: Tensor, dim: int, index: Tensor, src: Tensor) -> Tensor:
    """Add one element for each element of an index, in place; see :func:`dlx.scatter_add`."""
    return _C.scatter_add(input, dim, index, src, input)


def scatter_reduce(
    input: Tensor,
    dim: int,
    index: Tensor,
    src: Tensor,
    reduce: str,
    *,
    include_self: bool = True,
    out: Tensor | None = None,
) -> Tensor:
    """Combine all elements that an index sends to one position.

    ``out[r, j] = reduce(input[r, j], src[i, j] for each i with index[i, j] == r)`` for two dimensions and ``dim`` 0.

    Args:
        input: any shape.
        dim: the dimension along which to write.
        index: positions in [0, size), as many dimensions as ``input`` and no larger but in ``dim``.
        src: a tensor of the dtype of ``input``, at least as large as ``index`` in each dimension.
        reduce: "sum", "prod", "mean", "amax" or "amin". Ties share the gradient of an extreme evenly.
        include_self: whether the element of ``input`` takes part. Positions that get no element keep it anyway.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ValueError: ``reduce`` is another word.
        ShapeError: ``index`` or ``src`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor, the dtypes differ, or the mean of booleans is asked for.

    Example:
        >>> dlx.scatter_reduce(dlx.ones(3), 0, dlx.tensor([0, 2, 0]), dlx.tensor([1.0, 2.0, 3.0]), "prod")
        tensor([3., 1., 2.])
    """
    return _C.scatter_reduce(input, dim, index, src, reduce, include_self, out)


def scatter_reduce_(
    input: Tensor, dim: int, index: Tensor, src: Tensor, reduce: str, *, include_self: bool = True
) -> Tensor:
    """Combine all elements that an index sends to one position, in place; see :func:`dlx.scatter_reduce`."""
    return _C.scatter_reduce(input, dim, index, src, reduce, include_self, input)


def index_copy(input: Tensor, dim: int, index: Tensor, source: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Write slices of a tensor at given positions; of several for one position the last wins.

    ``out = input; out[index[i], ...] = source[i, ...]``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension in which the slices lie.
        index: positions, int32 or int64, shape ``(k,)`` or ``()``.
        source: the shape of ``input`` with ``k`` for dimension ``dim``, the dtype of ``input``.
        out: where to write the result.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``source`` or ``index`` does not fit.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor, or the dtypes differ.

    Example:
        >>> dlx.index_copy(dlx.zeros(3), 0, dlx.tensor([0, 2]), dlx.tensor([1.0, 2.0]))
        tensor([1., 0., 2.])
    """
    return _C.index_copy(input, dim, index, source, out)


def index_copy_(input: Tensor, dim: int, index: Tensor, source: Tensor) -> Tensor:
    """Write slices at given positions, in place; see :func:`dlx.index_copy`."""
    return _C.index_copy(input, dim, index, source, input)


def index_fill(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """Set slices at given positions to one value.

    ``out = input; out[index[i], ...] = value``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension in which the slices lie.
        index: positions, int32 or int64, shape ``(k,)`` or ``()``.
        value: a number or a tensor without dimensions; converted to the dtype of ``input``.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ShapeError: ``index`` has more than one dimension, or ``value`` has dimensions.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``index`` is no integer tensor.

    Example:
        >>> dlx.index_fill(dlx.zeros(3), 0, dlx.tensor([0, 2]), 5)
        tensor([5., 0., 5.])
    """
    return _C.index_fill(input, dim, index, value, None)


def index_fill_(input: Tensor, dim: int, index: Tensor, value: Tensor | Number) -> Tensor:
    """Set slices at given positions to one value, in place; see :func:`dlx.index_fill`."""
    return _C.index_fill(input, dim, index, value, input)


def index_put(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """Write values at the positions that several tensors name together: ``out = input; out[indices] = values``.

    Args:
        input: any shape.
        indices: integer or bool tensors for the first dimensions, None for a dimension that is taken whole. They
            broadcast; a bool tensor stands for as many dimensions as it has.
        values: broadcasts to the shape of ``input[indices]``; the dtype of ``input``.
        accumulate: add the values. Without it the last of several for one position wins.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        IndexError: a position is out of range, or the index tensors do not broadcast.
        ShapeError: ``values`` does not broadcast.
        DtypeError: the dtypes differ.

    Example:
        >>> i = dlx.tensor([0, 1, 0])
        >>> dlx.index_put(dlx.zeros(2, 2), (i, i), dlx.tensor([1.0, 2.0, 3.0]), accumulate=True)
        tensor([[4., 0.],
                [0., 2.]])
    """
    return _C.index_put(input, indices, values, accumulate, None)


def index_put_(input: Tensor, indices: Sequence[Tensor | None], values: Tensor, accumulate: bool = False) -> Tensor:
    """Write values at the positions that several tensors name together, in place; see :func:`dlx.index_put`.

    Example:
        >>> dlx.zeros(3).index_put_((dlx.tensor([2, 0]),), dlx.tensor(1.0))
        tensor([1., 0., 1.])
    """
    return _C.index_put(input, indices, values, accumulate, input)


def index(input: Tensor, indices: Sequence[Tensor | None]) -> Tensor:
    """Read at the positions that several tensors name together: ``input[indices]``; see :func:`dlx.index_put`."""
    return _C.index(input, indices, None)


def take(input: Tensor, index: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Pick elements by their position in the flattened tensor.

    ``out = input.flatten()[index]``

    Args:
        input: any shape.
        index: positions, int64, any shape.
        out: where to write the result.

    Returns:
        Tensor of the shape of ``index`` and the dtype of ``input``.

    Raises:
        IndexError: a position is out of range.
        DtypeError: ``index`` is not int64.

    Example:
        >>> dlx.take(dlx.tensor([[1, 2], [3, 4]]), dlx.tensor([0, 3]))
        tensor([1, 4])
    """
    return _C.take(input, index, out)


def put_(input: Tensor, index: Tensor, source: Tensor, accumulate: bool = False) -> Tensor:
    """Write elements by their position in the flattened tensor, in place.

    ``input.flatten()[index] = source``, or ``+=`` with ``accumulate``.

    Args:
        input: any shape.
        index: positions, any shape.
        source: as many elements as ``index``, the dtype of ``input``.
        accumulate: add the elements. Without it the last of several for one position wins.

    Returns:
        ``input``.

    Raises:
        IndexError: a position is out of range.
        ShapeError: ``source`` has another number of elements.
        DtypeError: ``index`` is no integer tensor, or the dtypes differ.

    Example:
        >>> dlx.zeros(2, 2).put_(dlx.tensor([1, 3]), dlx.tensor([5.0, 6.0]))
        tensor([[0., 5.],
                [0., 6.]])
    """
    return _C.put_(input, index, source, accumulate)


def take_along_dim(input: Tensor, indices: Tensor, dim: int | None = None, *, out: Tensor | None = None) -> Tensor:
    """Pick elements along a dimension, at positions such as ``argmax`` and ``argsort`` give them.

    Args:
        input: any shape.
        indices: positions, int64; broadcasts with ``input`` in all dimensions but ``dim``.
        dim: the dimension along which to pick; both are flattened if None.
        out: where to write the result.

    Returns:
        Tensor of the dtype of ``input``, of the shape of ``indices`` broadcast.

    Raises:
        ShapeError: the shapes do not broadcast.
        IndexError: ``dim`` or a position is out of range.
        DtypeError: ``indices`` is not an integer tensor.

    Example:
        >>> x = dlx.tensor([[3, 1], [2, 4]])
        >>> dlx.take_along_dim(x, x.argmax(1, keepdim=True), 1)
        tensor([[3],
                [4]])
    """
    return _C.take_along_dim(input, indices, dim, out)


def masked_select(input: Tensor, mask: Tensor, *, out: Tensor | None = None) -> Tensor:
    """Pick the elements at which a mask is true, in their order.

    Args:
        input: any shape.
        mask: bool; broadcasts with ``input``.
        out: where to write the result.

    Returns:
        Tensor of one dimension.

    Raises:
        ShapeError: the shapes do not broadcast.
        DtypeError: ``mask`` is not bool.

    Example:
        >>> dlx.masked_select(dlx.arange(4), dlx.tensor([True, False, True, True]))
        tensor([0, 2, 3])
    """
    return _C.masked_select(input, mask, out)


def masked_scatter(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Write the elements of a tensor, in their order, where a mask is true.

    Args:
        input: any shape.
        mask: bool; broadcasts with ``input``.
        source: at least as many elements as places at which ``mask`` is true, the dtype of ``input``.

    Returns:
        Tensor of the dtype of ``input``.

    Raises:
        ShapeError: the shapes do not broadcast, or ``source`` has too few elements.
        DtypeError: ``mask`` is not bool, or the dtypes differ.

    Example:
        >>> dlx.masked_scatter(dlx.zeros(3), dlx.tensor([True, False, True]), dlx.tensor([1.0, 2.0]))
        tensor([1., 0., 2.])
    """
    return _C.masked_scatter(input, mask, source, None)


def masked_scatter_(input: Tensor, mask: Tensor, source: Tensor) -> Tensor:
    """Write the elements of a tensor where a mask is true, in place; see :func:`dlx.masked_scatter`."""
    return _C.masked_scatter(input, mask, source, input)


def fill_diagonal_(input: Tensor, fill_value: Number, wrap: bool = False) -> Tensor:
    """Set the main diagonal to one value, in place.

    Args:
        input: at least two dimensions; all of one size if there are more.
        fill_value: a number.
        wrap: go on with the diagonal below, after a gap of one row, where a matrix is tall.

    Returns:
        ``input``.

    Raises:
        ShapeError: fewer than two dimensions, or more than two of different sizes.

    Example:
        >>> dlx.zeros(2, 2).fill_diagonal_(5)
        tensor([[5., 0.],
                [0., 5.]])
    """
    return _C.fill_diagonal_(input, fill_value, wrap)


direct(globals())
