"""Promise 3 for a whole training run: the same bits on any number of threads and on every ISA level."""

import json
import os
import subprocess
import sys
from pathlib import Path

import digits_cnn
import pytest

import dlx

STEPS = 6


def trained() -> list[object]:
    dlx.manual_seed(3)
    net = digits_cnn.model(dlx, dropout=0.25)
    digits_cnn.start(dlx, net)
    optimizer = dlx.optim.Adam(net.parameters(), lr=1e-3)
    losses = digits_cnn.train(dlx, net, optimizer, STEPS, batch=100)
    return [losses, digits_cnn.digest(net)]


@pytest.fixture
def threads():
    before = dlx.get_num_threads()
    yield dlx.set_num_threads
    dlx.set_num_threads(before)
    dlx._C._set_serial_threshold(None)


def test_training_has_the_same_bits_on_any_number_of_threads(threads):
    runs = {}
    for n in (1, 2, 3):
        threads(n)
        dlx._C._reset_parallel_stats()
        runs[n] = trained()
        regions, widest = dlx._C._parallel_stats()
        assert n == 1 or (regions > 0 and widest == n), f"{widest} threads came in {regions} regions, asked for {n}"
    assert runs[2] == runs[1]
    assert runs[3] == runs[1]


def test_serial_threshold_moves_no_bits(threads):
    threads(3)
    want = trained()
    dlx._C._set_serial_threshold(0)
    assert trained() == want


def test_training_has_the_same_bits_on_every_level():
    levels = [level for level in ("v3", "v4") if level in dlx._C._cpu_levels()]
    if len(levels) < 2:
        pytest.skip("needs a build and a machine with the levels v3 and v4")
    program = "import json, test_threads_bits as t, dlx; print(json.dumps([dlx._C._cpu_level(), t.trained()]))"
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
    assert found["v3"] == found["v4"]


@pytest.mark.parametrize("bad", [0, -1, 1 << 20])
def test_number_of_threads_is_checked(bad):
    with pytest.raises(ValueError, match="set_num_threads"):
        dlx.set_num_threads(bad)
