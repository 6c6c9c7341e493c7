#include "ops/bitwise.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(bitwise) {
  def<"bitwise_and", &ops::bitwise_and>(m);
  def<"bitwise_or", &ops::bitwise_or>(m);
  def<"bitwise_xor", &ops::bitwise_xor>(m);
  def<"bitwise_not", &ops::bitwise_not>(m);
  def<"bitwise_left_shift", &ops::bitwise_left_shift>(m);
  def<"bitwise_right_shift", &ops::bitwise_right_shift>(m);
  def<"gcd", &ops::gcd>(m);
  def<"lcm", &ops::lcm>(m);
}

}  // namespace dlx::bindings
