"""How many threads there are, who says so, and dlx beside other threads and other libraries in one process."""

from __future__ import annotations

import os
import subprocess
import sys
import threading

import numpy as np
import pytest

import dlx


def in_process(code: str, affinity: set[int] | None = None, **env: str) -> str:
    kept = {name: value for name, value in os.environ.items() if name not in ("DLX_NUM_THREADS", "OMP_NUM_THREADS")}
    done = subprocess.run(
        [sys.executable, "-c", code],
        capture_output=True,
        text=True,
        timeout=120,
        env={**kept, **env},
        preexec_fn=None if affinity is None else lambda: os.sched_setaffinity(0, affinity),
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.strip()


COUNT = "import dlx; print(dlx.get_num_threads())"


@pytest.mark.parametrize(
    ("env", "want"),
    [
        ({"DLX_NUM_THREADS": "3"}, 3),
        ({"OMP_NUM_THREADS": "5"}, 5),
        ({"OMP_NUM_THREADS": "4,2"}, 4),  # OpenMP's word for nested regions
        ({"DLX_NUM_THREADS": "3", "OMP_NUM_THREADS": "5"}, 3),
        ({"DLX_NUM_THREADS": "", "OMP_NUM_THREADS": "5"}, 5),
        ({"DLX_NUM_THREADS": "many", "OMP_NUM_THREADS": "0"}, None),
        ({"DLX_NUM_THREADS": "-2"}, None),
        ({"DLX_NUM_THREADS": "1000000"}, 4096),
    ],
    ids=str,
)
def test_the_environment_sets_the_number(env, want):
    assert int(in_process(COUNT, **env)) == (want or int(in_process(COUNT)))


def test_without_a_word_there_are_as_many_as_the_process_may_use():
    may_use = os.sched_getaffinity(0)
    assert 1 <= int(in_process(COUNT)) <= len(may_use)  # fewer where a control group says so
    assert int(in_process(COUNT, affinity={min(may_use)})) == 1


@pytest.mark.parametrize("bad", [0, -1, 1 << 20])
def test_number_of_threads_is_checked(bad):
    with pytest.raises(ValueError, match="set_num_threads"):
        dlx.set_num_threads(bad)


@pytest.fixture
def threads():
    before = dlx.get_num_threads()
    yield dlx.set_num_threads
    dlx.set_num_threads(before)


def work(seed: int) -> float:
    """Small and large ops, forward and backward."""
    x = dlx.tensor(np.random.default_rng(seed).standard_normal((200, 300)).astype(np.float32), requires_grad=True)
    y = (x @ x.T).tanh().softmax(dim=1)
    (y * y).sum().backward()
    return x.grad.double().sum().item() + sum((x[:2, :2] + i).sum().item() for i in range(20))


def test_python_threads_compute_side_by_side(threads):
    threads(1)
    want = [work(seed) for seed in range(4)]
    threads(3)
    got: dict[int, list[float]] = {}

    def run(seed: int) -> None:
        got[seed] = [work(seed) for _ in range(10)]

    hosts = [threading.Thread(target=run, args=(seed,)) for seed in range(4)]
    for host in hosts:
        host.start()
    for host in hosts:
        host.join()
    assert [got[seed] for seed in range(4)] == [[value] * 10 for value in want]


def test_the_pool_ends_with_the_process():
    """At exit its threads sleep or spin; tensors die after it."""
    code = """
import dlx, threading
dlx.set_num_threads(3)
x = dlx.ones(1000, 1000)
keep = [x.exp()]
t = threading.Thread(target=lambda: keep.append(x.exp())); t.start(); t.join()
print(keep[1].sum().item() > 0)
"""
    assert in_process(code) == "True"


BESIDE = """
import threading
{imports}
dlx.set_num_threads(2)
def ours():
    x = dlx.full((300, 300), 0.1)
    return {{(x @ x).exp().sum().item() for _ in range(30)}}
def ours_again():
    assert ours() == want
def theirs():
{theirs}
want = ours()
assert len(want) == 1
for _ in range(2):
    theirs(); ours_again()
both = [threading.Thread(target=f) for f in (ours_again, theirs, ours_again, theirs)]
[t.start() for t in both]; [t.join() for t in both]
import os
child = os.fork()
if child == 0:
    os._exit(0 if ours() == want else 1)
assert os.waitpid(child, 0)[1] == 0
theirs(); ours_again()
print("both")
"""
LIBRARIES = {
    "numpy": "    assert (np.ones((300, 300)) @ np.ones((300, 300))).mean() == 300",
    "torch": (
        "    x = torch.full((300, 300), 0.1)\n"
        "    for _ in range(30): assert (x @ x).exp().log().mean().item() - 3 < 1e-3"
    ),
    "sklearn": (
        "    from sklearn.cluster import KMeans\n"
        "    x = np.random.default_rng(0).standard_normal((2000, 8))\n"
        "    assert KMeans(3, n_init=1, max_iter=5, random_state=0).fit(x).cluster_centers_.shape == (3, 8)"
    ),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("first", [True, False], ids=["imported first", "imported after"])
@pytest.mark.parametrize("library", LIBRARIES)
def test_beside_other_libraries(library, first):
    if library != "numpy":
        pytest.importorskip(library)
    imports = ["import dlx", f"import {library}"]
    imports = ["import numpy as np", *(imports if first else imports[::-1])]
    code = BESIDE.format(imports="\n".join(imports), theirs=LIBRARIES[library])
    assert in_process(code) == "both"
