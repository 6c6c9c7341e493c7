#include "ops/optim.h"

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

// The kernels walk flat memory: a tensor that is not contiguous works on a copy, which goes back after the step.
class Flat {
 public:
  Flat(const char* op, const Tensors& list, bool written) {
    for (const Tensor& x : list) {
      if (written) check_in_place(op, x, false);
      const bool plain = x.is_contiguous();
      flat_.push_back(plain ? x : untracked_copy(x));
      if (!plain && written) back_.emplace_back(x, flat_.back());
    }
  }
  operator std::span<const Tensor>() const { return flat_; }
  void put_back() const {
    for (const auto& [to, from] : back_) copy_untracked(to, from);
  }

 private:
  Tensors flat_;
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
  const Flat p("sgd_step", params, true), g("sgd_step", grads, false), b("sgd_step", momentum != 0 ? buffers : Tensors(), true);
  run(kernels::sgd_step, std::span<const Tensor>(p), std::span<const Tensor>(g), std::span<const Tensor>(b), lr, momentum, dampening, weight_decay,
      nesterov, maximize);
  p.put_back();
  b.put_back();
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
  const Flat p("adam_step", params, true), g("adam_step", grads, false), m("adam_step", averages, true), v("adam_step", squares, true),
      vm("adam_step", amsgrad ? max_squares : Tensors(), true);
  run(kernels::adam_step, std::span<const Tensor>(p), std::span<const Tensor>(g), std::span<const Tensor>(m), std::span<const Tensor>(v),
      std::span<const Tensor>(vm), steps, lr, beta1, beta2, eps, weight_decay, decoupled, amsgrad, maximize);
  for (const Flat* list : {&p, &m, &v, &vm}) list->put_back();
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
  const Flat p("rmsprop_step", params, true), g("rmsprop_step", grads, false), v("rmsprop_step", squares, true), m("rmsprop_step", averages, true),
      b("rmsprop_step", buffers, true);
  run(kernels::rmsprop_step, std::span<const Tensor>(p), std::span<const Tensor>(g), std::span<const Tensor>(v), std::span<const Tensor>(m),
      std::span<const Tensor>(b), steps, lr, alpha, eps, weight_decay, momentum, maximize);
  for (const Flat* list : {&p, &v, &m, &b}) list->put_back();
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
  const Flat p("adagrad_step", params, true), g("adagrad_step", grads, false), s("adagrad_step", sums, true);
  run(kernels::adagrad_step, std::span<const Tensor>(p), std::span<const Tensor>(g), std::span<const Tensor>(s), steps, lr, lr_decay, eps, weight_decay,
      maximize);
  for (const Flat* list : {&p, &s}) list->put_back();
}

}  // namespace dlx::ops
