#include "ops/activation.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(activation) {
  def<"gelu", &ops::gelu>(m);
  def<"silu", &ops::silu>(m);
  def<"mish", &ops::mish>(m);
  def<"softplus", &ops::softplus>(m);
  def<"logsigmoid", &ops::logsigmoid>(m);
  def<"elu", &ops::elu>(m);
  def<"celu", &ops::celu>(m);
  def<"selu", &ops::selu>(m);
  def<"leaky_relu", &ops::leaky_relu>(m);
  def<"prelu", &ops::prelu>(m);
  def<"rrelu", &ops::rrelu>(m);
  def<"hardtanh", &ops::hardtanh>(m);
  def<"relu6", &ops::relu6>(m);
  def<"hardsigmoid", &ops::hardsigmoid>(m);
  def<"hardswish", &ops::hardswish>(m);
  def<"hardshrink", &ops::hardshrink>(m);
  def<"softshrink", &ops::softshrink>(m);
  def<"threshold", &ops::threshold>(m);
  def<"glu", &ops::glu>(m);
  def<"softsign", &ops::softsign>(m);
  def<"tanhshrink", &ops::tanhshrink>(m);
  def<"gumbel_softmax", &ops::gumbel_softmax>(m);
}

}  // namespace dlx::bindings
