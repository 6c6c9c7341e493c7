"""What the faces of several families need to read their arguments."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor


def other_name(function: str, first: str, value: Any, second: str, other: Any) -> Any:
    """The value of an argument that has two names (`dim` and `axis`), where the second was used."""
    if value is not None:
        raise TypeError(
            f"{function}: {first} and {second} are two names of one argument. "
            f"Got {first}={value!r} and {second}={other!r}."
        )
    return other


def two_outputs(function: str, first: str, second: str, out: Any) -> tuple[Any, Any]:
    """The two tensors of an out= that takes two; (None, None) if it was not given."""
    if out is None:
        return None, None
    if not isinstance(out, (tuple, list)) or len(out) != 2:
        raise TypeError(f"{function}: out must be two tensors ({first}, {second}). Got {type(out).__name__}.")
    return out[0], out[1]


def required(function: str, name: str) -> TypeError:
    return TypeError(f"{function}: missing required argument '{name}'.")


def pair(function: str, name: str, value: Any) -> tuple[int, int]:
    """(height, width) of an argument given as one int or as two."""
    if isinstance(value, int):
        return value, value
    try:
        both = tuple(value)
    except TypeError:
        raise TypeError(f"{function}: {name} must be an int or two ints. Got {type(value).__name__}.") from None
    if len(both) == 1:
        both += both
    if len(both) != 2:
        raise ValueError(f"{function}: {name} must be an int or two ints (height, width). Got {value!r}.")
    return both


def each_dim(function: str, name: str, value: Any, count: int) -> tuple[int, ...]:
    """An argument given as one int or as one for each of `count` dimensions."""
    if isinstance(value, int):
        return (value,) * count
    try:
        values = tuple(value)
    except TypeError:
        raise TypeError(f"{function}: {name} must be an int or {count} ints. Got {type(value).__name__}.") from None
    if len(values) == 1:
        values *= count
    if len(values) != count:
        raise ValueError(f"{function}: {name} must be an int or {count} ints. Got {value!r}.")
    return values


def into(out: Tensor | None, result: Tensor) -> Tensor:
    """The result, or `out` with the result written to it."""
    if out is None:
        return result
    if out.shape != result.shape:
        raise _C.ShapeError(f"out: it has shape {tuple(out.shape)} but the result has {tuple(result.shape)}.")
    return _C.copy_(out, result)
