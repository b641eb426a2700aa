// Products of large matrices: dense layers, whose weights are many times what a cache holds, and their gradients.
#ifndef UNDERSTORY_DENSE_H_
#define UNDERSTORY_DENSE_H_

#include <cstddef>

#include "element.h"

namespace understory {

// x [rows, inputs], w [inputs, outputs], y [rows, outputs], all row-major.
struct DenseShape {
  size_t rows, inputs, outputs;
};

// Where rows go: one of the two is null. Halves are rounded sums of floats.
struct DenseRows {
  float* floats;
  BFloat16* halves;
};

// One implementation, for one set of instructions and layers of T. Weights are floats.
template <typename T>
struct Dense {
  // y = x * w + bias [outputs], which may be null
  void (*forward)(const DenseShape&, const T* x, const float* w, const float* bias, DenseRows y);
  // dx from dy
  void (*input_gradient)(const DenseShape&, const T* dy, const float* w, DenseRows dx);
  // dw from x and dy, and dbias [outputs], unless it is null
  void (*filter_gradient)(const DenseShape&, const T* x, const T* dy, float* dw, float* dbias);
};

// The best one for this processor. `pairs`: whether layers in BFloat16 may be multiplied in it, where the processor can.
template <typename T>
const Dense<T>& FindDense(bool pairs);

template <typename T>
const Dense<T>& DenseBase();
#if defined(__x86_64__)
template <typename T>
const Dense<T>& DenseAvx2();
template <typename T>
const Dense<T>& DenseAvx512();
const Dense<BFloat16>& DenseAvx512Bf16();
const Dense<BFloat16>& DenseAmx();
#endif

}  // namespace understory

#endif  // UNDERSTORY_DENSE_H_
