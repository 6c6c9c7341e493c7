#include "observe/recorder.h"

#include "core/errors.h"

namespace dlx::observe {

void Recorder::start() {
  check<RuntimeError>(thread_state.observer == nullptr, "record: this thread's kernel calls are already being watched.");
  thread_state.observer = this;
  recording_ = true;
}

void Recorder::stop() {
  if (recording_ && thread_state.observer == this) thread_state.observer = nullptr;
  recording_ = false;
}

void Recorder::replay() {
  check<RuntimeError>(!recording_, "replay: stop recording first.");
  for (const Call& call : calls_) call.again();
}

void Recorder::host_read(const Tensor&, const char* what) {
  fail<RuntimeError>("{}: a value was read by the host while kernel calls are being recorded; a replay could not follow it. Read it after recording.", what);
}

}  // namespace dlx::observe
