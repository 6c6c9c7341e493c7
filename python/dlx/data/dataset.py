"""Datasets: what has a length and gives a sample for each index."""

from __future__ import annotations

import bisect
import itertools
import math
from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from dlx.ops.random import randperm

if TYPE_CHECKING:
    from dlx._C import Generator, Tensor

T = TypeVar("T")

__all__ = ["ConcatDataset", "Dataset", "IterableDataset", "Subset", "TensorDataset", "random_split"]


class Dataset(Generic[T]):
    """Base of datasets: a class of its own writes ``__getitem__`` and ``__len__``.

    With ``__getitems__(indices)``, which returns a list of samples, a batch is fetched in one call.
    """

    def __getitem__(self, index: Any) -> T:
        raise NotImplementedError(f"{type(self).__name__} does not define __getitem__")

    def __add__(self, other: Dataset[T]) -> ConcatDataset[T]:
        return ConcatDataset([self, other])


class IterableDataset(Dataset[T]):
    """Base of datasets that can only be walked through: a class of its own writes ``__iter__``."""

    def __iter__(self) -> Iterator[T]:
        raise NotImplementedError(f"{type(self).__name__} does not define __iter__")


class TensorDataset(Dataset[Any]):
    """Samples that are slices of tensors: sample i is ``(tensors[0][i], tensors[1][i], ...)``.

    Args:
        tensors: of the same size in the first dimension.

    Raises:
        ValueError: the sizes differ.

    Example:
        >>> dataset = dlx.data.TensorDataset(dlx.arange(4), dlx.arange(4) * 10)
        >>> dataset[1]
        (tensor(1), tensor(10))
    """

    def __init__(self, *tensors: Tensor) -> None:
        sizes = [tensor.size(0) for tensor in tensors]
        if len(set(sizes)) > 1:
            raise ValueError(f"TensorDataset: tensors must have the same size in dimension 0. Got sizes {sizes}.")
        self.tensors = tensors

    def __getitem__(self, index: Any) -> Any:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return self.tensors[0].size(0)


class ConcatDataset(Dataset[T]):
    """One dataset after another.

    Args:
        datasets: at least one.

    Raises:
        ValueError: there are none.
    """

    def __init__(self, datasets: Iterable[Dataset[T]]) -> None:
        self.datasets = list(datasets)
        if not self.datasets:
            raise ValueError("ConcatDataset: datasets must not be empty.")
        self.cumulative_sizes = list(itertools.accumulate(len(dataset) for dataset in self.datasets))  # type: ignore[arg-type]

    def __getitem__(self, index: int) -> T:
        index = _position(index, len(self))
        place = bisect.bisect_right(self.cumulative_sizes, index)
        return self.datasets[place][index - (self.cumulative_sizes[place - 1] if place else 0)]

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]


class Subset(Dataset[T]):
    """Some samples of a dataset.

    Args:
        dataset: the dataset.
        indices: which, in order.
    """

    def __init__(self, dataset: Dataset[T], indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: Any) -> T:
        return self.dataset[self.indices[index]]

    def __getitems__(self, indices: list[int]) -> list[T]:
        inner = [self.indices[index] for index in indices]
        fetch = getattr(self.dataset, "__getitems__", None)
        return fetch(inner) if fetch else [self.dataset[index] for index in inner]

    def __len__(self) -> int:
        return len(self.indices)


def random_split(
    dataset: Dataset[T], lengths: Sequence[int | float], generator: Generator | None = None
) -> list[Subset[T]]:
    """Divide a dataset at random.

    Args:
        dataset: the dataset.
        lengths: how many samples each part gets, or which share; what shares leave over by rounding goes to the first
            parts.
        generator: the default generator if None.

    Returns:
        A list of subsets without a sample in common.

    Raises:
        ValueError: the lengths do not add up to the dataset's, or the shares not to 1.

    Example:
        >>> parts = dlx.data.random_split(dlx.data.TensorDataset(dlx.arange(10)), [0.8, 0.2])
        >>> [len(part) for part in parts]
        [8, 2]
    """
    size = len(dataset)  # type: ignore[arg-type]
    if math.isclose(sum(lengths), 1) and sum(lengths) <= 1:
        if not all(0 <= share <= 1 for share in lengths):
            raise ValueError(f"random_split: shares must be in [0, 1]. Got {list(lengths)}.")
        counts = [math.floor(size * share) for share in lengths]
        for i in range(size - sum(counts)):
            counts[i % len(counts)] += 1
    else:
        counts = [int(length) for length in lengths]
    if sum(counts) != size or any(count < 0 for count in counts):
        raise ValueError(f"random_split: lengths must add up to the dataset's {size}, or to 1. Got {list(lengths)}.")
    order = randperm(size, generator=generator).tolist()
    ends = list(itertools.accumulate(counts))
    return [Subset(dataset, order[end - count : end]) for end, count in zip(ends, counts)]


def _position(index: int, size: int) -> int:
    if not -size <= index < size:
        raise IndexError(f"index {index} is out of range for a dataset of {size} samples")
    return index % size
