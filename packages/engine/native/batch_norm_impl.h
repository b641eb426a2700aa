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
void Moments(const T* x, size_t rows, size_t width, float* mean, float* squares, float* drift) {
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

// Joins the moments of lots of wide rows (Chan et al. 1983): per channel the mean and the sum of squared distances.
inline void Join(const float* moments, const Wide& wide, double* mean, double* squares) {
  std::fill_n(mean, wide.channels, 0.0);
  std::fill_n(squares, wide.channels, 0.0);
  double before = 0;
  for (size_t i = 0; i < wide.lots; i++)
    for (size_t f = 0; f < wide.fold; f++) {
      const double count = static_cast<double>(wide.End(i) - i * wide.lot), share = count / (before + count);
      const float* m = moments + 2 * i * wide.width + f * wide.channels;
      for (size_t c = 0; c < wide.channels; c++) {
        const double apart = m[c] - mean[c];
        mean[c] += apart * share;
        squares[c] += m[wide.width + c] + apart * apart * before * share;
      }
      before += count;
    }
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
  const Scratch moments(2 * wide.lots * width), factors(channels), spread(3 * width);
  InParallel(wide.lots, [&](size_t i) {
    float* m = moments.get() + 2 * i * width;
    const Scratch drift(width);
    Moments(of.x + i * wide.lot * width, wide.End(i) - i * wide.lot, width, m, m + width, drift.get());
  });
  std::vector<double> mean(channels), squares(channels);
  Join(moments.get(), wide, mean.data(), squares.data());
  const double rows = static_cast<double>(of.rows);
  for (size_t c = 0; c < channels; c++) {
    factors.get()[c] = static_cast<float>(of.scale[c] / std::sqrt(squares[c] / rows + of.epsilon));
    of.mean[c] = static_cast<float>(mean[c]);
    of.variance[c] = static_cast<float>(squares[c] / std::max(1.0, rows - 1));
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
UNDERSTORY_INLINE void NarrowGradientSums(const BatchNormBackward<T>& of, size_t from, size_t to, const float* mean, float* sums) {
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
UNDERSTORY_INLINE void GradientSums(const BatchNormBackward<T>& of, size_t from, size_t to, size_t width, const float* mean, float* sums) {
  if (width == kChains * kLanes) return NarrowGradientSums<kRelu>(of, from, to, mean, sums);
  std::fill_n(sums, 2 * width, 0.0f);
  for (size_t r = from; r < to; r++)
    for (size_t c = 0; c < width; c += kLanes) {
      const size_t at = r * width + c;
      const Vec g = Passed<kRelu>(of, at);
      Store(sums + c, Load(sums + c) + g);
      Store(sums + width + c, Load(sums + width + c) + g * (Load(of.x + at) - Load(mean + c)));
    }
}

// Adds up the sums of lots of wide rows, per channel: neighbours in memory one after the other.
inline void AddUp(const float* sums, const Wide& wide, double* sum, double* product) {
  for (size_t i = 0; i < wide.lots; i++)
    for (size_t f = 0; f < wide.fold; f++) {
      const float *s = sums + 2 * i * wide.width + f * wide.channels, *p = s + wide.width;
      for (size_t c = 0; c < wide.channels; c++) {
        sum[c] += s[c];
        product[c] += p[c];
      }
    }
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
  const Scratch sums(2 * wide.lots * width), factors(3 * channels), spread(4 * width);
  float* line = spread.get();
  wide.Spread(of.mean, line);
  InParallel(wide.lots, [&](size_t i) {
    const size_t from = i * wide.lot, to = wide.End(i);
    float* s = sums.get() + 2 * i * width;
    of.y ? GradientSums<true>(of, from, to, width, line, s) : GradientSums<false>(of, from, to, width, line, s);
  });
  std::vector<double> sum(channels), product(channels);
  AddUp(sums.get(), wide, sum.data(), product.data());
  float* k = factors.get();
  const double rows = static_cast<double>(of.rows);
  for (size_t c = 0; c < channels; c++) {
    const double inverse = 1 / std::sqrt(static_cast<double>(of.variance[c]) + of.epsilon), each = of.scale[c] * inverse;
    const double along = -each * inverse * inverse * product[c] / rows;
    of.dscale[c] = static_cast<float>(product[c] * inverse);
    of.doffset[c] = static_cast<float>(sum[c]);
    // dx = each · (g − sum / rows − (x − mean) · product / (rows · (variance + epsilon)))
    k[c] = static_cast<float>(each);
    k[channels + c] = static_cast<float>(along);
    k[2 * channels + c] = static_cast<float>(-each * sum[c] / rows);
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
