#include "ops/matmul.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(matmul) {
  def<"matmul", &ops::matmul, Autocast::lower>(m);
  def<"linear", &ops::linear, Autocast::lower>(m);
}

}  // namespace dlx::bindings
