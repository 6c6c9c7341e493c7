"""Recurrent layers and their cells.

A layer's input projections are one product for all steps; a step then takes one product with the recurrent matrix.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any

from dlx._C import ShapeError, Tensor
from dlx.nn import init
from dlx.nn.modules.module import Module
from dlx.nn.parameter import Parameter
from dlx.nn.utils.rnn import PackedSequence
from dlx.ops.creation import empty, zeros
from dlx.ops.dropout import dropout
from dlx.ops.elementary import tanh
from dlx.ops.elementwise import relu, sigmoid
from dlx.ops.index import index_select
from dlx.ops.matmul import linear
from dlx.ops.view import cat, chunk, split, stack, transpose, unbind

if TYPE_CHECKING:
    from dlx import _C
    from dlx._types import Device

    State = tuple[Tensor, ...]  # (h,), or (h, c) of an LSTM
    # From the input's part of a step, a tensor or several, and the state to the next state.
    Step = Callable[[Any, State], State]

__all__ = ["GRU", "LSTM", "RNN", "GRUCell", "LSTMCell", "RNNBase", "RNNCell"]

_GATES = {"RNN_TANH": 1, "RNN_RELU": 1, "GRU": 3, "LSTM": 4}


class RNNBase(Module):
    """What RNN, GRU and LSTM share: parameters, layers, directions, packed sequences."""

    def __init__(
        self,
        mode: str,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        if isinstance(dropout, bool) or not isinstance(dropout, (int, float)) or not 0 <= dropout <= 1:
            raise ValueError(f"{name}: dropout must be a number in [0, 1]. Got {dropout!r}.")
        if not isinstance(hidden_size, int):
            raise TypeError(f"{name}: hidden_size must be an int. Got {type(hidden_size).__name__}.")
        for argument, value in (("input_size", input_size), ("hidden_size", hidden_size), ("num_layers", num_layers)):
            least = 0 if argument == "input_size" else 1
            if value < least:
                raise ValueError(f"{name}: {argument} must be at least {least}. Got {value}.")
        if not 0 <= proj_size < hidden_size:
            raise ValueError(f"{name}: proj_size must be in [0, hidden_size={hidden_size}). Got {proj_size}.")
        if mode not in _GATES:
            raise ValueError(f"Unrecognized RNN mode: {mode}")
        if dropout > 0 and num_layers == 1:
            warnings.warn(
                f"{name}: dropout acts between layers, so dropout={dropout} does nothing with num_layers=1.",
                UserWarning,
                stacklevel=3,
            )
        self.mode = mode
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        self.proj_size = proj_size

        directions = 2 if bidirectional else 1
        out_size = proj_size or hidden_size
        rows = _GATES[mode] * hidden_size
        self._all_weights: list[list[str]] = []
        for layer in range(num_layers):
            for direction in range(directions):
                width = input_size if layer == 0 else out_size * directions
                shapes: dict[str, tuple[int, ...]] = {"weight_ih": (rows, width), "weight_hh": (rows, out_size)}
                if bias:
                    shapes |= {"bias_ih": (rows,), "bias_hh": (rows,)}
                if proj_size:
                    shapes["weight_hr"] = (proj_size, hidden_size)
                suffix = f"_l{layer}{'_reverse' if direction else ''}"
                for key, shape in shapes.items():
                    self.register_parameter(key + suffix, Parameter(empty(*shape, dtype=dtype, device=device)))
                self._all_weights.append([key + suffix for key in shapes])
        self.reset_parameters()

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        return [[getattr(self, name) for name in names] for names in self._all_weights]

    def reset_parameters(self) -> None:
        """Draw the first values anew: uniform on ``[-1/sqrt(hidden_size), 1/sqrt(hidden_size))``."""
        bound = 1 / math.sqrt(self.hidden_size)
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def flatten_parameters(self) -> None:
        """Do nothing: for PyTorch's sake, where cuDNN wants the weights side by side in memory."""

    def extra_repr(self) -> str:
        defaults = {
            "proj_size": 0, "num_layers": 1, "bias": True, "batch_first": False, "dropout": 0.0, "bidirectional": False,
        }  # fmt: skip
        changed = [f"{k}={getattr(self, k)}" for k, default in defaults.items() if getattr(self, k) != default]
        return ", ".join([f"{self.input_size}, {self.hidden_size}", *changed])

    # What the kinds differ in.

    def _prepare(self, x: Tensor, weights: dict[str, Any]) -> tuple[tuple[Tensor, ...], Step]:
        """The input's part of all steps of one direction, to be cut by step, and what one step does."""
        raise NotImplementedError

    def _state_sizes(self) -> tuple[int, ...]:
        return (self.hidden_size,)

    def _run(self, input: Tensor | PackedSequence, hx: tuple[Tensor, ...] | None) -> tuple[Any, tuple[Tensor, ...]]:
        name = type(self).__name__
        packed = input if isinstance(input, PackedSequence) else None
        sizes: list[int] | None = None
        batched = True
        if packed is not None:
            x = packed.data
            given = x.shape
            sizes = packed.batch_sizes.tolist()
            batch = sizes[0]
            if x.ndim != 2:
                raise ShapeError(f"{name}: packed data must have 2 dimensions. Got shape {tuple(x.shape)}.")
        else:
            x = input  # type: ignore[assignment]  # no PackedSequence here
            given = x.shape
            if x.ndim not in (2, 3):
                raise ValueError(
                    f"{name}: Expected input to be 2D or 3D, got {x.ndim}D tensor instead, of shape {tuple(x.shape)}."
                )
            batched = x.ndim == 3
            if not batched:
                x = x.unsqueeze(1)
            elif self.batch_first:
                x = transpose(x, 0, 1)
            batch = x.shape[1]
            if x.shape[0] == 0:
                raise ShapeError(f"{name}: Expected sequence length to be larger than 0. Got {tuple(given)}.")
        if x.shape[-1] != self.input_size:
            raise ShapeError(
                f"{name}: input.size(-1) must be equal to input_size. Expected {self.input_size}, got {x.shape[-1]} "
                f"(input of shape {tuple(given)})."
            )
        count = self.num_layers * (2 if self.bidirectional else 1)
        shapes = [(count, batch, size) for size in self._state_sizes()]
        if hx is None:
            states = [zeros(shape, dtype=x.dtype, device=x.device) for shape in shapes]
        else:
            states = [self._given_state(h, shape, batched) for h, shape in zip(hx, shapes)]
            if packed is not None and packed.sorted_indices is not None:
                states = [index_select(h, 1, packed.sorted_indices) for h in states]

        output, finals = self._layers(x, [unbind(h, 0) for h in states], sizes)

        if packed is not None:
            if packed.unsorted_indices is not None:
                finals = tuple(index_select(h, 1, packed.unsorted_indices) for h in finals)
            return PackedSequence(output, *packed[1:]), finals
        if not batched:
            return output.squeeze(1), tuple(h.squeeze(1) for h in finals)
        return (transpose(output, 0, 1) if self.batch_first else output), finals

    def _given_state(self, h: Tensor, shape: tuple[int, ...], batched: bool) -> Tensor:
        name = type(self).__name__
        if not batched:
            if h.ndim != 2:
                raise ShapeError(f"{name}: For unbatched 2-D input, hx should also be 2-D but got {h.ndim}-D tensor.")
            h = h.unsqueeze(1)
        elif h.ndim != 3:
            raise ShapeError(f"{name}: For batched 3-D input, hx should also be 3-D but got {h.ndim}-D tensor.")
        if tuple(h.shape) != shape:
            raise ShapeError(f"{name}: Expected hidden size {shape}, got {tuple(h.shape)}.")
        return h

    def _layers(
        self, x: Tensor, states: list[tuple[Tensor, ...]], sizes: list[int] | None
    ) -> tuple[Tensor, tuple[Tensor, ...]]:
        """All layers: (T, B, n), or packed rows with their batch sizes. states: for h and c one for each direction."""
        directions = 2 if self.bidirectional else 1
        last: list[State] = []
        for layer in range(self.num_layers):
            outputs = []
            for direction in range(directions):
                index = layer * directions + direction
                named = {name.partition("_l")[0]: getattr(self, name) for name in self._all_weights[index]}
                parts, step = self._prepare(x, named)
                cut = [unbind(part, 0) if sizes is None else split(part, sizes) for part in parts]
                steps: Sequence[Any] = list(zip(*cut)) if len(cut) > 1 else cut[0]
                state = tuple(kind[index] for kind in states)
                run = _backward if direction else _forward
                hidden, state = run(step, steps, state, sizes)
                outputs.append(stack(hidden) if sizes is None else cat(hidden))
                last.append(state)
            x = outputs[0] if directions == 1 else cat(outputs, -1)
            if self.dropout and layer < self.num_layers - 1:
                x = dropout(x, self.dropout, self.training)
        return x, tuple(stack(kind) for kind in zip(*last))


def _forward(step: Step, xs: Sequence[Any], state: State, sizes: list[int] | None) -> tuple[list[Tensor], State]:
    """Walk from the first step to the last. Sequences that are at their end leave the batch, from its back."""
    outputs = []
    ended: list[State] = []
    live = 0 if sizes is None else sizes[0]
    for index, x in enumerate(xs):
        if sizes is not None and sizes[index] < live:
            live = sizes[index]
            ended.append(tuple(s[live:] for s in state))
            state = tuple(s[:live] for s in state)
        state = step(x, state)
        outputs.append(state[0])
    if ended:
        state = tuple(cat([s, *rest]) for s, *rest in zip(state, *reversed(ended)))
    return outputs, state


def _backward(step: Step, xs: Sequence[Any], first: State, sizes: list[int] | None) -> tuple[list[Tensor], State]:
    """Walk from the last step to the first. Shorter sequences join the batch, at its back, where they end."""
    outputs = []
    live = 0 if sizes is None else sizes[-1]
    state = first if sizes is None else tuple(s[:live] for s in first)
    for index in range(len(xs) - 1, -1, -1):
        if sizes is not None and sizes[index] > live:
            state = tuple(cat([s, f[live : sizes[index]]]) for s, f in zip(state, first))
            live = sizes[index]
        state = step(xs[index], state)
        outputs.append(state[0])
    return outputs[::-1], state


def _sum(a: Tensor | None, b: Tensor | None) -> Tensor | None:
    return None if a is None or b is None else a + b


# One step of each kind, from the gates' parts that come from the input and from the state.


def _lstm_state(gates: Tensor, c: Tensor, size: int) -> tuple[Tensor, Tensor, Tensor]:
    """(o, tanh(c), c) from the summed gates i, f, g, o."""
    some, g, o = split(gates, [2 * size, size, size], 1)
    i, f = chunk(sigmoid(some), 2, 1)
    c = f * c + i * tanh(g)
    return sigmoid(o), tanh(c), c


def _gru_state(x_rz: Tensor, x_n: Tensor, hidden: Tensor, h: Tensor, size: int) -> Tensor:
    """The next h from the input's r and z, its n, and the three gates of h."""
    h_rz, h_n = split(hidden, [2 * size, size], 1)
    r, z = chunk(sigmoid(x_rz + h_rz), 2, 1)
    n = tanh(x_n + r * h_n)
    return n + z * (h - n)


class RNN(RNNBase):
    """Elman's recurrent network: ``h_t = tanh(weight_ih @ x_t + bias_ih + weight_hh @ h_(t-1) + bias_hh)``.

    Args:
        input_size: size of the last dimension of the input.
        hidden_size: size H of the state.
        num_layers: how many layers; each takes the outputs of the one before.
        nonlinearity: 'tanh' or 'relu'.
        bias: whether to add biases.
        batch_first: input and output are ``(B, T, *)``; the state stays as it is.
        dropout: share of the elements that is dropped between layers while training.
        bidirectional: also run from the end to the start, with weights of their own; outputs are side by side.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(T, B, input_size)``, ``(T, input_size)`` or a ``PackedSequence``; state, zeros if None,
    ``(num_layers * D, B, H)`` or without B, D being 2 if bidirectional, else 1. Returns the outputs ``(T, B, D * H)``
    (packed if the input is) and the last state.

    Parameters: ``weight_ih_l0`` (H, input_size), ``weight_hh_l0`` (H, H), ``bias_ih_l0``, ``bias_hh_l0``, ..., with
    ``_reverse`` for the other direction; all start uniform on ``[-1/sqrt(H), 1/sqrt(H))``.

    Raises:
        ValueError: an argument is out of its range, or the input has another number of dimensions.
        ShapeError: the input's last dimension is not ``input_size``, or the state has another shape.

    Example:
        >>> output, h = nn.RNN(10, 20, 2)(dlx.zeros(5, 3, 10))
        >>> output.shape, h.shape
        (dlx.Size([5, 3, 20]), dlx.Size([2, 3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        nonlinearity: str = "tanh",
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"RNN: nonlinearity must be 'tanh' or 'relu'. Got {nonlinearity!r}.")
        super().__init__(
            f"RNN_{nonlinearity.upper()}",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )
        self.nonlinearity = nonlinearity

    def _prepare(self, x: Tensor, weights: dict[str, Any]) -> tuple[tuple[Tensor, ...], Step]:
        recurrent = weights["weight_hh"]
        act = tanh if self.mode == "RNN_TANH" else relu
        part = linear(x, weights["weight_ih"], _sum(weights.get("bias_ih"), weights.get("bias_hh")))
        return (part,), lambda x, state: (act(x + linear(state[0], recurrent)),)

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h


class GRU(RNNBase):
    """Gated recurrent units.

    ``r = sigmoid(W_ir x + b_ir + W_hr h + b_hr)``, ``z`` likewise, ``n = tanh(W_in x + b_in + r * (W_hn h + b_hn))``,
    ``h = (1 - z) * n + z * h``

    Args:
        input_size: size of the last dimension of the input.
        hidden_size: size H of the state.
        num_layers: how many layers; each takes the outputs of the one before.
        bias: whether to add biases.
        batch_first: input and output are ``(B, T, *)``; the state stays as it is.
        dropout: share of the elements that is dropped between layers while training.
        bidirectional: also run from the end to the start, with weights of their own; outputs are side by side.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: as for :class:`RNN`; the weights have the rows of r, z and n below each other: ``weight_ih_l0``
    (3 * H, input_size), ``weight_hh_l0`` (3 * H, H), ``bias_ih_l0``, ``bias_hh_l0``.

    Raises:
        ValueError: an argument is out of its range, or the input has another number of dimensions.
        ShapeError: the input's last dimension is not ``input_size``, or the state has another shape.

    Example:
        >>> output, h = nn.GRU(10, 20, batch_first=True, bidirectional=True)(dlx.zeros(3, 5, 10))
        >>> output.shape, h.shape
        (dlx.Size([3, 5, 40]), dlx.Size([2, 3, 20]))

    Source: Cho et al. 2014, arXiv:1406.1078, with the reset gate after the product as in cuDNN.
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(
            "GRU",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            device=device,
            dtype=dtype,
        )

    def _prepare(self, x: Tensor, weights: dict[str, Any]) -> tuple[tuple[Tensor, ...], Step]:
        size = self.hidden_size
        recurrent, bias = weights["weight_hh"], weights.get("bias_hh")
        parts = split(linear(x, weights["weight_ih"], weights.get("bias_ih")), [2 * size, size], -1)

        def step(x: tuple[Tensor, Tensor], state: State) -> State:
            (h,) = state
            return (_gru_state(x[0], x[1], linear(h, recurrent, bias), h, size),)

        return parts, step

    def forward(
        self, input: Tensor | PackedSequence, hx: Tensor | None = None
    ) -> tuple[Tensor | PackedSequence, Tensor]:
        output, (h,) = self._run(input, None if hx is None else (hx,))
        return output, h


class LSTM(RNNBase):
    """Long short-term memory.

    ``i, f, o = sigmoid(...)``, ``g = tanh(...)`` of ``W_i* x + b_i* + W_h* h + b_h*``, ``c = f * c + i * g``,
    ``h = o * tanh(c)``, with ``proj_size`` also ``h = W_hr h``.

    Args:
        input_size: size of the last dimension of the input.
        hidden_size: size H of the cell's state c.
        num_layers: how many layers; each takes the outputs of the one before.
        bias: whether to add biases.
        batch_first: input and output are ``(B, T, *)``; the states stay as they are.
        dropout: share of the elements that is dropped between layers while training.
        bidirectional: also run from the end to the start, with weights of their own; outputs are side by side.
        proj_size: if not 0, the size P of h, which is then projected; else P is H.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input as for :class:`RNN`; states ``(h, c)``, zeros if None, ``(num_layers * D, B, P)`` and
    ``(num_layers * D, B, H)`` or without B. Returns the outputs ``(T, B, D * P)`` and the last ``(h, c)``. The weights
    have the rows of i, f, g and o below each other: ``weight_ih_l0`` (4 * H, input_size), ``weight_hh_l0`` (4 * H, P),
    ``bias_ih_l0``, ``bias_hh_l0``, and ``weight_hr_l0`` (P, H).

    Raises:
        ValueError: an argument is out of its range, or the input has another number of dimensions.
        ShapeError: the input's last dimension is not ``input_size``, or a state has another shape.

    Example:
        >>> output, (h, c) = nn.LSTM(10, 20, 2)(dlx.zeros(5, 3, 10))
        >>> output.shape, h.shape, c.shape
        (dlx.Size([5, 3, 20]), dlx.Size([2, 3, 20]), dlx.Size([2, 3, 20]))

    Source: Hochreiter and Schmidhuber 1997, with the forget gate of Gers et al. 2000; Sak et al. 2014,
    arXiv:1402.1128 (proj_size).
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        proj_size: int = 0,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(
            "LSTM",
            input_size,
            hidden_size,
            num_layers,
            bias,
            batch_first,
            dropout,
            bidirectional,
            proj_size,
            device=device,
            dtype=dtype,
        )

    def _state_sizes(self) -> tuple[int, ...]:
        return (self.proj_size or self.hidden_size, self.hidden_size)

    def _prepare(self, x: Tensor, weights: dict[str, Any]) -> tuple[tuple[Tensor, ...], Step]:
        size = self.hidden_size
        recurrent, projection = weights["weight_hh"], weights.get("weight_hr")
        part = linear(x, weights["weight_ih"], _sum(weights.get("bias_ih"), weights.get("bias_hh")))

        def step(x: Tensor, state: State) -> State:
            o, top, c = _lstm_state(x + linear(state[0], recurrent), state[1], size)
            h = o * top
            return (h if projection is None else linear(h, projection)), c

        return (part,), step

    def forward(
        self, input: Tensor | PackedSequence, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Tensor | PackedSequence, tuple[Tensor, Tensor]]:
        if hx is not None and (not isinstance(hx, (tuple, list)) or len(hx) != 2):
            raise TypeError(f"LSTM: hx must be a tuple (h, c). Got {type(hx).__name__}.")
        output, (h, c) = self._run(input, hx)
        return output, (h, c)


class _Cell(Module):
    """What the cells share: parameters and the checks of one step."""

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool, gates: int, device: Device | None, dtype: _C.dtype | None
    ) -> None:
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.bias = bias
        rows = gates * hidden_size
        self.weight_ih = Parameter(empty(rows, input_size, dtype=dtype, device=device))
        self.weight_hh = Parameter(empty(rows, hidden_size, dtype=dtype, device=device))
        if bias:
            self.bias_ih = Parameter(empty(rows, dtype=dtype, device=device))
            self.bias_hh = Parameter(empty(rows, dtype=dtype, device=device))
        else:
            self.register_parameter("bias_ih", None)
            self.register_parameter("bias_hh", None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draw the first values anew: uniform on ``[-1/sqrt(hidden_size), 1/sqrt(hidden_size))``."""
        bound = 1 / math.sqrt(self.hidden_size) if self.hidden_size > 0 else 0
        for parameter in self.parameters():
            init.uniform_(parameter, -bound, bound)

    def extra_repr(self) -> str:
        extra = "" if self.bias else f", bias={self.bias}"
        if getattr(self, "nonlinearity", "tanh") != "tanh":
            extra += f", nonlinearity={self.nonlinearity}"
        return f"{self.input_size}, {self.hidden_size}{extra}"

    def _checked(self, input: Tensor, hx: Sequence[Tensor] | None, count: int) -> tuple[Tensor, State]:
        """The input as (B, input_size), and its states as (B, hidden_size)."""
        name = type(self).__name__
        if input.ndim not in (1, 2):
            raise ValueError(f"{name}: Expected input to be 1D or 2D, got {input.ndim}D instead.")
        if input.shape[-1] != self.input_size:
            raise ShapeError(
                f"{name}: input has inconsistent input_size: got {input.shape[-1]}, expected {self.input_size} "
                f"(input of shape {tuple(input.shape)})."
            )
        x = input if input.ndim == 2 else input.unsqueeze(0)
        shape = (x.shape[0], self.hidden_size)
        if hx is None:
            return x, (zeros(shape, dtype=x.dtype, device=x.device),) * count
        states = []
        for h in hx:
            if h.ndim not in (1, 2):
                raise ValueError(f"{name}: Expected hidden to be 1D or 2D, got {h.ndim}D instead.")
            h = h if h.ndim == 2 else h.unsqueeze(0)
            if tuple(h.shape) != shape:
                raise ShapeError(f"{name}: Expected hidden of shape {shape}, got {tuple(h.shape)}.")
            states.append(h)
        return x, tuple(states)


class RNNCell(_Cell):
    """One step of :class:`RNN`: ``h = tanh(weight_ih @ x + bias_ih + weight_hh @ h + bias_hh)``.

    Args:
        input_size: size of the last dimension of the input.
        hidden_size: size of the state.
        bias: whether to add biases.
        nonlinearity: 'tanh' or 'relu'.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(B, input_size)`` or ``(input_size,)``, state ``(B, hidden_size)`` or ``(hidden_size,)``, zeros if
    None. Returns the next state.

    Raises:
        ValueError: an unknown nonlinearity, or a wrong number of dimensions.
        ShapeError: sizes differ.

    Example:
        >>> nn.RNNCell(10, 20)(dlx.zeros(3, 10)).shape
        dlx.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        nonlinearity: str = "tanh",
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 1, device, dtype)
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        if self.nonlinearity not in ("tanh", "relu"):
            raise RuntimeError(f"Unknown nonlinearity: {self.nonlinearity}")
        x, (h,) = self._checked(input, None if hx is None else (hx,), 1)
        act = tanh if self.nonlinearity == "tanh" else relu
        h = act(linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh))
        return h if input.ndim == 2 else h.squeeze(0)


class GRUCell(_Cell):
    """One step of :class:`GRU`.

    Args:
        input_size: size of the last dimension of the input.
        hidden_size: size of the state.
        bias: whether to add biases.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(B, input_size)`` or ``(input_size,)``, state ``(B, hidden_size)`` or ``(hidden_size,)``, zeros if
    None. Returns the next state.

    Raises:
        ValueError: a wrong number of dimensions.
        ShapeError: sizes differ.

    Example:
        >>> nn.GRUCell(10, 20)(dlx.zeros(3, 10)).shape
        dlx.Size([3, 20])
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 3, device, dtype)

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        x, (h,) = self._checked(input, None if hx is None else (hx,), 1)
        size = self.hidden_size
        x_rz, x_n = split(linear(x, self.weight_ih, self.bias_ih), [2 * size, size], 1)
        h = _gru_state(x_rz, x_n, linear(h, self.weight_hh, self.bias_hh), h, size)
        return h if input.ndim == 2 else h.squeeze(0)


class LSTMCell(_Cell):
    """One step of :class:`LSTM`.

    Args:
        input_size: size of the last dimension of the input.
        hidden_size: size of both states.
        bias: whether to add biases.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: input ``(B, input_size)`` or ``(input_size,)``, states ``(h, c)``, each ``(B, hidden_size)`` or
    ``(hidden_size,)``, zeros if None. Returns the next ``(h, c)``.

    Raises:
        ValueError: a wrong number of dimensions.
        ShapeError: sizes differ.

    Example:
        >>> h, c = nn.LSTMCell(10, 20)(dlx.zeros(3, 10))
        >>> h.shape, c.shape
        (dlx.Size([3, 20]), dlx.Size([3, 20]))
    """

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__(input_size, hidden_size, bias, 4, device, dtype)

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        if hx is not None and (not isinstance(hx, (tuple, list)) or len(hx) != 2):
            raise TypeError(f"LSTMCell: hx must be a tuple (h, c). Got {type(hx).__name__}.")
        x, (h, c) = self._checked(input, hx, 2)
        gates = linear(x, self.weight_ih, self.bias_ih) + linear(h, self.weight_hh, self.bias_hh)
        o, top, c = _lstm_state(gates, c, self.hidden_size)
        h = o * top
        return (h, c) if input.ndim == 2 else (h.squeeze(0), c.squeeze(0))
