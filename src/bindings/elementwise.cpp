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
  def<"fmax", &ops::fmax>(m);
  def<"fmin", &ops::fmin>(m);
  def<"copysign", &ops::copysign>(m);
  def<"nextafter", &ops::nextafter>(m);
  def<"heaviside", &ops::heaviside>(m);
  def<"ldexp", &ops::ldexp>(m);
  def<"rsub", &ops::rsub>(m);
  def<"clamp", &ops::clamp>(m);
  def<"clamp_min", &ops::clamp_min>(m);
  def<"clamp_max", &ops::clamp_max>(m);
  def<"addcmul", &ops::addcmul>(m);
  def<"addcdiv", &ops::addcdiv>(m);
  def<"lerp", &ops::lerp>(m);
  def<"where", &ops::where>(m);
  def<"masked_fill", &ops::masked_fill>(m);
  def<"neg", &ops::neg>(m);
  def<"abs", &ops::abs>(m);
  def<"sign", &ops::sign>(m);
  def<"square", &ops::square>(m);
  def<"reciprocal", &ops::reciprocal>(m);
  def<"deg2rad", &ops::deg2rad>(m);
  def<"rad2deg", &ops::rad2deg>(m);
  def<"angle", &ops::angle>(m);
  def<"nan_to_num", &ops::nan_to_num>(m);
  def<"relu", &ops::relu>(m);
  def<"sigmoid", &ops::sigmoid>(m);
}

}  // namespace dlx::bindings
