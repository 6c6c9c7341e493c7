"""Copies, operands and indices of sizes that take other paths: past the caches, at edges of bands, off the lines."""

from __future__ import annotations

import numpy as np
import pytest

import dlx


def numbers(*shape, dtype="float32"):
    return np.arange(int(np.prod(shape)), dtype=np.int64).reshape(shape).astype(dtype)


@pytest.mark.parametrize("threads", [1, 3], ids=lambda n: f"{n} threads")
@pytest.mark.parametrize(
    ("shape", "dtype"),
    [
        ((129, 1041), "float32"),  # a band and a row more, a strip and a tile more
        ((3000, 1001), "float32"),  # streamed, rows of the result begin within lines
        ((2048, 1536), "float32"),  # streamed as whole lines
        ((1030, 1500), "float64"),
        ((2300, 2400), "int16"),
        ((3400, 3301), "uint8"),
        ((40000, 70), "float32"),  # narrow
        ((3, 900000), "float32"),
    ],
    ids=str,
)
def test_transposed_copies(shape, dtype, threads):
    array = numbers(*shape, dtype=dtype)
    before = dlx.get_num_threads()
    dlx.set_num_threads(threads)
    try:
        x = dlx.from_numpy(array)
        assert np.array_equal(x.t().contiguous().numpy(), array.T)
        inner = x[1:, 1:]  # neither begins with a line
        assert np.array_equal(inner.t().contiguous().numpy(), array[1:, 1:].T)
    finally:
        dlx.set_num_threads(before)


@pytest.mark.parametrize("order", [(0, 2, 3, 1), (0, 3, 1, 2), (0, 2, 1, 3), (3, 0, 2, 1)], ids=str)
def test_permuted_copies_past_the_caches(order):
    array = numbers(12, 64, 61, 65)
    assert np.array_equal(dlx.from_numpy(array).permute(order).contiguous().numpy(), array.transpose(order))


@pytest.mark.parametrize(
    ("shape", "order"),
    [
        ((300, 300), (1, 0)),
        ((1700, 1701), (1, 0)),
        ((3, 400000), (1, 0)),
        ((400000, 3), (1, 0)),
        ((5, 300, 200), (0, 2, 1)),
        ((70, 90, 80), (2, 1, 0)),
    ],
    ids=str,
)
@pytest.mark.parametrize("dtypes", [("float32", "float32"), ("float64", "int32"), ("float32", "float16")], ids=str)
def test_transposed_operands(shape, order, dtypes):
    a, b = numbers(*shape, dtype=dtypes[0]), numbers(*(shape[i] for i in np.argsort(order)), dtype="int64") % 1000
    b = b.astype(dtypes[1])
    got = dlx.from_numpy(a) + dlx.from_numpy(b).permute(order)
    assert np.array_equal(got.numpy(), a + b.transpose(order).astype(dtypes[0]))
    if shape == (300, 300):  # two operands are turned
        turned = dlx.from_numpy(b).t()
        assert np.array_equal(dlx.where(turned > 500, turned, dlx.from_numpy(b)).numpy(), np.where(b.T > 500, b.T, b))


def test_an_index_that_is_written():
    x = dlx.tensor([2, 0, 1, 3] * 50)
    x[x] = dlx.arange(200)
    expected = np.array([2, 0, 1, 3] * 50)
    expected[expected.copy()] = np.arange(200)
    assert x.tolist() == expected.tolist()
    y = dlx.arange(300) % 7
    assert dlx.take(y, y, out=y).tolist() == (np.arange(300) % 7).tolist()


def test_negative_and_bad_indices_among_many():
    x = dlx.arange(1000.0)
    index = (dlx.arange(5000) * 7) % 2000 - 1000
    assert np.array_equal(x[index].numpy(), x.numpy()[index.numpy()])
    index[4321] = 1000
    for call in (
        lambda: x[index],
        lambda: x.__setitem__(index, 0.0),
        lambda: dlx.index_select(x, 0, index),
        lambda: x[None].expand(2, -1)[:, index],
    ):
        with pytest.raises(IndexError, match="1000"):
            call()


@pytest.mark.parametrize("n", [1, 3, 4, 5, 513, 16384, 16385, 150001])
@pytest.mark.parametrize("dtype", ["int64", "int8", "float32", "float64"])
def test_running_sums(dtype, n):
    array = (numbers(n, dtype="int64") * 37 % 101 - 50).astype(dtype)
    x = dlx.from_numpy(array)
    got = dlx.cumsum(x, 0, dtype=x.dtype).numpy()
    assert np.array_equal(got, np.cumsum(array, dtype=array.dtype))


def test_long_running_sums_have_the_same_bits_on_any_number_of_threads():
    x = dlx.from_numpy(np.random.default_rng(0).standard_normal(300_001))
    before = dlx.get_num_threads()
    found = set()
    try:
        for threads in (1, 2, 3, 4, 5, 8):
            dlx.set_num_threads(threads)
            results = (dlx.cumsum(x, 0), dlx.cumprod(1 + x / 1000, 0), dlx.cumsum(x.to(dlx.float16), 0))
            found.add(b"".join(r.numpy().tobytes() for r in results))
    finally:
        dlx.set_num_threads(before)
    assert len(found) == 1


@pytest.mark.parametrize("threads", [1, 3], ids=lambda n: f"{n} threads")
def test_pieces_of_a_result_past_the_caches(threads):
    """Each piece is small, and its rows begin within lines that it shares with its neighbours."""
    pieces = [numbers(4001, n) for n in (331, 64, 517, 700)]
    before = dlx.get_num_threads()
    dlx.set_num_threads(threads)
    try:
        joined = dlx.cat([dlx.from_numpy(piece) for piece in pieces], 1)
        assert np.array_equal(joined.numpy(), np.concatenate(pieces, 1))
        assert np.array_equal(joined.roll(701, 1).numpy(), np.roll(joined.numpy(), 701, 1))
    finally:
        dlx.set_num_threads(before)
