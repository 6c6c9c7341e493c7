"""Datasets and batches."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx.data.dataset import ConcatDataset, Dataset, IterableDataset, Subset, TensorDataset, random_split
from dlx.data.loader import DataLoader, default_collate
from dlx.data.sampler import BatchSampler, RandomSampler, Sampler, SequentialSampler

if TYPE_CHECKING:
    from dlx.data import transforms

__all__ = [
    "BatchSampler", "ConcatDataset", "DataLoader", "Dataset", "IterableDataset", "RandomSampler", "Sampler",
    "SequentialSampler", "Subset", "TensorDataset", "default_collate", "random_split", "transforms",
]  # fmt: skip


def __getattr__(name: str) -> Any:
    if name == "transforms":  # imported when first named
        import importlib

        return importlib.import_module("dlx.data.transforms")
    from dlx._absent import absent

    raise absent("dlx.utils.data", name)
