#include "ops/softmax.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(softmax) {
  def<"softmax", &ops::softmax>(m);
  def<"log_softmax", &ops::log_softmax>(m);
}

}  // namespace dlx::bindings
