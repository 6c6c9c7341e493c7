"""Parameters that are computed from others: symmetric, normalised, of low rank..."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Iterator, Sequence
from typing import Any

from dlx._C import Tensor
from dlx.autograd.grad_mode import no_grad
from dlx.nn.modules.container import ModuleDict, ModuleList
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter

__all__ = [
    "ParametrizationList", "cached", "is_parametrized", "register_parametrization", "remove_parametrizations",
]  # fmt: skip


class _Cache(threading.local):
    depth = 0

    def __init__(self) -> None:
        self.values: dict[tuple[int, str], Tensor] = {}


_cache = _Cache()


@contextlib.contextmanager
def cached() -> Iterator[None]:
    """Compute each parametrized tensor once within a ``with`` block, however often it is used there.

    Example:
        >>> class Double(nn.Module):
        ...     def forward(self, x):
        ...         return 2 * x
        >>> layer = nn.utils.parametrize.register_parametrization(nn.Linear(2, 2), "weight", Double())
        >>> with nn.utils.parametrize.cached():
        ...     layer.weight is layer.weight
        True
    """
    _cache.depth += 1
    try:
        yield
    finally:
        _cache.depth -= 1
        if not _cache.depth:
            _cache.values.clear()


class ParametrizationList(ModuleList):
    """The parametrizations of one tensor, and the tensors that they compute it from.

    These are ``original``, or ``original0``, ``original1``, ... where ``right_inverse`` of the last parametrization
    returns several.

    Args:
        modules: the parametrizations, in the order in which they act.
        original: the tensor before.
        unsafe: do not check that shape and dtype stay.

    Raises:
        ValueError: there are no modules, or shape or dtype change and ``unsafe`` is not set.
    """

    def __init__(self, modules: Sequence[Module], original: Tensor, unsafe: bool = False) -> None:
        if len(modules) == 0:
            raise ValueError("ParametrizationList requires one or more modules.")
        super().__init__(modules)
        self.unsafe = unsafe
        shape, dtype = original.shape, original.dtype
        new: Any = original
        with no_grad():
            for module in reversed(modules):
                inverse = getattr(module, "right_inverse", None)
                if inverse is not None:
                    new = inverse(new)
        if not isinstance(new, (Tensor, list, tuple)):
            raise ValueError(
                "'right_inverse' must return a Tensor or a Sequence of tensors (list, tuple...). "
                f"Got {type(new).__name__}"
            )
        self.is_tensor = isinstance(new, Tensor)
        self.ntensors = 1 if self.is_tensor else len(new)
        if isinstance(new, Tensor):
            if original.dtype != new.dtype:
                raise ValueError(
                    "When `right_inverse` outputs one tensor, it may not change the dtype. "
                    f"Got {new.dtype} from {original.dtype}."
                )
            # The parameter that optimizers know stays the parameter.
            with no_grad():
                original.data = new.detach()
            self._keep("original", original, original)
        else:
            for number, part in enumerate(new):
                if not isinstance(part, Tensor):
                    raise ValueError(
                        f"'right_inverse' must return a Sequence of tensors. Got {type(part).__name__} at {number}."
                    )
                self._keep(f"original{number}", part, original)
        if not unsafe:
            with no_grad():
                result = self()
            if not isinstance(result, Tensor):
                raise ValueError(f"A parametrization must return a tensor. Got {type(result).__name__}.")
            if result.dtype != dtype or result.shape != shape:
                raise ValueError(
                    "Registering a parametrization may not change the dtype or the shape of the tensor, unless the "
                    f"`unsafe` flag is enabled. It was {dtype} of shape {tuple(shape)} and became {result.dtype} of "
                    f"shape {tuple(result.shape)}."
                )

    def _keep(self, name: str, tensor: Tensor, original: Tensor) -> None:
        if isinstance(original, Parameter):
            same = tensor if isinstance(tensor, Parameter) else Parameter(tensor.detach(), original.requires_grad)
            self.register_parameter(name, same)
        else:
            self.register_buffer(name, tensor)

    def _originals(self) -> list[Tensor]:
        if self.is_tensor:
            return [self.original]
        return [getattr(self, f"original{number}") for number in range(self.ntensors)]

    def right_inverse(self, value: Tensor) -> None:
        """Set the tensors before so that the parametrized one becomes ``value``.

        Raises:
            RuntimeError: a parametrization has no ``right_inverse``.
            ValueError: it returns tensors of other shapes or dtypes than before.
        """
        with no_grad():
            new: Any = value
            for module in list(self)[::-1]:
                inverse = getattr(module, "right_inverse", None)
                if inverse is None:
                    raise RuntimeError(
                        f"The parametrization {type(module).__name__} does not implement right_inverse, so the tensor "
                        "cannot be assigned to."
                    )
                new = inverse(new)
            parts = [new] if self.is_tensor else list(new)
            originals = self._originals()
            if len(parts) != len(originals):
                raise ValueError(
                    f"'right_inverse' must return {len(originals)} tensors, as it did before. Got {len(parts)}."
                )
            for original, part in zip(originals, parts):
                if original.dtype != part.dtype or original.shape != part.shape:
                    raise ValueError(
                        f"'right_inverse' must return {original.dtype} of shape {tuple(original.shape)}, as it did "
                        f"before. Got {part.dtype} of shape {tuple(part.shape)}."
                    )
                original.data = part.detach().clone() if part is value else part.detach()

    def forward(self) -> Tensor:
        first, *rest = self
        x = first(*self._originals())
        for module in rest:
            x = module(x)
        return x


def is_parametrized(module: Module, tensor_name: str | None = None) -> bool:
    """Return whether a module has parametrizations, at all or of one tensor.

    Args:
        module: any module.
        tensor_name: an attribute of it.
    """
    parametrizations = module._modules.get("parametrizations")
    if not isinstance(parametrizations, ModuleDict):
        return False
    return len(parametrizations) > 0 if tensor_name is None else tensor_name in parametrizations


def register_parametrization(
    module: Module, tensor_name: str, parametrization: Module, *, unsafe: bool = False
) -> Module:
    """Compute a parameter or buffer of a module from what is then kept in its place.

    ``module.tensor_name`` becomes ``parametrization(module.parametrizations.tensor_name.original)``, worked out when
    it is read; the original is what is trained. Further parametrizations take the result of those before.

    Args:
        module: which changes in place; its class becomes a subclass with a property for the tensor.
        tensor_name: a parameter or buffer of it.
        parametrization: takes the original and returns the tensor. Its ``right_inverse``, if there is one, is applied
            to the present value if this is the tensor's first one (the result may be several tensors), and to what is
            assigned later.
        unsafe: do not check that shape and dtype stay.

    Returns:
        ``module``.

    Raises:
        ValueError: there is no such tensor, or its shape or dtype change.

    Example:
        >>> class Symmetric(nn.Module):
        ...     def forward(self, x):
        ...         return (x + x.T) / 2
        >>> layer = nn.utils.parametrize.register_parametrization(nn.Linear(3, 3), "weight", Symmetric())
        >>> (layer.weight == layer.weight.T).all()
        tensor(True)
    """
    parametrization.train(module.training)
    if is_parametrized(module, tensor_name):
        entry: ParametrizationList = module.parametrizations[tensor_name]
        if not unsafe:
            with no_grad():
                before = getattr(module, tensor_name)
                after = parametrization(before)
            if not isinstance(after, Tensor) or after.dtype != before.dtype or after.shape != before.shape:
                raise ValueError(
                    "Registering a parametrization may not change the dtype or the shape of the tensor, unless the "
                    f"`unsafe` flag is enabled. Got {after!r} from a tensor of shape {tuple(before.shape)}."
                )
        entry.append(parametrization)
        entry.unsafe |= unsafe
    elif tensor_name in module._buffers or tensor_name in module._parameters:
        original = getattr(module, tensor_name)
        if original is None:
            raise ValueError(f"Module '{type(module).__name__}' has None for its tensor '{tensor_name}'.")
        entry = ParametrizationList([parametrization], original, unsafe=unsafe)
        delattr(module, tensor_name)
        if not is_parametrized(module):
            _make_class(module)
            module.parametrizations = ModuleDict()
        _add_property(module, tensor_name)
        module.parametrizations[tensor_name] = entry
    else:
        raise ValueError(
            f"Module '{type(module).__name__}' does not have a parameter, a buffer, or a parametrized element with "
            f"name '{tensor_name}'"
        )
    return module


def _make_class(module: Module) -> None:
    """Give the module a class of its own, which properties can be added to."""
    kind = type(module)
    module.__class__ = type(f"Parametrized{kind.__name__}", (kind,), {"__doc__": kind.__doc__, "_plain": kind})


def _add_property(module: Module, name: str) -> None:
    def get(self: Module) -> Tensor:
        entry: ParametrizationList = self.parametrizations[name]
        if not _cache.depth:
            return entry()
        key = (id(self), name)
        if key not in _cache.values:
            _cache.values[key] = entry()
        return _cache.values[key]

    def set(self: Module, value: Tensor) -> None:
        self.parametrizations[name].right_inverse(value)

    setattr(type(module), name, property(get, set))


def remove_parametrizations(module: Module, tensor_name: str, leave_parametrized: bool = True) -> Module:
    """Undo :func:`register_parametrization`.

    Args:
        module: which changes in place.
        tensor_name: the tensor whose parametrizations are removed, all of them.
        leave_parametrized: keep the parametrized value; else that of the original, which must be one tensor.

    Returns:
        ``module``.

    Raises:
        ValueError: the tensor has no parametrization, or several originals and ``leave_parametrized`` is not set.
    """
    if not is_parametrized(module, tensor_name):
        raise ValueError(f"Module {type(module).__name__} does not have a parametrization on {tensor_name}")
    entry: ParametrizationList = module.parametrizations[tensor_name]
    if entry.is_tensor:
        original = entry.original
        if leave_parametrized:
            with no_grad():
                value = getattr(module, tensor_name)
            original.data = value.detach().clone() if value is original else value.detach()
    elif leave_parametrized:
        with no_grad():
            value = getattr(module, tensor_name)
        trained = any(part.requires_grad for part in entry._originals())
        isparameter = isinstance(entry.original0, Parameter)
        original = Parameter(value.detach(), trained) if isparameter else value
    else:
        raise ValueError(
            "Cannot leave unparametrized (`leave_parametrized=False`) a tensor that is parametrized in terms of a "
            "sequence of tensors."
        )
    delattr(type(module), tensor_name)
    del module.parametrizations[tensor_name]
    if isinstance(original, Parameter):
        module.register_parameter(tensor_name, original)
    else:
        module.register_buffer(tensor_name, original)
    if not is_parametrized(module):
        delattr(module, "parametrizations")
        module.__class__ = type(module)._plain  # type: ignore[attr-defined]  # _make_class sets it
    return module


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.nn.utils.parametrize", name)
