// Sorting and selecting along rows. A thread takes whole rows.
#include "kernels/sort.h"

#include "core/parallel.h"
#include "core/thread_state.h"
#include "cpu/keyed.h"
#include "cpu/vec.h"

namespace dlx::cpu::DLX_ISA {
namespace {

// f(row number, x's row, items, spare) for every row, items and spare holding n each.
template <class T, class F> void each_row(const Tensor& x, const F& f) {
  const int64_t rows = x.size(0), n = x.size(1);
  const T* data = x.data<T>();
  parallel_for(rows, 16 * n + 16, [&](int64_t begin, int64_t end) {
    const Scratch<Keyed> items(n), spare(n);
    for (int64_t r = begin; r < end; ++r) f(r, data + r * n, items.data(), spare.data());
  });
}

template <class T> DLX_INLINE void put(Out values, Out indices, int64_t at, const T* row, int64_t index) {
  if (values.defined()) values.data<T>()[at] = row[index];
  if (indices.defined()) indices.data<int64_t>()[at] = index;
}

void sort_kernel(Out values, Out indices, const Tensor& x, bool descending) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const int64_t n = x.size(1);
    each_row<T>(x, [&](int64_t r, const T* row, Keyed* items, Keyed* spare) {
      load_keys(items, row, 1, n, descending);
      const Keyed* sorted = sorted_by_key(items, spare, n);
      for (int64_t i = 0; i < n; ++i) put(values, indices, r * n + i, row, sorted[i].index);
    });
  });
}

void topk_kernel(Out values, Out indices, const Tensor& x, bool largest) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const int64_t n = x.size(1), k = values.size(1);
    each_row<T>(x, [&](int64_t r, const T* row, Keyed* items, Keyed* spare) {
      load_keys(items, row, 1, n, largest);
      const Keyed* sorted;
      if (4 * k > n) {
        sorted = sorted_by_key(items, spare, n);
      } else {
        const Keyed last = select_item(items, spare, n, k - 1);
        load_keys(items, row, 1, n, largest);
        int64_t count = 0;  // those up to the last one, in the order of their indices
        for (int64_t i = 0; i < n; ++i)
          if (!before(last, items[i])) items[count++] = items[i];
        sorted = sorted_by_key(items, spare, k);
      }
      for (int64_t i = 0; i < k; ++i) put(values, indices, r * k + i, row, sorted[i].index);
    });
  });
}

void kthvalue_kernel(Out values, Out indices, const Tensor& x, int64_t k) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const int64_t n = x.size(1);
    each_row<T>(x, [&](int64_t r, const T* row, Keyed* items, Keyed* spare) {
      load_keys(items, row, 1, n, false);
      put(values, indices, r, row, select_item(items, spare, n, k).index);
    });
  });
}

void median_kernel(Out values, Out indices, const Tensor& x, bool ignore_nan) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const int64_t n = x.size(1);
    each_row<T>(x, [&](int64_t r, const T* row, Keyed* items, Keyed* spare) {
      load_keys(items, row, 1, n, false);
      int64_t nans = 0, first_nan = 0;
      for (int64_t i = n - 1; i >= 0; --i)
        if (is_nan(row[i])) ++nans, first_nan = i;
      if (nans == n || (nans > 0 && !ignore_nan)) return put(values, indices, r, row, first_nan);
      put(values, indices, r, row, select_item(items, spare, n, (n - nans - 1) / 2).index);
    });
  });
}

void mode_kernel(Out values, Out indices, const Tensor& x) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const int64_t n = x.size(1);
    each_row<T>(x, [&](int64_t r, const T* row, Keyed* items, Keyed* spare) {
      load_keys(items, row, 1, n, false);
      const Keyed* sorted = sorted_by_key(items, spare, n);
      int64_t best = 0, longest = 0;
      for (int64_t i = 0, length = 0; i < n; ++i) {
        length = i > 0 && sorted[i].key == sorted[i - 1].key ? length + 1 : 1;
        if (length > longest) longest = length, best = i;
      }
      put(values, indices, r, row, sorted[best].index);
    });
  });
}

// --- equal rows ----------------------------------------------------------------------------------------------------

template <class T> bool equal_rows(const T* a, const T* b, int64_t m) {
  for (int64_t c = 0; c < m; ++c)
    if (is_nan(a[c]) || key_of(a[c]) != key_of(b[c])) return false;
  return true;
}

void unique_kernel(Out inverse, Out first, Out counts, Out total, const Tensor& x, bool sorted) {
  dispatch_all(x.dtype(), [&]<class T>() {
    const int64_t n = x.size(0), m = x.size(1);
    const T* data = x.data<T>();
    const Scratch<Keyed> one(n), two(n);
    Keyed *items = one, *spare = two;
    for (int64_t i = 0; i < n; ++i) items[i].index = i;
    // By the last column first: each sort keeps the order of the one before where its keys are equal.
    for (int64_t c = sorted ? m - 1 : -1; c >= 0; --c) {
      for (int64_t i = 0; i < n; ++i) items[i].key = key_of(data[items[i].index * m + c]);
      Keyed* done = sorted_by_key(items, spare, n);
      if (done != items) spare = items, items = done;
    }
    int64_t groups = 0;
    for (int64_t i = 0; i < n; ++i) {
      const int64_t row = items[i].index;
      if (i == 0 || !equal_rows(data + row * m, data + items[i - 1].index * m, m)) {
        first.data<int64_t>()[groups] = row;
        counts.data<int64_t>()[groups++] = 0;
      }
      inverse.data<int64_t>()[row] = groups - 1;
      ++counts.data<int64_t>()[groups - 1];
    }
    for (int64_t g = groups; g < n; ++g) first.data<int64_t>()[g] = counts.data<int64_t>()[g] = 0;
    *total.data<int64_t>() = groups;
  });
}

// --- places in a sorted row ----------------------------------------------------------------------------------------

void searchsorted_kernel(Out out, const Tensor& sorted, const Tensor& values, const OptTensor& sorter, bool right) {
  const int64_t n = sorted.size(1), m = values.size(1);
  const bool shared = sorted.size(0) == 1;
  const int64_t* order = sorter.defined() ? sorter.data<int64_t>() : nullptr;
  ErrorSlot& errors = error_slot();
  dispatch_all(values.dtype(), [&]<class T>() {
    parallel_for(values.numel(), 32, [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; ++i) {
        const int64_t row = shared ? 0 : i / m * n;
        const T* x = sorted.data<T>() + row;
        const uint64_t key = key_of(values.data<T>()[i]);
        int64_t low = 0, high = n;
        while (low < high) {
          const int64_t middle = low + (high - low) / 2;
          int64_t at = middle;
          if (order) {
            at = order[row + middle];
            if (at < 0 || at >= n) {
              errors.report(DataError::index_out_of_range, at, -1, n);
              break;
            }
          }
          const uint64_t there = key_of(x[at]);
          if (right ? there <= key : there < key) low = middle + 1;
          else high = middle;
        }
        if (out.dtype() == DType::int32) out.data<int32_t>()[i] = static_cast<int32_t>(low);
        else out.data<int64_t>()[i] = low;
      }
    });
  });
}

DLX_REGISTER_CPU(kernels::sort, sort_kernel);
DLX_REGISTER_CPU(kernels::topk, topk_kernel);
DLX_REGISTER_CPU(kernels::kthvalue, kthvalue_kernel);
DLX_REGISTER_CPU(kernels::median, median_kernel);
DLX_REGISTER_CPU(kernels::mode, mode_kernel);
DLX_REGISTER_CPU(kernels::unique, unique_kernel);
DLX_REGISTER_CPU(kernels::searchsorted, searchsorted_kernel);

}  // namespace
}  // namespace dlx::cpu::DLX_ISA
