// The code of batch_norm.h for one set of instructions (vector.h).

#include <algorithm>
#include <cmath>
#include <vector>

#include "batch_norm.h"
#include "functions.h"
#include "pool.h"

namespace understory {
namespace {

// Vectors of a wide row, at least: their sums do not wait for each other's additions.
constexpr size_t kChains = 4;

// How many rows make up a wide one: so many that it is a whole number of vectors, of kChains if that can be.
inline size_t FoldOf(size_t rows, size_t channels) {
  size_t fold = 1;
  while (fold * channels % (kChains * kLanes) != 0 && rows % (2 * fold) == 0) fold *= 2;
  return fold;
}

// A tensor as wide rows, in lots that stay in the cache while they are gone through twice.
struct Wide {
  Wide(size_t all_rows, size_t each, size_t tensors)
      : channels(each), fold(FoldOf(all_rows, each)), width(fold * each), rows(all_rows / fold),
        lot(std::max<size_t>(1, 96 * 1024 / (tensors * width * sizeof(float)))), lots(Blocks(rows, lot)) {}

  size_t End(size_t i) const { return std::min(rows, (i + 1) * lot); }
  // Writes a number of each channel as often as a wide row has it.
  void Spread(const float* from, float* to) const {
    for (size_t f = 0; f < fold; f++) std::copy_n(from, channels, to + f * channels);
  }

  const size_t channels, fold, width, rows, lot, lots;
};

// Sums over some rows: the mean and the squared distances from it. Row by row, as they lie in memory: the sums of a wide row stay
// in the first cache, and cost less than going from row to row.
template <typename T>
void MomentsOfRows(const T* x, size_t rows, size_t width, float* mean, float* squares, float* drift) {
  std::fill_n(mean, width, 0.0f);
  std::fill_n(squares, width, 0.0f);
  std::fill_n(drift, width, 0.0f);
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c += kLanes) Store(mean + c, Load(mean + c) + Load(x + r * width + c));
  for (size_t c = 0; c < width; c += kLanes) Store(mean + c, Load(mean + c) / static_cast<float>(rows));
  // What the first sum lost in rounding is small and adds up exactly enough here.
  for (size_t r = 0; r < rows; r++)
    for (size_t c = 0; c < width; c += kLanes) {
      const Vec off = Load(x + r * width + c) - Load(mean + c);
      Store(drift + c, Load(drift + c) + off);
      Store(squares + c, Load(squares + c) + off * off);
    }
  for (size_t c = 0; c < width; c += kLanes) {
    const Vec far = Load(drift + c), shift = far / static_cast<float>(rows);
    Store(mean + c, Load(mean + c) + shift);
    Store(squares + c, Load(squares + c) - far * shift);
  }
}

// As many doubles as a vector has floats.
typedef double Doubles __attribute__((vector_size(8 * UNDERSTORY_LANES)));
typedef double LooseDoubles __attribute__((vector_size(8 * UNDERSTORY_LANES), aligned(8), may_alias));

// A sum for each channel, as exact as doubles are.
class Exact {
 public:
  explicit Exact(size_t channels) : numbers_(Filled(channels)) {}

  double At(size_t c) const { return numbers_[c]; }
  // Those of a vector of channels.
  UNDERSTORY_INLINE LooseDoubles& From(size_t c) { return *reinterpret_cast<LooseDoubles*>(numbers_.data() + c); }

 private:
  std::vector<double> numbers_;
};

template <typename Numbers>
UNDERSTORY_INLINE Doubles AsDoubles(Numbers numbers, const float* from) {
  return __builtin_convertvector(numbers.load(from), Doubles);
}

// Moments of some rows, joined with those of others (Chan et al. 1983): per channel the mean and the sum of squared distances.
struct Joined {
  explicit Joined(size_t each) : channels(each), mean(each), squares(each) {}

  void Add(size_t rows, const float* means, const float* distances) {
    const double count = static_cast<double>(rows), share = count / (before + count);
    InVectors(0, channels, channels, [&](size_t c, auto numbers) {
      const Doubles apart = AsDoubles(numbers, means + c) - mean.From(c);
      mean.From(c) += apart * share;
      squares.From(c) += AsDoubles(numbers, distances + c) + apart * apart * before * share;
    });
    before += count;
  }

  const size_t channels;
  Exact mean, squares;
  double before = 0;
};

// The moments of all rows: as the op before has told them of its lots, or by going through the rows.
template <typename T>
Joined MomentsOf(const BatchNormForward<T>& of, const Wide& wide) {
  const size_t channels = of.channels, width = wide.width;
  Joined joined(channels);
  if (of.moments.data) {
    for (size_t first = 0; first < of.rows; first += of.moments.rows) {
      const float* lot = of.moments.At(first, channels);
      joined.Add(std::min(of.moments.rows, of.rows - first), lot, lot + channels);
    }
    return joined;
  }
  const Scratch moments(2 * wide.lots * width);
  InParallel(wide.lots, [&](size_t i) {
    float* m = moments.get() + 2 * i * width;
    const Scratch drift(width);
    MomentsOfRows(of.x + i * wide.lot * width, wide.End(i) - i * wide.lot, width, m, m + width, drift.get());
  });
  for (size_t i = 0; i < wide.lots; i++)
    for (size_t f = 0; f < wide.fold; f++) {
      const float* m = moments.get() + 2 * i * width + f * channels;
      joined.Add(wide.End(i) - i * wide.lot, m, m + width);
    }
  return joined;
}

// What every number of a wide row meets.
struct Line {
  const float *mean, *factor, *offset;
};

template <bool kSide, bool kRelu, typename T>
UNDERSTORY_INLINE void Normalize(const BatchNormForward<T>& of, size_t from, size_t to, size_t width, const Line& line) {
  for (size_t r = from; r < to; r++) {
    const size_t row = r * width;
    for (size_t c = 0; c < width; c += kLanes) {
      // The mean goes first: a far larger one than the deviation would cost digits in a product.
      Vec y = (Load(of.x + row + c) - Load(line.mean + c)) * Load(line.factor + c) + Load(line.offset + c);
      if (kSide) y += Load(of.side + row + c);
      if (kRelu) y = Relu(y, of.ceiling);
      Store(of.y + row + c, y);
    }
  }
}

template <typename T>
void ForwardBatchNorm(const BatchNormForward<T>& of) {
  const Wide wide(of.rows, of.channels, 1);
  const size_t channels = of.channels, width = wide.width;
  const Scratch factors(channels), spread(3 * width);
  const Joined joined = MomentsOf(of, wide);
  const double rows = static_cast<double>(of.rows);
  for (size_t c = 0; c < channels; c++) {
    factors.get()[c] = static_cast<float>(of.scale[c] / std::sqrt(joined.squares.At(c) / rows + of.epsilon));
    of.mean[c] = static_cast<float>(joined.mean.At(c));
    of.variance[c] = static_cast<float>(joined.squares.At(c) / std::max(1.0, rows - 1));
  }
  float* each = spread.get();
  wide.Spread(of.mean, each);
  wide.Spread(factors.get(), each + width);
  wide.Spread(of.offset, each + 2 * width);
  const Line line{each, each + width, each + 2 * width};
  InParallel(wide.lots, [&](size_t i) {
    const size_t from = i * wide.lot, to = wide.End(i);
    if (of.side)
      of.ceiling > 0 ? Normalize<true, true>(of, from, to, width, line) : Normalize<true, false>(of, from, to, width, line);
    else
      of.ceiling > 0 ? Normalize<false, true>(of, from, to, width, line) : Normalize<false, false>(of, from, to, width, line);
  });
}

// The gradient that came in, where the ReLU let something through.
template <bool kRelu, typename T>
UNDERSTORY_INLINE Vec Passed(const BatchNormBackward<T>& of, size_t at) {
  const Vec dy = Load(of.dy + at);
  return kRelu ? LetBack(dy, Load(of.y + at), of.ceiling) : dy;
}

// Sums of the gradient, and of its products with the distance from the mean, over some rows that are as narrow as a few registers.
template <bool kRelu, typename T>
UNDERSTORY_INLINE void GoThroughNarrow(const BatchNormBackward<T>& of, size_t from, size_t to, const float* mean, float* sums) {
  Vec sum[kChains] = {}, product[kChains] = {};
  for (size_t r = from; r < to; r++) {
    UNDERSTORY_UNROLL
    for (size_t i = 0; i < kChains; i++) {
      const size_t at = (r * kChains + i) * kLanes;
      const Vec g = Passed<kRelu>(of, at);
      sum[i] += g;
      product[i] += g * (Load(of.x + at) - Load(mean + i * kLanes));
    }
  }
  for (size_t i = 0; i < kChains; i++) {
    Store(sums + i * kLanes, sum[i]);
    Store(sums + (kChains + i) * kLanes, product[i]);
  }
}

// The same for any rows, in the order in which they lie in memory.
template <bool kRelu, typename T>
UNDERSTORY_INLINE void GoThrough(const BatchNormBackward<T>& of, size_t from, size_t to, size_t width, const float* mean, float* sums) {
  if (width == kChains * kLanes) return GoThroughNarrow<kRelu>(of, from, to, mean, sums);
  std::fill_n(sums, 2 * width, 0.0f);
  for (size_t r = from; r < to; r++)
    for (size_t c = 0; c < width; c += kLanes) {
      const size_t at = r * width + c;
      const Vec g = Passed<kRelu>(of, at);
      Store(sums + c, Load(sums + c) + g);
      Store(sums + width + c, Load(sums + width + c) + g * (Load(of.x + at) - Load(mean + c)));
    }
}

// The gradient's sums over all rows, per channel.
struct Added {
  explicit Added(size_t each) : channels(each), sum(each), product(each) {}

  void Add(const float* sums, const float* products) {
    InVectors(0, channels, channels, [&](size_t c, auto numbers) {
      sum.From(c) += AsDoubles(numbers, sums + c);
      product.From(c) += AsDoubles(numbers, products + c);
    });
  }

  const size_t channels;
  Exact sum, product;
};

// As the op before has told them of its lots, or by going through the rows; `mean` as wide as these.
template <typename T>
Added SumsOf(const BatchNormBackward<T>& of, const Wide& wide, const float* mean) {
  const size_t channels = of.channels, width = wide.width;
  Added added(channels);
  if (of.sums.data) {
    for (size_t first = 0; first < of.rows; first += of.sums.rows) {
      const float* lot = of.sums.At(first, channels);
      added.Add(lot, lot + channels);
    }
    return added;
  }
  const Scratch sums(2 * wide.lots * width);
  InParallel(wide.lots, [&](size_t i) {
    const size_t from = i * wide.lot, to = wide.End(i);
    float* s = sums.get() + 2 * i * width;
    of.y ? GoThrough<true>(of, from, to, width, mean, s) : GoThrough<false>(of, from, to, width, mean, s);
  });
  for (size_t i = 0; i < wide.lots; i++)
    for (size_t f = 0; f < wide.fold; f++) {
      const float* s = sums.get() + 2 * i * width + f * channels;
      added.Add(s, s + width);
    }
  return added;
}

// dx = each · g + along · (x − mean) + level
struct Slopes {
  const float *each, *along, *level, *mean;
};

template <bool kRelu, bool kSide, typename T>
UNDERSTORY_INLINE void InputGradients(const BatchNormBackward<T>& of, size_t from, size_t to, size_t width, const Slopes& k) {
  for (size_t r = from; r < to; r++)
    for (size_t c = 0; c < width; c += kLanes) {
      const size_t at = r * width + c;
      const Vec g = Passed<kRelu>(of, at);
      Store(of.dx + at, Load(k.each + c) * g + Load(k.along + c) * (Load(of.x + at) - Load(k.mean + c)) + Load(k.level + c));
      if (kSide) Store(of.dside + at, g);
    }
}

template <typename T>
void BackwardBatchNorm(const BatchNormBackward<T>& of) {
  const Wide wide(of.rows, of.channels, 2);
  const size_t channels = of.channels, width = wide.width;
  const Scratch factors(3 * channels), spread(4 * width);
  float* line = spread.get();
  wide.Spread(of.mean, line);
  const Added added = SumsOf(of, wide, line);
  float* k = factors.get();
  const double rows = static_cast<double>(of.rows);
  for (size_t c = 0; c < channels; c++) {
    const double inverse = 1 / std::sqrt(static_cast<double>(of.variance[c]) + of.epsilon), each = of.scale[c] * inverse;
    const double along = -each * inverse * inverse * added.product.At(c) / rows;
    of.dscale[c] = static_cast<float>(added.product.At(c) * inverse);
    of.doffset[c] = static_cast<float>(added.sum.At(c));
    // dx = each · (g − sum / rows − (x − mean) · product / (rows · (variance + epsilon)))
    k[c] = static_cast<float>(each);
    k[channels + c] = static_cast<float>(along);
    k[2 * channels + c] = static_cast<float>(-each * added.sum.At(c) / rows);
  }
  for (size_t i = 0; i < 3; i++) wide.Spread(k + i * channels, line + (i + 1) * width);
  const Slopes slopes{line + width, line + 2 * width, line + 3 * width, line};
  InParallel(wide.lots, [&](size_t i) {
    const size_t from = i * wide.lot, to = wide.End(i);
    if (of.y)
      of.dside ? InputGradients<true, true>(of, from, to, width, slopes) : InputGradients<true, false>(of, from, to, width, slopes);
    else
      of.dside ? InputGradients<false, true>(of, from, to, width, slopes) : InputGradients<false, false>(of, from, to, width, slopes);
  });
}

// Whether rows of so many channels can be taken together to whole vectors.
inline bool FitsBatchNorm(size_t rows, size_t channels) { return FoldOf(rows, channels) * channels % kLanes == 0; }

template <typename T>
constexpr BatchNorm<T> kBatchNorm{FitsBatchNorm, ForwardBatchNorm<T>, BackwardBatchNorm<T>};

}  // namespace
}  // namespace understory
