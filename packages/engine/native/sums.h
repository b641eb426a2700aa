// Sums of many numbers, which do not depend on threads: over the rows of a matrix, as biases have their gradients; of squares.
#ifndef UNDERSTORY_SUMS_H_
#define UNDERSTORY_SUMS_H_

#include <cstddef>

namespace understory {

// One implementation, for one set of instructions.
struct Sums {
  // x [rows, columns] -> y [columns]
  void (*columns)(size_t rows, size_t columns, const float* x, float* y);
  // The sum of x² over x [count].
  float (*squares)(size_t count, const float* x);
};

const Sums& FindSums();
const Sums& SumsBase();
#if defined(__x86_64__)
const Sums& SumsAvx2();
const Sums& SumsAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_SUMS_H_
