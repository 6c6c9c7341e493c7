// backward, grad, modes and the hooks of tensors.
#include <pybind11/stl.h>

#include "autograd/engine.h"
#include "bindings/def.h"
#include "core/python_hooks.h"

namespace dlx::bindings {
namespace {

using Tensors = std::vector<Tensor>;

Tensors tensors_of(const py::object& list, const char* function, bool none_allowed = false) {
  Tensors out;
  if (list.is_none()) return out;
  int i = 0;
  for (const py::handle item : list) {
    if (item.is_none() && none_allowed) out.emplace_back();
    else out.push_back(Argument<const Tensor&>(item.ptr(), {function, i}).get());
    ++i;
  }
  return out;
}

// The GIL is given up as a whole: kernels need not give it up one by one, and hooks take it.
Tensors run(const Tensors& outputs, const Tensors& gradients, const Tensors& inputs, const autograd::BackwardOptions& options) {
  const ReleasedGil others_may_run(true);
  return autograd::run_backward(outputs, gradients, inputs, options);
}

void backward(const py::object& tensors, const py::object& gradients, bool retain_graph, bool create_graph, const py::object& inputs) {
  if (!inputs.is_none() && py::len(inputs) == 0) fail<RuntimeError>("backward: inputs must not be an empty list.");
  run(tensors_of(tensors, "backward"), tensors_of(gradients, "backward", true), tensors_of(inputs, "backward"),
      {.retain_graph = retain_graph, .create_graph = create_graph});
}

py::tuple grad(const py::object& outputs, const py::object& inputs, const py::object& gradients, bool retain_graph, bool create_graph, bool allow_unused) {
  const Tensors wanted = tensors_of(inputs, "grad");
  check<ValueError>(!wanted.empty(), "grad: inputs must not be empty.");
  const Tensors results = run(tensors_of(outputs, "grad"), tensors_of(gradients, "grad", true), wanted,
                              {.retain_graph = retain_graph, .create_graph = create_graph, .accumulate = false, .allow_unused = allow_unused});
  return py::reinterpret_steal<py::tuple>(to_python(results));
}

struct PythonHook final : autograd::Hook {
  explicit PythonHook(PyObject* f) : function(f) { python = f; }
  Tensor call(const Tensor& gradient) override {
    const Gil gil;
    const py::object g = py::reinterpret_steal<py::object>(wrap(gradient));
    const py::object result = py::reinterpret_steal<py::object>(PyObject_CallOneArg(function.get(), g.ptr()));
    if (!result) rethrow_python();
    if (result.is_none()) return {};
    check<TypeError>(is_tensor(result.ptr()), "hook: it must return a Tensor or None. Got {}.", Py_TYPE(result.ptr())->tp_name);
    return tensor_of(result.ptr());
  }
  Held function;
};

int64_t add_hook(const py::object& tensor, const py::object& function) {
  check<TypeError>(PyCallable_Check(function.ptr()), "register_hook: the hook must be callable. Got {}.", Py_TYPE(function.ptr())->tp_name);
  return autograd::add_hook(Argument<const Tensor&>(tensor.ptr(), {"register_hook", 0}).get(), std::make_shared<PythonHook>(function.ptr()));
}

int64_t add_post_accumulate_hook(const py::object& tensor, const py::object& function) {
  check<TypeError>(PyCallable_Check(function.ptr()), "register_post_accumulate_grad_hook: the hook must be callable. Got {}.", Py_TYPE(function.ptr())->tp_name);
  return autograd::add_post_accumulate_hook(Argument<const Tensor&>(tensor.ptr(), {"register_post_accumulate_grad_hook", 0}).get(),
                                            std::make_shared<PythonHook>(function.ptr()));
}

bool is_grad_enabled() { return thread_state.grad_enabled; }
// Nothing is recorded in inference mode, whatever is asked.
void set_grad_enabled(bool value) { thread_state.grad_enabled = value && !thread_state.inference; }
bool is_inference_mode_enabled() { return thread_state.inference; }
void set_inference_mode(bool value) { thread_state.inference = value; }

// The dtype that products are computed in under autocast on the CPU or on GPUs, which need not be there; None where it is off.
DeviceType device_type_of(bool gpu) { return gpu ? DeviceType::cuda : DeviceType::cpu; }
py::object get_autocast(bool gpu) {
  const uint8_t mode = thread_state.autocast[static_cast<int>(device_type_of(gpu))];
  if (mode == 0) return py::none();
  return py::reinterpret_steal<py::object>(from_dtype(static_cast<DType>(mode - 1)));
}
void set_autocast(bool gpu, std::optional<DType> dtype) {
  check<DtypeError>(!dtype || is_half(*dtype), "autocast: dtype must be float16 or bfloat16. Got {}.", dtype.value_or(DType::float32));
  thread_state.autocast[static_cast<int>(device_type_of(gpu))] = dtype ? static_cast<uint8_t>(1 + static_cast<int>(*dtype)) : 0;
}

bool is_anomaly_enabled() { return autograd::anomaly_mode.enabled; }
bool is_anomaly_check_nan_enabled() { return autograd::anomaly_mode.check_nan; }
void set_anomaly_enabled(bool enabled, bool check_nan) {
  autograd::anomaly_mode.enabled = enabled;
  autograd::anomaly_mode.check_nan = check_nan;
}

}  // namespace

void define_autograd(py::module_& m) {
  m.def("backward", &backward);
  m.def("grad", &grad);
  m.def("_add_hook", &add_hook);
  m.def("_add_post_accumulate_hook", &add_post_accumulate_hook);
  m.def("_remove_hook", [](const py::object& tensor, int64_t id) {
    autograd::remove_hook(Argument<const Tensor&>(tensor.ptr(), {"remove", 0}).get(), id);
  });
  def<"set_grad_enabled", &set_grad_enabled>(m);
  m.def("is_grad_enabled", &is_grad_enabled);
  def<"set_inference_mode", &set_inference_mode>(m);
  m.def("is_inference_mode_enabled", &is_inference_mode_enabled);
  m.def("_get_autocast", &get_autocast);
  def<"_set_autocast", &set_autocast>(m);
  def<"set_anomaly_enabled", &set_anomaly_enabled>(m);
  m.def("is_anomaly_enabled", &is_anomaly_enabled);
  m.def("is_anomaly_check_nan_enabled", &is_anomaly_check_nan_enabled);
}

}  // namespace dlx::bindings
