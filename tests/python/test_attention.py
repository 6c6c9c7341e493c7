"""Multi-head attention and the Transformer, beside PyTorch's from the same weights."""

from __future__ import annotations

import numpy as np
import pytest
from beside_torch import assert_same, assert_same_gradients, load, tensor

import dlx
import dlx.nn.functional as F
from dlx import ShapeError, nn

# PyTorch's words about what its fast paths do not take.
pytestmark = pytest.mark.filterwarnings("ignore:.*(nested.tensor|mismatched|fast path)")

L, S, N, E, H = 4, 5, 3, 8, 2


def numbers(*shape, seed=0):
    return np.random.default_rng([seed, *shape]).standard_normal(shape).astype(np.float32)


def booleans(*shape, seed=0):
    """About a third True, never all of a row."""
    found = np.random.default_rng([seed, *shape]).uniform(size=shape) < 0.35
    found[..., 0] = False
    return found


def mask_of(lib, values):
    return lib.tensor(values.tolist()) if values.dtype == bool else tensor(lib, values)


def both(torch, make):
    theirs = make(torch)
    ours = make(dlx)
    load(ours, theirs)
    return ours, theirs


MASKS = {
    "none": {},
    "bool": {"attn_mask": booleans(L, S)},
    "float": {"attn_mask": numbers(L, S, seed=1)},
    "of each head": {"attn_mask": numbers(N * H, L, S, seed=1)},
    "padding": {"key_padding_mask": booleans(N, S, seed=2)},
    "float padding": {"key_padding_mask": numbers(N, S, seed=2)},
    "both": {"attn_mask": booleans(L, S), "key_padding_mask": booleans(N, S, seed=3)},
}
OPTIONS = [
    {},
    {"bias": False},
    {"add_bias_kv": True, "add_zero_attn": True},
    {"kdim": 6, "vdim": 7},
    {"kdim": 6, "vdim": 7, "bias": False, "add_zero_attn": True},
]


@pytest.mark.parametrize("masks", MASKS.values(), ids=MASKS)
@pytest.mark.parametrize("options", OPTIONS, ids=str)
@pytest.mark.parametrize("weights", [False, True, "of each head"])
def test_attention_is_pytorchs(options, masks, weights):
    torch = pytest.importorskip("torch")
    modules = both(torch, lambda lib: lib.nn.MultiheadAttention(E, H, **options))
    results, inputs = [], []
    for lib, module in zip((dlx, torch), modules):
        shapes = [(L, N, E), (S, N, module.kdim), (S, N, module.vdim)]
        q, k, v = (tensor(lib, numbers(*shape), requires_grad=True) for shape in shapes)
        more = {name: mask_of(lib, mask) for name, mask in masks.items()}
        found = module(q, k, v, need_weights=bool(weights), average_attn_weights=weights is not True, **more)
        (found[0] * found[0]).sum().backward()
        results.append(found)
        inputs.append([q.grad, k.grad, v.grad])
    assert_same(*results)
    assert_same(*inputs, tolerance=1e-4)
    assert_same_gradients(*modules)


@pytest.mark.parametrize("form", ["self", "to one memory", "three"])
@pytest.mark.parametrize("shape", ["batch first", "no batch", "batch second"])
def test_what_is_one_tensor_gives_the_same(form, shape):
    torch = pytest.importorskip("torch")
    modules = both(torch, lambda lib: lib.nn.MultiheadAttention(E, H, batch_first=shape == "batch first"))
    results = []
    for lib, module in zip((dlx, torch), modules):
        at = (L,) if shape == "no batch" else (N, L) if shape == "batch first" else (L, N)
        x, y, z = (tensor(lib, numbers(*at, E, seed=i)) for i in range(3))
        given = {"self": (x, x, x), "to one memory": (x, y, y), "three": (x, y, z)}[form]
        results.append([module(*given), module(*given, need_weights=False)])
    assert_same(*results)


def test_a_causal_hint_stands_for_the_mask():
    torch = pytest.importorskip("torch")
    modules = both(torch, lambda lib: lib.nn.MultiheadAttention(E, H))
    results = []
    for lib, module in zip((dlx, torch), modules):
        x = tensor(lib, numbers(L, N, E))
        mask = lib.nn.Transformer.generate_square_subsequent_mask(L)
        results.append([module(x, x, x, attn_mask=mask, is_causal=True, need_weights=w) for w in (True, False)])
    assert_same(*results)
    with pytest.raises(RuntimeError, match="give attn_mask too"):
        modules[0](x := dlx.zeros(L, N, E), x, x, is_causal=True)


def test_static_keys():
    torch = pytest.importorskip("torch")
    results = []
    for lib in (dlx, torch):
        x = tensor(lib, numbers(L, N, E))
        weight, bias, out = (tensor(lib, numbers(*s)) for s in [(3 * E, E), (3 * E,), (E, E)])
        static = tensor(lib, numbers(N * H, L, E // H))
        results.append(
            lib.nn.functional.multi_head_attention_forward(
                x, x, x, E, H, weight, bias, None, None, False, 0.0, out, None, static_k=static, static_v=static
            )
        )
    assert_same(*results)


def test_first_weights():
    module = nn.MultiheadAttention(64, 4, add_bias_kv=True)
    bound = np.sqrt(6 / (64 + 192))
    assert 0.95 * bound < np.abs(module.in_proj_weight.detach().numpy()).max() <= bound
    assert not module.in_proj_bias.any()
    assert not module.out_proj.bias.any()
    assert module.bias_k.std() > 0


LAYERS = [
    {"batch_first": True},
    {"norm_first": True, "layer_norm_eps": 1e-3},
    {"bias": False, "nhead": 4},
    {"activation": "gelu", "batch_first": True},
]


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("options", LAYERS, ids=str)
def test_encoder_is_pytorchs(options, training):
    torch = pytest.importorskip("torch")

    def make(lib):
        layer = lib.nn.TransformerEncoderLayer(
            **{"d_model": E, "nhead": H, "dim_feedforward": 16, "dropout": 0.0, **options}
        )
        return lib.nn.TransformerEncoder(layer, 2, lib.nn.Linear(E, E), enable_nested_tensor=False)

    modules = both(torch, make)
    results = []
    for lib, module in zip((dlx, torch), modules):
        module.train(training)
        x = tensor(lib, numbers(N, L, E) if options.get("batch_first") else numbers(L, N, E))
        causal = lib.nn.Transformer.generate_square_subsequent_mask(L)
        padding = mask_of(lib, np.where(booleans(N, L), -np.inf, 0).astype(np.float32))
        results.append(
            [module(x), module(x, causal), module(x, causal, is_causal=True), module(x, causal, padding)]
            + ([] if options.get("batch_first") else [module(x[:, 0], causal)])
        )
        sum((r * r).sum() for r in results[-1]).backward()
    assert_same(*results)
    assert_same_gradients(*modules, tolerance=5e-4)


@pytest.mark.parametrize("options", LAYERS[:3], ids=str)
def test_transformer_is_pytorchs(options):
    torch = pytest.importorskip("torch")

    def make(lib):
        given = {"d_model": E, "nhead": H, "dim_feedforward": 16, "dropout": 0.0, **options}
        return lib.nn.Transformer(num_encoder_layers=2, num_decoder_layers=2, **given)

    modules = both(torch, make)
    results = []
    for lib, module in zip((dlx, torch), modules):
        first = options.get("batch_first", False)
        source = tensor(lib, numbers(N, S, E) if first else numbers(S, N, E))
        target = tensor(lib, numbers(N, L, E) if first else numbers(L, N, E))
        causal = module.generate_square_subsequent_mask(L)
        padding = mask_of(lib, np.where(booleans(N, S), -np.inf, 0).astype(np.float32))
        masks = {"src_key_padding_mask": padding, "memory_key_padding_mask": padding}
        results.append(
            [
                module(source, target),
                module(source, target, tgt_mask=causal, tgt_is_causal=True),
                module(source, target, tgt_mask=causal, memory_mask=tensor(lib, numbers(L, S)), **masks),
            ]
        )
        sum((r * r).sum() for r in results[-1]).backward()
    assert_same(*results)
    assert_same_gradients(*modules, tolerance=5e-4)


def test_subsequent_mask():
    mask = nn.Transformer.generate_square_subsequent_mask(3, dtype=dlx.float64)
    assert mask.tolist() == [[0.0, -np.inf, -np.inf], [0.0, 0.0, -np.inf], [0.0, 0.0, 0.0]]
    assert mask.dtype == dlx.float64


def test_layers_are_copies():
    layer = nn.TransformerEncoderLayer(E, H)
    encoder = nn.TransformerEncoder(layer, 2)
    first, second = encoder.layers
    assert first.linear1.weight is not second.linear1.weight
    assert first.linear1.weight.tolist() == second.linear1.weight.tolist()


def test_dropout_acts_in_training_only():
    dlx.manual_seed(0)
    layer = nn.TransformerEncoderLayer(E, H, 16, dropout=0.5)
    x = dlx.tensor(numbers(L, N, E))
    assert layer(x).tolist() != layer(x).tolist()
    layer.eval()
    assert layer(x).tolist() == layer(x).tolist()
    attention = nn.MultiheadAttention(E, H, dropout=0.5)
    _, weights = attention(x, x, x, average_attn_weights=False)
    assert (weights == 0).any()
    assert (F.scaled_dot_product_attention(x, x, x, dropout_p=1.0) == 0).all()


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.MultiheadAttention(8, 3), ValueError, "divisible by num_heads. Got embed_dim=8 and num_heads=3"),
        (lambda: nn.MultiheadAttention(0, 1), ValueError, "greater than 0"),
        (lambda: attend((4, 2, 6)), ShapeError, "embedding dimension 8. Got 6"),
        (lambda: attend((2, 4, 2, 8)), ShapeError, "2 or 3 dimensions"),
        (lambda: attend((4, 2, 8), (4, 8)), ShapeError, "as many dimensions as query"),
        (lambda: attend((4, 2, 8), (4, 3, 8)), ShapeError, "the same batch"),
        (lambda: attend((4, 2, 8), attn_mask=dlx.zeros(4, 5)), ShapeError, r"attn_mask must have the shape \(4, 4\)"),
        (lambda: attend((4, 2, 8), key_padding_mask=dlx.zeros(2, 5)), ShapeError, r"must have the shape \(2, 4\)"),
        (lambda: attend((4, 2, 8), key_padding_mask=dlx.zeros(4)), ShapeError, "key_padding_mask must have 2"),
        (lambda: attend((4, 2, 8), attn_mask=dlx.zeros(4, 4, dtype=dlx.int64)), TypeError, "bool or floating point"),
        (lambda: nn.TransformerEncoderLayer(8, 2, activation="tanh"), RuntimeError, "'relu', 'gelu' or a function"),
        (lambda: small()(dlx.zeros(4, 2, 8), dlx.zeros(4, 3, 8)), ShapeError, "batch number of src and tgt"),
        (lambda: small()(dlx.zeros(4, 2, 7), dlx.zeros(4, 2, 7)), ShapeError, "d_model=8"),
    ],
)
def test_wrong_arguments(call, error, text):
    with pytest.raises(error, match=text):
        call()


def attend(query, key=None, **masks):
    q = dlx.zeros(*query)
    k = q if key is None else dlx.zeros(*key)
    return nn.MultiheadAttention(8, 2)(q, k, k, **masks)


def small():
    return nn.Transformer(8, 2, 1, 1, 16)
