#include "ops/matmul.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(matmul) {
  def<"matmul", &ops::matmul, Autocast::lower>(m);
  def<"linear", &ops::linear, Autocast::lower>(m);
  def<"addmm", &ops::addmm, Autocast::lower>(m);
  def<"addmv", &ops::addmv, Autocast::lower>(m);
  def<"baddbmm", &ops::baddbmm, Autocast::lower>(m);
  def<"dot", &ops::dot>(m);
  def<"mv", &ops::mv, Autocast::lower>(m);
  def<"outer", &ops::outer>(m);
  def<"inner", &ops::inner>(m);
  def<"tensordot", &ops::tensordot>(m);
  def<"kron", &ops::kron>(m);
  def<"cross", &ops::cross>(m);
  def<"trace", &ops::trace, Autocast::float32>(m);
  def<"multi_dot", &ops::multi_dot, Autocast::lower>(m);
}

}  // namespace dlx::bindings
