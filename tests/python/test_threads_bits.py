"""Promise 3 for whole networks: the same bits on any number of threads, on every ISA level, and in any batch."""

from __future__ import annotations

import functools
import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import networks
import numpy as np
import pytest

import dlx
import dlx.nn as nn

STEPS = 50


def trained(name: str, steps: int = STEPS) -> list[object]:
    """The losses, and a digest of all parameters, gradients and buffers."""
    dlx.manual_seed(3)
    model, x, y = networks.make(name)
    step = networks.training(model, x, y)
    losses = [step() for _ in range(steps)]
    values = [*model.parameters(), *(p.grad for p in model.parameters()), *model.buffers()]
    return [losses, hashlib.sha256(b"".join(v.detach().numpy().tobytes() for v in values)).hexdigest()]


@functools.cache
def trained_serially(name: str) -> list[object]:
    dlx.set_num_threads(1)
    return trained(name)


@pytest.fixture
def threads():
    before = dlx.get_num_threads()
    yield dlx.set_num_threads
    dlx.set_num_threads(before)
    dlx._C._set_serial_threshold(None)


@pytest.mark.parametrize("name", networks.NAMES)
def test_training_has_the_same_bits_on_any_number_of_threads(name, threads):
    want = trained_serially(name)
    assert want[0][-1] < 0.9 * want[0][0], "the run that is compared learns nothing"
    for n in (2, 3, 5, 8):
        threads(n)
        dlx._C._set_serial_threshold(0 if n == 3 else None)  # which ops are cut moves no bits
        dlx._C._reset_parallel_stats()
        got = trained(name)
        regions, widest = dlx._C._parallel_stats()
        assert regions > STEPS, f"only {regions} regions"
        assert widest == n, f"{widest} threads came, asked for {n}"
        assert got == want, f"{name}: other bits from {n} threads"


def test_training_has_the_same_bits_on_every_level():
    levels = [level for level in ("v3", "v4") if level in dlx._C._cpu_levels()]
    if len(levels) < 2:
        pytest.skip("needs a build and a machine with the levels v3 and v4")
    program = """
import json, networks, test_threads_bits as t, dlx
print(json.dumps([dlx._C._cpu_level(), {name: t.trained(name) for name in networks.NAMES}]))
"""
    found = {}
    for level in levels:
        env = {
            **os.environ,
            "DLX_CPU_ISA": level,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        }
        done = subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=300)
        assert done.returncode == 0, done.stderr
        chosen, found[level] = json.loads(done.stdout)
        assert chosen == level
    for name in networks.NAMES:
        assert found["v3"][name] == found["v4"][name], name


# --- a sample alone and in any batch -------------------------------------------------------------------------------
ROWS = 33


def assert_rows_are_their_own(model: nn.Module, x: dlx.Tensor, what: str = "") -> None:
    """In eval mode every sample's output has the same bits alone, among some, and among all; x's first dimension is
    the batch, and the outputs'."""
    model.eval()
    with dlx.no_grad():
        whole = model(x).numpy().copy()
        assert len(whole) == len(x)
        for size in (1, 2, 7):
            for at in range(0, len(x) - size + 1, 1 if size == 1 else size + 3):
                got = model(x[at : at + size]).numpy()
                same = got.view(np.uint8) == whole[at : at + size].view(np.uint8)
                assert same.all(), f"{what}: samples {at}..{at + size - 1} of {len(x)} differ when alone"


@pytest.mark.parametrize("name", networks.NAMES)
def test_a_networks_output_does_not_depend_on_the_batch(name):
    dlx.manual_seed(5)
    model, x, y = networks.make(name, ROWS)
    step = networks.training(model, x, y)
    step()  # BatchNorm has statistics
    assert_rows_are_their_own(model, x[:ROWS], name)


class Pick(nn.Module):
    """A layer whose output is a tuple, or that takes its input more than once, as one of a tensor."""

    def __init__(self, layer: nn.Module, call) -> None:
        super().__init__()
        self.layer, self.call = layer, call

    def forward(self, x: dlx.Tensor) -> dlx.Tensor:
        return self.call(self.layer, x)


def first(layer, x):
    return layer(x)[0]


def twice(layer, x):
    return layer(x, x.flip(1))


LAYERS = {
    "Linear": (lambda: nn.Linear(77, 50), (77,)),
    "Linear without bias": (lambda: nn.Linear(1000, 3, bias=False), (1000,)),
    "Linear, wide": (lambda: nn.Linear(600, 700), (600,)),
    "Linear to one": (lambda: nn.Linear(513, 1), (513,)),
    "Linear of sequences": (lambda: nn.Linear(24, 40), (9, 24)),
    "Bilinear": (lambda: Pick(nn.Bilinear(20, 20, 7), twice), (20,)),
    "Conv1d": (lambda: nn.Conv1d(5, 8, 3), (5, 30)),
    "Conv2d": (lambda: nn.Conv2d(6, 10, 3, padding=1), (6, 12, 12)),
    "Conv2d 1x1": (lambda: nn.Conv2d(30, 20, 1), (30, 5, 5)),
    "Conv2d of few pixels": (lambda: nn.Conv2d(16, 16, 3, padding=1), (16, 2, 3)),
    "Conv2d strided": (lambda: nn.Conv2d(6, 10, 5, stride=2, dilation=2), (6, 15, 17)),
    "Conv2d grouped": (lambda: nn.Conv2d(8, 12, 3, groups=4), (8, 9, 9)),
    "Conv2d depthwise": (lambda: nn.Conv2d(9, 9, 3, groups=9), (9, 9, 9)),
    "Conv3d": (lambda: nn.Conv3d(2, 4, 3), (2, 6, 6, 6)),
    "ConvTranspose1d": (lambda: nn.ConvTranspose1d(5, 8, 3, stride=2), (5, 14)),
    "ConvTranspose2d": (lambda: nn.ConvTranspose2d(6, 8, 3, stride=2, padding=1), (6, 7, 7)),
    "BatchNorm1d": (lambda: nn.BatchNorm1d(13), (13,)),
    "BatchNorm2d": (lambda: nn.BatchNorm2d(13), (13, 4, 5)),
    "InstanceNorm2d": (lambda: nn.InstanceNorm2d(6, affine=True), (6, 9, 11)),
    "GroupNorm": (lambda: nn.GroupNorm(3, 12), (12, 5, 7)),
    "LayerNorm": (lambda: nn.LayerNorm(77), (77,)),
    "LayerNorm of 2 dimensions": (lambda: nn.LayerNorm([9, 31]), (9, 31)),
    "RMSNorm": (lambda: nn.RMSNorm(200), (200,)),
    "LocalResponseNorm": (lambda: nn.LocalResponseNorm(3), (7, 6, 6)),
    "MaxPool2d": (lambda: nn.MaxPool2d(3, 2), (5, 9, 9)),
    "AvgPool2d": (lambda: nn.AvgPool2d(3, 2), (5, 9, 9)),
    "AdaptiveAvgPool2d": (lambda: nn.AdaptiveAvgPool2d(1), (5, 13, 13)),
    "AdaptiveAvgPool1d": (lambda: nn.AdaptiveAvgPool1d(4), (5, 50)),
    "LPPool2d": (lambda: nn.LPPool2d(2, 3), (5, 9, 9)),
    "Upsample": (lambda: nn.Upsample(scale_factor=2, mode="bilinear"), (3, 7, 9)),
    "Softmax": (lambda: nn.Softmax(dim=-1), (37,)),
    "LogSoftmax": (lambda: nn.LogSoftmax(dim=1), (37, 5)),
    "Softmin": (lambda: nn.Softmin(dim=1), (5, 37)),
    "GELU": (lambda: nn.GELU(), (101,)),
    "SiLU": (lambda: nn.SiLU(), (101,)),
    "Tanh": (lambda: nn.Tanh(), (101,)),
    "Sigmoid": (lambda: nn.Sigmoid(), (101,)),
    "Softplus": (lambda: nn.Softplus(), (101,)),
    "ELU": (lambda: nn.ELU(), (101,)),
    "Mish": (lambda: nn.Mish(), (101,)),
    "GLU": (lambda: nn.GLU(), (102,)),
    "PReLU": (lambda: nn.PReLU(7), (7, 13)),
    "Dropout": (lambda: nn.Dropout(0.5), (101,)),
    "CosineSimilarity": (lambda: Pick(nn.CosineSimilarity(dim=1), twice), (40,)),
    "PairwiseDistance": (lambda: Pick(nn.PairwiseDistance(), twice), (40,)),
    "RNN": (lambda: Pick(nn.RNN(12, 20, batch_first=True), first), (9, 12)),
    "GRU": (lambda: Pick(nn.GRU(12, 20, 2, batch_first=True, bidirectional=True), first), (9, 12)),
    "LSTM": (lambda: Pick(nn.LSTM(12, 20, 2, batch_first=True), first), (9, 12)),
    "LSTM projected": (lambda: Pick(nn.LSTM(12, 20, proj_size=7, batch_first=True), first), (9, 12)),
    "LSTMCell": (lambda: Pick(nn.LSTMCell(12, 20), first), (12,)),
    "GRUCell": (lambda: nn.GRUCell(12, 20), (12,)),
    "MultiheadAttention": (
        lambda: Pick(nn.MultiheadAttention(16, 4, batch_first=True), lambda layer, x: layer(x, x, x)[0]),
        (11, 16),
    ),
    "TransformerEncoderLayer": (lambda: nn.TransformerEncoderLayer(16, 4, 40, batch_first=True), (11, 16)),
    "TransformerDecoderLayer": (
        lambda: Pick(nn.TransformerDecoderLayer(16, 4, 40, batch_first=True), twice),
        (11, 16),
    ),
}


@pytest.mark.parametrize("dtype", [dlx.float32, dlx.bfloat16], ids=["float32", "bfloat16"])
@pytest.mark.parametrize("name", LAYERS)
def test_a_layers_output_does_not_depend_on_the_batch(name, dtype):
    make, shape = LAYERS[name]
    dlx.manual_seed(7)
    layer, x = make(), dlx.randn(ROWS, *shape)
    if dtype == dlx.float32:
        return assert_rows_are_their_own(layer, x, name)
    layer = layer.to(dtype)
    return assert_rows_are_their_own(Pick(layer, lambda layer, x: layer(x).float()), x.to(dtype), name)
