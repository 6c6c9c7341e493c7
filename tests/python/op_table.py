"""The op table: what an entry says (Op, Sample, Error), and how its arguments become tensors.

An entry (ops/<family>.py) is data. It gives its arguments as Values, which become tensors when a check asks for them:
in the check's dtype, on its device, in one of several memory layouts, and always with the same contents. op_checks.py
holds the checks, test_ops.py runs them for every entry.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

import dlx

HALVES = (dlx.float16, dlx.bfloat16)
FLOATS = (dlx.float32, dlx.float64, *HALVES)
INTEGERS = (dlx.int64, dlx.int32, dlx.int16, dlx.int8, dlx.uint8)
NUMBERS = (*FLOATS, *INTEGERS)
ALL = (*NUMBERS, dlx.bool)

# Values are drawn and references computed in the widest dtype of the kind: float64, int64 or bool.
_NUMPY = {
    dlx.float32: np.float32, dlx.float64: np.float64, dlx.float16: np.float16, dlx.int64: np.int64, dlx.int32: np.int32,
    dlx.int16: np.int16, dlx.int8: np.int8, dlx.uint8: np.uint8, dlx.bool: np.bool_,
}  # fmt: skip
LAYOUTS = ("transposed", "stepped", "expanded", "first transposed")
SEED = 20240607


def is_float(dtype: dlx.dtype) -> bool:
    return dtype in FLOATS


def wide(dtype: dlx.dtype) -> type[np.generic]:
    return np.float64 if is_float(dtype) else np.bool_ if dtype == dlx.bool else np.int64


# --- arguments as data ---------------------------------------------------------------------------------------------
@dataclass(frozen=True)
class Values:
    """The contents of a tensor argument. `draw(rng, shape, dtype)` makes them, in the wide dtype."""

    shape: tuple[int, ...]
    draw: Callable[[np.random.Generator, tuple[int, ...], dlx.dtype], np.ndarray]
    dtype: dlx.dtype | None = None  # None: the dtype under check
    fixed: bool = False  # takes no gradient
    written: bool = False  # the op writes into it
    memory: tuple[int, ...] | None = None  # its dimensions as they lie in memory, outermost first
    dense: bool = False  # must be contiguous

    def constant(self) -> Values:
        return replace(self, fixed=True)

    def updated(self) -> Values:
        return replace(self, written=True)

    def contiguous(self) -> Values:
        return replace(self, dense=True)

    def channels_last(self) -> Values:
        return replace(self, memory=(0, 2, 3, 1))

    def map(self, f: Callable[[np.ndarray], np.ndarray]) -> Values:
        """Apply `f` to the values where they are floating point."""
        draw = self.draw
        return replace(
            self,
            draw=lambda rng, shape, dtype: f(draw(rng, shape, dtype)) if is_float(dtype) else draw(rng, shape, dtype),
        )

    def __rmul__(self, factor: float) -> Values:
        return self.map(lambda x: factor * x)

    def __add__(self, shift: float) -> Values:
        return self.map(lambda x: x + shift)

    def make(self, dtype: dlx.dtype, slot: int, layout: str) -> tuple[np.ndarray, dlx.dtype]:
        dtype = self.dtype or dtype
        array = self.draw(np.random.default_rng([SEED, slot]), self.shape, dtype)
        if layout == "expanded" and not self.written and array.ndim and len(array) > 1:
            array = np.broadcast_to(array[:1], array.shape)
        return round_to(np.asarray(array), dtype), dtype


def randn(*shape: int, dtype: dlx.dtype | None = None) -> Values:
    """Normal numbers; small integers of both signs, or booleans, in a dtype of that kind."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: dlx.dtype) -> np.ndarray:
        if is_float(dtype):
            return rng.standard_normal(shape)
        if dtype == dlx.bool:
            return rng.integers(0, 2, shape).astype(bool)
        return rng.integers(0 if dtype == dlx.uint8 else -5, 6, shape)

    return Values(shape, draw, dtype)


def positive(*shape: int, dtype: dlx.dtype | None = None) -> Values:
    """Numbers in [0.25, 4), or from 1 to 9."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: dlx.dtype) -> np.ndarray:
        return rng.uniform(0.25, 4, shape) if is_float(dtype) else rng.integers(1, 10, shape).astype(wide(dtype))

    return Values(shape, draw, dtype)


def probabilities(*shape: int, dtype: dlx.dtype | None = None) -> Values:
    return Values(shape, lambda rng, shape, dtype: rng.uniform(0, 1, shape), dtype)


def distinct(*shape: int, dtype: dlx.dtype | None = None) -> Values:
    """Equally spaced numbers in a random order: without ties, at which a maximum has no gradient."""

    def draw(rng: np.random.Generator, shape: tuple[int, ...], dtype: dlx.dtype) -> np.ndarray:
        n = int(np.prod(shape))
        order = rng.permutation(n).reshape(shape)
        return (order - n / 2) * min(0.5, 8 / max(n, 1)) if is_float(dtype) else order.astype(wide(dtype))

    return Values(shape, draw, dtype)


def arange(*shape: int, dtype: dlx.dtype = dlx.int64) -> Values:
    return Values(
        shape, lambda rng, shape, dtype: np.arange(int(np.prod(shape)), dtype=wide(dtype)).reshape(shape), dtype
    )


def indices(*shape: int, below: int, at_least: int = 0) -> Values:
    """int64 in [at_least, below)."""
    return Values(shape, lambda rng, shape, dtype: rng.integers(at_least, below, shape), dlx.int64)


def booleans(*shape: int) -> Values:
    return randn(*shape, dtype=dlx.bool)


def literal(data: Any, dtype: dlx.dtype | None = None) -> Values:
    """Exactly these values."""
    array = np.asarray(data)
    return Values(array.shape, lambda rng, shape, dtype: array.astype(wide(dtype)), dtype)


class _Placeholder:
    pass


DTYPE, DEVICE = _Placeholder(), _Placeholder()  # in a sample: the dtype and the device under check


@dataclass(frozen=True)
class Expect:
    """What a sample adds to what its entry says of results."""

    dtypes: tuple[dlx.dtype, ...] | None = None  # those that the sample makes sense in; None: the entry's
    result: Any = None  # dtype of the result, or a tuple of them
    strides: tuple[int, ...] | None = None
    large: bool = False  # cut into five chunks at least: for the checks with several threads
    smooth: bool = True  # has derivatives there


class Sample:
    """The arguments of one call."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        self.args, self.kwargs, self.expect = args, kwargs, Expect()

    def _with(self, **changes: Any) -> Sample:
        other = Sample(*self.args, **self.kwargs)
        other.expect = replace(self.expect, **changes)
        return other

    def only(self, *dtypes: dlx.dtype) -> Sample:
        return self._with(dtypes=dtypes)

    def gives(self, *result: dlx.dtype | None) -> Sample:
        return self._with(result=result[0] if len(result) == 1 else result)

    def with_strides(self, *strides: int) -> Sample:
        return self._with(strides=strides)

    def large(self) -> Sample:
        return self._with(large=True)

    def kinked(self) -> Sample:
        return self._with(smooth=False)

    def values(self) -> list[Values]:
        return list(_values_in((self.args, self.kwargs)))

    def dtypes(self, op: Op) -> tuple[dlx.dtype, ...]:
        allowed = op.dtypes if self.expect.dtypes is None else self.expect.dtypes
        varies = any(v.dtype is None for v in self.values()) or any(
            a is DTYPE for a in [*self.args, *self.kwargs.values()]
        )
        return allowed if varies else allowed[:1]

    def __repr__(self) -> str:
        parts = [_show(a) for a in self.args] + [f"{k}={_show(v)}" for k, v in self.kwargs.items()]
        return f"Sample({', '.join(parts)})"


class Error:
    """A call that must raise `kind` with `text` in its message."""

    def __init__(
        self, kind: type[Exception] | tuple[type[Exception], ...], text: str, /, *args: Any, **kwargs: Any
    ) -> None:
        self.kind, self.text, self.call = kind, text, Sample(*args, **kwargs)

    def __repr__(self) -> str:
        return f"Error({self.kind}, {self.text!r}, {self.call})"


@dataclass(frozen=True)
class Op:
    """One entry of the table."""

    name: str  # as users write it after "dlx."
    reference: Callable[
        ..., Any
    ]  # on NumPy arrays of float64, int64 and bool; an array, or a tuple with None for what it does not tell
    samples: list[Sample]
    errors: list[Error] = field(default_factory=list)
    dtypes: tuple[dlx.dtype, ...] = FLOATS
    result: Callable[[dlx.dtype], Any] = lambda dtype: dtype  # of the dtype under check
    tolerance: dict[dlx.dtype, float] = field(default_factory=dict)
    gradient: bool = True
    out: bool = False  # takes out=
    in_place: bool = False  # has a method of its name with an underscore
    operator: Callable[..., Any] | None = None  # Python's operator for it
    keeps_order: bool = False  # the result's dimensions lie in memory as the inputs' do
    zeros: bool = False  # the sign of a zero in the result is the reference's
    random: bool = False
    covers: tuple[str, ...] = ()  # functions of dlx._C; its own name if empty
    # What it does not have, and why: samples that are "0-d", "empty" or "parallel" (none opens a parallel region), and
    # "errors"; checks of "layouts", "bits" and a "parallel backward"; "method": that of its name takes its arguments in
    # another order; "casting": out= must have the result's dtype.
    lacks: dict[str, str] = field(default_factory=dict)

    @property
    def short(self) -> str:
        return self.name.rpartition(".")[2]

    def function(self) -> Callable[..., Any]:
        *path, last = self.name.split(".")
        owner: Any = dlx
        for i, part in enumerate(path):
            owner = getattr(owner, part, None) or importlib.import_module("dlx." + ".".join(path[: i + 1]))
        return getattr(owner, last)

    def covered(self) -> tuple[str, ...]:
        return self.covers or (self.short,)

    def tolerance_of(self, dtype: dlx.dtype) -> float:
        default = {dlx.float64: 1e-12, dlx.float32: 3e-6, dlx.float16: 2e-3, dlx.bfloat16: 1.6e-2}
        return self.tolerance.get(dtype, default.get(dtype, 0.0))

    def __repr__(self) -> str:
        return self.name


def load() -> list[Op]:
    """All entries, by family."""
    families = sorted(p.stem for p in (Path(__file__).parent / "ops").glob("*.py"))
    return [op for family in families for op in importlib.import_module(f"ops.{family}").OPS]


# --- from data to tensors ------------------------------------------------------------------------------------------
@dataclass
class Call:
    """Arguments of one call, as tensors and as the arrays that the reference takes."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    arrays: tuple[Any, ...]
    array_kwargs: dict[str, Any]
    leaves: list[dlx.Tensor]
    leaf_slots: list[int]
    written: list[dlx.Tensor]
    values: list[np.ndarray]  # by slot

    def results(self, returned: Any) -> list[dlx.Tensor]:
        """What the call gave: the tensors it returned, then those it wrote into."""
        found = list(tensors_in(returned))
        return found + [w for w in self.written if all(w is not r for r in found)]


def build(
    sample: Sample, dtype: dlx.dtype, device: str = "cpu", layout: str = "plain", *, grad: bool = False,
    values: dict[int, np.ndarray] | None = None,
) -> Call:  # fmt: skip
    """Make the sample's arguments. `grad`: as leaves that require grad. `values`: other contents, by slot."""
    call = Call((), {}, (), {}, [], [], [], [])

    def tensor(v: Values) -> tuple[dlx.Tensor, np.ndarray]:
        slot = len(call.values)
        array, own = v.make(dtype, slot, layout)
        if values and slot in values:
            array = values[slot]
        call.values.append(array)
        here = layout
        if layout == "first transposed":
            here = "transposed" if slot == 0 else "plain"
        if v.dense or (v.written and layout == "expanded"):
            here = "plain"
        x = tensor_of(array, own, device, here, v.memory)
        if grad and is_float(own) and not v.fixed:
            x = x.detach().requires_grad_()
            call.leaves.append(x)
            call.leaf_slots.append(slot)
            if v.written:
                x = x.clone()
        if v.written:
            call.written.append(x)
        return x, array.copy()

    def both(node: Any) -> tuple[Any, Any]:
        if isinstance(node, Values):
            return tensor(node)
        if node is DTYPE:
            return dtype, dtype
        if node is DEVICE:
            return device, device
        if isinstance(node, (list, tuple)):
            pairs = [both(x) for x in node]
            return type(node)(p[0] for p in pairs), type(node)(p[1] for p in pairs)
        return node, node

    call.args, call.arrays = both(sample.args)
    pairs = {k: both(v) for k, v in sample.kwargs.items()}
    call.kwargs, call.array_kwargs = {k: p[0] for k, p in pairs.items()}, {k: p[1] for k, p in pairs.items()}
    return call


def run(op: Op, call: Call, **more: Any) -> list[dlx.Tensor]:
    if op.random:
        dlx.manual_seed(SEED)
    return call.results(op.function()(*call.args, **call.kwargs, **more))


def tensor_of(
    array: np.ndarray, dtype: dlx.dtype, device: str, layout: str = "plain", memory: tuple[int, ...] | None = None
) -> dlx.Tensor:
    """A tensor with these values, lying in memory as `layout` says."""

    def plain(a: np.ndarray) -> dlx.Tensor:
        return dlx.tensor(np.array(a, dtype=_NUMPY.get(dtype, np.float32), order="C"), dtype=dtype, device=device)

    if layout == "transposed" and array.ndim > 1:
        memory = tuple(reversed(range(array.ndim)))
    if layout == "stepped" and array.ndim:
        n = array.shape[-1]
        buffer = np.ones((*array.shape[:-1], 2 * n + 3), array.dtype)
        buffer[..., 2 : 2 + 2 * n : 2] = array
        return plain(buffer)[..., 2 : 2 + 2 * n : 2]
    if layout == "expanded" and array.ndim and len(array) > 1 and (array == array[:1]).all():
        return plain(array[:1]).expand(*array.shape)
    if memory:
        return plain(array.transpose(memory)).permute(*np.argsort(memory).tolist())
    return plain(array)


def array_of(x: dlx.Tensor) -> np.ndarray:
    """A tensor's values in the wide dtype."""
    x = x.detach().to("cpu")
    if x.dtype == dlx.bfloat16:
        x = x.to(dlx.float32)
    return np.array(x.numpy()).astype(wide(x.dtype))


def round_to(array: np.ndarray, dtype: dlx.dtype) -> np.ndarray:
    """Values that `dtype` can hold, still in the wide dtype. Integers wrap around."""
    with np.errstate(all="ignore"):
        if dtype != dlx.bfloat16:
            return array.astype(_NUMPY[dtype]).astype(wide(dtype))
        bits = array.astype(np.float32).view(np.uint32)
        rounded = ((bits + 0x7FFF + ((bits >> 16) & 1)) & np.uint32(0xFFFF0000)).view(np.float32)
        return np.where(np.isfinite(array), rounded, array).astype(np.float64)


def tensors_in(tree: Any) -> Iterator[dlx.Tensor]:
    if isinstance(tree, dlx.Tensor):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for x in tree:
            yield from tensors_in(x)


def _values_in(tree: Any) -> Iterable[Values]:
    if isinstance(tree, Values):
        yield tree
    elif isinstance(tree, (list, tuple)):
        for x in tree:
            yield from _values_in(x)
    elif isinstance(tree, dict):
        for x in tree.values():
            yield from _values_in(x)


def _show(argument: Any) -> str:
    if isinstance(argument, Values):
        return f"<{argument.shape}{'' if argument.dtype is None else f' {argument.dtype}'}>"
    if isinstance(argument, _Placeholder):
        return "DTYPE" if argument is DTYPE else "DEVICE"
    if isinstance(argument, (list, tuple)):
        return f"[{', '.join(map(_show, argument))}]"
    return repr(argument)
