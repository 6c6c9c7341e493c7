// Where everything is contiguous and of the loop's dtypes, chunks go straight to the loop. Else work proceeds in segments: an
// operand that runs along memory there in the right dtype is used in place; any other is gathered (or repeated) and converted
// into a block on the stack, and the result's block is converted and scattered. A large transposed operand is turned by tiles first.
#include "cpu/block_loop.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/convert.h"
#include "cpu/transpose.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kBlock = 512;     // elements: 4 KB of the widest type, so that four operands stay in L1
constexpr int64_t kShortRow = 64;   // shorter rows are gathered several to a block: a call of the loop costs about 10 ns

// Position in the loop: coordinates, and each operand's byte offset.
struct Cursor {
  int64_t at[kMaxDims];
  int64_t offset[kMaxLoopOperands];

  Cursor(const LoopPlan& plan, int64_t index) {
    plan.locate(index, offset);
    for (int d = 0; d < plan.ndim; ++d) {
      at[d] = index % plan.size[d];
      index /= plan.size[d];
    }
  }
  // `count` elements on, which end at the end of the row at the latest.
  void advance(const LoopPlan& plan, int64_t count) {
    at[0] += count;
    for (int i = 0; i < plan.operands; ++i) offset[i] += count * plan.stride[i][0];
    for (int d = 0; at[d] == plan.size[d]; ++d) {
      at[d] = 0;
      for (int i = 0; i < plan.operands; ++i) offset[i] -= plan.size[d] * plan.stride[i][d];
      if (d + 1 == plan.ndim) return;
      ++at[d + 1];
      for (int i = 0; i < plan.operands; ++i) offset[i] += plan.stride[i][d + 1];
    }
  }
};

int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

template <class F> DLX_INLINE void by_item_size(int64_t bytes, const F& f) {
  switch (bytes) {
    case 1: return f.template operator()<uint8_t>();
    case 2: return f.template operator()<uint16_t>();
    case 4: return f.template operator()<uint32_t>();
    default: return f.template operator()<uint64_t>();
  }
}

// Elements of operand `i`, `count` of them from the cursor on, across rows: visit(address, run length, stride) for each run.
template <class Visit> DLX_INLINE void each_run(const LoopPlan& plan, const Cursor& from, int i, int64_t count, const Visit& visit) {
  char* p = plan.data[i] + from.offset[i];
  const int64_t* stride = plan.stride[i];
  int64_t at[kMaxDims];
  for (int d = 0; d < plan.ndim; ++d) at[d] = from.at[d];
  while (true) {
    const int64_t run = smaller(plan.size[0] - at[0], count);
    visit(p, run, stride[0]);
    if ((count -= run) == 0) return;
    p -= at[0] * stride[0];
    at[0] = 0;
    for (int d = 1; d < plan.ndim; ++d) {
      p += stride[d];
      if (++at[d] < plan.size[d]) break;
      p -= plan.size[d] * stride[d];
      at[d] = 0;
    }
  }
}

template <class T> void gather(T* to, const LoopPlan& plan, const Cursor& from, int i, int64_t count) {
  each_run(plan, from, i, count, [&](const char* p, int64_t run, int64_t stride) {
    if (stride == static_cast<int64_t>(sizeof(T))) {
      for (int64_t k = 0; k < run; ++k) to[k] = reinterpret_cast<const T*>(p)[k];
    } else if (stride == 0) {
      const T value = *reinterpret_cast<const T*>(p);
      for (int64_t k = 0; k < run; ++k) to[k] = value;
    } else {
      for (int64_t k = 0; k < run; ++k) to[k] = *reinterpret_cast<const T*>(p + k * stride);
    }
    to += run;
  });
}
template <class T> void scatter(const T* from, const LoopPlan& plan, const Cursor& to, int64_t count) {
  each_run(plan, to, 0, count, [&](char* p, int64_t run, int64_t stride) {
    if (stride == static_cast<int64_t>(sizeof(T))) {
      for (int64_t k = 0; k < run; ++k) reinterpret_cast<T*>(p)[k] = from[k];
    } else {
      for (int64_t k = 0; k < run; ++k) *reinterpret_cast<T*>(p + k * stride) = from[k];
    }
    from += run;
  });
}

struct alignas(64) Buffer {
  char bytes[kBlock * 8];
};

class Blocks {
 public:
  Blocks(const BlockOp& op, const LoopPlan& plan) : op_(op), plan_(plan) {
    rows_alone_ = plan.ndim == 1 || plan.size[0] >= kShortRow;
    for (int i = 0; i < plan.operands; ++i) {
      same_dtype_[i] = plan.dtype[i] == (i == 0 ? op.out : op.in[i - 1]);
      int64_t next = itemsize(plan.dtype[i]);
      dense_[i] = true;  // in the loop's order, over all dimensions
      for (int d = 0; d < plan.ndim; ++d) {
        dense_[i] &= plan.stride[i][d] == next;
        next *= plan.size[d];
      }
      in_row_[i] = plan.stride[i][0] == itemsize(plan.dtype[i]);
      in_place_[i] = same_dtype_[i] && (rows_alone_ ? in_row_[i] : dense_[i]);
      all_in_place_ &= in_place_[i];
    }
  }

  __attribute__((noinline)) void run(int64_t begin, int64_t end) const {
    Buffer converted[kMaxLoopOperands];
    const void* repeated[kMaxLoopOperands] = {};  // the element that fills an operand's block
    Cursor cursor(plan_, begin);
    for (int64_t i = begin; i < end;) {
      int64_t count = end - i;
      if (rows_alone_) count = smaller(count, plan_.size[0] - cursor.at[0]);
      if (!all_in_place_) count = smaller(count, kBlock);
      const void* in[kMaxLoopOperands];
      for (int k = 1; k < plan_.operands; ++k) in[k - 1] = read(k, cursor, count, converted[k], repeated[k]);
      if (in_place_[0]) {
        op_.loop(op_.context, plan_.data[0] + cursor.offset[0], in, count);
      } else {
        op_.loop(op_.context, converted[0].bytes, in, count);
        write(cursor, count, converted[0]);
      }
      i += count;
      if (rows_alone_) cursor.advance(plan_, count);
      else cursor = Cursor(plan_, i);
    }
  }

 private:
  const void* read(int k, const Cursor& cursor, int64_t count, Buffer& converted, const void*& repeated) const {
    const char* at = plan_.data[k] + cursor.offset[k];
    if (in_place_[k]) return at;
    const DType from = plan_.dtype[k], to = op_.in[k - 1];
    if (rows_alone_ && plan_.stride[k][0] == 0) {  // one value, often the same as in the row before
      if (repeated == at) return converted.bytes;
      repeated = at;
      convert_block(to, converted.bytes, from, at, 1);
      by_item_size(itemsize(to), [&]<class T>() {
        T* p = reinterpret_cast<T*>(converted.bytes);
        const T value = *p;
        for (int64_t j = 1; j < kBlock; ++j) p[j] = value;  // the whole block: a later segment may be longer
      });
      return converted.bytes;
    }
    if (rows_alone_ ? in_row_[k] : dense_[k]) {
      convert_block(to, converted.bytes, from, at, count);
      return converted.bytes;
    }
    Buffer raw;
    by_item_size(itemsize(from), [&]<class T>() {
      gather(reinterpret_cast<T*>(same_dtype_[k] ? converted.bytes : raw.bytes), plan_, cursor, k, count);
    });
    if (!same_dtype_[k]) convert_block(to, converted.bytes, from, raw.bytes, count);
    return converted.bytes;
  }

  void write(const Cursor& cursor, int64_t count, const Buffer& result) const {
    const DType to = plan_.dtype[0];
    char* at = plan_.data[0] + cursor.offset[0];
    if (rows_alone_ ? in_row_[0] : dense_[0]) return convert_block(to, at, op_.out, result.bytes, count);
    Buffer raw;
    if (!same_dtype_[0]) convert_block(to, raw.bytes, op_.out, result.bytes, count);
    by_item_size(itemsize(to), [&]<class T>() {
      scatter(reinterpret_cast<const T*>(same_dtype_[0] ? result.bytes : raw.bytes), plan_, cursor, count);
    });
  }

  const BlockOp& op_;
  const LoopPlan& plan_;
  bool rows_alone_;  // a segment stays within a row of the innermost dimension
  bool all_in_place_ = true;
  bool same_dtype_[kMaxLoopOperands], dense_[kMaxLoopOperands], in_row_[kMaxLoopOperands], in_place_[kMaxLoopOperands];
};

// Whether operand k runs along memory in another dimension than the first, over more than L1 holds: gathering it element by
// element would read a line for each (and, rows a power of two apart, from few sets of the cache: 45 times as slow).
bool is_transposed(const LoopPlan& plan, int k) {
  const int64_t item = itemsize(plan.dtype[k]);
  if (plan.ndim < 2 || plan.numel * item <= 32768 || plan.stride[k][0] < 64) return false;
  bool along = false;
  for (int d = 0; d < plan.ndim; ++d) {
    if (plan.stride[k][d] == 0) return false;  // repeated: the copy would be larger than the operand
    along |= plan.stride[k][d] == item;
  }
  return along;
}
// Copies operand k into `memory`, in the order of the loop, and puts the copy in its place.
bool turn(LoopPlan& plan, int k, char* memory) {
  LoopPlan copy;
  copy.operands = 2;
  copy.ndim = plan.ndim;
  copy.numel = plan.numel;
  copy.contiguous = false;
  copy.dtype[0] = copy.dtype[1] = plan.dtype[k];
  copy.data[0] = memory;
  copy.data[1] = plan.data[k];
  int64_t next = itemsize(plan.dtype[k]);
  for (int d = 0; d < plan.ndim; ++d) {
    copy.size[d] = plan.size[d];
    copy.stride[0][d] = next;
    copy.stride[1][d] = plan.stride[k][d];
    next *= plan.size[d];
  }
  if (!copy_transposed(copy)) return false;
  plan.data[k] = memory;
  for (int d = 0; d < plan.ndim; ++d) plan.stride[k][d] = copy.stride[0][d];
  return true;
}

void run_plan(const BlockOp& op, LoopPlan& plan, int first_unseen) {
  for (int k = first_unseen; k < plan.operands; ++k) {
    if (!is_transposed(plan, k)) continue;
    const Scratch<char> turned(plan.numel * itemsize(plan.dtype[k]));
    if (turn(plan, k, turned.data())) return run_plan(op, plan, k + 1);  // while the memory lives
  }
  const Blocks blocks(op, plan);
  parallel_for(plan.numel, op.cost + 1, [&](int64_t begin, int64_t end) { blocks.run(begin, end); });
}

}  // namespace

void run_blocks(const BlockOp& op, const Tensor& out, const Tensor* const* inputs, int count) {
  LoopPlan plan;
  plan_loop(plan, out, {inputs, static_cast<size_t>(count)});
  bool direct = plan.contiguous;
  for (int i = 0; i < plan.operands; ++i)
    direct = direct && plan.dtype[i] == (i == 0 ? op.out : op.in[i - 1]) && (plan.stride[i][0] != 0 || plan.numel == 1);
  if (direct) {
    parallel_for(plan.numel, op.cost, [&](int64_t begin, int64_t end) {
      const void* in[kMaxLoopOperands];
      for (int k = 1; k < plan.operands; ++k) in[k - 1] = plan.data[k] + begin * plan.stride[k][0];
      op.loop(op.context, plan.data[0] + begin * plan.stride[0][0], in, end - begin);
    });
    return;
  }
  run_plan(op, plan, 1);
}

}  // namespace dlx::cpu::DLX_ISA
