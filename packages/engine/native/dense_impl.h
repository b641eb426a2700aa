// The code of dense.h for one set of instructions: blocks of rows, packed so that they are read in order, times panels of columns.

#include <algorithm>
#include <type_traits>

#include "dense.h"
#include "pool.h"
#include "products.h"

namespace understory {
namespace {

// Words of the depth whose products are summed at a time: a panel of columns of them stays in the second-level cache.
constexpr size_t kDepthAtOnce = 512;
// Rows that a thread takes at a time.
constexpr size_t kRowsAtOnce = 8 * kRows;
// Words of packed columns that stay in the second-level cache while others come and go.
constexpr size_t kColumnsInCache = 128 * 1024;

// `row` numbers lie from one row in memory to the next; of a turned matrix these are its columns.
template <typename T>
struct Matrix {
  const T* data;
  size_t row;
  bool turned;
};

// Part of a matrix, of `depth` numbers from `from` on in the direction that the products sum over.
struct Piece {
  size_t first, count;  // rows of the left matrix, columns of the right one
  size_t from, depth;
};

UNDERSTORY_INLINE float Widened(float value) { return value; }
UNDERSTORY_INLINE float Widened(BFloat16 value) {
  const uint32_t bits = static_cast<uint32_t>(value.bits) << 16;
  float number;
  __builtin_memcpy(&number, &bits, sizeof number);
  return number;
}

// A number of a matrix as the products take it: those of pairs begin with BFloat16.
template <typename P, typename T>
UNDERSTORY_INLINE typename P::Number Taken(T value) {
  if constexpr (std::is_same_v<typename P::Number, T>)
    return value;
  else
    return Widened(value);
}

// At most kRows rows of the left matrix: word [depth / kDeep, row].
template <typename P, typename T>
void PackRows(const Matrix<T>& a, const Piece& piece, typename P::Word* to) {
  auto* numbers = reinterpret_cast<typename P::Number*>(to);
  const auto at = [](size_t d, size_t r) { return (d / P::kDeep * kRows + r) * P::kDeep + d % P::kDeep; };
  if (a.turned)
    for (size_t d = 0; d < piece.depth; d++) {
      const T* from = a.data + (piece.from + d) * a.row + piece.first;
      for (size_t r = 0; r < piece.count; r++) numbers[at(d, r)] = Taken<P>(from[r]);
    }
  else
    for (size_t r = 0; r < piece.count; r++) {
      const T* from = a.data + (piece.first + r) * a.row + piece.from;
      for (size_t d = 0; d < piece.depth; d++) numbers[at(d, r)] = Taken<P>(from[d]);
    }
  if (piece.depth % P::kDeep != 0)
    for (size_t r = 0; r < piece.count; r++) numbers[at(piece.depth, r)] = {};
}

// A panel of columns of the right matrix: word [depth / kDeep, column].
template <typename P, typename T>
void PackPanel(const Matrix<T>& b, const Piece& piece, typename P::Word* to) {
  const size_t end = piece.first + piece.count;
  if (!b.turned) {
    for (size_t d = 0; d < piece.depth; d++) {
      const T* from = b.data + (piece.from + d) * b.row;
      InVectors(piece.first, end, end, [&](size_t c, auto numbers) {
        P::Put(to + d / P::kDeep * kPanel + (c - piece.first), numbers.load(from + c), d);
      });
    }
    return;
  }
  for (size_t c = 0; c < piece.count; c += kLanes)
    for (size_t d = 0; d < piece.depth; d += kLanes) {
      const size_t wide = std::min(kLanes, piece.count - c), deep = std::min(kLanes, piece.depth - d);
      Vec block[kLanes] = {};
      for (size_t i = 0; i < wide; i++) {
        const T* from = b.data + (piece.first + c + i) * b.row + piece.from + d;
        block[i] = deep == kLanes ? Load(from) : LoadFirst(from, deep);
      }
      Turn(block);
      for (size_t j = 0; j < deep; j++) P::Put(to + (d + j) / P::kDeep * kPanel + c, block[j], j);
    }
}

// Adds the rows of a panel of columns to their sums, those of the first rows to nothing.
template <typename T>
void SumPanel(const Matrix<T>& b, const Piece& piece, float* sums) {
  const size_t end = piece.first + piece.count;
  InVectors(piece.first, end, end, [&](size_t c, auto numbers) {
    Vec sum{};
    for (size_t d = 0; d < piece.depth; d++) sum += numbers.load(b.data + (piece.from + d) * b.row + c);
    numbers.store(sums + c, piece.from > 0 ? numbers.load(sums + c) + sum : sum);
  });
}

// A tile of rows of the left matrix as the products take it: word i of row r stands at r * row + i * step; the next tile begins
// `tile` words behind it.
template <typename P>
struct Rows {
  const typename P::Word* words;
  size_t row, step, tile;
};

// Rows from `first` on, of so many words: as they lie in memory, where they are floats and not turned; else packed into `to`.
template <typename P, typename T>
Rows<P> RowsOf(const Matrix<T>& a, const Piece& piece, size_t words, typename P::Word* to) {
  if constexpr (std::is_same_v<typename P::Word, T>)
    if (!a.turned) return {a.data + piece.first * a.row + piece.from, a.row, 1, kRows * a.row};
  for (size_t r = 0; r < piece.count; r += kRows)
    PackRows<P>(a, {piece.first + r, std::min(kRows, piece.count - r), piece.from, piece.depth}, to + r * words);
  return {to, 1, kRows, kRows * words};
}

// to [rows, columns] = a [rows, depth] * b [depth, columns], and bias [columns] in the end, where there is one; the sums over b's
// rows, [columns], where they are wanted and b is not turned. Each number is summed in one order, whoever takes part.
template <typename P, typename A, typename B>
void MultiplyMatrices(size_t rows, size_t columns, size_t depth, const Matrix<A>& a, const Matrix<B>& b, float* to,
                      const float* bias = nullptr, float* sums = nullptr) {
  if (rows * columns == 0) return;
  const size_t panels = Blocks(columns, kPanel), blocks = Blocks(rows, kRowsAtOnce), row = Filled(columns);
  // Few rows are shared among threads by columns.
  const size_t ranges = std::min(panels, Blocks(2 * static_cast<size_t>(Threads()), blocks)), range = Blocks(panels, ranges);
  const Scratch column_memory(panels * kDepthAtOnce * kPanel), result_memory(row == columns ? 0 : rows * row);
  auto* u = column_memory.as<typename P::Word>();
  float* m = row == columns ? to : result_memory.get();
  const Scratch bias_memory(bias ? row : 0);
  if (bias) std::fill_n(std::copy_n(bias, columns, bias_memory.get()), row - columns, 0.0f);
  if (sums && depth == 0) std::fill_n(sums, columns, 0.0f);
  if (depth == 0)
    for (size_t r = 0; r < rows; r++) bias ? std::copy_n(bias_memory.get(), row, m + r * row) : std::fill_n(m + r * row, row, 0.0f);
  for (size_t from = 0; from < depth; from += kDepthAtOnce * P::kDeep) {
    const size_t some = std::min(kDepthAtOnce * P::kDeep, depth - from), words = Blocks(some, P::kDeep);
    InParallel(panels, [&](size_t panel) {
      const Piece piece{panel * kPanel, ColumnsOf(panel, columns), from, some};
      PackPanel<P>(b, piece, u + panel * words * kPanel);
      if (sums) SumPanel(b, piece, sums);
    });
    InParallel(blocks * ranges, [&](size_t task) {
      const size_t first = task / ranges * kRowsAtOnce, end = std::min(rows, first + kRowsAtOnce);
      const size_t begin = task % ranges * range, last = std::min(panels, begin + range);
      const Scratch row_memory(kRowsAtOnce * words);
      const Rows<P> x = RowsOf<P>(a, {first, end - first, from, some}, words, row_memory.as<typename P::Word>());
      const auto multiply = [&](size_t panel, size_t r) {
        const bool is_last = from + some == depth;
        const Product<P> product{std::min(kRows, end - r), ColumnsOf(panel, columns), words, x.words + (r - first) / kRows * x.tile, x.row,
                                 x.step, u + panel * words * kPanel, m + r * row + panel * kPanel, row,
                                 bias && is_last ? bias_memory.get() + panel * kPanel : nullptr};
        from > 0 ? Multiply<true>(product) : Multiply<false>(product);
      };
      // Columns that stay in the cache all together are gone through for each tile, so that rows are written as they lie.
      if ((last - begin) * words * kPanel <= kColumnsInCache)
        for (size_t r = first; r < end; r += kRows)
          for (size_t panel = begin; panel < last; panel++) multiply(panel, r);
      else
        for (size_t panel = begin; panel < last; panel++)
          for (size_t r = first; r < end; r += kRows) multiply(panel, r);
    });
  }
  if (m != to) InParallel(rows, [&](size_t r) { std::copy_n(m + r * row, columns, to + r * columns); });
}

#if defined(UNDERSTORY_PAIRS)
template <typename T>
using DenseProducts = std::conditional_t<std::is_same_v<T, BFloat16>, Pairs, Floats>;
#else
template <typename T>
using DenseProducts = Floats;
#endif

template <typename T>
void DenseForward(const DenseShape& s, const T* x, const float* w, const float* bias, float* y) {
  MultiplyMatrices<DenseProducts<T>, T, float>(s.rows, s.outputs, s.inputs, {x, s.inputs, false}, {w, s.outputs, false}, y, bias);
}

template <typename T>
void DenseInputGradient(const DenseShape& s, const T* dy, const float* w, float* dx) {
  MultiplyMatrices<DenseProducts<T>, T, float>(s.rows, s.inputs, s.outputs, {dy, s.outputs, false}, {w, s.outputs, true}, dx);
}

template <typename T>
void DenseFilterGradient(const DenseShape& s, const T* x, const T* dy, float* dw, float* dbias) {
  MultiplyMatrices<DenseProducts<T>, T, T>(s.inputs, s.outputs, s.rows, {x, s.inputs, true}, {dy, s.outputs, false}, dw, nullptr, dbias);
}

template <typename T>
constexpr Dense<T> kDense{DenseForward<T>, DenseInputGradient<T>, DenseFilterGradient<T>};

}  // namespace
}  // namespace understory
