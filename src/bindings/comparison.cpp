#include "ops/comparison.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(comparison) {
  def<"eq", &ops::eq>(m);
  def<"ne", &ops::ne>(m);
  def<"lt", &ops::lt>(m);
  def<"le", &ops::le>(m);
  def<"gt", &ops::gt>(m);
  def<"ge", &ops::ge>(m);
  def<"logical_and", &ops::logical_and>(m);
  def<"logical_or", &ops::logical_or>(m);
  def<"logical_xor", &ops::logical_xor>(m);
  def<"logical_not", &ops::logical_not>(m);
  def<"isnan", &ops::isnan>(m);
  def<"isinf", &ops::isinf>(m);
  def<"isfinite", &ops::isfinite>(m);
  def<"isposinf", &ops::isposinf>(m);
  def<"isneginf", &ops::isneginf>(m);
  def<"isreal", &ops::isreal>(m);
  def<"signbit", &ops::signbit>(m);
  def<"isclose", &ops::isclose>(m);
  def<"allclose", &ops::allclose>(m);
  def<"equal", &ops::equal>(m);
}

}  // namespace dlx::bindings
