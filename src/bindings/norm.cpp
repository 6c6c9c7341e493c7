#include "ops/norm.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(norm) {
  def<"batch_norm", &ops::batch_norm>(m);
  def<"group_norm", &ops::group_norm>(m);
  def<"instance_norm", &ops::instance_norm>(m);
  def<"layer_norm", &ops::layer_norm>(m);
  def<"local_response_norm", &ops::local_response_norm>(m);
  def<"rms_norm", &ops::rms_norm>(m);
}

}  // namespace dlx::bindings
