// Observers of kernel calls.
#include <pybind11/pybind11.h>

#include "bindings/python.h"
#include "observe/recorder.h"

namespace dlx::bindings {

void define_observe(py::module_& m) {
  using observe::Recorder;
  py::class_<Recorder>(m, "_Recorder", "Notes the kernel calls of this thread between start() and stop(); replay() makes them again.")
      .def(py::init<>())
      // By reference: to a member's pointer pybind11 gives null for None.
      .def("start", [](Recorder& r) { r.start(); })
      .def("stop", [](Recorder& r) { r.stop(); })
      .def("replay", [](Recorder& r) { r.replay(); })
      .def("__len__", [](const Recorder& r) { return r.size(); })
      .def("names", [](const Recorder& r) {
        py::list names;
        for (const Call& call : r.calls()) names.append(call.kernel);
        return names;
      });
}

}  // namespace dlx::bindings
