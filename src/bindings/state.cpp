// The library itself: threads, memory, levels, defaults, counters.
#include <pybind11/stl.h>

#include "bindings/arguments.h"
#include "core/allocator.h"
#include "core/parallel.h"
#include "core/python_hooks.h"
#include "core/thread_state.h"
#include "observe/levels.h"

namespace dlx::bindings {

void define_state(py::module_& m) {
  m.def("get_num_threads", &num_threads);
  m.def("set_num_threads", &set_num_threads);
  m.def("get_default_dtype", [] { return py::reinterpret_steal<py::object>(from_dtype(default_dtype())); });
  m.def("set_default_dtype", [](const py::object& d) {
    const DType dtype = to_dtype(d.ptr(), {"set_default_dtype", 0});
    check<TypeError>(is_floating(dtype), "set_default_dtype: it must be floating point. Got {}.", dtype);
    set_default_dtype(dtype);
  });
  m.def("promote_types", [](const py::object& a, const py::object& b) {
    return py::reinterpret_steal<py::object>(from_dtype(promote_types(to_dtype(a.ptr(), {"promote_types", 0}), to_dtype(b.ptr(), {"promote_types", 1}))));
  });
  m.def("empty_cache", [] {
    const ReleasedGil others_may_run(true);
    empty_cpu_cache();
  });
  m.def("memory_stats", [] {
    const MemoryStats s = cpu_memory_stats();
    py::dict d;
    d["in_use_bytes"] = s.in_use_bytes;
    d["cached_bytes"] = s.cached_bytes;
    d["system_bytes"] = s.system_bytes;
    d["peak_in_use_bytes"] = s.peak_in_use_bytes;
    d["peak_system_bytes"] = s.peak_system_bytes;
    d["system_requests"] = s.system_requests;
    d["system_returns"] = s.system_returns;
    d["refused"] = s.refused;
    return d;
  });
  m.def("reset_memory_peaks", &reset_cpu_memory_peaks);
  m.def("_cpu_level", &observe::level);
  m.def("_cpu_levels", &observe::levels);
  m.def("_parallel_stats", [] {
    const ParallelStats s = parallel_stats();
    return py::make_tuple(s.regions, s.widest);
  });
  m.def("_reset_parallel_stats", &reset_parallel_stats);
  m.def("_set_serial_threshold", [](std::optional<int64_t> work) { set_serial_threshold(work.value_or(kSerialThreshold)); },
        "For tests: the work below which parallel_for stays serial; None for the default. The cut into chunks does not change.");
  m.def("_live_counts", [] {
    const LiveCounts c = live_counts();
    py::dict d;
    d["tensors"] = c.tensors;
    d["nodes"] = c.nodes;
    d["storages"] = c.storages;
    return d;
  });
  m.def("_synchronize", [](const py::object& device) {
    const Device d = to_device(device.ptr(), {"synchronize", 0});
    const ReleasedGil others_may_run(true);
    backend_of(d.type)->synchronize(d.index);
  });
}

}  // namespace dlx::bindings
