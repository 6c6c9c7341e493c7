// Interpolation of images and their like, patches, and channels moved to places.
#pragma once
#include <array>
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

// Where an output's elements lie in the input: by the factors that the user gave for the dimensions, else by the ratio of the sizes.
using Factors = std::array<std::optional<double>, 3>;

// input (n, c, *) with 1, 2 or 3 dimensions to resize; size: of the result.
Tensor resize_nearest(const Tensor& input, const Dims& size, std::optional<double> f0, std::optional<double> f1, std::optional<double> f2, bool exact);
// Linear in each dimension. antialias: where it makes smaller, the mean over all of the elements, weighted by a triangle.
Tensor resize_linear(const Tensor& input, const Dims& size, std::optional<double> f0, std::optional<double> f1, std::optional<double> f2, bool align_corners, bool antialias);
Tensor resize_cubic(const Tensor& input, const Dims& size, std::optional<double> f0, std::optional<double> f1, std::optional<double> f2, bool align_corners, bool antialias);

// (*, c * r * r, h, w) -> (*, c, h * r, w * r), and back.
Tensor pixel_shuffle(const Tensor& input, int64_t upscale_factor);
Tensor pixel_unshuffle(const Tensor& input, int64_t downscale_factor);
// (n, groups * k, *): channel (g, i) goes to (i, g).
Tensor channel_shuffle(const Tensor& input, int64_t groups);

// The patches of images (n, c, h, w) as columns (n, c * kh * kw, positions), and columns added up to images.
Tensor im2col(const Tensor& input, const Dims& kernel, const Dims& dilation, const Dims& padding, const Dims& stride);
Tensor col2im(const Tensor& input, const Dims& output_size, const Dims& kernel, const Dims& dilation, const Dims& padding, const Dims& stride);

}  // namespace dlx::ops
