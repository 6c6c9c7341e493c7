"""Other shapes of the same memory, and joining tensors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = [
    "as_strided", "atleast_1d", "atleast_2d", "atleast_3d", "block_diag", "broadcast_shapes", "broadcast_tensors",
    "broadcast_to", "cartesian_prod", "cat", "chunk", "column_stack", "concat", "concatenate", "detach", "diag",
    "diag_embed", "diagflat", "diagonal", "dsplit", "dstack", "flatten", "flip", "fliplr", "flipud", "hsplit", "hstack",
    "meshgrid", "moveaxis", "movedim", "narrow", "permute", "ravel", "repeat_interleave", "reshape", "roll", "rot90",
    "row_stack", "select", "split", "split_with_sizes", "squeeze", "stack", "swapaxes", "swapdims", "t", "tensor_split",
    "tile", "transpose", "unbind", "unflatten", "unsqueeze", "vsplit", "vstack",
]  # fmt: skip


def _ints(args: tuple[Any, ...]) -> Any:
    """The ints of `x.view(2, 3)` and of `x.view((2, 3))`; one int stands for itself."""
    return args[0] if len(args) == 1 else args


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

    ``x.view(dtype)`` shows the same bytes as elements of another dtype; no gradient flows through.

    Args:
        self: any shape.
        shape: the new shape; one size may be -1, which means what is left. Or a dtype.

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


def squeeze_(input: Tensor, dim: int | Sequence[int] | None = None) -> Tensor:
    """Drop dimensions of size 1 of the tensor itself; see :func:`dlx.squeeze`.

    Example:
        >>> dlx.zeros(1, 2).squeeze_()
        tensor([0., 0.])
    """
    return _C.squeeze_(input, dim)


def unsqueeze_(input: Tensor, dim: int) -> Tensor:
    """Insert a dimension of size 1 into the tensor itself; see :func:`dlx.unsqueeze`."""
    return _C.unsqueeze_(input, dim)


def transpose_(input: Tensor, dim0: int, dim1: int) -> Tensor:
    """Swap two dimensions of the tensor itself; see :func:`dlx.transpose`.

    Example:
        >>> dlx.tensor([[1, 2]]).transpose_(0, 1)
        tensor([[1],
                [2]])
    """
    return _C.transpose_(input, dim0, dim1)


def t_(input: Tensor) -> Tensor:
    """Transpose the matrix itself; see :func:`dlx.t`."""
    return _C.t_(input)


def detach_(input: Tensor) -> Tensor:
    """Forget the history of the tensor itself: it becomes a leaf that needs no gradient.

    Raises:
        RuntimeError: the tensor is a view.

    Example:
        >>> (dlx.ones(2, requires_grad=True) * 2).detach_().requires_grad
        False
    """
    return _C.detach_(input)


def swapaxes(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Swap two dimensions: NumPy's name of :func:`dlx.transpose`.

    Example:
        >>> dlx.swapaxes(dlx.zeros(2, 3), 0, 1).shape
        dlx.Size([3, 2])
    """
    return _C.transpose(input, axis0, axis1)


def swapaxes_(input: Tensor, axis0: int, axis1: int) -> Tensor:
    """Swap two dimensions of the tensor itself; see :func:`dlx.transpose`."""
    return _C.transpose_(input, axis0, axis1)


swapdims = transpose
swapdims_ = transpose_


def movedim(input: Tensor, source: int | Sequence[int], destination: int | Sequence[int]) -> Tensor:
    """Move dimensions to other places; the others keep their order.

    Args:
        input: any shape.
        source: the dimensions to move.
        destination: where each stands in the result.

    Returns:
        A view.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: a dimension is named twice, or there are not as many sources as destinations.

    Example:
        >>> dlx.movedim(dlx.zeros(2, 3, 4), 0, -1).shape
        dlx.Size([3, 4, 2])
    """
    return _C.movedim(input, source, destination)


moveaxis = movedim


def unflatten(input: Tensor, dim: int, sizes: Sequence[int]) -> Tensor:
    """Split one dimension into several.

    Args:
        input: at least one dimension.
        dim: the dimension to split.
        sizes: their sizes; one may be -1, which means what is left.

    Returns:
        A view.

    Raises:
        ShapeError: the sizes do not make the dimension's.
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.unflatten(dlx.arange(6), 0, (2, -1))
        tensor([[0, 1, 2],
                [3, 4, 5]])
    """
    return _C.unflatten(input, dim, sizes)


def ravel(input: Tensor) -> Tensor:
    """Give a tensor one dimension: a view where memory allows it, else a copy.

    Example:
        >>> dlx.ravel(dlx.tensor([[1, 2], [3, 4]]))
        tensor([1, 2, 3, 4])
    """
    return _C.reshape(input, -1)


def flip(input: Tensor, dims: int | Sequence[int]) -> Tensor:
    """Reverse the order of elements along dimensions, in a copy.

    Args:
        input: any shape.
        dims: which dimensions.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        IndexError: a dimension is out of range.
        ValueError: a dimension is named twice.

    Example:
        >>> dlx.flip(dlx.tensor([[1, 2], [3, 4]]), (0, 1))
        tensor([[4, 3],
                [2, 1]])
    """
    return _C.flip(input, dims)


def flip_method(self: Tensor, *dims: Any) -> Tensor:
    """Reverse the order along dimensions: ``x.flip(0, 1)`` or ``x.flip((0, 1))``; see :func:`dlx.flip`."""
    return _C.flip(self, _ints(dims))


def fliplr(input: Tensor) -> Tensor:
    """Reverse the columns; see :func:`dlx.flip`.

    Raises:
        ShapeError: ``input`` has fewer than two dimensions.

    Example:
        >>> dlx.fliplr(dlx.tensor([[1, 2], [3, 4]]))
        tensor([[2, 1],
                [4, 3]])
    """
    if input.ndim < 2:
        raise _C.ShapeError(f"fliplr: input must have at least 2 dimensions. Got shape {tuple(input.shape)}.")
    return _C.flip(input, 1)


def flipud(input: Tensor) -> Tensor:
    """Reverse the rows; see :func:`dlx.flip`.

    Raises:
        ShapeError: ``input`` has no dimensions.

    Example:
        >>> dlx.flipud(dlx.tensor([[1, 2], [3, 4]]))
        tensor([[3, 4],
                [1, 2]])
    """
    if input.ndim < 1:
        raise _C.ShapeError("flipud: input must have at least 1 dimension. Got shape ().")
    return _C.flip(input, 0)


def reversed_rows(self: Tensor) -> Tensor:
    """Reverse the order of a tensor's rows: what ``reversed(x)`` gives."""
    return _C.flip(self, 0) if self.ndim else self


def roll(input: Tensor, shifts: int | Sequence[int], dims: int | Sequence[int] | None = ()) -> Tensor:
    """Shift elements along dimensions; what leaves at one end comes in at the other.

    ``out[(i + shift) % n] = input[i]``, along each dimension

    Args:
        input: any shape.
        shifts: by how many places, one for each of ``dims``; towards the start if negative.
        dims: which dimensions; none: the tensor is rolled as if it were flat.

    Returns:
        Tensor of the shape and dtype of ``input``.

    Raises:
        ValueError: there are not as many shifts as dimensions.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.roll(dlx.arange(5), 2)
        tensor([3, 4, 0, 1, 2])
    """
    return _C.roll(input, shifts, () if dims is None else dims)


def rot90(input: Tensor, k: int = 1, dims: Sequence[int] = (0, 1)) -> Tensor:
    """Turn by 90 degrees in the plane of two dimensions, from the first towards the second.

    Args:
        input: at least two dimensions.
        k: how many times; the other way round if negative.
        dims: the plane.

    Returns:
        Tensor of the dtype of ``input``.

    Raises:
        ValueError: ``dims`` is not two different dimensions.
        ShapeError: ``input`` has fewer than two dimensions.

    Example:
        >>> dlx.rot90(dlx.tensor([[1, 2], [3, 4]]))
        tensor([[2, 4],
                [1, 3]])
    """
    return _C.rot90(input, k, dims)


def repeat(input: Tensor, *repeats: Any) -> Tensor:
    """Repeat a tensor along its dimensions, in a copy: ``x.repeat(2, 1)`` or ``x.repeat((2, 1))``.

    Args:
        input: any shape.
        repeats: how often, for each dimension; new dimensions come first.

    Returns:
        Tensor of the dtype of ``input``.

    Raises:
        ShapeError: there are fewer numbers than dimensions.
        ValueError: a number is negative.

    Example:
        >>> dlx.tensor([1, 2]).repeat(2, 2)
        tensor([[1, 2, 1, 2],
                [1, 2, 1, 2]])
    """
    return _C.repeat(input, _ints(repeats))


def tile(input: Tensor, dims: Sequence[int]) -> Tensor:
    """Repeat a tensor along its last dimensions, in a copy.

    Args:
        input: any shape.
        dims: how often, for each dimension from the last; those that have no number are not repeated.

    Returns:
        Tensor of the dtype of ``input``.

    Raises:
        ValueError: a number is negative.

    Example:
        >>> dlx.tile(dlx.tensor([[1, 2]]), (2,))
        tensor([[1, 2, 1, 2]])
    """
    return _C.tile(input, dims)


def tile_method(self: Tensor, *dims: Any) -> Tensor:
    """Repeat a tensor along its last dimensions: ``x.tile(2, 1)`` or ``x.tile((2, 1))``; see :func:`dlx.tile`."""
    return _C.tile(self, _ints(dims))


def repeat_interleave(
    input: Tensor, repeats: int | Tensor | None = None, dim: int | None = None, *, output_size: int | None = None
) -> Tensor:
    """Repeat each element, in a copy.

    ``repeat_interleave(repeats)`` alone gives each position ``repeats[position]`` times.

    Args:
        input: any shape.
        repeats: how often: one number, or an integer tensor with a number for each position (or one for all).
        dim: along which dimension; ``input`` is flattened if None.
        output_size: the size of the result in ``dim``, which is checked.

    Returns:
        Tensor of the dtype of ``input``.

    Raises:
        ValueError: a number is negative, or ``output_size`` differs from what comes out.
        ShapeError: there are not as many numbers as positions.

    Example:
        >>> dlx.repeat_interleave(dlx.tensor([1, 2]), dlx.tensor([3, 1]))
        tensor([1, 1, 1, 2])
    """
    if repeats is None:
        return _C.repeated_positions(input, output_size)
    if dim is None:
        input, dim = _C.reshape(input, -1), 0
    size = input.size(dim) if input.ndim else 1
    if isinstance(repeats, _C.Tensor) and repeats.numel() == 1 and repeats.ndim < 2:
        repeats = repeats.item()
    if not isinstance(repeats, _C.Tensor):
        if output_size is not None and output_size != size * repeats:
            raise ValueError(f"repeat_interleave: output_size is {output_size} but {size * repeats} come out.")
        return _C.repeat_interleave(input, repeats, dim)
    if repeats.ndim != 1 or repeats.numel() != size:
        raise _C.ShapeError(
            f"repeat_interleave: repeats must have a number for each of the {size} positions. Got shape "
            f"{tuple(repeats.shape)}."
        )
    return _C.index_select(input, dim, _C.repeated_positions(repeats, output_size), None)


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """View all stretches of one dimension; they become a new last dimension.

    ``out[..., i, ..., k] = input[..., i * step + k, ...]``

    Args:
        input: any shape.
        dimension: the dimension to cut.
        size: of a stretch.
        step: from one stretch to the next.

    Returns:
        A view; where stretches overlap, writing into it is an error.

    Raises:
        ValueError: ``size`` is larger than the dimension, or ``step`` is not above 0.
        IndexError: ``dimension`` is out of range.

    Example:
        >>> dlx.arange(5).unfold(0, 3, 1)
        tensor([[0, 1, 2],
                [1, 2, 3],
                [2, 3, 4]])
    """
    return _C.unfold_dim(input, dimension, size, step)


def diagonal(input: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """View a diagonal of the matrices in two dimensions; it becomes the last dimension.

    Args:
        input: at least two dimensions.
        offset: 0 for the main diagonal, above it if positive, below if negative.
        dim1: the rows.
        dim2: the columns.

    Returns:
        A view.

    Raises:
        ShapeError: ``input`` has fewer than two dimensions.
        ValueError: ``dim1`` is ``dim2``.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.diagonal(dlx.tensor([[1, 2], [3, 4]]), 1)
        tensor([2])
    """
    return _C.diagonal(input, offset, dim1, dim2)


def diag(input: Tensor, diagonal: int = 0, *, out: Tensor | None = None) -> Tensor:
    """Copy the diagonal of a matrix, or make a matrix with a given diagonal.

    Args:
        input: a matrix or a vector.
        diagonal: 0 for the main diagonal, above it if positive, below if negative.
        out: where to write the result.

    Returns:
        A vector or a matrix of the dtype of ``input``.

    Raises:
        ShapeError: ``input`` has not one or two dimensions.

    Example:
        >>> dlx.diag(dlx.tensor([1, 2]))
        tensor([[1, 0],
                [0, 2]])
    """
    return _C.diag(input, diagonal, out)


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Make matrices whose diagonals are given by the last dimension.

    Args:
        input: at least one dimension.
        offset: 0 for the main diagonal, above it if positive, below if negative.
        dim1: where the rows stand in the result.
        dim2: where the columns stand in the result.

    Returns:
        Tensor of the dtype of ``input``, with one dimension more.

    Raises:
        ShapeError: ``input`` has no dimensions.
        ValueError: ``dim1`` is ``dim2``.
        IndexError: a dimension is out of range.

    Example:
        >>> dlx.diag_embed(dlx.tensor([[1, 2], [3, 4]])).shape
        dlx.Size([2, 2, 2])
    """
    return _C.diag_embed(input, offset, dim1, dim2)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """Make a matrix whose diagonal is the flattened tensor; see :func:`dlx.diag_embed`.

    Example:
        >>> dlx.diagflat(dlx.tensor([[1], [2]]))
        tensor([[1, 0],
                [0, 2]])
    """
    return _C.diag_embed(_C.reshape(input, -1), offset, 0, 1)


def block_diag(*tensors: Tensor) -> Tensor:
    """Make a matrix of blocks along its diagonal, zeros elsewhere.

    Args:
        tensors: of at most two dimensions; a vector is one row. Dtypes are promoted.

    Raises:
        ShapeError: a tensor has more than two dimensions.

    Example:
        >>> dlx.block_diag(dlx.tensor([1]), dlx.tensor([[2, 3], [4, 5]]))
        tensor([[1, 0, 0],
                [0, 2, 3],
                [0, 4, 5]])
    """
    return _C.block_diag(_tensors(tensors))


def _tensors(tensors: tuple[Any, ...]) -> Any:
    """The tensors of `f(a, b)` and of `f([a, b])`."""
    return tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (list, tuple)) else tensors


def broadcast_shapes(*shapes: int | Sequence[int]) -> _C.Size:
    """Find the shape that several shapes broadcast to, without making tensors.

    Raises:
        ShapeError: they do not broadcast.

    Example:
        >>> dlx.broadcast_shapes((2, 1), (3,), 1)
        dlx.Size([2, 3])
    """
    result: tuple[int, ...] = ()
    for shape in shapes:
        sizes = (shape,) if isinstance(shape, int) else tuple(shape)
        longer, shorter = (result, sizes) if len(result) >= len(sizes) else (sizes, result)
        padded = (1,) * (len(longer) - len(shorter)) + shorter
        if any(size < 0 for size in sizes) or any(a != b and 1 not in (a, b) for a, b in zip(longer, padded)):
            raise _C.ShapeError(f"broadcast_shapes: shapes {result} and {sizes} do not broadcast.")
        result = tuple(b if a == 1 else a for a, b in zip(longer, padded))
    return _C.Size(result)


def broadcast_tensors(*tensors: Tensor) -> tuple[Tensor, ...]:
    """Expand tensors to the shape that they broadcast to.

    Args:
        tensors: one by one, or as one sequence.

    Returns:
        A tuple of views.

    Raises:
        ShapeError: they do not broadcast.

    Example:
        >>> [x.shape for x in dlx.broadcast_tensors(dlx.zeros(2, 1), dlx.zeros(3))]
        [dlx.Size([2, 3]), dlx.Size([2, 3])]
    """
    tensors = tuple(_tensors(tensors))
    shape = broadcast_shapes(*(x.shape for x in tensors))
    return tuple(_C.expand(x, shape) for x in tensors)


def meshgrid(*tensors: Tensor, indexing: str | None = None) -> tuple[Tensor, ...]:
    """Make coordinate grids of vectors.

    ``out[k][i, j, ...] = tensors[k][i or j or ...]``

    Args:
        tensors: vectors or numbers, one by one or as one sequence.
        indexing: "ij" (the default): the first vector gives the rows; "xy": the first gives the columns.

    Returns:
        A tuple of views, as many as vectors.

    Raises:
        ValueError: ``indexing`` is neither, or there are no tensors.
        ShapeError: a tensor has more than one dimension.

    Example:
        >>> rows, columns = dlx.meshgrid(dlx.arange(2), dlx.arange(3), indexing="ij")
        >>> columns
        tensor([[0, 1, 2],
                [0, 1, 2]])
    """
    tensors = tuple(_tensors(tensors))
    if indexing not in (None, "ij", "xy"):
        raise ValueError(f"meshgrid: indexing must be 'ij' or 'xy'. Got {indexing!r}.")
    if not tensors:
        raise ValueError("meshgrid: it takes at least one tensor.")
    for x in tensors:
        if x.ndim > 1:
            raise _C.ShapeError(f"meshgrid: tensors must have at most one dimension. Got shape {tuple(x.shape)}.")
    swap = indexing == "xy" and len(tensors) > 1
    ordered = (tensors[1], tensors[0], *tensors[2:]) if swap else tensors
    shape = [x.numel() for x in ordered]
    ones = [1] * len(shape)
    grids = []
    for d, x in enumerate(ordered):
        grids.append(_C.expand(_C.reshape(x, [*ones[:d], -1, *ones[d + 1 :]]), shape))
    if swap:
        grids[0], grids[1] = grids[1], grids[0]
    return tuple(grids)


def cartesian_prod(*tensors: Tensor) -> Tensor:
    """List all combinations of the elements of vectors, one in each row.

    Args:
        tensors: vectors of one dtype, one by one.

    Returns:
        Tensor of shape ``(combinations, vectors)``; the vector itself if there is one.

    Raises:
        ShapeError: a tensor has not one dimension.

    Example:
        >>> dlx.cartesian_prod(dlx.tensor([1, 2]), dlx.tensor([3, 4]))
        tensor([[1, 3],
                [1, 4],
                [2, 3],
                [2, 4]])
    """
    tensors = tuple(_tensors(tensors))
    for x in tensors:
        if x.ndim != 1:
            raise _C.ShapeError(f"cartesian_prod: tensors must have one dimension. Got shape {tuple(x.shape)}.")
    if len(tensors) == 1:
        return tensors[0]
    return stack([_C.reshape(x, -1) for x in meshgrid(*tensors, indexing="ij")], 1)


def _at_least(x: Tensor, rank: int) -> Tensor:
    shape = tuple(x.shape)
    if x.ndim >= rank:
        return x
    if rank == 3:
        shape = (1, 1, 1) if x.ndim == 0 else (1, *shape, 1) if x.ndim == 1 else (*shape, 1)
    else:
        shape = (1,) * (rank - x.ndim) + shape
    return _C.reshape(x, shape)


def atleast_1d(*tensors: Any) -> Any:
    """View tensors with at least one dimension.

    Args:
        tensors: one by one, or as one sequence.

    Returns:
        A tensor for one, a tuple for several.

    Example:
        >>> dlx.atleast_1d(dlx.tensor(5))
        tensor([5])
    """
    return _each(tensors, 1)


def atleast_2d(*tensors: Any) -> Any:
    """View tensors with at least two dimensions: a vector becomes a row; see :func:`dlx.atleast_1d`.

    Example:
        >>> dlx.atleast_2d(dlx.tensor([1, 2]))
        tensor([[1, 2]])
    """
    return _each(tensors, 2)


def atleast_3d(*tensors: Any) -> Any:
    """View tensors with at least three dimensions: ``(n,)`` becomes ``(1, n, 1)``, ``(n, m)`` becomes ``(n, m, 1)``.

    Example:
        >>> dlx.atleast_3d(dlx.zeros(2, 3)).shape
        dlx.Size([2, 3, 1])
    """
    return _each(tensors, 3)


def _each(tensors: tuple[Any, ...], rank: int) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], _C.Tensor):
        return _at_least(tensors[0], rank)
    return tuple(_at_least(x, rank) for x in _tensors(tensors))


def hstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors side by side: along the second dimension, or the first if they have one only.

    Example:
        >>> dlx.hstack([dlx.tensor([1, 2]), dlx.tensor([3])])
        tensor([1, 2, 3])
    """
    parts = [_at_least(x, 1) for x in tensors]
    return _C.cat(parts, 0 if parts and parts[0].ndim == 1 else 1, out)


def vstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors one below the other; a vector is a row.

    Example:
        >>> dlx.vstack([dlx.tensor([1, 2]), dlx.tensor([3, 4])])
        tensor([[1, 2],
                [3, 4]])
    """
    return _C.cat([_at_least(x, 2) for x in tensors], 0, out)


row_stack = vstack


def dstack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors along the third dimension; see :func:`dlx.atleast_3d`.

    Example:
        >>> dlx.dstack([dlx.tensor([1, 2]), dlx.tensor([3, 4])]).shape
        dlx.Size([1, 2, 2])
    """
    return _C.cat([_at_least(x, 3) for x in tensors], 2, out)


def column_stack(tensors: Sequence[Tensor], *, out: Tensor | None = None) -> Tensor:
    """Join tensors side by side; a vector is a column.

    Example:
        >>> dlx.column_stack([dlx.tensor([1, 2]), dlx.tensor([3, 4])])
        tensor([[1, 3],
                [2, 4]])
    """
    return _C.cat([_C.reshape(x, (-1, 1)) if x.ndim < 2 else x for x in tensors], 1, out)


def tensor_split(input: Tensor, indices_or_sections: int | Sequence[int] | Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """Cut one dimension into a number of pieces of nearly equal size, or at given positions.

    Args:
        input: at least one dimension.
        indices_or_sections: how many pieces (the first ones take what does not divide), or where to cut.
        dim: the dimension.

    Returns:
        A tuple of views.

    Raises:
        ValueError: the number of pieces is not above 0.
        IndexError: ``dim`` is out of range.

    Example:
        >>> dlx.tensor_split(dlx.arange(5), 2)
        (tensor([0, 1, 2]), tensor([3, 4]))
        >>> dlx.tensor_split(dlx.arange(5), (1, 3))
        (tensor([0]), tensor([1, 2]), tensor([3, 4]))
    """
    if input.ndim == 0:
        raise _C.ShapeError("tensor_split: input must have at least one dimension. Got shape ().")
    if isinstance(indices_or_sections, _C.Tensor):
        indices_or_sections = indices_or_sections.tolist()
    size = input.size(dim)
    if isinstance(indices_or_sections, int):
        if indices_or_sections < 1:
            raise ValueError(f"tensor_split: the number of pieces must be above 0. Got {indices_or_sections}.")
        each, more = divmod(size, indices_or_sections)
        return _C.split(input, [each + (i < more) for i in range(indices_or_sections)], dim)
    starts, ends = (0, *indices_or_sections), (*indices_or_sections, size)
    return tuple(_C.slice(input, dim, start, end, 1) for start, end in zip(starts, ends))


def _split_along(function: str, input: Tensor, places: Any, dim: int, rank: int) -> tuple[Tensor, ...]:
    if input.ndim < rank:
        raise _C.ShapeError(
            f"{function}: input must have at least {rank} dimension{'s' if rank > 1 else ''}. Got shape "
            f"{tuple(input.shape)}."
        )
    if isinstance(places, int) and (places < 1 or input.size(dim) % places):
        raise ValueError(
            f"{function}: dimension {dim} of size {input.size(dim)} cannot be cut into {places} equal pieces."
        )
    return tensor_split(input, places, dim)


def hsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Cut side by side: along the second dimension, or the first if there is one only; see :func:`dlx.tensor_split`.

    Raises:
        ValueError: the dimension cannot be cut into that many equal pieces.
        ShapeError: ``input`` has no dimensions.

    Example:
        >>> dlx.hsplit(dlx.arange(4), 2)
        (tensor([0, 1]), tensor([2, 3]))
    """
    return _split_along("hsplit", input, indices_or_sections, 0 if input.ndim == 1 else 1, 1)


def vsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Cut along the first of at least two dimensions; see :func:`dlx.tensor_split`.

    Raises:
        ValueError: the dimension cannot be cut into that many equal pieces.
        ShapeError: ``input`` has fewer than two dimensions.

    Example:
        >>> dlx.vsplit(dlx.tensor([[1, 2], [3, 4]]), 2)
        (tensor([[1, 2]]), tensor([[3, 4]]))
    """
    return _split_along("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: int | Sequence[int]) -> tuple[Tensor, ...]:
    """Cut along the third dimension; see :func:`dlx.tensor_split`.

    Raises:
        ValueError: the dimension cannot be cut into that many equal pieces.
        ShapeError: ``input`` has fewer than three dimensions.

    Example:
        >>> [part.shape for part in dlx.dsplit(dlx.zeros(1, 2, 4), 2)]
        [dlx.Size([1, 2, 2]), dlx.Size([1, 2, 2])]
    """
    return _split_along("dsplit", input, indices_or_sections, 2, 3)


def split_with_sizes(input: Tensor, split_sizes: Sequence[int], dim: int = 0) -> tuple[Tensor, ...]:
    """Cut one dimension into pieces of given sizes; see :func:`dlx.split`.

    Example:
        >>> dlx.split_with_sizes(dlx.arange(3), (1, 2))
        (tensor([0]), tensor([1, 2]))
    """
    return _C.split(input, list(split_sizes), dim)


direct(
    globals(), view_method=_C.view, reshape_method=_C.reshape, permute_method=_C.permute, expand_method=_C.expand,
    flip_method=_C.flip, repeat=_C.repeat, tile_method=_C.tile,
)  # fmt: skip
