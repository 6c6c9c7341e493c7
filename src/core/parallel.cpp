#include "core/parallel.h"

#include <omp.h>
#include <sched.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cmath>
#include <cstdlib>
#include <exception>
#include <system_error>
#include <thread>
#include <utility>
#include <vector>

#include "core/cgroup.h"
#include "core/errors.h"
#include "core/fork.h"
#include "core/thread_state.h"

namespace dlx {
namespace {

// OpenMP's threads, but not its way to end a region, which waits for every thread of the team, also for one that has nothing to do
// and does not run because other processes do. So one region lasts for ever, opened by a thread of its own; its threads are workers
// that claim chunks, and so does the caller, who at the end waits only for chunks that were claimed. Steps a second of an MLP on a Zen 4
// of two processors beside 0, 2 and 6 busy loops (bench/under_load.py): on one thread 532, 368, 129; on two of this pool 977, 401,
// 137; with a region for each op 908, 22, 16.
//
// A worker waits for work spinning, about 400 us, then sleeps. Waking it costs the caller some microseconds.
constexpr int kSpins = 20000;

// Each thread has a share of the chunks, neighbours, and in jobs of as many chunks the same share: what it wrote in one op lies in its own
// caches in the next, it reads long stretches of memory, and claiming of its own share moves no cache line between processors (0.1 to
// 0.5 us, as long as a chunk may take). Who is done takes what is left of the others', half of a share at once, up to this work. On two
// processors of a Zen 4, one ticket for all, up to 16 neighbours at once, and shares: x + y of 4 M floats 1.04 and 0.57 ms, exp 0.57
// and 0.36, relu 0.48 and 0.37.
constexpr int64_t kStolenWork = 16 * kChunkWork;
constexpr int kShares = 64;  // with more threads, several have one

constexpr int kMostThreads = 4096;
std::atomic<int> threads{0};  // 0: not yet asked
std::atomic<int64_t> serial_threshold{kSerialThreshold};
std::atomic<int64_t> regions{0}, widest{0};
// Threads of the host inside run_chunks. With two, each runs serially.
std::atomic<int> callers{0};

int processors() {
  static const int n = [] {
    cpu_set_t set;
    const int may_use = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
    return std::max(1, static_cast<int>(std::min<double>(may_use, std::ceil(cgroup_processors()))));
  }();
  return n;
}

int initial_threads() {
  for (const char* name : {"DLX_NUM_THREADS", "OMP_NUM_THREADS"}) {
    const char* text = std::getenv(name);
    if (const int n = text ? std::atoi(text) : 0; n > 0) return std::min(n, kMostThreads);
  }
  return processors();
}

void pause() {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  asm volatile("yield");
#endif
}

// Keeps the calling thread off a processor for a while. A worker sleeps so, off the caller's: in a virtual machine Linux takes a
// processor that idles for one that is not there (vcpu_is_preempted) and wakes a thread on the waker's own, where it gets nothing to do
// until some tick. Of bursts of 200 gelus of 100,000 values every 20 ms, one in three had the speed of one thread.
//
// Where that leaves one processor alone, and the caller has moved to it since, the caller turns the sleeper to the other before it wakes it:
// it would wait there for the end of the caller's time slice. `place` is where the caller finds it.
class OffProcessor {
 public:
  using Place = std::atomic<OffProcessor*>;

  OffProcessor(int processor, Place* place) {
    if (processor < 0 || sched_getaffinity(0, sizeof may_use_, &may_use_) != 0) return;
    restricted_ = keep_off(processor, 0);
    if (!restricted_ || CPU_COUNT(&may_use_) != 2 || !place) return;
    thread_ = static_cast<pid_t>(syscall(SYS_gettid));
    place_ = place;
    place_->store(this, std::memory_order_release);
  }
  ~OffProcessor() {
    OffProcessor* expected = this;
    while (place_ && !place_->compare_exchange_weak(expected, nullptr, std::memory_order_acquire)) expected = this, pause();  // the caller has it
    if (restricted_) sched_setaffinity(0, sizeof may_use_, &may_use_);
  }
  OffProcessor(const OffProcessor&) = delete;
  OffProcessor& operator=(const OffProcessor&) = delete;

  static void turn(Place& place, int processor) {
    OffProcessor* sleeper = place.exchange(nullptr, std::memory_order_acquire);
    if (!sleeper) return;
    if (sleeper->off_ != processor) sleeper->keep_off(processor, sleeper->thread_);
    place.store(sleeper, std::memory_order_release);
  }

 private:
  bool keep_off(int processor, pid_t thread) {
    cpu_set_t others = may_use_;
    CPU_CLR(processor, &others);
    if (CPU_COUNT(&others) == 0 || CPU_EQUAL(&others, &may_use_) || sched_setaffinity(thread, sizeof others, &others) != 0) return false;
    off_ = processor;
    return true;
  }

  cpu_set_t may_use_;
  bool restricted_ = false;
  int off_ = -1;
  pid_t thread_ = 0;
  Place* place_ = nullptr;
};

// One at a time has the pool (`callers`). The job's fields are atomic because a late worker may read them while the next job is
// written; what it read counts only if its claim succeeds.
struct Pool {
  struct alignas(64) Share {
    std::atomic<uint64_t> ticket{0};  // the job's number << 32 | how many of the share's chunks nobody has claimed
  };
  Share shares[kShares];
  OffProcessor::Place sleepers[kShares] = {};  // by share
  alignas(64) std::atomic<int> unfinished{0};   // chunks
  alignas(64) std::atomic<uint32_t> job{0};     // its number: workers sleep on it
  std::atomic<int64_t> n{0}, chunk{0}, chunks{0};
  std::atomic<int> parts{2};  // shares in use
  std::atomic<int64_t> most_stolen{1};  // chunks at once
  std::atomic<uint64_t> seats{0};  // the job's number << 32 | how many workers may still take part
  std::atomic<int> sleeping{0};
  std::atomic<int> caller_on{-1};  // the processor of the last caller
  std::atomic<bool> may_spin{true};  // not where threads are more than processors
  std::atomic<ChunkFunction> f{nullptr};
  std::atomic<const void*> context{nullptr};
  std::atomic<bool> failed{false};
  std::exception_ptr error;
  int workers = 0;

  int64_t end_of_share(int share) const { return chunks.load(std::memory_order_relaxed) * (share + 1) / parts.load(std::memory_order_relaxed); }
  int claim(int share, bool own);
  void work(int own);
  bool take_seat(uint32_t number);
  void serve(uint32_t seen, int own);
  void wake(int wanted);
  void hire(int wanted);
  void run(int64_t n, int64_t chunk, int64_t chunks, int64_t cost, int width, ChunkFunction f, const void* context);
};
Pool& pool() {
  static Pool* p = new Pool;  // never destroyed: workers may outlive static destruction
  return *p;
}

// Claims chunks of a share until there are none left, and returns how many it did.
int Pool::claim(int share, bool own) {
  std::atomic<uint64_t>& ticket = shares[share].ticket;
  int done = 0;
  for (uint64_t t = ticket.load(std::memory_order_acquire);;) {
    const auto unclaimed = static_cast<int64_t>(t & 0xffffffff);
    if (unclaimed == 0) return done;
    const int64_t c = end_of_share(share) - unclaimed;
    const int64_t items = n.load(std::memory_order_relaxed), step = chunk.load(std::memory_order_relaxed);
    const int64_t take = own ? 1 : std::clamp<int64_t>(unclaimed / 2, 1, most_stolen.load(std::memory_order_relaxed));
    const ChunkFunction function = f.load(std::memory_order_relaxed);
    const void* const argument = context.load(std::memory_order_relaxed);
    // Success says that t's job still had these chunks to give: then the fields were its own, and stay until it is finished.
    if (!ticket.compare_exchange_weak(t, t - static_cast<uint64_t>(take), std::memory_order_acq_rel, std::memory_order_acquire)) continue;
    for (int64_t i = c; i < c + take && !failed.load(std::memory_order_relaxed); ++i) {
      try {
        function(argument, i * step, std::min(items, (i + 1) * step));
      } catch (...) {
        if (!failed.exchange(true)) error = std::current_exception();
      }
    }
    done += static_cast<int>(take);
    t = ticket.load(std::memory_order_acquire);
  }
}

void Pool::work(int own) {
  // A late worker may go through another job's number of shares: what it claims is claimed, and the caller goes through all.
  const int count = parts.load(std::memory_order_relaxed);
  const int first = own < count ? own : 1 + (own - 1) % (count - 1);  // the first is the caller's
  int done = 0;
  for (int i = 0; i < count; ++i) done += claim((first + i) % count, i == 0);
  if (done > 0 && unfinished.fetch_sub(done, std::memory_order_acq_rel) == done) unfinished.notify_one();
}

bool Pool::take_seat(uint32_t number) {
  for (uint64_t s = seats.load(std::memory_order_relaxed); s >> 32 == number && (s & 0xffffffff) > 0;)
    if (seats.compare_exchange_weak(s, s - 1, std::memory_order_relaxed)) return true;
  return false;
}

// `seen`: the last job that is none of this worker's. `own`: its share, where there are as many.
void Pool::serve(uint32_t seen, int own) {
  thread_state.in_parallel = true;
  for (int spins = 0;;) {
    const uint32_t now = job.load(std::memory_order_acquire);
    if (now != seen) {
      seen = now;
      spins = 0;
      if (take_seat(now)) work(own);
      else spins = kSpins;  // who is not needed sleeps until it is
    } else if (spins < kSpins && may_spin.load(std::memory_order_relaxed)) {
      ++spins;
      pause();
    } else {
      spins = 0;
      sleeping.fetch_add(1);  // before it looks at `job` once more: `wake` does the opposite
      {
        const OffProcessor off(caller_on.load(std::memory_order_relaxed), own < kShares ? &sleepers[own] : nullptr);
        job.wait(seen, std::memory_order_acquire);
      }
      sleeping.fetch_sub(1);
    }
  }
}

// As many of the sleeping as are needed beside those who spin: waking one costs microseconds.
void Pool::wake(int wanted) {
  const int asleep = sleeping.load(), needed = wanted - (workers - asleep);
  if (asleep == 0) return;
  for (int i = 1; i <= workers && i < kShares; ++i)
    if (sleepers[i].load(std::memory_order_relaxed)) OffProcessor::turn(sleepers[i], caller_on.load(std::memory_order_relaxed));
  if (needed >= asleep) return job.notify_all();
  for (int i = 0; i < needed; ++i) job.notify_one();
}

// Whether the system gives so many threads: libgomp ends the process where it does not.
bool can_start(int count) {
  std::vector<std::thread> tried;
  std::atomic<bool> over{false};
  const auto end = [&] {
    over = true;
    over.notify_all();
    for (std::thread& t : tried) t.join();
  };
  try {
    for (int i = 0; i < count; ++i) tried.emplace_back([&over] { over.wait(false); });
  } catch (const std::system_error&) {
    end();
    return false;
  }
  end();
  return true;
}

void Pool::hire(int wanted) {
  const int count = wanted - workers;
  if (count <= 0) return;
  workers = wanted;  // where the system gives no more threads, those that are there do the work
  if (!can_start(count)) return;
  std::thread([this, count, first = workers - count + 1, seen = job.load()] {
#pragma omp parallel num_threads(count)
    serve(seen, first + omp_get_thread_num());
  }).detach();
}

void Pool::run(int64_t n_, int64_t chunk_, int64_t chunks_, int64_t cost, int width_, ChunkFunction f_, const void* context_) {
  hire(width_ - 1);
  n.store(n_, std::memory_order_relaxed);
  chunk.store(chunk_, std::memory_order_relaxed);
  chunks.store(chunks_, std::memory_order_relaxed);
  const int count = std::min(width_, kShares);
  parts.store(count, std::memory_order_relaxed);
  most_stolen.store(std::max<int64_t>(1, kStolenWork / std::max(kChunkWork, cost)), std::memory_order_relaxed);
  caller_on.store(sched_getcpu(), std::memory_order_relaxed);
  may_spin.store(width_ <= processors(), std::memory_order_relaxed);
  f.store(f_, std::memory_order_relaxed);
  context.store(context_, std::memory_order_relaxed);
  failed.store(false, std::memory_order_relaxed);
  unfinished.store(static_cast<int>(chunks_), std::memory_order_relaxed);
  const uint32_t number = job.load(std::memory_order_relaxed) + 1;
  for (int i = 0; i < count; ++i)
    shares[i].ticket.store(uint64_t{number} << 32 | static_cast<uint64_t>(end_of_share(i) - end_of_share(i - 1)), std::memory_order_release);
  const uint64_t all_seats = uint64_t{number} << 32 | static_cast<uint64_t>(width_ - 1);
  seats.store(all_seats, std::memory_order_relaxed);
  job.store(number);
  wake(width_ - 1);

  if (serial_threshold.load(std::memory_order_relaxed) == 0)  // in tests: let others have chunks even of what is done at once
    for (int i = 0; i < 2000 && seats.load(std::memory_order_relaxed) == all_seats; ++i) pause();
  thread_state.in_parallel = true;
  work(0);
  thread_state.in_parallel = false;
  int left = unfinished.load(std::memory_order_acquire);
  for (int i = 0; left > 0 && i < kSpins; ++i, left = unfinished.load(std::memory_order_acquire)) pause();
  for (; left > 0; left = unfinished.load(std::memory_order_acquire)) unfinished.wait(left, std::memory_order_acquire);
  if (failed.load(std::memory_order_relaxed)) std::rethrow_exception(std::exchange(error, nullptr));
}

struct Caller {
  Caller() : alone(callers.fetch_add(1, std::memory_order_acq_rel) == 0) {}
  ~Caller() { callers.fetch_sub(1, std::memory_order_acq_rel); }
  const bool alone;
};

void run_serially(int64_t n, int64_t chunk, int64_t chunks, ChunkFunction f, const void* context) {
  for (int64_t c = 0; c < chunks; ++c) f(context, c * chunk, std::min(n, (c + 1) * chunk));
}

}  // namespace

void run_chunks(int64_t n, int64_t chunk, int64_t cost, ChunkFunction f, const void* context) {
  const int64_t chunks = (n - 1) / chunk + 1;
  const int width = static_cast<int>(std::min<int64_t>(num_threads(), chunks));
  // n * cost could overflow; n is at most 2^60.
  const bool small = static_cast<double>(n) * static_cast<double>(cost) < static_cast<double>(serial_threshold.load(std::memory_order_relaxed));
  if (width == 1 || small || thread_state.in_parallel || chunks > INT32_MAX) return run_serially(n, chunk, chunks, f, context);
  const Caller caller;
  if (!caller.alone) return run_serially(n, chunk, chunks, f, context);
  regions.fetch_add(1, std::memory_order_relaxed);
  if (width > widest.load(std::memory_order_relaxed)) widest = width;
  pool().run(n, chunk, chunks, cost, width, f, context);
}

int num_threads() {
  int n = threads.load(std::memory_order_relaxed);
  if (n == 0) threads = n = initial_threads();
  return n;
}
void set_num_threads(int count) {
  check<ValueError>(count >= 1 && count <= kMostThreads, "set_num_threads: the number of threads must be in [1, {}]. Got {}.",
                    kMostThreads, count);
  threads = count;
}

ParallelStats parallel_stats() { return {regions.load(), widest.load()}; }
void reset_parallel_stats() { regions = widest = 0; }
void set_serial_threshold(int64_t work) { serial_threshold = work; }

namespace at_fork {
void make_parallel() {
  pool();
  processors();
}
void reset_parallel() {
  Pool& p = pool();  // its workers are gone, and perhaps a thread that had it
  p.workers = p.sleeping = 0;
  for (Pool::Share& share : p.shares) share.ticket = 0;
  for (OffProcessor::Place& place : p.sleepers) place = nullptr;
  p.error = nullptr;
  callers = 0;
}
}  // namespace at_fork

}  // namespace dlx
