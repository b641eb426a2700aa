// The code of layer_norm.h for one set of instructions (vector.h); gathers sums as sums_impl.h does, which comes before it.

#include <algorithm>
#include <cmath>

#include "functions.h"
#include "layer_norm.h"
#include "pool.h"

namespace understory {
namespace {

// Rows that a thread takes at a time, and whose sums are one term of the whole.
constexpr size_t kNormRows = 64;

// The mean over a row's numbers of what `each` makes of its vectors.
template <typename Each>
UNDERSTORY_INLINE float RowMean(size_t channels, Each each) {
  Vec sum{};
  InVectors(0, channels, channels, [&](size_t c, auto numbers) { sum += each(c, numbers); });
  return Total(sum) / static_cast<float>(channels);
}

template <typename T>
void LayerNormForward(const LayerNormShape& s, float epsilon, const float* x, const float* scale, const float* offset, T* y, float* means,
                      float* factors) {
  InParallel(Blocks(s.rows, kNormRows), [&](size_t block) {
    const Scratch centred(Filled(s.channels));
    for (size_t r = block * kNormRows; r < std::min(s.rows, (block + 1) * kNormRows); r++) {
      const float* from = x + r * s.channels;
      const float mean = RowMean(s.channels, [&](size_t c, auto numbers) { return numbers.load(from + c); });
      // In the last vector what lies behind the row is no distance from the mean.
      const auto far = [&](size_t c, auto numbers) {
        numbers.store(centred.get() + c, numbers.load(from + c) - mean);
        const Vec off = numbers.load(centred.get() + c);
        return off * off;
      };
      const float factor = 1.0f / std::sqrt(RowMean(s.channels, far) + epsilon);
      InVectors(0, s.channels, s.channels, [&](size_t c, auto numbers) {
        const Vec off = numbers.load(centred.get() + c);
        numbers.store(y + r * s.channels + c, off * factor * numbers.load(scale + c) + numbers.load(offset + c));
      });
      means[r] = mean;
      factors[r] = factor;
    }
  });
}

inline void LayerNormGradient(const LayerNormShape& s, const float* x, const float* scale, const float* means,
                              const float* factors, const float* dy, float* dx, float* dscale, float* doffset) {
  const size_t blocks = Blocks(s.rows, kNormRows), row = Filled(s.channels);
  const Scratch sums(2 * blocks * row);
  InParallel(blocks, [&](size_t block) {
    float *scales = sums.get() + 2 * block * row, *offsets = scales + row;
    std::fill_n(scales, 2 * row, 0.0f);
    for (size_t r = block * kNormRows; r < std::min(s.rows, (block + 1) * kNormRows); r++) {
      const size_t at = r * s.channels;
      const float mean = means[r], factor = factors[r];
      Vec arriving{}, along{};
      InVectors(0, s.channels, s.channels, [&](size_t c, auto numbers) {
        const Vec off = (numbers.load(x + at + c) - mean) * factor, given = numbers.load(dy + at + c);
        Store(scales + c, Load(scales + c) + given * off);
        Store(offsets + c, Load(offsets + c) + given);
        const Vec scaled = given * numbers.load(scale + c);
        arriving += scaled;
        along += scaled * off;
      });
      const float count = static_cast<float>(s.channels), shift = Total(arriving) / count, turn = Total(along) / count;
      InVectors(0, s.channels, s.channels, [&](size_t c, auto numbers) {
        const Vec off = (numbers.load(x + at + c) - mean) * factor;
        const Vec scaled = numbers.load(dy + at + c) * numbers.load(scale + c);
        numbers.store(dx + at + c, factor * (scaled - shift - off * turn));
      });
    }
  });
  Gather(sums.get(), blocks, 2 * row, s.channels, dscale);
  Gather(sums.get() + row, blocks, 2 * row, s.channels, doffset);
}

template <typename T>
constexpr LayerNorm<T> kLayerNorm{LayerNormForward<T>, LayerNormGradient};

}  // namespace
}  // namespace understory
