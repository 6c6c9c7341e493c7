#include "autograd/engine.h"

#include <algorithm>
#include <iterator>
#include <mutex>
#include <queue>

#include "autograd/engine_ops.h"
#include "autograd/gradient.h"
#include "core/errors.h"
#include "core/fork.h"

namespace dlx::autograd {
namespace {

constinit thread_local const char* running = "backward";

// Threads that share a graph share its leaves: each is locked while a gradient is added to its own.
std::mutex leaf_locks[64];

struct RunningOp {
  explicit RunningOp(const char* name) : before(running) { running = name; }
  ~RunningOp() { running = before; }
  const char* const before;
};

// One node or leaf of the graph, in one run.
struct Task {
  Node* node = nullptr;        // kept alive by its users' edges, down from the outputs'
  TensorImpl* leaf = nullptr;
  int64_t waiting = 0;         // edges into it that have not yet delivered
  bool needed = true;          // some wanted input lies below it
  bool captured = false;       // it, or one of its outputs, is a wanted input
  FixedList<Tensor, 1> gradients{1};
};

// Task numbers by address: open addressing, since a run looks up every edge twice.
class TaskIndex {
 public:
  TaskIndex() : slots_(64, Slot{nullptr, 0}) {}
  // The number of the task at `key`; `fresh` is its number if there is none.
  size_t find_or_add(const void* key, size_t fresh) {
    if (2 * (used_ + 1) > slots_.size()) grow();
    Slot& slot = probe(key);
    if (!slot.key) {
      slot = {key, fresh};
      ++used_;
    }
    return slot.task;
  }
  size_t at(const void* key) { return probe(key).task; }
  bool contains(const void* key) { return probe(key).key != nullptr; }

 private:
  struct Slot {
    const void* key;
    size_t task;
  };
  Slot& probe(const void* key) {
    size_t i = (reinterpret_cast<uintptr_t>(key) * 0x9E3779B97F4A7C15u) >> 20;
    for (;; ++i) {
      Slot& slot = slots_[i & (slots_.size() - 1)];
      if (!slot.key || slot.key == key) return slot;
    }
  }
  void grow() {
    std::vector<Slot> old(4 * slots_.size(), Slot{nullptr, 0});
    std::swap(old, slots_);
    for (const Slot& s : old)
      if (s.key) probe(s.key) = s;
  }
  std::vector<Slot> slots_;
  size_t used_ = 0;
};

const void* key_of(const Edge& e) { return e.node ? static_cast<const void*>(e.node.get()) : static_cast<const void*>(e.leaf.get()); }

// Nobody else holds the tensor or its memory, so it may be overwritten or handed on.
bool is_unshared(const Tensor& g) {
  return g.impl()->references.load(std::memory_order_acquire) == 1 && g.storage()->references.load(std::memory_order_acquire) == 1 &&
         !g.storage()->read_only && is_dense(g.shape(), g.strides());
}

class Run {
 public:
  Run(std::span<const Tensor> inputs, const BackwardOptions& options)
      : inputs_(inputs), options_(options), results_(options.accumulate ? 0 : inputs.size()) {}

  void add_output(const Tensor& out, Tensor gradient) {
    const Edge edge = edge_of(out);
    roots_.push_back(edge);
    root_gradients_.push_back(std::move(gradient));
  }

  std::vector<Tensor> go() {
    explore();
    if (!inputs_.empty()) mark_needed();
    for (size_t i = 0; i < roots_.size(); ++i) deliver(roots_[i], std::move(root_gradients_[i]));
    while (!ready_.empty()) {
      const size_t t = ready_.top().second;
      ready_.pop();
      run_node(t);
    }
    return std::move(results_);
  }

 private:
  // Makes a task for everything reachable and counts the edges into each.
  void explore() {
    std::vector<size_t> stack;
    const auto visit = [&](const Edge& e) {
      if (!e.wanted()) return;
      const size_t t = index_.find_or_add(key_of(e), tasks_.size());
      if (t == tasks_.size()) {
        Task& task = tasks_.emplace_back();
        task.leaf = e.leaf.get();
        task.node = e.node.get();
        if (task.node) {
          if (task.node->outputs.size() > 1) task.gradients = FixedList<Tensor, 1>(task.node->outputs.size());
          stack.push_back(t);
        }
      }
      ++tasks_[t].waiting;
    };
    for (const Edge& e : roots_) visit(e);
    while (!stack.empty()) {
      const Node* node = tasks_[stack.back()].node;
      stack.pop_back();
      for (const Edge& e : node->inputs) visit(e);
    }
  }

  // With `inputs`, only the paths that lead to them are taken.
  void mark_needed() {
    for (Task& t : tasks_) t.needed = false;
    for (const Tensor& x : inputs_) {
      const Edge e = edge_of(x);
      if (!e.wanted() || !index_.contains(key_of(e))) continue;
      tasks_[index_.at(key_of(e))].captured = true;
    }
    // Children come after their users in this order, so one pass from its end settles every node.
    std::vector<size_t> order;
    std::vector<int64_t> waiting(tasks_.size());
    for (size_t t = 0; t < tasks_.size(); ++t) waiting[t] = tasks_[t].waiting;
    const auto arrive = [&](const Edge& e) {
      if (!e.wanted()) return;
      const size_t t = index_.at(key_of(e));
      if (--waiting[t] == 0) order.push_back(t);
    };
    for (const Edge& e : roots_) arrive(e);
    for (size_t i = 0; i < order.size(); ++i)
      if (const Node* node = tasks_[order[i]].node)
        for (const Edge& e : node->inputs) arrive(e);
    for (size_t i = order.size(); i-- > 0;) {
      Task& t = tasks_[order[i]];
      t.needed = t.captured;
      if (t.node && !t.needed)
        for (const Edge& e : t.node->inputs)
          if (e.wanted() && tasks_[index_.at(key_of(e))].needed) {
            t.needed = true;
            break;
          }
    }
  }

  // A gradient arrives along an edge; the task runs once all its edges have delivered.
  void deliver(const Edge& e, Tensor g) {
    if (!e.wanted()) return;
    const size_t number = index_.at(key_of(e));
    Task& t = tasks_[number];
    if (g.defined() && t.needed) {
      g = fitted(e, std::move(g));
      Tensor& sum = t.gradients[t.node ? e.output : 0];
      if (!sum.defined()) sum = std::move(g);
      else if (!thread_state.grad_enabled && is_unshared(sum) && sum.shape() == g.shape()) add_in_place(sum, g);
      else sum = added(sum, g);
    }
    if (--t.waiting > 0) return;
    if (t.leaf) finish_leaf(number);
    else ready_.emplace(t.node->sequence, number);
  }

  // Sums what was broadcast and casts, so that ops need not.
  static Tensor fitted(const Edge& e, Tensor g) {
    const Dims& shape = e.node ? e.node->outputs[e.output].shape : e.leaf->shape;
    const DType dtype = e.node ? e.node->outputs[e.output].dtype : e.leaf->dtype;
    if (g.shape() != shape) {
      check<ShapeError>(broadcasts_to(shape, g.shape()), "backward: {} gave a gradient of shape {} for an input of shape {}.", running,
                        g.shape(), shape);
      g = sum_to(g, shape);
    }
    return g.dtype() == dtype ? g : cast_to(g, dtype);
  }

  static Tensor hooked(const std::vector<HookEntry>& hooks, Tensor g) {
    for (const HookEntry& h : hooks) {
      Tensor other = h.hook->call(g);
      if (!other.defined()) continue;
      check<RuntimeError>(other.shape() == g.shape(), "hook: it returned a gradient of shape {} in place of one of shape {}.",
                          other.shape(), g.shape());
      g = std::move(other);
    }
    return g;
  }

  // Hands a gradient to those of `inputs` that it belongs to: an output of `node`, or `leaf`.
  void capture(const Node* node, int32_t output, const TensorImpl* leaf, const Tensor& g) {
    for (size_t i = 0; i < inputs_.size(); ++i) {
      const Edge e = edge_of(inputs_[i]);
      if (e.node.get() != node || e.leaf.get() != leaf || (node && e.output != output)) continue;
      if (!options_.accumulate) {
        results_[i] = g;
        continue;
      }
      // Once: neither for each time that it stands among the inputs, nor after `prepare` for one that retains its gradient.
      const auto before = inputs_.first(i);
      const bool again = std::any_of(before.begin(), before.end(), [&](const Tensor& x) { return x.same(inputs_[i]); });
      if (!again && !meta_of(inputs_[i]).retains_grad) accumulate(inputs_[i].impl(), g);
    }
  }

  void finish_leaf(size_t number) {
    Task& t = tasks_[number];
    Tensor g = std::move(t.gradients[0]);
    if (!g.defined() || !t.needed) return;
    std::vector<HookEntry> after;
    if (const Meta* meta = meta_if_any(t.leaf)) {
      const std::vector<HookEntry> hooks = meta->hooks;  // a hook may remove itself
      after = meta->post_hooks;
      g = hooked(hooks, std::move(g));
    }
    if (!options_.accumulate) return capture(nullptr, 0, t.leaf, g);
    accumulate(t.leaf, std::move(g));
    for (const HookEntry& h : after) h.hook->call(Tensor(Ref<TensorImpl>(t.leaf)));
  }

  static void accumulate(TensorImpl* leaf, Tensor g) {
    // Nothing in here waits for the GIL: backward runs without it.
    const std::lock_guard lock(leaf_locks[reinterpret_cast<uintptr_t>(leaf) / sizeof(TensorImpl) % std::size(leaf_locks)]);
    const Tensor x{Ref<TensorImpl>(leaf)};
    Tensor& grad = meta_of(x).grad;
    if (!grad.defined()) {
      if (!thread_state.grad_enabled && is_unshared(g) && g.strides() == x.strides()) grad = std::move(g);
      else grad = compact_clone(g, x);
    } else if (thread_state.grad_enabled) {
      grad = added(grad, g);
    } else {
      add_in_place(grad, g);
    }
  }

  void run_node(size_t number) {
    Node& node = *tasks_[number].node;
    if (!tasks_[number].needed) {
      for (const Edge& e : node.inputs) deliver(e, Tensor());
      return;
    }
    const RunningOp name(node.name);
    std::vector<Tensor> incoming(tasks_[number].gradients.begin(), tasks_[number].gradients.end());
    for (Tensor& g : tasks_[number].gradients) g = Tensor();
    prepare(node, incoming);
    bool any = false;
    for (const Tensor& g : incoming) any |= g.defined();
    if (tasks_[number].captured)
      for (size_t i = 0; i < incoming.size(); ++i)
        if (incoming[i].defined()) capture(&node, static_cast<int32_t>(i), nullptr, incoming[i]);
    uint64_t needs = 0;
    bool goes_on = false;
    for (int64_t i = 0; i < node.inputs.size(); ++i) {
      const Edge& e = node.inputs[i];
      const bool wanted = e.wanted() && tasks_[index_.at(key_of(e))].needed;
      goes_on |= wanted;
      if (i < 64 && wanted) needs |= uint64_t{1} << i;
    }
    Gradients out;
    std::vector<NodeHookEntry> after;
    if (any && goes_on) {
      const NodeLock lock(node);
      if (const Node::Extras* some = node.extras_if_any()) [[unlikely]] {
        after = some->after;
        const std::vector<NodeHookEntry> before = some->before;  // a hook may remove itself
        for (const NodeHookEntry& h : before) h.hook->before(incoming);
      }
      check<RuntimeError>(!node.released,
                          "backward: the graph was freed by an earlier backward ({} needs what it saved). "
                          "Pass retain_graph=True to the first backward to go through it twice.",
                          node.name);
      out = node.apply(incoming, Needs(needs));
      if (!options_.retain_graph && node.saves) {
        node.release();
        node.released = true;
      }
      if (anomaly_mode.enabled.load(std::memory_order_relaxed)) [[unlikely]] check_nan(node, out);
    }
    if (!after.empty()) [[unlikely]] run_after(node, after, out, incoming);
    incoming.clear();
    for (int64_t i = 0; i < node.inputs.size(); ++i) deliver(node.inputs[i], std::move(out[i]));
  }

  // Hooks of the outputs, then .grad of those that keep it.
  static void prepare(Node& node, std::vector<Tensor>& incoming) {
    const Node::Extras* some = node.extras_if_any();
    if (!some) return;
    std::vector<Node::OutputHook> hooks;
    {
      const NodeLock lock(node);
      hooks = some->output_hooks;
    }
    for (const Node::OutputHook& h : hooks) {
      Tensor& g = incoming[static_cast<size_t>(h.output)];
      if (g.defined()) g = hooked({h.entry}, g);
    }
    const NodeLock lock(node);
    for (const Node::Retained& r : some->retained) {
      const Tensor& g = incoming[static_cast<size_t>(r.output)];
      if (g.defined()) accumulate(r.tensor, g);
    }
  }

  static void run_after(const Node& node, const std::vector<NodeHookEntry>& hooks, Gradients& out, const std::vector<Tensor>& incoming) {
    std::vector<Tensor> gradients;
    for (int64_t i = 0; i < node.inputs.size(); ++i) gradients.push_back(std::move(out[i]));
    for (const NodeHookEntry& h : hooks) h.hook->after(gradients, incoming);
    out = Gradients(std::move(gradients));
  }

  static void check_nan(const Node& node, Gradients& out) {
    if (!anomaly_mode.check_nan.load(std::memory_order_relaxed)) return;
    const Node::Extras* some = node.extras_if_any();
    for (int64_t i = 0; i < node.inputs.size(); ++i)
      check<RuntimeError>(!out[i].defined() || !has_nan(out[i]), "backward: {} gave nan in the gradient of its input {}.{}{}", node.name, i,
                          some && !some->made_at.empty() ? " It was called at:\n" : "", some ? some->made_at : std::string());
  }

  std::span<const Tensor> inputs_;
  const BackwardOptions options_;
  std::vector<Edge> roots_;
  std::vector<Tensor> root_gradients_;
  std::vector<Tensor> results_;
  std::vector<Task> tasks_;
  TaskIndex index_;
  std::priority_queue<std::pair<uint64_t, size_t>> ready_;  // the latest node first: memory is freed in the order it was made
};

}  // namespace

const char* running_op() { return running; }

std::vector<Tensor> run_backward(std::span<const Tensor> outputs, std::span<const Tensor> gradients, std::span<const Tensor> inputs,
                                 const BackwardOptions& options) {
  const GradMode mode(options.create_graph);
  Run run(inputs, options);
  for (size_t i = 0; i < outputs.size(); ++i) {
    const Tensor& out = outputs[i];
    check<RuntimeError>(requires_grad(out), "backward: output {} does not require a gradient and has no history. "
                                            "Was it made under no_grad, from integers, or detached?", i);
    Tensor g = i < gradients.size() ? gradients[i] : Tensor();
    if (!g.defined()) {
      check<RuntimeError>(out.numel() == 1,
                          "backward: a gradient is made up only for a loss of one element. Got an output of shape {}: "
                          "reduce it first (.sum(), .mean()) or pass gradient=.",
                          out.shape());
      g = ones_like_scalar(out);
    } else {
      check<ShapeError>(g.shape() == out.shape(), "backward: the gradient has shape {} but its output has shape {}.", g.shape(), out.shape());
      check<RuntimeError>(g.device() == out.device(), "backward: the gradient is on {} but its output on {}.", g.device(), out.device());
    }
    run.add_output(out, g);
  }
  for (const Tensor& x : inputs)
    check<RuntimeError>(requires_grad(x), "grad: one of the inputs does not require a gradient.");
  std::vector<Tensor> results = run.go();
  if (!options.accumulate && !options.allow_unused)
    for (size_t i = 0; i < results.size(); ++i)
      check<RuntimeError>(results[i].defined(), "grad: input {} was not used to compute the outputs. Pass allow_unused=True for None in its place.", i);
  return results;
}

}  // namespace dlx::autograd

namespace dlx::at_fork {
void lock_leaves() {
  for (std::mutex& lock : autograd::leaf_locks) lock.lock();
}
void unlock_leaves() {
  for (std::mutex& lock : autograd::leaf_locks) lock.unlock();
}
}  // namespace dlx::at_fork
