// LAPACK through the hook that the extension sets.
#include "kernels/linalg.h"

#include "core/python_hooks.h"

namespace dlx::cpu::DLX_ISA {
namespace {

void lapack_kernel(OutList outs, TensorList ins, kernels::Lapack what) {
  python_hooks.lapack(static_cast<int>(what), outs.data(), static_cast<int64_t>(outs.size()), ins.data(), static_cast<int64_t>(ins.size()));
}

DLX_REGISTER_CPU(kernels::lapack, lapack_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
