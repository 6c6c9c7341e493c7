// Decompositions of matrices, by LAPACK through NumPy. Their bits are LAPACK's (DESIGN, promise 3 names it).
#pragma once
#include "kernels/kernel.h"

namespace dlx::kernels {

// All are batched over leading dimensions; a is (*, m, n), square unless m and n are named. The numbers are python/dlx/_lapack.py's.
enum class Lapack : int32_t {
  inv,        // a -> (*, n, n)
  solve,      // a, b (*, n, k) -> (*, n, k)
  det,        // a -> (*)
  slogdet,    // a -> sign (*), log of the absolute value (*)
  cholesky,   // a -> lower (*, n, n)
  qr,         // a (*, m, n) -> q (*, m, k), r (*, k, n), k = min(m, n) or, complete, m as the results' shapes say
  svd,        // a (*, m, n) -> u (*, m, k), s (*, min(m, n)), vh (*, k, n), likewise
  eigh,       // a, its lower half -> eigenvalues (*, n), rising; eigenvectors (*, n, n)
  pinv,       // a (*, m, n), rtol () -> (*, n, m)
};
// All are contiguous, of one dtype: float32 or float64. What cannot be decomposed raises dlx.linalg.LinAlgError.
inline constinit Kernel<void(OutList outs, TensorList ins, Lapack what)> lapack{"lapack"};

}  // namespace dlx::kernels
