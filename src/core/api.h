// What libdlx exports, and what every translation unit may inline.
#pragma once

#define DLX_API __attribute__((visibility("default")))

// For core functions that kernels use. Kernel files are compiled once for each ISA level; a plain inline function would
// be kept by the linker once, perhaps from the AVX-512 copy, for every machine. Always inlined, none is left to merge.
#define DLX_INLINE inline __attribute__((always_inline))
