"""Tensors print as PyTorch prints them, but for its name in dtypes."""

from __future__ import annotations

import math

import numpy as np
import pytest

import dlx
from dlx import nn

CASES = [
    ([0.8485281, 1.1313708], {}),
    ([1.0, 2.0, 30.0], {}),
    ([1e-5, 1.0], {}),
    ([1e10, 1.0], {}),
    ([123456.789], {}),
    ([0.0, 0.0], {}),
    ([1.5, math.nan, math.inf, -math.inf], {}),
    ([1.0, math.nan, math.inf], {}),
    ([math.nan], {}),
    ([1, -20, 300], {}),
    ([True, False], {}),
    (3.25, {}),
    (7, {}),
    ([], {}),
    ([[]], {}),
    ([1.0, 2.0], {"dtype": "float64"}),
    ([1, 2], {"dtype": "int32"}),
    ([1.5, 2.25], {"dtype": "bfloat16"}),
    ([1.0, -65504.0], {"dtype": "float16"}),
    ([], {"dtype": "int64"}),
    ([[1.0, 2.0], [3.0, 4.5]], {}),
    (np.arange(24).reshape(2, 3, 4).tolist(), {}),
    (np.linspace(-1, 1, 40).tolist(), {}),
    (np.arange(2000).tolist(), {}),
    (np.linspace(0, 1, 4000).reshape(50, 80).tolist(), {}),
    (np.linspace(0, 1000, 4000).reshape(4, 5, 200).tolist(), {}),
    (np.arange(7 * 200).reshape(7, 200).tolist(), {"dtype": "int16"}),
    ([1.0] * 3, {"requires_grad": True}),
    (np.linspace(1, 2, 7).tolist(), {"dtype": "float64", "requires_grad": True}),
    (np.zeros((2, 0, 3)).tolist(), {"dtype": "float32"}),
]


@pytest.mark.parametrize(("values", "options"), CASES, ids=range(len(CASES)))
def test_as_pytorch(values, options):
    torch = pytest.importorskip("torch")

    def text(lib):
        given = {**options, **({"dtype": getattr(lib, options["dtype"])} if "dtype" in options else {})}
        return repr(lib.tensor(values, **given)).replace("torch.", "dlx.")

    assert text(dlx) == text(torch)


@pytest.mark.parametrize(
    "options",
    [
        {"precision": 2},
        {"precision": 8, "linewidth": 40},
        {"sci_mode": True},
        {"sci_mode": False, "precision": 6},
        {"threshold": 5, "edgeitems": 1},
        {"profile": "short"},
        {"profile": "full"},
    ],
    ids=str,
)
def test_print_options(options):
    torch = pytest.importorskip("torch")
    values = np.linspace(0.001, 3, 30).reshape(5, 6).tolist()
    try:
        for lib in (dlx, torch):
            lib.set_printoptions(**options)
        assert repr(dlx.tensor(values)) == repr(torch.tensor(values))
    finally:
        for lib in (dlx, torch):
            lib.set_printoptions(profile="default", sci_mode=None)


def test_history_shows():
    y = dlx.softmax(dlx.ones(2, requires_grad=True), 0)
    assert repr(y) == "tensor([0.5000, 0.5000], grad_fn=<SoftmaxBackward>)"


def test_views_print_their_own_elements():
    x = dlx.arange(6).reshape(2, 3)
    assert repr(x.t()) == "tensor([[0, 3],\n        [1, 4],\n        [2, 5]])"
    assert repr(x[:, 1]) == "tensor([1, 4])"


def test_parameters_and_str():
    assert repr(nn.Parameter(dlx.ones(1))) == "Parameter containing:\ntensor([1.], requires_grad=True)"
    assert str(dlx.tensor([1])) == "tensor([1])"
    assert f"{dlx.tensor(1.5):.3f}" == "1.500"
    assert f"{dlx.tensor(3)} {dlx.tensor(1.5)} {dlx.tensor([3])}" == "3 1.5 tensor([3])"


def test_printing_records_nothing():
    x = dlx.ones(3, requires_grad=True)
    y = x * 2
    before = y.grad_fn
    repr(y)
    assert y.grad_fn == before


def test_unknown_profile():
    with pytest.raises(ValueError, match="profile must be one of"):
        dlx.set_printoptions(profile="long")
