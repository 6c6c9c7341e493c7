// Recorder: notes every kernel call that a thread makes, and makes them again.
#pragma once
#include <vector>

#include "kernels/run.h"

namespace dlx::observe {

// The seed of capture: a list of calls on the memory they had. It keeps all tensors that the calls touched.
class DLX_API Recorder final : public Observer {
 public:
  ~Recorder() override { stop(); }
  void start();   // RuntimeError if this thread is already observed
  void stop();
  void replay();  // RuntimeError while recording
  size_t size() const { return calls_.size(); }
  const std::vector<Call>& calls() const { return calls_; }
  void after(const Call& call) override { calls_.push_back(call); }
  // A value that the host read may have decided what came next: the recording would not see another value.
  void host_read(const Tensor& x, const char* what) override;

 private:
  std::vector<Call> calls_;
  bool recording_ = false;
};

}  // namespace dlx::observe
