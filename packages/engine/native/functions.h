// Functions of vectors of floats.
#ifndef UNDERSTORY_FUNCTIONS_H_
#define UNDERSTORY_FUNCTIONS_H_

namespace understory {
namespace {

typedef int32_t Ints __attribute__((vector_size(4 * UNDERSTORY_LANES)));

// What is not a number stays so.
UNDERSTORY_INLINE Vec Between(Vec x, float low, float high) {
  const Vec least = x < low ? Vec{} + low : x;
  return least > high ? Vec{} + high : least;
}

// A ReLU up to a ceiling.
UNDERSTORY_INLINE Vec Relu(Vec x, float ceiling) { return Between(x, 0.0f, ceiling); }

// What a ReLU that gave `y` lets back of a gradient: nothing where that is 0 or the ceiling.
UNDERSTORY_INLINE Vec LetBack(Vec gradient, Vec y, float ceiling) { return (y > 0) & (y < ceiling) ? gradient : Vec{}; }

// The sum of a vector's numbers, in one order.
UNDERSTORY_INLINE float Total(Vec v) {
  alignas(64) float some[kLanes];
  Store(some, v);
  UNDERSTORY_UNROLL
  for (size_t half = kLanes / 2; half > 0; half /= 2)
    for (size_t i = 0; i < half; i++) some[i] += some[i + half];
  return some[0];
}

// e^x to 1e-7 of it, for x from -87 to 88; what lies outside counts as the nearer of the two. Cephes' way: a power of two and a
// polynomial of what is left.
UNDERSTORY_INLINE Vec Exponential(Vec given) {
  constexpr float kRounding = 12582912.0f;  // 1.5 * 2^23: what is added to it loses its fraction
  const Vec x = Between(given, -87.0f, 88.0f);
  const Vec n = (x * 1.44269504f + kRounding) - kRounding;
  const Vec r = x - n * 0.693359375f - n * -2.12194440e-4f;
  Vec p = r * 1.9875691500e-4f + 1.3981999507e-3f;
  p = p * r + 8.3334519073e-3f;
  p = p * r + 4.1665795894e-2f;
  p = p * r + 1.6666665459e-1f;
  p = p * r + 5.0000001201e-1f;
  const Ints power = (__builtin_convertvector(n, Ints) + 127) << 23;
  return (p * r * r + r + 1.0f) * reinterpret_cast<Vec>(power);
}

// The error function to 5e-7, by the quotient of polynomials that Eigen takes.
UNDERSTORY_INLINE Vec ErrorFunction(Vec given) {
  const Vec x = Between(given, -4.0f, 4.0f), z = x * x;
  Vec p = z * -2.72614225801306e-10f + 2.77068142495902e-08f;
  p = p * z - 2.10102402082508e-06f;
  p = p * z - 5.69250639462346e-05f;
  p = p * z - 7.34990630326855e-04f;
  p = p * z - 2.95459980854025e-03f;
  p = p * z - 1.60960333262415e-02f;
  Vec q = z * -1.45660718464996e-05f - 2.13374055278905e-04f;
  q = q * z - 1.68282697438203e-03f;
  q = q * z - 7.37332916720468e-03f;
  q = q * z - 1.42647390514189e-02f;
  return x * p / q;
}

}  // namespace
}  // namespace understory

#endif  // UNDERSTORY_FUNCTIONS_H_
