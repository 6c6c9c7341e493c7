"""Datasets and batches."""

from __future__ import annotations

from typing import Any

from dlx.data.dataset import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, random_split
from dlx.data.loader import DataLoader, default_collate
from dlx.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

__all__ = [
    "BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "IterableDataset", "RandomSampler", "Sampler",
    "SequentialSampler", "Subset", "TensorDataset", "default_collate", "random_split",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.utils.data", name)
