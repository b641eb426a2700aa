// The code of attention.h for one set of instructions: head by head, some queries at a time, so that their scores stay in the cache.

#include <algorithm>
#include <cmath>

#include "attention.h"
#include "functions.h"
#include "matrices.h"
#include "pool.h"

namespace understory {
namespace {

constexpr size_t kQueries = 128;

// One head of one sequence: rows of queries, keys and values, `row` numbers apart.
struct Head {
  Head(const AttentionShape& s, const float* qkv, size_t task)
      : tokens(s.tokens), width(s.width), row(3 * s.row()), scale(1.0f / std::sqrt(static_cast<float>(s.width))),
        at(task / s.heads * s.tokens * row + task % s.heads * s.width), queries{qkv + at, row, false},
        keys{queries.data + s.row(), row, false}, values{keys.data + s.row(), row, false} {}

  const size_t tokens, width, row;
  const float scale;
  const size_t at;  // of its first query in qkv
  const Matrix<float> queries, keys, values;
};

UNDERSTORY_INLINE Matrix<float> Turned(const Matrix<float>& m) { return {m.data, m.row, true}; }
UNDERSTORY_INLINE size_t PanelWords(size_t depth, size_t columns) { return Blocks(columns, kPanel) * kPanel * depth; }

// A right matrix [depth, columns], from number `from` of its depth on, as the products take it.
UNDERSTORY_INLINE void PackRight(const Matrix<float>& b, size_t from, size_t depth, size_t columns, float* to) {
  for (size_t panel = 0; panel * kPanel < columns; panel++)
    PackPanel<Floats>(b, {panel * kPanel, ColumnsOf(panel, columns), from, depth}, to + panel * depth * kPanel);
}

// m [rows, columns] (+)= x * u, where x[r][d] stands at r * row + d * step, and a row of m begins `m_row` behind the one before.
template <bool Sum>
void Times(size_t rows, size_t depth, size_t columns, const float* x, size_t row, size_t step, const float* u, float* m, size_t m_row) {
  for (size_t panel = 0; panel * kPanel < columns; panel++)
    Multiply<Sum>(Product<Floats>{rows, ColumnsOf(panel, columns), depth, x, row, step, u + panel * depth * kPanel, m + panel * kPanel,
                                  m_row});
}

// Where the rows of one head's result go: as they are to lie, if they are whole vectors, or by way of rows that are.
class HeadRows {
 public:
  HeadRows(float* to, size_t row, size_t rows, size_t width)
      : to_(to), to_row_(row), rows_(rows), width_(width), memory_(InPlace() ? 0 : rows * Filled(width)) {}
  ~HeadRows() {
    for (size_t r = 0; !InPlace() && r < rows_; r++) std::copy_n(memory_.get() + r * Filled(width_), width_, to_ + r * to_row_);
  }
  HeadRows(const HeadRows&) = delete;
  HeadRows& operator=(const HeadRows&) = delete;

  float* get() const { return InPlace() ? to_ : memory_.get(); }
  size_t row() const { return InPlace() ? to_row_ : Filled(width_); }

 private:
  bool InPlace() const { return width_ % kLanes == 0; }

  float* const to_;
  const size_t to_row_, rows_, width_;
  const Scratch memory_;
};

UNDERSTORY_INLINE Vec Larger(Vec a, Vec b) { return b > a ? b : a; }
UNDERSTORY_INLINE Vec Sum(Vec a, Vec b) { return a + b; }

// For each of kLanes rows the numbers of its vector joined, one row in each lane.
template <Vec (*Join)(Vec, Vec)>
UNDERSTORY_INLINE Vec Joined(Vec (&rows)[kLanes]) {
  Turn(rows);
  Vec all = rows[0];
  UNDERSTORY_UNROLL
  for (size_t i = 1; i < kLanes; i++) all = Join(all, rows[i]);
  return all;
}

// At most kLanes rows of scores to weights, and for each the logarithm of the sum of its exponentials. A row is `length` numbers, whole
// vectors.
UNDERSTORY_INLINE void Softmax(float* scores, size_t rows, size_t count, float scale, float* sums) {
  const size_t length = Filled(count);
  alignas(64) float tops[kLanes], inverse[kLanes], all[kLanes];
  Vec most[kLanes] = {}, sum[kLanes] = {};
  for (size_t r = 0; r < rows; r++) {
    float* row = scores + r * length;
    std::fill_n(row + count, length - count, -INFINITY);
    most[r] = Load(row);
    for (size_t c = kLanes; c < length; c += kLanes) most[r] = Larger(most[r], Load(row + c));
  }
  Store(tops, Joined<Larger>(most) * scale);
  for (size_t r = 0; r < rows; r++) {
    float* row = scores + r * length;
    for (size_t c = 0; c < length; c += kLanes) {
      const Vec weight = Exponential(Load(row + c) * scale - tops[r]);
      Store(row + c, weight);
      sum[r] += weight;
    }
  }
  const Vec total = Joined<Sum>(sum);
  Store(all, total);
  Store(inverse, 1.0f / total);
  for (size_t r = 0; r < rows; r++) {
    for (size_t c = 0; c < length; c += kLanes) Store(scores + r * length + c, Load(scores + r * length + c) * inverse[r]);
    sums[r] = tops[r] + std::log(all[r]);
  }
}

inline void AttentionForward(const AttentionShape& s, const float* qkv, float* y, float* sums) {
  const size_t wide = Filled(s.tokens);
  InParallel(s.batch * s.heads, [&](size_t task) {
    const Head head(s, qkv, task);
    const Scratch keys(PanelWords(s.width, s.tokens)), values(PanelWords(s.tokens, s.width)), weights(kQueries * wide);
    PackRight(Turned(head.keys), 0, s.width, s.tokens, keys.get());
    PackRight(head.values, 0, s.tokens, s.width, values.get());
    float* to = y + task / s.heads * s.tokens * s.row() + task % s.heads * s.width;
    for (size_t first = 0; first < s.tokens; first += kQueries) {
      const size_t rows = std::min(kQueries, s.tokens - first);
      Times<false>(rows, s.width, s.tokens, head.queries.data + first * head.row, head.row, 1, keys.get(), weights.get(), wide);
      for (size_t r = 0; r < rows; r += kLanes)
        Softmax(weights.get() + r * wide, std::min(kLanes, rows - r), s.tokens, head.scale, sums + task * s.tokens + first + r);
      const HeadRows mixed(to + first * s.row(), s.row(), rows, s.width);
      Times<false>(rows, s.tokens, s.width, weights.get(), wide, 1, values.get(), mixed.get(), mixed.row());
    }
  });
}

// The weights of a query again, and the gradient of its scores from that of its weights, in their places.
UNDERSTORY_INLINE void ScoreGradients(float* scores, float* gradients, size_t count, float scale, float sum, float mean) {
  for (size_t c = 0; c < Filled(count); c += kLanes) {
    const Vec weight = Exponential(Load(scores + c) * scale - sum);
    Store(scores + c, weight);
    Store(gradients + c, weight * (Load(gradients + c) - mean) * scale);
  }
}

inline void AttentionGradient(const AttentionShape& s, const float* qkv, const float* y, const float* sums, const float* dy, float* dqkv) {
  const size_t wide = Filled(s.tokens);
  InParallel(s.batch * s.heads, [&](size_t task) {
    const Head head(s, qkv, task);
    const size_t across = PanelWords(s.width, s.tokens), along = PanelWords(s.tokens, s.width), some = PanelWords(kQueries, s.width);
    const Scratch keys_turned(across), values_turned(across), keys(along), queries(some), arriving(some);
    const Scratch weights(kQueries * wide), scores(kQueries * wide);
    PackRight(Turned(head.keys), 0, s.width, s.tokens, keys_turned.get());
    PackRight(Turned(head.values), 0, s.width, s.tokens, values_turned.get());
    PackRight(head.keys, 0, s.tokens, s.width, keys.get());
    const size_t place = task / s.heads * s.tokens * s.row() + task % s.heads * s.width;
    const Matrix<float> given{dy + place, s.row(), false}, result{y + place, s.row(), false};
    float* to = dqkv + head.at;
    const HeadRows of_keys(to + s.row(), head.row, s.tokens, s.width), of_values(to + 2 * s.row(), head.row, s.tokens, s.width);
    for (size_t first = 0; first < s.tokens; first += kQueries) {
      const size_t rows = std::min(kQueries, s.tokens - first);
      Times<false>(rows, s.width, s.tokens, head.queries.data + first * head.row, head.row, 1, keys_turned.get(), weights.get(), wide);
      Times<false>(rows, s.width, s.tokens, given.data + first * given.row, given.row, 1, values_turned.get(), scores.get(), wide);
      for (size_t r = 0; r < rows; r++) {
        const float *a = given.data + (first + r) * given.row, *b = result.data + (first + r) * result.row;
        Vec along_result{};
        InVectors(0, s.width, s.width, [&](size_t c, auto numbers) { along_result += numbers.load(a + c) * numbers.load(b + c); });
        ScoreGradients(weights.get() + r * wide, scores.get() + r * wide, s.tokens, head.scale, sums[task * s.tokens + first + r],
                       Total(along_result));
      }
      PackRight(head.queries, first, rows, s.width, queries.get());
      PackRight(given, first, rows, s.width, arriving.get());
      const auto add = first == 0 ? Times<false> : Times<true>;
      add(s.tokens, rows, s.width, weights.get(), 1, wide, arriving.get(), of_values.get(), of_values.row());
      add(s.tokens, rows, s.width, scores.get(), 1, wide, queries.get(), of_keys.get(), of_keys.row());
      const HeadRows of_queries(to + first * head.row, head.row, rows, s.width);
      Times<false>(rows, s.tokens, s.width, scores.get(), wide, 1, keys.get(), of_queries.get(), of_queries.row());
    }
  });
}

constexpr Attention kAttention{AttentionForward, AttentionGradient};

}  // namespace
}  // namespace understory
