"""How tensors print: as PyTorch prints them. The type's repr comes here, and only then is this file read."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from dlx import _C


class _Options:
    """Settings of :func:`set_printoptions`."""

    precision = 4  # digits after the point
    threshold = 1000  # more elements than this are summarised
    edgeitems = 3  # so many from each end then
    linewidth = 80
    sci_mode: bool | None = None  # None: by the values


_PROFILES: dict[str, dict[str, Any]] = {
    "default": {"precision": 4, "threshold": 1000, "edgeitems": 3, "linewidth": 80},
    "short": {"precision": 2, "threshold": 1000, "edgeitems": 2, "linewidth": 80},
    "full": {"precision": 4, "threshold": math.inf, "edgeitems": 3, "linewidth": 80},
}


def set_printoptions(
    precision: int | None = None,
    threshold: float | None = None,
    edgeitems: int | None = None,
    linewidth: int | None = None,
    profile: str | None = None,
    sci_mode: bool | None = None,
) -> None:
    """Set how tensors print.

    Args:
        precision: digits after the point (4).
        threshold: the number of elements above which the middle is left out (1000).
        edgeitems: how many elements are shown at each end then (3).
        linewidth: characters in a line (80).
        profile: 'default', 'short' or 'full', a set of the above.
        sci_mode: always or never print ``1.0000e-05``; by the values if None.

    Raises:
        ValueError: an unknown profile.

    Example:
        >>> dlx.set_printoptions(precision=2)
        >>> dlx.tensor([1 / 3])
        tensor([0.33])
        >>> dlx.set_printoptions(profile="default")
    """
    settings: dict[str, Any] = {}
    if profile is not None:
        if profile not in _PROFILES:
            raise ValueError(
                f"set_printoptions: profile must be one of {', '.join(map(repr, _PROFILES))}. Got {profile!r}."
            )
        settings.update(_PROFILES[profile])
    given = {"precision": precision, "threshold": threshold, "edgeitems": edgeitems, "linewidth": linewidth}
    settings.update({name: value for name, value in given.items() if value is not None})
    settings["sci_mode"] = sci_mode
    for name, value in settings.items():
        setattr(_Options, name, value)


def tensor_repr(tensor: Any) -> str:
    """The text of a tensor: its values, and of its attributes those that are not the usual ones."""
    prefix = "tensor("
    suffixes = []
    dtype = tensor.dtype
    if tensor.device.type != "cpu":
        suffixes.append(f"device='{tensor.device}'")
    usual = dtype in (_C.get_default_dtype(), _C.int64, _C.bool)
    if tensor.numel() == 0:
        if tensor.ndim != 1:
            suffixes.append(f"size={tuple(tensor.shape)}")
        usual = dtype == _C.get_default_dtype()
        text = "[]"
    else:
        text = _values(tensor, len(prefix))
    if not usual:
        suffixes.append(f"dtype={dtype}")
    if tensor.grad_fn is not None:
        suffixes.append(f"grad_fn={tensor.grad_fn!r}")
    elif tensor.requires_grad:
        suffixes.append("requires_grad=True")
    return _with_suffixes(prefix + text, suffixes, indent=len(prefix))


def _with_suffixes(text: str, suffixes: list[str], indent: int) -> str:
    width = len(text) - text.rfind("\n") - 1
    for suffix in suffixes:
        if width + len(suffix) + 2 > _Options.linewidth:
            text += ",\n" + " " * indent + suffix
            width = indent + len(suffix)
        else:
            text += ", " + suffix
            width += len(suffix) + 2
    return text + ")"


def _values(tensor: Any, indent: int) -> str:
    tensor = tensor.detach()
    summarise = tensor.numel() > _Options.threshold
    if summarise:
        tensor = _corners(tensor)
    tensor = tensor.to("cpu")
    array = (tensor.to(_C.float32) if tensor.dtype == _C.bfloat16 else tensor).numpy()
    return _nested(array, indent, _formatter(array), summarise)


def _corners(tensor: Any) -> Any:
    """The first and last elements of each dimension, one more than are shown: a longer dimension is known by it."""
    edge = _Options.edgeitems
    for dim, size in enumerate(tensor.shape):
        if size > 2 * edge:
            parts = [_C.narrow(tensor, dim, 0, edge + 1), _C.narrow(tensor, dim, size - edge, edge)]
            tensor = _C.cat(parts, dim, None)
    return tensor


def _nested(array: np.ndarray[Any, Any], indent: int, formatter: Any, summarise: bool) -> str:
    if array.ndim == 0:
        return formatter(array.item())
    edge = _Options.edgeitems
    cut = summarise and len(array) > 2 * edge
    shown = [*array[:edge], *array[len(array) - edge :]] if cut else array
    if array.ndim == 1:
        items = [formatter(value.item()) for value in shown]
        if cut:
            items.insert(edge, " ...")
        width = max(len(item) for item in items if item != " ...") + 2 if items else 2
        per_line = max(1, (_Options.linewidth - indent) // width)
        lines = [", ".join(items[i : i + per_line]) for i in range(0, len(items), per_line)]
        return "[" + (",\n" + " " * (indent + 1)).join(lines) + "]"
    rows = [_nested(row, indent + 1, formatter, summarise) for row in shown]
    if cut:
        rows.insert(edge, "...")
    return "[" + ("," + "\n" * (array.ndim - 1) + " " * (indent + 1)).join(rows) + "]"


def _formatter(array: np.ndarray[Any, Any]) -> Any:
    """A function that writes one value, all to the same width."""
    if array.dtype.kind != "f":
        width = max((len(str(value)) for value in array.reshape(-1).tolist()), default=0)
        return lambda value: str(value).rjust(width)

    precision = _Options.precision
    values = array.reshape(-1).astype(np.float64)
    finite = np.abs(values[np.isfinite(values) & (values != 0)])
    whole = bool((finite == np.ceil(finite)).all())
    scientific = False
    if finite.size:
        largest, smallest = finite.max(), finite.min()
        with np.errstate(over="ignore"):
            scientific = largest / smallest > 1000.0 or largest > 1e8 or (not whole and smallest < 1e-4)
    if _Options.sci_mode is not None:
        scientific = _Options.sci_mode

    def write(value: float) -> str:
        if scientific:
            return f"{value:.{precision}e}"
        if whole:
            return f"{value:.0f}" + ("." if math.isfinite(value) else "")
        return f"{value:.{precision}f}"

    signed = values[np.isfinite(values) & (values != 0)]
    width = max((len(write(value)) for value in signed.tolist()), default=1)
    return lambda value: write(value).rjust(width)


def tensor_format(tensor: Any, spec: str) -> str:
    """format(tensor, spec): a tensor without dimensions is formatted as its number, any other only without a spec."""
    if tensor.ndim == 0 and (spec or type(tensor) is _C.Tensor):
        return format(tensor.item(), spec)
    if spec:
        raise TypeError(
            f"format: only a tensor without dimensions takes a format. Got {spec!r} for shape {tuple(tensor.shape)}."
        )
    return repr(tensor)
