// Observers of kernel calls.
#include <pybind11/pybind11.h>

#include "bindings/python.h"
#include "observe/recorder.h"

namespace dlx::bindings {

void define_observe(py::module_& m) {
  using observe::Recorder;
  py::class_<Recorder>(m, "_Recorder", "Notes the kernel calls of this thread between start() and stop(); replay() makes them again.")
      .def(py::init<>())
      .def("start", &Recorder::start)
      .def("stop", &Recorder::stop)
      .def("replay", &Recorder::replay)
      .def("__len__", &Recorder::size)
      .def("names", [](const Recorder& r) {
        py::list names;
        for (const Call& call : r.calls()) names.append(call.kernel);
        return names;
      });
}

}  // namespace dlx::bindings
