#include "ops/linalg.h"

#include <pybind11/pybind11.h>

#include "bindings/def.h"
#include "core/python_hooks.h"
#include "core/thread_state.h"

namespace dlx::bindings {
namespace {

py::tuple wrapped(const Tensor* tensors, int64_t count) {
  py::tuple list(static_cast<size_t>(count));
  for (int64_t i = 0; i < count; ++i) list[static_cast<size_t>(i)] = py::reinterpret_steal<py::object>(wrap(tensors[i]));
  return list;
}

void call_lapack(int what, const Tensor* outs, int64_t out_count, const Tensor* ins, int64_t in_count) {
  const Gil gil;
  // The kernel call is what an observer sees; that NumPy looks at the memory is part of it.
  struct Unobserved {
    Observer* before = std::exchange(thread_state.observer, nullptr);
    ~Unobserved() { thread_state.observer = before; }
  } unobserved;
  py::module_::import("dlx._lapack").attr("run")(what, wrapped(outs, out_count), wrapped(ins, in_count));
}

}  // namespace

DLX_BINDINGS(linalg) {
  python_hooks.lapack = call_lapack;
  def<"inv", &ops::inv>(m);
  def<"solve", &ops::solve>(m);
  def<"det", &ops::det>(m);
  def<"slogdet", &ops::slogdet>(m);
  def<"cholesky", &ops::cholesky>(m);
  def<"qr", &ops::qr>(m);
  def<"svd", &ops::svd>(m);
  def<"eigh", &ops::eigh>(m);
  def<"pinv", &ops::pinv>(m);
}

}  // namespace dlx::bindings
