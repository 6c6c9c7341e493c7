"""Files: `save` writes any nest of containers, numbers, strings and tensors; `load` reads it and trusts nothing in it.

A file is a safetensors file, which other programs can read. The tensors are its entries, named by their place in the
nest; the nest is JSON in its metadata under "dlx":

    {"format": 1, "root": node}

A node is what JSON has (null, true, an int, a finite float, a string, a list of nodes) or an object with one tag:

    {"dict": {key: node}}        string keys only
    {"items": [[key, node]]}     some keys are ints
    {"tuple": [node]}
    {"float": "nan"}             or "inf", "-inf"
    {"complex": [re, im]}
    {"tensor": entry, ...}       with "view": [shape, stride, offset] where the entry is memory that several tensors
    share,
                                 "order": [dims] from outermost to innermost where that is not the usual one,
                                 "parameter": true, "requires_grad": true, "device": name, "id": number where an object
                                 occurs more than once
"""

from __future__ import annotations

import json
import math
import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device, File

__all__ = ["load", "save"]

_FORMAT = 1
# dlx's name: (safetensors' name, NumPy's dtype of the bytes). bfloat16 travels as its bits.
_DTYPES = {
    "bool": ("BOOL", "bool"),
    "uint8": ("U8", "uint8"),
    "int8": ("I8", "int8"),
    "int16": ("I16", "<i2"),
    "int32": ("I32", "<i4"),
    "int64": ("I64", "<i8"),
    "float16": ("F16", "<f2"),
    "bfloat16": ("BF16", "<u2"),
    "float32": ("F32", "<f4"),
    "float64": ("F64", "<f8"),
}
_BY_TAG = {tag: (name, numpy_name) for name, (tag, numpy_name) in _DTYPES.items()}


def save(obj: Any, f: File) -> None:
    """Write an object to a file, whole or not at all.

    The file is written beside its destination under another name, flushed to the disk and renamed: a crash leaves the
    old file as it was.

    Args:
        obj: any nest of dict (string or int keys), list, tuple, None, bool, int, float, complex, str, Tensor and
            Parameter. Subclasses of the containers come back as the plain ones. Tensors that share memory are stored
            once and come back shared; of views, the memory between the first and the last element of all of them is
            stored.
        f: a path, or a binary file open for writing (then nothing is renamed).

    Raises:
        TypeError: something in ``obj`` is none of these; the text names its place, such as ``state['optimizer'][3]``.
        ValueError: a container contains itself.
        OSError: the file cannot be written.

    Example:
        >>> model = nn.Linear(2, 1)
        >>> dlx.save({"model": model.state_dict(), "epoch": 3}, path)
        >>> dlx.load(path)["epoch"]
        3
    """
    writer = _Writer()
    root = writer.node(obj, "state")
    content = _serialize(writer.entries(), {"dlx": json.dumps({"format": _FORMAT, "root": root}, ensure_ascii=False)})
    if hasattr(f, "write"):
        f.write(content)
    else:
        _write_whole(os.fspath(f), content)


def load(f: File, map_location: Device | None = None, *, weights_only: bool = True) -> Any:
    """Read what :func:`dlx.save` wrote. Nothing in the file is executed, and everything is checked.

    A safetensors file that another program wrote gives a dict of its tensors.

    Args:
        f: a path, or a binary file open for reading.
        map_location: the device for all tensors; if None, the one on which each was saved.
        weights_only: for PyTorch's sake: a file never holds more than data.

    Returns:
        The object.

    Raises:
        ValueError: the file is damaged or no such file; the text says where.
        RuntimeError: a tensor was saved on a device that is not here, and ``map_location`` is None.
        OSError: the file cannot be read.

    Example:
        >>> dlx.save([dlx.tensor([1.0]), ("a", None)], path)
        >>> dlx.load(path)
        [tensor([1.]), ('a', None)]
    """
    if map_location is not None and not isinstance(map_location, (str, _C.device)):
        raise TypeError(f"load: map_location must be a device, its name or None. Got {type(map_location).__name__}.")
    if hasattr(f, "read"):
        content, name = f.read(), getattr(f, "name", "the file")
    else:
        name = os.fspath(f)
        with open(name, "rb") as file:
            content = file.read()
    entries, metadata = _deserialize(content, name)
    if "dlx" not in metadata:
        return {key: entry if map_location is None else entry.to(map_location) for key, entry in entries.items()}
    return _Reader(entries, name, map_location).root(metadata["dlx"])


# Writing


class _Writer:
    """Turns a nest into nodes and gathers its tensors, whose entries are made when all that share memory are known."""

    def __init__(self) -> None:
        self.tensors: list[tuple[Any, dict[str, Any], str]] = []  # (tensor, its node, its name)
        self.by_id: dict[int, dict[str, Any]] = {}
        self.open: set[int] = set()  # containers around the current place
        self.names: set[str] = set()

    def node(self, obj: Any, place: str, name: str = "") -> Any:
        if obj is None or obj is True or obj is False or isinstance(obj, str):
            return str(obj) if isinstance(obj, str) else obj
        if isinstance(obj, int):
            return int(obj)
        if isinstance(obj, float):
            return float(obj) if math.isfinite(obj) else {"float": str(float(obj))}
        if isinstance(obj, complex):
            return {"complex": [self.node(obj.real, place), self.node(obj.imag, place)]}
        if isinstance(obj, _C.Tensor):
            return self.tensor(obj, name)
        if isinstance(obj, (dict, list, tuple)):
            return self.container(obj, place, name)
        raise TypeError(
            f"save: {place} is {_described(obj)}, which cannot be saved. "
            "A file holds dict, list, tuple, numbers, strings, None and tensors."
        )

    def container(self, obj: Any, place: str, name: str) -> Any:
        if id(obj) in self.open:
            raise ValueError(f"save: {place} contains itself.")
        self.open.add(id(obj))
        try:
            if not isinstance(obj, dict):
                nodes = [self.node(item, f"{place}[{i}]", _joined(name, i)) for i, item in enumerate(obj)]
                return {"tuple": nodes} if isinstance(obj, tuple) else nodes
            for key in obj:
                if isinstance(key, bool) or not isinstance(key, (str, int)):
                    raise TypeError(
                        f"save: {place} has the key {key!r}, {_described(key)}. Keys must be strings or ints."
                    )
            pairs = [(key, self.node(value, f"{place}[{key!r}]", _joined(name, key))) for key, value in obj.items()]
            if all(isinstance(key, str) for key, _ in pairs):
                return {"dict": {str(key): value for key, value in pairs}}
            return {"items": [[str(key) if isinstance(key, str) else int(key), value] for key, value in pairs]}
        finally:
            self.open.discard(id(obj))

    def tensor(self, tensor: Tensor, name: str) -> dict[str, Any]:
        if id(tensor) in self.by_id:  # the same object again: it comes back as one object
            node = self.by_id[id(tensor)]
            node.setdefault("id", len(self.by_id))
            return node
        node = self.by_id[id(tensor)] = {"tensor": ""}
        if tensor.__class__ is not _C.Tensor and _is_parameter(tensor):
            node["parameter"] = True
        if tensor.requires_grad:
            node["requires_grad"] = True
        if tensor.device.type != "cpu":
            node["device"] = str(tensor.device)
        self.tensors.append((tensor.detach(), node, self.unique(name or "tensor")))
        return node

    def unique(self, name: str) -> str:
        if name == "__metadata__":  # safetensors' own
            name = "__metadata__#1"
        candidate, count = name, 1
        while candidate in self.names:
            count += 1
            candidate = f"{name}#{count}"
        self.names.add(candidate)
        return candidate

    def entries(self) -> dict[str, dict[str, Any]]:
        """The file's entries; every tensor's node learns its own."""
        result: dict[str, dict[str, Any]] = {}
        for group in _sharing(self.tensors):
            tensor, node, name = group[0]
            if len(group) == 1 or _all_alike([tensor for tensor, _, _ in group]):
                result[name] = _entry_of(tensor, node)
                for _, other, _ in group:
                    other.update(tensor=name, **({"order": node["order"]} if "order" in node else {}))
            else:
                result[name] = _entry_of_memory(group, name)
        return result


def _is_parameter(tensor: Tensor) -> bool:
    from dlx.nn.parameter import Parameter

    return isinstance(tensor, Parameter)


def _joined(name: str, key: Any) -> str:
    return f"{name}.{key}" if name else str(key)


def _described(obj: Any) -> str:
    kind = type(obj)
    name = kind.__qualname__ if kind.__module__ == "builtins" else f"{kind.__module__}.{kind.__qualname__}"
    hint = ""
    if isinstance(obj, np.generic):
        hint = " (a NumPy scalar: save its .item())"
    elif isinstance(obj, np.ndarray):
        hint = " (save dlx.from_numpy of it)"
    return f"of type {name}{hint}"


def _span(tensor: Tensor) -> tuple[int, int]:
    """The bytes from a tensor's first to past its last element; strides are never negative."""
    start = tensor.data_ptr()
    reach = sum((size - 1) * stride for size, stride in zip(tensor.shape, tensor.stride()))
    return start, start + (reach + 1) * tensor.element_size()


def _sharing(tensors: list[tuple[Any, dict[str, Any], str]]) -> Iterator[list[tuple[Any, dict[str, Any], str]]]:
    """Groups of tensors whose memory meets, each in the order in which its tensors occur."""
    alone = [[item] for item in tensors if item[0].numel() == 0]
    spans = sorted(
        (str(item[0].device), *_span(item[0]), number) for number, item in enumerate(tensors) if item[0].numel() > 0
    )
    groups: list[list[int]] = []
    end, where = 0, ""
    for device, first, last, number in spans:
        if groups and device == where and first < end:
            groups[-1].append(number)
            end = max(end, last)
        else:
            groups.append([number])
            end, where = last, device
    yield from alone
    for group in groups:
        yield [tensors[number] for number in sorted(group)]


def _all_alike(tensors: list[Tensor]) -> bool:
    def geometry(tensor: Tensor) -> tuple[Any, ...]:
        return tensor.data_ptr(), tensor.dtype, tuple(tensor.shape), tensor.stride()

    return all(geometry(tensor) == geometry(tensors[0]) for tensor in tensors)


def _entry_of(tensor: Tensor, node: dict[str, Any]) -> dict[str, Any]:
    """An entry of the tensor's own shape; `node` learns the order of dimensions if it is not the usual one."""
    array = _to_numpy(tensor)
    order = sorted(range(tensor.ndim), key=lambda dim: -tensor.stride(dim))
    dense = sorted(zip(tensor.stride(), tensor.shape))
    expected = 1
    for stride, size in dense:
        if size != 1 and stride != expected:
            break
        expected *= size
    else:
        if not tensor.is_contiguous():
            node["order"] = order
    return {
        "dtype": _DTYPES[_dtype_name(tensor)][0],
        "shape": tuple(tensor.shape),
        "array": np.ascontiguousarray(array),
    }


def _entry_of_memory(group: list[tuple[Any, dict[str, Any], str]], name: str) -> dict[str, Any]:
    """One entry with the memory that all of the group span; each node learns where its tensor lies in it."""
    spans = [_span(tensor) for tensor, _, _ in group]
    first, last = min(span[0] for span in spans), max(span[1] for span in spans)
    sizes = {tensor.element_size() for tensor, _, _ in group}
    names = {_dtype_name(tensor) for tensor, _, _ in group}
    if len(names) > 1 or any((span[0] - first) % size for span in spans for size in sizes):
        raise TypeError(
            f"save: tensors of {', '.join(sorted(names))} share the memory of {name!r}; only tensors of one dtype can. "
            "Clone one of them."
        )
    memory = bytearray(last - first)
    (size,) = sizes
    for (tensor, node, _), (start, end) in zip(group, spans):
        flat = tensor.as_strided(((end - start) // size,), (1,), tensor.storage_offset())
        memory[start - first : end - first] = _to_numpy(flat).tobytes()
        node["tensor"] = name
        node["view"] = [list(tensor.shape), list(tensor.stride()), (start - first) // size]
    tag, kind = _DTYPES[names.pop()]
    array = np.frombuffer(memory, kind)
    return {"dtype": tag, "shape": array.shape, "array": array}


def _dtype_name(tensor: Tensor) -> str:
    return str(tensor.dtype).rpartition(".")[2]


def _to_numpy(tensor: Tensor) -> np.ndarray[Any, Any]:
    """The values, little-endian; bfloat16 as its bits, which are the upper half of a float32's."""
    tensor = tensor.cpu()
    if tensor.dtype == _C.bfloat16:
        bits = np.ascontiguousarray(tensor.float().numpy()).view(np.uint32) >> 16
        return bits.astype("<u2").reshape(tuple(tensor.shape))
    array = tensor.numpy()
    return array.astype(_DTYPES[_dtype_name(tensor)][1], copy=False)


def _serialize(entries: dict[str, dict[str, Any]], metadata: dict[str, str]) -> bytes:
    import safetensors

    spec = getattr(safetensors, "TensorSpec", None)
    data: dict[str, Any] = {}
    for name, entry in entries.items():
        dtype, shape, array = _BY_TAG[entry["dtype"]][0], entry["shape"], entry["array"]
        if spec is None:  # before safetensors 0.8
            data[name] = {"dtype": dtype, "shape": shape, "data": array.tobytes()}
        else:  # a pointer: `entries` keeps the array until the bytes are written
            data[name] = spec(dtype=dtype, shape=shape, data_ptr=array.ctypes.data, data_len=array.nbytes)
    return bytes(safetensors.serialize(data, metadata))


def _write_whole(path: str | bytes, content: bytes) -> None:
    path = os.path.realpath(os.fsdecode(path))  # through links: they stay links
    if os.path.exists(path) and not os.path.isfile(path):
        with open(path, "wb") as file:  # a pipe or device, which must not be replaced; a folder raises here
            file.write(content)
        return
    folder, name = os.path.split(path)
    temporary = os.path.join(folder, f".{name[:200]}.{os.getpid()}.{os.urandom(4).hex()}.tmp")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        if os.path.exists(path):
            os.chmod(temporary, os.stat(path).st_mode & 0o7777)
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise
    # The new name itself must reach the disk too.
    descriptor = os.open(folder or ".", os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


# Reading


def _deserialize(content: bytes, name: Any) -> tuple[dict[str, Tensor], dict[str, str]]:
    import safetensors

    try:
        entries = safetensors.deserialize(content)  # checks the header: sizes, bounds, overlaps
        length = int.from_bytes(content[:8], "little")
        metadata = json.loads(content[8 : 8 + length]).get("__metadata__", {})
    except (safetensors.SafetensorError, ValueError, RecursionError) as error:
        raise ValueError(f"load: {name} is no safetensors file, or it is damaged: {error}.") from None
    return {key: _tensor_of(key, entry, name) for key, entry in entries}, metadata


def _tensor_of(key: str, entry: dict[str, Any], name: Any) -> Tensor:
    if entry["dtype"] not in _BY_TAG:
        raise ValueError(f"load: {key!r} in {name} is of dtype {entry['dtype']}, which dlx does not have.")
    dtype, kind = _BY_TAG[entry["dtype"]]
    array = np.frombuffer(entry["data"], kind)
    array = array.astype(array.dtype.newbyteorder("="), copy=not array.flags.aligned)
    if dtype == "bool":
        array = np.frombuffer(entry["data"], np.uint8) != 0  # other bytes than 0 and 1 are no bool
    if dtype == "bfloat16":
        wide = (array.astype(np.uint32) << 16).view(np.float32)
        return _C.from_numpy(wide).to(_C.bfloat16).reshape(entry["shape"])
    return _C.from_numpy(array).clone().reshape(entry["shape"])  # into memory of our own, which may be written


class _Reader:
    """Builds the nest again. Every value of the file is checked before it is used; what is wrong is named by place."""

    def __init__(self, entries: dict[str, Tensor], name: Any, map_location: Any) -> None:
        self.entries = entries
        self.name = name
        self.map_location = map_location
        self.moved: dict[tuple[str, str], Tensor] = {}
        self.by_id: dict[int, Tensor] = {}

    def root(self, text: str) -> Any:
        try:
            tree = json.loads(text, parse_constant=_no_constant)
            if not isinstance(tree, dict) or tree.get("format") != _FORMAT or "root" not in tree:
                kind = tree.get("format") if isinstance(tree, dict) else None
                raise ValueError(f"its format is {kind!r}, and this version of dlx reads {_FORMAT}")
            return self.build(tree["root"], "state")
        except RecursionError:
            raise ValueError(f"load: {self.name} is damaged: it is nested too deeply.") from None
        except (ValueError, TypeError, OverflowError) as error:
            raise ValueError(f"load: {self.name} is damaged: {error}.") from None

    def build(self, node: Any, place: str) -> Any:
        if node is None or isinstance(node, (bool, int, float, str)):
            return node
        if isinstance(node, list):
            return [self.build(item, f"{place}[{i}]") for i, item in enumerate(node)]
        if "tensor" in node:
            return self.tensor(node, place)
        if len(node) == 1:
            ((tag, value),) = node.items()
            if tag == "tuple" and isinstance(value, list):
                return tuple(self.build(item, f"{place}[{i}]") for i, item in enumerate(value))
            if tag == "dict" and isinstance(value, dict):
                return {key: self.build(item, f"{place}[{key!r}]") for key, item in value.items()}
            if tag == "items" and isinstance(value, list):
                return dict(self.item(pair, place) for pair in value)
            if tag == "float" and value in ("nan", "inf", "-inf"):
                return float(value)
            if tag == "complex" and isinstance(value, list) and len(value) == 2:
                real, imaginary = (self.build(part, place) for part in value)
                return complex(real, imaginary)
        raise ValueError(f"{place} is {_short(node)}, which means nothing")

    def item(self, pair: Any, place: str) -> tuple[Any, Any]:
        if not (isinstance(pair, list) and len(pair) == 2 and type(pair[0]) in (str, int)):
            raise ValueError(f"{place} holds {_short(pair)}, which is no key and value")
        return pair[0], self.build(pair[1], f"{place}[{pair[0]!r}]")

    def tensor(self, node: dict[str, Any], place: str) -> Tensor:
        number = node.get("id")
        if isinstance(number, int) and number in self.by_id:
            return self.by_id[number]
        key = node["tensor"]
        if not isinstance(key, str) or key not in self.entries:
            raise ValueError(f"{place} needs the entry {_short(key)}, which is missing")
        memory = self.on_device(key, node, place)
        if "view" in node:
            tensor = self.view(memory, node["view"], place)
        else:
            # Each node a tensor of its own on the same memory.
            tensor = self.ordered(key, memory, node, place).detach()
        if node.get("parameter") is True:
            from dlx.nn.parameter import Parameter

            tensor = Parameter(tensor, requires_grad=node.get("requires_grad") is True)
        elif node.get("requires_grad") is True:
            tensor.requires_grad = True
        if isinstance(number, int):
            self.by_id[number] = tensor
        return tensor

    def on_device(self, key: str, node: dict[str, Any], place: str) -> Tensor:
        device = self.map_location if self.map_location is not None else node.get("device", "cpu")
        if not isinstance(device, (str, _C.device)):
            raise ValueError(f"{place} names the device {_short(device)}")
        index = (key, str(device))
        if index not in self.moved:
            entry = self.entries[key]
            try:
                self.moved[index] = entry if str(device) == "cpu" else entry.to(device)
            except RuntimeError as error:
                raise RuntimeError(
                    f"load: {place} was saved on {device}, which cannot be used here ({error}). "
                    "Give map_location='cpu' to have it on the CPU."
                ) from None
        return self.moved[index]

    def view(self, memory: Tensor, view: Any, place: str) -> Tensor:
        if not (
            isinstance(view, list) and len(view) == 3 and _counts(view[0]) and _counts(view[1]) and _counts([view[2]])
        ):
            raise ValueError(f"{place} has the view {_short(view)}, which is no [shape, stride, offset]")
        shape, stride, offset = view
        if memory.ndim != 1 or len(shape) != len(stride) or len(shape) > 64:
            raise ValueError(f"{place} has the view {_short(view)}, which does not fit its memory")
        last = offset + sum((size - 1) * step for size, step in zip(shape, stride))
        if 0 not in shape and last >= memory.numel():
            raise ValueError(f"{place} reaches element {last} of memory with {memory.numel()}")
        return memory.as_strided(shape, stride, 0 if 0 in shape else offset)

    def ordered(self, key: str, memory: Tensor, node: dict[str, Any], place: str) -> Tensor:
        """The entry with the dimensions in memory in the order that the node gives; all nodes of an entry share it."""
        if "order" not in node:
            return memory
        order = node["order"]
        if not (isinstance(order, list) and _counts(order) and sorted(order) == list(range(memory.ndim))):
            raise ValueError(f"{place} has the order {_short(order)}, which does not name each dimension once")
        index = (key, str(memory.device))
        if index in self.moved and self.moved[index] is memory:
            back = [order.index(dim) for dim in range(len(order))]
            self.moved[index] = memory.permute(order).contiguous().permute(back)
        return self.moved[index]


def _no_constant(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")


def _counts(values: Any) -> bool:
    """Whether these are ints from 0 to what a size can be."""
    return isinstance(values, list) and all(type(value) is int and 0 <= value < 2**63 for value in values)


def _short(node: Any) -> str:
    text = repr(node)
    return text if len(text) <= 80 else text[:77] + "..."
