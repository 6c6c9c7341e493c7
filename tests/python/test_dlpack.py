"""DLPack both ways: the same memory, strides, dtypes and flags, old capsules and new ones, and who frees what."""

import gc

import numpy as np
import pytest

import dlx

DTYPES = [dlx.bool, dlx.uint8, dlx.int8, dlx.int16, dlx.int32, dlx.int64, dlx.float16, dlx.float32, dlx.float64]


@pytest.mark.parametrize("dtype", DTYPES, ids=str)
def test_numpy_and_back_on_one_memory(dtype):
    x = dlx.arange(6).reshape(2, 3).to(dtype)
    array = np.from_dlpack(x)
    assert array.ctypes.data == x.data_ptr()
    back = dlx.from_dlpack(array)
    assert back.dtype == dtype
    assert back.tolist() == x.tolist()
    assert back.data_ptr() == x.data_ptr()


def test_strides_and_offset_survive():
    base = np.arange(24.0).reshape(4, 6)
    x = dlx.from_dlpack(base[1::2, ::3])
    assert x.stride() == (12, 3)
    x.fill_(0)
    assert base.sum() == np.arange(24.0).sum() - (6 + 9 + 18 + 21)
    y = dlx.arange(24).reshape(2, 3, 4).permute(2, 0, 1)[1:, :, 1]
    np.testing.assert_array_equal(np.from_dlpack(y), y.numpy())
    assert np.from_dlpack(dlx.zeros(0, 3)).shape == (0, 3)
    assert np.from_dlpack(dlx.tensor(5)).item() == 5


def test_read_only_memory_stays_so():
    array = np.ones(3)
    array.flags.writeable = False
    x = dlx.from_dlpack(array)
    with pytest.raises((RuntimeError, ValueError), match="read-only"):
        x.add_(1)
    assert not np.from_dlpack(x).flags.writeable
    with pytest.raises(BufferError, match="max_version"):
        x.__dlpack__()


def test_a_capsule_is_taken_once():
    for capsule in (dlx.to_dlpack(dlx.ones(2)), dlx.ones(2).__dlpack__(max_version=(1, 0))):
        assert dlx.from_dlpack(capsule).tolist() == [1, 1]
        with pytest.raises(ValueError, match="taken before"):
            dlx.from_dlpack(capsule)


def test_copies_by_argument():
    x = dlx.ones(2)
    assert dlx.from_dlpack(x).data_ptr() == x.data_ptr()
    assert dlx.from_dlpack(x, copy=True).data_ptr() != x.data_ptr()
    assert dlx.from_dlpack(x, copy=False).data_ptr() == x.data_ptr()
    assert x.__dlpack_device__() == (1, 0)
    x.__dlpack__(dl_device=(1, 0), copy=False)
    with pytest.raises(BufferError, match="CPU only"):
        x.__dlpack__(dl_device=(2, 0))


def test_what_cannot_be_shared():
    with pytest.raises(BufferError, match="detach"):
        dlx.ones(2, requires_grad=True).__dlpack__()
    with pytest.raises(ValueError, match="negative strides"):
        dlx.from_dlpack(np.arange(3)[::-1])
    with pytest.raises(TypeError, match="type code 5"):
        dlx.from_dlpack(np.zeros(2, np.complex64))
    with pytest.raises(TypeError, match="with __dlpack__"):
        dlx.from_dlpack([1, 2])


def test_producer_from_before_version_1():
    class Old:
        def __init__(self, x):
            self.x = x

        def __dlpack__(self, stream=None):
            return self.x.__dlpack__()

        def __dlpack_device__(self):
            return (1, 0)

    x = dlx.ones(2)
    assert dlx.from_dlpack(Old(x)).data_ptr() == x.data_ptr()
    assert dlx.from_dlpack(Old(x), copy=True).data_ptr() != x.data_ptr()


def test_memory_lives_as_long_as_someone_holds_it():
    array = np.from_dlpack(dlx.ones(1000))
    x = dlx.from_dlpack(np.ones(1000))
    gc.collect()
    assert array.sum() == x.sum().item() == 1000
    del array, x
    gc.collect()
    before = dlx._C._live_counts()
    for _ in range(20):
        np.from_dlpack(dlx.ones(10))
        dlx.from_dlpack(np.ones(10))
        dlx.ones(10).__dlpack__()  # nobody takes it
        dlx.ones(10).__dlpack__(max_version=(1, 0))
        with pytest.raises(ValueError):
            dlx.from_dlpack(np.arange(3)[::-1])
    gc.collect()
    assert dlx._C._live_counts() == before


def test_torch_both_ways():
    torch = pytest.importorskip("torch")
    x = dlx.arange(3).bfloat16()
    t = torch.from_dlpack(x)
    assert t.dtype == torch.bfloat16
    assert t.data_ptr() == x.data_ptr()
    assert dlx.from_dlpack(t.t()).data_ptr() == x.data_ptr()
