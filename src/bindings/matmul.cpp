#include "ops/matmul.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(matmul) {
  def<"matmul", &ops::matmul>(m);
  def<"linear", &ops::linear>(m);
  def<"addmm", &ops::addmm>(m);
  def<"addmv", &ops::addmv>(m);
  def<"baddbmm", &ops::baddbmm>(m);
  def<"dot", &ops::dot>(m);
  def<"mv", &ops::mv>(m);
  def<"outer", &ops::outer>(m);
  def<"inner", &ops::inner>(m);
  def<"tensordot", &ops::tensordot>(m);
  def<"kron", &ops::kron>(m);
  def<"cross", &ops::cross>(m);
  def<"trace", &ops::trace>(m);
  def<"multi_dot", &ops::multi_dot>(m);
}

}  // namespace dlx::bindings
