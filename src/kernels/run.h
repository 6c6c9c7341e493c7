// run: the one funnel through which all work passes, and the Observer that may watch it.
#pragma once
#include <functional>
#include <memory>
#include <tuple>
#include <vector>

#include "core/python_hooks.h"
#include "kernels/kernel.h"

namespace dlx {

// One kernel call, as an observer sees it. The tensors are handles: keeping them keeps the memory.
struct Call {
  const char* kernel;
  Device device;
  std::vector<Tensor> reads, writes;  // a tensor that is updated stands in both
  std::function<void()> again;        // calls the kernel once more on the same memory with the same attributes
};

// Watches the kernel calls of a thread while it is thread_state.observer: capture, profiler, anomaly mode.
class DLX_API Observer {
 public:
  virtual ~Observer() = default;
  virtual void before(const Call&) {}
  virtual void after(const Call&) {}
  // The host is about to read `x` (item, tolist, numpy...). `what` names the caller.
  virtual void host_read(const Tensor& x, const char* what) { (void)x, (void)what; }
};

namespace detail {

struct Arguments {
  const Tensor* first = nullptr;  // decides the device: the first that is not a Python number, a device's before the CPU's
  int64_t largest_bytes = 0;
};
DLX_INLINE void look_at(Arguments& a, const Tensor& x) {
  if (!x.defined()) return;
  if (!a.first || a.first->is_number() || (a.first->device().type == DeviceType::cpu && x.device().type != DeviceType::cpu)) a.first = &x;
  const int64_t bytes = x.nbytes();
  a.largest_bytes = bytes > a.largest_bytes ? bytes : a.largest_bytes;
}
template <class P, class A> DLX_INLINE void look(Arguments& a, const A& argument) {
  using Traits = ParameterOf<P>;
  if constexpr (Traits::access == Access::attribute) return;
  else if constexpr (Traits::list) for (const Tensor& x : argument) look_at(a, x);
  else look_at(a, argument);
}
template <class P, class A> DLX_INLINE void bump_versions(const A& argument) {
  using Traits = ParameterOf<P>;
  if constexpr (Traits::access == Access::write || Traits::access == Access::update) {
    const auto bump = [](const Tensor& x) {
      if (!x.defined()) return;
      std::atomic<uint32_t>& version = x.impl()->version();  // one writer at a time, or the user's own race: no locked instruction
      version.store(version.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
    };
    if constexpr (Traits::list) for (const Tensor& x : argument) bump(x);
    else bump(argument);
  }
}

// Owns a copy of an argument, and gives the kernel's parameter back from it.
template <class P> struct Kept {
  using Value = std::conditional_t<ParameterOf<P>::list, std::vector<Tensor>,
                                   std::conditional_t<ParameterOf<P>::access == Access::attribute, std::remove_cvref_t<P>, OptTensor>>;
  Value value;
  template <class A> static Value keep(const A& a) {
    if constexpr (ParameterOf<P>::list) return std::vector<Tensor>(a.begin(), a.end());
    else if constexpr (ParameterOf<P>::access == Access::attribute) return a;
    else return OptTensor(static_cast<const Tensor&>(a));
  }
  template <class A> explicit Kept(const A& a) : value(keep(a)) {}
  P get() const {
    if constexpr (ParameterOf<P>::list) return P(std::span<const Tensor>(value));
    else if constexpr (std::is_same_v<P, Out> || std::is_same_v<P, InOut>) return P(value);
    else return value;
  }
  void list(Call& call) const {
    const auto add = [&](const Tensor& x) {
      if (!x.defined()) return;
      if (ParameterOf<P>::access != Access::write) call.reads.push_back(x);
      if (ParameterOf<P>::access != Access::read) call.writes.push_back(x);
    };
    if constexpr (ParameterOf<P>::list) for (const Tensor& x : value) add(x);
    else if constexpr (ParameterOf<P>::access != Access::attribute) add(value);
  }
};

[[noreturn]] DLX_API void fail_missing(const char* kernel, Device device);
[[noreturn]] DLX_API void fail_data(const char* kernel, ErrorSlot& slot);

// The kernel itself: GIL, call, error slot.
template <class... P> DLX_INLINE void call(const Kernel<void(P...)>& kernel, void (*f)(P...), int64_t largest_bytes,
                                                std::type_identity_t<P>... args) {
  if (largest_bytes > 65536) {
    const ReleasedGil others_may_run(true);
    f(args...);
  } else {
    f(args...);
  }
  if (thread_state.error.state != 0) [[unlikely]] fail_data(kernel.name(), thread_state.error);
}

template <class... P>
__attribute__((noinline)) void call_observed(const Kernel<void(P...)>& kernel, void (*f)(P...), const Arguments& a,
                                             std::type_identity_t<P>... args) {
  Observer* observer = thread_state.observer;
  Call seen{kernel.name(), a.first->device(), {}, {}, {}};
  auto kept = std::make_shared<std::tuple<Kept<P>...>>(Kept<P>(args)...);
  std::apply([&](const auto&... one) { (one.list(seen), ...); }, *kept);
  const Kernel<void(P...)>* again = &kernel;  // kernels are global objects
  seen.again = [kept, f, again, bytes = a.largest_bytes] {
    std::apply([&](const auto&... one) { call(*again, f, bytes, one.get()...); }, *kept);
  };
  observer->before(seen);
  call(kernel, f, a.largest_bytes, args...);
  observer->after(seen);
}

template <class... P> DLX_INLINE void run_parameters(const Kernel<void(P...)>& kernel, P... args) {
  Arguments a;
  (look<P>(a, args), ...);
  const Device device = a.first->device();
  auto* f = reinterpret_cast<void (*)(P...)>(
      kernel.slot().implementation[static_cast<int>(device.type)].load(std::memory_order_acquire));
  if (!f) [[unlikely]] fail_missing(kernel.name(), device);
  (bump_versions<P>(args), ...);
  if (thread_state.observer) [[unlikely]] return call_observed(kernel, f, a, args...);
  call(kernel, f, a.largest_bytes, args...);
}

template <class P, class A> DLX_INLINE P parameter(const A& argument) {
  if constexpr (std::is_same_v<P, Out> || std::is_same_v<P, InOut> || ParameterOf<P>::list) return P(argument);
  else return static_cast<P>(argument);
}

}  // namespace detail

// Runs `kernel` on the device of its arguments: run(kernels::softmax, out, x, dim). It bumps the versions of what is written,
// lets other Python threads run while it works on more than 64 KB, tells the observer, and raises what the data showed.
// The arguments live while it runs: callers hold them.
template <class... P, class... A> DLX_INLINE void run(const Kernel<void(P...)>& kernel, const A&... args) {
  static_assert(sizeof...(P) == sizeof...(A), "run: the kernel takes another number of arguments");
  detail::run_parameters<P...>(kernel, detail::parameter<P>(args)...);
}

}  // namespace dlx
