// The driver of element-wise kernels: a kernel gives one loop over contiguous blocks of its compute type; strides, broadcasting,
// other dtypes and threads are handled here, once for all of them.
#pragma once
#include "core/loop.h"
#include "kernels/kernel.h"

namespace dlx::cpu::DLX_ISA {

// A loop over n elements: out and in[i] are contiguous blocks of the dtypes that BlockOp names. out may be one of the inputs.
using BlockLoop = void(const void* context, void* out, const void* const* in, int64_t n);

struct BlockOp {
  BlockLoop* loop;
  DType out;                       // what the loop writes
  DType in[kMaxLoopOperands - 1];  // what it reads
  int64_t cost = 1;                // of one element, in cheap operations (parallel.h)
  const void* context = nullptr;
};

// out = op(inputs), `count` inputs, which broadcast to out.
void run_blocks(const BlockOp& op, const Tensor& out, const Tensor* const* inputs, int count);

}  // namespace dlx::cpu::DLX_ISA
