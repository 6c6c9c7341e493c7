// Copies, casts, moves between devices, fills, and new tensors.
#pragma once
#include <optional>

#include "core/tensor.h"

namespace dlx::ops {

enum class MemoryFormat : uint8_t { preserve, contiguous, channels_last };

Tensor copy_(const Tensor& self, const Tensor& src);         // in place: src broadcast and converted
Tensor fill_(const Tensor& self, const Operand& value);      // in place: a number or a 0-d tensor
Tensor clone(const Tensor& input, MemoryFormat format = MemoryFormat::preserve);
Tensor contiguous(const Tensor& input, MemoryFormat format = MemoryFormat::contiguous);
// input itself where nothing changes, unless `copy`.
Tensor to(const Tensor& input, std::optional<Device> device, std::optional<DType> dtype, bool copy = false,
          MemoryFormat format = MemoryFormat::preserve);

Tensor empty_like(const Tensor& input, std::optional<DType> dtype, std::optional<Device> device, MemoryFormat format = MemoryFormat::preserve);
Tensor full(const Dims& size, Scalar value, DType dtype, Device device);
Tensor arange(Scalar start, Scalar end, Scalar step, std::optional<DType> dtype, Device device);

}  // namespace dlx::ops
