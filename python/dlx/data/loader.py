"""DataLoader: batches of a dataset, made in this process."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from dlx import _C
from dlx._C import Tensor
from dlx.data.dataset import IterableDataset, TensorDataset
from dlx.data.sampler import BatchSampler, RandomSampler, SequentialSampler
from dlx.ops.creation import as_tensor, tensor
from dlx.ops.view import stack

if TYPE_CHECKING:
    from dlx._C import Generator

__all__ = ["DataLoader", "default_collate"]


class DataLoader:
    """Walk over a dataset in batches.

    Batches of a :class:`TensorDataset` are gathered by one call for each tensor; other datasets give their samples one
    by one.

    Args:
        dataset: has ``__getitem__`` and ``__len__``, or is an :class:`IterableDataset`.
        batch_size: samples in a batch; None gives single samples.
        shuffle: another order each time.
        sampler: gives the indices, instead of ``shuffle``.
        batch_sampler: gives lists of indices, instead of the four above and ``drop_last``.
        num_workers: 0: batches are made in this process.
        collate_fn: makes a batch of a list of samples; :func:`default_collate` if None.
        pin_memory: False.
        drop_last: leave out the last batch if it is smaller.
        generator: for ``shuffle``; the default generator if None.

    Raises:
        ValueError: arguments exclude each other, or are not supported.

    Example:
        >>> dataset = dlx.data.TensorDataset(dlx.arange(5))
        >>> for (x,) in dlx.data.DataLoader(dataset, batch_size=2):
        ...     print(x)
        tensor([0, 1])
        tensor([2, 3])
        tensor([4])
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[list[Any]] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[list[Any]], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        *,
        generator: Generator | None = None,
    ) -> None:
        if num_workers:
            raise ValueError(
                f"DataLoader: batches are made in this process, so num_workers must be 0. Got {num_workers}."
            )
        if pin_memory:
            raise ValueError("DataLoader: pin_memory=True is not supported.")
        iterable = isinstance(dataset, IterableDataset)
        if iterable and (shuffle or sampler is not None or batch_sampler is not None):
            raise ValueError(
                "DataLoader: an IterableDataset has its own order: shuffle, sampler and batch_sampler cannot be given."
            )
        if sampler is not None and shuffle:
            raise ValueError("sampler option is mutually exclusive with shuffle")
        if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
            raise ValueError(
                "batch_sampler option is mutually exclusive with batch_size, shuffle, sampler, and drop_last"
            )
        if batch_sampler is None and batch_size is None and drop_last:
            raise ValueError("batch_size=None option disables auto-batching and is mutually exclusive with drop_last")

        self.dataset = dataset
        self.generator = generator
        self.batch_size = None if batch_sampler is not None else batch_size
        self.drop_last = drop_last
        self.num_workers = 0
        self.collate_fn = collate_fn
        self.sampler: Any = sampler
        if sampler is None and not iterable:
            self.sampler = RandomSampler(dataset, generator=generator) if shuffle else SequentialSampler(dataset)
        self.batch_sampler: Any = batch_sampler
        if batch_sampler is None and batch_size is not None:
            # An iterable dataset is cut into batches in the same way, its samples standing for indices.
            self.batch_sampler = BatchSampler(dataset if iterable else self.sampler, batch_size, drop_last)

    def __iter__(self) -> Iterator[Any]:
        collate = self.collate_fn or default_collate
        if isinstance(self.dataset, IterableDataset):
            if self.batch_sampler is None:
                yield from map(self.collate_fn or _as_tensors, self.dataset)
            else:
                yield from map(collate, self.batch_sampler)
        elif self.batch_sampler is None:
            convert = self.collate_fn or _as_tensors
            for index in self.sampler:
                yield convert(self.dataset[index])
        elif self.collate_fn is None and type(self.dataset) is TensorDataset:
            for indices in self.batch_sampler:
                picked = tensor(indices, dtype=_C.int64)
                yield [_C.index_select(part, 0, picked, None) for part in self.dataset.tensors]
        else:
            fetch = getattr(self.dataset, "__getitems__", None) or self._fetch
            for indices in self.batch_sampler:
                yield collate(fetch(indices))

    def _fetch(self, indices: list[Any]) -> list[Any]:
        return [self.dataset[index] for index in indices]

    def __len__(self) -> int:
        return len(self.sampler if self.batch_sampler is None else self.batch_sampler)


def default_collate(batch: list[Any]) -> Any:
    """Make a batch of samples: tensors are stacked, numbers become a tensor, containers are collated item by item.

    Args:
        batch: samples of one kind: Tensor, NumPy array, number, str, dict, list or tuple of these.

    Returns:
        For tensors ``(n, *)``, for numbers ``(n,)`` (floats in float64, as PyTorch's), for strings the list, for dicts
        a dict of batches, for lists and tuples a list of batches (a namedtuple stays one).

    Raises:
        TypeError: the samples are something else.
        ValueError: containers differ in length.

    Example:
        >>> dlx.data.default_collate([(dlx.tensor([1.0]), 3), (dlx.tensor([2.0]), 4)])
        [tensor([[1.],
                [2.]]), tensor([3, 4])]
    """
    first = batch[0]
    if isinstance(first, Tensor):
        return stack(batch)
    if isinstance(first, np.ndarray):
        return stack([as_tensor(item) for item in batch])
    if isinstance(first, (bool, int, np.bool_, np.integer)):
        return tensor(batch)
    if isinstance(first, (float, np.floating)):
        return tensor(batch, dtype=_C.float64)
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, Mapping):
        return {key: default_collate([item[key] for item in batch]) for key in first}
    if isinstance(first, (list, tuple)):
        if any(len(item) != len(first) for item in batch):
            raise ValueError("default_collate: each list in the batch must have the same length.")
        columns = [default_collate(list(column)) for column in zip(*batch)]
        return type(first)(*columns) if hasattr(first, "_fields") else columns
    raise TypeError(
        "default_collate: samples must hold tensors, arrays, numbers, strings, dicts or lists. "
        f"Got {type(first).__name__}."
    )


def _as_tensors(sample: Any) -> Any:
    """A single sample with its arrays as tensors."""
    if isinstance(sample, np.ndarray):
        return as_tensor(sample)
    if isinstance(sample, Mapping):
        return {key: _as_tensors(value) for key, value in sample.items()}
    if isinstance(sample, (list, tuple)):
        parts = [_as_tensors(item) for item in sample]
        return type(sample)(*parts) if hasattr(sample, "_fields") else type(sample)(parts)
    return sample
