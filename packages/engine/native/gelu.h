// The Gaussian error linear unit, exact (Hendrycks & Gimpel 2016): x times the share of a normal distribution below x.
#ifndef UNDERSTORY_GELU_H_
#define UNDERSTORY_GELU_H_

#include <cstddef>

namespace understory {

// One implementation, for one set of instructions. All arrays have `length` numbers.
struct Gelu {
  void (*forward)(size_t length, const float* x, float* y);
  void (*gradient)(size_t length, const float* x, const float* dy, float* dx);
};

const Gelu& FindGelu();
const Gelu& GeluBase();
#if defined(__x86_64__)
const Gelu& GeluAvx2();
const Gelu& GeluAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_GELU_H_
