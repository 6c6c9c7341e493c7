// Copies that exchange the fast dimension: a matrix and its transpose, NCHW and NHWC.
#pragma once
#include "core/loop.h"

namespace dlx::cpu::DLX_ISA {

struct Transposition {
  bool ahead;       // `from` lies past L2, and further columns of it will be wanted next
  bool past_cache;  // `to` is written past the caches
};
// to[j][i] = from[i][j] for i < rows and j < columns, items of so many bytes. Strides in bytes; an item of a row follows the one before.
void transpose(int64_t item, char* to, int64_t to_stride, const char* from, int64_t from_stride, int64_t rows, int64_t columns, const Transposition& how);

// Copies operand 1 to operand 0 (one dtype) if operand 0 runs along memory in dimension 0 of the loop and operand 1 in
// another. False: they do not lie so, and nothing was done.
bool copy_transposed(const LoopPlan& plan);

}  // namespace dlx::cpu::DLX_ISA
