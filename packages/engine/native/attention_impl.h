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
template <typename T>
struct Head {
  Head(const AttentionShape& s, const T* qkv, size_t task)
      : tokens(s.tokens), width(s.width), row(3 * s.row()), scale(1.0f / std::sqrt(static_cast<float>(s.width))),
        at(task / s.heads * s.tokens * row + task % s.heads * s.width), queries{qkv + at, row, false},
        keys{queries.data + s.row(), row, false}, values{keys.data + s.row(), row, false} {}

  const size_t tokens, width, row;
  const float scale;
  const size_t at;  // of its first query in qkv
  const Matrix<T> queries, keys, values;
};

template <typename T>
UNDERSTORY_INLINE Matrix<T> Turned(const Matrix<T>& m) {
  return {m.data, m.row, true};
}

// A right matrix [depth, columns] as the products take it, from number `from` of its depth on.
template <typename P>
class Right {
 public:
  Right(size_t depth, size_t columns)
      : depth_(depth), columns_(columns), panel_(P::Words(depth) * kPanel), memory_(Blocks(columns, kPanel) * panel_) {}

  template <typename T>
  const Right& Pack(const Matrix<T>& b, size_t from = 0) const {
    for (size_t panel = 0; panel * kPanel < columns_; panel++) {
      auto* to = memory_.template as<typename P::Word>() + panel * panel_;
      PackPanel<P>(b, {panel * kPanel, ColumnsOf(panel, columns_), from, depth_}, to);
      FillPanel<P>(depth_, to);
    }
    return *this;
  }
  PackedColumns<P> columns(bool first) const {
    return {memory_.template as<typename P::Word>(), panel_, P::Words(depth_), columns_, first, nullptr};
  }
  size_t panels() const { return Blocks(columns_, kPanel); }

 private:
  const size_t depth_, columns_, panel_;
  const Scratch memory_;
};

// A left matrix [rows, depth], likewise: as it lies in memory, where the products can take it so.
template <typename P>
class Left {
 public:
  template <typename T>
  Left(const Matrix<T>& a, size_t rows, size_t depth)
      : count_(rows), memory_(kLies<T> ? 0 : Blocks(rows, P::kRows) * Apart(P::kRows * Apart(P::Words(depth)))) {
    if constexpr (kLies<T>)
      rows_ = a.turned ? Rows<P>{a.data, 1, a.row, P::kRows} : Rows<P>{a.data, a.row, 1, P::kRows * a.row};
    else
      rows_ = RowsOf<P>(a, {0, rows, 0, depth}, P::Words(depth), memory_.template as<typename P::Word>());
  }

  // m [rows, columns] (+)= this * u, where a row of m begins `row` behind the one before.
  void Times(const Right<P>& u, float* m, size_t row, bool first = true) const {
    MultiplyRange<P>(count_, rows_, u.columns(first), 0, u.panels(), m, row);
  }

 private:
  template <typename T>
  static constexpr bool kLies = std::is_same_v<typename P::Word, T>;

  const size_t count_;
  const Scratch memory_;
  Rows<P> rows_;
};

// So many numbers that they fill words: rows of weights have 0 or what meets 0 behind theirs.
template <typename P>
constexpr size_t WholeWords(size_t depth) {
  return P::Words(depth) * P::kDeep;
}

// Rows of a result [rows, width] to where they belong, `row` numbers apart, each times its factor, where there are such.
template <typename T>
UNDERSTORY_INLINE void Give(const float* m, size_t rows, size_t width, const float* factors, T* to, size_t row) {
  for (size_t r = 0; r < rows; r++) {
    const float factor = factors ? factors[r] : 1.0f;
    InVectors(0, width, width, [&](size_t c, auto numbers) { numbers.store(to + r * row + c, Load(m + r * Filled(width) + c) * factor); });
  }
}

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

// At most kLanes rows of scores to weights that are not divided by their sum yet, and of each row that sum's inverse, and the logarithm
// of the sum of its exponentials. A row is `length` numbers, whole vectors.
template <typename Number>
UNDERSTORY_INLINE void Softmax(float* scores, size_t rows, size_t count, float scale, Number* weights, float* inverse, float* sums) {
  const size_t length = Filled(count);
  alignas(64) float tops[kLanes], all[kLanes];
  Vec most[kLanes] = {}, sum[kLanes] = {};
  for (size_t r = 0; r < rows; r++) {
    float* row = scores + r * length;
    std::fill_n(row + count, length - count, -INFINITY);
    most[r] = Load(row);
    for (size_t c = kLanes; c < length; c += kLanes) most[r] = Larger(most[r], Load(row + c));
  }
  Store(tops, Joined<Larger>(most));
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < length; c += kLanes) {
      // Scaled behind the difference: 0 for the largest, however large that is.
      const Vec weight = Exponential((Load(scores + r * length + c) - tops[r]) * scale);
      Store(weights + r * length + c, weight);
      sum[r] += weight;
    }
  Store(all, Joined<Sum>(sum));
  for (size_t r = 0; r < rows; r++) {
    inverse[r] = 1.0f / all[r];
    sums[r] = tops[r] * scale + std::log(all[r]);
  }
}

// Rows of weights as the products take them: in the place of scores, where these are such.
template <typename P>
class Weights {
 public:
  explicit Weights(size_t count) : scores_(count), weights_(kAlike ? 0 : Blocks(count, P::kDeep)) {}
  float* scores() const { return scores_.get(); }
  typename P::Number* get() const {
    if constexpr (kAlike)
      return scores_.get();
    else
      return reinterpret_cast<typename P::Number*>(weights_.get());
  }

 private:
  static constexpr bool kAlike = std::is_same_v<typename P::Number, float>;
  const Scratch scores_, weights_;
};

template <typename T>
void AttentionForward(const AttentionShape& s, const T* qkv, T* y, float* sums) {
  using P = LayerProducts<T>;
  const size_t wide = Filled(s.tokens);
  InParallel(s.batch * s.heads, [&](size_t task) {
    const Head<T> head(s, qkv, task);
    const Right<P> keys(s.width, s.tokens), values(s.tokens, s.width);
    keys.Pack(Turned(head.keys));
    values.Pack(head.values);
    const Weights<P> weights(kQueries * wide);
    const Scratch mixed(kQueries * Filled(s.width));
    float inverse[kQueries];
    T* to = y + task / s.heads * s.tokens * s.row() + task % s.heads * s.width;
    for (size_t first = 0; first < s.tokens; first += kQueries) {
      const size_t rows = std::min(kQueries, s.tokens - first);
      Left<P>(head.queries.Below(first), rows, s.width).Times(keys, weights.scores(), wide);
      for (size_t r = 0; r < rows; r += kLanes)
        Softmax(weights.scores() + r * wide, std::min(kLanes, rows - r), s.tokens, head.scale, weights.get() + r * wide, inverse + r,
                sums + task * s.tokens + first + r);
      const Matrix<typename P::Number> all{weights.get(), wide, false};
      Left<P>(all, rows, WholeWords<P>(s.tokens)).Times(values, mixed.get(), Filled(s.width));
      Give(mixed.get(), rows, s.width, inverse, to + first * s.row(), s.row());
    }
  });
}

// A token's queries, keys and values of one head, `row` numbers apart, come into the cache before they are due.
template <typename T>
UNDERSTORY_INLINE void FetchToWrite(const T* to, size_t row, size_t width) {
  for (size_t part = 0; part < 3; part++)
    for (size_t c = 0; c < width; c += kLine * sizeof(float) / sizeof(T)) __builtin_prefetch(to + part * row + c, 1);
}

// For a key the weights that some queries give it again, and the gradients of its scores from those of its weights, in their places.
template <typename Number>
UNDERSTORY_INLINE void ScoreGradients(const float* scores, const float* gradients, size_t count, float scale, const float* sums,
                                      const float* means, Number* weights, Number* changes) {
  for (size_t c = 0; c < Filled(count); c += kLanes) {
    const Vec weight = Exponential(Load(scores + c) * scale - Load(sums + c));
    Store(changes + c, weight * (Load(gradients + c) - Load(means + c)) * scale);
    Store(weights + c, weight);
  }
}

template <typename T>
void AttentionGradient(const AttentionShape& s, const T* qkv, const T* y, const float* sums, const T* dy, T* dqkv) {
  using P = LayerProducts<T>;
  const size_t most = std::min(kQueries, Filled(s.tokens)), row = Filled(s.width);
  InParallel(s.batch * s.heads, [&](size_t task) {
    const Head<T> head(s, qkv, task);
    const Left<P> keys(head.keys, s.tokens, s.width), values(head.values, s.tokens, s.width);
    const Right<P> keys_right(s.tokens, s.width);
    keys_right.Pack(head.keys);
    const Weights<P> weights(s.tokens * Apart(most)), changes(s.tokens * Apart(most));
    const Scratch of_queries(most * row), of_keys(s.tokens * row), of_values(s.tokens * row);
    const size_t place = task / s.heads * s.tokens * s.row() + task % s.heads * s.width;
    const Matrix<T> given{dy + place, s.row(), false}, result{y + place, s.row(), false};
    T* to = dqkv + head.at;
    for (size_t first = 0; first < s.tokens; first += kQueries) {
      const size_t rows = std::min(kQueries, s.tokens - first), wide = Apart(Filled(rows));
      alignas(64) float logs[kQueries] = {}, means[kQueries] = {};
      for (size_t r = 0; r < rows; r++) {
        const T *a = given.Below(first + r).data, *b = result.Below(first + r).data;
        Vec along_result{};
        InVectors(0, s.width, s.width, [&](size_t c, auto numbers) { along_result += numbers.load(a + c) * numbers.load(b + c); });
        means[r] = Total(along_result);
        logs[r] = sums[task * s.tokens + first + r];
      }
      const Right<P> across(s.width, rows), along(rows, s.width);
      keys.Times(across.Pack(Turned(head.queries.Below(first))), weights.scores(), wide);
      values.Times(across.Pack(Turned(given.Below(first))), changes.scores(), wide);
      for (size_t key = 0; key < s.tokens; key++) {
        if (first + rows == s.tokens) FetchToWrite(to + key * head.row, s.row(), s.width);
        ScoreGradients(weights.scores() + key * wide, changes.scores() + key * wide, rows, head.scale, logs, means,
                       weights.get() + key * wide, changes.get() + key * wide);
      }
      using Numbers = Matrix<typename P::Number>;
      const Numbers by_weights{weights.get(), wide, false}, by_changes{changes.get(), wide, false};
      const size_t filled = WholeWords<P>(rows);
      Left<P>(by_weights, s.tokens, filled).Times(along.Pack(given, first), of_values.get(), row, first == 0);
      Left<P>(by_changes, s.tokens, filled).Times(along.Pack(head.queries, first), of_keys.get(), row, first == 0);
      Left<P>(Turned(by_changes), rows, s.tokens).Times(keys_right, of_queries.get(), row);
      Give(of_queries.get(), rows, s.width, nullptr, to + first * head.row, head.row);
    }
    Give(of_keys.get(), s.tokens, s.width, nullptr, to + s.row(), head.row);
    Give(of_values.get(), s.tokens, s.width, nullptr, to + 2 * s.row(), head.row);
  });
}

template <typename T>
constexpr Attention<T> kAttention{AttentionForward<T>, AttentionGradient<T>};

}  // namespace
}  // namespace understory
