#include "ops/elementwise.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(elementwise) {
  def<"add", &ops::add>(m);
  def<"sub", &ops::sub>(m);
  def<"mul", &ops::mul>(m);
  def<"div", &ops::div>(m);
  def<"pow", &ops::pow>(m);
  def<"maximum", &ops::maximum>(m);
  def<"minimum", &ops::minimum>(m);
  def<"eq", &ops::eq>(m);
  def<"ne", &ops::ne>(m);
  def<"lt", &ops::lt>(m);
  def<"le", &ops::le>(m);
  def<"gt", &ops::gt>(m);
  def<"ge", &ops::ge>(m);
  def<"where", &ops::where>(m);
  def<"neg", &ops::neg>(m);
  def<"abs", &ops::abs>(m);
  def<"relu", &ops::relu>(m);
  def<"exp", &ops::exp>(m);
  def<"log", &ops::log>(m);
  def<"sqrt", &ops::sqrt>(m);
  def<"rsqrt", &ops::rsqrt>(m);
  def<"tanh", &ops::tanh>(m);
  def<"sigmoid", &ops::sigmoid>(m);
}

}  // namespace dlx::bindings
