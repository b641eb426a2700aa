// The matrix kernel, in floats or, where the processor multiplies them, in pairs of BFloat16 or in tiles of these.
#ifndef UNDERSTORY_PRODUCTS_H_
#define UNDERSTORY_PRODUCTS_H_

namespace understory {
namespace {

constexpr size_t kPanel = 2 * kLanes;  // columns of the matrix kernel
constexpr size_t kLine = 16;           // words of a cache line
// Words of a panel that are fetched before they are due: panels lie in the second-level cache, and come too late by themselves.
constexpr size_t kAhead = 16 * kPanel;

// Distance between the matrices of neighbouring points. They are written side by side, dozens at a time: at a distance of
// a power of two all of them would fall into the same few lines of the cache.
constexpr size_t Apart(size_t words) { return Blocks(words, kLine) * kLine + kLine; }

// Columns of a panel that belong to a matrix of so many.
constexpr size_t ColumnsOf(size_t panel, size_t columns) { return std::min(kPanel, columns - panel * kPanel); }

// A matrix consists of words of 32 bits, each of kDeep numbers that follow each other along the depth. The kernel takes kRows rows at a
// time, and `Words` words of a depth, of which the last ones may be 0.
struct Floats {
  using Word = float;
  using Number = float;
  static constexpr size_t kDeep = 1, kRows = UNDERSTORY_ROWS;
  static constexpr size_t Words(size_t depth) { return depth; }

  // Puts numbers of depth `d` into their words, which begin at `to`.
  static UNDERSTORY_INLINE void Put(Word* to, Vec v, size_t) { Store(to, v); }
  template <typename T>
  static UNDERSTORY_INLINE void PutFrom(Word* to, const T* from, size_t) {
    Store(to, Load(from));
  }
  static UNDERSTORY_INLINE Vec Columns(const Word* from) { return Load(from); }
  static UNDERSTORY_INLINE Vec Add(Vec sum, Word row, Vec columns) { return sum + row * columns; }
};

#if defined(UNDERSTORY_PAIRS)
struct Pairs {
  using Word = uint32_t;
  using Number = BFloat16;
  static constexpr size_t kDeep = 2, kRows = UNDERSTORY_ROWS;
  static constexpr size_t Words(size_t depth) { return Blocks(depth, kDeep); }
  typedef uint32_t LooseBits __attribute__((vector_size(4 * UNDERSTORY_LANES), aligned(4), may_alias));

  // The first of a pair clears the second.
  static UNDERSTORY_INLINE void Put(Word* to, Vec v, size_t d) {
    auto& words = *reinterpret_cast<LooseBits*>(to);
    words = d % 2 == 0 ? Rounded(v) >> 16 : words | (Rounded(v) & 0xffff0000);
  }
  // Of numbers that need not be rounded.
  static UNDERSTORY_INLINE void PutFrom(Word* to, const BFloat16* from, size_t d) {
    auto& words = *reinterpret_cast<LooseBits*>(to);
    const Bits bits = Widen(*reinterpret_cast<const LooseHalves*>(from));
    words = d % 2 == 0 ? bits : words | bits << 16;
  }
  static UNDERSTORY_INLINE Vec Columns(const Word* from) { return reinterpret_cast<Vec>(*reinterpret_cast<const LooseBits*>(from)); }
  static UNDERSTORY_INLINE Vec Add(Vec sum, Word row, Vec columns) {
    return (Vec)_mm512_dpbf16_ps((__m512)sum, (__m512bh)_mm512_set1_epi32(static_cast<int>(row)), (__m512bh)columns);
  }
};
#endif

// A product with one panel of a matrix, of which `columns` are in use:
// m[r][0 … columns) (+)= sum over i < depth of x[r * row + i * step] * u[i][0 … columns), and then bias[0 … columns).
template <typename P>
struct Product {
  size_t rows, columns, depth;
  const typename P::Word* x;
  size_t row, step;
  const typename P::Word* u;
  float* m;
  size_t m_row;
  const float* bias = nullptr;
};

template <typename P, size_t Rows, size_t Wide, bool Sum>
UNDERSTORY_INLINE void MultiplyRows(const Product<P>& p, size_t first) {
  // Three rows go by one pointer: for one each there are too few registers, and beside a prefetch the compiler keeps none of them.
  constexpr size_t kPointers = Blocks(Rows, 3);
  const typename P::Word *x[kPointers], *u = p.u;
  const size_t row = p.row, step = p.step, depth = p.depth;
  UNDERSTORY_UNROLL
  for (size_t k = 0; k < kPointers; k++) x[k] = p.x + (first + 3 * k) * row;
  float* m = p.m + first * p.m_row;
  Vec sum[Rows][Wide];
  UNDERSTORY_UNROLL
  for (size_t r = 0; r < Rows; r++)
    UNDERSTORY_UNROLL
    for (size_t c = 0; c < Wide; c++) sum[r][c] = Sum ? Load(m + r * p.m_row + c * kLanes) : Vec{};
  for (size_t i = 0; i < depth; i++, u += kPanel) {
    Vec columns[Wide];
    UNDERSTORY_UNROLL
    for (size_t c = 0; c < Wide; c++) columns[c] = P::Columns(u + c * kLanes);
    UNDERSTORY_UNROLL
    for (size_t c = 0; c < Wide * kLanes; c += kLine) __builtin_prefetch(u + kAhead + c);
    UNDERSTORY_UNROLL
    for (size_t r = 0; r < Rows; r++) {
      const typename P::Word word = x[r / 3][r % 3 * row];
      UNDERSTORY_UNROLL
      for (size_t c = 0; c < Wide; c++) sum[r][c] = P::Add(sum[r][c], word, columns[c]);
    }
    UNDERSTORY_UNROLL
    for (size_t k = 0; k < kPointers; k++) x[k] += step;
  }
  if (p.bias) {
    UNDERSTORY_UNROLL
    for (size_t r = 0; r < Rows; r++)
      UNDERSTORY_UNROLL
      for (size_t c = 0; c < Wide; c++) sum[r][c] += Load(p.bias + c * kLanes);
  }
  UNDERSTORY_UNROLL
  for (size_t r = 0; r < Rows; r++)
    UNDERSTORY_UNROLL
    for (size_t c = 0; c < Wide; c++) Store(m + r * p.m_row + c * kLanes, sum[r][c]);
}

template <typename P, size_t Rows, size_t Wide, bool Sum>
void MultiplyRest(const Product<P>& p, size_t first) {
  if constexpr (Rows > 0) {
    if (p.rows - first == Rows) return MultiplyRows<P, Rows, Wide, Sum>(p, first);
    MultiplyRest<P, Rows - 1, Wide, Sum>(p, first);
  }
}

template <typename P, size_t Wide, bool Sum>
void MultiplyPanel(const Product<P>& p) {
  size_t r = 0;
  for (; r + P::kRows <= p.rows; r += P::kRows) MultiplyRows<P, P::kRows, Wide, Sum>(p, r);
  MultiplyRest<P, P::kRows - 1, Wide, Sum>(p, r);
}

template <bool Sum, typename P>
void Multiply(const Product<P>& p) {
  p.columns > kLanes ? MultiplyPanel<P, 2, Sum>(p) : MultiplyPanel<P, 1, Sum>(p);
}

}  // namespace
}  // namespace understory

#if defined(UNDERSTORY_AMX_PRODUCTS)
#include "amx.h"
#endif

#endif  // UNDERSTORY_PRODUCTS_H_
