// Copies that exchange the fast dimension: a matrix and its transpose, NCHW and NHWC.
#pragma once
#include "core/loop.h"

namespace dlx::cpu::DLX_ISA {

// Copies operand 1 to operand 0 (one dtype) by tiles, if operand 0 runs along memory in dimension 0 of the loop and operand 1 in
// another. False: they do not lie so, and nothing was done.
bool copy_transposed(const LoopPlan& plan);

}  // namespace dlx::cpu::DLX_ISA
