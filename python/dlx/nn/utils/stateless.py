"""Calling a module with other tensors in the place of its parameters."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from dlx.nn.modules.module import Module

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["functional_call"]


def functional_call(
    module: Module,
    parameters_and_buffers: Mapping[str, Tensor] | Sequence[Mapping[str, Tensor]],
    args: Any = None,
    kwargs: dict[str, Any] | None = None,
    *,
    tie_weights: bool = True,
    strict: bool = False,
) -> Any:
    """Call a module with other tensors in the place of its parameters and buffers; it is itself not changed.

    Args:
        module: any module.
        parameters_and_buffers: ``{name: tensor}``, or several such; the module's own are used for missing names.
        args: arguments of the call, a tuple or one that is not.
        kwargs: named arguments of the call.
        tie_weights: a parameter that has several names is replaced under all of them by a tensor for one.
        strict: raise if a name is missing or not known.

    Returns:
        What the module returns.

    Raises:
        RuntimeError: a name is not known or, if ``strict``, missing.
        ValueError: several names of one parameter are given different tensors.

    Example:
        >>> layer = nn.Linear(1, 1, bias=False)
        >>> weight = dlx.tensor([[3.0]], requires_grad=True)
        >>> dlx.nn.utils.stateless.functional_call(layer, {"weight": weight}, dlx.tensor([2.0])).item()
        6.0
    """
    if isinstance(parameters_and_buffers, Mapping):
        given = dict(parameters_and_buffers)
    else:
        given = {}
        for part in parameters_and_buffers:
            repeated = given.keys() & part.keys()
            if repeated:
                raise ValueError(f"functional_call: {sorted(repeated)[0]!r} is in several of the dicts.")
            given.update(part)
    arguments = () if args is None else args if isinstance(args, tuple) else (args,)
    with _replaced(module, given, tie_weights, strict):
        return module(*arguments, **(kwargs or {}))


@contextlib.contextmanager
def _replaced(module: Module, given: dict[str, Tensor], tie_weights: bool, strict: bool) -> Iterator[None]:
    own: dict[str, Any] = {
        **dict(module.named_parameters(remove_duplicate=False)),
        **dict(module.named_buffers(remove_duplicate=False)),
    }
    unknown = sorted(given.keys() - own.keys())
    if unknown:
        raise RuntimeError(f"functional_call: the module has no parameter or buffer {unknown[0]!r}.")
    replacements = dict(given)
    if tie_weights:
        for name, tensor in given.items():
            for other, own_tensor in own.items():
                if own_tensor is own[name] and replacements.setdefault(other, tensor) is not tensor:
                    raise ValueError(
                        f"functional_call: {name!r} and {other!r} are one tensor in the module but are given two."
                    )
    missing = sorted(own.keys() - replacements.keys())
    if strict and missing:
        raise RuntimeError(f"functional_call: {missing[0]!r} is missing.")

    undo: list[tuple[dict[str, Any], str, Any]] = []
    try:
        for path, tensor in replacements.items():
            holder_path, _, name = path.rpartition(".")
            holder = module.get_submodule(holder_path)
            place: dict[str, Any] = holder._parameters if name in holder._parameters else holder._buffers
            undo.append((place, name, place[name]))
            place[name] = tensor
        yield
    finally:
        for place, name, before in undo:
            place[name] = before


def __getattr__(name: str) -> Any:
    from dlx._absent import absent

    raise absent("dlx.nn.utils.stateless", name)
