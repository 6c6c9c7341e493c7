#include "ops/matmul.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(matmul) {
  def<"matmul", &ops::matmul>(m);
  def<"linear", &ops::linear>(m);
}

}  // namespace dlx::bindings
