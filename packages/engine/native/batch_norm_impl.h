// The code of batch_norm.h for one set of instructions (vector.h).

#include <algorithm>
#include <cmath>
#include <vector>

#include "batch_norm.h"
#include "pool.h"

namespace understory {
namespace {

// Rows that a task takes at a time: so many that they stay in the cache while they are gone through twice.
inline size_t RowsAtOnce(size_t channels) { return std::max<size_t>(1, 96 * 1024 / (channels * sizeof(float))); }

// Sums over some rows: the mean and the squared distances from it.
template <typename T>
void Moments(const T* x, size_t rows, size_t channels, float* mean, float* squares) {
  for (size_t c = 0; c < channels; c += kLanes) {
    Vec sum{};
    for (size_t r = 0; r < rows; r++) sum += Load(x + r * channels + c);
    const Vec centre = sum / static_cast<float>(rows);
    // What the first sum lost in rounding is small and adds up exactly enough here.
    Vec square{}, drift{};
    for (size_t r = 0; r < rows; r++) {
      const Vec off = Load(x + r * channels + c) - centre;
      drift += off;
      square += off * off;
    }
    const Vec shift = drift / static_cast<float>(rows);
    Store(mean + c, centre + shift);
    Store(squares + c, square - drift * shift);
  }
}

// Joins the moments of lots of rows (Chan et al. 1983): per channel the mean and the sum of squared distances.
inline void Join(const float* moments, size_t lots, size_t lot, size_t rows, size_t channels, double* mean, double* squares) {
  std::fill_n(mean, channels, 0.0);
  std::fill_n(squares, channels, 0.0);
  for (size_t i = 0; i < lots; i++) {
    const double before = static_cast<double>(i * lot), count = static_cast<double>(std::min(lot, rows - i * lot));
    const float* m = moments + 2 * i * channels;
    for (size_t c = 0; c < channels; c++) {
      const double apart = m[c] - mean[c];
      mean[c] += apart * count / (before + count);
      squares[c] += m[channels + c] + apart * apart * before * count / (before + count);
    }
  }
}

template <bool kSide, bool kRelu, typename T>
UNDERSTORY_INLINE void Normalize(const BatchNormForward<T>& of, size_t from, size_t to, const float* factor) {
  for (size_t r = from; r < to; r++) {
    const size_t row = r * of.channels;
    for (size_t c = 0; c < of.channels; c += kLanes) {
      // The mean goes first: a far larger one than the deviation would cost digits in a product.
      Vec y = (Load(of.x + row + c) - Load(of.mean + c)) * Load(factor + c) + Load(of.offset + c);
      if (kSide) y += Load(of.side + row + c);
      if (kRelu) y = y < 0 ? Vec{} : y > of.ceiling ? Vec{} + of.ceiling : y;  // what is not a number stays so
      Store(of.y + row + c, y);
    }
  }
}

template <typename T>
void ForwardBatchNorm(const BatchNormForward<T>& of) {
  const size_t lot = RowsAtOnce(of.channels), lots = Blocks(of.rows, lot), channels = of.channels;
  const Scratch moments(2 * lots * channels), factors(channels);
  InParallel(lots, [&](size_t i) {
    float* m = moments.get() + 2 * i * channels;
    Moments(of.x + i * lot * channels, std::min(lot, of.rows - i * lot), channels, m, m + channels);
  });
  std::vector<double> mean(channels), squares(channels);
  Join(moments.get(), lots, lot, of.rows, channels, mean.data(), squares.data());
  float* factor = factors.get();
  const double rows = static_cast<double>(of.rows);
  for (size_t c = 0; c < channels; c++) {
    factor[c] = static_cast<float>(of.scale[c] / std::sqrt(squares[c] / rows + of.epsilon));
    of.mean[c] = static_cast<float>(mean[c]);
    of.variance[c] = static_cast<float>(squares[c] / std::max(1.0, rows - 1));
  }
  InParallel(lots, [&](size_t i) {
    const size_t from = i * lot, to = std::min(of.rows, from + lot);
    if (of.side) of.ceiling > 0 ? Normalize<true, true>(of, from, to, factor) : Normalize<true, false>(of, from, to, factor);
    else of.ceiling > 0 ? Normalize<false, true>(of, from, to, factor) : Normalize<false, false>(of, from, to, factor);
  });
}

// The gradient that came in, where the ReLU let something through.
template <bool kRelu, typename T>
UNDERSTORY_INLINE Vec Passed(const BatchNormBackward<T>& of, size_t at) {
  const Vec dy = Load(of.dy + at);
  if (!kRelu) return dy;
  const Vec y = Load(of.y + at);
  return (y > 0) & (y < of.ceiling) ? dy : Vec{};
}

// Sums of the gradient, and of its products with the distance from the mean, over some rows.
template <bool kRelu, typename T>
UNDERSTORY_INLINE void GradientSums(const BatchNormBackward<T>& of, size_t from, size_t to, float* sums) {
  for (size_t c = 0; c < of.channels; c += kLanes) {
    const Vec mean = Load(of.mean + c);
    Vec sum{}, product{};
    for (size_t r = from; r < to; r++) {
      const size_t at = r * of.channels + c;
      const Vec g = Passed<kRelu>(of, at);
      sum += g;
      product += g * (Load(of.x + at) - mean);
    }
    Store(sums + c, sum);
    Store(sums + of.channels + c, product);
  }
}

template <bool kRelu, bool kSide, typename T>
UNDERSTORY_INLINE void InputGradients(const BatchNormBackward<T>& of, size_t from, size_t to, const float* k) {
  for (size_t r = from; r < to; r++)
    for (size_t c = 0; c < of.channels; c += kLanes) {
      const size_t at = r * of.channels + c;
      const Vec g = Passed<kRelu>(of, at);
      Store(of.dx + at, Load(k + c) * g + Load(k + of.channels + c) * (Load(of.x + at) - Load(of.mean + c)) + Load(k + 2 * of.channels + c));
      if (kSide) Store(of.dside + at, g);
    }
}

template <typename T>
void BackwardBatchNorm(const BatchNormBackward<T>& of) {
  const size_t lot = RowsAtOnce(2 * of.channels), lots = Blocks(of.rows, lot), channels = of.channels;
  const Scratch sums(2 * lots * channels), factors(3 * channels);
  InParallel(lots, [&](size_t i) {
    const size_t from = i * lot, to = std::min(of.rows, from + lot);
    float* s = sums.get() + 2 * i * channels;
    of.y ? GradientSums<true>(of, from, to, s) : GradientSums<false>(of, from, to, s);
  });
  float* k = factors.get();
  const double rows = static_cast<double>(of.rows);
  for (size_t c = 0; c < channels; c++) {
    double sum = 0, product = 0;
    for (size_t i = 0; i < lots; i++) {
      sum += sums.get()[2 * i * channels + c];
      product += sums.get()[(2 * i + 1) * channels + c];
    }
    const double inverse = 1 / std::sqrt(static_cast<double>(of.variance[c]) + of.epsilon), each = of.scale[c] * inverse;
    const double along = -each * inverse * inverse * product / rows;
    of.dscale[c] = static_cast<float>(product * inverse);
    of.doffset[c] = static_cast<float>(sum);
    // dx = each · (g − sum / rows − (x − mean) · product / (rows · (variance + epsilon)))
    k[c] = static_cast<float>(each);
    k[channels + c] = static_cast<float>(along);
    k[2 * channels + c] = static_cast<float>(-each * sum / rows);
  }
  InParallel(lots, [&](size_t i) {
    const size_t from = i * lot, to = std::min(of.rows, from + lot);
    if (of.y) of.dside ? InputGradients<true, true>(of, from, to, k) : InputGradients<true, false>(of, from, to, k);
    else of.dside ? InputGradients<false, true>(of, from, to, k) : InputGradients<false, false>(of, from, to, k);
  });
}

template <typename T>
constexpr BatchNorm<T> kBatchNorm{kLanes, ForwardBatchNorm<T>, BackwardBatchNorm<T>};

}  // namespace
}  // namespace understory
