"""The command `dlx`."""

from __future__ import annotations

import builtins
import re
import sys

import numpy as np
import pytest

import dlx
from dlx import cli
from dlx.models import digits


@pytest.fixture(scope="module")
def model(tmp_path_factory):
    pytest.importorskip("sklearn")
    pytest.importorskip("rich")
    path = tmp_path_factory.mktemp("cli") / "digits.safetensors"
    assert cli.main(["train", "digits", "--epochs", "1", "--seed", "3", "--out", str(path)]) == 0
    return path


def run(capsys, *argv):
    code = cli.main([str(arg) for arg in argv])
    out, err = capsys.readouterr()
    return code, out, err


def test_train_shows_a_table_and_saves(model, capsys, tmp_path):
    code, out, _ = run(capsys, "train", "digits", "--epochs", "1", "--out", tmp_path / "m.st")
    assert code == 0
    assert re.search(r"test .* 0\.\d{4} .* \d\d\.\d\d %", out)
    assert "Trained in" in out
    saved = dlx.load(tmp_path / "m.st")
    assert saved["task"] == "digits"
    assert saved["seed"] == 0


def test_same_seed_same_bits(model, tmp_path):
    again = tmp_path / "again.st"
    assert cli.main(["train", "digits", "--epochs", "1", "--seed", "3", "--out", str(again)]) == 0
    assert again.read_bytes() == model.read_bytes()


def test_predict_shows_test_images(model, capsys):
    code, out, _ = run(capsys, "predict", model, "--index", 0, 7)
    assert code == 0
    assert "test image 0" in out
    assert "test image 7" in out
    assert out.count("it is a") == 2
    assert out.count("@") > 10


def test_predict_reads_files(model, capsys, tmp_path):
    _, (images, _) = digits.load_digits(0)
    image = images[0, 0].numpy()
    np.save(tmp_path / "a.npy", image)
    np.savetxt(tmp_path / "b.csv", image * 16, delimiter=",", fmt="%d")
    code, out, _ = run(capsys, "predict", model, tmp_path / "a.npy", tmp_path / "b.csv")
    assert code == 0
    first, second = (part.split("\n", 1)[1] for part in out.strip().split("\n\n")[:2])
    assert re.findall(r"\d+\.\d+ %", first) == re.findall(r"\d+\.\d+ %", second)


@pytest.mark.parametrize(
    ("name", "content", "text"),
    [
        ("a.npy", np.zeros((3, 3)), r"must hold 8 x 8 grey values. Got the shape \(3, 3\)"),
        ("a.npy", np.full((8, 8), -1.0), "from 0 to 1, 16 or 255"),
        ("a.npy", np.full((8, 8), np.nan), "from 0 to 1, 16 or 255"),
        ("a.npy", np.array([["x"] * 8] * 8), "not numbers"),
        ("a.npy", b"no array", "cannot read the image"),
        ("a.csv", b"1,2,x", "cannot read the image"),
        ("a.xyz", b"", "images are read from"),
    ],
)
def test_wrong_images(model, capsys, tmp_path, name, content, text):
    path = tmp_path / name
    if isinstance(content, bytes):
        path.write_bytes(content)
    else:
        np.save(path, content)
    code, _, err = run(capsys, "predict", model, path)
    assert code == 1
    assert re.search(text, err)


def test_wrong_models(model, capsys, tmp_path):
    assert "cannot read the model" in run(capsys, "predict", tmp_path / "nothing")[2]
    (tmp_path / "text").write_text("hello")
    assert "cannot read the model" in run(capsys, "predict", tmp_path / "text")[2]
    dlx.save({"a": 1}, tmp_path / "other.st")
    assert "is no model" in run(capsys, "predict", tmp_path / "other.st")[2]
    saved = dlx.load(model)
    saved["model"].pop("layers.0.weight")
    dlx.save(saved, tmp_path / "part.st")
    assert "Missing key" in run(capsys, "predict", tmp_path / "part.st")[2]


def test_wrong_index_and_device(model, capsys):
    assert "there are 359 test images" in run(capsys, "predict", model, "--index", 9999)[2]
    assert "--device cuda cannot be used" in run(capsys, "predict", model, "--device", "cuda")[2]
    assert "--device toaster cannot be used" in run(capsys, "predict", model, "--device", "toaster")[2]


def test_a_missing_folder_is_told_before_training(capsys, tmp_path):
    pytest.importorskip("rich")
    code, _, err = run(capsys, "train", "digits", "--out", tmp_path / "no" / "m.st")
    assert code == 1
    assert "does not exist" in err


@pytest.mark.parametrize("missing", ["rich", "sklearn"])
def test_missing_extras_name_the_command(capsys, monkeypatch, tmp_path, missing):
    real = builtins.__import__

    def without(name, *args, **kwargs):
        if name.partition(".")[0] == missing:
            raise ImportError(name)
        return real(name, *args, **kwargs)

    for name in list(sys.modules):
        if name.partition(".")[0] == missing:
            monkeypatch.delitem(sys.modules, name)
    monkeypatch.setattr(builtins, "__import__", without)
    code, _, err = run(capsys, "train", "digits", "--out", tmp_path / "m.st")
    assert code == 1
    assert "pip install 'dlx[train]'" in err


@pytest.mark.parametrize(
    "argv",
    [["train", "digits", "--epochs", "0"], ["train", "digits", "--lr", "-1"], ["train", "digits", "--seed", "x"], []],
)
def test_wrong_options(capsys, argv):
    with pytest.raises(SystemExit) as stop:
        cli.main(argv)
    assert stop.value.code == 2


def test_help_and_version(capsys):
    for argv in (["--help"], ["train", "digits", "--help"], ["predict", "--help"]):
        with pytest.raises(SystemExit) as stop:
            cli.main(argv)
        assert stop.value.code == 0
    assert "--seed" in capsys.readouterr().out
    with pytest.raises(SystemExit):
        cli.main(["--version"])
    assert dlx.__version__ in capsys.readouterr().out


def test_the_split_has_every_digit_and_no_image_twice():
    pytest.importorskip("sklearn")
    (train, _), (test, test_labels) = digits.load_digits(5)
    assert len(train) + len(test) == 1797
    assert sorted(set(test_labels.tolist())) == list(range(10))
    assert len(test) == pytest.approx(0.2 * 1797, abs=5)
    seen = {row.tobytes() for row in train.numpy().reshape(len(train), -1)}
    assert not any(row.tobytes() in seen for row in test.numpy().reshape(len(test), -1))
