"""Recurrent layers, beside PyTorch's from the same weights; packed and padded sequences."""

from __future__ import annotations

import numpy as np
import pytest
from beside_torch import array, assert_same, assert_same_gradients, load, tensor

import dlx
from dlx import ShapeError, nn
from dlx.nn.utils import rnn

pytestmark = pytest.mark.filterwarnings("ignore:LSTM with projections is not supported")  # PyTorch's

KINDS = [
    ("RNN", {}),
    ("RNN", {"nonlinearity": "relu", "bias": False}),
    ("GRU", {}),
    ("GRU", {"bias": False}),
    ("LSTM", {}),
    ("LSTM", {"bias": False}),
    ("LSTM", {"proj_size": 2}),
]
FORMS = [
    {},
    {"num_layers": 2},
    {"bidirectional": True},
    {"num_layers": 3, "bidirectional": True, "batch_first": True},
]


def numbers(*shape):
    return np.random.default_rng(sum(shape)).standard_normal(shape).astype(np.float32)


def pair(torch, name, *args, **options):
    theirs = getattr(torch.nn, name)(*args, **options)
    ours = getattr(nn, name)(*args, **options)
    load(ours, theirs)
    assert repr(ours) == repr(theirs)
    return ours, theirs


def state(lib, layer, name, batch):
    """A state that is not zero."""
    count = layer.num_layers * (2 if layer.bidirectional else 1)
    sizes = [layer.proj_size or layer.hidden_size] + ([layer.hidden_size] if name == "LSTM" else [])
    parts = [tensor(lib, numbers(count, *batch, size), requires_grad=True) for size in sizes]
    return tuple(parts) if name == "LSTM" else parts[0]


def weighed(lib, outputs):
    """A loss that depends on every element in its own way."""
    total = 0
    for index, out in enumerate(outputs):
        weights = tensor(lib, np.cos(np.arange(out.numel(), dtype=np.float32) + index).reshape(tuple(out.shape)))
        total = total + (out * weights).sum()
    return total


def flat(output, last):
    return [output, *(last if isinstance(last, tuple) else (last,))]


@pytest.mark.parametrize("form", FORMS, ids=str)
@pytest.mark.parametrize(("name", "options"), KINDS, ids=str)
def test_layers_are_pytorchs(name, options, form):
    torch = pytest.importorskip("torch")
    layers = pair(torch, name, 3, 5, **options, **form)
    results, inputs, states = [], [], []
    for lib, layer in zip((dlx, torch), layers):
        shape = (2, 6, 3) if layer.batch_first else (6, 2, 3)
        x = tensor(lib, numbers(*shape), requires_grad=True)
        h = state(lib, layer, name, (2,))
        results.append(flat(*layer(x, h)))
        weighed(lib, results[-1]).backward()
        inputs.append(x.grad)
        states.append([s.grad for s in (h if isinstance(h, tuple) else (h,))])
        results[-1] += flat(*layer(x))  # from zeros
    assert_same(*results)
    assert_same(*inputs, tolerance=1e-4)
    assert_same(*states, tolerance=1e-4)
    assert_same_gradients(*layers)


@pytest.mark.parametrize(("name", "options"), KINDS, ids=str)
def test_unbatched_input(name, options):
    torch = pytest.importorskip("torch")
    layers = pair(torch, name, 3, 5, num_layers=2, batch_first=True, **options)
    results = []
    for lib, layer in zip((dlx, torch), layers):
        x = tensor(lib, numbers(4, 3))
        results.append(flat(*layer(x)) + flat(*layer(x, state(lib, layer, name, ()))))
    assert_same(*results)


@pytest.mark.parametrize("form", FORMS[:3], ids=str)
@pytest.mark.parametrize("lengths", [[5, 3, 3, 1], [2, 5, 1, 4], [1, 1]], ids=str)
@pytest.mark.parametrize(("name", "options"), [KINDS[0], KINDS[2], KINDS[4], KINDS[6]], ids=str)
def test_packed_sequences(name, options, lengths, form):
    torch = pytest.importorskip("torch")
    layers = pair(torch, name, 3, 5, **options, **form)
    results, inputs = [], []
    for lib, layer in zip((dlx, torch), layers):
        tools = lib.nn.utils.rnn
        x = tensor(lib, numbers(5, len(lengths), 3), requires_grad=True)
        packed = tools.pack_padded_sequence(x, lengths, enforce_sorted=False)
        output, last = layer(packed, state(lib, layer, name, (len(lengths),)))
        padded, sizes = tools.pad_packed_sequence(output)
        assert sizes.tolist() == lengths
        results.append(flat(padded, last))
        weighed(lib, results[-1]).backward()
        inputs.append(x.grad)
    assert_same(*results)
    assert_same(*inputs, tolerance=1e-4)
    assert_same_gradients(*layers)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("name", ["RNNCell", "GRUCell", "LSTMCell"])
def test_cells_are_pytorchs(name, bias):
    torch = pytest.importorskip("torch")
    cells = pair(torch, name, 3, 5, bias=bias)
    results = []
    for lib, cell in zip((dlx, torch), cells):
        h = tensor(lib, numbers(2, 5))
        x = tensor(lib, numbers(2, 3))
        one = cell(x, (h, h * 2) if name == "LSTMCell" else h)
        found = [one, cell(x), cell(x[0])]
        results.append([part for out in found for part in (out if isinstance(out, tuple) else (out,))])
        weighed(lib, results[-1]).backward()
    assert_same(*results)
    assert_same_gradients(*cells)


def test_first_weights_lie_within_their_bounds():
    layer = nn.LSTM(10, 16, num_layers=2)
    for parameter in layer.parameters():
        values = array(parameter)
        assert np.abs(values).max() <= 0.25
        assert np.abs(values).max() > 0.2
    assert [len(weights) for weights in layer.all_weights] == [4, 4]


def test_dropout_between_layers_acts_in_training_only():
    layer = nn.GRU(3, 4, num_layers=2, dropout=1.0)
    x = dlx.tensor(numbers(5, 2, 3))
    trained, _ = layer(x)
    layer.eval()
    evaluated, _ = layer(x)
    assert not np.allclose(array(trained), array(evaluated))
    with pytest.warns(UserWarning, match="between layers"):
        nn.GRU(3, 4, dropout=0.5)


def test_half_precision():
    layer = nn.LSTM(3, 4, bidirectional=True).to(dlx.bfloat16)
    output, (h, c) = layer(dlx.ones(5, 2, 3, dtype=dlx.bfloat16))
    assert output.dtype == h.dtype == c.dtype == dlx.bfloat16


@pytest.mark.parametrize(
    ("call", "error", "text"),
    [
        (lambda: nn.LSTM(3, 4)(dlx.zeros(5, 2, 7)), ShapeError, r"input_size. Expected 3, got 7 .*\(5, 2, 7\)"),
        (lambda: nn.GRU(3, 4)(dlx.zeros(3)), ValueError, "2D or 3D, got 1D"),
        (lambda: nn.GRU(3, 4)(dlx.zeros(5, 2, 3), dlx.zeros(1, 2, 5)), ShapeError, r"hidden size \(1, 2, 4\), got \(1"),
        (lambda: nn.RNN(3, 4)(dlx.zeros(5, 2, 3), dlx.zeros(2, 4)), ShapeError, "hx should also be 3-D"),
        (lambda: nn.RNN(3, 4)(dlx.zeros(5, 3), dlx.zeros(1, 2, 4)), ShapeError, "hx should also be 2-D"),
        (lambda: nn.LSTM(3, 4)(dlx.zeros(5, 2, 3), dlx.zeros(1, 2, 4)), TypeError, r"tuple \(h, c\)"),
        (lambda: nn.LSTM(3, 4)(dlx.zeros(0, 2, 3)), RuntimeError, "larger than 0"),
        (lambda: nn.LSTM(3, 0), ValueError, "hidden_size must be at least 1"),
        (lambda: nn.LSTM(3, 4, proj_size=4), ValueError, "proj_size must be in"),
        (lambda: nn.RNN(3, 4, nonlinearity="gelu"), ValueError, "nonlinearity"),
        (lambda: nn.GRU(3, 4, dropout=1.5), ValueError, r"dropout must be a number in \[0, 1\]"),
        (lambda: nn.GRUCell(3, 4)(dlx.zeros(2, 5)), ShapeError, "got 5, expected 3"),
        (lambda: nn.GRUCell(3, 4)(dlx.zeros(2, 3), dlx.zeros(3, 4)), ShapeError, r"hidden of shape \(2, 4\), got \(3"),
        (lambda: rnn.pack_padded_sequence(dlx.zeros(5, 2, 3), [3, 4]), RuntimeError, "must not rise"),
        (lambda: rnn.pack_padded_sequence(dlx.zeros(5, 2, 3), [6, 4]), ValueError, r"lengths must be in \[1, 5\]"),
        (lambda: rnn.pack_padded_sequence(dlx.zeros(5, 2, 3), [3, 0]), ValueError, r"lengths must be in \[1, 5\]"),
        (lambda: rnn.pack_padded_sequence(dlx.zeros(5, 2, 3), [3]), ShapeError, "one entry for each of 2"),
        (lambda: rnn.pad_sequence([]), ValueError, "at least one sequence"),
        (lambda: rnn.pad_sequence([dlx.zeros(2, 3), dlx.zeros(2, 4)]), ShapeError, "the same sizes"),
        (lambda: rnn.pad_sequence([dlx.zeros(2)], padding_side="top"), ValueError, "padding_side"),
    ],
)
def test_wrong_arguments(call, error, text):
    with pytest.raises(error, match=text):
        call()


@pytest.mark.parametrize("batch_first", [False, True])
def test_packing_is_pytorchs(batch_first):
    torch = pytest.importorskip("torch")
    results = []
    for lib in (dlx, torch):
        tools = lib.nn.utils.rnn
        parts = [tensor(lib, numbers(length, 2)) for length in (2, 4, 1)]
        packed = tools.pack_sequence(parts, enforce_sorted=False)
        again, lengths = tools.pad_packed_sequence(packed, batch_first, padding_value=-1.0, total_length=6)
        left = tools.pad_sequence(parts, batch_first, 7.0, padding_side="left")
        padded = tools.pad_sequence(parts, batch_first)
        sorted_ = tools.pack_padded_sequence(padded[:, :1] if not batch_first else padded[:1], [4], batch_first)
        results.append(
            [*packed, again, lengths, left, sorted_.data, sorted_.batch_sizes]
            + tools.unpack_sequence(packed)
            + tools.unpad_sequence(padded, lengths, batch_first)
            + [tools.invert_permutation(packed.sorted_indices)]
        )
        assert sorted_.sorted_indices is None
    assert_same(*results)


def test_packed_sequence_converts():
    packed = rnn.pack_sequence([dlx.ones(3), dlx.ones(1)])
    assert packed.double().data.dtype == dlx.float64
    assert packed.to(dlx.float32) is packed
    assert not packed.is_cuda
    data, sizes, order, back = packed
    assert data is packed.data
    assert sizes.tolist() == [2, 1, 1]
    assert order is None
    assert back is None


def test_gradient_of_gradient():
    cell = nn.GRU(2, 3).double()
    x = dlx.tensor(numbers(3, 2, 2).astype(np.float64), requires_grad=True)
    out, _ = cell(x)
    (g,) = dlx.autograd.grad(out.sum(), x, create_graph=True)
    (g * g).sum().backward()
    assert np.isfinite(array(cell.weight_hh_l0.grad)).all()
