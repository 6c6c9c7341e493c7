"""Linear layers."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.nn import init
from dlx.nn.modules.lazy import Lazy
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.ops.bilinear import bilinear
from dlx.ops.creation import empty
from dlx.ops.matmul import linear

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device

__all__ = ["Bilinear", "Identity", "LazyLinear", "Linear"]


class Linear(Module):
    """Apply a linear map to the last dimension: ``out = input @ weight.T + bias``.

    Args:
        in_features: size of the last dimension of the input.
        out_features: size of the last dimension of the output.
        bias: whether to add a bias.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(*, in_features)``, output ``(*, out_features)``, weight ``(out_features, in_features)``, bias
    ``(out_features,)``; both start uniform on ``[-1/sqrt(in_features), 1/sqrt(in_features))``.

    Example:
        >>> nn.Linear(20, 30)(dlx.zeros(128, 20)).shape
        dlx.Size([128, 30])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        if in_features < 0 or out_features < 0:
            raise ValueError(f"Linear: features must not be negative. Got ({in_features}, {out_features}).")
        self.in_features = in_features
        self.out_features = out_features
        shapes = self._shapes()
        self.weight = Parameter(empty(shapes["weight"], dtype=dtype, device=device))
        if bias:
            self.bias = Parameter(empty(shapes["bias"], dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def _shapes(self) -> dict[str, tuple[int, ...]]:
        return {"weight": (self.out_features, self.in_features), "bias": (self.out_features,)}

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


class LazyLinear(Lazy, Linear):
    """A :class:`Linear` layer whose ``in_features`` the first input tells.

    Args:
        out_features: size of the last dimension of the output.
        bias: whether to add a bias.
        device: of the parameters.
        dtype: of the parameters.

    Example:
        >>> layer = nn.LazyLinear(30)
        >>> layer(dlx.zeros(128, 20)).shape
        dlx.Size([128, 30])
        >>> layer
        Linear(in_features=20, out_features=30, bias=True)
    """

    cls_to_become = Linear
    _size = "in_features"

    def __init__(
        self, out_features: int, bias: bool = True, device: Device | None = None, dtype: _C.dtype | None = None
    ) -> None:
        super().__init__(0, out_features, bias, device, dtype)
        self._make_lazy()

    def _size_of(self, input: Tensor) -> int:
        if input.ndim == 0:
            raise _C.ShapeError("LazyLinear: input must have at least one dimension. Got a number.")
        return input.shape[-1]

    def _size_in(self, shapes: Mapping[str, tuple[int, ...]]) -> int | None:
        return shapes["weight"][-1] if len(shapes.get("weight", ())) == 2 else None


class Bilinear(Module):
    """Apply a bilinear map to two inputs: ``out[k] = input1 @ weight[k] @ input2 + bias[k]``.

    Args:
        in1_features: size of the last dimension of the first input.
        in2_features: size of the last dimension of the second input.
        out_features: size of the last dimension of the output.
        bias: whether to add a bias.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: inputs ``(*, in1_features)`` and ``(*, in2_features)``, output ``(*, out_features)``, weight
    ``(out_features, in1_features, in2_features)``, bias ``(out_features,)``; both start uniform on
    ``[-1/sqrt(in1_features), 1/sqrt(in1_features))``.

    Raises:
        ValueError: ``in1_features`` is not positive.

    Example:
        >>> nn.Bilinear(3, 4, 5)(dlx.zeros(2, 3), dlx.zeros(2, 4)).shape
        dlx.Size([2, 5])
    """

    weight: Parameter
    bias: Parameter | None

    def __init__(
        self,
        in1_features: int,
        in2_features: int,
        out_features: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        if in1_features <= 0:
            raise ValueError(f"Bilinear: in1_features must be positive. Got {in1_features}.")
        self.in1_features = in1_features
        self.in2_features = in2_features
        self.out_features = out_features
        self.weight = Parameter(empty(out_features, in1_features, in2_features, dtype=dtype, device=device))
        if bias:
            self.bias = Parameter(empty(out_features, dtype=dtype, device=device))
        else:
            self.register_parameter("bias", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the first values anew."""
        bound = 1 / math.sqrt(self.in1_features)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


class Identity(Module):
    """Return the input. Arguments are taken and not used, so that it can stand in for any layer."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
