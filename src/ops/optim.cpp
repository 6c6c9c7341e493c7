#include "ops/optim.h"

#include <limits>
#include <utility>

#include "kernels/optim.h"
#include "ops/common.h"

namespace dlx::ops {
namespace {

using Tensors = std::vector<Tensor>;

void check_number(const char* op, const char* name, const Tensor& x) {
  check<DtypeError>(x.dtype() == DType::float64 && x.numel() == 1, "{}: {} must be a float64 tensor of one element. Got {} of shape {}.", op, name,
                    x.dtype(), x.shape());
}

// Lists beside the parameters must match them: one each, alike in shape, dtype and device.
void check_list(const char* op, const char* name, const Tensors& list, const Tensors& params) {
  check<ValueError>(list.size() == params.size(), "{}: {} has {} tensors for {} parameters.", op, name, list.size(), params.size());
  for (size_t i = 0; i < list.size(); ++i) {
    check<ShapeError>(list[i].shape() == params[i].shape(), "{}: {}[{}] has shape {} but its parameter {}.", op, name, i, list[i].shape(), params[i].shape());
    check<DtypeError>(list[i].dtype() == params[i].dtype(), "{}: {}[{}] is {} but its parameter {}.", op, name, i, list[i].dtype(), params[i].dtype());
  }
}

void check_steps(const char* op, const Tensors& steps, const Tensors& params) {
  check<ValueError>(steps.size() == params.size(), "{}: steps has {} tensors for {} parameters.", op, steps.size(), params.size());
  for (const Tensor& s : steps) check_number(op, "a step", s);
}

// Tensors of parameters and of what goes with them as flat memory, which the kernels walk: tensors i of all lists where they lie
// alike and without gaps, else copies, which go back after the step. Empty lists stay empty.
class Flat {
 public:
  Flat(const char* op, std::initializer_list<const Tensors*> written, std::initializer_list<const Tensors*> read) {
    lists_.reserve(written.size() + read.size());
    for (const auto& some : {written, read})
      for (const Tensors* list : some) lists_.push_back(*list);
    for (size_t k = 0; k < written.size(); ++k)
      for (const Tensor& x : lists_[k]) check_in_place(op, x, false);
    for (size_t i = 0; i < lists_[0].size(); ++i) flatten(i, written.size());
  }
  std::span<const Tensor> operator[](size_t list) const { return lists_[list]; }
  void put_back() const {
    for (const auto& [to, from] : back_) copy_untracked(to, from);
  }

 private:
  void flatten(size_t i, size_t written) {
    const Tensor first = lists_[0][i];
    bool plain = true, alike = true;
    for (const Tensors& list : lists_) {
      if (list.empty()) continue;
      plain = plain && list[i].is_contiguous();
      alike = alike && list[i].strides() == first.strides();
    }
    if (plain || (alike && is_dense(first.shape(), first.strides()))) return;
    for (size_t k = 0; k < lists_.size(); ++k) {
      if (lists_[k].empty() || lists_[k][i].is_contiguous()) continue;
      const Tensor strided = std::exchange(lists_[k][i], untracked_copy(lists_[k][i]));
      if (k < written) back_.emplace_back(strided, lists_[k][i]);
    }
  }
  std::vector<Tensors> lists_;
  std::vector<std::pair<Tensor, Tensor>> back_;
};

}  // namespace

void sgd_step(const Tensors& params, const Tensors& grads, const Tensors& buffers, const Tensor& lr, double momentum, double dampening,
              double weight_decay, bool nesterov, bool maximize) {
  if (params.empty()) return;
  const GradMode untracked(false);
  for (const Tensor& p : params) check_floating("sgd_step", "a parameter", p);
  check_list("sgd_step", "grads", grads, params);
  if (momentum != 0) check_list("sgd_step", "momentum_buffers", buffers, params);
  check_number("sgd_step", "lr", lr);
  common_device("sgd_step", params);
  const Tensors none;
  const Flat flat("sgd_step", {&params, momentum != 0 ? &buffers : &none}, {&grads});
  run(kernels::sgd_step, flat[0], flat[2], flat[1], lr, momentum, dampening, weight_decay, nesterov, maximize);
  flat.put_back();
}

void adam_step(const Tensors& params, const Tensors& grads, const Tensors& averages, const Tensors& squares, const Tensors& max_squares,
               const Tensors& steps, const Tensor& lr, double beta1, double beta2, double eps, double weight_decay, bool decoupled, bool amsgrad,
               bool maximize) {
  if (params.empty()) return;
  const GradMode untracked(false);
  for (const Tensor& p : params) check_floating("adam_step", "a parameter", p);
  check_list("adam_step", "grads", grads, params);
  check_list("adam_step", "exp_avgs", averages, params);
  check_list("adam_step", "exp_avg_sqs", squares, params);
  if (amsgrad) check_list("adam_step", "max_exp_avg_sqs", max_squares, params);
  check_steps("adam_step", steps, params);
  check_number("adam_step", "lr", lr);
  common_device("adam_step", params);
  const Tensors none;
  const Flat flat("adam_step", {&params, &averages, &squares, amsgrad ? &max_squares : &none}, {&grads});
  run(kernels::adam_step, flat[0], flat[4], flat[1], flat[2], flat[3], steps, lr, beta1, beta2, eps, weight_decay, decoupled, amsgrad, maximize);
  flat.put_back();
}

void rmsprop_step(const Tensors& params, const Tensors& grads, const Tensors& squares, const Tensors& averages, const Tensors& buffers,
                  const Tensors& steps, const Tensor& lr, double alpha, double eps, double weight_decay, double momentum, bool maximize) {
  if (params.empty()) return;
  const GradMode untracked(false);
  for (const Tensor& p : params) check_floating("rmsprop_step", "a parameter", p);
  check_list("rmsprop_step", "grads", grads, params);
  check_list("rmsprop_step", "square_avgs", squares, params);
  if (!averages.empty()) check_list("rmsprop_step", "grad_avgs", averages, params);
  if (!buffers.empty()) check_list("rmsprop_step", "momentum_buffers", buffers, params);
  check_steps("rmsprop_step", steps, params);
  check_number("rmsprop_step", "lr", lr);
  common_device("rmsprop_step", params);
  const Flat flat("rmsprop_step", {&params, &squares, &averages, &buffers}, {&grads});
  run(kernels::rmsprop_step, flat[0], flat[4], flat[1], flat[2], flat[3], steps, lr, alpha, eps, weight_decay, momentum, maximize);
  flat.put_back();
}

void adagrad_step(const Tensors& params, const Tensors& grads, const Tensors& sums, const Tensors& steps, const Tensor& lr, double lr_decay, double eps,
                  double weight_decay, bool maximize) {
  if (params.empty()) return;
  const GradMode untracked(false);
  for (const Tensor& p : params) check_floating("adagrad_step", "a parameter", p);
  check_list("adagrad_step", "grads", grads, params);
  check_list("adagrad_step", "sums", sums, params);
  check_steps("adagrad_step", steps, params);
  check_number("adagrad_step", "lr", lr);
  common_device("adagrad_step", params);
  const Flat flat("adagrad_step", {&params, &sums}, {&grads});
  run(kernels::adagrad_step, flat[0], flat[2], flat[1], steps, lr, lr_decay, eps, weight_decay, maximize);
  flat.put_back();
}

// --- clipping of gradients -------------------------------------------------------------------------------------------

namespace {
void check_gradients(const char* op, const Tensors& grads) {
  for (const Tensor& g : grads) check_floating(op, "a tensor", g);
  common_device(op, grads);
}
}  // namespace

Tensor total_norm(const Tensors& tensors, double p) {
  check<ValueError>(!tensors.empty(), "get_total_norm: there must be one tensor at least.");
  check<ValueError>(p > 0 || p == -std::numeric_limits<double>::infinity(), "get_total_norm: norm_type must be positive or -inf. Got {}.", p);
  check_gradients("get_total_norm", tensors);
  const Flat flat("get_total_norm", {}, {&tensors});
  Tensor out = empty({}, tensors[0].dtype(), tensors[0].device());
  run(kernels::total_norm, out, flat[0], p);
  return out;
}

void clip_to_norm(const Tensors& grads, const Tensor& norm, double max_norm) {
  if (grads.empty()) return;
  const GradMode untracked(false);
  check_gradients("clip_grad_norm_", grads);
  check_floating("clip_grad_norm_", "total_norm", norm);
  check<ShapeError>(norm.numel() == 1, "clip_grad_norm_: total_norm must have one element. Got shape {}.", norm.shape());
  common_device("clip_grad_norm_", {grads[0], norm});
  const Flat flat("clip_grad_norm_", {&grads}, {});
  run(kernels::clip_to_norm, flat[0], norm, max_norm);
  flat.put_back();
}

void clip_to_value(const Tensors& grads, double limit) {
  if (grads.empty()) return;
  const GradMode untracked(false);
  check_gradients("clip_grad_value_", grads);
  const Flat flat("clip_grad_value_", {&grads}, {});
  run(kernels::clip_to_value, flat[0], limit);
  flat.put_back();
}

}  // namespace dlx::ops
