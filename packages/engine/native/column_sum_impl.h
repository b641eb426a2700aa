// The code of column_sum.h for one set of instructions (vector.h).

#include <algorithm>

#include "column_sum.h"
#include "pool.h"

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

constexpr ColumnSum kColumnSum{SumColumns};

}  // namespace
}  // namespace understory
