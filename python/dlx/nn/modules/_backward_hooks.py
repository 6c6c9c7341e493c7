"""Full backward hooks of modules: an identity around the inputs and one around the outputs tell when gradients pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.autograd.function import Function

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx.nn.modules.module import Module


class _Watch(Function):
    """Returns its inputs, as outputs of one node."""

    @staticmethod
    def forward(ctx: Any, *args: Tensor) -> Any:
        ctx.set_materialize_grads(False)
        outputs = tuple(a.view_as(a) for a in args)
        ctx.mark_non_differentiable(*(out for out, a in zip(outputs, args) if not a.requires_grad))
        return outputs

    @staticmethod
    def backward(ctx: Any, *gradients: Any) -> Any:
        return gradients


def _watched(values: tuple[Any, ...]) -> tuple[tuple[Any, ...], list[int], Any]:
    """The values with their tensors passed through one node; where they are; and the node, if any wants a gradient."""
    at = [i for i, v in enumerate(values) if isinstance(v, _C.Tensor)]
    if not _C.is_grad_enabled() or not any(values[i].requires_grad for i in at):
        return values, at, None
    passed = list(values)
    for i, tensor in zip(at, _Watch.apply(*(values[i] for i in at))):
        passed[i] = tensor
    node = next(passed[i].grad_fn for i in at if passed[i].grad_fn is not None)
    return tuple(passed), at, node


def _spread(gradients: tuple[Any, ...], at: list[int], n: int) -> tuple[Any, ...]:
    whole: list[Any] = [None] * n
    for i, g in zip(at, gradients):
        whole[i] = g
    return tuple(whole)


def _chosen(result: Any, at: list[int], n: int, what: str) -> tuple[Any, ...]:
    listed = result if isinstance(result, (tuple, list)) else (result,)
    if len(listed) != n:
        raise RuntimeError(f"module backward hook: it must return {n} of {what}. Got {len(listed)}.")
    return tuple(listed[i] for i in at)


class BackwardHooks:
    """The hooks of one call of a module."""

    def __init__(self, module: Module) -> None:
        self.module = module
        self.hooks = tuple(module._backward_hooks.values())
        self.pre_hooks = tuple(module._backward_pre_hooks.values())
        self.grad_output: tuple[Any, ...] | None = None
        self.inputs_watched = False

    def watch_inputs(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        if not self.hooks:
            return args
        passed, at, node = _watched(args)
        if node is None:
            return args
        self.inputs_watched = True

        def arrived(grad_inputs: tuple[Any, ...], _: Any) -> Any:
            if self.grad_output is None:
                raise RuntimeError(
                    f"module backward hook: gradients reached the inputs of {type(self.module).__name__} before those "
                    "of its outputs. The output must depend on the inputs through forward."
                )
            gradients = _spread(grad_inputs, at, len(args))
            changed = False
            for hook in self.hooks:
                result = hook(self.module, gradients, self.grad_output)
                if result is not None:
                    gradients = _spread(_chosen(result, at, len(args), "grad_input"), at, len(args))
                    changed = True
            self.grad_output = None
            return tuple(gradients[i] for i in at) if changed else None

        node.register_hook(arrived)
        return passed

    def watch_outputs(self, result: Any) -> Any:
        single = not isinstance(result, (tuple, list))
        values = (result,) if single else tuple(result)
        passed, at, node = _watched(values)
        if node is None:
            return result

        def leaving(gradients: tuple[Any, ...]) -> Any:
            whole = _spread(gradients, at, len(values))
            changed = False
            for hook in self.pre_hooks:
                answer = hook(self.module, whole)
                if answer is not None:
                    whole = _spread(_chosen(answer, at, len(values), "grad_output"), at, len(values))
                    changed = True
            self.grad_output = whole
            if self.hooks and not self.inputs_watched:  # no input wants a gradient: nothing else will arrive
                for hook in self.hooks:
                    if hook(self.module, (), whole) not in (None, ()):
                        raise RuntimeError(
                            "module backward hook: it returned gradients for inputs of which none requires grad."
                        )
            return tuple(whole[i] for i in at) if changed else None

        node.register_prehook(leaving)
        if single:
            return passed[0]
        return type(result)(*passed) if hasattr(result, "_fields") else type(result)(passed)
