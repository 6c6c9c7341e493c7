"""The programs in examples/ learn what they say; and each computes the same bits on any threads and any level."""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import pytest

import dlx

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = ["mlp_table", "digits", "lstm_text", "attention_sequence"]
IMAGES = {  # programs with --epochs, --seed and --out, and the pictures that they save
    "resnet_digits": ["augmented", "features", "filters", "predictions"],
    "unet_shapes": ["features", "filters", "predictions"],
    "denoise_digits": ["denoised", "features", "filters", "levels"],
}
STEPS = 50


def load(name):
    if "digits" in name:
        pytest.importorskip("sklearn")
    spec = importlib.util.spec_from_file_location(f"example_{name}", EXAMPLES / f"{name}.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def figures(name):
    """The losses of a short run, and a digest of all parameters and buffers after it."""
    found = load(name).main(quiet=True, **({"epochs": 1} if name in IMAGES else {"steps": STEPS}))
    parts = [value.detach().numpy().tobytes() for value in found["model"].state_dict().values()]
    return [found["losses"], hashlib.sha256(b"".join(parts)).hexdigest()]


@pytest.fixture
def threads():
    before = dlx.get_num_threads()
    dlx._C._set_serial_threshold(0)  # else what is small runs in one thread in any case
    yield dlx.set_num_threads
    dlx.set_num_threads(before)
    dlx._C._set_serial_threshold(None)


def test_mlp_on_a_table(capsys):
    found = load("mlp_table").main()
    assert found["r2"] > 0.99
    assert "test: R²" in capsys.readouterr().out


def test_cnn_on_digits(capsys):
    found = load("digits").main()
    assert found["accuracy"] > 0.97
    assert "test accuracy" in capsys.readouterr().out


def test_lstm_on_text(capsys):
    found = load("lstm_text").main()
    assert found["loss"] < 0.1
    assert found["recited"] == 1.0
    assert "Could frame thy fearful symmetry?" in capsys.readouterr().out


def test_attention_on_sequences(capsys):
    found = load("attention_sequence").main()
    assert found["accuracy"] > 0.95
    assert "answered right" in capsys.readouterr().out


def test_resnet_on_few_digits():
    found = load("resnet_digits").main(epochs=25, quiet=True)
    assert found["without"] > 0.8
    assert found["accuracy"] > 0.9


def test_unet_on_shapes():
    found = load("unet_shapes").main(epochs=4, quiet=True)  # a mean IoU of 0.76 takes all epochs
    assert sum(found["losses"][-5:]) < 0.6 * sum(found["losses"][:5])
    assert 0.15 < found["iou"] < 1


def test_denoising_digits():
    found = load("denoise_digits").main(epochs=3, quiet=True)
    assert found["before"] < 9 < found["blurred"] < found["after"]


@pytest.mark.parametrize("name", IMAGES)
def test_options_and_pictures(name, tmp_path, monkeypatch, capsys):
    load(name)  # skips where its data are missing
    Image = pytest.importorskip("PIL.Image")
    monkeypatch.setattr(sys, "argv", [name, "--epochs", "1", "--seed", "3", "--out", str(tmp_path / "pictures")])
    runpy.run_path(str(EXAMPLES / f"{name}.py"), run_name="__main__")
    assert capsys.readouterr().out
    assert sorted(path.stem for path in (tmp_path / "pictures").glob("*.png")) == IMAGES[name]
    for path in (tmp_path / "pictures").iterdir():
        with Image.open(path) as image:
            assert min(image.size) > 40
            assert len(image.getcolors(1 << 20)) > 5


def test_every_example_is_tested():
    assert sorted(path.stem for path in EXAMPLES.glob("*.py")) == sorted([*NAMES, *IMAGES])


@pytest.mark.parametrize("name", [*NAMES, *IMAGES])
def test_the_same_bits_on_any_number_of_threads(name, threads):
    runs = {}
    for count in (1, 2, 3):
        threads(count)
        runs[count] = figures(name)
    assert len(runs[1][0]) == STEPS or name in IMAGES
    assert runs[2] == runs[1]
    assert runs[3] == runs[1]


@pytest.mark.parametrize("name", [*NAMES, *IMAGES])
def test_the_same_bits_on_every_level(name):
    levels = [level for level in ("v3", "v4") if level in dlx._C._cpu_levels()]
    if len(levels) < 2:
        pytest.skip("needs a build and a machine with the levels v3 and v4")
    load(name)  # skips where its data are missing
    program = (
        "import json, sys, test_examples as t, dlx; print(json.dumps([dlx._C._cpu_level(), t.figures(sys.argv[1])]))"
    )
    found = {}
    for level in levels:
        env = {
            **os.environ,
            "DLX_CPU_ISA": level,
            "PYTHONPATH": os.pathsep.join([str(Path(__file__).parent), *sys.path]),
        }
        done = subprocess.run(
            [sys.executable, "-c", program, name], env=env, capture_output=True, text=True, timeout=300
        )
        assert done.returncode == 0, done.stderr
        chosen, found[level] = json.loads(done.stdout)
        assert chosen == level
    assert found["v3"] == found["v4"]
