"""Any input gives a result or an ordinary exception: thousands of calls with arguments drawn at random, in a process
of their own.

Run `python tests/python/test_any_input.py SEED COUNT` to draw others; the last call is in the file that it names.
"""

from __future__ import annotations

import contextlib
import os
import random
import re
import resource
import subprocess
import sys
import tempfile
import warnings
from typing import Any

import numpy as np
import pytest

import dlx
from dlx import _C, nn

DTYPES = [
    dlx.float32,
    dlx.float64,
    dlx.float16,
    dlx.bfloat16,
    dlx.int8,
    dlx.uint8,
    dlx.int16,
    dlx.int32,
    dlx.int64,
    dlx.bool,
]
SHAPES = [
    (),
    (0,),
    (1,),
    (3,),
    (2, 3),
    (3, 2),
    (2, 0, 3),
    (2, 3, 4),
    (1, 2, 4, 4),
    (2, 2, 5, 5),
    (1,) * 5,
    (4, 2, 3, 3),
    (2, 1),
]
ORDINARY = (
    TypeError, ValueError, IndexError, RuntimeError, MemoryError, OverflowError, KeyError, AttributeError,
    ZeroDivisionError, OSError, ImportError, BufferError,
)  # fmt: skip
# What would change the process that draws the calls.
SPARED = {"set_num_threads", "set_default_dtype", "set_printoptions", "_set_serial_threshold", "save", "load"}


class Draws:
    """Random arguments, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)

    def tensor(self) -> Any:
        choice, chance = self.random.choice, self.random.random
        shape, dtype = choice(SHAPES), choice(DTYPES[:2] * 4 + DTYPES)
        x = (
            dlx.arange(int(np.prod(shape))).reshape(shape).to(dtype)
            if chance() < 0.5
            else dlx.full(shape, choice([0, 1, -1])).to(dtype)
        )
        kind = chance()
        if kind < 0.15 and len(shape) > 1:
            x = x.transpose(0, 1)
        elif kind < 0.25 and shape and shape[0] > 1:
            x = x[::2]
        elif kind < 0.3:
            x = x.unsqueeze(0).expand(3, *x.shape)
        elif kind < 0.35:
            array = np.zeros(shape, dtype=np.float32)
            array.flags.writeable = False
            return dlx.from_numpy(array)
        if x.dtype.is_floating_point and chance() < 0.4:
            x = nn.Parameter(x) if chance() < 0.3 else x.detach().requires_grad_()
            return x * 2 if chance() < 0.5 else x
        return x

    def number(self) -> Any:
        return self.random.choice(
            [0, 1, 2, -1, 3, 64, 0.5, -1.5, 1e300, float("nan"), float("inf"), 2**31, 2**62, -(2**63), 2**70]
        )

    def ints(self) -> list[int]:
        return [self.random.choice([0, 1, 2, -1, 3, 4, 2**31, 2**62]) for _ in range(self.random.randint(0, 4))]

    def any(self) -> Any:
        choice = self.random.choice
        if self.random.random() < 0.5:
            return self.tensor()
        others: list[Any] = [
            None, True, "cpu", "cuda", "mean", "", "x\0y", dlx.float32, float, dlx.device("cpu"), dlx.channels_last,
            object(), {}, b"", ..., slice(None, None, 2), 1 + 2j, np.float32(2), np.zeros(3), dlx.default_generator,
            [self.tensor()], dlx.Generator(),
        ]  # fmt: skip
        return choice([self.number(), self.number(), self.ints(), tuple(self.ints()), choice(others), choice(others)])

    def wanted(self, text: str) -> Any:
        """What an error says that it wants: most calls would stop at their first argument otherwise."""
        for word, draw in (
            ("list or tuple of Tensors", lambda: [self.tensor() for _ in range(self.random.randint(0, 3))]),
            ("Tensor", self.tensor),
            ("sequence", self.ints),
            ("an int", lambda: self.random.choice([0, 1, 2, -1, 3, 2**62])),
            ("bool", lambda: self.random.random() < 0.5),
            ("number", self.number),
            ("dtype", lambda: self.random.choice(DTYPES)),
            ("device", lambda: "cpu"),
            ("memory format", lambda: dlx.channels_last),
            ("mean", lambda: self.random.choice(["mean", "sum", "none"])),
        ):
            if word in text:
                return draw()
        return None


def targets() -> list[tuple[str, Any]]:
    found = []
    for module in (_C, dlx, nn.functional, nn.init, nn.utils, dlx.Tensor):
        names = [name for name in dir(module) if name not in SPARED and not name.startswith("__")]
        if module is dlx.Tensor:
            names += [
                f"__{name}__"
                for name in [
                    "add",
                    "radd",
                    "iadd",
                    "mul",
                    "truediv",
                    "pow",
                    "matmul",
                    "getitem",
                    "setitem",
                    "eq",
                    "lt",
                    "contains",
                ]
            ]
        found += [(f"{module.__name__}.{name}", getattr(module, name)) for name in names]
    found = [(name, f) for name, f in found if callable(f) and not isinstance(f, type)]
    for cls in vars(_C).values():  # what makes an object, and its methods with anything for the object
        if isinstance(cls, type) and cls is not _C.Tensor:
            found.append((f"dlx._C.{cls.__name__}", cls))
            methods = [(f"dlx._C.{cls.__name__}.{name}", f) for name, f in vars(cls).items() if name != "__new__"]
            found += [(name, f) for name, f in methods if callable(f)]
    return found


def shown(value: Any) -> str:
    return f"{value.dtype}{tuple(value.shape)}{value.stride()}" if isinstance(value, dlx.Tensor) else repr(value)[:60]


def call(name: str, f: Any, draws: Draws, note: Any) -> None:
    count = draws.random.choice([1, 1, 2, 2, 3, 4, 5])
    if name.startswith("dlx._C."):
        with contextlib.suppress(*ORDINARY):
            try:
                f()
            except TypeError as error:
                told = re.search(r"takes (\d+) arguments", str(error))
                count = int(told[1]) if told else count
    args = [draws.any() for _ in range(count)]
    if draws.random.random() < 0.7 and name.startswith("dlx._C.") and args:
        args[-1] = None  # mostly `out`
    for _ in range(10):
        note.seek(0)
        note.truncate()
        note.write(f"{name}({', '.join(map(shown, args))})\n")
        note.flush()
        try:
            result = f(*args)
        except TypeError as error:
            told = re.search(r"argument (\d+) must be (.*?)\. Got", str(error))
            if not told or int(told[1]) > len(args):
                return
            args[int(told[1]) - 1] = draws.wanted(told[2])
            continue
        if isinstance(result, dlx.Tensor) and result.numel() < 100_000:
            repr(result)
            if result.requires_grad and result.numel():
                result.sum().backward()
        return


def main(seed: int, count: int) -> None:
    warnings.simplefilter("ignore")
    dlx.set_num_threads(1)
    # Sizes that a machine with much memory would grant, and fill for minutes, are a MemoryError here.
    resource.setrlimit(resource.RLIMIT_AS, (2 << 30, 2 << 30))
    draws, all_targets = Draws(seed), targets()
    with tempfile.NamedTemporaryFile("w", prefix="dlx-last-call-", delete=False) as note:
        print(note.name, flush=True)
        for _ in range(count):
            name, f = draws.random.choice(all_targets)
            dlx.set_grad_enabled(True)
            with contextlib.suppress(*ORDINARY):
                call(name, f, draws, note)
    os.unlink(note.name)


@pytest.mark.parametrize("seed", [1, 2])
def test_thousands_of_calls_end_in_results_or_ordinary_exceptions(seed):
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path), "PYTHONFAULTHANDLER": "1"}
    command = [sys.executable, __file__, str(seed), "3000"]
    done = subprocess.run(command, capture_output=True, text=True, env=environment, timeout=600, check=False)
    if done.returncode:
        with open(done.stdout.split("\n")[0]) as note:
            last = note.read()
        pytest.fail(f"exit code {done.returncode} at {last}\n{done.stderr[-2000:]}")


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
