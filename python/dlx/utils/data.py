"""`torch.utils.data`: the names of `dlx.data`."""

from __future__ import annotations

from dlx.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Sampler,
    SequentialSampler,
    Subset,
    TensorDataset,
    __getattr__,
    default_collate,
    random_split,
)

__all__ = [
    "BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "IterableDataset", "RandomSampler", "Sampler",
    "SequentialSampler", "Subset", "TensorDataset", "__getattr__", "default_collate", "random_split",
]  # fmt: skip
