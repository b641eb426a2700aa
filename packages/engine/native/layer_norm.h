// Layer normalisation over the last axis (Ba et al. 2016).
#ifndef UNDERSTORY_LAYER_NORM_H_
#define UNDERSTORY_LAYER_NORM_H_

#include <cstddef>

namespace understory {

// x, y, dy, dx [rows, channels]; scale and offset [channels]; of each row the mean and 1 / √(variance + epsilon).
struct LayerNormShape {
  size_t rows, channels;
};

// One implementation, for one set of instructions. Sums do not depend on threads.
struct LayerNorm {
  void (*forward)(const LayerNormShape&, float epsilon, const float* x, const float* scale, const float* offset, float* y,
                  float* means, float* factors);
  void (*gradient)(const LayerNormShape&, const float* x, const float* scale, const float* means, const float* factors,
                   const float* dy, float* dx, float* dscale, float* doffset);
};

const LayerNorm& FindLayerNorm();
const LayerNorm& LayerNormBase();
#if defined(__x86_64__)
const LayerNorm& LayerNormAvx2();
const LayerNorm& LayerNormAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_LAYER_NORM_H_
