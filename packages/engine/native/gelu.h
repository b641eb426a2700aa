// The Gaussian error linear unit, exact (Hendrycks & Gimpel 2016): x times the share of a normal distribution below x.
#ifndef UNDERSTORY_GELU_H_
#define UNDERSTORY_GELU_H_

#include <cstddef>

#include "element.h"

namespace understory {

// One implementation, for one set of instructions and layers of T. All arrays have `length` numbers.
template <typename T>
struct Gelu {
  void (*forward)(size_t length, const T* x, T* y);
  void (*gradient)(size_t length, const T* x, const T* dy, T* dx);
};

template <typename T>
const Gelu<T>& FindGelu();

template <typename T>
const Gelu<T>& GeluBase();
#if defined(__x86_64__)
template <typename T>
const Gelu<T>& GeluAvx2();
template <typename T>
const Gelu<T>& GeluAvx512();
const Gelu<BFloat16>& GeluAvx512Bf16();
#endif

}  // namespace understory

#endif  // UNDERSTORY_GELU_H_
