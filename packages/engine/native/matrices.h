// Products of whole matrices for one set of instructions: rows where they lie or packed so that they are read in order, times
// packed panels of columns.
#ifndef UNDERSTORY_MATRICES_H_
#define UNDERSTORY_MATRICES_H_

#include <algorithm>
#include <type_traits>

#include "pool.h"
#include "products.h"

namespace understory {
namespace {

// Whether products take rows as they follow each other in memory, in place of tiles of kRows that are packed for them.
template <typename P>
constexpr bool kByRows = P::kRows != UNDERSTORY_ROWS;
// Words of the depth whose products are summed at a time: a panel of columns of them stays in the second-level cache.
constexpr size_t kDepthAtOnce = 512;
// Rows that a thread takes at a time.
template <typename P>
constexpr size_t kRowsAtOnce = (kByRows<P> ? 4 : 8) * P::kRows;
// Words of packed columns that stay in the second-level cache while others come and go.
constexpr size_t kColumnsInCache = 128 * 1024;

// How layers whose rows are of T multiply.
#if defined(UNDERSTORY_AMX_PRODUCTS)
template <typename T>
using LayerProducts = Amx;
#elif defined(UNDERSTORY_PAIRS)
template <typename T>
using LayerProducts = std::conditional_t<std::is_same_v<T, BFloat16>, Pairs, Floats>;
#else
template <typename T>
using LayerProducts = Floats;
#endif

// `row` numbers lie from one row in memory to the next; of a turned matrix these are its columns.
template <typename T>
struct Matrix {
  const T* data;
  size_t row;
  bool turned;

  // A left matrix without the first `depth` numbers that its products sum over.
  Matrix From(size_t depth) const { return {data + depth * (turned ? row : 1), row, turned}; }
  // One whose rows lie as they are, from one of them on.
  Matrix Below(size_t first) const { return {data + first * row, row, turned}; }
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

// Numbers that lie in a row.
template <typename P, typename T>
UNDERSTORY_INLINE void CopyRow(const T* from, size_t count, typename P::Number* to) {
  if constexpr (std::is_same_v<typename P::Number, T>)
    __builtin_memcpy(to, from, count * sizeof(T));
  else
    for (size_t r = 0; r < count; r++) to[r] = Taken<P>(from[r]);
}

// Rows of the left matrix in tiles of kRows: word [depth / kDeep, row] of each, which is `tile` words long.
template <typename P, typename T>
void PackTiles(const Matrix<T>& a, const Piece& piece, size_t tile, typename P::Word* to) {
  constexpr size_t kRows = P::kRows;
  auto* numbers = reinterpret_cast<typename P::Number*>(to);
  const auto at = [tile](size_t d, size_t r) {
    return (r / kRows * tile + d / P::kDeep * kRows + r % kRows) * P::kDeep + d % P::kDeep;
  };
  if (a.turned) {
    // Whole tiles are copied by a loop of known length, as their rows lie in memory.
    const size_t whole = P::kDeep == 1 ? piece.count / kRows * kRows : 0;
    for (size_t d = 0; d < piece.depth; d++) {
      const T* from = a.data + (piece.from + d) * a.row + piece.first;
      auto* row = numbers + d * kRows;
      for (size_t r = 0; r < whole; r += kRows, row += tile) CopyRow<P>(from + r, kRows, row);
      for (size_t r = whole; r < piece.count; r++) numbers[at(d, r)] = Taken<P>(from[r]);
    }
  } else {
    for (size_t r = 0; r < piece.count; r++) {
      const T* from = a.data + (piece.first + r) * a.row + piece.from;
      for (size_t d = 0; d < piece.depth; d++) numbers[at(d, r)] = Taken<P>(from[d]);
    }
  }
  if (piece.depth % P::kDeep != 0)
    for (size_t r = 0; r < piece.count; r++) numbers[at(piece.depth, r)] = {};
}

#if defined(UNDERSTORY_PAIRS)
// The first numbers of a row as BFloat16, each in the lower half of a word.
UNDERSTORY_INLINE Bits LowerHalves(const float* from, size_t count) {
  return Widen(RoundedHalves(count == kLanes ? Load(from) : LoadFirst(from, count)));
}
UNDERSTORY_INLINE Bits LowerHalves(const BFloat16* from, size_t count) {
  if (count == kLanes) return Widen(*reinterpret_cast<const LooseHalves*>(from));
  return reinterpret_cast<Bits>(LoadFirst(from, count)) >> 16;
}
// Words of numbers that follow each other along the depth.
UNDERSTORY_INLINE Vec Paired(Bits first, Bits second) { return reinterpret_cast<Vec>(first | second << 16); }

// Turns kLanes words of the depth of some rows: halves(d) of a turned matrix are the numbers of all rows at depth d.
template <typename Halves>
UNDERSTORY_INLINE void PackTurned(size_t rows, size_t words, size_t row, Halves halves, uint32_t* to) {
  Vec block[kLanes];
  for (size_t i = 0; i < kLanes; i++) block[i] = Paired(halves(2 * i), halves(2 * i + 1));
  Turn(block);
  auto* floats = reinterpret_cast<float*>(to);
  if (words == kLanes)
    for (size_t i = 0; i < rows; i++) Store(floats + i * row, block[i]);
  else
    for (size_t i = 0; i < rows; i++) StoreFirst(floats + i * row, block[i], words);
}
#endif

// Rows of the left matrix, each of P::Words of its depth, `row` from one to the next.
template <typename P, typename T>
void PackRows(const Matrix<T>& a, const Piece& piece, size_t row, typename P::Word* to) {
  const size_t words = P::Words(piece.depth);
  if (!a.turned) {
    auto* numbers = reinterpret_cast<typename P::Number*>(to);
    for (size_t r = 0; r < piece.count; r++) {
      auto* at = numbers + r * row * P::kDeep;
      CopyRow<P>(a.data + (piece.first + r) * a.row + piece.from, piece.depth, at);
      std::fill(at + piece.depth, at + words * P::kDeep, typename P::Number{});
    }
    return;
  }
  for (size_t word = 0; word < words; word += kLanes)
    for (size_t r = 0; r < piece.count; r += kLanes) {
      const T* from = a.data + (piece.from + P::kDeep * word) * a.row + piece.first + r;
      const size_t some = std::min(kLanes, piece.count - r), left = piece.depth - std::min(piece.depth, P::kDeep * word);
      const auto halves = [&](size_t d) { return d < left ? LowerHalves(from + d * a.row, some) : Bits{}; };
      PackTurned(some, std::min(kLanes, words - word), row, halves, to + r * row + word);
    }
}

// A panel of columns of the right matrix: word [depth / kDeep, column].
template <typename P, typename T>
void PackPanel(const Matrix<T>& b, const Piece& piece, typename P::Word* to) {
  const size_t end = piece.first + piece.count;
  if (!b.turned) {
    for (size_t d = 0; d < piece.depth; d += P::kDeep) {
      const T* from = b.data + (piece.from + d) * b.row;
      InVectors(piece.first, end, end, [&](size_t c, auto numbers) {
        auto* words = reinterpret_cast<float*>(to + d / P::kDeep * kPanel + (c - piece.first));
        if constexpr (P::kDeep == 1) {
          Store(words, numbers.load(from + c));
        } else {
          const size_t some = std::min(kLanes, end - c);
          Store(words, Paired(LowerHalves(from + c, some), d + 1 < piece.depth ? LowerHalves(from + b.row + c, some) : Bits{}));
        }
      });
    }
    return;
  }
  for (size_t c = 0; c < piece.count; c += kLanes)
    for (size_t d = 0; d < piece.depth; d += kLanes) {
      const size_t wide = std::min(kLanes, piece.count - c), deep = std::min(kLanes, piece.depth - d);
      Vec block[kLanes];
      LoadTurned(b.data + (piece.first + c) * b.row + piece.from + d, b.row, wide, deep, block);
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

// A panel's words behind those that have numbers are 0.
template <typename P>
void FillPanel(size_t depth, typename P::Word* to) {
  const size_t words = Blocks(depth, P::kDeep);
  std::fill(to + words * kPanel, to + P::Words(depth) * kPanel, typename P::Word{});
}

// A panel of columns, and the sums over a matrix's rows, which is not turned then, unless they are null.
template <typename P, typename T>
void PackAndSum(const Matrix<T>& b, const Piece& piece, typename P::Word* to, float* sums) {
  PackPanel<P>(b, piece, to);
  FillPanel<P>(piece.depth, to);
  if (sums) SumPanel(b, piece, sums);
}

// A tile of rows of the left matrix as the products take it: word i of row r stands at r * row + i * step; the next tile begins
// `tile` words behind it.
template <typename P>
struct Rows {
  const typename P::Word* words;
  size_t row, step, tile;
};

// Rows that lie in memory, `row` numbers apart, where products can take them so.
template <typename P, typename T>
bool InPlace(const T* data, size_t row, size_t depth, Rows<P>* rows) {
  constexpr bool kSame = std::is_same_v<typename P::Word, T> || (kByRows<P> && std::is_same_v<typename P::Number, T>);
  if (!kSame || row % P::kDeep != 0 || reinterpret_cast<uintptr_t>(data) % sizeof(typename P::Word) != 0) return false;
  if (P::Words(depth) * P::kDeep != depth) return false;
  *rows = {reinterpret_cast<const typename P::Word*>(data), row / P::kDeep, 1, P::kRows * row / P::kDeep};
  return true;
}

// Rows from `first` on, of so many words: as they lie in memory, where they can be taken so; else packed into `to`.
template <typename P, typename T>
Rows<P> RowsOf(const Matrix<T>& a, const Piece& piece, size_t words, typename P::Word* to) {
  Rows<P> rows;
  if (!a.turned && InPlace<P>(a.data + piece.first * a.row + piece.from, a.row, piece.depth, &rows)) return rows;
  if constexpr (kByRows<P>) {
    const size_t row = Apart(words);
    PackRows<P>(a, piece, row, to);
    return {to, row, 1, P::kRows * row};
  } else {
    const size_t tile = Apart(P::kRows * words);
    PackTiles<P>(a, piece, tile, to);
    return {to, 1, P::kRows, tile};
  }
}

// A piece of the depth of a product, with panels of columns that are packed for it: `panel` words from one to the next.
template <typename P>
struct PackedColumns {
  const typename P::Word* words;
  size_t panel, depth, count;  // words of the depth; columns
  bool first;                  // whether this piece begins the sums
  const float* bias;           // added to them after this piece; may be null, and is as long as whole panels
};

// m [rows, columns] (+)= x * u for the rows of x, and for the panels from `begin` to `end`.
template <typename P>
void MultiplyRange(size_t rows, const Rows<P>& x, const PackedColumns<P>& u, size_t begin, size_t end, float* m, size_t row) {
  constexpr size_t kRows = P::kRows;
  const auto multiply = [&](size_t panel, size_t r) {
    const Product<P> product{std::min(kRows, rows - r), ColumnsOf(panel, u.count), u.depth, x.words + r / kRows * x.tile, x.row, x.step,
                             u.words + panel * u.panel, m + r * row + panel * kPanel, row, u.bias ? u.bias + panel * kPanel : nullptr};
    u.first ? Multiply<false>(product) : Multiply<true>(product);
  };
  // Columns that stay in the cache all together are gone through for each tile, so that rows are written as they lie.
  if ((end - begin) * u.depth * kPanel <= kColumnsInCache)
    for (size_t r = 0; r < rows; r += kRows)
      for (size_t panel = begin; panel < end; panel++) multiply(panel, r);
  else
    for (size_t panel = begin; panel < end; panel++)
      for (size_t r = 0; r < rows; r += kRows) multiply(panel, r);
}

// Sums over nothing: the bias, or 0.
template <typename T>
void FillRows(size_t rows, size_t columns, const float* bias, T* to, size_t row) {
  for (size_t r = 0; r < rows; r++)
    InVectors(0, columns, columns, [&](size_t c, auto numbers) { numbers.store(to + r * row + c, bias ? numbers.load(bias + c) : Vec{}); });
}

// Where sums stay as they are: a row of them begins `row` behind the one before.
struct Floating {
  float* m;
  size_t row;

  void Fill(size_t rows, size_t columns, const float* bias) const { FillRows(rows, columns, bias, m, row); }
  template <typename P>
  void Multiply(size_t first, size_t count, const Rows<P>& x, const PackedColumns<P>& u, size_t begin, size_t end) const {
    MultiplyRange(count, x, u, begin, end, m + first * row, row);
  }
};

// Where sums of one piece are rounded, a few at a time, while they are in the cache.
struct Rounding {
  BFloat16* to;
  size_t columns;

  void Fill(size_t rows, size_t, const float* bias) const { FillRows(rows, columns, bias, to, columns); }
  template <typename P>
  void Multiply(size_t first, size_t count, const Rows<P>& x, const PackedColumns<P>& u, size_t begin, size_t end) const {
    const bool few = (end - begin) * u.depth * kPanel <= kColumnsInCache;
    const size_t rows_at_once = few ? P::kRows : count, panels_at_once = few ? end - begin : 1, row = panels_at_once * kPanel;
    const Scratch memory(rows_at_once * row);
    for (size_t panel = begin; panel < end; panel += panels_at_once) {
      const size_t from = panel * kPanel, behind = std::min(columns, from + row);
      const PackedColumns<P> some{u.words + panel * u.panel, u.panel, u.depth, u.count - from, true, u.bias ? u.bias + from : nullptr};
      for (size_t r = 0; r < count; r += rows_at_once) {
        const size_t rows = std::min(rows_at_once, count - r);
        MultiplyRange<P>(rows, {x.words + r / P::kRows * x.tile, x.row, x.step, x.tile}, some, 0, panels_at_once, memory.get(), row);
        for (size_t i = 0; i < rows; i++)
          InVectors(from, behind, columns, [&](size_t c, auto numbers) {
            numbers.store(to + (first + r + i) * columns + c, Load(memory.get() + i * row + c - from));
          });
      }
    }
  }
};

// Calls each(first row, rows, begin, end) for blocks of rows and ranges of panels, side by side: blocks of `lot` rows, or where that is
// 0 as many rows to each thread, and few rows by columns.
template <typename P, typename Each>
void ForRanges(size_t rows, size_t columns, size_t lot, Each each) {
  constexpr size_t kRows = P::kRows;
  const size_t threads = static_cast<size_t>(Threads()), panels = Blocks(columns, kPanel), tiles = Blocks(rows, kRows);
  if (tiles == 0 || panels == 0) return;
  const size_t blocks = lot > 0 ? Blocks(rows, lot) : std::min(tiles, Blocks(Blocks(rows, kRowsAtOnce<P>), threads) * threads);
  const size_t ranges = std::min(panels, Blocks((lot > 0 ? 4 : 2) * threads, blocks));
  const auto beginning = [&](size_t block) { return std::min(rows, lot > 0 ? block * lot : tiles * block / blocks * kRows); };
  InParallel(blocks * ranges, [&](size_t task) {
    const size_t block = task / ranges, range = task % ranges, first = beginning(block);
    each(first, beginning(block + 1) - first, panels * range / ranges, panels * (range + 1) / ranges);
  });
}

// Pieces of the depth whose columns are packed at once, so that threads seldom wait for each other: as many as a cache has room for.
inline size_t PiecesAtOnce(size_t panels) { return std::max<size_t>(1, 2 * kColumnsInCache / (panels * kPanel * kDepthAtOnce)); }

// Sums [rows, columns] of a * b, and of bias [whole panels] in the end, where there is one. pack(panel, from, depth, to) gives a panel
// of b's columns, `depth` numbers of them from `from` on; left(from, depth) the same numbers of a's rows. Each number is summed in one
// order, whoever takes part.
template <typename P, typename Sums, typename Pack, typename Left>
void MultiplyBy(size_t rows, size_t columns, size_t depth, const Sums& sums, const float* bias, Pack pack, Left left) {
  if (depth == 0) return sums.Fill(rows, columns, bias);
  const size_t panels = Blocks(columns, kPanel), pieces = PiecesAtOnce(panels), numbers = kDepthAtOnce * P::kDeep;
  const size_t most = std::min(pieces, Blocks(depth, numbers)), lot = most * numbers, piece_words = panels * kDepthAtOnce * kPanel;
  const Scratch memory(most * piece_words);
  auto* u = memory.as<typename P::Word>();
  for (size_t begin = 0; begin < depth; begin += lot) {
    const size_t end = std::min(depth, begin + lot), some = Blocks(end - begin, numbers);
    const auto depth_of = [&](size_t piece) { return std::min(numbers, end - begin - piece * numbers); };
    const auto words_of = [&](size_t piece) { return P::Words(depth_of(piece)); };
    InParallel(panels, [&](size_t panel) {
      for (size_t i = 0; i < some; i++)
        pack(panel, begin + i * numbers, depth_of(i), u + i * piece_words + panel * words_of(i) * kPanel);
    });
    const auto a = left(begin, end - begin);
    ForRanges<P>(rows, columns, 0, [&](size_t first, size_t count, size_t from, size_t to) {
      const Scratch row_memory(kByRows<P> ? kRowsAtOnce<P> * Apart(kDepthAtOnce)
                                          : kRowsAtOnce<P> / P::kRows * Apart(P::kRows * kDepthAtOnce));
      for (size_t i = 0; i < some; i++) {
        const size_t words = words_of(i);
        const Rows<P> x = RowsOf<P>(a, {first, count, i * numbers, depth_of(i)}, words, row_memory.as<typename P::Word>());
        const bool is_first = begin + i == 0, is_last = begin + i * numbers + depth_of(i) == depth;
        const PackedColumns<P> piece{u + i * piece_words, words * kPanel, words, columns, is_first, is_last ? bias : nullptr};
        sums.template Multiply<P>(first, count, x, piece, from, to);
      }
    });
  }
}

// to [rows, columns] = a [rows, depth] * b [depth, columns], and bias [columns], where there is one; the sums over b's rows,
// [columns], where they are wanted and b is not turned.
template <typename P, typename A, typename B, typename To>
void MultiplyMatrices(size_t rows, size_t columns, size_t depth, const Matrix<A>& a, const Matrix<B>& b, To* to,
                      const float* bias = nullptr, float* sums = nullptr) {
  constexpr bool kFloats = std::is_same_v<To, float>;
  if (rows * columns == 0) return;
  const size_t row = Filled(columns), whole = Blocks(columns, kPanel) * kPanel;
  const Scratch bias_memory(bias ? whole : 0);
  if (bias) std::fill_n(std::copy_n(bias, columns, bias_memory.get()), whole - columns, 0.0f);
  if (sums && depth == 0) std::fill_n(sums, columns, 0.0f);
  const auto multiply = [&](const auto& into) {
    const auto pack = [&](size_t panel, size_t from, size_t some, typename P::Word* u) {
      PackAndSum<P>(b, {panel * kPanel, ColumnsOf(panel, columns), from, some}, u, sums);
    };
    MultiplyBy<P>(rows, columns, depth, into, bias ? bias_memory.get() : nullptr, pack, [&](size_t from, size_t) { return a.From(from); });
  };
  if constexpr (kFloats)
    if (row == columns) return multiply(Floating{to, row});
  if constexpr (!kFloats)
    if (depth <= kDepthAtOnce * P::kDeep) return multiply(Rounding{to, columns});
  const Scratch memory(rows * row);
  multiply(Floating{memory.get(), row});
  InParallel(rows, [&](size_t r) {
    InVectors(0, columns, columns, [&](size_t c, auto numbers) { numbers.store(to + r * columns + c, Load(memory.get() + r * row + c)); });
  });
}

}  // namespace
}  // namespace understory

#endif  // UNDERSTORY_MATRICES_H_
