#include "autograd/node.h"

#include "core/thread_state.h"

namespace dlx::autograd {
namespace {
constinit thread_local uint64_t next_sequence = 0;
// Nodes that lost their last reference while another one was being destroyed.
constinit thread_local std::vector<Node*>* pending = nullptr;
}  // namespace

Node::Node(const char* op, int64_t input_count, int64_t output_count)
    : name(op), sequence(next_sequence++), inputs(input_count), outputs(output_count) {
  count_live(&LiveCounts::nodes, 1);
}
Node::~Node() { count_live(&LiveCounts::nodes, -1); }

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
  for (const OutputHook& h : output_hooks)
    if (h.entry.hook->python)
      if (const int stop = visit(h.entry.hook->python, context)) return stop;
  return 0;
}

}  // namespace dlx::autograd
