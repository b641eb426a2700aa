// The code of depthwise.h for one set of instructions (vector.h).

#include <algorithm>

#include "depthwise.h"
#include "pool.h"

namespace understory {
namespace {

// Taps of a filter that meet an image, from `first` up to `end`, where it begins at `start` (which may be outside).
struct Span {
  Span(long start, size_t length, long size)
      : first(std::max(0L, -start)), end(std::min(size, static_cast<long>(length) - start)) {}
  long first, end;
};

// Sums each(i, j) over the taps of a filter; those of a filter that lies inside are unrolled.
template <int kSize, typename Each>
UNDERSTORY_INLINE void OverTaps(const Span& down, const Span& across, Each each) {
  if (across.first == 0 && across.end == kSize) {
    for (long i = down.first; i < down.end; i++) {
      UNDERSTORY_UNROLL
      for (long j = 0; j < kSize; j++) each(i, j);
    }
    return;
  }
  for (long i = down.first; i < down.end; i++)
    for (long j = across.first; j < across.end; j++) each(i, j);
}

template <int kSize, typename T>
void DepthwiseRow(const DepthwiseShape& s, const T* x, const float* w, size_t row, bool turned, T* y) {
  constexpr long kPad = kSize / 2;
  const size_t n = row / s.down(), c = s.channels;
  const long top = static_cast<long>(row % s.down() * s.stride) - kPad;
  const Span down(top, s.height, kSize);
  for (size_t from = 0; from < c; from += kLanes) {
    Vec taps[kSize * kSize];
    for (int t = 0; t < kSize * kSize; t++) taps[t] = Load(w + (turned ? kSize * kSize - 1 - t : t) * c + from);
    for (size_t j = 0; j < s.across(); j++) {
      const long left = static_cast<long>(j * s.stride) - kPad;
      const T* corner = x + ((static_cast<long>(n * s.height) + top) * static_cast<long>(s.width) + left) * static_cast<long>(c) + from;
      Vec sum{};
      OverTaps<kSize>(down, Span(left, s.width, kSize),
                      [&](long i, long k) { sum += taps[i * kSize + k] * Load(corner + (i * s.width + k) * c); });
      Store(y + (row * s.across() + j) * c + from, sum);
    }
  }
}

// Pixels of the half image whose filter meets a pixel of the whole one: those at half the place, with every second tap.
template <int kSize, typename T>
void DoubledRow(const DepthwiseShape& s, const T* dy, const float* w, size_t row, T* dx) {
  constexpr long kPad = kSize / 2;
  const size_t n = row / s.height, c = s.channels;
  const long place = static_cast<long>(row % s.height) + kPad;
  const auto meets = [](long at, long tap, size_t length) { return at >= tap && (at - tap) % 2 == 0 && (at - tap) / 2 < static_cast<long>(length); };
  for (size_t j = 0; j < s.width; j++) {
    const long across = static_cast<long>(j) + kPad;
    for (size_t from = 0; from < c; from += kLanes) {
      Vec sum{};
      for (long i = place % 2; i < kSize; i += 2)
        for (long k = across % 2; k < kSize; k += 2) {
          if (!meets(place, i, s.down()) || !meets(across, k, s.across())) continue;
          const T* at = dy + ((n * s.down() + (place - i) / 2) * s.across() + (across - k) / 2) * c + from;
          sum += Load(w + (i * kSize + k) * c + from) * Load(at);
        }
      Store(dx + (row * s.width + j) * c + from, sum);
    }
  }
}

// The part of the filter's gradient that one image gives: [size, size, channels].
template <int kSize, typename T>
void DepthwiseFilterPart(const DepthwiseShape& s, const T* x, const T* dy, size_t n, float* part) {
  constexpr long kPad = kSize / 2;
  const size_t c = s.channels;
  for (size_t from = 0; from < c; from += kLanes) {
    Vec sums[kSize * kSize] = {};
    for (size_t i = 0; i < s.down(); i++) {
      const long top = static_cast<long>(i * s.stride) - kPad;
      const Span down(top, s.height, kSize);
      for (size_t j = 0; j < s.across(); j++) {
        const long left = static_cast<long>(j * s.stride) - kPad;
        const Vec g = Load(dy + ((n * s.down() + i) * s.across() + j) * c + from);
        const T* corner = x + ((static_cast<long>(n * s.height) + top) * static_cast<long>(s.width) + left) * static_cast<long>(c) + from;
        OverTaps<kSize>(down, Span(left, s.width, kSize),
                        [&](long k, long l) { sums[k * kSize + l] += g * Load(corner + (k * s.width + l) * c); });
      }
    }
    for (int t = 0; t < kSize * kSize; t++) Store(part + t * c + from, sums[t]);
  }
}

template <int kSize>
struct DepthwiseOf {
  template <typename T>
  static void Forward(const DepthwiseShape& s, const T* x, const float* w, T* y) {
    InParallel(s.batch * s.down(), [&](size_t row) { DepthwiseRow<kSize>(s, x, w, row, false, y); });
  }

  template <typename T>
  static void InputGradient(const DepthwiseShape& s, const T* dy, const float* w, T* dx) {
    InParallel(s.batch * s.height, [&](size_t row) {
      s.stride == 1 ? DepthwiseRow<kSize>(s, dy, w, row, true, dx) : DoubledRow<kSize>(s, dy, w, row, dx);
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
