"""What dlx holds of the machine's memory: dlx.cpu's statistics, and what repeated steps ask the system for: nothing."""

from __future__ import annotations

import gc
import resource
from collections.abc import Callable

import networks
import pytest
from processes import in_process

import dlx

MB = 1 << 20


def faults_of(work: Callable[[], None], count: int) -> int:
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(count):
        work()
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.parametrize("name", networks.NAMES)
def test_after_three_equal_steps_the_system_is_asked_for_nothing(name):
    dlx.manual_seed(0)
    dlx.cpu.empty_cache()
    step = networks.training(*networks.make(name))
    for _ in range(3):
        step()
    gc.collect()
    before = dlx.cpu.memory_stats()
    faults = [faults_of(step, 3) for _ in range(3)]
    after = dlx.cpu.memory_stats()
    for key in ("num_device_alloc", "num_device_free", "reserved_bytes.all.current"):
        assert after[key] == before[key], key
    # Python's own heap may grow a little now and then; memory that is mapped anew faults a thousand times.
    assert min(faults) <= faults_of(lambda: None, 3) + 8, faults


def test_statistics():
    dlx.cpu.empty_cache()
    dlx.cpu.reset_peak_memory_stats()
    before = dlx.cpu.memory_stats()
    x = dlx.zeros(4 * MB)
    held = dlx.cpu.memory_stats()
    taken = held["allocated_bytes.all.current"] - before["allocated_bytes.all.current"]
    assert 16 * MB <= taken <= 18 * MB
    assert held["num_device_alloc"] == before["num_device_alloc"] + 1
    del x
    free = dlx.cpu.memory_stats()
    assert free["allocated_bytes.all.current"] <= before["allocated_bytes.all.current"] + 4096
    assert free["allocated_bytes.all.peak"] >= held["allocated_bytes.all.current"]
    assert free["reserved_bytes.all.current"] == held["reserved_bytes.all.current"]
    dlx.cpu.empty_cache()
    empty = dlx.cpu.memory_stats()
    assert empty["reserved_bytes.all.current"] <= before["reserved_bytes.all.current"]
    assert empty["num_device_free"] > before["num_device_free"]
    assert dlx.cpu.max_memory_reserved() >= dlx.cpu.memory_reserved() + 16 * MB
    dlx.cpu.reset_peak_memory_stats()
    assert dlx.cpu.max_memory_reserved() == dlx.cpu.memory_reserved() == empty["reserved_bytes.all.current"]
    assert dlx.cpu.max_memory_allocated() >= dlx.cpu.memory_allocated()


def test_the_cpu_is_one_device():
    assert dlx.cpu.is_available()
    assert dlx.cpu.device_count() == 1
    assert dlx.cpu.current_device() == "cpu"
    assert dlx.cpu.synchronize() is None
    assert set(dlx.cpu.__all__) <= {name for name in dir(dlx.cpu) if callable(getattr(dlx.cpu, name))}
    with pytest.raises(AttributeError, match="dlx.cpu"):
        _ = dlx.cpu.Stream


def test_what_cannot_be_had_is_a_memory_error():
    refused = dlx.cpu.memory_stats()["num_ooms"]
    with pytest.raises(MemoryError, match=f"cannot allocate {8 << 40} bytes on the CPU: .* available"):
        dlx.empty(2 << 40)
    assert dlx.cpu.memory_stats()["num_ooms"] == refused + 1
    with open("/proc/meminfo") as file:
        available = next(int(line.split()[1]) for line in file if line.startswith("MemAvailable"))
    with pytest.raises(MemoryError, match=f"cannot allocate {available * 1200} bytes"):  # the kernel would promise it
        dlx.empty(available * 1200, dtype=dlx.uint8)
    assert dlx.ones(3).sum().item() == 3


def test_under_pressure_the_cache_goes_before_anything_is_refused():
    code = """
import resource, dlx
x = dlx.zeros(30 << 20); del x                      # 120 MB in the cache
size = [int(line.split()[1]) for line in open("/proc/self/status") if line.startswith("VmSize")][0] * 1024
resource.setrlimit(resource.RLIMIT_AS, (size + (80 << 20),) * 2)
y = dlx.zeros(40 << 20)                             # 160 MB fit only where the 120 were
assert dlx.cpu.memory_stats()["num_ooms"] == 0
small = [dlx.zeros(1 << 16) for _ in range(20)]
try:
    dlx.zeros(100 << 20)
except MemoryError as error:
    print(error)
print(y.sum().item(), dlx.cpu.memory_stats()["num_ooms"])
"""
    text = in_process(code, DLX_NUM_THREADS="1")
    assert f"cannot allocate {400 << 20} bytes on the CPU" in text
    assert text.endswith("0.0 1\n")


def test_lengths_that_vary_do_not_pile_up():
    """Every length asks for blocks of its own; those of lengths long past go back."""
    dlx.cpu.empty_cache()
    dlx.cpu.reset_peak_memory_stats()
    for n in range(100, 1500, 7):
        x = dlx.ones(n, 1000)
        y = (x + 1) * x
    del x, y
    used = dlx.cpu.max_memory_allocated()
    assert dlx.cpu.max_memory_reserved() <= 3 * used + 64 * MB
