#include "autograd/node.h"

#include "core/python_hooks.h"
#include "core/thread_state.h"

namespace dlx::autograd {
namespace {
constinit thread_local uint64_t next_sequence = 0;
// Nodes that lost their last reference while another one was being destroyed.
constinit thread_local std::vector<Node*>* pending = nullptr;
}  // namespace

constinit AnomalyMode anomaly_mode;

Node::Node(const char* op, int64_t input_count, int64_t output_count)
    : name(op), sequence(next_sequence++), inputs(input_count), outputs(output_count) {
  count_live(&LiveCounts::nodes, 1);
  if (anomaly_mode.enabled.load(std::memory_order_relaxed)) [[unlikely]]
    if (python_hooks.describe_stack) extras().made_at = python_hooks.describe_stack();
}
Node::~Node() {
  count_live(&LiveCounts::nodes, -1);
  delete extras_.load(std::memory_order_acquire);
}

NodeLock::NodeLock(Node& node) : node_(node) {
  if (node.mutex.try_lock()) return;
  const ReleasedGil others_may_run(true);
  node.mutex.lock();
}

Node::Extras& Node::extras() {
  const NodeLock lock(*this);
  if (!extras_if_any()) extras_.store(new Extras, std::memory_order_release);
  return *extras_if_any();
}

void Node::destroy(Node* node) noexcept {
  if (pending) {
    pending->push_back(node);
    return;
  }
  std::vector<Node*> list;
  pending = &list;
  delete node;
  while (!list.empty()) {
    Node* next = list.back();
    list.pop_back();
    delete next;
  }
  pending = nullptr;
}

int Node::visit_python(int (*visit)(void*, void*), void* context) {
  const Extras* some = extras_if_any();
  if (!some) return 0;
  const auto look = [&](const auto& hook) { return hook->python && hook.use_count() == 1 ? visit(hook->python, context) : 0; };
  for (const OutputHook& h : some->output_hooks)
    if (const int stop = look(h.entry.hook)) return stop;
  for (const auto* list : {&some->before, &some->after})
    for (const NodeHookEntry& h : *list)
      if (const int stop = look(h.hook)) return stop;
  return 0;
}

void Node::clear_python() {
  Extras* some = extras_if_any();
  if (!some) return;
  // Moved out first: a hook's end may run Python.
  const auto outputs = std::move(some->output_hooks);
  const auto before = std::move(some->before), after = std::move(some->after);
  some->output_hooks.clear();
  some->before.clear();
  some->after.clear();
}

}  // namespace dlx::autograd
