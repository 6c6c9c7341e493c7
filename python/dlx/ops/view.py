"""Other shapes of the same memory, and joining tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "as_strided", "broadcast_to", "cat", "chunk", "concat", "concatenate", "detach", "flatten", "narrow", "permute",
    "reshape", "select", "split", "squeeze", "stack", "t", "transpose", "unbind", "unsqueeze",
]  # fmt: skip


def _ints(args: tuple[Any, ...]) -> Any:
    """The ints of `x.view(2, 3)` and of `x.view((2, 3))`."""
    return args[0] if len(args) == 1 and not isinstance(args[0], int) else args


def reshape(input: Tensor, shape: Sequence[int]) -> Tensor:
    """Give a tensor another shape with the same elements in the same order.

    Args:
        input: any shape.
        shape: the new shape; one size may be -1, which means what is left.

    Returns:
        A view where the strides allow it, else a copy.

    Raises:
        ShapeError: the number of elements differs, or more than one size is -1.

    Example:
        >>> dlx.reshape(dlx.arange(6), (2, -1))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    return _C.reshape(input, shape)


def reshape_method(self: Tensor, *shape: Any) -> Tensor:
    """Give a tensor another shape: ``x.reshape(2, 3)`` or ``x.reshape((2, 3))``; see :func:`dlx.reshape`."""
    return _C.reshape(self, _ints(shape))


def reshape_as(input: Tensor, other: Tensor) -> Tensor:
    """Give a tensor the shape of another one; see :func:`dlx.reshape`."""
    return _C.reshape(input, other.shape)


def view_method(self: Tensor, *shape: Any) -> Tensor:
    """Give a tensor another shape on the same memory: ``x.view(2, 3)`` or ``x.view((2, 3))``.

    Args:
        self: any shape.
        shape: the new shape; one size may be -1, which means what is left.

    Returns:
        A view.

    Raises:
        ShapeError: the number of elements differs, or the strides do not allow a view (``reshape`` copies then).

    Example:
        >>> dlx.arange(6).view(3, 2).shape
        dlx.Size([3, 2])
    """
    return _C.view(self, _ints(shape))


def view_as(input: Tensor, other: Tensor) -> Tensor:
    """View a tensor in the shape of another one."""
    return _C.view(input, other.shape)


def permute(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Reorder dimensions.

    ``out.shape[i] = input.shape[dims[i]]``

    Args:
        input: any shape.
        dims: each dimension once.

    Returns:
        A view.

    Raises:
        ValueError: ``dims`` does not name each dimension once.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.permute(dlx.zeros(2, 3, 4), (2, 0, 1)).shape
        dlx.Size([4, 2, 3])
    """
    return _C.permute(input, dims)


def permute_method(self: Tensor, *dims: Any) -> Tensor:
    """Reorder dimensions: ``x.permute(2, 0, 1)`` or ``x.permute((2, 0, 1))``; see :func:`dlx.permute`."""
    return _C.permute(self, _ints(dims))


def transpose(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Swap two dimensions.

    Args:
        input: any shape.
        dim0: one of them.
        dim1: the other.

    Returns:
        A view.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.transpose(dlx.tensor([[1, 2], [3, 4]]), 0, 1)
        tensor([[1, 3],
                [2, 4]])
    """
    return _C.transpose(input, dim0, dim1)


def t(input: Tensor) -> Tensor:
    """Transpose a matrix; a vector or a number stays as it is.

    Args:
        input: at most two dimensions.

    Returns:
        A view.

    Raises:
        ShapeError: ``input`` has more than two dimensions.

    Example:
        >>> dlx.t(dlx.tensor([[1, 2]]))
        tensor([[1],
                [2]])
    """
    rank = input.ndim
    if rank > 2:
        raise _C.ShapeError(
            f"t: input must have at most 2 dimensions. Got shape {tuple(input.shape)}. transpose takes any."
        )
    return _C.transpose(input, 0, 1) if rank == 2 else _C.view(input, input.shape)


def expand_method(self: Tensor, *sizes: Any) -> Tensor:
    """Repeat dimensions of size 1 without copying: ``x.expand(3, -1)`` or ``x.expand((3, -1))``.

    Args:
        self: any shape.
        sizes: the new shape; -1 keeps a dimension. New dimensions come first.

    Returns:
        A view whose repeated elements lie in the same memory; writing into it is an error.

    Raises:
        ShapeError: a dimension of another size than 1 would change.

    Example:
        >>> dlx.tensor([[1], [2]]).expand(-1, 3)
        tensor([[1, 1, 1],
                [2, 2, 2]])
    """
    return _C.expand(self, _ints(sizes))


def expand_as(input: Tensor, other: Tensor) -> Tensor:
    """Expand to the shape of another tensor."""
    return _C.expand(input, other.shape)


def broadcast_to(input: Tensor, size: Sequence[int]) -> Tensor:
    """Repeat dimensions of size 1 without copying, up to a shape.

    Args:
        input: any shape that broadcasts to ``size``.
        size: the new shape.

    Returns:
        A view whose repeated elements lie in the same memory; writing into it is an error.

    Raises:
        ShapeError: ``input`` does not broadcast to ``size``.

    Example:
        >>> dlx.broadcast_to(dlx.tensor([1, 2]), (2, 2))
        tensor([[1, 2],
                [1, 2]])
    """
    return _C.expand(input, size)


def squeeze(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Drop dimensions of size 1.

    Args:
        input: any shape.
        dim: which to drop if their size is 1; all such if None.

    Returns:
        A view.

    Raises:
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.squeeze(dlx.zeros(2, 1, 3, 1), 1).shape
        dlx.Size([2, 3, 1])
    """
    return _C.squeeze(input, dim)


def unsqueeze(input: Tensor, dim: int) -> Tensor:
    """Insert a dimension of size 1.

    Args:
        input: any shape.
        dim: where it stands in the result.

    Returns:
        A view.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.unsqueeze(dlx.tensor([1, 2]), 1)
        tensor([[1],
                [2]])
    """
    return _C.unsqueeze(input, dim)


def flatten(input: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """Join neighbouring dimensions to one.

    Args:
        input: any shape; a tensor without dimensions gives one element.
        start_dim: the first to join.
        end_dim: the last to join.

    Returns:
        A view where the strides allow it, else a copy.

    Raises:
        IndexError: a dimension is out of range.
        ShapeError: ``start_dim`` comes after ``end_dim``.

    Example:
        >>> dlx.flatten(dlx.zeros(2, 3, 4), 1).shape
        dlx.Size([2, 12])
    """
    return _C.flatten(input, start_dim, end_dim)


def narrow(input: Tensor, dim: int, start: int, length: int) -> Tensor:
    """Take a stretch of one dimension.

    ``out = input[start : start + length]``, along ``dim``

    Args:
        input: any shape.
        dim: the dimension.
        start: the first position; counts from the end if negative.
        length: how many.

    Returns:
        A view.

    Raises:
        IndexError: ``dim`` or ``start`` is out of range.
        ValueError: the stretch reaches over the end, or ``length`` is negative.

    Example:
        >>> dlx.narrow(dlx.arange(5), 0, 1, 3)
        tensor([1, 2, 3])
    """
    return _C.narrow(input, dim, start, length)


def select(input: Tensor, dim: int, index: int) -> Tensor:
    """Take one position of one dimension, which disappears.

    ``out = input[index]``, along ``dim``

    Args:
        input: at least one dimension.
        dim: the dimension.
        index: the position; counts from the end if negative.

    Returns:
        A view.

    Raises:
        IndexError: ``dim`` or ``index`` is out of range.

    Example:
        >>> dlx.select(dlx.tensor([[1, 2], [3, 4]]), 1, 0)
        tensor([1, 3])
    """
    return _C.select(input, dim, index)


def as_strided(input: Tensor, size: Sequence[int], stride: Sequence[int], storage_offset: int | None = None) -> Tensor:
    """View the memory of a tensor with any shape and strides that stay inside it.

    ``out[i, j] = memory[storage_offset + i * stride[0] + j * stride[1]]``

    Args:
        input: gives the memory.
        size: the shape.
        stride: of each dimension, in elements, not negative.
        storage_offset: of the first element; that of ``input`` if None.

    Returns:
        A view.

    Raises:
        ValueError: the view would reach outside the memory, or a stride is negative.
        ShapeError: ``size`` and ``stride`` differ in length.

    Example:
        >>> dlx.as_strided(dlx.arange(4), (3, 2), (1, 1))
        tensor([[0, 1],
                [1, 2],
                [2, 3]])
    """
    return _C.as_strided(input, size, stride, storage_offset)


def detach(input: Tensor) -> Tensor:
    """Return the same values without their history: no gradient flows through.

    Args:
        input: any shape.

    Returns:
        A view that shares memory and version counter, so that backward notices writes into it.

    Example:
        >>> dlx.detach(dlx.ones(2, requires_grad=True) * 2).requires_grad
        False
    """
    return _C.detach(input)


def split(tensor: Tensor, split_size_or_sections: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Cut one dimension into pieces.

    Args:
        tensor: at least one dimension.
        split_size_or_sections: the size of each piece (the last may be smaller), or the sizes one by one.
        dim: the dimension.

    Returns:
        A tuple of views; writing into them in place is an error while gradients are recorded.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: the sizes do not add up, or one is negative.

    Example:
        >>> dlx.split(dlx.arange(5), 2)
        (tensor([0, 1]), tensor([2, 3]), tensor([4]))
    """
    return _C.split(tensor, split_size_or_sections, dim)


def split_method(self: Tensor, split_size: int | Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Cut one dimension into pieces; see :func:`dlx.split`."""
    return _C.split(self, split_size, dim)


def chunk(input: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut one dimension into at most so many pieces of equal size, the last of which may be smaller.

    Args:
        input: at least one dimension.
        chunks: how many, at least 1.
        dim: the dimension.

    Returns:
        A tuple of views, as :func:`dlx.split` gives them.

    Raises:
        IndexError: ``dim`` is out of range.
        ValueError: ``chunks`` is below 1.

    Example:
        >>> dlx.chunk(dlx.arange(5), 2)
        (tensor([0, 1, 2]), tensor([3, 4]))
    """
    if chunks < 1:
        raise ValueError(f"chunk: chunks must be at least 1. Got {chunks}.")
    size = input.size(dim)
    # An empty dimension gives that many empty pieces, as in PyTorch.
    return _C.split(input, -(-size // chunks) if size else [0] * chunks, dim)


def unbind(input: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Take one dimension apart.

    Args:
        input: at least one dimension.
        dim: the dimension.

    Returns:
        A tuple of views, one for each position; writing into them in place is an error while gradients are recorded.

    Raises:
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.unbind(dlx.tensor([[1, 2], [3, 4]]))
        (tensor([1, 2]), tensor([3, 4]))
    """
    return _C.unbind(input, dim)


def cat(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Join tensors along a dimension that they have.

    Args:
        tensors: at least one; the same shape but for ``dim``. Dtypes are promoted.
        dim: the dimension.
        out: where to write the result.

    Returns:
        Tensor whose size in ``dim`` is the sum of theirs.

    Raises:
        ShapeError: the shapes differ elsewhere.
        ValueError: there are no tensors.

    Example:
        >>> dlx.cat([dlx.tensor([1, 2]), dlx.tensor([3])])
        tensor([1, 2, 3])
    """
    return _C.cat(tensors, dim, out)


concat = cat
concatenate = cat


def stack(tensors: Sequence[Tensor], dim: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Join tensors along a new dimension.

    Args:
        tensors: at least one, all of one shape. Dtypes are promoted.
        dim: where the new dimension stands in the result.
        out: where to write the result.

    Returns:
        Tensor whose size in ``dim`` is their number.

    Raises:
        ShapeError: the shapes differ.
        ValueError: there are no tensors.

    Example:
        >>> dlx.stack([dlx.tensor([1, 2]), dlx.tensor([3, 4])], dim=1)
        tensor([[1, 3],
                [2, 4]])
    """
    return _C.stack(tensors, dim, out)
