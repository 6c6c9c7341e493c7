"""Files: what is saved comes back, damage is noticed, and a crash leaves the old file."""

from __future__ import annotations

import contextlib
import io
import json
import math
import os
import stat

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import dlx
from dlx import nn


def roundtrip(obj, path, **kwargs):
    dlx.save(obj, path)
    return dlx.load(path, **kwargs)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "file.dlx"


numbers = st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text())
nests = st.recursive(
    numbers,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.lists(inner, max_size=4).map(tuple),
        st.dictionaries(st.one_of(st.text(max_size=5), st.integers()), inner, max_size=4),
    ),
    max_leaves=20,
)


@given(nests)
@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_any_nest_comes_back(tmp_path, nest):
    back = roundtrip(nest, tmp_path / "nest.dlx")
    assert back == nest
    assert repr(back) == repr(nest)  # 1 and True, 0.0 and -0.0, tuples and lists stay apart


def test_special_numbers(path):
    back = roundtrip([math.inf, -math.inf, math.nan, 1 + 2j, complex(0, math.inf)], path)
    assert back[:2] == [math.inf, -math.inf]
    assert math.isnan(back[2])
    assert back[3:] == [1 + 2j, complex(0, math.inf)]


DTYPES = ["bool", "uint8", "int8", "int16", "int32", "int64", "float16", "bfloat16", "float32", "float64"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (0,), (3,), (2, 0, 3), (2, 3, 4)])
def test_tensors_of_every_dtype(path, dtype, shape):
    x = dlx.arange(math.prod(shape)).reshape(shape).to(getattr(dlx, dtype))
    back = roundtrip(x, path)
    assert back.dtype == x.dtype
    assert back.shape == x.shape
    assert back.tolist() == x.tolist()


def test_bfloat16_keeps_its_bits(path):
    values = dlx.tensor([1.0, -0.0, math.inf, 3.14159, 1e-40, 1e38]).to(dlx.bfloat16)
    back = roundtrip(values, path)
    assert back.float().numpy().tobytes() == values.float().numpy().tobytes()


@pytest.mark.parametrize(
    "view",
    [
        lambda x: x.transpose(0, 2),
        lambda x: x.permute(1, 2, 0),
        lambda x: x[:, 1:, ::2],
        lambda x: x[1],
        lambda x: x[:1].expand(5, 3, 4),
        lambda x: x.select(2, 1),
    ],
)
def test_views_without_company(path, view):
    x = view(dlx.arange(24).reshape(2, 3, 4))
    back = roundtrip([x], path)[0]
    assert back.tolist() == x.tolist()


def test_the_order_of_dimensions_in_memory_comes_back(path):
    x = dlx.rand(2, 3, 4, 5).permute(0, 2, 3, 1).contiguous().permute(0, 3, 1, 2)
    back = roundtrip({"x": x}, path)["x"]
    assert back.stride() == x.stride()
    assert back.tolist() == x.tolist()


def test_tensors_that_share_memory_come_back_shared(path):
    base = dlx.zeros(10)
    nest = {"whole": base.view(2, 5), "left": base[:6], "right": base[4:], "even": base[::2], "alone": dlx.zeros(10)}
    back = roundtrip(nest, path)
    back["whole"][0, 4] = 7.0
    assert back["left"][4].item() == 7.0
    assert back["right"][0].item() == 7.0
    assert back["even"][2].item() == 7.0
    assert back["alone"].tolist() == [0.0] * 10
    assert os.path.getsize(path) < 2000


def test_arrays_of_numpy_that_overlap_are_stored_once(path):
    array = np.arange(1000.0)
    back = roundtrip([dlx.from_numpy(array[:900]), dlx.from_numpy(array[100:])], path)
    assert os.path.getsize(path) < 9000
    back[0][100] = -1.0
    assert back[1][0].item() == -1.0


def test_a_small_view_does_not_store_all_of_its_memory(path):
    dlx.save(dlx.zeros(100_000)[5:8], path)
    assert os.path.getsize(path) < 1000


def test_the_same_tensor_comes_back_as_one_object(path):
    x = dlx.ones(2)
    p = nn.Parameter(dlx.ones(2))
    back = roundtrip({"a": x, "b": [x, p], "c": p}, path)
    assert back["a"] is back["b"][0]
    assert back["c"] is back["b"][1]
    assert type(back["c"]) is nn.Parameter


def test_tied_weights_of_a_state_dict_stay_tied(path):
    class Tied(nn.Module):
        def __init__(self):
            super().__init__()
            self.a = nn.Linear(3, 3)
            self.b = nn.Linear(3, 3)
            self.b.weight = self.a.weight

    back = roundtrip(Tied().state_dict(), path)
    back["a.weight"][0, 0] = 42.0
    assert back["b.weight"][0, 0].item() == 42.0


def test_requires_grad_and_parameters(path):
    back = roundtrip(
        [nn.Parameter(dlx.ones(1)), nn.Parameter(dlx.ones(1), requires_grad=False), dlx.ones(1, requires_grad=True)],
        path,
    )
    assert [type(t) is nn.Parameter for t in back] == [True, True, False]
    assert [t.requires_grad for t in back] == [True, False, True]


def test_a_model_and_optimizer_come_back(path):
    model = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2))
    optimizer = dlx.optim.AdamW(model.parameters())
    model(dlx.rand(4, 1, 4, 4)).sum().backward()
    optimizer.step()
    back = roundtrip({"model": model.state_dict(), "optimizer": optimizer.state_dict()}, path)
    other = nn.Sequential(nn.Conv2d(1, 2, 3), nn.BatchNorm2d(2), nn.Flatten(), nn.Linear(8, 2))
    other.load_state_dict(back["model"])
    x = dlx.rand(2, 1, 4, 4)
    assert other.eval()(x).tolist() == model.eval()(x).tolist()


@pytest.mark.parametrize(
    ("obj", "text"),
    [
        ({"optimizer": [1, 2, 3, {4}]}, r"state\['optimizer'\]\[3\] is of type set"),
        ([object()], r"state\[0\] is of type object"),
        ({1: {"f": print}}, r"state\[1\]\['f'\] is of type builtin_function_or_method"),
        ((np.float32(1),), r"state\[0\] is of type numpy.float32 \(a NumPy scalar: save its .item\(\)\)"),
        (np.zeros(2), "state is of type numpy.ndarray"),
        (b"bytes", "state is of type bytes"),
        ({1.5: 0}, "state has the key 1.5, of type float"),
        ({True: 0}, "state has the key True, of type bool"),
        ({(1, 2): 0}, r"state has the key \(1, 2\), of type tuple"),
    ],
)
def test_anything_else_is_an_error_that_names_its_place(path, obj, text):
    with pytest.raises(TypeError, match=text):
        dlx.save(obj, path)
    assert not path.exists()


def test_a_container_inside_itself_is_an_error(path):
    nest = {"a": []}
    nest["a"].append(nest)
    with pytest.raises(ValueError, match=r"state\['a'\]\[0\] contains itself"):
        dlx.save(nest, path)
    twice = [1]
    assert roundtrip([twice, twice], path) == [[1], [1]]


def test_names_of_entries_are_the_places(path):
    safetensors = pytest.importorskip("safetensors.numpy")
    dlx.save({"layer": {"weight": dlx.ones(2), 0: dlx.zeros(1)}, "layer.weight": dlx.zeros(2)}, path)
    entries = safetensors.load_file(path)
    assert sorted(entries) == ["layer.0", "layer.weight", "layer.weight#2"]
    np.testing.assert_array_equal(entries["layer.weight"], [1, 1])


def test_files_of_other_programs_give_a_dict(path):
    safetensors = pytest.importorskip("safetensors.numpy")
    safetensors.save_file({"w": np.arange(6, dtype=np.float32).reshape(2, 3)}, path)
    assert dlx.load(path)["w"].tolist() == [[0, 1, 2], [3, 4, 5]]


def test_file_objects(tmp_path):
    buffer = io.BytesIO()
    dlx.save({"a": dlx.ones(2)}, buffer)
    buffer.seek(0)
    assert dlx.load(buffer)["a"].tolist() == [1, 1]


def test_map_location(path):
    assert roundtrip(dlx.ones(1), path, map_location="cpu").device == dlx.device("cpu")
    assert roundtrip(dlx.ones(1), path, map_location=dlx.device("cpu")).device == dlx.device("cpu")
    with pytest.raises(TypeError, match="map_location must be a device"):
        dlx.load(path, map_location=lambda storage, location: storage)


# Whole or not at all


def test_a_failure_while_writing_leaves_the_old_file(path, monkeypatch):
    dlx.save({"version": 1}, path)

    def no_space(descriptor):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", no_space)
    with pytest.raises(OSError, match="No space left"):
        dlx.save({"version": 2}, path)
    monkeypatch.undo()
    assert dlx.load(path) == {"version": 1}
    assert os.listdir(path.parent) == [path.name]


def test_permissions_and_links_stay(path, tmp_path):
    dlx.save(1, path)
    path.chmod(0o600)
    link = tmp_path / "link"
    link.symlink_to(path)
    dlx.save(2, link)
    assert link.is_symlink()
    assert dlx.load(path) == 2
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_devices_are_written_to_not_replaced():
    dlx.save([1, 2], "/dev/null")
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_a_folder_is_an_error(tmp_path):
    with pytest.raises(OSError, match="Is a directory"):
        dlx.save(1, tmp_path)


# Damage


def crafted(root, tensors=None, dlx_format=1):
    """A file whose nest is `root`, as a stranger might write it."""
    safetensors = pytest.importorskip("safetensors.numpy")
    tensors = {"t": np.arange(6, dtype=np.float32)} if tensors is None else tensors
    text = root if isinstance(root, str) else json.dumps({"format": dlx_format, "root": root})
    return io.BytesIO(safetensors.save(tensors, {"dlx": text}))


@pytest.mark.parametrize(
    ("root", "text"),
    [
        ("not JSON", "damaged"),
        ("[1]", "its format is None"),
        ('{"format": 2, "root": 1}', "its format is 2, and this version of dlx reads 1"),
        ('{"format": 1}', "damaged"),
        ('{"format": 1, "root": NaN}', "NaN is not JSON"),
        ("[" * 100_000, "nested too deeply"),
        ({"unknown": 1}, "which means nothing"),
        ({"tuple": 3}, "which means nothing"),
        ({"dict": []}, "which means nothing"),
        ({"items": [[1]]}, "no key and value"),
        ({"items": [[None, 1]]}, "no key and value"),
        ({"float": "1e3"}, "which means nothing"),
        ({"complex": ["a", 1]}, "damaged"),
        ({}, "which means nothing"),
        ([{"tensor": "missing"}], r"state\[0\] needs the entry 'missing'"),
        ({"tensor": ["t"]}, "needs the entry"),
        ({"tensor": "t", "view": [[2, 3], [3, 1], 1]}, "reaches element 6 of memory with 6"),
        ({"tensor": "t", "view": [[2], [1], -1]}, "no .shape, stride, offset."),
        ({"tensor": "t", "view": [[2], [-1], 1]}, "no .shape, stride, offset."),
        ({"tensor": "t", "view": [[2, 2], [1], 0]}, "does not fit"),
        ({"tensor": "t", "view": [[True], [1], 0]}, "no .shape, stride, offset."),
        ({"tensor": "t", "view": [[2**62, 2**62], [2**62, 1], 0]}, "reaches element"),
        ({"tensor": "t", "view": [[2**80], [0], 0]}, "no .shape, stride, offset."),
        ({"tensor": "t", "view": [[1] * 65, [1] * 65, 0]}, "does not fit"),
        ({"tensor": "t", "view": "whole"}, "no .shape, stride, offset."),
        ({"tensor": "t", "order": [1]}, "does not name each dimension once"),
        ({"tensor": "t", "device": 3.5}, "names the device"),
    ],
)
def test_a_crafted_nest_is_an_ordinary_error(root, text):
    with pytest.raises(ValueError, match=text):
        dlx.load(crafted(root))


def test_a_view_of_nothing_may_lie_anywhere():
    assert dlx.load(crafted({"tensor": "t", "view": [[0, 5], [1, 1], 99]})).shape == (0, 5)


@given(st.data())
@settings(deadline=None, max_examples=200)
def test_flipped_and_cut_bytes_never_crash(data):
    buffer = io.BytesIO()
    base = dlx.arange(8).float()
    dlx.save({"a": base[:5], "b": (base[3:], nn.Parameter(dlx.ones(2, 2).t())), 3: [None, 1.5, math.inf]}, buffer)
    content = bytearray(buffer.getvalue())
    for _ in range(data.draw(st.integers(0, 3))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    content = content[: data.draw(st.integers(0, len(content)))] if data.draw(st.booleans()) else content
    with contextlib.suppress(ValueError, RuntimeError):
        dlx.load(io.BytesIO(bytes(content)))


def test_no_such_file(tmp_path):
    with pytest.raises(FileNotFoundError):
        dlx.load(tmp_path / "nothing")
