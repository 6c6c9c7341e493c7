// Rows of a table by number: whole rows are copied.
#include "kernels/embedding.h"

#include "core/parallel.h"
#include "core/thread_state.h"
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

void embedding(Out out, const Tensor& weight, const Tensor& index) {
  const int64_t n = weight.size(0), width = weight.size(1), bytes = width * itemsize(weight.dtype());
  const int64_t* at = index.data<int64_t>();
  const char* from = weight.data<char>();
  char* to = out.data<char>();
  ErrorSlot& slot = error_slot();
  parallel_for(index.numel(), width + 4, [&](int64_t begin, int64_t end) {
    for (int64_t k = begin; k < end; ++k) {
      if (at[k] >= 0 && at[k] < n) __builtin_memcpy(to + k * bytes, from + at[k] * bytes, static_cast<size_t>(bytes));
      else slot.report(DataError::embedding_out_of_range, at[k], 0, n);
    }
  });
}

DLX_REGISTER_CPU(kernels::embedding, embedding);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
