// The code of gelu.h for one set of instructions (vector.h).

#include "functions.h"
#include "gelu.h"
#include "pool.h"

namespace understory {
namespace {

// Numbers that a thread takes at a time.
constexpr size_t kGeluShare = 1 << 15;

// Calls each(i, numbers) for all vectors, side by side.
template <typename Each>
UNDERSTORY_INLINE void OverShares(size_t length, Each each) {
  InParallel(Blocks(length, kGeluShare), [&](size_t share) {
    InVectors(share * kGeluShare, std::min(length, (share + 1) * kGeluShare), length, each);
  });
}

// The share of a normal distribution below x.
UNDERSTORY_INLINE Vec Below(Vec x) { return 0.5f + 0.5f * ErrorFunction(x * 0.70710678f); }

template <typename T>
void GeluForward(size_t length, const T* x, T* y) {
  OverShares(length, [&](size_t i, auto numbers) {
    const Vec given = numbers.load(x + i);
    numbers.store(y + i, given * Below(given));
  });
}

template <typename T>
void GeluGradient(size_t length, const T* x, const T* dy, T* dx) {
  constexpr float kDensity = 0.39894228f;  // of a normal distribution at 0
  OverShares(length, [&](size_t i, auto numbers) {
    const Vec given = numbers.load(x + i);
    const Vec slope = Below(given) + given * kDensity * Exponential(-0.5f * given * given);
    numbers.store(dx + i, numbers.load(dy + i) * slope);
  });
}

template <typename T>
constexpr Gelu<T> kGelu{GeluForward<T>, GeluGradient<T>};

}  // namespace
}  // namespace understory
