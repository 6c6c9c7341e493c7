"""Fractional pooling beside PyTorch's: the windows that draws give, and that each call draws anew."""

from __future__ import annotations

import numpy as np
import pytest
from beside_torch import assert_same

import dlx
from dlx import nn


@pytest.mark.parametrize("spatial", [2, 3])
def test_fractional_pooling_is_pytorchs_for_the_same_draws(spatial):
    torch = pytest.importorskip("torch")
    rng = np.random.default_rng(0)
    x = rng.standard_normal((2, 3, *(11, 8, 9)[:spatial])).astype(np.float32)
    draws = rng.uniform(0, 1, (2, 3, spatial)).astype(np.float32)
    for options in ({"output_size": (4, 5, 1)[:spatial]}, {"output_ratio": 0.6}):
        results = []
        for lib in (torch, dlx):
            pool = getattr(lib.nn, f"FractionalMaxPool{spatial}d")
            pool = pool((3, 2, 2)[:spatial], return_indices=True, _random_samples=lib.tensor(draws), **options)
            results.append(pool(lib.tensor(x)))
        assert_same(results[1], results[0])
    pool = getattr(nn, f"FractionalMaxPool{spatial}d")(2, output_ratio=0.6)
    with pytest.raises(ValueError, match=f"FractionalMaxPool{spatial}d: output_ratio"):
        getattr(nn, f"FractionalMaxPool{spatial}d")(2, output_ratio=1.2)
    dlx.manual_seed(0)
    first = pool(dlx.tensor(x))
    dlx.manual_seed(0)
    assert pool(dlx.tensor(x)).tolist() == first.tolist()
    assert pool(dlx.tensor(x)).tolist() != first.tolist()
