"""NumPy both ways without copying, and the rules of promotion."""

import itertools

import numpy as np
import pytest

import dlx

DTYPES = {
    dlx.bool: np.bool_, dlx.uint8: np.uint8, dlx.int8: np.int8, dlx.int16: np.int16,
    dlx.int32: np.int32, dlx.int64: np.int64,
    dlx.float16: np.float16, dlx.float32: np.float32, dlx.float64: np.float64,
}  # fmt: skip


# --- sharing -------------------------------------------------------------------------------------------------------
@pytest.mark.parametrize(("dtype", "kind"), DTYPES.items(), ids=str)
def test_from_numpy_shares_memory_in_every_dtype(dtype, kind):
    array = np.array([[0, 1, 1], [1, 0, 1]], kind)
    x = dlx.from_numpy(array)
    assert x.dtype == dtype
    assert tuple(x.shape) == (2, 3)
    assert x.data_ptr() == array.ctypes.data
    array[0, 0] = 1
    assert x[0, 0].item() == 1
    x[1, 1] = 1
    assert array[1, 1] == 1
    back = x.numpy()
    assert back.dtype == kind
    assert np.shares_memory(back, array)


def test_numpy_keeps_strides_and_offset():
    x = dlx.arange(24).reshape(2, 3, 4)
    view = x.permute(2, 0, 1)[1:, :, 1]
    array = view.numpy()
    np.testing.assert_array_equal(array, np.arange(24).reshape(2, 3, 4).transpose(2, 0, 1)[1:, :, 1])
    assert array.ctypes.data == view.data_ptr()
    base = np.arange(24.0).reshape(4, 6)
    y = dlx.from_numpy(base[1::2, ::3])
    assert y.stride() == (12, 3)
    y.fill_(0)
    assert base.sum() == np.arange(24.0).sum() - (6 + 9 + 18 + 21)


def test_memory_lives_as_long_as_either_side():
    array = dlx.ones(1000).numpy()
    assert array.sum() == 1000
    x = dlx.from_numpy(np.ones(1000))
    assert x.sum().item() == 1000


def test_read_only_array_gives_a_tensor_that_no_write_reaches():
    array = np.ones(4, np.float32)
    array.flags.writeable = False
    x = dlx.from_numpy(array)
    for write in (
        lambda: x.add_(1), lambda: x.fill_(0), lambda: x.__setitem__(0, 2.0), lambda: x[1:].mul_(2),
        lambda: x.copy_(dlx.zeros(4)),
        lambda: dlx.exp(dlx.zeros(4), out=x), lambda: x.uniform_(), lambda: x.view(2, 2).zero_(),
        lambda: x.detach().add_(1), lambda: x.data.add_(1),
    ):  # fmt: skip
        with pytest.raises((RuntimeError, ValueError), match="read-only"):
            write()
    np.testing.assert_array_equal(array, 1)
    assert not x.numpy().flags.writeable
    assert x.clone().add_(1).sum().item() == 8


def test_numpy_of_a_tensor_with_a_gradient():
    x = dlx.ones(3, requires_grad=True)
    with pytest.raises(RuntimeError, match="detach"):
        x.numpy()
    np.testing.assert_array_equal(x.detach().numpy(), 1)
    with pytest.raises((dlx.DtypeError, TypeError), match="bfloat16"):
        dlx.ones(2, dtype=dlx.bfloat16).numpy()


def test_arrays_that_cannot_be_shared():
    for array, words in [
        (np.arange(5)[::-1], "negative"), (np.zeros(2, np.complex64), "complex64"), (np.array(["a"]), "dtype"),
        (np.array([None]), "dtype"),
        (np.zeros(3, ">f8"), "dtype|byte"), (np.zeros(2, [("a", "f4"), ("b", "i1")])["a"], "stride"),
    ]:  # fmt: skip
        with pytest.raises((ValueError, TypeError), match=words):
            dlx.from_numpy(array)


def test_array_protocol():
    x = dlx.arange(6, dtype=dlx.float32).reshape(2, 3)
    assert np.shares_memory(np.asarray(x), x.numpy())
    assert np.asarray(x, dtype=np.float64).dtype == np.float64
    np.testing.assert_array_equal(np.add(x, 1), x.numpy() + 1)
    np.testing.assert_array_equal(np.array(x.tolist(), np.float32), x.numpy())


def test_tensor_copies_and_as_tensor_shares():
    array = np.ones(3)
    assert dlx.tensor(array).data_ptr() != array.ctypes.data
    assert dlx.as_tensor(array).data_ptr() == array.ctypes.data
    assert dlx.tensor([1, 2]).dtype == dlx.int64
    assert dlx.tensor([1, 2.0]).dtype == dlx.float32
    assert dlx.tensor([True]).dtype == dlx.bool
    assert dlx.tensor(np.float32(1)).dtype == dlx.float32
    assert dlx.tensor([]).dtype == dlx.float32
    assert tuple(dlx.tensor([[1, 2], [3, 4]]).shape) == (2, 2)
    with pytest.raises((ValueError, TypeError)):
        dlx.tensor([[1, 2], [3]])


# --- promotion -----------------------------------------------------------------------------------------------------
def test_promotion_of_every_pair_of_dtypes_is_pytorchs():
    torch = pytest.importorskip("torch")
    names = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]
    for a, b in itertools.product(names, names):
        want = str(torch.promote_types(getattr(torch, a), getattr(torch, b))).removeprefix("torch.")
        assert dlx._C.promote_types(getattr(dlx, a), getattr(dlx, b)) == getattr(dlx, want), (a, b)
        for ours, theirs in [
            ((2,), (2,)),
            ((2,), ()),
            ((), (2,)),
            ((), ()),
        ]:  # one without dimensions yields within its kind
            x, y = dlx.ones(ours, dtype=getattr(dlx, a)), dlx.ones(theirs, dtype=getattr(dlx, b))
            s, t = torch.ones(ours, dtype=getattr(torch, a)), torch.ones(theirs, dtype=getattr(torch, b))
            assert str(dlx.mul(x, y).dtype).removeprefix("dlx.") == str(torch.mul(s, t).dtype).removeprefix("torch."), (
                a,
                ours,
                b,
                theirs,
            )


@pytest.mark.parametrize(
    ("dtype", "number", "want"),
    [
        (dlx.float16, 2, dlx.float16), (dlx.float16, 2.5, dlx.float16), (dlx.bfloat16, 1e-3, dlx.bfloat16),
        (dlx.int8, 2, dlx.int8), (dlx.int8, 2.5, dlx.float32), (dlx.bool, True, dlx.bool), (dlx.bool, 2, dlx.int64),
        (dlx.bool, 0.5, dlx.float32),
        (dlx.uint8, True, dlx.uint8), (dlx.float64, 2, dlx.float64),
    ],
)  # fmt: skip
def test_python_numbers_are_weak(dtype, number, want):
    x = dlx.ones(3, dtype=dtype)
    assert (x * number).dtype == want
    assert (number * x).dtype == want
    assert (dlx.ones((), dtype=dtype) * number).dtype == want


def test_large_integers_do_not_pass_through_double():
    big = (1 << 53) + 1
    x = dlx.tensor([big])
    assert (x + 0).item() == big
    assert (x + 1).item() == big + 1
    assert dlx.full((1,), big).item() == big
    assert x.fill_(big + 2).item() == big + 2
    assert (dlx.zeros(1, dtype=dlx.int64) + big).item() == big
    assert (x == big + 2).item()
    assert not (x == big + 3).item()


def test_default_dtype():
    assert dlx._C.get_default_dtype() == dlx.float32
    dlx._C.set_default_dtype(dlx.float64)
    try:
        assert dlx.ones(1).dtype == dlx.float64
        assert (dlx.tensor([1]) / 2).dtype == dlx.float64
    finally:
        dlx._C.set_default_dtype(dlx.float32)
    with pytest.raises(TypeError, match="floating"):
        dlx._C.set_default_dtype(dlx.int64)


def test_integers_wrap_around_and_shift_kinds():
    assert (dlx.tensor([127], dtype=dlx.int8) + 1).item() == -128
    assert (dlx.tensor([0], dtype=dlx.uint8) - 1).item() == 255
    assert (dlx.tensor([3]) / dlx.tensor([2])).item() == 1.5


# --- reading values --------------------------------------------------------------------------------------------------
def test_item_tolist_and_conversions():
    assert dlx.tensor(2.5).item() == 2.5
    assert dlx.tensor([[3]]).item() == 3
    assert dlx.tensor([[1, 2], [3, 4]]).tolist() == [[1, 2], [3, 4]]
    assert dlx.tensor([1.5, 2.0], dtype=dlx.bfloat16).tolist() == [1.5, 2.0]
    assert dlx.tensor([True, False]).tolist() == [True, False]
    assert float(dlx.tensor(2)) == 2.0
    assert int(dlx.tensor(2.9)) == 2
    assert bool(dlx.tensor(0.0)) is False
    assert [10, 20, 30][dlx.tensor(1)] == 20
    assert type(dlx.tensor(1).item()) is int
    with pytest.raises((ValueError, RuntimeError), match="one element"):
        dlx.ones(2).item()
    with pytest.raises((ValueError, RuntimeError)):
        bool(dlx.ones(2))
    with pytest.raises(TypeError):
        [1, 2][dlx.tensor(1.0)]
