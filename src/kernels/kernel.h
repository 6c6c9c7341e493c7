// The kernel table: a kernel is a name and a signature here, an implementation for each device elsewhere.
// The signature is the contract. Out is overwritten, InOut read and updated, const Tensor& read, the List types are spans of
// these; everything else is an attribute: a trivially copyable value. What may change from step to step (learning rate, step
// count, generator state) is a small tensor that the kernel reads, never an attribute.
#pragma once
#include <atomic>
#include <span>
#include <type_traits>

#include "core/tensor.h"
#include "core/thread_state.h"

namespace dlx {

// A tensor that a kernel overwrites. `tensor` is the handle, for devices that run later and must hold it.
struct Out {
  const Tensor& tensor;
  DLX_INLINE explicit Out(const Tensor& t) : tensor(t) {}
  DLX_INLINE operator const Tensor&() const { return tensor; }
  DLX_INLINE const Tensor* operator->() const { return &tensor; }
  template <class T> DLX_INLINE T* data() const { return tensor.data<T>(); }
  DLX_INLINE bool defined() const { return tensor.defined(); }
  DLX_INLINE DType dtype() const { return tensor.dtype(); }
  DLX_INLINE const Dims& shape() const { return tensor.shape(); }
  DLX_INLINE int64_t size(int64_t d) const { return tensor.size(d); }
  DLX_INLINE int64_t stride(int64_t d) const { return tensor.stride(d); }
  DLX_INLINE int64_t dim() const { return tensor.dim(); }
  DLX_INLINE int64_t numel() const { return tensor.numel(); }
};
// A tensor that a kernel reads and updates. It may be undefined where the kernel's comment says so.
struct InOut : Out {
  using Out::Out;
};
struct OutList : std::span<const Tensor> {
  DLX_INLINE explicit OutList(std::span<const Tensor> tensors) : std::span<const Tensor>(tensors) {}
};
struct InOutList : std::span<const Tensor> {
  DLX_INLINE explicit InOutList(std::span<const Tensor> tensors) : std::span<const Tensor>(tensors) {}
};
using TensorList = std::span<const Tensor>;

// What a parameter of a kernel does to its argument.
enum class Access : uint8_t { read, write, update, attribute };
template <class P> struct ParameterOf {
  static_assert(std::is_trivially_copyable_v<P> && !std::is_pointer_v<P> && !std::is_reference_v<P>,
                "an attribute of a kernel is a trivially copyable value; lists of tensors are OutList, InOutList or TensorList");
  static constexpr Access access = Access::attribute;
  static constexpr bool list = false;
};
#define DLX_PARAMETER(type, how, is_list)             \
  template <> struct ParameterOf<type> {              \
    static constexpr Access access = Access::how;     \
    static constexpr bool list = is_list;             \
  };
DLX_PARAMETER(const Tensor&, read, false)
DLX_PARAMETER(const OptTensor&, read, false)
DLX_PARAMETER(Out, write, false)
DLX_PARAMETER(InOut, update, false)
DLX_PARAMETER(TensorList, read, true)
DLX_PARAMETER(OutList, write, true)
DLX_PARAMETER(InOutList, update, true)
#undef DLX_PARAMETER

// A kernel's place in the table.
struct KernelSlot {
  const char* name;
  const char* signature;  // as the compiler spells it
  std::atomic<void (*)()> implementation[kDeviceTypes];
};
DLX_API KernelSlot& kernel_slot(const char* name, const char* signature);

// Holds only its name, so that a header may define it for libdlx, the extension and plugins alike; each finds the one slot at first use.
class KernelBase {
 public:
  constexpr KernelBase(const char* name, const char* signature) : name_(name), signature_(signature) {}
  const char* name() const { return name_; }
  const char* signature() const { return signature_; }
  DLX_INLINE KernelSlot& slot() const {
    KernelSlot* s = slot_.load(std::memory_order_acquire);
    if (!s) [[unlikely]] slot_.store(s = &kernel_slot(name_, signature_), std::memory_order_release);
    return *s;
  }

 protected:
  // Puts `f` in the slot; false, and nothing done, where libdlx knows the kernel by another signature.
  DLX_API bool set(DeviceType device, void (*f)()) const;

 private:
  const char* name_;
  const char* signature_;
  mutable std::atomic<KernelSlot*> slot_{nullptr};
};

template <class Signature> class Kernel;
template <class... P> class Kernel<void(P...)> : public KernelBase {
 public:
  using Function = void(P...);
  explicit constexpr Kernel(const char* name) : KernelBase(name, spelled()) { (void)(ParameterOf<P>::list || ...); }
  // For a library that brings a device: registers `f` for it. A library built for another libdlx, in which the kernel took other
  // arguments, gets false, and a call on its device says that there is no kernel.
  bool set(DeviceType device, Function* f) const { return KernelBase::set(device, reinterpret_cast<void (*)()>(f)); }

 private:
  static constexpr const char* spelled() { return __PRETTY_FUNCTION__; }
};

// Registration of the CPU's kernels is constant data in the linker section dlx_cpu: nothing of an ISA level's file runs
// before the level is chosen. install_kernels() walks the section and keeps, for each kernel, the highest level the machine has.
// The section holds pointers to entries (objects of other sizes could be padded); all entries are laid out alike.
template <class Function> struct CpuKernelEntry {
  const KernelBase* kernel;
  Function* function;
  int level;
};
// Runs once, at the first look-up of a kernel.
DLX_API void install_kernels();

// ISA levels as numbers: 1 what the compiler targets by default (Arm), 2..4 x86-64-v2..v4, 5 v4 with bfloat16 products.
DLX_API int cpu_level();                       // the level chosen at start; DLX_CPU_ISA=v2|v3|v4|v4bf16 lowers it
DLX_API std::span<const int> cpu_levels();     // levels that are built and that the machine can run, rising
DLX_API const char* cpu_level_name(int level);

#define DLX_CONCAT_(a, b) a##b
#define DLX_CONCAT(a, b) DLX_CONCAT_(a, b)
// `unique` tells the registrations of one line apart.
#define DLX_REGISTER_CPU_AS(kernel, function, unique)                                                             \
  static_assert(std::is_same_v<std::remove_cvref_t<decltype(kernel)>::Function, decltype(function)>,              \
                "the implementation's signature differs from the kernel's");                                      \
  constinit const ::dlx::CpuKernelEntry<decltype(function)> DLX_CONCAT(entry_, unique) = {&kernel, &function,      \
                                                                                            DLX_ISA_LEVEL};       \
  __attribute__((used, section("dlx_cpu"))) const void* const DLX_CONCAT(listed_, unique) = &DLX_CONCAT(entry_, unique)
#define DLX_REGISTER_CPU(kernel, function) DLX_REGISTER_CPU_AS(kernel, function, __LINE__)

}  // namespace dlx
