"""Checkpointing: keep the inputs of a part of the model instead of all it computes, and compute again in backward."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd.function import Function
from dlx.autograd.grad_mode import enable_grad
from dlx.autograd.graph import saved_tensors_hooks

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["checkpoint", "checkpoint_sequential"]


class CheckpointError(RuntimeError):
    """The part computed something else when it was run again."""


class _State:
    """The random numbers and the autocast modes that a part ran under."""

    def __init__(self, random: bool) -> None:
        self._random = _C.default_generator.get_state() if random else None
        self._modes: dict[bool, _C.dtype | None] = {gpu: _C._get_autocast(gpu) for gpu in (False, True)}

    @contextlib.contextmanager
    def restored(self) -> Iterator[None]:
        now = _State(self._random is not None)
        self._set()
        try:
            yield
        finally:
            now._set()

    def _set(self) -> None:
        if self._random is not None:
            _C.default_generator.set_state(self._random)
        for gpu, dtype in self._modes.items():
            _C._set_autocast(gpu, dtype)


class _Part:
    """One run of a part whose saved tensors are numbers until backward asks for the first of them."""

    def __init__(self, run: Callable[[], Any], state: _State, context: Any, check: bool) -> None:
        self.run, self.state, self.context, self.check = run, state, context, check
        self.saved: list[tuple[Any, Any]] = []  # shape and dtype of what the first run saved
        self.again: dict[int, Tensor] = {}

    def pack(self, x: Tensor) -> int:
        self.saved.append((x.shape, x.dtype))
        return len(self.saved) - 1

    def unpack(self, number: int) -> Tensor:
        if number not in self.again:
            self._compute()
        return self.again.pop(number)

    def _compute(self) -> None:
        found: list[Tensor] = []

        def keep(x: Tensor) -> None:
            found.append(x)

        def never(_: None) -> Tensor:
            raise RuntimeError("checkpoint: backward inside of a part that is being computed again is not possible.")

        with self.state.restored(), self.context, enable_grad(), saved_tensors_hooks(keep, never):
            self.run()
        if len(found) != len(self.saved):
            raise CheckpointError(
                f"checkpoint: the part saved {len(self.saved)} tensors when it ran first and {len(found)} when it ran "
                "again. It must do the same both times: no state that changes, no randomness of its own."
            )
        if self.check:
            for i, (x, (shape, dtype)) in enumerate(zip(found, self.saved)):
                if x.shape != shape or x.dtype != dtype:
                    raise CheckpointError(
                        f"checkpoint: tensor {i} that the part saved was {dtype} of shape {tuple(shape)} when it ran "
                        f"first and {x.dtype} of shape {tuple(x.shape)} when it ran again."
                    )
        self.again = dict(enumerate(found))


def _detached(value: Any) -> Any:
    return value.detach().requires_grad_(value.requires_grad) if isinstance(value, _C.Tensor) else value


class _Reentrant(Function):
    """Runs the part without a graph, and in backward with one, on which a backward of its own runs."""

    @staticmethod
    def forward(ctx: Any, function: Callable[..., Any], random: bool, *args: Any) -> Any:
        ctx.function, ctx.state = function, _State(random)
        ctx.tensor_at = [i for i, a in enumerate(args) if isinstance(a, _C.Tensor)]
        ctx.rest = [None if isinstance(a, _C.Tensor) else a for a in args]
        ctx.save_for_backward(*(args[i] for i in ctx.tensor_at))
        return function(*args)

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        from dlx.autograd import backward

        args = list(ctx.rest)
        for i, x in zip(ctx.tensor_at, ctx.saved_tensors):
            args[i] = _detached(x)
        with ctx.state.restored(), enable_grad():
            outputs = ctx.function(*args)
        outputs = (outputs,) if isinstance(outputs, _C.Tensor) else outputs
        pairs = [(out, g) for out, g in zip(outputs, gradients) if isinstance(out, _C.Tensor) and out.requires_grad]
        if not pairs:
            raise RuntimeError("checkpoint: none of the outputs requires grad, so checkpoint() is not needed.")
        backward([out for out, _ in pairs], [g for _, g in pairs])
        return (None, None, *(a.grad if isinstance(a, _C.Tensor) else None for a in args))


def checkpoint(
    function: Callable[..., Any],
    *args: Any,
    use_reentrant: bool | None = None,
    context_fn: Callable[[], tuple[Any, Any]] | None = None,
    determinism_check: str = "default",
    debug: bool = False,
    early_stop: bool = True,
    preserve_rng_state: bool = True,
    **kwargs: Any,
) -> Any:
    """Run a part of the model without keeping what it computes: backward runs it again.

    The memory of the part's intermediate results is saved for the price of a second forward pass through it.

    Args:
        function: the part: a module or function. It must do the same both times.
        args: its arguments.
        use_reentrant: run backward within backward, PyTorch's older way, in which only tensors among ``args`` that
            require grad make the part differentiable; False or None: the part is run again when backward first needs
            something that it saved.
        context_fn: returns two context managers, for the first and the second run.
        determinism_check: ``"default"`` compares shapes and dtypes of both runs, ``"none"`` does not.
        debug: accepted for PyTorch's sake: errors always say which tensor differs.
        early_stop: accepted for PyTorch's sake: the second run goes to its end.
        preserve_rng_state: give the second run the random numbers of the first.
        kwargs: arguments by name for ``function``; not with ``use_reentrant=True``.

    Returns:
        What ``function(*args, **kwargs)`` returns.

    Raises:
        ValueError: arguments that do not go together.
        RuntimeError: in backward, if the second run differs from the first.

    Example:
        >>> x = dlx.tensor([0.5, 1.0], requires_grad=True)
        >>> y = dlx.utils.checkpoint.checkpoint(lambda t: (t.exp() * t).sum(), x)
        >>> y.backward()
        >>> x.grad
        tensor([2.4731, 5.4366])

    Source: Chen et al. 2016, arXiv:1604.06174.
    """
    if determinism_check not in ("default", "none"):
        raise ValueError(f"checkpoint: determinism_check must be 'default' or 'none'. Got {determinism_check!r}.")
    if use_reentrant:
        if kwargs:
            raise ValueError(f"checkpoint: use_reentrant=True takes no keyword arguments. Got {', '.join(kwargs)}.")
        if context_fn is not None:
            raise ValueError("checkpoint: context_fn needs use_reentrant=False.")
        return _Reentrant.apply(function, preserve_rng_state, *args)
    first, second = context_fn() if context_fn is not None else (contextlib.nullcontext(), contextlib.nullcontext())
    if not _C.is_grad_enabled():
        with first:
            return function(*args, **kwargs)
    again = [_detached(a) for a in args]
    named = {name: _detached(a) for name, a in kwargs.items()}
    part = _Part(lambda: function(*again, **named), _State(preserve_rng_state), second, determinism_check == "default")
    with first, saved_tensors_hooks(part.pack, part.unpack):
        return function(*args, **kwargs)


def checkpoint_sequential(
    functions: Any, segments: int, input: Any, use_reentrant: bool | None = None, preserve_rng_state: bool = True
) -> Any:
    """Run a chain of modules in segments, each checkpointed but the last.

    Args:
        functions: a :class:`dlx.nn.Sequential` or a list of modules or functions.
        segments: how many parts to cut it into.
        input: the input of the first.
        use_reentrant: as for :func:`checkpoint`.
        preserve_rng_state: as for :func:`checkpoint`.

    Returns:
        The output of the last.

    Raises:
        ValueError: ``segments`` is less than 1.

    Example:
        >>> layers = [nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 1)]
        >>> dlx.utils.checkpoint.checkpoint_sequential(layers, 2, dlx.ones(2, 4, requires_grad=True)).shape
        dlx.Size([2, 1])
    """
    if segments < 1:
        raise ValueError(f"checkpoint_sequential: segments must be at least 1. Got {segments}.")
    chain: Sequence[Callable[[Any], Any]] = list(functions.children() if hasattr(functions, "children") else functions)
    size = max(len(chain) // segments, 1)

    def part(start: int, end: int) -> Callable[[Any], Any]:
        def forward(x: Any) -> Any:
            for function in chain[start:end]:
                x = function(x)
            return x

        return forward

    start = 0
    for _ in range(min(segments, len(chain)) - 1):
        input = checkpoint(
            part(start, start + size), input, use_reentrant=use_reentrant, preserve_rng_state=preserve_rng_state
        )
        start += size
    return part(start, len(chain))(input)
