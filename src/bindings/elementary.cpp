#include "ops/elementary.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(elementary) {
  def<"exp", &ops::exp>(m);
  def<"exp2", &ops::exp2>(m);
  def<"expm1", &ops::expm1>(m);
  def<"log", &ops::log>(m);
  def<"log2", &ops::log2>(m);
  def<"log10", &ops::log10>(m);
  def<"log1p", &ops::log1p>(m);
  def<"sqrt", &ops::sqrt>(m);
  def<"rsqrt", &ops::rsqrt>(m);
  def<"sin", &ops::sin>(m);
  def<"cos", &ops::cos>(m);
  def<"tan", &ops::tan>(m);
  def<"asin", &ops::asin>(m);
  def<"acos", &ops::acos>(m);
  def<"atan", &ops::atan>(m);
  def<"sinh", &ops::sinh>(m);
  def<"cosh", &ops::cosh>(m);
  def<"tanh", &ops::tanh>(m);
  def<"asinh", &ops::asinh>(m);
  def<"acosh", &ops::acosh>(m);
  def<"atanh", &ops::atanh>(m);
  def<"atan2", &ops::atan2>(m);
  def<"hypot", &ops::hypot>(m);
}

}  // namespace dlx::bindings
