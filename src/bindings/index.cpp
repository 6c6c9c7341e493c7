#include "ops/index.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(index) {
  def<"index_select", &ops::index_select>(m);
  def<"index_add", &ops::index_add>(m);
  def<"gather", &ops::gather>(m);
  def<"scatter_add", &ops::scatter_add>(m);
}

}  // namespace dlx::bindings
