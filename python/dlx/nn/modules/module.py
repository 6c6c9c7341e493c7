"""Module: what all layers and models are. It holds parameters, buffers and modules as its attributes."""

from __future__ import annotations

import itertools
from collections import namedtuple
from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from dlx import _C
from dlx._C import Tensor
from dlx.autograd._tensor import RemovableHandle
from dlx.nn.modules._errors import name_module
from dlx.nn.parameter import Buffer, Parameter, is_lazy

if TYPE_CHECKING:
    from dlx._types import Device

    M = TypeVar("M", bound="Module")

__all__ = ["Module"]


class IncompatibleKeys(namedtuple("IncompatibleKeys", ["missing_keys", "unexpected_keys"])):
    """What :meth:`Module.load_state_dict` found to differ."""

    __slots__ = ()

    def __repr__(self) -> str:
        if not self.missing_keys and not self.unexpected_keys:
            return "<All keys matched successfully>"
        return super().__repr__()


class Module:
    """Base of all layers and models: assign parameters and modules to attributes and write ``forward``.

    Example:
        >>> class Model(nn.Module):
        ...     def __init__(self):
        ...         super().__init__()
        ...         self.hidden = nn.Linear(4, 8)
        ...         self.out = nn.Linear(8, 2)
        ...
        ...     def forward(self, x):
        ...         return self.out(F.relu(self.hidden(x)))
        >>> model = Model()
        >>> model(dlx.zeros(3, 4)).shape
        dlx.Size([3, 2])
        >>> [name for name, _ in model.named_parameters()]
        ['hidden.weight', 'hidden.bias', 'out.weight', 'out.bias']
    """

    training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _non_persistent_buffers_set: set[str]
    _forward_pre_hooks: dict[int, tuple[Callable[..., Any], bool]]
    _forward_hooks: dict[int, tuple[Callable[..., Any], bool, bool]]
    _backward_pre_hooks: dict[int, Callable[..., Any]]
    _backward_hooks: dict[int, Callable[..., Any]]
    _state_dict_pre_hooks: dict[int, Callable[..., Any]]
    _state_dict_hooks: dict[int, Callable[..., Any]]
    _load_state_dict_pre_hooks: dict[int, Callable[..., Any]]
    _load_state_dict_post_hooks: dict[int, Callable[..., Any]]

    def __init__(self) -> None:
        # Straight into __dict__: __setattr__ below reads these.
        self.__dict__.update(
            training=True,
            _parameters={},
            _buffers={},
            _modules={},
            _non_persistent_buffers_set=set(),
            _forward_pre_hooks={},
            _forward_hooks={},
            _backward_pre_hooks={},
            _backward_hooks={},
            _state_dict_pre_hooks={},
            _state_dict_hooks={},
            _load_state_dict_pre_hooks={},
            _load_state_dict_post_hooks={},
        )

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _C._define_module_class(cls)  # __getattr__ and __call__ as below, quickly

    # Calling

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """Compute the output: written by each kind of module."""
        raise NotImplementedError(f'Module [{type(self).__name__}] is missing the required "forward" function')

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        try:
            if not (self._forward_hooks or self._forward_pre_hooks or self._backward_hooks or self._backward_pre_hooks):
                return self.forward(*args, **kwargs)
            return self._call_with_hooks(args, kwargs)
        except Exception as error:
            name_module(error, self)
            raise

    def _call_with_hooks(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        for hook, with_kwargs in tuple(self._forward_pre_hooks.values()):
            if with_kwargs:
                changed = hook(self, args, kwargs)
                if changed is not None:
                    if not (isinstance(changed, tuple) and len(changed) == 2):
                        raise RuntimeError(
                            f"forward pre-hook must return None or (args, kwargs). Got {type(changed).__name__}."
                        )
                    args, kwargs = changed
            else:
                changed = hook(self, args)
                if changed is not None:
                    args = changed if isinstance(changed, tuple) else (changed,)
        backward = None
        if self._backward_hooks or self._backward_pre_hooks:
            from dlx.nn.modules._backward_hooks import BackwardHooks

            backward = BackwardHooks(self)
            args = backward.watch_inputs(args)
        try:
            result = self.forward(*args, **kwargs)
        except Exception:
            for hook, with_kwargs, always in tuple(self._forward_hooks.values()):
                if always:
                    hook(self, args, kwargs, None) if with_kwargs else hook(self, args, None)
            raise
        for hook, with_kwargs, _ in tuple(self._forward_hooks.values()):
            changed = hook(self, args, kwargs, result) if with_kwargs else hook(self, args, result)
            if changed is not None:
                result = changed
        return result if backward is None else backward.watch_outputs(result)

    def register_full_backward_pre_hook(
        self, hook: Callable[[Module, tuple[Any, ...]], Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, grad_output)`` when the gradients of the outputs are there.

        Args:
            hook: what it returns, if not None, replaces ``grad_output``, a tuple with the gradient of each output.
            prepend: before the hooks that are there.

        Returns:
            A handle that takes the hook away again.
        """
        return _add_hook(self._backward_pre_hooks, hook, prepend)

    def register_full_backward_hook(
        self, hook: Callable[[Module, tuple[Any, ...], tuple[Any, ...]], Any], prepend: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, grad_input, grad_output)`` when the gradients of the inputs are there.

        Args:
            hook: what it returns, if not None, replaces ``grad_input``. Both are tuples, with None for what has no
                gradient; only positional arguments count as inputs.
            prepend: before the hooks that are there.

        Returns:
            A handle that takes the hook away again.

        Example:
            >>> layer = nn.Linear(2, 1)
            >>> _ = layer.register_full_backward_hook(lambda m, gi, go: print(gi[0].shape, go[0].shape))
            >>> layer(dlx.ones(3, 2, requires_grad=True)).sum().backward()
            dlx.Size([3, 2]) dlx.Size([3, 1])
        """
        return _add_hook(self._backward_hooks, hook, prepend)

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args)`` before ``forward``; what it returns, if not None, becomes the arguments.

        Args:
            hook: takes (module, args), or (module, args, kwargs) and returns both if ``with_kwargs``.
            prepend: before the hooks that are there.
            with_kwargs: see ``hook``.

        Returns:
            A handle that takes the hook away again.
        """
        return _add_hook(self._forward_pre_hooks, (hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Call ``hook(module, args, output)`` after ``forward``; what it returns, if not None, becomes the output.

        Args:
            hook: takes (module, args, output), or (module, args, kwargs, output) if ``with_kwargs``.
            prepend: before the hooks that are there.
            with_kwargs: see ``hook``.
            always_call: also when ``forward`` raises, with None for the output.

        Returns:
            A handle that takes the hook away again.
        """
        return _add_hook(self._forward_hooks, (hook, with_kwargs, always_call), prepend)

    # Attributes

    def __setattr__(self, name: str, value: Any) -> None:
        own = self.__dict__
        parameters = own.get("_parameters")
        if isinstance(value, Parameter):
            if parameters is None:
                raise AttributeError("cannot assign parameters before Module.__init__() call")
            _drop(name, own, self._buffers, self._modules)
            self.register_parameter(name, value)
        elif isinstance(value, Module):
            if parameters is None:
                raise AttributeError("cannot assign module before Module.__init__() call")
            _drop(name, own, self._parameters, self._buffers)
            self._non_persistent_buffers_set.discard(name)
            self._modules[name] = value  # unchecked, as in PyTorch: a __getattr__ of a subclass may need the module
        elif isinstance(value, Buffer):
            if parameters is None:
                raise AttributeError("cannot assign buffer before Module.__init__() call")
            _drop(name, own, self._parameters, self._modules)
            self._buffers.pop(name, None)
            self.register_buffer(name, value, value.persistent)
        elif parameters is not None and name in parameters:
            if value is not None:
                raise _wrong_kind(value, "parameter", name, "nn.Parameter")
            parameters[name] = None
        elif parameters is not None and name in self._modules:
            if value is not None:
                raise _wrong_kind(value, "child module", name, "nn.Module")
            self._modules[name] = None
        elif parameters is not None and name in self._buffers:
            if value is not None and not isinstance(value, Tensor):
                raise _wrong_kind(value, "buffer", name, "Tensor")
            self._buffers[name] = value
        else:
            object.__setattr__(self, name, value)

    def __getattr__(self, name: str) -> Any:
        # Only reached for what is no ordinary attribute.
        own = self.__dict__
        if "_parameters" in own:
            for kind in (own["_parameters"], own["_buffers"], own["_modules"]):
                if name in kind:
                    return kind[name]
        raise AttributeError(f"'{type(self).__name__}' object has no attribute '{name}'", name=name, obj=self)

    def __delattr__(self, name: str) -> None:
        if name in self._parameters:
            del self._parameters[name]
        elif name in self._buffers:
            del self._buffers[name]
            self._non_persistent_buffers_set.discard(name)
        elif name in self._modules:
            del self._modules[name]
        else:
            object.__delattr__(self, name)

    def __dir__(self) -> list[str]:
        names = {*object.__dir__(self), *self._parameters, *self._buffers, *self._modules}
        return sorted(name for name in names if not name[0].isdigit())

    def __setstate__(self, state: dict[str, Any]) -> None:
        Module.__init__(self)  # what a file of an older version lacks
        self.__dict__.update(state)

    # Registering

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Add a parameter under a name; None keeps the name free, without an entry in ``state_dict``.

        Raises:
            TypeError: ``param`` is no Parameter, or ``name`` no string.
            KeyError: the name is empty, contains a dot or is taken.
            ValueError: ``param`` has a history.
        """
        self._check_name("parameter", name, self._parameters)
        if param is not None and not isinstance(param, Parameter):
            raise _wrong_kind(param, "parameter", name, "nn.Parameter")
        if param is not None and param.grad_fn is not None:
            raise ValueError(
                f"cannot assign non-leaf Tensor to parameter '{name}'. Model parameters must be created explicitly. "
                f"To express '{name}' as a function of another Tensor, compute the value in the forward() method."
            )
        self._parameters[name] = param

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Add a tensor that is no parameter, such as running statistics.

        Args:
            name: its attribute.
            tensor: the tensor; None keeps the name free.
            persistent: whether it is part of ``state_dict``.

        Raises:
            TypeError: ``tensor`` is no Tensor, or ``name`` no string.
            KeyError: the name is empty, contains a dot or is taken.
        """
        self._check_name("buffer", name, self._buffers)
        if tensor is not None and not isinstance(tensor, Tensor):
            raise _wrong_kind(tensor, "buffer", name, "Tensor")
        self._buffers[name] = tensor
        if persistent:
            self._non_persistent_buffers_set.discard(name)
        else:
            self._non_persistent_buffers_set.add(name)

    def register_module(self, name: str, module: Module | None) -> None:
        """Add a module under a name; see :meth:`add_module`."""
        self.add_module(name, module)

    def add_module(self, name: str, module: Module | None) -> None:
        """Add a module under a name; None keeps the name free.

        Raises:
            TypeError: ``module`` is no Module, or ``name`` no string.
            KeyError: the name is empty, contains a dot or is taken.
        """
        if not isinstance(module, Module) and module is not None:
            raise TypeError(f"{type(module).__name__} is not a Module subclass")
        self._check_name("module", name, self._modules)
        self._modules[name] = module

    def _check_name(self, kind: str, name: Any, there: Mapping[str, Any]) -> None:
        if "_parameters" not in self.__dict__:
            raise AttributeError(f"cannot assign {kind} before Module.__init__() call")
        if not isinstance(name, str):
            raise TypeError(f"{kind} name should be a string. Got {type(name).__name__}")
        if "." in name:
            raise KeyError(f'{kind} name can\'t contain ".", got: {name}')
        if name == "":
            raise KeyError(f'{kind} name can\'t be empty string ""')
        if hasattr(self, name) and name not in there:
            raise KeyError(f"attribute '{name}' already exists")

    # Walking

    def children(self) -> Iterator[Module]:
        """Walk over the modules directly inside."""
        for _, module in self.named_children():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """Walk over the modules directly inside, with their names; each module once."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def modules(self) -> Iterator[Module]:
        """Walk over this module and all inside it; each module once."""
        for _, module in self.named_modules():
            yield module

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """Walk over this module and all inside it, with their names.

        Args:
            memo: modules to pass over.
            prefix: before all names.
            remove_duplicate: each module once.
        """
        memo = set() if memo is None else memo
        if self in memo:
            return
        if remove_duplicate:
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def _named_members(
        self, kind: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        seen: set[int] = set()
        walk = self.named_modules(prefix=prefix, remove_duplicate=remove_duplicate) if recurse else [(prefix, self)]
        for path, module in walk:
            for name, member in module.__dict__[kind].items():
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield f"{path}.{name}" if path else name, member

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """Walk over the parameters, as an optimizer wants them; each once.

        Args:
            recurse: also those of the modules inside.
        """
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """Walk over the parameters, with their names.

        Args:
            prefix: before all names.
            recurse: also those of the modules inside.
            remove_duplicate: each parameter once.
        """
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """Walk over the buffers; each once.

        Args:
            recurse: also those of the modules inside.
        """
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """Walk over the buffers, with their names.

        Args:
            prefix: before all names.
            recurse: also those of the modules inside.
            remove_duplicate: each buffer once.
        """
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def get_submodule(self, target: str) -> Module:
        """Return the module at a path such as ``"features.0"``.

        Raises:
            AttributeError: there is none.
        """
        module = self
        for name in target.split(".") if target else ():
            inner = getattr(module, name, None)
            if not isinstance(inner, Module):
                raise AttributeError(
                    f"{type(module).__name__} has no attribute `{name}` that is a Module (in {target!r})"
                )
            module = inner
        return module

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Replace the module at a path such as ``"features.0"``, or add one there.

        Args:
            target: the path.
            module: the new module.
            strict: raise if there is none at the path.

        Raises:
            ValueError: the path is empty, or ``module`` is no Module.
            AttributeError: a module on the way is missing, or with ``strict`` the one to replace.
        """
        if not target:
            raise ValueError("set_submodule: target must name a module inside of this one.")
        if not isinstance(module, Module):
            raise ValueError(f"set_submodule: module must be a Module. Got {type(module).__name__}.")
        path, _, name = target.rpartition(".")
        parent = self.get_submodule(path)
        if strict and not isinstance(getattr(parent, name, None), Module):
            raise AttributeError(f"{type(parent).__name__} has no attribute `{name}` that is a Module (in {target!r})")
        setattr(parent, name, module)

    def get_parameter(self, target: str) -> Parameter:
        """Return the parameter at a path such as ``"features.0.weight"``.

        Raises:
            AttributeError: there is none.
        """
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._parameters.get(name)
        if found is None:
            raise AttributeError(f"{target!r} is not a Parameter of {type(self).__name__}")
        return found

    def get_buffer(self, target: str) -> Tensor:
        """Return the buffer at a path such as ``"features.1.running_mean"``.

        Raises:
            AttributeError: there is none.
        """
        path, _, name = target.rpartition(".")
        found = self.get_submodule(path)._buffers.get(name)
        if found is None:
            raise AttributeError(f"{target!r} is not a buffer of {type(self).__name__}")
        return found

    # Saving and loading

    def state_dict(
        self, *, destination: dict[str, Any] | None = None, prefix: str = "", keep_vars: bool = False
    ) -> dict[str, Any]:
        """Return all parameters and persistent buffers by name, on the same memory.

        Args:
            destination: a dict to add to.
            prefix: before all names.
            keep_vars: the parameters themselves instead of detached tensors.

        Returns:
            ``{name: tensor}``, ready for :func:`dlx.save`.

        Example:
            >>> list(nn.Linear(2, 1).state_dict())
            ['weight', 'bias']
        """
        destination = {} if destination is None else destination
        for hook in tuple(self._state_dict_pre_hooks.values()):
            hook(self, prefix, keep_vars)
        self._save_to_state_dict(destination, prefix, keep_vars)
        for name, module in self._modules.items():
            if module is not None:
                module.state_dict(destination=destination, prefix=f"{prefix}{name}.", keep_vars=keep_vars)
        for hook in tuple(self._state_dict_hooks.values()):
            hook(self, destination, prefix, {})
        return destination

    def register_state_dict_pre_hook(self, hook: Callable[[Module, str, bool], None]) -> RemovableHandle:
        """Call ``hook(module, prefix, keep_vars)`` before :meth:`state_dict` looks at the module."""
        return _add_hook(self._state_dict_pre_hooks, hook, False)

    def register_state_dict_post_hook(
        self, hook: Callable[[Module, dict[str, Any], str, dict[str, Any]], None]
    ) -> RemovableHandle:
        """Call ``hook(module, state_dict, prefix, local_metadata)`` when :meth:`state_dict` has the module."""
        return _add_hook(self._state_dict_hooks, hook, False)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., None]) -> RemovableHandle:
        """Call a hook before :meth:`load_state_dict` loads the module; it may change the dict.

        Args:
            hook: takes (module, state_dict, prefix, local_metadata, strict, missing_keys, unexpected_keys, error_msgs).
        """
        return _add_hook(self._load_state_dict_pre_hooks, hook, False)

    def register_load_state_dict_post_hook(self, hook: Callable[[Module, Any], None]) -> RemovableHandle:
        """Call ``hook(module, incompatible_keys)`` when the module has been loaded; it may change the lists."""
        return _add_hook(self._load_state_dict_post_hooks, hook, False)

    def _save_to_state_dict(self, destination: dict[str, Any], prefix: str, keep_vars: bool) -> None:
        for name, tensor in self._saved_members():
            if tensor is not None:
                destination[prefix + name] = tensor if keep_vars or is_lazy(tensor) else tensor.detach()
        if type(self).get_extra_state is not Module.get_extra_state:
            destination[prefix + "_extra_state"] = self.get_extra_state()

    def _saved_members(self) -> list[tuple[str, Any]]:
        buffers = [(name, b) for name, b in self._buffers.items() if name not in self._non_persistent_buffers_set]
        return [*self._parameters.items(), *buffers]

    def get_extra_state(self) -> Any:
        """Return what else ``state_dict`` shall hold; a class that writes this also writes :meth:`set_extra_state`."""
        raise RuntimeError(f"{type(self).__name__} has no extra state.")

    def set_extra_state(self, state: Any) -> None:
        """Take what :meth:`get_extra_state` returned."""
        raise RuntimeError(f"{type(self).__name__} has no extra state.")

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copy parameters and buffers from a dict, as :meth:`state_dict` returns it.

        Args:
            state_dict: ``{name: tensor}``; dtypes and devices are converted.
            strict: raise if a name is missing or not known.
            assign: take the dict's tensors themselves instead of copying their values.

        Returns:
            ``(missing_keys, unexpected_keys)``.

        Raises:
            TypeError: ``state_dict`` is no mapping.
            RuntimeError: a shape differs or, if ``strict``, the names do; the text lists all that is wrong.

        Example:
            >>> nn.Linear(2, 1).load_state_dict(nn.Linear(2, 1).state_dict())
            <All keys matched successfully>
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"Expected state_dict to be dict-like, got {type(state_dict)}.")
        state = dict(state_dict)
        missing: list[str] = []
        unexpected: list[str] = []
        errors: list[str] = []

        def load(module: Module, prefix: str) -> None:
            arguments = (state, prefix, {"assign_to_params_buffers": assign}, True, missing, unexpected, errors)
            for hook in tuple(module._load_state_dict_pre_hooks.values()):
                hook(module, *arguments)
            module._load_from_state_dict(*arguments)
            for name, child in module._modules.items():
                if child is not None:
                    load(child, f"{prefix}{name}.")
            for hook in tuple(module._load_state_dict_post_hooks.values()):
                hook(module, IncompatibleKeys(missing, unexpected))

        load(self, "")
        if strict:
            if unexpected:
                errors.insert(0, f"Unexpected key(s) in state_dict: {_quoted(unexpected)}. ")
            if missing:
                errors.insert(0, f"Missing key(s) in state_dict: {_quoted(missing)}. ")
        if errors:
            raise RuntimeError(f"Error(s) in loading state_dict for {type(self).__name__}:\n\t" + "\n\t".join(errors))
        return IncompatibleKeys(missing, unexpected)

    def _load_from_state_dict(
        self,
        state_dict: dict[str, Any],
        prefix: str,
        local_metadata: dict[str, Any],
        strict: bool,
        missing_keys: list[str],
        unexpected_keys: list[str],
        error_msgs: list[str],
    ) -> None:
        """Load this module's own entries; a class may override it to rename keys of older files."""
        assign = local_metadata.get("assign_to_params_buffers", False)
        expected = {name: tensor for name, tensor in self._saved_members() if tensor is not None}
        for name, tensor in expected.items():
            key = prefix + name
            if key not in state_dict:
                missing_keys.append(key)
                continue
            problem = _load_one(self, name, tensor, key, state_dict[key], assign)
            if problem:
                error_msgs.append(problem)
        extra = prefix + "_extra_state"
        if type(self).set_extra_state is not Module.set_extra_state:
            if extra in state_dict:
                self.set_extra_state(state_dict[extra])
            else:
                missing_keys.append(extra)
        elif extra in state_dict:
            unexpected_keys.append(extra)
        for key in state_dict:
            if key.startswith(prefix) and key != extra:
                name, dot, _ = key[len(prefix) :].partition(".")
                if name not in expected if not dot else name not in self._modules:
                    unexpected_keys.append(key)

    # Changing all that is inside

    def apply(self: M, fn: Callable[[Module], Any]) -> M:
        """Call a function on every module inside and then on this one.

        Example:
            >>> def zero(module):
            ...     if isinstance(module, nn.Linear):
            ...         nn.init.zeros_(module.weight)
            >>> nn.Sequential(nn.Linear(1, 1)).apply(zero)[0].weight.item()
            0.0
        """
        for module in self.children():
            module.apply(fn)
        fn(self)
        return self

    def _apply(self: M, fn: Callable[[Tensor], Tensor], recurse: bool = True) -> M:
        """Replace the memory of all parameters and buffers by fn of it. Parameters stay the objects optimizers know."""
        if recurse:
            for module in self.children():
                module._apply(fn)
        for parameter in self._parameters.values():
            if parameter is not None:
                grad = parameter.grad
                parameter.data = fn(parameter if is_lazy(parameter) else parameter.detach())
                if grad is not None:
                    parameter.grad = fn(grad.detach())
        for name, buffer in self._buffers.items():
            if is_lazy(buffer):
                buffer.data = fn(buffer)
            elif buffer is not None:
                self._buffers[name] = fn(buffer.detach())
        return self

    def to(self: M, *args: Any, **kwargs: Any) -> M:
        """Move and convert all parameters and buffers, in place.

        Called as ``to(device)``, ``to(dtype)``, ``to(device, dtype)`` or ``to(tensor)``. Integer parameters and
        buffers keep their dtype. ``non_blocking`` and ``memory_format`` are as for :meth:`dlx.Tensor.to`.

        Returns:
            The module.

        Raises:
            TypeError: the dtype is not floating point.
        """
        from dlx.ops.copy import _read_to

        device, dtype = kwargs.pop("device", None), kwargs.pop("dtype", None)
        kwargs.pop("non_blocking", None)
        layout = kwargs.pop("memory_format", None)
        if kwargs:
            raise TypeError(f"to: unexpected argument {next(iter(kwargs))!r}.")
        if args:
            device, dtype, _ = _read_to(args, device, dtype, False)
        if dtype is not None and not dtype.is_floating_point:
            raise TypeError(f"nn.Module.to only accepts floating point dtypes, but got desired dtype={dtype}")

        def convert(tensor: Tensor) -> Tensor:
            kind = dtype if tensor.dtype.is_floating_point else None
            order = layout if layout is not None and tensor.ndim == 4 else _C.preserve_format
            return _C.to(tensor, device, kind, False, order)

        return self._apply(convert)

    def cpu(self: M) -> M:
        """Move all parameters and buffers to the CPU."""
        return self.to("cpu")

    def cuda(self: M, device: Device | None = None) -> M:
        """Move all parameters and buffers to the GPU."""
        return self.to("cuda" if device is None else device)

    def to_empty(self: M, *, device: Device | None, recurse: bool = True) -> M:
        """Give all parameters and buffers new memory on a device, without copying: their values are undefined."""
        return self._apply(lambda tensor: _C.empty_like(tensor, None, device, _C.preserve_format), recurse)

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """Not yet: see :func:`dlx.compile`."""
        from dlx.ops.state import compile

        compile(self, *args, **kwargs)

    def type(self: M, dst_type: _C.dtype) -> M:
        """Convert all parameters and buffers to a dtype."""
        return self._apply(lambda tensor: tensor.to(dst_type))

    def float(self: M) -> M:
        """Convert all floating-point parameters and buffers to float32."""
        return self.to(_C.float32)

    def double(self: M) -> M:
        """Convert all floating-point parameters and buffers to float64."""
        return self.to(_C.float64)

    def half(self: M) -> M:
        """Convert all floating-point parameters and buffers to float16."""
        return self.to(_C.float16)

    def bfloat16(self: M) -> M:
        """Convert all floating-point parameters and buffers to bfloat16."""
        return self.to(_C.bfloat16)

    def train(self: M, mode: bool = True) -> M:
        """Set this module and all inside it to training (dropout drops, batch norm uses the batch) or evaluation.

        Raises:
            ValueError: ``mode`` is no bool.
        """
        if not isinstance(mode, bool):
            raise ValueError("training mode is expected to be boolean")
        self.training = mode
        for module in self.children():
            module.train(mode)
        return self

    def eval(self: M) -> M:
        """Set this module and all inside it to evaluation."""
        return self.train(False)

    def requires_grad_(self: M, requires_grad: bool = True) -> M:
        """Set whether the parameters are trained."""
        for parameter in self.parameters():
            parameter.requires_grad = requires_grad
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters.

        Args:
            set_to_none: if False, they are set to zero and keep their memory.
        """
        for parameter in self.parameters():
            grad = parameter.grad
            if grad is not None:
                parameter.grad = None if set_to_none else _C.fill_(grad.detach(), 0)

    # Printing

    def extra_repr(self) -> str:
        """Return what stands between the parentheses when the module is printed."""
        return ""

    def _get_name(self) -> str:
        return type(self).__name__

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        children = [f"({name}): " + repr(module).replace("\n", "\n  ") for name, module in self._modules.items()]
        if not children and len(lines) <= 1:
            return f"{self._get_name()}({extra})"
        return f"{self._get_name()}(\n  " + "\n  ".join(lines + children) + "\n)"


_C._define_module(Module, name_module)


def _wrong_kind(value: Any, kind: str, name: str, wanted: str) -> TypeError:
    text = f"cannot assign '{type(value).__name__}' object to {kind} '{name}' (dlx.{wanted} or None required)"
    return TypeError(text)


def _drop(name: str, *places: dict[str, Any]) -> None:
    for place in places:
        place.pop(name, None)


def _add_hook(hooks: dict[int, Any], entry: Any, prepend: bool) -> RemovableHandle:
    number = _new_number()
    rest = dict(hooks) if prepend else {}
    if prepend:
        hooks.clear()
    hooks[number] = entry
    hooks.update(rest)
    return RemovableHandle(lambda: hooks.pop(number, None))


_new_number = itertools.count().__next__


def _quoted(names: list[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)


def _load_one(module: Module, name: str, tensor: Tensor, key: str, value: Any, assign: bool) -> str | None:
    """Load one entry; what is wrong with it, if something is."""
    if not isinstance(value, Tensor):
        return (
            f'While copying the parameter named "{key}", expected dlx.Tensor or Tensor-like object from checkpoint '
            f"but received {type(value)}"
        )
    if is_lazy(value) or is_lazy(tensor):
        if is_lazy(value) and is_lazy(tensor):
            return None
        return (
            f"{key}: the {'checkpoint' if is_lazy(value) else 'model'}'s is of a lazy layer that has seen no input yet."
        )
    if value.shape != tensor.shape:
        return (
            f"size mismatch for {key}: copying a param with shape {value.shape} from checkpoint, "
            f"the shape in current model is {tensor.shape}."
        )
    if assign:
        if not isinstance(tensor, Parameter):
            module._buffers[name] = value
        elif isinstance(value, Parameter):
            module._parameters[name] = value
        else:
            module._parameters[name] = Parameter(value, requires_grad=tensor.requires_grad)
        return None
    try:
        _C.copy_(tensor.detach(), value.detach())
    except Exception as error:
        return (
            f'While copying the parameter named "{key}", whose dimensions in the model are {tensor.shape} and '
            f"whose dimensions in the checkpoint are {value.shape}, an exception occurred : {error.args}."
        )
    return None
