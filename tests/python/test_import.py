"""What `import dlx` loads and costs, and what its names say when they are missing."""

from __future__ import annotations

import json

import pytest
from processes import in_process

import dlx

HEAVY = [
    "torch",
    "sklearn",
    "rich",
    "PIL",
    "safetensors",
    "matplotlib",
    "dataclasses",
    "inspect",
    "asyncio",
    "importlib.metadata",
]


def test_nothing_heavy_is_imported():
    code = (
        "import json, numpy, sys; before = set(sys.modules); import dlx, dlx.nn, dlx.optim;"
        "print(json.dumps(sorted(set(sys.modules) - before)))"
    )
    new = json.loads(in_process(code))
    assert not [name for name in new if name in HEAVY]
    assert not [
        name
        for name in new
        if name.startswith(("dlx.io", "dlx.cli", "dlx.data", "dlx.models", "dlx._repr", "dlx._absent"))
    ]


def test_the_parts_are_attributes_without_importing_them():
    text = in_process(
        "import dlx; print(dlx.nn.functional.relu, dlx.optim.SGD, dlx.autograd.grad, dlx.cuda.is_available(),"
        "dlx.utils.data.DataLoader)"
    )
    assert "relu" in text
    assert "False" in text


def test_import_time_over_numpy(tmp_path):
    code = (
        "import numpy, time; t = time.perf_counter(); import dlx; a = time.perf_counter(); import dlx.nn, dlx.optim;"
        "print((time.perf_counter() - t) * 1000)"
    )
    # With bytecode, as installed; the first run writes it.
    bytecode = {"PYTHONPYCACHEPREFIX": str(tmp_path), "PYTHONDONTWRITEBYTECODE": ""}
    best = min(float(in_process(code, **bytecode)) for _ in range(6))
    assert best < 60, f"import takes {best:.1f} ms beyond NumPy"


def test_every_name_of_all_is_there():
    for module in (
        dlx,
        dlx.nn,
        dlx.nn.functional,
        dlx.nn.init,
        dlx.nn.utils,
        dlx.optim,
        dlx.autograd,
        dlx.data,
        dlx.cpu,
        dlx.cuda,
    ):
        for name in module.__all__:
            assert getattr(module, name, dlx) is not dlx, f"{module.__name__}.{name}"
    assert set(dlx.__all__) - {"newaxis"} <= {*dir(dlx)}


@pytest.mark.parametrize(
    ("module", "name", "text"),
    [
        ("dlx", "lu_solve", r"module 'dlx' has no attribute 'lu_solve': dlx leaves it out \(rare or exotic\)"),
        ("dlx", "quantize_per_tensor", "dlx brings its own"),
        ("dlx", "softmaxx", "Did you mean 'softmax'"),
        ("dlx.nn", "SyncBatchNorm", "dlx leaves it out"),
        ("dlx.nn.functional", "conv_tbc", "dlx leaves it out"),
        ("dlx.optim", "SparseAdam", "dlx leaves it out"),
        ("dlx.optim", "Adamm", "Did you mean 'Adam'"),
    ],
)
def test_missing_names_say_why(module, name, text):
    import importlib

    with pytest.raises(AttributeError, match=text):
        getattr(importlib.import_module(module), name)
    with pytest.raises(ImportError):
        exec(f"from {module} import {name}", {})


def test_cuda_says_why_not():
    if dlx.cuda.is_available():
        pytest.skip("there is a GPU")
    assert dlx.cuda.device_count() == 0
    assert dlx.cuda.why().endswith(".")
    with pytest.raises(RuntimeError, match="no GPU can be used"):
        dlx.cuda.synchronize()
    dlx.cuda.manual_seed_all(1)


def test_pytorch_code_runs_after_a_changed_import():
    code = """
import dlx as torch
import dlx.nn as nn
from dlx.utils.data import DataLoader, TensorDataset

torch.manual_seed(0)
device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
x = torch.randn(64, 3)
y = (x.sum(dim=1) > 0).long()
model = nn.Sequential(nn.Linear(3, 16), nn.ReLU(), nn.Linear(16, 2)).to(device)
optimizer = torch.optim.Adam(model.parameters(), lr=0.01)
criterion = nn.CrossEntropyLoss()
for epoch in range(20):
    for inputs, labels in DataLoader(TensorDataset(x, y), batch_size=16, shuffle=True):
        inputs, labels = inputs.to(device), labels.to(device)
        optimizer.zero_grad()
        loss = criterion(model(inputs), labels)
        loss.backward()
        optimizer.step()
model.eval()
with torch.no_grad():
    print((model(x).argmax(1) == y).float().mean().item())
"""
    assert float(in_process(code)) > 0.95
