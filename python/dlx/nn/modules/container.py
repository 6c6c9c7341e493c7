"""Modules that hold modules."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from itertools import groupby, islice
from typing import Any, overload

from dlx._C import Tensor
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter

__all__ = ["ModuleDict", "ModuleList", "ParameterDict", "ParameterList", "Sequential"]


class Sequential(Module):
    """Call modules one after another.

    Args:
        args: the modules in order, or one dict of names and modules.

    Example:
        >>> model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Linear(8, 2))
        >>> model(dlx.zeros(1, 4)).shape
        dlx.Size([1, 2])
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], Mapping):
            for name, module in args[0].items():
                self.add_module(name, module)
        else:
            for index, module in enumerate(args):
                self.add_module(str(index), module)

    def forward(self, input: Any) -> Any:
        for module in self._modules.values():
            input = module(input)  # type: ignore[misc]  # None is refused by add_module's callers here
        return input

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> Sequential: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(dict(list(self._modules.items())[index]))
        return self._modules[_key_at(self, index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, _key_at(self, index), module)

    def __delitem__(self, index: int | slice) -> None:
        keys = list(self._modules)[index] if isinstance(index, slice) else [_key_at(self, index)]
        for key in keys:
            delattr(self, key)
        _renumber(self)

    def __add__(self, other: Sequential) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(f"Sequential + x takes a Sequential. Got {type(other).__name__}; append takes a module.")
        return Sequential(*self, *other)

    def __iadd__(self, other: Sequential) -> Sequential:
        if not isinstance(other, Sequential):
            raise ValueError(f"Sequential += x takes a Sequential. Got {type(other).__name__}; append takes a module.")
        return self.extend(other)

    def __mul__(self, other: int) -> Sequential:
        return Sequential(*list(self) * _times(other))

    def __rmul__(self, other: int) -> Sequential:
        return self * other

    def __imul__(self, other: int) -> Sequential:
        return self.extend(list(self) * (_times(other) - 1))

    def pop(self, key: int | slice) -> Module:
        """Take a module, or several as a Sequential, out and return it."""
        module: Module = self[key]
        del self[key]
        return module

    def append(self, module: Module) -> Sequential:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, sequential: Iterable[Module]) -> Sequential:
        """Add modules at the end."""
        for module in list(sequential):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> Sequential:
        """Add a module before the one at an index."""
        _insert(self, index, module)
        return self


class ModuleList(Module):
    """A list of modules.

    Args:
        modules: the modules in order.

    Example:
        >>> layers = nn.ModuleList([nn.Linear(2, 2) for _ in range(3)])
        >>> len(layers), layers[-1].in_features
        (3, 2)
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.extend(modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Module]:
        return iter(self._modules.values())  # type: ignore[arg-type]

    @overload
    def __getitem__(self, index: int) -> Module: ...

    @overload
    def __getitem__(self, index: slice) -> ModuleList: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return self._modules[_key_at(self, index)]

    def __setitem__(self, index: int, module: Module) -> None:
        setattr(self, _key_at(self, index), module)

    def __delitem__(self, index: int | slice) -> None:
        keys = list(self._modules)[index] if isinstance(index, slice) else [_key_at(self, index)]
        for key in keys:
            delattr(self, key)
        _renumber(self)

    def __iadd__(self, modules: Iterable[Module]) -> ModuleList:
        return self.extend(modules)

    def __add__(self, modules: Iterable[Module]) -> ModuleList:
        return ModuleList([*self, *modules])

    def append(self, module: Module) -> ModuleList:
        """Add a module at the end."""
        self.add_module(str(len(self)), module)
        return self

    def extend(self, modules: Iterable[Module]) -> ModuleList:
        """Add modules at the end."""
        for module in list(modules):
            self.append(module)
        return self

    def insert(self, index: int, module: Module) -> None:
        """Add a module before the one at an index."""
        _insert(self, index, module)

    def pop(self, key: int | slice) -> Module:
        """Take a module, or several as a ModuleList, out and return it."""
        module: Module = self[key]
        del self[key]
        return module

    def __repr__(self) -> str:
        # Neighbours that look alike are one line: "(0-2): 3 x Linear(...)".
        lines, start = [], 0
        for text, alike in groupby(repr(module) for module in self):
            count = len(list(alike))
            place = f"({start})" if count == 1 else f"({start}-{start + count - 1}): {count} x"
            lines.append(f"{place}{':' if count == 1 else ''} {text}".replace("\n", "\n  "))
            start += count
        inner = "".join(f"\n  {line}" for line in lines)
        return f"{self._get_name()}({inner}" + ("\n)" if lines else ")")


class ModuleDict(Module):
    """A dict of modules.

    Args:
        modules: names and modules.

    Example:
        >>> heads = nn.ModuleDict({"class": nn.Linear(4, 10), "box": nn.Linear(4, 4)})
        >>> list(heads)
        ['class', 'box']
    """

    def __init__(self, modules: Mapping[str, Module] | None = None) -> None:
        super().__init__()
        if modules is not None:
            self.update(modules)

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[str]:
        return iter(self._modules)

    def __contains__(self, key: str) -> bool:
        return key in self._modules

    def __getitem__(self, key: str) -> Any:
        return self._modules[key]

    def __setitem__(self, key: str, module: Module) -> None:
        self.add_module(key, module)

    def __delitem__(self, key: str) -> None:
        del self._modules[key]

    def keys(self) -> Any:
        """Return the names."""
        return self._modules.keys()

    def values(self) -> Any:
        """Return the modules."""
        return self._modules.values()

    def items(self) -> Any:
        """Return names and modules."""
        return self._modules.items()

    def pop(self, key: str) -> Any:
        """Take a module out and return it."""
        return self._modules.pop(key)

    def clear(self) -> None:
        """Take all modules out."""
        self._modules.clear()

    def update(self, modules: Mapping[str, Module] | Iterable[tuple[str, Module]]) -> None:
        """Add modules, in the place of those of the same name."""
        for key, module in _pairs("ModuleDict", modules):
            self[key] = module


class ParameterList(Module):
    """A list of parameters. Tensors become parameters; other values are kept beside them.

    Args:
        values: the values in order.

    Example:
        >>> weights = nn.ParameterList([dlx.zeros(2), dlx.zeros(3)])
        >>> [name for name, _ in weights.named_parameters()]
        ['0', '1']
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self._size = 0
        if values is not None:
            self.extend(values)

    def _name_at(self, index: int) -> str:
        position = index.__index__()
        if not -self._size <= position < self._size:
            raise IndexError(f"index {position} is out of range for ParameterList of {self._size} parameters")
        return str(position % self._size)

    @overload
    def __getitem__(self, index: int) -> Any: ...

    @overload
    def __getitem__(self, index: slice) -> ParameterList: ...

    def __getitem__(self, index: int | slice) -> Any:
        if isinstance(index, slice):
            return type(self)(list(self)[index])
        return getattr(self, self._name_at(index))

    def __setitem__(self, index: int, param: Any) -> None:
        setattr(self, self._name_at(index), _as_parameter(param))

    def __len__(self) -> int:
        return self._size

    def __iter__(self) -> Iterator[Any]:
        return (getattr(self, str(index)) for index in range(self._size))

    def __iadd__(self, parameters: Iterable[Any]) -> ParameterList:
        return self.extend(parameters)

    def append(self, value: Any) -> ParameterList:
        """Add a value at the end."""
        self._size += 1
        self[self._size - 1] = value
        return self

    def extend(self, values: Iterable[Any]) -> ParameterList:
        """Add values at the end.

        Raises:
            TypeError: ``values`` is one tensor, or cannot be walked over.
        """
        if isinstance(values, Tensor) or not isinstance(values, (Iterable, ParameterList)):
            raise TypeError(f"ParameterList.extend should be called with an iterable, but got {type(values).__name__}")
        for value in list(values):
            self.append(value)
        return self

    def extra_repr(self) -> str:
        return _listed(enumerate(self))

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        raise RuntimeError("ParameterList should not be called.")


class ParameterDict(Module):
    """A dict of parameters. Tensors become parameters; other values are kept beside them.

    Args:
        parameters: names and values, or names alone, which get None.

    Example:
        >>> weights = nn.ParameterDict({"left": dlx.zeros(2), "right": dlx.zeros(3)})
        >>> [name for name, _ in weights.named_parameters()]
        ['left', 'right']
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self._keys: dict[str, None] = {}
        if parameters is not None:
            self.update(parameters)

    def __getitem__(self, key: str) -> Any:
        self._check(key)
        return getattr(self, key)

    def __setitem__(self, key: str, value: Any) -> None:
        if not isinstance(key, str):
            raise TypeError(f"ParameterDict: keys must be strings. Got {type(key).__name__}.")
        self._keys[key] = None
        setattr(self, key, _as_parameter(value))

    def __delitem__(self, key: str) -> None:
        self._check(key)
        del self._keys[key]
        delattr(self, key)

    def _check(self, key: str) -> None:
        if key not in self._keys:
            raise KeyError(key)

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __reversed__(self) -> Iterator[str]:
        return reversed(list(self._keys))

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def __or__(self, other: ParameterDict) -> ParameterDict:
        return ParameterDict({**dict(self.items()), **dict(other.items())})

    def __ror__(self, other: ParameterDict) -> ParameterDict:
        return ParameterDict({**dict(other.items()), **dict(self.items())})

    def __ior__(self, other: ParameterDict) -> ParameterDict:
        self.update(other)
        return self

    def copy(self) -> ParameterDict:
        """Return another dict of the same parameters."""
        return ParameterDict(dict(self.items()))

    def get(self, key: str, default: Any = None) -> Any:
        """Return the value of a name, or ``default``."""
        return self[key] if key in self._keys else default

    def setdefault(self, key: str, default: Any = None) -> Any:
        """Return the value of a name, which is set to ``default`` first if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def fromkeys(self, keys: Iterable[str], default: Any = None) -> ParameterDict:
        """Return a new dict with one value for several names."""
        return ParameterDict(dict.fromkeys(keys, default))

    def keys(self) -> Any:
        """Return the names."""
        return self._keys.keys()

    def items(self) -> Iterable[tuple[str, Any]]:
        """Return names and values."""
        return ((key, self[key]) for key in self._keys)

    def values(self) -> Iterable[Any]:
        """Return the values."""
        return (self[key] for key in self._keys)

    def pop(self, key: str) -> Any:
        """Take a value out and return it."""
        value = self[key]
        del self[key]
        return value

    def popitem(self) -> tuple[str, Any]:
        """Take the last name and value out and return them."""
        key = next(reversed(self))
        return key, self.pop(key)

    def clear(self) -> None:
        """Take all values out."""
        for key in list(self):
            del self[key]

    def update(self, parameters: Any) -> None:
        """Add names and values, in the place of those of the same name."""
        for key, value in _pairs("ParameterDict", parameters):
            self[key] = value

    def extra_repr(self) -> str:
        return _listed(self.items())

    def __call__(self, input: Any) -> Any:
        raise RuntimeError("ParameterDict should not be called.")


def _as_parameter(value: Any) -> Any:
    return Parameter(value) if isinstance(value, Tensor) and not isinstance(value, Parameter) else value


def _listed(entries: Iterable[tuple[Any, Any]]) -> str:
    lines = []
    for name, value in entries:
        if isinstance(value, Tensor):
            kind = "Parameter" if isinstance(value, Parameter) else "Tensor"
            text = f"{kind} containing: [{value.dtype} of size {'x'.join(map(str, value.shape))}]"
        else:
            text = f"Object of type: {type(value).__name__}"
        lines.append(f"  ({name}): {text}")
    return "\n".join(lines)


def _pairs(name: str, given: Any) -> list[tuple[str, Any]]:
    """Names and values of a mapping, of a list of pairs, or of a list of names."""
    if isinstance(given, (Mapping, ModuleDict, ParameterDict)):
        return list(given.items())
    if isinstance(given, Tensor) or not isinstance(given, Iterable):
        raise TypeError(
            f"{name}.update should be called with an iterable of key/value pairs, got {type(given).__name__}"
        )
    pairs = []
    for index, entry in enumerate(given):
        if isinstance(entry, str) and name == "ParameterDict":
            pairs.append((entry, None))
            continue
        if not isinstance(entry, (tuple, list)):
            raise TypeError(f"{name} update sequence element #{index} should be Iterable; is {type(entry).__name__}")
        if len(entry) != 2:
            raise ValueError(f"{name} update sequence element #{index} has length {len(entry)}; 2 is required")
        pairs.append((entry[0], entry[1]))
    return pairs


def _times(count: int) -> int:
    if not isinstance(count, int):
        raise TypeError(f"Sequential * x takes an int. Got {type(count).__name__}.")
    if count <= 0:
        raise ValueError(f"Sequential * x takes a positive number. Got {count}.")
    return count


def _key_at(module: Sequential | ModuleList, index: int) -> str:
    size = len(module)
    position = index.__index__()
    if not -size <= position < size:
        raise IndexError(f"index {index} is out of range for {type(module).__name__} of {size} modules")
    return next(islice(module._modules, position % size, None))


def _renumber(module: Sequential | ModuleList) -> None:
    """Numbered names count from 0 again after a deletion; a Sequential with names of its own keeps them."""
    if all(key.isdigit() for key in module._modules):
        module._modules = {str(index): inner for index, inner in enumerate(module._modules.values())}


def _insert(module: Sequential | ModuleList, index: int, inner: Any) -> None:
    if not isinstance(inner, Module):
        raise TypeError(f"{type(inner).__name__} is not a Module subclass")
    modules = list(module._modules.values())
    if not -len(modules) <= index <= len(modules):
        raise IndexError(f"index {index} is out of range for {type(module).__name__} of {len(modules)} modules")
    modules.insert(index, inner)
    module._modules = {str(position): inner for position, inner in enumerate(modules)}
