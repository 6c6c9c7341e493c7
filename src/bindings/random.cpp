#include "ops/random.h"

#include <pybind11/stl.h>

#include "bindings/def.h"

namespace dlx::bindings {
namespace {

Tensor rand_of(const Dims& size, std::optional<DType> dtype, std::optional<Device> device, const ops::GeneratorPtr& generator) {
  return ops::rand(size, dtype.value_or(default_dtype()), device.value_or(kCpu), generator);
}
Tensor randn_of(const Dims& size, std::optional<DType> dtype, std::optional<Device> device, const ops::GeneratorPtr& generator) {
  return ops::randn(size, dtype.value_or(default_dtype()), device.value_or(kCpu), generator);
}
Tensor randint_of(int64_t low, int64_t high, const Dims& size, std::optional<DType> dtype, std::optional<Device> device, const ops::GeneratorPtr& generator) {
  return ops::randint(low, high, size, dtype.value_or(DType::int64), device.value_or(kCpu), generator);
}
Tensor randperm_of(int64_t n, std::optional<DType> dtype, std::optional<Device> device, const ops::GeneratorPtr& generator) {
  return ops::randperm(n, dtype.value_or(DType::int64), device.value_or(kCpu), generator);
}

// Seeds are any Python int of 64 bits, signed or not.
uint64_t to_seed(const py::int_& seed) {
  int overflow = 0;
  const long long value = PyLong_AsLongLongAndOverflow(seed.ptr(), &overflow);
  if (!overflow) return static_cast<uint64_t>(value);
  const unsigned long long large = PyLong_AsUnsignedLongLong(seed.ptr());
  if (PyErr_Occurred()) {
    PyErr_Clear();
    fail<ValueError>("manual_seed: the seed must fit in 64 bits.");
  }
  return large;
}

}  // namespace

Argument<const ops::GeneratorPtr&>::Argument(PyObject* o, Place p) {
  if (o == Py_None) return;
  if (!py::isinstance<ops::Generator>(o)) fail_argument(p, "a dlx.Generator or None", o);
  value = py::cast<ops::GeneratorPtr>(py::handle(o));
}

DLX_BINDINGS(random) {
  def<"uniform_", &ops::uniform_>(m);
  def<"normal_", &ops::normal_>(m);
  def<"rand", &rand_of>(m);
  def<"randn", &randn_of>(m);
  def<"randint", &randint_of>(m);
  def<"randperm", &randperm_of>(m);
  def<"bernoulli", &ops::bernoulli>(m);
  def<"bernoulli_", &ops::bernoulli_>(m);
  def<"normal", &ops::normal>(m);
  def<"random_", &ops::random_>(m);
  def<"exponential_", &ops::exponential_>(m);
  def<"geometric_", &ops::geometric_>(m);
  def<"cauchy_", &ops::cauchy_>(m);
  def<"log_normal_", &ops::log_normal_>(m);
  def<"multinomial", &ops::multinomial>(m);
  def<"dropout", &ops::dropout>(m);
  def<"feature_dropout", &ops::feature_dropout>(m);
  def<"alpha_dropout", &ops::alpha_dropout>(m);

  const auto set_state = [](const py::object& self, const py::object& state) {
    py::cast<ops::Generator&>(self).set_state(Argument<const Tensor&>(state.ptr(), {"set_state", 0}).get());
    return self;
  };
  m.def("_restored_generator", [set_state](const py::object& type, const py::object& state) { return set_state(type(), state); });
  py::class_<ops::Generator, ops::GeneratorPtr>(m, "Generator", "A stream of random numbers (Philox 4x32-10), the same on any number of threads.")
      .def(py::init([](const py::object& device) {
             if (!device.is_none() && to_device(device.ptr(), {"Generator", 0}) != kCpu)
               fail<NotImplementedError>("Generator: random numbers are made on the CPU only.");
             return std::make_shared<ops::Generator>(67280421310721);  // PyTorch's default seed
           }),
           py::arg("device") = py::none())
      .def("manual_seed", [](const py::object& self, const py::int_& seed) {
             py::cast<ops::Generator&>(self).manual_seed(to_seed(seed));
             return self;
           }, py::arg("seed"))
      .def("seed", [](ops::Generator& g) { return g.seed(); })  // not &Generator::seed: to that pybind11 gives null for None
      .def("initial_seed", [](const ops::Generator& g) { return g.initial_seed(); })
      .def("get_state", [](const ops::Generator& g) { return py::reinterpret_steal<py::object>(wrap(g.state())); })
      .def("set_state", set_state, py::arg("new_state"))
      .def("__reduce__", [restore = py::object(m.attr("_restored_generator"))](const py::object& self) {
             return py::make_tuple(restore, py::make_tuple(py::type::of(self), self.attr("get_state")()));
           })
      .def_property_readonly("_state", [](const ops::Generator& g) { return py::reinterpret_steal<py::object>(wrap(g.state_tensor())); },
                             "The state itself: what kernels read and advance.")
      .def_property_readonly("device", [](const ops::Generator&) { return kCpu; });
  m.attr("default_generator") = ops::default_generator();
  m.def("manual_seed", [](const py::int_& seed) {
    ops::default_generator()->manual_seed(to_seed(seed));
    return ops::default_generator();
  });
}

}  // namespace dlx::bindings
