// Depthwise convolutions: one filter of 3x3, 5x5 or 7x7 a channel, stride 1 or 2, padded by half the filter on each side.
#ifndef UNDERSTORY_DEPTHWISE_H_
#define UNDERSTORY_DEPTHWISE_H_

#include <cstddef>

#include "element.h"
#include "lots.h"

namespace understory {

// x [batch, height, width, channels], w [size, size, channels], y [batch, ⌈height / stride⌉, ⌈width / stride⌉, channels].
struct DepthwiseShape {
  size_t batch, height, width, channels, stride, size;
  size_t down() const { return (height + stride - 1) / stride; }
  size_t across() const { return (width + stride - 1) / stride; }
};

// What is done to each result before it is written: times scale, plus bias [channels], then a ReLU that lets through up to
// `ceiling` (0 without one). Nothing where there is no scale.
struct DepthwiseNorm {
  const float *scale, *bias;
  float ceiling;
};

// One implementation, for one set of instructions and images of T. Filters are floats.
template <typename T>
struct Depthwise {
  // Floats in a vector: `channels` must be a multiple of it.
  size_t lanes;
  void (*forward)(const DepthwiseShape&, const T* x, const float* w, const DepthwiseNorm&, T* y, const Moments&);
  void (*input_gradient)(const DepthwiseShape&, const T* dy, const float* w, T* dx, const GradientSums<T>&);
  void (*filter_gradient)(const DepthwiseShape&, const T* x, const T* dy, float* dw);
};

// The best one for this processor and these channels; null where none fits.
template <typename T>
const Depthwise<T>* FindDepthwise(size_t channels);

template <typename T>
const Depthwise<T>& DepthwiseBase();
#if defined(__x86_64__)
template <typename T>
const Depthwise<T>& DepthwiseAvx2();
template <typename T>
const Depthwise<T>& DepthwiseAvx512();
const Depthwise<BFloat16>& DepthwiseAvx512Bf16();
#endif

}  // namespace understory

#endif  // UNDERSTORY_DEPTHWISE_H_
