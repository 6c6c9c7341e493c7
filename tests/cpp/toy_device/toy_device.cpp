// A device in a library of its own, as a plugin would bring it. It is made to catch what a GPU would: its memory cannot be
// read by the host outside its kernels (mprotect: a segmentation fault), and its kernels run later, on another thread, when
// a few of them wait or someone asks for a result. What its kernels find wrong in the data is raised then.
// tests/python/test_toy_device.py runs the first ops of the op table on it.
#include <sys/mman.h>
#include <unistd.h>

#include <cmath>
#include <condition_variable>
#include <cstring>
#include <deque>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>
#include <vector>

#include "core/errors.h"
#include "kernels/copy.h"
#include "kernels/elementary.h"
#include "kernels/index.h"
#include "kernels/matmul.h"
#include "kernels/reduce.h"
#include "kernels/softmax.h"

namespace dlx::toy {
namespace {

// --- memory ----------------------------------------------------------------------------------------------------------
size_t pages(int64_t bytes) {
  static const size_t page = static_cast<size_t>(sysconf(_SC_PAGESIZE));
  return (static_cast<size_t>(bytes) / page + 1) * page;
}
void* allocate(int64_t bytes, int) {
  if (bytes > int64_t{1} << 40) fail<MemoryError>("toy device: {} bytes cannot be had.", bytes);
  void* data = mmap(nullptr, pages(bytes), PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (data == MAP_FAILED) fail<MemoryError>("toy device: {} bytes cannot be had.", bytes);
  return data;
}
void deallocate(void* data, int64_t bytes, int) noexcept { munmap(data, pages(bytes)); }

// A kernel's argument: what of a tensor it needs, and a hold on the memory. Tensor handles stay with the host's threads.
// A host tensor that is read is copied at once: by the time the kernel runs, the host may have changed it.
struct Array {
  Ref<Storage> storage;
  std::shared_ptr<std::vector<char>> copied;
  char* data = nullptr;
  DType dtype = DType::float32;
  std::vector<int64_t> shape, stride;  // in elements

  int64_t numel() const {
    int64_t n = 1;
    for (const int64_t size : shape) n *= size;
    return n;
  }
  bool on_device() const { return storage && storage->device.type == DeviceType::other; }
  void open(int protection) const {
    if (on_device()) mprotect(storage->data, pages(storage->bytes), protection);
  }
};

// Calls f with the addresses of the operands' elements; operand 0 gives the shape, the others broadcast to it.
template <class F> void for_each_element(const std::vector<const Array*>& operands, const F& f) {
  const Array& out = *operands[0];
  const size_t dims = out.shape.size();
  std::vector<int64_t> at(dims, 0);
  std::vector<char*> address(operands.size());
  for (int64_t n = out.numel(); n > 0; --n) {
    for (size_t i = 0; i < operands.size(); ++i) {
      const Array& x = *operands[i];
      const size_t missing = dims - x.shape.size();
      int64_t offset = 0;
      for (size_t d = 0; d < x.shape.size(); ++d) offset += x.shape[d] == 1 ? 0 : at[missing + d] * x.stride[d];
      address[i] = x.data + offset * itemsize(x.dtype);
    }
    f(address);
    for (size_t d = dims; d-- > 0;) {
      if (++at[d] < out.shape[d]) break;
      at[d] = 0;
    }
  }
}

Array written(const Tensor& x) {
  Array a;
  a.storage = x.storage();
  a.data = static_cast<char*>(x.raw_data());
  a.dtype = x.dtype();
  a.shape.assign(x.shape().begin(), x.shape().end());
  a.stride.assign(x.strides().begin(), x.strides().end());
  return a;
}
Array read(const Tensor& x) {
  Array a = written(x);
  if (a.on_device()) return a;
  Array copy = a;
  copy.storage = nullptr;
  copy.copied = std::make_shared<std::vector<char>>(static_cast<size_t>(a.numel() * itemsize(a.dtype)));
  copy.data = copy.copied->data();
  int64_t step = 1;
  for (size_t d = copy.shape.size(); d-- > 0; step *= copy.shape[d]) copy.stride[d] = step;
  for_each_element({&copy, &a}, [&](const std::vector<char*>& p) { std::memcpy(p[0], p[1], static_cast<size_t>(itemsize(a.dtype))); });
  return copy;
}

// --- the queue -------------------------------------------------------------------------------------------------------
class Queue {
 public:
  static Queue& get() {
    static Queue* queue = new Queue;  // never destroyed: the worker runs until the process ends
    return *queue;
  }
  // The worker starts on its own when this many kernels wait; until then the host is ahead of it for certain.
  static constexpr size_t kLate = 4;

  void push(std::vector<Array> arrays, std::function<void(std::vector<Array>&)> body) {
    std::lock_guard lock(mutex_);
    tasks_.push_back({std::move(arrays), std::move(body)});
    if (tasks_.size() >= kLate) wake_.notify_one();
  }
  void drain() {
    std::unique_lock lock(mutex_);
    asked_ = true;
    wake_.notify_one();
    done_.wait(lock, [&] { return tasks_.empty() && !running_; });
    asked_ = false;
    if (std::exception_ptr error = std::exchange(error_, nullptr)) std::rethrow_exception(error);
  }
  int64_t waiting() {
    std::lock_guard lock(mutex_);
    return static_cast<int64_t>(tasks_.size());
  }

 private:
  struct Task {
    std::vector<Array> arrays;
    std::function<void(std::vector<Array>&)> body;
  };
  Queue() { std::thread([this] { work(); }).detach(); }

  void work() {
    std::unique_lock lock(mutex_);
    for (;;) {
      if (tasks_.empty()) done_.notify_all();
      wake_.wait(lock, [&] { return tasks_.size() >= kLate || (asked_ && !tasks_.empty()); });
      while (!tasks_.empty()) {
        running_ = true;
        {
          Task task = std::move(tasks_.front());
          tasks_.pop_front();
          lock.unlock();
          std::exception_ptr error;
          for (const Array& a : task.arrays) a.open(PROT_READ | PROT_WRITE);
          try {
            task.body(task.arrays);
          } catch (...) {
            error = std::current_exception();
          }
          for (const Array& a : task.arrays) a.open(PROT_NONE);
          task = {};  // may free memory: without the lock
          lock.lock();
          if (error && !error_) error_ = error;
        }
        running_ = false;
      }
    }
  }

  std::mutex mutex_;
  std::condition_variable wake_, done_;
  std::deque<Task> tasks_;
  bool running_ = false, asked_ = false;
  std::exception_ptr error_;
};

// --- kernels: slow, plain, and by the contracts of src/kernels -------------------------------------------------------------
template <class T> T load(const char* address, DType dtype) {
  return dispatch_all(dtype, [&]<class S>() -> T {
    const S value = *reinterpret_cast<const S*>(address);
    if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>) return static_cast<T>(static_cast<float>(value));
    else if constexpr (std::is_floating_point_v<S> && std::is_integral_v<T>) return static_cast<T>(Scalar::to_int64(static_cast<double>(value)));
    else return static_cast<T>(value);
  });
}
template <class T> void store(char* address, DType dtype, T value) {
  dispatch_all(dtype, [&]<class S>() {
    S& to = *reinterpret_cast<S*>(address);
    if constexpr (std::is_same_v<S, Half> || std::is_same_v<S, BFloat16>) to = S(static_cast<float>(value));
    else if constexpr (std::is_same_v<S, bool>) to = value != 0;
    else if constexpr (std::is_integral_v<S> && std::is_floating_point_v<T>) to = static_cast<S>(Scalar::to_int64(static_cast<double>(value)));
    else to = static_cast<S>(value);
  });
}
// Computes in double or in int64: exact enough to round to float32 and below.
template <class F> void with_compute(DType compute, const F& f) {
  if (is_floating(compute)) f.template operator()<double>();
  else f.template operator()<int64_t>();
}
template <class T> T rounded(T value, DType compute) {
  if (compute != DType::float32) return value;
  return static_cast<T>(static_cast<float>(value));
}

template <class F> void binary(const Tensor& out, const Tensor& a, const Tensor& b, DType compute, F f) {
  Queue::get().push({written(out), read(a), read(b)}, [compute, f](std::vector<Array>& x) {
    with_compute(compute, [&]<class T>() {
      for_each_element({&x[0], &x[1], &x[2]}, [&](const std::vector<char*>& p) {
        const T a = rounded(load<T>(p[1], x[1].dtype), compute), b = rounded(load<T>(p[2], x[2].dtype), compute);
        store<T>(p[0], x[0].dtype, rounded(f(a, b), compute));
      });
    });
  });
}

void add(Out out, const Tensor& a, const Tensor& b, Scalar alpha, DType compute) {
  if (compute == DType::boolean) return binary(out, a, b, compute, [](auto x, auto y) { return decltype(x)(x || y); });
  binary(out, a, b, compute, [alpha](auto x, auto y) {
    if constexpr (std::is_same_v<decltype(x), int64_t>)
      return static_cast<int64_t>(static_cast<uint64_t>(x) + static_cast<uint64_t>(alpha.to<int64_t>()) * static_cast<uint64_t>(y));
    else return x + alpha.as_double() * y;
  });
}
void mul(Out out, const Tensor& a, const Tensor& b, DType compute) {
  binary(out, a, b, compute, [](auto x, auto y) {
    if constexpr (std::is_same_v<decltype(x), int64_t>) return static_cast<int64_t>(static_cast<uint64_t>(x) * static_cast<uint64_t>(y));
    else return x * y;
  });
}
void exp(Out out, const Tensor& a, DType compute) {
  Queue::get().push({written(out), read(a)}, [compute](std::vector<Array>& x) {
    for_each_element({&x[0], &x[1]}, [&](const std::vector<char*>& p) {
      store(p[0], x[0].dtype, rounded(std::exp(rounded(load<double>(p[1], x[1].dtype), compute)), compute));
    });
  });
}

// Between this device and the host too. A copy to the host is awaited: the host will read it.
void copy(Out out, const Tensor& from) {
  Queue::get().push({written(out), read(from)}, [](std::vector<Array>& x) {
    with_compute(x[1].dtype, [&]<class T>() {
      for_each_element({&x[0], &x[1]}, [&](const std::vector<char*>& p) { store<T>(p[0], x[0].dtype, load<T>(p[1], x[1].dtype)); });
    });
  });
  if (out.tensor.device().type == DeviceType::cpu) Queue::get().drain();
}
void fill(Out out, Scalar value) {
  Queue::get().push({written(out)}, [value](std::vector<Array>& x) {
    for_each_element({&x[0]}, [&](const std::vector<char*>& p) {
      if (value.kind == Kind::floating) store(p[0], x[0].dtype, value.floating);
      else store(p[0], x[0].dtype, value.integer);
    });
  });
}

// Contiguous arrays seen as (outer, n, inner): calls f(first element of a row, step to the next) for every row.
struct Rows {
  int64_t outer, n, inner;
  explicit Rows(const Array& x) : outer(x.shape[0]), n(x.shape[1]), inner(x.shape[2]) {}
  Rows(const Array& x, int64_t dim) : outer(1), n(1), inner(1) {
    for (int64_t d = 0; d < static_cast<int64_t>(x.shape.size()); ++d) (d < dim ? outer : d == dim ? n : inner) *= x.shape[d];
  }
  template <class F> void for_each(const F& f) const {
    for (int64_t o = 0; o < outer; ++o)
      for (int64_t i = 0; i < inner; ++i) f(o * inner + i, o * n * inner + i, inner);
  }
};
double element(const Array& x, int64_t at) { return load<double>(x.data + at * itemsize(x.dtype), x.dtype); }
void set_element(const Array& x, int64_t at, double value) { store(x.data + at * itemsize(x.dtype), x.dtype, value); }

void sum(Out out, const Tensor& from) {
  Queue::get().push({written(out), read(from)}, [](std::vector<Array>& x) {
    with_compute(x[1].dtype, [&]<class T>() {
      const Rows rows(x[1]);
      rows.for_each([&](int64_t row, int64_t first, int64_t step) {
        T total = 0;
        for (int64_t k = 0; k < rows.n; ++k) total += load<T>(x[1].data + (first + k * step) * itemsize(x[1].dtype), x[1].dtype);
        store(x[0].data + row * itemsize(x[0].dtype), x[0].dtype, total);
      });
    });
  });
}
void softmax(Out out, const Tensor& from, int64_t dim) {
  Queue::get().push({written(out), read(from)}, [dim](std::vector<Array>& x) {
    const Rows rows(x[1], dim);
    rows.for_each([&](int64_t, int64_t first, int64_t step) {
      double top = -INFINITY, total = 0;
      for (int64_t k = 0; k < rows.n; ++k) top = std::fmax(top, element(x[1], first + k * step));
      for (int64_t k = 0; k < rows.n; ++k) total += std::exp(element(x[1], first + k * step) - top);
      for (int64_t k = 0; k < rows.n; ++k) set_element(x[0], first + k * step, std::exp(element(x[1], first + k * step) - top) / total);
    });
  });
}
void softmax_backward(Out out, const Tensor& g, const Tensor& y, int64_t dim) {
  Queue::get().push({written(out), read(g), read(y)}, [dim](std::vector<Array>& x) {
    const Rows rows(x[1], dim);
    rows.for_each([&](int64_t, int64_t first, int64_t step) {
      double total = 0;
      for (int64_t k = 0; k < rows.n; ++k) total += element(x[1], first + k * step) * element(x[2], first + k * step);
      for (int64_t k = 0; k < rows.n; ++k) {
        const int64_t at = first + k * step;
        set_element(x[0], at, element(x[2], at) * (element(x[1], at) - total));
      }
    });
  });
}

// out[b,i,j] = sum_p x[b,i,p] * y[b,p,j] + bias[j]; bias may be null.
void multiply(const Array& out, const Array& x, const Array& y, const Array* bias) {
  const int64_t batches = out.shape[0], m = out.shape[1], n = out.shape[2], k = x.shape[2];
  with_compute(out.dtype, [&]<class T>() {
    const auto at = [](const Array& a, int64_t i, int64_t j, int64_t l) {
      return load<T>(a.data + (i * a.stride[0] + j * a.stride[1] + l * a.stride[2]) * itemsize(a.dtype), a.dtype);
    };
    for (int64_t i = 0; i < batches; ++i)
      for (int64_t r = 0; r < m; ++r)
        for (int64_t c = 0; c < n; ++c) {
          T total = 0;
          for (int64_t p = 0; p < k; ++p) total += at(x, i, r, p) * at(y, i, p, c);
          if (bias) total += load<T>(bias->data + c * itemsize(bias->dtype), bias->dtype);
          store(out.data + ((i * m + r) * n + c) * itemsize(out.dtype), out.dtype, total);
        }
  });
}

void matmul(Out out, const Tensor& a, const Tensor& b) {
  Queue::get().push({written(out), read(a), read(b)}, [](std::vector<Array>& x) { multiply(x[0], x[1], x[2], nullptr); });
}

void linear(Out out, const Tensor& a, const Tensor& weight, const OptTensor& bias) {
  std::vector<Array> arrays{written(out), read(a), read(weight)};
  if (bias.defined()) arrays.push_back(read(Tensor(bias)));
  Queue::get().push(std::move(arrays), [](std::vector<Array>& x) {
    std::swap(x[2].shape[0], x[2].shape[1]);
    std::swap(x[2].stride[0], x[2].stride[1]);
    for (int i = 0; i < 3; ++i) {  // a batch of one
      x[i].shape.insert(x[i].shape.begin(), 1);
      x[i].stride.insert(x[i].stride.begin(), 0);
    }
    multiply(x[0], x[1], x[2], x.size() > 3 ? &x[3] : nullptr);
  });
}

int64_t checked_index(const char* op, const Array& index, int64_t k, int64_t n, int64_t dim) {
  const int64_t i = load<int64_t>(index.data + k * itemsize(index.dtype), index.dtype);
  check<IndexError>(i >= -n && i < n, "{}: index {} is out of bounds for dimension {} with size {}.", op, i, dim, n);
  return i < 0 ? i + n : i;
}
void index_add(InOut out, const Tensor& index, const Tensor& source, Scalar alpha, int64_t dim) {
  Queue::get().push({written(out), read(index), read(source)}, [alpha, dim](std::vector<Array>& x) {
    const int64_t outer = x[0].shape[0], n = x[0].shape[1], count = x[2].shape[1], inner = x[0].shape[2];
    with_compute(x[0].dtype, [&]<class T>() {
      for (int64_t k = 0; k < count; ++k) {
        const int64_t to = checked_index("index_add", x[1], k, n, dim);
        for (int64_t o = 0; o < outer; ++o)
          for (int64_t i = 0; i < inner; ++i) {
            char* const p = x[0].data + ((o * n + to) * inner + i) * itemsize(x[0].dtype);
            const T term = load<T>(x[2].data + ((o * count + k) * inner + i) * itemsize(x[2].dtype), x[2].dtype);
            store<T>(p, x[0].dtype, load<T>(p, x[0].dtype) + alpha.to<T>() * term);
          }
      }
    });
  });
}
void index_select(Out out, const Tensor& from, const Tensor& index, int64_t dim) {
  Queue::get().push({written(out), read(from), read(index)}, [dim](std::vector<Array>& x) {
    const int64_t outer = x[1].shape[0], n = x[1].shape[1], count = x[0].shape[1], inner = x[1].shape[2];
    const int64_t bytes = inner * itemsize(x[0].dtype);
    for (int64_t k = 0; k < count; ++k) {
      const int64_t from_row = checked_index("index_select", x[2], k, n, dim);
      for (int64_t o = 0; o < outer; ++o)
        std::memcpy(x[0].data + (o * count + k) * bytes, x[1].data + (o * n + from_row) * bytes, static_cast<size_t>(bytes));
    }
  });
}

constexpr DeviceBackend kBackend{"toy", allocate, deallocate, [](int) { Queue::get().drain(); }, [] { return 1; }};

// A plugin announces itself when it is loaded.
[[maybe_unused]] const bool announced = [] {
  constexpr DeviceType toy = DeviceType::other;
  register_device(toy, kBackend);
  kernels::add.set(toy, add);
  kernels::mul.set(toy, mul);
  kernels::exp.set(toy, exp);
  kernels::copy.set(toy, copy);
  kernels::fill.set(toy, fill);
  kernels::sum.set(toy, sum);
  kernels::softmax.set(toy, softmax);
  kernels::softmax_backward.set(toy, softmax_backward);
  kernels::linear.set(toy, linear);
  kernels::matmul.set(toy, matmul);
  kernels::index_add.set(toy, index_add);
  kernels::index_select.set(toy, index_select);
  return true;
}();

}  // namespace
}  // namespace dlx::toy

// Kernels that were asked for and have not run.
extern "C" DLX_API int64_t dlx_toy_waiting() { return dlx::toy::Queue::get().waiting(); }
