"""Optimizer: parameter groups with their options, state for each parameter, saving and loading."""

from __future__ import annotations

import functools
import itertools
from collections import OrderedDict, defaultdict
from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx._C import Tensor
from dlx.autograd._tensor import RemovableHandle
from dlx.autograd.grad_mode import enable_grad

if TYPE_CHECKING:
    Params = Iterable[Tensor] | Iterable[dict[str, Any]] | Iterable[tuple[str, Tensor]]

__all__ = ["Optimizer"]


class Optimizer:
    """Base of all optimizers.

    A class of its own writes ``step``, reads ``param_groups`` and keeps what it needs in ``state``.

    Args:
        params: parameters, named parameters ``(name, parameter)``, or dicts with a list of them under "params" and
            options that differ from the defaults.
        defaults: options of groups that do not set them.

    Raises:
        TypeError: ``params`` is a tensor, or something in it is no tensor.
        ValueError: there are no parameters, one is given twice or is no leaf.
    """

    _HOOKS = (
        "step_pre", "step_post", "state_dict_pre", "state_dict_post", "load_state_dict_pre", "load_state_dict_post",
    )  # fmt: skip

    # Whether `step` was called, which schedules want to know; True for classes that do not say.
    _step_called = True

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        if "step" in cls.__dict__:
            cls.step = _with_hooks(cls.step)  # type: ignore[method-assign]

    def __init__(self, params: Params, defaults: dict[str, Any]) -> None:
        if isinstance(params, Tensor):
            raise TypeError(
                "params argument given to the optimizer should be an iterable of Tensors or dicts, but got a Tensor. "
                "Put it in a list."
            )
        self.defaults = defaults
        self._hooks: dict[str, OrderedDict[int, Callable[..., Any]]] = {kind: OrderedDict() for kind in self._HOOKS}
        self.state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        self.param_groups: list[dict[str, Any]] = []
        # For each group the learning rate that the kernel reads: [the number last written, tensor]. Under capture a
        # changed rate must reach kernels that are already recorded, so it is memory, never an argument.
        self._rates: list[list[Any]] = []
        groups = list(params)
        if not groups:
            raise ValueError("optimizer got an empty parameter list")
        if not isinstance(groups[0], dict):
            groups = [{"params": groups}]
        for group in groups:
            self.add_param_group(group)  # type: ignore[arg-type]  # checked there

    def add_param_group(self, param_group: dict[str, Any]) -> None:
        """Add parameters with options of their own, for example layers that are unfrozen later.

        Args:
            param_group: a dict with parameters under "params"; options that are missing come from the defaults.

        Raises:
            TypeError, ValueError: as the constructor.
        """
        if not isinstance(param_group, dict):
            raise TypeError(f"param_group must be a dict, but got {type(param_group)}")
        group = dict(param_group)
        params = group["params"]
        if isinstance(params, set):
            raise TypeError(
                "optimizer parameters need to be in an ordered collection: a set has another order in every run. "
                "Use a list."
            )
        params = [params] if isinstance(params, Tensor) else list(params)
        if params and isinstance(params[0], tuple):
            group["param_names"] = [name for name, _ in params]
            params = [param for _, param in params]
        group["params"] = params
        known = {id(param) for other in self.param_groups for param in other["params"]}
        for param in params:
            if not isinstance(param, Tensor):
                raise TypeError(f"optimizer can only optimize Tensors, but one of the params is {type(param).__name__}")
            if not param.is_leaf:
                raise ValueError("can't optimize a non-leaf Tensor")
            if id(param) in known:
                raise ValueError("a parameter is given to the optimizer twice")
            known.add(id(param))
        for name, value in self.defaults.items():
            group.setdefault(name, value)
        self.param_groups.append(group)

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Drop the gradients of all parameters.

        Args:
            set_to_none: if False, they are set to zero and keep their memory.
        """
        for group in self.param_groups:
            for param in group["params"]:
                if set_to_none:
                    param.grad = None
                elif param.grad is not None:
                    param.grad = _C.fill_(param.grad.detach(), 0)

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Change all parameters once, by their gradients.

        Args:
            closure: computes the loss anew, with gradients, and returns it.

        Returns:
            What ``closure`` returned, or None.
        """
        raise NotImplementedError(f"{type(self).__name__} does not define step")

    def _add_hook(self, kind: str, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        hooks = self._hooks[kind]
        number = _new_number()
        hooks[number] = hook
        if prepend:
            hooks.move_to_end(number, last=False)
        return RemovableHandle(lambda: hooks.pop(number, None))

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` before each step.

        Args:
            hook: returns None, or new (args, kwargs) for the step.

        Returns:
            A handle that takes the hook away again.
        """
        return self._add_hook("step_pre", hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Call ``hook(optimizer, args, kwargs)`` after each step.

        Returns:
            A handle that takes the hook away again.
        """
        return self._add_hook("step_post", hook)

    def register_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` before :meth:`state_dict`; ``prepend``: before the hooks that are there.

        Returns:
            A handle that takes the hook away again.
        """
        return self._add_hook("state_dict_pre", hook, prepend)

    def register_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` after :meth:`state_dict`; what it returns, if not None, is the result.

        Args:
            hook: see above.
            prepend: before the hooks that are there.

        Returns:
            A handle that takes the hook away again.
        """
        return self._add_hook("state_dict_post", hook, prepend)

    def register_load_state_dict_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer, state_dict)`` before :meth:`load_state_dict`; what it returns, if not None, is loaded.

        Args:
            hook: see above.
            prepend: before the hooks that are there.

        Returns:
            A handle that takes the hook away again.
        """
        return self._add_hook("load_state_dict_pre", hook, prepend)

    def register_load_state_dict_post_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Call ``hook(optimizer)`` after :meth:`load_state_dict`; ``prepend``: before the hooks that are there.

        Returns:
            A handle that takes the hook away again.
        """
        return self._add_hook("load_state_dict_post", hook, prepend)

    def _begin(self, closure: Callable[[], Any] | None) -> Any:
        """What every step begins with; the loss."""
        self._step_called = True
        if closure is None:
            return None
        with enable_grad():
            return closure()

    def _collect(
        self, group: dict[str, Any], names: Sequence[str]
    ) -> tuple[list[Tensor], list[Tensor], list[list[Tensor]]]:
        """The group's parameters that have a gradient, their gradients, and a list for each name of their state."""
        params: list[Tensor] = []
        grads: list[Tensor] = []
        states: list[dict[str, Any]] = []
        for param in group["params"]:
            grad = param.grad
            if grad is not None:
                params.append(param)
                grads.append(grad)
                states.append(self.state[param] or self._first_state(param, group))
        return params, grads, [[state[name] for state in states] for name in names]

    def _first_state(self, param: Tensor, group: dict[str, Any]) -> dict[str, Any]:
        """The state of a parameter that takes its first step, put in its place."""
        raise NotImplementedError

    def _rate(self, index: int, group: dict[str, Any], like: Tensor) -> Tensor:
        """The group's learning rate as a float64 tensor on the device of `like`."""
        while len(self._rates) <= index:
            self._rates.append([None, None])
        entry = self._rates[index]
        rate = group["lr"]
        if entry[1] is None or entry[1].device != like.device:
            entry[0], entry[1] = None, _C.empty((), _C.float64, like.device)
        if isinstance(rate, Tensor):
            entry[0] = None
            _C.copy_(entry[1], rate.detach())
        elif entry[0] is None or entry[0] != rate:
            _C.fill_(entry[1], float(rate))
            entry[0] = rate
        return entry[1]

    def state_dict(self) -> dict[str, Any]:
        """Return state and options, the parameters numbered in order.

        Returns:
            ``{"state": {number: {name: value}}, "param_groups": [{"lr": ..., "params": [numbers]}]}``, ready for
            :func:`dlx.save`. The tensors are the optimizer's own.
        """
        for hook in list(self._hooks["state_dict_pre"].values()):
            hook(self)
        numbers: dict[int, int] = {}
        groups = []
        for group in self.param_groups:
            for param in group["params"]:
                numbers.setdefault(id(param), len(numbers))
            options = {name: value for name, value in group.items() if name != "params"}
            groups.append({**options, "params": [numbers[id(param)] for param in group["params"]]})
        state = {numbers[id(key)] if isinstance(key, Tensor) else key: value for key, value in self.state.items()}
        packed = {"state": state, "param_groups": groups}
        for hook in list(self._hooks["state_dict_post"].values()):
            changed = hook(self, packed)
            packed = packed if changed is None else changed
        return packed

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take state and options that :meth:`state_dict` returned; tensors are copied.

        Args:
            state_dict: of an optimizer with groups of the same sizes.

        Raises:
            ValueError: the groups differ in number or size.
        """
        state_dict = dict(state_dict)
        for hook in list(self._hooks["load_state_dict_pre"].values()):
            changed = hook(self, state_dict)
            state_dict = state_dict if changed is None else changed
        saved = state_dict["param_groups"]
        if len(saved) != len(self.param_groups):
            raise ValueError(
                f"loaded state dict has a different number of parameter groups: {len(saved)}, "
                f"the optimizer has {len(self.param_groups)}"
            )
        for theirs, ours in zip(saved, self.param_groups):
            if len(theirs["params"]) != len(ours["params"]):
                raise ValueError(
                    "loaded state dict contains a parameter group that doesn't match the size of optimizer's group"
                )

        params = {
            number: param
            for theirs, ours in zip(saved, self.param_groups)
            for number, param in zip(theirs["params"], ours["params"])
        }
        state: defaultdict[Any, dict[str, Any]] = defaultdict(dict)
        for key, values in state_dict["state"].items():
            if key in params:
                state[params[key]] = {name: _taken(name, value, params[key]) for name, value in values.items()}
            else:
                state[key] = values
        self.state = state
        self.param_groups = [
            {**{name: value for name, value in theirs.items() if name != "params"}, "params": ours["params"]}
            for theirs, ours in zip(saved, self.param_groups)
        ]
        self._after_load()
        for hook in list(self._hooks["load_state_dict_post"].values()):
            hook(self)

    def _after_load(self) -> None:
        """What a kind of optimizer does once its state has been replaced."""

    def __getstate__(self) -> dict[str, Any]:
        return {"defaults": self.defaults, "state": self.state, "param_groups": self.param_groups}

    def __setstate__(self, state: dict[str, Any]) -> None:
        self.__dict__.update(state, _rates=[], _hooks={kind: OrderedDict() for kind in self._HOOKS})
        self._after_load()

    def __repr__(self) -> str:
        lines = [f"{type(self).__name__} ("]
        for number, group in enumerate(self.param_groups):
            lines.append(f"Parameter Group {number}")
            lines += [f"    {name}: {group[name]}" for name in sorted(group) if name != "params"]
        return "\n".join([*lines, ")"])


_new_number = itertools.count().__next__


def _with_hooks(step: Callable[..., Any]) -> Callable[..., Any]:
    """A class's step, between the hooks."""

    @functools.wraps(step)
    def hooked(self: Optimizer, *args: Any, **kwargs: Any) -> Any:
        hooks = self._hooks
        for hook in list(hooks["step_pre"].values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise RuntimeError(
                        f"a step pre-hook must return None or a tuple (new_args, new_kwargs). Got {changed!r}."
                    )
                args, kwargs = changed
        result = step(self, *args, **kwargs)
        for hook in list(hooks["step_post"].values()):
            hook(self, args, kwargs)
        return result

    return hooked


def new_step(param: Tensor) -> Tensor:
    """A count of steps: a tensor, read and counted by the kernel, so that captured steps count too.

    float64 is exact up to 2**53 steps.
    """
    return _C.full((), 0.0, _C.float64, param.device)


def renew_steps(state: dict[Any, dict[str, Any]]) -> None:
    """Make loaded counts of steps what :func:`new_step` makes: PyTorch saves float32, in old files a number."""
    for param, values in state.items():
        if isinstance(param, Tensor) and "step" in values:
            values["step"] = _C.full((), float(values["step"]), _C.float64, param.device)


def refuse_differentiable(optimizer: str, differentiable: bool) -> None:
    """Raise where gradients through a step are asked for."""
    if differentiable:
        raise ValueError(f"{optimizer}: differentiable=True is not supported: a step writes into the parameters.")


def _taken(name: str, value: Any, param: Tensor) -> Any:
    """A copy of a loaded value, in the dtype and on the device of its parameter; a step count keeps its dtype."""
    if isinstance(value, Tensor):
        dtype = param.dtype if name != "step" and param.dtype.is_floating_point else value.dtype
        return _C.to(value.detach(), param.device, dtype, True, _C.preserve_format)
    if isinstance(value, dict):
        return {inner: _taken(name, item, param) for inner, item in value.items()}
    return value


def check_options(optimizer: str, **options: Any) -> None:
    """Raise for a number that is negative or nan; `betas` must be in [0, 1)."""
    for name, value in options.items():
        if isinstance(value, Tensor):
            continue
        values = {f"{name}[{i}]": beta for i, beta in enumerate(value)} if name == "betas" else {name: value}
        for place, number in values.items():
            if not number >= 0.0:
                raise ValueError(f"{optimizer}: {place} must not be negative. Got {number}.")
            if name == "betas" and not number < 1.0:
                raise ValueError(f"{optimizer}: {place} must be below 1. Got {number}.")
