#include "ops/rounding.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(rounding) {
  def<"floor_divide", &ops::floor_divide>(m);
  def<"div_floor", &ops::div_floor>(m);
  def<"div_trunc", &ops::div_trunc>(m);
  def<"remainder", &ops::remainder>(m);
  def<"fmod", &ops::fmod>(m);
  def<"ceil", &ops::ceil>(m);
  def<"floor", &ops::floor>(m);
  def<"trunc", &ops::trunc>(m);
  def<"round", &ops::round>(m);
  def<"frac", &ops::frac>(m);
}

}  // namespace dlx::bindings
