"""Sequences of different lengths: padded to one tensor, or packed without padding as recurrent layers take them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from dlx import _C
from dlx._C import ShapeError, Tensor
from dlx.ops.creation import full, tensor
from dlx.ops.index import index_select
from dlx.ops.view import cat, reshape, stack, transpose

__all__ = [
    "PackedSequence", "invert_permutation", "pack_padded_sequence", "pack_sequence", "pad_packed_sequence",
    "pad_sequence", "unpack_sequence", "unpad_sequence",
]  # fmt: skip


class _Packed(NamedTuple):
    data: Tensor
    batch_sizes: Tensor
    sorted_indices: Tensor | None
    unsorted_indices: Tensor | None


class PackedSequence(_Packed):
    """Sequences of different lengths, step by step: all first elements, then all second ones of those that have one...

    Made by :func:`pack_padded_sequence` and :func:`pack_sequence`; recurrent layers take and return it.

    Args:
        data: shape ``(sum of the lengths, *)``.
        batch_sizes: int64 on the CPU: how many sequences have a first, second, ... element.
        sorted_indices: the order by which the sequences were sorted by length; None if they were sorted.
        unsorted_indices: the order that undoes it.

    Example:
        >>> nn.utils.rnn.pack_sequence([dlx.tensor([1, 2, 3]), dlx.tensor([4])]).data
        tensor([1, 4, 2, 3])
    """

    __slots__ = ()

    def __new__(
        cls,
        data: Tensor,
        batch_sizes: Tensor | None = None,
        sorted_indices: Tensor | None = None,
        unsorted_indices: Tensor | None = None,
    ) -> PackedSequence:
        if batch_sizes is None:
            raise ValueError("PackedSequence: batch_sizes is missing; pack_padded_sequence makes both.")
        if batch_sizes.device.type != "cpu":
            raise ValueError(f"PackedSequence: batch_sizes must be on the CPU. Got {batch_sizes.device}.")
        if unsorted_indices is None:
            unsorted_indices = invert_permutation(sorted_indices)
        return super().__new__(cls, data, batch_sizes, sorted_indices, unsorted_indices)

    def to(self, *args: Any, **kwargs: Any) -> PackedSequence:
        """Convert and move ``data`` as :meth:`dlx.Tensor.to`; the indices follow to the device."""
        data = self.data.to(*args, **kwargs)
        if data is self.data:
            return self
        moved = [None if index is None else index.to(data.device) for index in self[2:]]
        return type(self)(data, self.batch_sizes, *moved)

    def cuda(self) -> PackedSequence:
        """Move to the GPU."""
        return self.to("cuda")

    def cpu(self) -> PackedSequence:
        """Move to the CPU."""
        return self.to("cpu")

    def double(self) -> PackedSequence:
        """Convert to float64."""
        return self.to(dtype=_C.float64)

    def float(self) -> PackedSequence:
        """Convert to float32."""
        return self.to(dtype=_C.float32)

    def half(self) -> PackedSequence:
        """Convert to float16."""
        return self.to(dtype=_C.float16)

    def long(self) -> PackedSequence:
        """Convert to int64."""
        return self.to(dtype=_C.int64)

    def int(self) -> PackedSequence:
        """Convert to int32."""
        return self.to(dtype=_C.int32)

    def short(self) -> PackedSequence:
        """Convert to int16."""
        return self.to(dtype=_C.int16)

    def char(self) -> PackedSequence:
        """Convert to int8."""
        return self.to(dtype=_C.int8)

    def byte(self) -> PackedSequence:
        """Convert to uint8."""
        return self.to(dtype=_C.uint8)

    @property
    def is_cuda(self) -> bool:
        """Whether ``data`` is on a GPU."""
        return self.data.device.type == "cuda"


def invert_permutation(permutation: Tensor | None) -> Tensor | None:
    """Return the order that undoes an order; None of None.

    Example:
        >>> nn.utils.rnn.invert_permutation(dlx.tensor([2, 0, 1]))
        tensor([1, 2, 0])
    """
    if permutation is None:
        return None
    return tensor(np.argsort(permutation.cpu().numpy(), kind="stable"), device=permutation.device)


def pack_padded_sequence(
    input: Tensor, lengths: Tensor | Sequence[int], batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """Pack padded sequences.

    Args:
        input: shape ``(T, B, *)``, or ``(B, T, *)`` if ``batch_first``; what is beyond a sequence's length is not read.
        lengths: of the B sequences, each in [1, T].
        batch_first: see ``input``.
        enforce_sorted: the lengths never rise; if False, the sequences are sorted and the order is kept with them.

    Returns:
        A :class:`PackedSequence`.

    Raises:
        ShapeError: ``input`` has no batch, or ``lengths`` is not of the batch's size.
        ValueError: a length is outside [1, T].
        RuntimeError: the lengths rise and ``enforce_sorted``.

    Example:
        >>> padded = dlx.tensor([[1, 4], [2, 0], [3, 0]])
        >>> packed = nn.utils.rnn.pack_padded_sequence(padded, [3, 1])
        >>> packed.data, packed.batch_sizes
        (tensor([1, 4, 2, 3]), tensor([2, 1, 1]))
    """
    name = "pack_padded_sequence"
    if input.ndim < 2:
        raise ShapeError(f"{name}: input must have at least 2 dimensions. Got shape {tuple(input.shape)}.")
    steps, batch = input.shape[1::-1] if batch_first else input.shape[:2]
    sizes = _lengths(name, lengths, batch, 1, steps)
    order = None
    if enforce_sorted:
        if np.any(sizes[1:] > sizes[:-1]):
            raise RuntimeError(
                f"{name}: lengths must not rise when enforce_sorted is True. Got {sizes.tolist()}. "
                "Use enforce_sorted=False and the order is kept with the sequences."
            )
    else:
        by_length = np.argsort(-sizes, kind="stable")
        sizes = sizes[by_length]
        order = tensor(by_length, device=input.device)
        input = index_select(input, 0 if batch_first else 1, order)
    if batch_first:
        input = transpose(input, 0, 1)
    return PackedSequence(*_packed(input, sizes), order)


def _packed(input: Tensor, sizes: np.ndarray[Any, Any]) -> tuple[Tensor, Tensor]:
    """Data and batch sizes of (T, B, *) with lengths that never rise."""
    rest = tuple(input.shape[2:])
    parts, start = [], 0
    batch_sizes = np.empty(int(sizes[0]), np.int64)
    for count in range(len(sizes), 0, -1):  # the steps that `count` sequences have: one block of input
        end = int(sizes[count - 1])
        if end > start:
            parts.append(reshape(input[start:end, :count], (-1, *rest)))
            batch_sizes[start:end] = count
            start = end
    return cat(parts), tensor(batch_sizes)


def _lengths(
    function: str, lengths: Tensor | Sequence[int], batch: int, least: int, most: int
) -> np.ndarray[Any, np.dtype[np.int64]]:
    sizes = np.asarray(lengths.tolist() if isinstance(lengths, Tensor) else list(lengths), np.int64)
    if sizes.shape != (batch,):
        raise ShapeError(f"{function}: lengths must have one entry for each of {batch} sequences. Got {sizes.shape}.")
    if batch == 0:
        raise ShapeError(f"{function}: there must be at least one sequence.")
    if sizes.min() < least or sizes.max() > most:
        raise ValueError(f"{function}: lengths must be in [{least}, {most}]. Got {sizes.tolist()}.")
    return sizes


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """Undo :func:`pack_padded_sequence`.

    Args:
        sequence: packed sequences.
        batch_first: return ``(B, T, *)`` instead of ``(T, B, *)``.
        padding_value: of the elements beyond a sequence's length.
        total_length: T, if more than the longest sequence's length.

    Returns:
        The padded sequences, and their lengths as int64 tensor on the CPU, in the order in which they were packed.

    Raises:
        ValueError: ``total_length`` is less than the longest sequence's length.

    Example:
        >>> packed = nn.utils.rnn.pack_sequence([dlx.tensor([1, 2, 3]), dlx.tensor([4])])
        >>> nn.utils.rnn.pad_packed_sequence(packed, batch_first=True)
        (tensor([[1, 2, 3],
                [4, 0, 0]]), tensor([3, 1]))
    """
    data, counts, _, unsorted = sequence
    sizes = counts.numpy()
    steps, batch = len(sizes), int(sizes[0])
    if total_length is not None:
        if total_length < steps:
            raise ValueError(
                f"pad_packed_sequence: total_length must be at least the longest sequence's length, {steps}. "
                f"Got {total_length}."
            )
        steps = total_length
    # For each place of the result the row of data; the row after the last is the padding.
    places = np.full((steps, batch), len(data))
    starts = np.concatenate([[0], np.cumsum(sizes)])
    for step, count in enumerate(sizes):
        places[step, :count] = np.arange(starts[step], starts[step + 1])
    lengths = np.sum(places < len(data), axis=0)
    if unsorted is not None:
        order = unsorted.cpu().numpy()
        places, lengths = places[:, order], lengths[order]
    if batch_first:
        places = places.T
    rest = tuple(data.shape[1:])
    padding = full((1, *rest), padding_value, dtype=data.dtype, device=data.device)
    rows = index_select(cat([data, padding]), 0, tensor(places.reshape(-1), device=data.device))
    return reshape(rows, (*places.shape, *rest)), tensor(lengths)


def pad_sequence(
    sequences: Tensor | Sequence[Tensor],
    batch_first: bool = False,
    padding_value: float = 0.0,
    padding_side: str = "right",
) -> Tensor:
    """Stack sequences of different lengths, filled up to the longest.

    Args:
        sequences: B tensors of shape ``(length, *)``.
        batch_first: return ``(B, T, *)`` instead of ``(T, B, *)``, T being the largest length.
        padding_value: what fills up.
        padding_side: 'right' (after a sequence) or 'left'.

    Returns:
        The stacked sequences.

    Raises:
        ValueError: there are no sequences, or an unknown side.
        ShapeError: sizes beyond the first dimension differ.

    Example:
        >>> nn.utils.rnn.pad_sequence([dlx.tensor([1, 2, 3]), dlx.tensor([4])], batch_first=True)
        tensor([[1, 2, 3],
                [4, 0, 0]])
    """
    if padding_side not in ("left", "right"):
        raise ValueError(f"pad_sequence: padding_side must be 'left' or 'right'. Got {padding_side!r}.")
    parts = list(sequences.unbind(0)) if isinstance(sequences, Tensor) else list(sequences)
    if not parts:
        raise ValueError("pad_sequence: there must be at least one sequence.")
    for part in parts:
        if part.ndim == 0 or part.shape[1:] != parts[0].shape[1:]:
            raise ShapeError(
                "pad_sequence: sequences must have the same sizes but in their first dimension. "
                f"Got shapes {tuple(parts[0].shape)} and {tuple(part.shape)}."
            )
    longest = max(len(part) for part in parts)

    def filled(part: Tensor) -> Tensor:
        missing = longest - len(part)
        if not missing:
            return part
        fill = full((missing, *part.shape[1:]), padding_value, dtype=part.dtype, device=part.device)
        return cat([part, fill] if padding_side == "right" else [fill, part])

    return stack([filled(part) for part in parts], 0 if batch_first else 1)


def unpad_sequence(padded_sequences: Tensor, lengths: Tensor, batch_first: bool = False) -> list[Tensor]:
    """Undo :func:`pad_sequence`.

    Args:
        padded_sequences: shape ``(T, B, *)``, or ``(B, T, *)`` if ``batch_first``.
        lengths: of the B sequences.
        batch_first: see ``padded_sequences``.

    Returns:
        B tensors of shape ``(length, *)``.

    Example:
        >>> nn.utils.rnn.unpad_sequence(dlx.tensor([[1, 2], [3, 0]]), dlx.tensor([2, 1]))
        [tensor([1, 3]), tensor([2])]
    """
    rows = padded_sequences if batch_first else transpose(padded_sequences, 0, 1)
    sizes = _lengths("unpad_sequence", lengths, len(rows), 0, rows.shape[1])
    return [row[:size] for row, size in zip(rows.unbind(0), sizes.tolist())]


def pack_sequence(sequences: Sequence[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Pack sequences of different lengths.

    Args:
        sequences: tensors of shape ``(length, *)``.
        enforce_sorted: the lengths never rise; if False, the sequences are sorted and the order is kept with them.

    Returns:
        A :class:`PackedSequence`.

    Raises:
        RuntimeError: the lengths rise and ``enforce_sorted``.

    Example:
        >>> nn.utils.rnn.pack_sequence([dlx.tensor([1, 2, 3]), dlx.tensor([4])]).batch_sizes
        tensor([2, 1, 1])
    """
    sizes = [len(sequence) for sequence in sequences]
    return pack_padded_sequence(pad_sequence(sequences), sizes, enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """Undo :func:`pack_sequence`.

    Example:
        >>> packed = nn.utils.rnn.pack_sequence([dlx.tensor([1, 2, 3]), dlx.tensor([4])])
        >>> nn.utils.rnn.unpack_sequence(packed)
        [tensor([1, 2, 3]), tensor([4])]
    """
    padded, lengths = pad_packed_sequence(packed_sequences, batch_first=True)
    return unpad_sequence(padded, lengths, batch_first=True)
