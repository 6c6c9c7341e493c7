"""Mixed precision: products in bfloat16 or float16, the rest in float32; and scaled losses, which float16 needs."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any, TypeVar

from dlx import _C

if TYPE_CHECKING:
    from dlx._C import Tensor, dtype
    from dlx.optim import Optimizer

    F = TypeVar("F", bound=Callable[..., Any])

__all__ = [
    "GradScaler", "autocast", "clear_autocast_cache", "custom_bwd", "custom_fwd", "get_autocast_dtype",
    "is_autocast_available", "is_autocast_enabled", "set_autocast_enabled",
]  # fmt: skip

_DEVICES = ("cpu", "cuda")


def _check_device(name: str, device_type: str) -> None:
    if device_type not in _DEVICES:
        raise ValueError(f"{name}: device_type must be 'cpu' or 'cuda'. Got {device_type!r}.")


def is_autocast_available(device_type: str) -> bool:
    """Ask whether :class:`autocast` knows a device.

    Example:
        >>> dlx.amp.is_autocast_available("cpu")
        True
    """
    return device_type in _DEVICES


def is_autocast_enabled(device_type: str = "cuda") -> bool:
    """Ask whether this thread is under :class:`autocast` for a device now.

    Example:
        >>> dlx.is_autocast_enabled("cpu")
        False
    """
    _check_device("is_autocast_enabled", device_type)
    return _C._get_autocast(device_type == "cuda") is not None


def get_autocast_dtype(device_type: str) -> dtype:
    """Return the dtype of products under :class:`autocast`: what is set now, or the device's default.

    Example:
        >>> dlx.get_autocast_dtype("cpu")
        dlx.bfloat16
    """
    _check_device("get_autocast_dtype", device_type)
    return _C._get_autocast(device_type == "cuda") or (_C.bfloat16 if device_type == "cpu" else _C.float16)


def set_autocast_enabled(device_type: str, enabled: bool) -> None:
    """Switch autocast on or off for a device on this thread; :class:`autocast` does it for the time of a block."""
    dtype = get_autocast_dtype(device_type)
    _C._set_autocast(device_type == "cuda", dtype if enabled else None)


def clear_autocast_cache() -> None:
    """Do nothing: dlx keeps no casts of weights."""


class autocast:
    """Compute products in a half dtype, for the time of a ``with`` block or of each call of a function it decorates.

    Linear layers, matrix products, convolutions, attention and recurrent layers get their tensors in ``dtype``; losses
    get float32; ``cat`` and ``stack`` the widest dtype of their parts; everything else computes in the dtype it is
    given. Weights stay float32, and so do their gradients. float64 is left alone.

    Args:
        device_type: ``"cpu"`` or ``"cuda"``: which tensors it holds for.
        dtype: bfloat16 or float16; if None, bfloat16 on the CPU and float16 on a GPU.
        enabled: whether it does anything.
        cache_enabled: accepted for PyTorch's sake; casts are not kept.

    Raises:
        ValueError: another ``device_type``.
        DtypeError: another ``dtype``.

    Example:
        >>> layer, x = nn.Linear(4, 2), dlx.ones(3, 4)
        >>> with dlx.autocast("cpu"):
        ...     y = layer(x)
        >>> y.dtype
        dlx.bfloat16
    """

    def __init__(
        self, device_type: str, dtype: dtype | None = None, enabled: bool = True, cache_enabled: bool | None = None
    ) -> None:
        if not isinstance(device_type, str):
            raise ValueError(f"autocast: device_type must be a str. Got {type(device_type).__name__}.")
        _check_device("autocast", device_type)
        default = get_autocast_dtype(device_type)
        self.device = device_type
        self.fast_dtype = default if dtype is None else dtype
        if self.fast_dtype not in (_C.float16, _C.bfloat16):
            raise _C.DtypeError(f"autocast: dtype must be dlx.float16 or dlx.bfloat16. Got {dtype}.")
        self._enabled = bool(enabled)
        self._before: list[Any] = []

    def __enter__(self) -> autocast:
        self._before.append(_C._get_autocast(self.device == "cuda"))
        _C._set_autocast(self.device == "cuda", self.fast_dtype if self._enabled else None)
        return self

    def __exit__(self, *error: object) -> None:
        _C._set_autocast(self.device == "cuda", self._before.pop())

    def __call__(self, func: F) -> F:
        @functools.wraps(func)
        def wrapper(*args: Any, **kwargs: Any) -> Any:
            with self:
                return func(*args, **kwargs)

        return wrapper  # type: ignore[return-value]


def _cast(value: Any, dtype: dtype) -> Any:
    if isinstance(value, _C.Tensor):
        return value.to(dtype) if value.dtype.is_floating_point and value.dtype != _C.float64 else value
    if isinstance(value, dict):
        return {k: _cast(v, dtype) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return type(value)(_cast(v, dtype) for v in value)
    return value


def custom_fwd(fwd: Any = None, *, device_type: str, cast_inputs: dtype | None = None) -> Any:
    """Decorate the ``forward`` of a :class:`dlx.autograd.Function` for use under :class:`autocast`.

    Args:
        fwd: the function.
        device_type: ``"cpu"`` or ``"cuda"``.
        cast_inputs: the dtype that floating-point arguments are converted to, with autocast off inside; if None, the
            function runs under the autocast of its caller.
    """
    _check_device("custom_fwd", device_type)
    if fwd is None:
        return functools.partial(custom_fwd, device_type=device_type, cast_inputs=cast_inputs)

    @functools.wraps(fwd)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        ctx._autocast_dtype = get_autocast_dtype(device_type)
        ctx._autocast_enabled = is_autocast_enabled(device_type)
        if cast_inputs is None or not ctx._autocast_enabled:
            return fwd(ctx, *args, **kwargs)
        ctx._autocast_enabled = False
        with autocast(device_type, enabled=False):
            return fwd(ctx, *_cast(args, cast_inputs), **_cast(kwargs, cast_inputs))

    return wrapper


def custom_bwd(bwd: Any = None, *, device_type: str) -> Any:
    """Decorate the ``backward`` of a Function whose ``forward`` has :func:`custom_fwd`: it runs under the same modes.

    Args:
        bwd: the function.
        device_type: ``"cpu"`` or ``"cuda"``.
    """
    _check_device("custom_bwd", device_type)
    if bwd is None:
        return functools.partial(custom_bwd, device_type=device_type)

    @functools.wraps(bwd)
    def wrapper(ctx: Any, *args: Any, **kwargs: Any) -> Any:
        with autocast(device_type, ctx._autocast_dtype, enabled=ctx._autocast_enabled):
            return bwd(ctx, *args, **kwargs)

    return wrapper


class GradScaler:
    """Scale the loss so that float16 gradients do not vanish, and skip the steps in which they overflow.

    ``scaler.scale(loss).backward(); scaler.step(optimizer); scaler.update()``. A step whose gradients hold an inf or
    nan is skipped and the scale multiplied by ``backoff_factor``; after ``growth_interval`` good steps it is
    multiplied by ``growth_factor``.

    Args:
        device: accepted for PyTorch's sake; gradients may be anywhere.
        init_scale: the first scale.
        growth_factor: greater than 1.
        backoff_factor: less than 1.
        growth_interval: steps without overflow before the scale grows.
        enabled: if False, all methods pass through.

    Example:
        >>> x = dlx.nn.Parameter(dlx.ones(1))
        >>> optimizer, scaler = dlx.optim.SGD([x], lr=0.5), dlx.amp.GradScaler("cpu")
        >>> scaler.scale((x * 2).sum()).backward()
        >>> scaler.step(optimizer)
        >>> scaler.update()
        >>> x.item()
        0.0

    Source: Micikevicius et al. 2018, arXiv:1710.03740.
    """

    def __init__(
        self,
        device: str = "cuda",
        init_scale: float = 2.0**16,
        growth_factor: float = 2.0,
        backoff_factor: float = 0.5,
        growth_interval: int = 2000,
        enabled: bool = True,
    ) -> None:
        if growth_factor <= 1.0:
            raise ValueError(f"GradScaler: growth_factor must be greater than 1. Got {growth_factor}.")
        if backoff_factor >= 1.0:
            raise ValueError(f"GradScaler: backoff_factor must be less than 1. Got {backoff_factor}.")
        self._device = device
        self._scale = float(init_scale)
        self._growth_factor = growth_factor
        self._backoff_factor = backoff_factor
        self._growth_interval = growth_interval
        self._growth_tracker = 0
        self._enabled = enabled
        self._found: dict[int, bool] = {}  # optimizers whose gradients are unscaled: is there an overflow?
        self._stepped: set[int] = set()

    def scale(self, outputs: Any) -> Any:
        """Multiply a tensor, or all in a list or tuple, by the scale."""
        if not self._enabled:
            return outputs
        if isinstance(outputs, _C.Tensor):
            return outputs * self._scale
        if isinstance(outputs, (list, tuple)):
            return type(outputs)(self.scale(x) for x in outputs)
        if isinstance(outputs, Iterable):
            return map(self.scale, outputs)
        raise ValueError(f"scale: outputs must be a Tensor or an iterable of Tensors. Got {type(outputs).__name__}.")

    def unscale_(self, optimizer: Optimizer) -> None:
        """Divide the gradients of an optimizer's parameters by the scale: before clipping them, at most once a step.

        Raises:
            RuntimeError: it was called already for this step.
        """
        if not self._enabled:
            return
        if id(optimizer) in self._stepped:
            raise RuntimeError("unscale_() is being called after step().")
        if id(optimizer) in self._found:
            raise RuntimeError("unscale_() has already been called on this optimizer since the last update().")
        self._found[id(optimizer)] = self._unscale(optimizer)

    def _unscale(self, optimizer: Optimizer) -> bool:
        overflow = False
        for group in optimizer.param_groups:
            for parameter in group["params"]:
                if parameter.grad is not None:
                    gradient = parameter.grad.detach()
                    gradient.mul_(1.0 / self._scale)
                    overflow |= not _all_finite(gradient)
        return overflow

    def step(self, optimizer: Optimizer, *args: Any, **kwargs: Any) -> Any:
        """Unscale the gradients if that is not done, and call ``optimizer.step`` unless they overflowed.

        Returns:
            What ``optimizer.step`` returns; None if the step is skipped.

        Raises:
            RuntimeError: a closure is given, or the optimizer was stepped already since ``update``.
        """
        if not self._enabled:
            return optimizer.step(*args, **kwargs)
        if "closure" in kwargs:
            raise RuntimeError("Closure use is not currently supported if GradScaler is enabled.")
        if id(optimizer) in self._stepped:
            raise RuntimeError("step() has already been called since the last update().")
        if id(optimizer) not in self._found:
            self.unscale_(optimizer)
        self._stepped.add(id(optimizer))
        return None if self._found[id(optimizer)] else optimizer.step(*args, **kwargs)

    def update(self, new_scale: float | Tensor | None = None) -> None:
        """Adjust the scale after the steps of one iteration, or set it.

        Raises:
            RuntimeError: no optimizer was stepped or unscaled since the last time.
        """
        if not self._enabled:
            return
        if new_scale is not None:
            self._scale = float(new_scale)
        elif not self._found:
            raise RuntimeError("No inf checks were recorded prior to update.")
        elif any(self._found.values()):
            self._scale *= self._backoff_factor
            self._growth_tracker = 0
        else:
            self._growth_tracker += 1
            if self._growth_tracker == self._growth_interval:
                self._scale *= self._growth_factor
                self._growth_tracker = 0
        self._found.clear()
        self._stepped.clear()

    def get_scale(self) -> float:
        """Return the scale; 1 if scaling is off."""
        return self._scale if self._enabled else 1.0

    def get_growth_factor(self) -> float:
        """Return what the scale is multiplied by when it grows."""
        return self._growth_factor

    def set_growth_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by when it grows."""
        self._growth_factor = new_factor

    def get_backoff_factor(self) -> float:
        """Return what the scale is multiplied by after an overflow."""
        return self._backoff_factor

    def set_backoff_factor(self, new_factor: float) -> None:
        """Set what the scale is multiplied by after an overflow."""
        self._backoff_factor = new_factor

    def get_growth_interval(self) -> int:
        """Return after how many good steps the scale grows."""
        return self._growth_interval

    def set_growth_interval(self, new_interval: int) -> None:
        """Set after how many good steps the scale grows."""
        self._growth_interval = new_interval

    def is_enabled(self) -> bool:
        """Ask whether scaling is on."""
        return self._enabled

    def state_dict(self) -> dict[str, Any]:
        """Return the state, to be saved with those of the model and the optimizer."""
        if not self._enabled:
            return {}
        return {
            "scale": self._scale,
            "growth_factor": self._growth_factor,
            "backoff_factor": self._backoff_factor,
            "growth_interval": self._growth_interval,
            "_growth_tracker": self._growth_tracker,
        }

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take what :meth:`state_dict` returned.

        Raises:
            RuntimeError: the dict is empty: it comes from a scaler that was off.
        """
        if not self._enabled:
            return
        if not state_dict:
            raise RuntimeError("load_state_dict: the state is empty; the scaler that it comes from was disabled.")
        self._scale = float(state_dict["scale"])
        self._growth_factor = state_dict["growth_factor"]
        self._backoff_factor = state_dict["backoff_factor"]
        self._growth_interval = state_dict["growth_interval"]
        self._growth_tracker = state_dict["_growth_tracker"]


def _all_finite(x: Tensor) -> bool:
    """X * 0 is 0 but where x is inf or nan, so one sum tells."""
    return bool((x * 0).sum() == 0)
