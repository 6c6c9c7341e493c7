#include "ops/pad.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(pad) {
  def<"circular_pad", &ops::circular_pad>(m);
  def<"constant_pad", &ops::constant_pad>(m);
  def<"reflection_pad", &ops::reflection_pad>(m);
  def<"replication_pad", &ops::replication_pad>(m);
}

}  // namespace dlx::bindings
