#include "ops/attention.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(attention) {
  def<"scaled_dot_product_attention", &ops::scaled_dot_product_attention, Autocast::lower>(m);
}

}  // namespace dlx::bindings
