// Conversion of contiguous blocks between dtypes: the loops that casts, mixed dtypes and halves share.
#pragma once
#include "core/dtype.h"

namespace dlx::cpu::DLX_ISA {

// to[i] = from[i] as kernels/copy.h says. The blocks do not overlap; an equal dtype copies.
void convert_block(DType to_dtype, void* to, DType from_dtype, const void* from, int64_t n);

}  // namespace dlx::cpu::DLX_ISA
