"""Attention of queries to keys and values."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dlx import _C
from dlx.ops._direct import direct
from dlx.ops.creation import zeros
from dlx.ops.dropout import dropout
from dlx.ops.elementwise import where
from dlx.ops.matmul import linear, matmul
from dlx.ops.reduce import mean
from dlx.ops.softmax import softmax
from dlx.ops.view import cat, chunk, reshape, split, squeeze, transpose, unsqueeze

if TYPE_CHECKING:
    from dlx._C import Tensor

__all__ = ["multi_head_attention_forward", "scaled_dot_product_attention"]


def scaled_dot_product_attention(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    attn_mask: Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> Tensor:
    """Average values by how well their keys match each query.

    ``out = softmax(query @ key.T * scale + mask) @ value``

    Args:
        query: shape ``(..., L, E)``, floating point. Halves compute in float32.
        key: shape ``(..., S, E)``.
        value: shape ``(..., S, Ev)``.
        attn_mask: broadcastable to ``(..., L, S)``: bool, True where a key takes part, or of the dtype of ``query``,
            added to the scores.
        dropout_p: the probability with which each weight is set to zero, in [0, 1]. It always acts: give 0 in
            evaluation.
        is_causal: query i sees the keys 0 to i; together with ``attn_mask`` both count.
        scale: factor of the scores; ``1 / sqrt(E)`` if None.
        enable_gqa: ``key`` and ``value`` may have fewer heads (dimension -3), a divisor of those of ``query``; each
            serves as many neighbouring heads of ``query``.

    Returns:
        Tensor of shape ``(..., L, Ev)``, leading dimensions broadcast; zeros for a query whose keys are all masked.

    Raises:
        ShapeError: shapes do not fit together.
        DtypeError: ``query`` is not floating point, dtypes differ, or ``attn_mask`` is of another dtype.
        ValueError: ``dropout_p`` is outside [0, 1].

    Example:
        >>> x = dlx.tensor([[1.0, 0.0], [0.0, 1.0]])
        >>> F.scaled_dot_product_attention(x, x, x, is_causal=True)
        tensor([[1.0000, 0.0000],
                [0.3302, 0.6698]])

    Source: Vaswani et al. 2017, arXiv:1706.03762; grouped queries: Ainslie et al. 2023, arXiv:2305.13245.
    """
    return _C.scaled_dot_product_attention(query, key, value, attn_mask, dropout_p, is_causal, scale, enable_gqa)


def multi_head_attention_forward(
    query: Tensor,
    key: Tensor,
    value: Tensor,
    embed_dim_to_check: int,
    num_heads: int,
    in_proj_weight: Tensor | None,
    in_proj_bias: Tensor | None,
    bias_k: Tensor | None,
    bias_v: Tensor | None,
    add_zero_attn: bool,
    dropout_p: float,
    out_proj_weight: Tensor,
    out_proj_bias: Tensor | None,
    training: bool = True,
    key_padding_mask: Tensor | None = None,
    need_weights: bool = True,
    attn_mask: Tensor | None = None,
    use_separate_proj_weight: bool = False,
    q_proj_weight: Tensor | None = None,
    k_proj_weight: Tensor | None = None,
    v_proj_weight: Tensor | None = None,
    static_k: Tensor | None = None,
    static_v: Tensor | None = None,
    average_attn_weights: bool = True,
    is_causal: bool = False,
) -> tuple[Tensor, Tensor | None]:
    """Project queries, keys and values, attend in several heads, and project the result.

    What :class:`dlx.nn.MultiheadAttention` calls.

    Args:
        query: shape ``(L, N, E)`` or ``(L, E)``.
        key: shape ``(S, N, kdim)`` or ``(S, kdim)``.
        value: shape ``(S, N, vdim)`` or ``(S, vdim)``.
        embed_dim_to_check: E.
        num_heads: H, a divisor of E.
        in_proj_weight: shape ``(3 * E, E)``, the rows of query, key and value below each other.
        in_proj_bias: shape ``(3 * E,)``, or none.
        bias_k: shape ``(1, 1, E)``, a further key, or none.
        bias_v: shape ``(1, 1, E)``, its value, or none.
        add_zero_attn: add a key and a value of zeros.
        dropout_p: the probability with which a weight is set to zero, while ``training``.
        out_proj_weight: shape ``(E, E)``.
        out_proj_bias: shape ``(E,)``, or none.
        training: whether ``dropout_p`` acts.
        key_padding_mask: shape ``(N, S)`` or ``(S,)``: bool, True where a key is NOT seen, or floating point, added.
        need_weights: also return the weights.
        attn_mask: shape ``(L, S)`` or ``(N * H, L, S)``: as ``key_padding_mask``.
        use_separate_proj_weight: take the three weights below instead of ``in_proj_weight``.
        q_proj_weight: shape ``(E, E)``.
        k_proj_weight: shape ``(E, kdim)``.
        v_proj_weight: shape ``(E, vdim)``.
        static_k: shape ``(N * H, S, E / H)``: keys in the place of the projected ones.
        static_v: shape ``(N * H, S, E / H)``: values likewise.
        average_attn_weights: return the mean of the heads' weights.
        is_causal: ``attn_mask`` is the causal mask; then it need not be read.

    Returns:
        The result, of the shape of ``query``, and the weights ``(N, L, S)``, with H after N if not averaged, without N
        if ``query`` has none; None if not ``need_weights``.

    Raises:
        ShapeError: shapes do not fit together.
        RuntimeError: ``is_causal`` without ``attn_mask``.
        DtypeError: a mask is neither bool nor floating point.
    """
    name = "multi_head_attention_forward"
    batched = _check_inputs(name, query, key, value, key_padding_mask, attn_mask, num_heads)
    if not batched:
        same = key is query, value is key
        query = unsqueeze(query, 1)
        key = query if same[0] else unsqueeze(key, 1)
        value = key if same[1] else unsqueeze(value, 1)
        if key_padding_mask is not None:
            key_padding_mask = unsqueeze(key_padding_mask, 0)
    length, batch, embed = query.shape
    if embed != embed_dim_to_check:
        raise _C.ShapeError(f"{name}: query must have the embedding dimension {embed_dim_to_check}. Got {embed}.")
    head = embed // num_heads
    if head * num_heads != embed:
        raise _C.ShapeError(f"{name}: the embedding dimension {embed} is not divisible by num_heads={num_heads}.")
    if is_causal and attn_mask is None:
        raise RuntimeError(f"{name}: is_causal is a hint about attn_mask: give attn_mask too.")
    key_padding_mask = _additive(name, "key_padding_mask", key_padding_mask, query)
    if is_causal and key_padding_mask is None and not need_weights:
        attn_mask = None
    else:
        is_causal = False
        attn_mask = _additive(name, "attn_mask", attn_mask, query)

    q, k, v = _projected(
        name, query, key, value, in_proj_weight, in_proj_bias, use_separate_proj_weight,
        (q_proj_weight, k_proj_weight, v_proj_weight),
    )  # fmt: skip
    if attn_mask is not None:
        shapes = [(length, key.shape[0]), (1, length, key.shape[0]), (batch * num_heads, length, key.shape[0])]
        if tuple(attn_mask.shape) not in (shapes[0], shapes[2], *([shapes[1]] if batch * num_heads == 1 else [])):
            raise _C.ShapeError(
                f"{name}: attn_mask must have the shape {shapes[0]} or {shapes[2]}. Got {tuple(attn_mask.shape)}."
            )
        attn_mask = unsqueeze(attn_mask, 0) if attn_mask.ndim == 2 else attn_mask

    if (bias_k is None) != (bias_v is None):
        raise ValueError(f"{name}: bias_k and bias_v go together.")
    if bias_k is not None and bias_v is not None:
        if static_k is not None or static_v is not None:
            raise ValueError(f"{name}: bias_k and bias_v cannot be added to static_k and static_v.")
        k = cat([k, bias_k.expand(1, batch, embed)])
        v = cat([v, bias_v.expand(1, batch, embed)])
        attn_mask, key_padding_mask = _one_column_more(attn_mask), _one_column_more(key_padding_mask)

    def heads(x: Tensor) -> Tensor:  # (L, N, E) to (N, H, L, E / H)
        return transpose(reshape(x, (x.shape[0], batch * num_heads, head)), 0, 1).reshape(batch, num_heads, -1, head)

    q = heads(q)
    k = heads(k) if static_k is None else _static(name, "static_k", static_k, batch, num_heads, head)
    v = heads(v) if static_v is None else _static(name, "static_v", static_v, batch, num_heads, head)
    if add_zero_attn:
        nothing = zeros((batch, num_heads, 1, head), dtype=k.dtype, device=k.device)
        k, v = cat([k, nothing], 2), cat([v, nothing], 2)
        attn_mask, key_padding_mask = _one_column_more(attn_mask), _one_column_more(key_padding_mask)
    seen = k.shape[2]
    mask = None if attn_mask is None else _split_heads(attn_mask, batch, num_heads)
    if key_padding_mask is not None:
        if tuple(key_padding_mask.shape) != (batch, seen):
            raise _C.ShapeError(
                f"{name}: key_padding_mask must have the shape {(batch, seen)}. Got {tuple(key_padding_mask.shape)}."
            )
        padding = reshape(key_padding_mask, (batch, 1, 1, seen))
        mask = padding if mask is None else mask + padding

    p = dropout_p if training else 0.0
    weights = None
    if need_weights:
        scores = matmul(q * head**-0.5, transpose(k, 2, 3))
        weights = dropout(softmax(scores if mask is None else scores + mask, -1), p)
        out = matmul(weights, v)
        if average_attn_weights:
            weights = mean(weights, 1)
    else:
        out = scaled_dot_product_attention(q, k, v, mask, p, is_causal)
    out = out.permute(2, 0, 1, 3).reshape(length, batch, embed)
    out = linear(out, out_proj_weight, out_proj_bias)
    if not batched:
        out = squeeze(out, 1)
        weights = None if weights is None else squeeze(weights, 0)
    return out, weights


def _check_inputs(
    name: str,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    key_padding_mask: Tensor | None,
    attn_mask: Tensor | None,
    num_heads: int,
) -> bool:
    """Whether the inputs have a batch."""
    if query.ndim not in (2, 3):
        raise _C.ShapeError(f"{name}: query must have 2 or 3 dimensions. Got shape {tuple(query.shape)}.")
    shapes = f"Got query, key and value of shapes {tuple(query.shape)}, {tuple(key.shape)} and {tuple(value.shape)}."
    if key.ndim != query.ndim or value.ndim != query.ndim:
        raise _C.ShapeError(f"{name}: key and value must have as many dimensions as query. {shapes}")
    if key.shape[:-1] != value.shape[:-1]:
        raise _C.ShapeError(f"{name}: key and value must have the same length and batch. {shapes}")
    if query.ndim == 3 and key.shape[1] != query.shape[1]:
        raise _C.ShapeError(f"{name}: query and key must have the same batch (dimension 1). {shapes}")
    for mask_name, mask, ranks in (
        ("key_padding_mask", key_padding_mask, (query.ndim - 1,)),
        ("attn_mask", attn_mask, (2, 3)),
    ):
        if mask is not None and mask.ndim not in ranks:
            raise _C.ShapeError(
                f"{name}: for a query with {query.ndim} dimensions {mask_name} must have "
                f"{' or '.join(map(str, ranks))}. Got shape {tuple(mask.shape)}."
            )
    return query.ndim == 3


def _additive(name: str, mask_name: str, mask: Tensor | None, like: Tensor) -> Tensor | None:
    """A mask to add to scores: -inf where a bool mask is True."""
    if mask is None:
        return None
    if mask.dtype == _C.bool:
        return where(mask, float("-inf"), zeros((), dtype=like.dtype, device=like.device))
    if not mask.is_floating_point():
        raise _C.DtypeError(f"{name}: {mask_name} must be bool or floating point. Got {mask.dtype}.")
    return mask.to(like.dtype)


def _one_column_more(mask: Tensor | None) -> Tensor | None:
    """The mask for one more key, which is seen."""
    if mask is None:
        return None
    return cat([mask, zeros((*mask.shape[:-1], 1), dtype=mask.dtype, device=mask.device)], -1)


def _split_heads(mask: Tensor, batch: int, heads: int) -> Tensor:
    """(1, L, S) or (N * H, L, S) as four dimensions."""
    return unsqueeze(mask, 0) if mask.shape[0] == 1 else reshape(mask, (batch, heads, *mask.shape[1:]))


def _static(name: str, what: str, given: Tensor, batch: int, heads: int, head: int) -> Tensor:
    if given.ndim != 3 or given.shape[0] != batch * heads or given.shape[2] != head:
        raise _C.ShapeError(
            f"{name}: {what} must have the shape ({batch * heads}, S, {head}). Got {tuple(given.shape)}."
        )
    return reshape(given, (batch, heads, given.shape[1], head))


def _projected(
    name: str,
    query: Tensor,
    key: Tensor,
    value: Tensor,
    packed: Tensor | None,
    bias: Tensor | None,
    separate: bool,
    weights: tuple[Tensor | None, Tensor | None, Tensor | None],
) -> tuple[Tensor, ...]:
    """Queries, keys and values after their projections: one product for those that are one tensor."""
    embed = query.shape[-1]
    biases: Any = (None, None, None)
    if separate:
        if any(weight is None for weight in weights):
            raise ValueError(
                f"{name}: use_separate_proj_weight=True takes q_proj_weight, k_proj_weight and v_proj_weight."
            )
        biases = biases if bias is None else chunk(bias, 3)
        return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), weights, biases))  # type: ignore[arg-type]
    if packed is None:
        raise ValueError(f"{name}: in_proj_weight is missing.")
    if key is value and query is key:
        return chunk(linear(query, packed, bias), 3, -1)
    if key is value:
        w_q, w_kv = split(packed, [embed, 2 * embed])
        biases = (None, None) if bias is None else split(bias, [embed, 2 * embed])
        return linear(query, w_q, biases[0]), *chunk(linear(key, w_kv, biases[1]), 2, -1)
    biases = biases if bias is None else chunk(bias, 3)
    return tuple(linear(x, w, b) for x, w, b in zip((query, key, value), chunk(packed, 3), biases))


direct(globals())
