// Reading and adding at indices along the middle of (outer, n, inner).
#include "kernels/index.h"

#include "core/parallel.h"
#include "cpu/scatter.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kStrip = 1024;  // columns that one work item owns

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

// f.template operator()<T>() with an unsigned integer of the item's size: what only moves elements goes by size.
template <class F> DLX_INLINE void dispatch_size(DType dtype, const F& f) {
  switch (itemsize(dtype)) {
    case 1: return f.template operator()<uint8_t>();
    case 2: return f.template operator()<uint16_t>();
    case 4: return f.template operator()<uint32_t>();
    default: return f.template operator()<uint64_t>();
  }
}

void index_select(Out out, const Tensor& x, const Tensor& index, int64_t dim) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2), count = index.numel();
  const int64_t* at = index.data<int64_t>();
  ErrorSlot& slot = error_slot();
  dispatch_size(x.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T* from = x.data<T>();
    parallel_for(outer * count, inner + 2, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = row_at(slot, at[i % count], n, dim);
        if (row < 0) continue;
        const T* source = from + (i / count * n + row) * inner;
        if (inner == 1) to[i] = *source;
        else __builtin_memcpy(to + i * inner, source, static_cast<size_t>(inner) * sizeof(T));
      }
    });
  });
}

// f.template operator()<T>(); bool adds as "or".
template <class F> DLX_INLINE void dispatch_added(DType dtype, const F& f) {
  if (dtype == DType::boolean) return f.template operator()<uint8_t>();
  if (is_floating(dtype)) return dispatch_floating(dtype, f);
  dispatch_integers(dtype, f);
}

void or_row(uint8_t* to, const uint8_t* from, int64_t n) {
  for (int64_t i = 0; i < n; ++i) to[i] |= from[i];
}

void index_add(InOut out, const Tensor& index, const Tensor& source, Scalar alpha, int64_t dim) {
  const int64_t outer = out.size(0), n = out.size(1), inner = out.size(2), count = index.numel();
  const int64_t* at = index.data<int64_t>();
  ErrorSlot& slot = error_slot();
  const bool boolean = out.dtype() == DType::boolean, scaled = !alpha.is(1);
  if (boolean && alpha.is(0)) return;
  dispatch_added(out.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T* from = source.data<T>();
    const auto factor = static_cast<compute_of<T>>(alpha.to<T>());
    const auto add = [&](int64_t o, int64_t row, int64_t k, int64_t column, int64_t width) {
      T* target = to + (o * n + row) * inner + column;
      const T* addend = from + (o * count + k) * inner + column;
      if constexpr (std::is_same_v<T, uint8_t>) {
        if (boolean) return or_row(target, addend, width);
      }
      add_row(target, addend, factor, scaled, width);
    };
    // Wide rows, or few entries: each item owns a strip of columns and walks the entries.
    const int64_t strips = (inner - 1) / kStrip + 1;
    if (outer * strips >= 16 || count < 64) {
      parallel_for(outer * strips, count * (smaller(inner, kStrip) + 4), [&](int64_t begin, int64_t end) {
        for (int64_t s = begin; s < end; ++s) {
          const int64_t column = s % strips * kStrip, width = smaller(inner - column, kStrip);
          for (int64_t k = 0; k < count; ++k)
            if (const int64_t row = row_at(slot, at[k], n, dim); row >= 0) add(s / strips, row, k, column, width);
        }
      });
      return;
    }
    // Else each item owns rows.
    const Groups groups(at, count, n, dim, slot);
    const int64_t per_row = (count / n + 1) * (inner + 4);
    parallel_for(outer * n, per_row, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = i % n;
        for (const int64_t* k = groups.begin(row); k != groups.end(row); ++k) add(i / n, row, *k, 0, inner);
      }
    });
  });
}

void gather(Out out, const Tensor& x, const Tensor& index, int64_t dim) {
  const int64_t outer = x.size(0), n = x.size(1), inner = x.size(2), count = index.size(1);
  const int64_t* at = index.data<int64_t>();
  ErrorSlot& slot = error_slot();
  dispatch_size(x.dtype(), [&]<class T>() {
    T* to = out.data<T>();
    const T* from = x.data<T>();
    parallel_for(outer * count, 2 * inner, [&](int64_t begin, int64_t end) {
      for (int64_t r = begin; r < end; ++r) {
        const T* plane = from + r / count * n * inner;
        for (int64_t i = 0; i < inner; ++i)
          if (const int64_t row = row_at(slot, at[r * inner + i], n, dim); row >= 0) to[r * inner + i] = plane[row * inner + i];
      }
    });
  });
}

void scatter_add(InOut out, const Tensor& index, const Tensor& source, int64_t dim) {
  const int64_t outer = out.size(0), n = out.size(1), inner = out.size(2), count = index.size(1);
  const int64_t* at = index.data<int64_t>();
  ErrorSlot& slot = error_slot();
  const bool boolean = out.dtype() == DType::boolean;
  dispatch_added(out.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    T* to = out.data<T>();
    const T* from = source.data<T>();
    // An element's column is its own: items own columns and walk the entries in order.
    constexpr int64_t kColumns = 16;  // a cache line of floats
    const int64_t strips = (inner - 1) / kColumns + 1;
    parallel_for(outer * strips, 2 * count * smaller(inner, kColumns), [&](int64_t begin, int64_t end) {
      for (int64_t s = begin; s < end; ++s) {
        const int64_t o = s / strips, column = s % strips * kColumns, stop = smaller(inner, column + kColumns);
        for (int64_t k = 0; k < count; ++k)
          for (int64_t i = column; i < stop; ++i) {
            const int64_t e = (o * count + k) * inner + i, row = row_at(slot, at[e], n, dim);
            if (row < 0) continue;
            T& target = to[(o * n + row) * inner + i];
            if constexpr (std::is_same_v<T, uint8_t>) {
              if (boolean) {
                target |= from[e];
                continue;
              }
            }
            target = static_cast<T>(static_cast<C>(target) + static_cast<C>(from[e]));
          }
      }
    });
  });
}

DLX_REGISTER_CPU(kernels::index_select, index_select);
DLX_REGISTER_CPU(kernels::index_add, index_add);
DLX_REGISTER_CPU(kernels::gather, gather);
DLX_REGISTER_CPU(kernels::scatter_add, scatter_add);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
