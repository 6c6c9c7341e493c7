// What core asks of Python, set once by the extension; all null in a C++ program.
#pragma once
#include <cstdint>
#include <string>

#include "core/api.h"

namespace dlx {

class Tensor;
struct TensorImpl;

struct PythonHooks {
  // Called by a thread that may or may not hold the GIL. Returns a token for reacquire, null if it did not hold it.
  void* (*release_gil)() = nullptr;
  void (*reacquire_gil)(void* token) = nullptr;
  // A tensor that kept its Python object alive is ending. True: someone got hold of the object meanwhile and the tensor lives on.
  bool (*drop_object)(TensorImpl* impl) noexcept = nullptr;
  // The lines of Python that are running, as a traceback prints them.
  std::string (*describe_stack)() = nullptr;
  // NumPy's LAPACK: decomposition number `what` (kernels/linalg.h) of `ins`, written to `outs`. Throws what Python raised.
  void (*lapack)(int what, const Tensor* outs, int64_t out_count, const Tensor* ins, int64_t in_count) = nullptr;
};
extern DLX_API constinit PythonHooks python_hooks;

// Lets other Python threads run for a scope, if this thread holds the GIL.
class ReleasedGil {
 public:
  explicit ReleasedGil(bool wanted) : token_(wanted && python_hooks.release_gil ? python_hooks.release_gil() : nullptr) {}
  ~ReleasedGil() {
    if (token_) python_hooks.reacquire_gil(token_);
  }
  ReleasedGil(const ReleasedGil&) = delete;
  ReleasedGil& operator=(const ReleasedGil&) = delete;

 private:
  void* token_;
};

}  // namespace dlx
