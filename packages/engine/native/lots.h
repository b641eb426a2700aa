// What an op tells of its result for a batch norm (batch_norm.h), some rows at a time, while they are in the cache: so the norm goes
// through memory once less.
#ifndef UNDERSTORY_LOTS_H_
#define UNDERSTORY_LOTS_H_

#include <cstddef>

namespace understory {

// Lots of so many rows each, the last of which may have fewer.
constexpr size_t LotsIn(size_t rows, size_t lot) { return (rows + lot - 1) / lot; }

// Two numbers of each channel for lots of `rows` rows of a tensor [all rows, channels]; the last lot is what is left.
template <typename Number>
struct Lots {
  size_t rows;
  Number* data;  // [lots, 2, channels]; null where nobody asks
  // Those of the lot that begins with a row.
  Number* At(size_t row, size_t channels) const { return data + 2 * (row / rows) * channels; }
};
using KnownLots = Lots<const float>;

// Means, and sums of squared distances from them.
using Moments = Lots<float>;

// Of a gradient that goes to a batch norm: sums, and sums of its products with how far the norm's x is from its mean.
template <typename T>
struct GradientSums : Lots<float> {
  const T* x;         // of the gradient's shape
  const float* mean;  // [channels]
  const T* y;         // what the ReLU behind the norm gave, which lets only some of the gradient back; null without one
  float ceiling;      // of the ReLU
};

}  // namespace understory

#endif  // UNDERSTORY_LOTS_H_
