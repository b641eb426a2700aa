#include "normals.h"

#include <algorithm>
#include <cmath>
#include <cstring>
#include <vector>

#include "pool.h"

// The same bits everywhere: no product is put together with a sum.
#ifdef __clang__
#pragma STDC FP_CONTRACT OFF
#else
#pragma GCC optimize("fp-contract=off")
#endif

namespace understory {

namespace {

// xoshiro128** (Blackman & Vigna 2018).
class Words {
 public:
  explicit Words(const uint32_t* state) : a_(state[0]), b_(state[1]), c_(state[2]), d_(state[3]) {}

  int32_t Next() {
    const uint32_t r = b_ * 5, out = ((r << 7) | (r >> 25)) * 9, t = b_ << 9;
    c_ ^= a_;
    d_ ^= b_;
    b_ ^= c_;
    a_ ^= d_;
    c_ ^= t;
    d_ = (d_ << 11) | (d_ >> 21);
    return static_cast<int32_t>(out);
  }

 private:
  uint32_t a_, b_, c_, d_;
};

constexpr double kLn2High = 6.93147180369123816490e-01, kLn2Low = 1.90821492927058770002e-10;

// A natural logarithm of a normal number above 0, by the steps of FreeBSD's msun (e_log.c), which JavaScript's Math.log takes in V8:
// x = 2^k (1 + f), log(1 + f) by a polynomial in s = f / (2 + f).
inline double Log(double x) {
  uint64_t bits;
  std::memcpy(&bits, &x, sizeof(bits));
  int32_t high = static_cast<int32_t>(bits >> 32);
  int32_t k = (high >> 20) - 1023;
  high &= 0xfffff;
  const int32_t above = (high + 0x95f64) & 0x100000;  // of √2
  bits = (bits & 0xffffffff) | static_cast<uint64_t>(high | (above ^ 0x3ff00000)) << 32;
  std::memcpy(&x, &bits, sizeof(bits));
  k += above >> 20;
  const double f = x - 1, powers = k;
  if ((0xfffff & (2 + high)) < 3) {  // |f| < 2^-20
    const double r = f * f * (.5 - .33333333333333333 * f);
    return k == 0 ? f - r : powers * kLn2High - ((r - powers * kLn2Low) - f);
  }
  const double s = f / (2 + f), z = s * s, w = z * z;
  const double even = w * (3.999999999940941908e-01 + w * (2.222219843214978396e-01 + w * 1.531383769920937332e-01));
  const double odd =
      z * (6.666666666666735130e-01 + w * (2.857142874366239149e-01 + w * (1.818357216161805012e-01 + w * 1.479819860511658591e-01)));
  const double r = even + odd;
  if (((high - 0x6147a) | (0x6b851 - high)) > 0) {
    const double half = .5 * f * f;
    return k == 0 ? f - (half - s * (half + r)) : powers * kLn2High - ((half - (s * (half + r) + powers * kLn2Low)) - f);
  }
  return k == 0 ? f - s * (f - r) : powers * kLn2High - ((s * (f - r) - powers * kLn2Low) - f);
}

// Marsaglia's polar method, some pairs at a time, so that logarithms do not wait for words.
void Draw(float* out, size_t length, double deviation, Words words) {
  constexpr size_t kPairs = 256;
  double x[kPairs], y[kPairs], s[kPairs];
  for (size_t begin = 0; begin < length; begin += 2 * kPairs) {
    const size_t count = std::min(2 * kPairs, length - begin), pairs = (count + 1) / 2;
    for (size_t i = 0; i < pairs;) {
      x[i] = (words.Next() + .5) / 0x80000000u;
      y[i] = (words.Next() + .5) / 0x80000000u;
      s[i] = x[i] * x[i] + y[i] * y[i];
      if (s[i] < 1) i++;
    }
    for (size_t i = 0; i < pairs; i++) s[i] = deviation * std::sqrt(-2 * Log(s[i]) / s[i]);
    for (size_t i = 0; i < count; i++) out[begin + i] = static_cast<float>((i % 2 == 0 ? x : y)[i / 2] * s[i / 2]);
  }
}

struct Drawing {
  float* out;
  size_t length;
  double deviation;
  const uint32_t* state;
};

// fillNormals(arrays: Float32Array[], deviations: number[], states: Int32Array, four words each)
napi_value FillNormals(napi_env env, const Arguments& given) {
  const std::vector<double> deviations = GetNumbers<double>(env, given[1]);
  const Bytes states = GetBytes(env, given[2]);
  const uint32_t count = Length(env, given[0]);
  if (deviations.size() != count || states.size != count * 4 * sizeof(uint32_t))
    throw Failure("INVALID_ARGUMENT", "fillNormals takes a deviation and four words for each array");
  std::vector<Drawing> drawings(count);
  for (uint32_t i = 0; i < count; i++) {
    const Bytes out = GetBytes(env, At(env, given[0], i));
    drawings[i] = {static_cast<float*>(const_cast<void*>(out.data)), out.size / sizeof(float), deviations[i],
                   static_cast<const uint32_t*>(states.data) + 4 * i};
  }
  // The longest first, so that no thread waits for one at the end.
  std::sort(drawings.begin(), drawings.end(), [](const Drawing& a, const Drawing& b) { return a.length > b.length; });
  InParallel(count, [&](size_t i) { Draw(drawings[i].out, drawings[i].length, drawings[i].deviation, Words(drawings[i].state)); });
  return nullptr;
}

}  // namespace

void ExportNormals(napi_env env, napi_value exports) { Export(env, exports, "fillNormals", 3, FillNormals); }

}  // namespace understory
