"""Datasets, samplers and batches."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

import dlx
from dlx.data import (
    BatchSampler,
    ConcatDataset,
    DataLoader,
    Dataset,
    IterableDataset,
    RandomSampler,
    Subset,
    TensorDataset,
    default_collate,
    random_split,
)


class Squares(Dataset):
    def __getitem__(self, index):
        return index, float(index * index)

    def __len__(self):
        return 7


def test_batches_of_tensors_in_order():
    x = dlx.arange(10).reshape(5, 2)
    batches = list(DataLoader(TensorDataset(x, dlx.arange(5)), batch_size=2))
    assert [b[0].tolist() for b in batches] == [[[0, 1], [2, 3]], [[4, 5], [6, 7]], [[8, 9]]]
    assert [b[1].tolist() for b in batches] == [[0, 1], [2, 3], [4]]


def test_batches_of_any_dataset_are_collated():
    first = next(iter(DataLoader(Squares(), batch_size=3)))
    assert first[0].tolist() == [0, 1, 2]
    assert first[1].tolist() == [0.0, 1.0, 4.0]
    assert first[1].dtype == dlx.float64


@pytest.mark.parametrize(("drop_last", "count"), [(False, 4), (True, 3)])
def test_drop_last(drop_last, count):
    loader = DataLoader(Squares(), batch_size=2, drop_last=drop_last)
    assert len(loader) == len(list(loader)) == count


def test_shuffle_takes_each_sample_once_in_an_order_given_by_the_seed():
    def order(seed):
        dlx.manual_seed(seed)
        return [
            int(i)
            for batch in DataLoader(TensorDataset(dlx.arange(50)), batch_size=8, shuffle=True)
            for i in batch[0].tolist()
        ]

    assert sorted(order(1)) == list(range(50))
    assert order(1) == order(1)
    assert order(1) != order(2)


def test_shuffle_with_a_generator_leaves_the_default_one():
    generator = dlx.Generator()
    generator.manual_seed(3)
    dlx.manual_seed(0)
    expected = dlx.rand(1).item()
    dlx.manual_seed(0)
    list(DataLoader(Squares(), shuffle=True, generator=generator))
    assert dlx.rand(1).item() == expected


def test_single_samples_without_a_batch():
    assert list(DataLoader(Squares(), batch_size=None))[2] == (2, 4.0)


def test_collate_fn_and_samplers():
    loader = DataLoader(Squares(), batch_sampler=[[0, 2], [1]], collate_fn=list)
    assert list(loader) == [[(0, 0.0), (2, 4.0)], [(1, 1.0)]]
    assert [b[0].tolist() for b in DataLoader(Squares(), sampler=[5, 1], batch_size=2)] == [[5, 1]]


def test_iterable_datasets():
    class Stream(IterableDataset):
        def __iter__(self):
            return iter(range(5))

    assert [b.tolist() for b in DataLoader(Stream(), batch_size=2)] == [[0, 1], [2, 3], [4]]
    with pytest.raises(ValueError, match="its own order"):
        DataLoader(Stream(), shuffle=True)


def test_getitems_fetches_a_batch_at_once():
    class Bulk(Squares):
        def __getitems__(self, indices):
            self.asked = indices
            return [self[i] for i in indices]

    data = Bulk()
    next(iter(DataLoader(data, batch_size=3)))
    assert data.asked == [0, 1, 2]


def test_collate_of_containers():
    Point = namedtuple("Point", "x y")
    batch = default_collate([{"p": Point(1, np.zeros(2)), "name": "a"}, {"p": Point(2, np.ones(2)), "name": "b"}])
    assert batch["p"].x.tolist() == [1, 2]
    assert batch["p"].y.shape == (2, 2)
    assert batch["name"] == ["a", "b"]
    with pytest.raises(ValueError, match="same length"):
        default_collate([[1], [1, 2]])
    with pytest.raises(TypeError, match="Got object"):
        default_collate([object()])


def test_subset_concat_and_split():
    data = TensorDataset(dlx.arange(10))
    assert Subset(data, [3, 1])[1][0].item() == 1
    both = ConcatDataset([data, Subset(data, [5])])
    assert len(both) == 11
    assert both[10][0].item() == both[-1][0].item() == 5
    parts = random_split(data, [0.5, 0.3, 0.2])
    assert [len(part) for part in parts] == [5, 3, 2]
    assert sorted(i for part in parts for i in part.indices) == list(range(10))
    assert [len(part) for part in random_split(data, [7, 3])] == [7, 3]
    with pytest.raises(ValueError, match="add up to the dataset's 10"):
        random_split(data, [7, 4])


def test_random_sampler_with_replacement():
    sampler = RandomSampler(range(3), replacement=True, num_samples=20)
    drawn = list(sampler)
    assert len(drawn) == len(sampler) == 20
    assert set(drawn) <= {0, 1, 2}


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"num_workers": 2}, "num_workers must be 0"),
        ({"pin_memory": True}, "pin_memory"),
        ({"sampler": [1], "shuffle": True}, "mutually exclusive"),
        ({"batch_sampler": [[1]], "batch_size": 2}, "mutually exclusive"),
        ({"batch_size": None, "drop_last": True}, "mutually exclusive"),
        ({"batch_size": 0}, "positive integer"),
    ],
)
def test_what_is_not_supported_or_contradicts_is_an_error(options, text):
    with pytest.raises(ValueError, match=text):
        DataLoader(Squares(), **options)


def test_sizes_must_agree():
    with pytest.raises(ValueError, match=r"Got sizes \[2, 3\]"):
        TensorDataset(dlx.zeros(2), dlx.zeros(3))
    with pytest.raises(ValueError, match="positive integer"):
        BatchSampler(range(3), 0, False)


def test_utils_data_is_the_same():
    import dlx.utils.data

    assert dlx.utils.data.DataLoader is DataLoader
