// The code of depthwise.h for one set of instructions (vector.h).

#include <algorithm>
#include <type_traits>

#include "depthwise.h"
#include "functions.h"
#include "telling.h"
#include "pool.h"

namespace understory {
namespace {

// Taps of a filter that meet an image, from `first` up to `end`, where it begins at `start` (which may be outside).
struct Span {
  Span(long start, size_t length, long size)
      : first(std::max(0L, -start)), end(std::min(size, static_cast<long>(length) - start)) {}
  long first, end;
};

// Pixels of a row that go through a vector of channels together: each tap is loaded once for them.
constexpr long kTogether = 4;

// Some neighbouring pixels of a row of the result, and what of the filter meets the image. Rows are read from their beginning to
// their end, since memory gives neighbours sooner than what lies apart.
template <int kSize, long kPixels, bool kNorm, typename T>
struct Stretch {
  const T* corner;  // what the first tap meets for the first pixel; may lie outside
  const float* w;   // [size, size, channels]
  T* y;
  size_t channels, row, step;  // of the image: numbers from row to row, and from pixel to pixel of the result
  Span down, across;
  bool turned;
  const DepthwiseNorm& norm;

  UNDERSTORY_INLINE void Add(size_t from, long i, long k, Vec sum[kPixels]) const {
    const long tap = i * kSize + k;
    const Vec factor = Load(w + (turned ? kSize * kSize - 1 - tap : tap) * channels + from);
    UNDERSTORY_UNROLL
    for (long p = 0; p < kPixels; p++) sum[p] += factor * Load(corner + i * row + k * channels + p * step + from);
  }
  UNDERSTORY_INLINE void Write(size_t from, const Vec sum[kPixels]) const {
    for (long p = 0; p < kPixels; p++) Store(y + p * channels + from, kNorm ? Normed(from, sum[p]) : sum[p]);
  }
  UNDERSTORY_INLINE Vec Normed(size_t from, Vec sum) const {
    const Vec value = sum * Load(norm.scale + from) + Load(norm.bias + from);
    return norm.ceiling > 0 ? Relu(value, norm.ceiling) : value;
  }
  void Compute() const {
    if (down.first == 0 && down.end == kSize && across.first == 0 && across.end == kSize)
      return Inside();
    for (size_t from = 0; from < channels; from += kLanes) {
      Vec sum[kPixels] = {};
      for (long i = down.first; i < down.end; i++)
        for (long k = across.first; k < across.end; k++) Add(from, i, k, sum);
      Write(from, sum);
    }
  }
  // All taps meet the image.
  void Inside() const {
    for (size_t from = 0; from < channels; from += kLanes) {
      Vec sum[kPixels] = {};
      UNDERSTORY_UNROLL
      for (long i = 0; i < kSize; i++)
        UNDERSTORY_UNROLL
        for (long k = 0; k < kSize; k++) Add(from, i, k, sum);
      Write(from, sum);
    }
  }
};

template <int kSize, bool kNorm, typename T>
void DepthwiseRow(const DepthwiseShape& s, const T* x, const float* w, size_t row, bool turned, const DepthwiseNorm& norm, T* y) {
  constexpr long kPad = kSize / 2;
  const long n = static_cast<long>(row / s.down()), c = static_cast<long>(s.channels), stride = static_cast<long>(s.stride);
  const long width = static_cast<long>(s.width), height = static_cast<long>(s.height), across = static_cast<long>(s.across());
  const long top = static_cast<long>(row % s.down()) * stride - kPad;
  const Span down(top, s.height, kSize);
  const auto stretch = [&](auto pixels, long j, const Span& span) {
    Stretch<kSize, pixels, kNorm, T>{x + ((n * height + top) * width + j * stride - kPad) * c, w,
                              y + (static_cast<long>(row) * across + j) * c, s.channels, s.width * s.channels,
                              s.stride * s.channels, down, span, turned, norm}.Compute();
  };
  const Span whole(0, kSize, kSize);
  for (long j = 0; j < across;) {
    const long left = j * stride - kPad, last = left + (kTogether - 1) * stride;
    if (left >= 0 && j + kTogether <= across && last + kSize <= width) {
      stretch(std::integral_constant<long, kTogether>{}, j, whole);
      j += kTogether;
    } else {
      stretch(std::integral_constant<long, 1>{}, j++, Span(left, s.width, kSize));
    }
  }
}

// Pixels of the half image whose filter meets a pixel of the whole one: those at half the place, with every second tap.
template <int kSize, typename T>
void DoubledRow(const DepthwiseShape& s, const T* dy, const float* w, size_t row, T* dx) {
  constexpr long kPad = kSize / 2;
  const size_t n = row / s.height, c = s.channels;
  const long place = static_cast<long>(row % s.height) + kPad;
  const auto meets = [](long at, long tap, size_t length) { return at >= tap && (at - tap) / 2 < static_cast<long>(length); };
  struct Meeting {
    const float* w;
    const T* dy;
  } met[(kSize / 2 + 1) * (kSize / 2 + 1)];
  for (size_t j = 0; j < s.width; j++) {
    const long across = static_cast<long>(j) + kPad;
    size_t count = 0;
    for (long i = place % 2; i < kSize; i += 2)
      for (long k = across % 2; k < kSize; k += 2)
        if (meets(place, i, s.down()) && meets(across, k, s.across()))
          met[count++] = {w + (i * kSize + k) * c, dy + ((n * s.down() + (place - i) / 2) * s.across() + (across - k) / 2) * c};
    for (size_t from = 0; from < c; from += kLanes) {
      Vec sum{};
      for (size_t m = 0; m < count; m++) sum += Load(met[m].w + from) * Load(met[m].dy + from);
      Store(dx + (row * s.width + j) * c + from, sum);
    }
  }
}

// Vectors of channels that the filter's gradient is summed up for at a time: as many as registers hold sums of.
template <int kSize>
constexpr size_t kAbreast = kSize == 3 && kLanes == 16 ? 2 : 1;

// Adds to `sums` [size, size] what a row of the result gives to the filter's gradient, for some vectors of channels. Numbers of
// both rows begin where `corner` and `dy` say.
template <int kSize, size_t kWide, typename T>
UNDERSTORY_INLINE void FilterRow(const DepthwiseShape& s, const Span& down, const T* corner, const T* dy, Vec sums[kSize * kSize][kWide]) {
  constexpr long kPad = kSize / 2;
  const long c = static_cast<long>(s.channels), row = static_cast<long>(s.width) * c, stride = static_cast<long>(s.stride);
  const bool inside = down.first == 0 && down.end == kSize;
  for (long j = 0; j < static_cast<long>(s.across()); j++) {
    const Span across(j * stride - kPad, s.width, kSize);
    const T* at = corner + (j * stride - kPad) * c;
    Vec g[kWide];
    UNDERSTORY_UNROLL
    for (size_t v = 0; v < kWide; v++) g[v] = Load(dy + j * c + v * kLanes);
    const auto add = [&](long k, long l) {
      UNDERSTORY_UNROLL
      for (size_t v = 0; v < kWide; v++) sums[k * kSize + l][v] += g[v] * Load(at + k * row + l * c + v * kLanes);
    };
    if (inside && across.first == 0 && across.end == kSize) {
      UNDERSTORY_UNROLL
      for (long k = 0; k < kSize; k++)
        UNDERSTORY_UNROLL
        for (long l = 0; l < kSize; l++) add(k, l);
      continue;
    }
    if constexpr (kSize == 3) {
      // Sums whose places are known stay in registers.
      UNDERSTORY_UNROLL
      for (long k = 0; k < kSize; k++)
        UNDERSTORY_UNROLL
        for (long l = 0; l < kSize; l++)
          if (k >= down.first && k < down.end && l >= across.first && l < across.end) add(k, l);
    } else {
      for (long k = down.first; k < down.end; k++)
        for (long l = across.first; l < across.end; l++) add(k, l);
    }
  }
}

// What rows of the result from `first` to `end` give, for some vectors of channels from `from` on.
template <int kSize, size_t kWide, typename T>
void FilterRows(const DepthwiseShape& s, const T* image, const T* dy, size_t first, size_t end, size_t from, float* part) {
  Vec sums[kSize * kSize][kWide];
  for (size_t t = 0; t < kSize * kSize; t++)
    for (size_t v = 0; v < kWide; v++) sums[t][v] = Load(part + t * s.channels + from + v * kLanes);
  for (size_t i = first; i < end; i++) {
    const long top = static_cast<long>(i * s.stride) - kSize / 2;
    const T* corner = image + top * static_cast<long>(s.width * s.channels) + from;
    FilterRow<kSize, kWide>(s, Span(top, s.height, kSize), corner, dy + i * s.across() * s.channels + from, sums);
  }
  for (size_t t = 0; t < kSize * kSize; t++)
    for (size_t v = 0; v < kWide; v++) Store(part + t * s.channels + from + v * kLanes, sums[t][v]);
}

// The part of the filter's gradient that one image gives: [size, size, channels]. Sums of a small filter wait in the cache while a
// row goes by with all its channels: an image would not stay there. Those of a large one take longer than the row.
template <int kSize, typename T>
void DepthwiseFilterPart(const DepthwiseShape& s, const T* x, const T* dy, size_t n, float* part) {
  constexpr size_t kWide = kAbreast<kSize>;
  const size_t c = s.channels, rows = kSize == 3 ? 1 : s.down();
  const T *image = x + n * s.height * s.width * c, *gradients = dy + n * s.down() * s.across() * c;
  std::fill_n(part, kSize * kSize * c, 0.0f);
  for (size_t i = 0; i < s.down(); i += rows) {
    size_t from = 0;
    for (; from + kWide * kLanes <= c; from += kWide * kLanes) FilterRows<kSize, kWide>(s, image, gradients, i, i + rows, from, part);
    for (; from < c; from += kLanes) FilterRows<kSize, 1>(s, image, gradients, i, i + rows, from, part);
  }
}

template <int kSize>
struct DepthwiseOf {
  // Calls compute(row) for rows of pixels side by side, and tells of lots of them that make up `image` [all rows, across, channels].
  template <typename T, typename Told, typename Compute>
  static void InLots(size_t rows, size_t across, size_t channels, T* image, const Told& told, Compute compute) {
    const size_t lot = told.data ? told.rows / across : 1;
    InParallel(Blocks(rows, lot), [&](size_t i) {
      const size_t first = i * lot, end = std::min(rows, first + lot);
      for (size_t row = first; row < end; row++) compute(row);
      if (told.data) Tell(told, {first * across, (end - first) * across, channels, 0, channels}, image);
    });
  }

  template <typename T>
  static void Forward(const DepthwiseShape& s, const T* x, const float* w, const DepthwiseNorm& norm, T* y, const Moments& moments) {
    InLots(s.batch * s.down(), s.across(), s.channels, y, moments, [&](size_t row) {
      norm.scale ? DepthwiseRow<kSize, true>(s, x, w, row, false, norm, y) : DepthwiseRow<kSize, false>(s, x, w, row, false, norm, y);
    });
  }

  template <typename T>
  static void InputGradient(const DepthwiseShape& s, const T* dy, const float* w, T* dx, const GradientSums<T>& sums) {
    InLots(s.batch * s.height, s.width, s.channels, dx, sums, [&](size_t row) {
      s.stride == 1 ? DepthwiseRow<kSize, false>(s, dy, w, row, true, {}, dx) : DoubledRow<kSize>(s, dy, w, row, dx);
    });
  }

  template <typename T>
  static void FilterGradient(const DepthwiseShape& s, const T* x, const T* dy, float* dw) {
    const size_t size = kSize * kSize * s.channels;
    const Scratch parts(s.batch * size);
    InParallel(s.batch, [&](size_t n) { DepthwiseFilterPart<kSize>(s, x, dy, n, parts.get() + n * size); });
    for (size_t at = 0; at < size; at += kLanes) {
      Vec sum{};
      for (size_t n = 0; n < s.batch; n++) sum += Load(parts.get() + n * size + at);
      Store(dw + at, sum);
    }
  }
};

// Calls one of these for the filter's size.
#define UNDERSTORY_BY_SIZE(Function)                                     \
  [](const DepthwiseShape& s, auto... tensors) {                         \
    if (s.size == 3) return DepthwiseOf<3>::Function(s, tensors...);     \
    if (s.size == 5) return DepthwiseOf<5>::Function(s, tensors...);     \
    return DepthwiseOf<7>::Function(s, tensors...);                      \
  }

template <typename T>
constexpr Depthwise<T> kDepthwise{kLanes, UNDERSTORY_BY_SIZE(Forward), UNDERSTORY_BY_SIZE(InputGradient),
                                  UNDERSTORY_BY_SIZE(FilterGradient)};

}  // namespace
}  // namespace understory
