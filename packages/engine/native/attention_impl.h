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

// m [rows, columns] (+)= x * u, where x[r][d] stands at r * row + d * step. Rows of m are as long as whole vectors.
template <bool Sum>
UNDERSTORY_INLINE void Times(size_t rows, size_t depth, size_t columns, const float* x, size_t row, size_t step, const float* u, float* m) {
  for (size_t panel = 0; panel * kPanel < columns; panel++)
    Multiply<Sum>(Product<Floats>{rows, ColumnsOf(panel, columns), depth, x, row, step, u + panel * depth * kPanel,
                                  m + panel * kPanel, Filled(columns)});
}

UNDERSTORY_INLINE void CopyRows(size_t rows, size_t width, const float* from, float* to, size_t to_row) {
  for (size_t r = 0; r < rows; r++) std::copy_n(from + r * Filled(width), width, to + r * to_row);
}

// A row of scores to weights; gives the logarithm of the sum of its exponentials.
UNDERSTORY_INLINE float Softmax(float* scores, size_t count, float scale) {
  const size_t length = Filled(count);
  std::fill_n(scores + count, length - count, -INFINITY);
  alignas(64) float largest[kLanes];
  Vec most = Load(scores);
  for (size_t c = kLanes; c < length; c += kLanes) most = Load(scores + c) > most ? Load(scores + c) : most;
  Store(largest, most);
  const float top = *std::max_element(largest, largest + kLanes) * scale;
  Vec sum{};
  for (size_t c = 0; c < length; c += kLanes) {
    const Vec weight = Exponential(Load(scores + c) * scale - top);
    Store(scores + c, weight);
    sum += weight;
  }
  const float all = Total(sum);
  for (size_t c = 0; c < length; c += kLanes) Store(scores + c, Load(scores + c) / all);
  return top + std::log(all);
}

inline void AttentionForward(const AttentionShape& s, const float* qkv, float* y, float* sums) {
  const size_t wide = Filled(s.tokens), deep = Filled(s.width);
  InParallel(s.batch * s.heads, [&](size_t task) {
    const Head head(s, qkv, task);
    const Scratch keys(PanelWords(s.width, s.tokens)), values(PanelWords(s.tokens, s.width)), weights(kQueries * wide), mixed(kQueries * deep);
    PackRight(Turned(head.keys), 0, s.width, s.tokens, keys.get());
    PackRight(head.values, 0, s.tokens, s.width, values.get());
    float* to = y + task / s.heads * s.tokens * s.row() + task % s.heads * s.width;
    for (size_t first = 0; first < s.tokens; first += kQueries) {
      const size_t rows = std::min(kQueries, s.tokens - first);
      Times<false>(rows, s.width, s.tokens, head.queries.data + first * head.row, head.row, 1, keys.get(), weights.get());
      for (size_t r = 0; r < rows; r++) sums[task * s.tokens + first + r] = Softmax(weights.get() + r * wide, s.tokens, head.scale);
      Times<false>(rows, s.tokens, s.width, weights.get(), wide, 1, values.get(), mixed.get());
      CopyRows(rows, s.width, mixed.get(), to + first * s.row(), s.row());
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
  const size_t wide = Filled(s.tokens), deep = Filled(s.width);
  InParallel(s.batch * s.heads, [&](size_t task) {
    const Head head(s, qkv, task);
    const size_t across = PanelWords(s.width, s.tokens), along = PanelWords(s.tokens, s.width), some = PanelWords(kQueries, s.width);
    const Scratch keys_turned(across), values_turned(across), keys(along), queries(some), arriving(some);
    const Scratch weights(kQueries * wide), scores(kQueries * wide), of_queries(kQueries * deep), of_keys(s.tokens * deep), of_values(s.tokens * deep);
    PackRight(Turned(head.keys), 0, s.width, s.tokens, keys_turned.get());
    PackRight(Turned(head.values), 0, s.width, s.tokens, values_turned.get());
    PackRight(head.keys, 0, s.tokens, s.width, keys.get());
    const size_t place = task / s.heads * s.tokens * s.row() + task % s.heads * s.width;
    const Matrix<float> given{dy + place, s.row(), false}, result{y + place, s.row(), false};
    float* to = dqkv + head.at;
    std::fill_n(of_keys.get(), s.tokens * deep, 0.0f);
    std::fill_n(of_values.get(), s.tokens * deep, 0.0f);
    for (size_t first = 0; first < s.tokens; first += kQueries) {
      const size_t rows = std::min(kQueries, s.tokens - first);
      Times<false>(rows, s.width, s.tokens, head.queries.data + first * head.row, head.row, 1, keys_turned.get(), weights.get());
      Times<false>(rows, s.width, s.tokens, given.data + first * given.row, given.row, 1, values_turned.get(), scores.get());
      for (size_t r = 0; r < rows; r++) {
        const float *a = given.data + (first + r) * given.row, *b = result.data + (first + r) * result.row;
        Vec along_result{};
        InVectors(0, s.width, s.width, [&](size_t c, auto numbers) { along_result += numbers.load(a + c) * numbers.load(b + c); });
        ScoreGradients(weights.get() + r * wide, scores.get() + r * wide, s.tokens, head.scale, sums[task * s.tokens + first + r],
                       Total(along_result));
      }
      PackRight(head.queries, first, rows, s.width, queries.get());
      PackRight(given, first, rows, s.width, arriving.get());
      Times<true>(s.tokens, rows, s.width, weights.get(), 1, wide, arriving.get(), of_values.get());
      Times<true>(s.tokens, rows, s.width, scores.get(), 1, wide, queries.get(), of_keys.get());
      Times<false>(rows, s.tokens, s.width, scores.get(), wide, 1, keys.get(), of_queries.get());
      CopyRows(rows, s.width, of_queries.get(), to + first * head.row, head.row);
    }
    CopyRows(s.tokens, s.width, of_keys.get(), to + s.row(), head.row);
    CopyRows(s.tokens, s.width, of_values.get(), to + 2 * s.row(), head.row);
  });
}

constexpr Attention kAttention{AttentionForward, AttentionGradient};

}  // namespace
}  // namespace understory
