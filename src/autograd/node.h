// Node: one op in the graph. It holds the edges to its inputs' nodes and what its gradient needs.
#pragma once
#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/tensor.h"

namespace dlx::autograd {

class Node;

// Where a gradient goes: to the output `output` of `node`, or into leaf.grad. Neither: nobody wants it.
struct Edge {
  Ref<Node> node;
  Ref<TensorImpl> leaf;
  int32_t output = 0;
  bool wanted() const { return static_cast<bool>(node) || static_cast<bool>(leaf); }
};

// What the gradient of an output must look like; the engine sums and casts to it.
struct OutputInfo {
  Dims shape;
  DType dtype;
  Device device;
};

// A function called with a gradient, which may return another one (undefined: unchanged).
// The bindings derive from it; `python` is what the garbage collector may visit.
struct DLX_API Hook {
  virtual ~Hook() = default;
  virtual Tensor call(const Tensor& gradient) = 0;
  void* python = nullptr;
};

struct HookEntry {
  int64_t id;
  std::shared_ptr<Hook> hook;
};

// Called by a node before or after it runs, with the gradients of its outputs and, after, of its inputs; it may replace
// what has not been used yet: the outputs' before, the inputs' after.
struct DLX_API NodeHook {
  virtual ~NodeHook() = default;
  virtual void before(std::vector<Tensor>& grad_outputs) { (void)grad_outputs; }
  virtual void after(std::vector<Tensor>& grad_inputs, const std::vector<Tensor>& grad_outputs) { (void)grad_inputs, (void)grad_outputs; }
  void* python = nullptr;
};
struct NodeHookEntry {
  int64_t id;
  std::shared_ptr<NodeHook> hook;
};

// Which inputs of a node want a gradient; inputs past the 64th always count as wanting one.
class Needs {
 public:
  explicit Needs(uint64_t bits) : bits_(bits) {}
  bool operator[](int i) const { return i >= 64 || (bits_ >> i & 1); }

 private:
  uint64_t bits_;
};

// The gradients that a node hands to its inputs, in their order; undefined for zero.
class Gradients {
 public:
  Gradients() = default;
  Gradients(Tensor g) { few_[0] = std::move(g); }
  Gradients(std::initializer_list<Tensor> gradients) {
    int64_t i = 0;
    for (const Tensor& g : gradients) (*this)[i++] = g;
  }
  explicit Gradients(std::vector<Tensor> gradients) {
    for (size_t i = 0; i < gradients.size(); ++i) (*this)[static_cast<int64_t>(i)] = std::move(gradients[i]);
  }
  Tensor& operator[](int64_t i) {
    if (i < kFew) return few_[i];
    if (static_cast<size_t>(i - kFew) >= more_.size()) more_.resize(static_cast<size_t>(i - kFew) + 1);
    return more_[static_cast<size_t>(i - kFew)];
  }

 private:
  static constexpr int64_t kFew = 4;
  Tensor few_[kFew];
  std::vector<Tensor> more_;
};

// A fixed list, without an allocation up to N entries.
template <class T, int N> class FixedList {
 public:
  explicit FixedList(int64_t size) : size_(size), heap_(size > N ? new T[static_cast<size_t>(size)] : nullptr) {}
  T* data() { return heap_ ? heap_.get() : few_; }
  const T* data() const { return heap_ ? heap_.get() : few_; }
  int64_t size() const { return size_; }
  T& operator[](int64_t i) { return data()[i]; }
  const T& operator[](int64_t i) const { return data()[i]; }
  T* begin() { return data(); }
  T* end() { return data() + size_; }
  const T* begin() const { return data(); }
  const T* end() const { return data() + size_; }

 private:
  int64_t size_;
  T few_[N];
  std::unique_ptr<T[]> heap_;
};

class DLX_API Node {
 public:
  Node(const char* name, int64_t inputs, int64_t outputs);
  virtual ~Node();
  Node(const Node&) = delete;
  Node& operator=(const Node&) = delete;

  // Gradients of the inputs from those of the outputs (undefined where nothing flowed).
  virtual Gradients apply(std::span<const Tensor> gradients, Needs needs) = 0;
  // Frees what the node saved, once the last gradient that needs it has been taken.
  virtual void release() {}
  // For the garbage collector: calls visit(object) for each Python object that the node alone holds. 0, or what visit returned
  // if not 0. clear_python drops them.
  virtual int visit_python(int (*visit)(void* object, void* context), void* context);
  virtual void clear_python();

  // Destroys nodes without recursion: chains of a million are ordinary.
  static void destroy(Node* node) noexcept;

  std::atomic<int32_t> references{0};
  bool saves = false;                    // something that a second backward would miss
  bool released = false;
  const char* const name;                // of the op, as users know it
  const uint64_t sequence;               // rises with creation: backward takes the latest ready node first
  FixedList<Edge, 3> inputs;
  FixedList<OutputInfo, 1> outputs;
  std::recursive_mutex mutex;            // one thread runs, frees or hooks the node at a time

  struct OutputHook {
    int32_t output;
    HookEntry entry;
  };
  struct Retained {
    int32_t output;
    TensorImpl* tensor;                    // gone before the tensor is: its meta takes itself off the list
  };
  // What few nodes have.
  struct Extras {
    std::vector<OutputHook> output_hooks;  // of tensors that are outputs, called with their gradient before the node runs
    std::vector<Retained> retained;        // outputs whose gradient is kept in .grad
    std::vector<NodeHookEntry> before, after;
    std::string made_at;                   // the lines of Python that made the node, in anomaly mode
  };
  Extras& extras();                        // made at first use, under the mutex
  Extras* extras_if_any() const { return extras_.load(std::memory_order_acquire); }

 private:
  std::atomic<Extras*> extras_{nullptr};
};

// Holds a node's mutex for a scope. Whoever has to wait lets other Python threads run meanwhile: the one that has the node may
// itself be waiting to run Python (a Function's gradient, a hook).
class DLX_API NodeLock {
 public:
  explicit NodeLock(Node& node);
  ~NodeLock() { node_.mutex.unlock(); }
  NodeLock(const NodeLock&) = delete;
  NodeLock& operator=(const NodeLock&) = delete;

 private:
  Node& node_;
};

// Anomaly mode: nodes note where they are made, and backward raises at the first nan, naming the node that gave it.
struct AnomalyMode {
  std::atomic<bool> enabled{false}, check_nan{true};
};
DLX_API extern constinit AnomalyMode anomaly_mode;

}  // namespace dlx::autograd
