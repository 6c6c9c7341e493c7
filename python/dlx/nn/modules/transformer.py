"""Attention in several heads, and the Transformer built of it."""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.nn import init
from dlx.nn.modules.container import ModuleList
from dlx.nn.modules.dropout import Dropout
from dlx.nn.modules.linear import Linear
from dlx.nn.modules.module import Module
from dlx.nn.modules.norm import LayerNorm
from dlx.nn.parameter import Parameter
from dlx.ops.attention import multi_head_attention_forward
from dlx.ops.creation import arange, empty, zeros
from dlx.ops.elementwise import relu, where
from dlx.ops.view import transpose

if TYPE_CHECKING:
    from dlx._C import Tensor
    from dlx._types import Device

    Activation = str | Callable[[Tensor], Tensor]

__all__ = [
    "MultiheadAttention", "Transformer", "TransformerDecoder", "TransformerDecoderLayer", "TransformerEncoder",
    "TransformerEncoderLayer",
]  # fmt: skip


class MultiheadAttention(Module):
    """Attend in several heads at once, each with projections of its own.

    ``out = concat(head_1, ..., head_H) @ W_o.T``, ``head_i = softmax(q_i k_i.T / sqrt(E / H)) v_i``

    Args:
        embed_dim: E, the size of queries and results.
        num_heads: H, a divisor of E.
        dropout: the probability with which a weight is set to zero while training.
        bias: whether the projections add biases.
        add_bias_kv: learn a further key and value.
        add_zero_attn: add a key and a value of zeros.
        kdim: size of the keys; E if None.
        vdim: size of the values; E if None.
        batch_first: inputs and results are ``(N, L, E)`` instead of ``(L, N, E)``.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: query ``(L, N, E)``, key ``(S, N, kdim)``, value ``(S, N, vdim)``, all without N for one sequence. Returns
    ``(L, N, E)`` and the weights, averaged over the heads, ``(N, L, S)``. The masks are explained at
    :func:`dlx.nn.functional.multi_head_attention_forward`: True hides a key.

    Parameters: ``in_proj_weight`` (3 * E, E), or ``q_proj_weight``, ``k_proj_weight``, ``v_proj_weight`` if sizes
    differ; ``in_proj_bias``, ``bias_k``, ``bias_v``, ``out_proj.weight`` and ``out_proj.bias``.

    Raises:
        ValueError: a size is not positive, or ``num_heads`` does not divide ``embed_dim``.

    Example:
        >>> attention = nn.MultiheadAttention(8, num_heads=2, batch_first=True)
        >>> x = dlx.zeros(3, 5, 8)
        >>> out, weights = attention(x, x, x)
        >>> out.shape, weights.shape
        (dlx.Size([3, 5, 8]), dlx.Size([3, 5, 5]))

    Source: Vaswani et al. 2017, arXiv:1706.03762.
    """

    in_proj_weight: Parameter | None
    in_proj_bias: Parameter | None
    q_proj_weight: Parameter | None
    k_proj_weight: Parameter | None
    v_proj_weight: Parameter | None
    bias_k: Parameter | None
    bias_v: Parameter | None

    def __init__(
        self,
        embed_dim: int,
        num_heads: int,
        dropout: float = 0.0,
        bias: bool = True,
        add_bias_kv: bool = False,
        add_zero_attn: bool = False,
        kdim: int | None = None,
        vdim: int | None = None,
        batch_first: bool = False,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        if embed_dim <= 0 or num_heads <= 0:
            raise ValueError(
                "MultiheadAttention: embed_dim and num_heads must be greater than 0. "
                f"Got embed_dim={embed_dim} and num_heads={num_heads}."
            )
        if embed_dim % num_heads:
            raise ValueError(
                "MultiheadAttention: embed_dim must be divisible by num_heads. "
                f"Got embed_dim={embed_dim} and num_heads={num_heads}."
            )
        self.embed_dim = embed_dim
        self.kdim = embed_dim if kdim is None else kdim
        self.vdim = embed_dim if vdim is None else vdim
        self._qkv_same_embed_dim = self.kdim == embed_dim and self.vdim == embed_dim
        self.num_heads = num_heads
        self.dropout = dropout
        self.batch_first = batch_first
        self.head_dim = embed_dim // num_heads
        self.add_zero_attn = add_zero_attn
        separate: dict[str, tuple[int, ...]] = {
            "q_proj_weight": (embed_dim, embed_dim),
            "k_proj_weight": (embed_dim, self.kdim),
            "v_proj_weight": (embed_dim, self.vdim),
        }
        packed: dict[str, tuple[int, ...]] = {"in_proj_weight": (3 * embed_dim, embed_dim)}
        used, unused = (packed, separate) if self._qkv_same_embed_dim else (separate, packed)
        for name in unused:
            self.register_parameter(name, None)

        def add(name: str, shape: tuple[int, ...]) -> None:
            self.register_parameter(name, Parameter(empty(*shape, dtype=dtype, device=device)))

        for name, shape in used.items():
            add(name, shape)
        if bias:
            add("in_proj_bias", (3 * embed_dim,))
        else:
            self.register_parameter("in_proj_bias", None)
        self.out_proj = Linear(embed_dim, embed_dim, bias, device, dtype)
        for name in ("bias_k", "bias_v"):
            if add_bias_kv:
                add(name, (1, 1, embed_dim))
            else:
                self.register_parameter(name, None)
        self._reset_parameters()

    def _reset_parameters(self) -> None:
        for weight in (self.in_proj_weight, self.q_proj_weight, self.k_proj_weight, self.v_proj_weight):
            if weight is not None:
                init.xavier_uniform_(weight)
        if self.in_proj_bias is not None:
            init.zeros_(self.in_proj_bias)
            init.zeros_(self.out_proj.bias)  # type: ignore[arg-type]  # it has one where in_proj has
        for more in (self.bias_k, self.bias_v):
            if more is not None:
                init.xavier_normal_(more)

    def forward(
        self,
        query: Tensor,
        key: Tensor,
        value: Tensor,
        key_padding_mask: Tensor | None = None,
        need_weights: bool = True,
        attn_mask: Tensor | None = None,
        average_attn_weights: bool = True,
        is_causal: bool = False,
    ) -> tuple[Tensor, Tensor | None]:
        swap = self.batch_first and query.ndim == 3
        if swap:
            # What is one tensor stays one: it is projected by one product.
            swapped = {id(x): transpose(x, 0, 1) for x in (query, key, value)}
            query, key, value = swapped[id(query)], swapped[id(key)], swapped[id(value)]
        out, weights = multi_head_attention_forward(
            query, key, value, self.embed_dim, self.num_heads, self.in_proj_weight, self.in_proj_bias, self.bias_k,
            self.bias_v, self.add_zero_attn, self.dropout, self.out_proj.weight, self.out_proj.bias, self.training,
            key_padding_mask, need_weights, attn_mask, not self._qkv_same_embed_dim, self.q_proj_weight,
            self.k_proj_weight, self.v_proj_weight, None, None, average_attn_weights, is_causal,
        )  # fmt: skip
        return (transpose(out, 0, 1) if swap else out), weights


def _activation(name: str, activation: Activation) -> Callable[[Tensor], Tensor]:
    if callable(activation):
        return activation
    if activation == "relu":
        return relu
    if activation == "gelu":
        from dlx.nn import functional

        return functional.gelu
    raise RuntimeError(f"{name}: activation must be 'relu', 'gelu' or a function. Got {activation!r}.")


class _Layer(Module):
    """What the layers of encoder and decoder share: the feed-forward block."""

    norm_first: bool
    linear1: Linear
    linear2: Linear
    dropout: Dropout
    activation: Callable[[Tensor], Tensor]

    def _feed_forward(self, x: Tensor) -> Tensor:
        return self.linear2(self.dropout(self.activation(self.linear1(x))))


class TransformerEncoderLayer(_Layer):
    """Self-attention, then two linear layers, each with a residual and a norm.

    Args:
        d_model: size of the features.
        nhead: heads of the attention.
        dim_feedforward: features between the two linear layers.
        dropout: share of the elements that is dropped while training.
        activation: between the linear layers: 'relu', 'gelu' or a function.
        layer_norm_eps: of the norms.
        batch_first: inputs and results are ``(N, L, d_model)`` instead of ``(L, N, d_model)``.
        norm_first: norms before the blocks (more stable) instead of after the residuals.
        bias: whether linear layers and norms add biases.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: ``(L, N, d_model)`` or ``(L, d_model)`` to the same; ``src_mask`` ``(L, L)`` or ``(N * nhead, L, L)``,
    ``src_key_padding_mask`` ``(N, L)``; True hides, numbers are added. ``is_causal`` says that ``src_mask`` is causal.

    Example:
        >>> layer = nn.TransformerEncoderLayer(d_model=16, nhead=4, batch_first=True)
        >>> layer(dlx.zeros(2, 10, 16)).shape
        dlx.Size([2, 10, 16])

    Source: Vaswani et al. 2017, arXiv:1706.03762; norm_first: Xiong et al. 2020, arXiv:2002.04745.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.activation = _activation("TransformerEncoderLayer", activation)

    def forward(
        self,
        src: Tensor,
        src_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool = False,
    ) -> Tensor:
        def attend(x: Tensor) -> Tensor:
            out, _ = self.self_attn(x, x, x, src_key_padding_mask, False, src_mask, is_causal=is_causal)
            return self.dropout1(out)

        def feed(x: Tensor) -> Tensor:
            return self.dropout2(self._feed_forward(x))

        x = src
        if self.norm_first:
            x = x + attend(self.norm1(x))
            return x + feed(self.norm2(x))
        x = self.norm1(x + attend(x))
        return self.norm2(x + feed(x))


class TransformerDecoderLayer(_Layer):
    """Self-attention, attention to the encoder's result, then two linear layers, each with a residual and a norm.

    Args:
        d_model: size of the features.
        nhead: heads of the attention.
        dim_feedforward: features between the two linear layers.
        dropout: share of the elements that is dropped while training.
        activation: between the linear layers: 'relu', 'gelu' or a function.
        layer_norm_eps: of the norms.
        batch_first: inputs and results are ``(N, L, d_model)`` instead of ``(L, N, d_model)``.
        norm_first: norms before the blocks (more stable) instead of after the residuals.
        bias: whether linear layers and norms add biases.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: ``tgt`` ``(T, N, d_model)`` and ``memory`` ``(S, N, d_model)``, or both without N, to ``(T, N, d_model)``;
    masks as for :class:`TransformerEncoderLayer`: ``tgt_mask`` ``(T, T)``, ``memory_mask`` ``(T, S)``,
    ``tgt_key_padding_mask`` ``(N, T)``, ``memory_key_padding_mask`` ``(N, S)``.

    Example:
        >>> layer = nn.TransformerDecoderLayer(d_model=16, nhead=4)
        >>> layer(dlx.zeros(7, 2, 16), dlx.zeros(10, 2, 16)).shape
        dlx.Size([7, 2, 16])

    Source: Vaswani et al. 2017, arXiv:1706.03762.
    """

    def __init__(
        self,
        d_model: int,
        nhead: int,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = relu,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        self.self_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.multihead_attn = MultiheadAttention(
            d_model, nhead, dropout, bias, batch_first=batch_first, device=device, dtype=dtype
        )
        self.linear1 = Linear(d_model, dim_feedforward, bias, device, dtype)
        self.dropout = Dropout(dropout)
        self.linear2 = Linear(dim_feedforward, d_model, bias, device, dtype)
        self.norm_first = norm_first
        self.norm1 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm2 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.norm3 = LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)
        self.dropout1 = Dropout(dropout)
        self.dropout2 = Dropout(dropout)
        self.dropout3 = Dropout(dropout)
        self.activation = _activation("TransformerDecoderLayer", activation)

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool = False,
        memory_is_causal: bool = False,
    ) -> Tensor:
        def attend(x: Tensor) -> Tensor:
            out, _ = self.self_attn(x, x, x, tgt_key_padding_mask, False, tgt_mask, is_causal=tgt_is_causal)
            return self.dropout1(out)

        def recall(x: Tensor) -> Tensor:
            out, _ = self.multihead_attn(
                x, memory, memory, memory_key_padding_mask, False, memory_mask, is_causal=memory_is_causal
            )
            return self.dropout2(out)

        def feed(x: Tensor) -> Tensor:
            return self.dropout3(self._feed_forward(x))

        x = tgt
        if self.norm_first:
            x = x + attend(self.norm1(x))
            x = x + recall(self.norm2(x))
            return x + feed(self.norm3(x))
        x = self.norm1(x + attend(x))
        x = self.norm2(x + recall(x))
        return self.norm3(x + feed(x))


class TransformerEncoder(Module):
    """A stack of encoder layers.

    Args:
        encoder_layer: which is copied, its first values too.
        num_layers: how many copies.
        norm: applied to the result, or none.
        enable_nested_tensor: for PyTorch's sake: there are no nested tensors here, and results at padded positions
            are those of the layers, never zeroed.
        mask_check: likewise.

    Example:
        >>> layer = nn.TransformerEncoderLayer(d_model=16, nhead=4, batch_first=True)
        >>> nn.TransformerEncoder(layer, num_layers=2)(dlx.zeros(2, 10, 16)).shape
        dlx.Size([2, 10, 16])
    """

    def __init__(
        self,
        encoder_layer: TransformerEncoderLayer,
        num_layers: int,
        norm: Module | None = None,
        enable_nested_tensor: bool = True,
        mask_check: bool = True,
    ) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(encoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm
        self.enable_nested_tensor = enable_nested_tensor
        self.mask_check = mask_check

    def forward(
        self,
        src: Tensor,
        mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        is_causal: bool | None = None,
    ) -> Tensor:
        for layer in self.layers:
            src = layer(src, src_mask=mask, src_key_padding_mask=src_key_padding_mask, is_causal=bool(is_causal))
        return src if self.norm is None else self.norm(src)


class TransformerDecoder(Module):
    """A stack of decoder layers.

    Args:
        decoder_layer: which is copied, its first values too.
        num_layers: how many copies.
        norm: applied to the result, or none.

    Example:
        >>> layer = nn.TransformerDecoderLayer(d_model=16, nhead=4)
        >>> nn.TransformerDecoder(layer, num_layers=2)(dlx.zeros(7, 2, 16), dlx.zeros(10, 2, 16)).shape
        dlx.Size([7, 2, 16])
    """

    def __init__(self, decoder_layer: TransformerDecoderLayer, num_layers: int, norm: Module | None = None) -> None:
        super().__init__()
        self.layers = ModuleList([copy.deepcopy(decoder_layer) for _ in range(num_layers)])
        self.num_layers = num_layers
        self.norm = norm

    def forward(
        self,
        tgt: Tensor,
        memory: Tensor,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        for layer in self.layers:
            tgt = layer(
                tgt,
                memory,
                tgt_mask=tgt_mask,
                memory_mask=memory_mask,
                tgt_key_padding_mask=tgt_key_padding_mask,
                memory_key_padding_mask=memory_key_padding_mask,
                tgt_is_causal=bool(tgt_is_causal),
                memory_is_causal=memory_is_causal,
            )
        return tgt if self.norm is None else self.norm(tgt)


class Transformer(Module):
    """An encoder and a decoder.

    Args:
        d_model: size of the features.
        nhead: heads of the attention.
        num_encoder_layers: of the encoder.
        num_decoder_layers: of the decoder.
        dim_feedforward: features between the linear layers.
        dropout: share of the elements that is dropped while training.
        activation: between the linear layers: 'relu', 'gelu' or a function.
        custom_encoder: in the place of the encoder.
        custom_decoder: in the place of the decoder.
        layer_norm_eps: of the norms.
        batch_first: inputs and results are ``(N, L, d_model)`` instead of ``(L, N, d_model)``.
        norm_first: norms before the blocks instead of after the residuals.
        bias: whether linear layers and norms add biases.
        device: of the parameters.
        dtype: of the parameters.

    Shapes: ``src`` ``(S, N, d_model)`` and ``tgt`` ``(T, N, d_model)``, or both without N, to ``(T, N, d_model)``;
    masks as for :class:`TransformerDecoderLayer`.

    Raises:
        ShapeError: ``src`` and ``tgt`` have other features than ``d_model``, or different batches.

    Example:
        >>> model = nn.Transformer(d_model=16, nhead=4, num_encoder_layers=1, num_decoder_layers=1, dim_feedforward=32)
        >>> model(dlx.zeros(10, 2, 16), dlx.zeros(7, 2, 16)).shape
        dlx.Size([7, 2, 16])

    Source: Vaswani et al. 2017, arXiv:1706.03762.
    """

    def __init__(
        self,
        d_model: int = 512,
        nhead: int = 8,
        num_encoder_layers: int = 6,
        num_decoder_layers: int = 6,
        dim_feedforward: int = 2048,
        dropout: float = 0.1,
        activation: Activation = relu,
        custom_encoder: Any | None = None,
        custom_decoder: Any | None = None,
        layer_norm_eps: float = 1e-5,
        batch_first: bool = False,
        norm_first: bool = False,
        bias: bool = True,
        device: Device | None = None,
        dtype: _C.dtype | None = None,
    ) -> None:
        super().__init__()
        options = (
            d_model, nhead, dim_feedforward, dropout, activation, layer_norm_eps, batch_first, norm_first, bias, device,
            dtype,
        )  # fmt: skip

        def norm() -> LayerNorm:
            return LayerNorm(d_model, eps=layer_norm_eps, bias=bias, device=device, dtype=dtype)

        self.encoder: Any = custom_encoder
        if custom_encoder is None:
            self.encoder = TransformerEncoder(TransformerEncoderLayer(*options), num_encoder_layers, norm())
        self.decoder: Any = custom_decoder
        if custom_decoder is None:
            self.decoder = TransformerDecoder(TransformerDecoderLayer(*options), num_decoder_layers, norm())
        self._reset_parameters()
        self.d_model = d_model
        self.nhead = nhead
        self.batch_first = batch_first

    def _reset_parameters(self) -> None:
        for parameter in self.parameters():
            if parameter.ndim > 1:
                init.xavier_uniform_(parameter)

    def forward(
        self,
        src: Tensor,
        tgt: Tensor,
        src_mask: Tensor | None = None,
        tgt_mask: Tensor | None = None,
        memory_mask: Tensor | None = None,
        src_key_padding_mask: Tensor | None = None,
        tgt_key_padding_mask: Tensor | None = None,
        memory_key_padding_mask: Tensor | None = None,
        src_is_causal: bool | None = None,
        tgt_is_causal: bool | None = None,
        memory_is_causal: bool = False,
    ) -> Tensor:
        shapes = f"Got src of shape {tuple(src.shape)} and tgt of shape {tuple(tgt.shape)}."
        batch = 0 if self.batch_first else 1
        if src.ndim == 3 and tgt.ndim == 3 and src.shape[batch] != tgt.shape[batch]:
            raise _C.ShapeError(f"Transformer: the batch number of src and tgt must be equal. {shapes}")
        if src.shape[-1] != self.d_model or tgt.shape[-1] != self.d_model:
            raise _C.ShapeError(
                f"Transformer: the feature number of src and tgt must be equal to d_model={self.d_model}. {shapes}"
            )
        memory = self.encoder(src, mask=src_mask, src_key_padding_mask=src_key_padding_mask, is_causal=src_is_causal)
        return self.decoder(
            tgt,
            memory,
            tgt_mask=tgt_mask,
            memory_mask=memory_mask,
            tgt_key_padding_mask=tgt_key_padding_mask,
            memory_key_padding_mask=memory_key_padding_mask,
            tgt_is_causal=tgt_is_causal,
            memory_is_causal=memory_is_causal,
        )

    @staticmethod
    def generate_square_subsequent_mask(sz: int, device: Device | None = None, dtype: _C.dtype | None = None) -> Tensor:
        """Return the mask by which a position sees itself and what is before: -inf above the diagonal, else 0.

        Args:
            sz: positions.
            device: of the mask.
            dtype: of the mask; the default dtype if None.

        Returns:
            Tensor of shape ``(sz, sz)``.
        """
        position = arange(sz, device=device)
        return where(position > position.unsqueeze(1), float("-inf"), zeros((), dtype=dtype, device=device))
