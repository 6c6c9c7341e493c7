"""Ordinary PyTorch programs run after `import dlx as torch`, with PyTorch's losses."""

from __future__ import annotations

import pytest
from programs import PROGRAMS

import dlx


@pytest.mark.parametrize("program", PROGRAMS, ids=lambda p: p.__name__)
def test_same_losses_as_pytorch(program):
    torch = pytest.importorskip("torch")
    ours, theirs = program(dlx), program(torch)
    assert len(ours) == len(theirs)
    worst = max(range(len(ours)), key=lambda i: abs(ours[i] - theirs[i]))
    assert abs(ours[worst] - theirs[worst]) < 1e-4, f"step {worst}: dlx {ours[worst]}, PyTorch {theirs[worst]}"
    if program.__name__ not in ("gan", "wgan_gp"):  # theirs are games
        assert min(theirs) < 0.9 * theirs[0], "the run that is compared learns nothing"
