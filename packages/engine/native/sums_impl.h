// The code of sums.h for one set of instructions (vector.h).

#include <algorithm>

#include "functions.h"
#include "pool.h"
#include "sums.h"

namespace understory {
namespace {

// Rows whose sums are one term of the whole.
constexpr size_t kSummedRows = 64;

// Adds up terms [count] of `row` numbers each, in their order.
UNDERSTORY_INLINE void Gather(const float* terms, size_t count, size_t row, size_t columns, float* to) {
  InVectors(0, columns, columns, [&](size_t c, auto numbers) {
    Vec sum{};
    for (size_t i = 0; i < count; i++) sum += Load(terms + i * row + c);
    numbers.store(to + c, sum);
  });
}

inline void SumColumns(size_t rows, size_t columns, const float* x, float* y) {
  const size_t blocks = Blocks(rows, kSummedRows), row = Filled(columns);
  const Scratch terms(blocks * row);
  InParallel(blocks, [&](size_t block) {
    float* to = terms.get() + block * row;
    std::fill_n(to, row, 0.0f);
    for (size_t r = block * kSummedRows; r < std::min(rows, (block + 1) * kSummedRows); r++)
      InVectors(0, columns, columns, [&](size_t c, auto numbers) { Store(to + c, Load(to + c) + numbers.load(x + r * columns + c)); });
  });
  Gather(terms.get(), blocks, row, columns, y);
}

// Numbers whose squares are one term of the whole.
constexpr size_t kSquares = 1 << 15;

inline float SumSquares(size_t count, const float* x) {
  constexpr size_t kSide = 4;  // vectors whose sums do not wait for each other
  const size_t blocks = Blocks(count, kSquares);
  const Scratch terms(blocks);
  InParallel(blocks, [&](size_t block) {
    const size_t from = block * kSquares, to = std::min(count, from + kSquares);
    Vec sum[kSide] = {};
    size_t i = from;
    for (; i + kSide * kLanes <= to; i += kSide * kLanes)
      UNDERSTORY_UNROLL
      for (size_t k = 0; k < kSide; k++) {
        const Vec v = Load(x + i + k * kLanes);
        sum[k] += v * v;
      }
    InVectors(i, to, to, [&](size_t c, auto numbers) {
      const Vec v = numbers.load(x + c);
      sum[0] += v * v;
    });
    terms.get()[block] = Total((sum[0] + sum[1]) + (sum[2] + sum[3]));
  });
  double all = 0;
  for (size_t block = 0; block < blocks; block++) all += static_cast<double>(terms.get()[block]);
  return static_cast<float>(all);
}

constexpr Sums kSums{SumColumns, SumSquares};

}  // namespace
}  // namespace understory
