// Layer normalisation over the last axis (Ba et al. 2016).
#ifndef UNDERSTORY_LAYER_NORM_H_
#define UNDERSTORY_LAYER_NORM_H_

#include <cstddef>

#include "element.h"

namespace understory {

// x, y, dy, dx [rows, channels]; scale and offset [channels]; of each row the mean and 1 / √(variance + epsilon).
struct LayerNormShape {
  size_t rows, channels;
};

// One implementation, for one set of instructions and results of T; all else is floats. Sums do not depend on threads.
template <typename T>
struct LayerNorm {
  void (*forward)(const LayerNormShape&, float epsilon, const float* x, const float* scale, const float* offset, T* y, float* means,
                  float* factors);
  void (*gradient)(const LayerNormShape&, const float* x, const float* scale, const float* means, const float* factors,
                   const float* dy, float* dx, float* dscale, float* doffset);
};

template <typename T>
const LayerNorm<T>& FindLayerNorm();

template <typename T>
const LayerNorm<T>& LayerNormBase();
#if defined(__x86_64__)
template <typename T>
const LayerNorm<T>& LayerNormAvx2();
template <typename T>
const LayerNorm<T>& LayerNormAvx512();
const LayerNorm<BFloat16>& LayerNormAvx512Bf16();
#endif

}  // namespace understory

#endif  // UNDERSTORY_LAYER_NORM_H_
