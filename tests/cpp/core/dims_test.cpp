#include "core/dims.h"

#include <gtest/gtest.h>

#include <utility>

#include "core/errors.h"
#include "tensors.h"

namespace dlx {
namespace {

const Dims kShort{2, 3, 4};                        // inline
const Dims kFull{1, 2, 3, 4, 5, 6};                // the last that is inline
const Dims kLong{1, 2, 3, 4, 5, 6, 7, 8};          // on the heap

TEST(Dims, CopiesAreEqualAndApart) {
  for (const Dims& from : {Dims(), kShort, kFull, kLong}) {
    Dims copy = from;
    EXPECT_EQ(copy, from);
    EXPECT_EQ(copy.size(), from.size());
    if (copy.empty()) continue;
    copy[0] = 99;
    EXPECT_NE(copy, from);
    EXPECT_NE(from[0], 99);
  }
}

TEST(Dims, AssignmentReplacesAnyLengthByAnyOther) {
  for (const Dims& before : {Dims(), kShort, kFull, kLong})
    for (const Dims& after : {Dims(), kShort, kFull, kLong}) {
      Dims copied = before, moved = before, source = after;
      copied = after;
      moved = std::move(source);
      EXPECT_EQ(copied, after);
      EXPECT_EQ(moved, after);
    }
}

TEST(Dims, AssignmentToItselfChangesNothing) {
  for (const Dims& value : {kShort, kLong}) {
    Dims d = value;
    Dims& same = d;
    d = same;
    EXPECT_EQ(d, value);
    d = std::move(same);
    EXPECT_EQ(d, value);
  }
}

TEST(Dims, MoveTakesTheHeapBlock) {
  Dims from = kLong;
  const int64_t* block = from.data();
  const Dims to = std::move(from);
  EXPECT_EQ(to.data(), block);
  EXPECT_EQ(to, kLong);
}

TEST(Dims, FilledAndSpanned) {
  EXPECT_EQ(Dims(3, 7), (Dims{7, 7, 7}));
  EXPECT_EQ(Dims(int64_t{7}), (Dims{0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(Dims(std::span<const int64_t>(kLong)), kLong);
  EXPECT_EQ(kLong.back(), 8);
  EXPECT_TRUE(Dims().empty());
}

TEST(Dims, InsertAndEraseCrossTheInlineLimit) {
  Dims d = kFull;
  d.insert(0, 10);  // inline to heap
  EXPECT_EQ(d, (Dims{10, 1, 2, 3, 4, 5, 6}));
  d.insert(3, 11);
  EXPECT_EQ(d, (Dims{10, 1, 2, 11, 3, 4, 5, 6}));
  d.push_back(12);
  EXPECT_EQ(d, (Dims{10, 1, 2, 11, 3, 4, 5, 6, 12}));
  d.erase(8);
  d.erase(3);
  EXPECT_EQ(d, (Dims{10, 1, 2, 3, 4, 5, 6}));
  d.erase(0);  // heap to inline
  EXPECT_EQ(d, kFull);
  for (int i = 0; i < 6; ++i) d.erase(0);
  EXPECT_TRUE(d.empty());
}

TEST(Dims, EqualityLooksAtSizeToo) {
  EXPECT_NE((Dims{1, 2}), (Dims{1, 2, 3}));
  EXPECT_NE((Dims{1}), Dims());
  EXPECT_EQ(Dims(), Dims());
}

TEST(BroadcastShape, StretchesOnesFromTheLastDimension) {
  EXPECT_EQ(broadcast_shape("add", {2, 3}, {2, 3}), (Dims{2, 3}));
  EXPECT_EQ(broadcast_shape("add", {4, 1, 3}, {2, 1}), (Dims{4, 2, 3}));
  EXPECT_EQ(broadcast_shape("add", Dims(), {2, 3}), (Dims{2, 3}));
  EXPECT_EQ(broadcast_shape("add", {1}, {0}), (Dims{0}));
  EXPECT_EQ(broadcast_shape("add", {0, 3}, {1, 1}), (Dims{0, 3}));
}

TEST(BroadcastShape, NamesTheOpTheShapesAndTheDimension) {
  EXPECT_EQ(test::message_of<ShapeError>([] { broadcast_shape("add", {2, 3, 4}, {5, 4}); }),
            "add: shapes (2, 3, 4) and (5, 4) do not broadcast: in dimension 1 they are 3 and 5; each pair of sizes, from the "
            "last, must be equal or one of them 1.");
  EXPECT_THROW(broadcast_shape("add", {0}, {2}), ShapeError);
}

TEST(BroadcastsTo, GoesOneWay) {
  EXPECT_TRUE(broadcasts_to({3}, {2, 3}));
  EXPECT_TRUE(broadcasts_to({1, 1}, {2, 3}));
  EXPECT_TRUE(broadcasts_to(Dims(), {2, 3}));
  EXPECT_TRUE(broadcasts_to({1}, {0}));
  EXPECT_FALSE(broadcasts_to({2, 3}, {3}));
  EXPECT_FALSE(broadcasts_to({2, 3}, {1, 3}));
  EXPECT_FALSE(broadcasts_to({0}, {1}));
}

TEST(CheckedNumel, CountsElements) {
  EXPECT_EQ(checked_numel(Dims(), "empty"), 1);
  EXPECT_EQ(checked_numel(Dims{2, 3, 4}, "empty"), 24);
  EXPECT_EQ(checked_numel(Dims{5, 0, 7}, "empty"), 0);
  EXPECT_EQ(checked_numel(Dims{INT64_MAX / 8}, "empty"), INT64_MAX / 8);
}

TEST(CheckedNumel, RefusesWhatOverflows) {
  const int64_t big = int64_t{1} << 32;
  EXPECT_THROW(checked_numel(Dims{big, big}, "empty"), ShapeError);            // wraps to 0
  EXPECT_THROW(checked_numel(Dims{INT64_MAX, 3}, "empty"), ShapeError);
  EXPECT_THROW(checked_numel(Dims{INT64_MAX / 8 + 1}, "empty"), ShapeError);   // its bytes would not fit
  EXPECT_THROW(checked_numel(Dims{0, big, big}, "empty"), ShapeError);         // its strides would not fit
  EXPECT_EQ(test::message_of<ShapeError>([] { checked_numel(Dims{2, -1}, "empty"); }),
            "empty: sizes must not be negative. Got shape (2, -1).");
}

TEST(ContiguousStrides, TreatEmptyDimensionsAsOne) {
  EXPECT_EQ(contiguous_strides(Dims{2, 3, 4}), (Dims{12, 4, 1}));
  EXPECT_EQ(contiguous_strides(Dims{2, 0, 4}), (Dims{4, 4, 1}));
  EXPECT_EQ(contiguous_strides(Dims()), Dims());
}

TEST(NormalizedDim, CountsFromEitherEnd) {
  EXPECT_EQ(normalized_dim("sum", 0, 3), 0);
  EXPECT_EQ(normalized_dim("sum", 2, 3), 2);
  EXPECT_EQ(normalized_dim("sum", -1, 3), 2);
  EXPECT_EQ(normalized_dim("sum", -3, 3), 0);
  EXPECT_EQ(normalized_dim("sum", -1, 0), 0);
  EXPECT_EQ(normalized_dim("sum", 0, 0), 0);
}

TEST(NormalizedDim, NamesTheRange) {
  EXPECT_EQ(test::message_of<IndexError>([] { normalized_dim("sum", 3, 3); }),
            "sum: dim must be in [-3, 2] for a tensor of 3 dimensions. Got 3.");
  EXPECT_THROW(normalized_dim("sum", -4, 3), IndexError);
  EXPECT_THROW(normalized_dim("sum", 1, 0), IndexError);
  EXPECT_THROW(normalized_dim("sum", -2, 0), IndexError);
  EXPECT_THROW(normalized_dim("sum", INT64_MIN, 3), IndexError);
}

}  // namespace
}  // namespace dlx
