// Rows of a table by number: whole rows are copied; those of a bag are added up in registers, a few columns at a time.
#include "kernels/embedding.h"

#include "core/parallel.h"
#include "core/thread_state.h"
#include "cpu/scatter.h"

namespace dlx::cpu::DLX_ISA {
namespace {

void embedding(Out out, const Tensor& weight, const Tensor& index) {
  const int64_t n = weight.size(0), width = weight.size(1), bytes = width * itemsize(weight.dtype());
  const int64_t* at = index.data<int64_t>();
  const char* from = weight.data<char>();
  char* to = out.data<char>();
  ErrorSlot& slot = error_slot();
  const int64_t count = index.numel();
  parallel_for(count, width + 4, [&](int64_t begin, int64_t end) {
    copy_entry_rows<DataError::embedding_out_of_range>(slot, at + begin, end - begin, n, 0, to + begin * bytes, bytes, n * bytes > kFar,
                                                       count * bytes >= kPastCache, [from, bytes](int64_t row) { return from + row * bytes; });
  });
}

using kernels::Bag;

template <class T, Bag kMode>
void pooled(Out out, const Tensor& weight, const Tensor& index, const Tensor& starts, const OptTensor& factors, int64_t padding) {
  using C = compute_of<T>;
  using V = Vec<C>;
  constexpr int kRegisters = 4;
  constexpr int64_t kAhead = 32;  // entries: the table is past the caches, and nothing foretells its rows
  const int64_t n = weight.size(0), width = weight.size(1), bags = out.size(0), count = index.numel();
  const int64_t *at = index.data<int64_t>(), *start = starts.data<int64_t>();
  const T *table = weight.data<T>(), *factor = factors.defined() ? factors.data<T>() : nullptr;
  T* to = out.data<T>();
  ErrorSlot& slot = error_slot();
  parallel_for(bags, (count / bags + 1) * (width + 4), [&](int64_t begin, int64_t end) {
    for (int64_t b = begin; b < end; ++b) {
      const int64_t first = start[b], last = start[b + 1];
      int64_t entries = 0;
      bool valid = true;
      for (int64_t k = first; k < last; ++k) {
        entries += at[k] != padding;
        if (at[k] < 0 || at[k] >= n) [[unlikely]] {
          slot.report(DataError::embedding_out_of_range, at[k], 0, n);
          valid = false;
        }
      }
      if (!valid) continue;
      const auto columns = [&](int64_t column, auto registers, int64_t lanes) {
        V sum[kRegisters];
        for (int j = 0; j < registers; ++j) sum[j] = V(C(0));
        bool none = true;
        for (int64_t k = first; k < last; ++k) {
          if (k + kAhead < count) {  // addresses alone: what stands there is not yet checked
            const uintptr_t later = reinterpret_cast<uintptr_t>(table + column) + static_cast<uintptr_t>(at[k + kAhead] * width) * sizeof(T);
            ask_ahead(reinterpret_cast<const void*>(later), registers * V::kLanes * static_cast<int64_t>(sizeof(T)));
          }
          if (at[k] == padding) continue;
          const T* row = table + at[k] * width + column;
          const V f(factor ? static_cast<C>(factor[k]) : C(1));
          for (int j = 0; j < registers; ++j) {
            V x = load_lanes(row + j * V::kLanes, registers == 1 ? lanes : V::kLanes);
            if (factor) x = x * f;
            sum[j] = kMode == Bag::max ? (none ? x : maximum(sum[j], x)) : sum[j] + x;
          }
          none = false;
        }
        for (int j = 0; j < registers; ++j) {
          if (kMode == Bag::mean && entries > 1) sum[j] = sum[j] / V(static_cast<C>(entries));
          store_lanes(to + b * width + column + j * V::kLanes, sum[j], registers == 1 ? lanes : V::kLanes);
        }
      };
      int64_t c = 0;
      for (; c + kRegisters * V::kLanes <= width; c += kRegisters * V::kLanes) columns(c, std::integral_constant<int, kRegisters>(), V::kLanes);
      for (; c < width; c += V::kLanes) columns(c, std::integral_constant<int, 1>(), width - c < V::kLanes ? width - c : V::kLanes);
    }
  });
}

void embedding_bag(Out out, const Tensor& weight, const Tensor& index, const Tensor& starts, const OptTensor& factors, Bag mode, int64_t padding) {
  dispatch_floating(weight.dtype(), [&]<class T>() {
    if (mode == Bag::sum) pooled<T, Bag::sum>(out, weight, index, starts, factors, padding);
    else if (mode == Bag::mean) pooled<T, Bag::mean>(out, weight, index, starts, factors, padding);
    else pooled<T, Bag::max>(out, weight, index, starts, factors, padding);
  });
}

void embedding_bag_backward(InOut out, const Tensor& g, const Tensor& index, const Tensor& starts, const OptTensor& factors, Bag mode, int64_t padding) {
  const int64_t n = out.size(0), width = out.size(1), bags = g.size(0);
  const int64_t *at = index.data<int64_t>(), *start = starts.data<int64_t>();
  dispatch_floating(g.dtype(), [&]<class T>() {
    using C = compute_of<T>;
    const T *from = g.data<T>(), *factor = factors.defined() ? factors.data<T>() : nullptr;
    C* to = out.data<C>();
    each_owner(1, n, index.numel(), width, [&](int64_t, int64_t first_row, int64_t last_row) {
      for (int64_t b = 0; b < bags; ++b) {
        int64_t entries = 0;
        if (mode == Bag::mean)
          for (int64_t k = start[b]; k < start[b + 1]; ++k) entries += at[k] != padding;
        const C share = entries > 1 ? C(1) / static_cast<C>(entries) : C(1);
        for (int64_t k = start[b]; k < start[b + 1]; ++k) {
          if (at[k] == padding || at[k] < first_row || at[k] >= last_row) continue;
          const Vec<C> f(factor ? static_cast<C>(factor[k]) : share);
          C* target = to + at[k] * width;
          const T* row = from + b * width;
          each_register<C>(width, [&](int64_t i, auto lanes) { store_lanes(target + i, load_lanes(target + i, lanes) + f * load_lanes(row + i, lanes), lanes); });
        }
      }
    });
  });
}

DLX_REGISTER_CPU(kernels::embedding, embedding);
DLX_REGISTER_CPU(kernels::embedding_bag, embedding_bag);
DLX_REGISTER_CPU(kernels::embedding_bag_backward, embedding_bag_backward);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
