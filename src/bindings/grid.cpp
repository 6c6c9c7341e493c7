#include "ops/grid.h"

#include "bindings/def.h"

namespace dlx::bindings {

DLX_BINDINGS(grid) {
  def<"affine_grid", &ops::affine_grid>(m);
  def<"grid_sample", &ops::grid_sample, Autocast::float32>(m);
}

}  // namespace dlx::bindings
