// How the numbers of lots.h are computed, for one set of instructions (vector.h).
#ifndef UNDERSTORY_TELLING_H_
#define UNDERSTORY_TELLING_H_

#include <algorithm>

#include "functions.h"
#include "lots.h"

namespace understory {
namespace {

// Some rows of a tensor, and of its channels those from `from` to `to`.
struct Rectangle {
  size_t first, rows, channels, from, to;
};

// Sums that do not wait for each other's additions.
constexpr size_t kSumsAbreast = 4;

// Calls add(row, which of kSumsAbreast) for all rows.
template <typename Add>
UNDERSTORY_INLINE void InTurns(size_t rows, Add add) {
  size_t r = 0;
  for (; r + kSumsAbreast <= rows; r += kSumsAbreast)
    UNDERSTORY_UNROLL
    for (size_t k = 0; k < kSumsAbreast; k++) add(r + k, k);
  for (; r < rows; r++) add(r, 0);
}

UNDERSTORY_INLINE Vec Together(const Vec sums[kSumsAbreast]) { return (sums[0] + sums[1]) + (sums[2] + sums[3]); }

// A lot's moments. Distances from the first row lose few digits: it is one of those whose distances from the mean are told, so that
// they are as large.
template <typename T>
void Tell(const Moments& told, const Rectangle& of, const T* result) {
  float *means = told.At(of.first, of.channels), *distances = means + of.channels;
  const T* rows = result + of.first * of.channels;
  InVectors(of.from, of.to, of.channels, [&](size_t c, auto numbers) {
    const Vec first = numbers.load(rows + c);
    Vec sums[kSumsAbreast] = {}, squares[kSumsAbreast] = {};
    InTurns(of.rows, [&](size_t r, size_t k) {
      const Vec off = numbers.load(rows + r * of.channels + c) - first;
      sums[k] += off;
      squares[k] += off * off;
    });
    const Vec far = Together(sums), shift = far / static_cast<float>(of.rows);
    numbers.store(means + c, first + shift);
    numbers.store(distances + c, Together(squares) - far * shift);
  });
}

// A lot's sums, after the ReLU has let back what it does. Row by row, as x and y come from memory.
template <bool kRelu, typename T>
void TellGradient(const GradientSums<T>& told, const Rectangle& of, T* result) {
  float *sums = told.At(of.first, of.channels), *products = sums + of.channels;
  std::fill(sums + of.from, sums + of.to, 0.0f);
  std::fill(products + of.from, products + of.to, 0.0f);
  for (size_t r = of.first; r < of.first + of.rows; r++)
    InVectors(of.from, of.to, of.channels, [&](size_t c, auto numbers) {
      const size_t at = r * of.channels + c;
      Vec g = numbers.load(result + at);
      if (kRelu) {
        g = LetBack(g, numbers.load(told.y + at), told.ceiling);
        numbers.store(result + at, g);
      }
      const Vec off = numbers.load(told.x + at) - numbers.load(told.mean + c);
      numbers.store(sums + c, numbers.load(sums + c) + g);
      numbers.store(products + c, numbers.load(products + c) + g * off);
    });
}
template <typename T>
void Tell(const GradientSums<T>& told, const Rectangle& of, T* result) {
  told.y ? TellGradient<true>(told, of, result) : TellGradient<false>(told, of, result);
}

}  // namespace
}  // namespace understory

#endif  // UNDERSTORY_TELLING_H_
