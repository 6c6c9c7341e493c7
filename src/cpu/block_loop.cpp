// Where everything is contiguous and of the loop's dtypes, chunks go straight to the loop. Else work proceeds in segments: an
// operand that runs along memory there in the right dtype is used in place; any other is gathered (or repeated) and converted
// into a block on the stack, and the result's block is converted and scattered. A large transposed operand is turned first, slab by slab.
// A result past the caches passes through a block in L1 on its way.
#include "cpu/block_loop.h"

#include "core/parallel.h"
#include "core/scratch.h"
#include "cpu/convert.h"
#include "cpu/transpose.h"
#include "cpu/vec_stream.h"

namespace dlx::cpu::DLX_ISA {
namespace {

constexpr int64_t kBlock = 512;     // elements: 4 KB of the widest type, so that four operands stay in L1
constexpr int64_t kSlabBytes = int64_t{2} << 20;  // of a transposed operand; below 1 MB its rows are read in pieces too short
constexpr int64_t kMostToStream = 4;  // cost of an element
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
    } else if (stride == 2 * static_cast<int64_t>(sizeof(T))) {  // every other one: a constant stride becomes vector code
      for (int64_t k = 0; k < run; ++k) to[k] = reinterpret_cast<const T*>(p)[2 * k];
    } else {
      for (int64_t k = 0; k < run; ++k) to[k] = *reinterpret_cast<const T*>(p + k * stride);
    }
    // Of the next block, while this one's arithmetic leaves memory idle: every other column of 32 MB times a number took 2.3 ms instead of 3.5.
    if (run >= kShortRow && stride > static_cast<int64_t>(sizeof(T)))
      for (int64_t k = run * stride; k < 2 * run * stride; k += stride < 64 ? 64 : stride) __builtin_prefetch(p + k, 0, 2);
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

// Whether the result is large, or all that is moved, and it is not one of the inputs, whose lines would be in the cache already. Streaming stores
// come in bursts that the arithmetic does not hide: exp of 64 MB took 8.3 ms with them instead of 4.9.
bool is_past_cache(const BlockOp& op, const LoopPlan& plan) {
  if (op.cost > kMostToStream || plan.numel * 64 * plan.operands < kPastCache) return false;
  const int64_t result = plan.bytes(0);
  int64_t moved = result;
  for (int i = 1; i < plan.operands; ++i) moved += plan.bytes(i);
  if (result < kPastCache && moved < 2 * kPastCache) return false;
  for (int i = 1; i < plan.operands; ++i)
    if (plan.data[i] == plan.data[0]) return false;
  return true;
}

struct alignas(64) Buffer {
  char bytes[kBlock * 8];
};

class Blocks {
 public:
  Blocks(const BlockOp& op, const LoopPlan& plan, bool past_cache) : op_(op), plan_(plan) {
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
    past_cache_ = past_cache && (rows_alone_ ? in_row_[0] && plan.size[0] >= kBlock : dense_[0]);
  }

  __attribute__((noinline)) void run(int64_t begin, int64_t end) const {
    Buffer converted[kMaxLoopOperands];
    const void* repeated[kMaxLoopOperands] = {};  // the element that fills an operand's block
    Cursor cursor(plan_, begin);
    for (int64_t i = begin; i < end;) {
      int64_t count = end - i;
      if (rows_alone_) count = smaller(count, plan_.size[0] - cursor.at[0]);
      if (past_cache_) count = smaller(count, kBlock - to_line(plan_.data[0] + cursor.offset[0]));
      else if (!all_in_place_) count = smaller(count, kBlock);
      const void* in[kMaxLoopOperands];
      for (int k = 1; k < plan_.operands; ++k) in[k - 1] = read(k, cursor, count, converted[k], repeated[k]);
      if (in_place_[0] && !past_cache_) {
        op_.loop(op_.context, plan_.data[0] + cursor.offset[0], in, count);
      } else {
        op_.loop(op_.context, converted[0].bytes, in, count);
        write(cursor, count, converted[0]);
      }
      i += count;
      if (rows_alone_) cursor.advance(plan_, count);
      else cursor = Cursor(plan_, i);
    }
    if (past_cache_) finish_past_cache();
  }

 private:
  // Elements of the result since a line of memory began: blocks that are streamed end with lines.
  int64_t to_line(const char* at) const { return static_cast<int64_t>(reinterpret_cast<uintptr_t>(at) & 63) / itemsize(plan_.dtype[0]); }

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
    Buffer raw;
    if (past_cache_) {
      if (!same_dtype_[0]) convert_block(to, raw.bytes, op_.out, result.bytes, count);
      return copy_past_cache(at, same_dtype_[0] ? result.bytes : raw.bytes, count * itemsize(to));
    }
    if (rows_alone_ ? in_row_[0] : dense_[0]) return convert_block(to, at, op_.out, result.bytes, count);
    if (!same_dtype_[0]) convert_block(to, raw.bytes, op_.out, result.bytes, count);
    by_item_size(itemsize(to), [&]<class T>() {
      scatter(reinterpret_cast<const T*>(same_dtype_[0] ? result.bytes : raw.bytes), plan_, cursor, count);
    });
  }

  const BlockOp& op_;
  const LoopPlan& plan_;
  bool rows_alone_;  // a segment stays within a row of the innermost dimension
  bool all_in_place_ = true, past_cache_;
  bool same_dtype_[kMaxLoopOperands], dense_[kMaxLoopOperands], in_row_[kMaxLoopOperands], in_place_[kMaxLoopOperands];
};

// The dimension, not the first, in which operand k runs along memory, if it is larger than L1: gathering it element by element would read a
// line for each (and, rows a power of two apart, from few sets of the cache: 45 times as slow). Else 0.
int turned_dimension(const LoopPlan& plan, int k) {
  const int64_t item = itemsize(plan.dtype[k]);
  if (plan.numel * item <= 32768 || plan.stride[k][0] < 64) return 0;
  int along = 0;
  for (int d = 0; d < plan.ndim; ++d) {
    if (plan.stride[k][d] == 0) return 0;  // repeated: turned again and again
    if (plan.stride[k][d] == item) along = d;
  }
  return along;
}

void run_plan(const BlockOp& op, const LoopPlan& plan, bool past_cache) {
  bool direct = plan.contiguous && !past_cache;
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
  const Blocks blocks(op, plan, past_cache);
  parallel_for(plan.numel, op.cost + 1, [&](int64_t begin, int64_t end) { blocks.run(begin, end); });
}

// A work item is a slab of the plan: operands that run along memory in another dimension than the first are copied into the loop's order and
// used while the caches hold the copy. (By small tiles it took 1.6 times as long for 2000 x 2000 floats: other operands and the result
// were met in pieces of rows. With several threads in one slab each read what others had turned.)
void run_turned(const BlockOp& op, const LoopPlan& plan) {
  const bool past_cache = is_past_cache(op, plan);
  int cut = 0;
  int64_t item = 0;  // of all turned operands
  for (int k = plan.operands - 1; k > 0; --k)
    if (const int along = turned_dimension(plan, k)) {
      cut = along;
      item += itemsize(plan.dtype[k]);
    }
  int64_t least = 64;  // rows of a slab: items of a piece that is read
  if (least * item * (plan.numel / plan.size[cut]) > 4 * kSlabBytes) cut = 0, least = 512;  // a few long rows
  const int64_t row = plan.numel / plan.size[cut];
  // At least eight slabs, for threads.
  const int64_t rows = (smaller(kSlabBytes / (row * item), plan.size[cut] / 8) / least + 1) * least, slabs = (plan.size[cut] - 1) / rows + 1;
  parallel_for(slabs, rows * row * (op.cost + 2), [&](int64_t begin, int64_t end) {
    const Scratch<char> memory(smaller(rows, plan.size[cut]) * row * item + kMaxLoopOperands * 64);
    for (int64_t s = begin; s < end; ++s) {
      const int64_t first = s * rows;
      LoopPlan slab = plan;
      slab.size[cut] = smaller(rows, plan.size[cut] - first);
      slab.numel = row * slab.size[cut];
      char* unused = memory;
      for (int k = 0; k < plan.operands; ++k) {
        slab.data[k] += first * plan.stride[k][cut];
        if (k == 0 || !turned_dimension(plan, k)) continue;
        LoopPlan copy;
        copy.operands = 2;
        copy.ndim = plan.ndim;
        copy.numel = slab.numel;
        copy.contiguous = false;
        copy.dtype[0] = copy.dtype[1] = plan.dtype[k];
        copy.data[0] = unused;
        copy.data[1] = slab.data[k];
        int64_t next = itemsize(plan.dtype[k]);
        for (int d = 0; d < plan.ndim; ++d) {
          copy.size[d] = slab.size[d];
          copy.stride[0][d] = next;
          copy.stride[1][d] = plan.stride[k][d];
          next *= slab.size[d];
        }
        if (!copy_transposed(copy)) continue;  // a few rows or columns: gathered
        for (int d = 0; d < plan.ndim; ++d) slab.stride[k][d] = copy.stride[0][d];
        slab.data[k] = unused;
        unused += (next + 63) / 64 * 64;
      }
      merge_dimensions(slab);
      run_plan(op, slab, past_cache);
    }
  });
}

}  // namespace

void run_blocks(const BlockOp& op, const Tensor& out, const Tensor* const* inputs, int count) {
  LoopPlan plan;
  plan_loop(plan, out, {inputs, static_cast<size_t>(count)});
  for (int k = 1; k < plan.operands; ++k)
    if (turned_dimension(plan, k)) return run_turned(op, plan);
  run_plan(op, plan, is_past_cache(op, plan));
}

}  // namespace dlx::cpu::DLX_ISA
