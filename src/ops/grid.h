// Reading images at any places, and the places that an affine map gives.
#pragma once
#include "core/tensor.h"

namespace dlx::ops {

enum class GridMode : int64_t { linear, nearest, cubic };
enum class GridPadding : int64_t { zeros, border, reflection };

// input (n, c, h, w) and grid (n, oh, ow, 2), or input (n, c, d, h, w) and grid (n, od, oh, ow, 3). A place is (x, y) or (x, y, z) with
// -1 and 1 at the edges of the image, or at the centres of its first and last pixels. mode and padding: GridMode, GridPadding.
Tensor grid_sample(const Tensor& input, const Tensor& grid, int64_t mode, int64_t padding, bool align_corners);

// theta (n, 2, 3) and size (n, c, h, w), or (n, 3, 4) and (n, c, d, h, w): the grid of the places that the pixels' own are mapped to.
Tensor affine_grid(const Tensor& theta, const Dims& size, bool align_corners);

}  // namespace dlx::ops
