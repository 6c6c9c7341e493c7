"""The graph itself: what it saves, and its nodes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx._C import Node

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["Node", "save_on_cpu", "saved_tensors_hooks"]


class saved_tensors_hooks:
    """Decide where the tensors go that operations save for the backward pass, for the time of a ``with`` block.

    Args:
        pack_hook: takes a tensor that an operation saves and returns anything; it must not change the tensor.
        unpack_hook: takes what ``pack_hook`` returned and gives a tensor of the same values, shape and dtype.

    Raises:
        TypeError: a hook cannot be called.

    Example:
        >>> x = dlx.tensor([1.0, 2.0], requires_grad=True)
        >>> with dlx.autograd.graph.saved_tensors_hooks(lambda t: t.numpy().copy(), dlx.from_numpy):
        ...     y = (x * x).sum()
        >>> y.backward()
        >>> x.grad
        tensor([2., 4.])
    """

    def __init__(self, pack_hook: Callable[[Tensor], Any], unpack_hook: Callable[[Any], Tensor]) -> None:
        self.pack_hook = pack_hook
        self.unpack_hook = unpack_hook

    def __enter__(self) -> None:
        _C._push_saved_hooks(self.pack_hook, self.unpack_hook)

    def __exit__(self, *error: object) -> None:
        _C._pop_saved_hooks()


class save_on_cpu(saved_tensors_hooks):
    """Keep what operations save in the memory of the host, for the time of a ``with`` block; backward fetches it.

    Args:
        pin_memory: not supported: an error if True.
        device_type: the device whose memory is to be spared; tensors elsewhere stay where they are.
    """

    def __init__(self, pin_memory: bool = False, device_type: str = "cuda") -> None:
        if pin_memory:
            raise NotImplementedError("save_on_cpu: dlx has no pinned memory; pass pin_memory=False.")

        def pack(x: Tensor) -> Any:
            return (x.device, x.to("cpu")) if x.device.type == device_type else (None, x)

        def unpack(packed: Any) -> Tensor:
            device, x = packed
            return x if device is None else x.to(device)

        super().__init__(pack, unpack)
