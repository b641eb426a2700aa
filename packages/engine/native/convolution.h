// Convolutions of stride 1 or 2, padded by half the filter on each side: 1x1, 3x3, and without a gradient of their images 5x5
// and 7x7, which are for the few channels of a network's images.
//
// 3x3 go by Winograd's minimal filtering (Lavin & Gray 2016). Stride 1 is F(4x4, 3x3): 36 multiplications for 16 pixels, a
// quarter of the direct way's 144. Stride 2 splits the image into its odd and even rows and columns: the odd ones meet two
// taps of the filter, F(4, 2), the even ones one tap, so that there are 81 multiplications for 16 pixels, by
// 36 numbers that the filter makes. The points of interpolation (±2/3, ±3/2, 0 and infinity; ±1/2, ±3/2 and infinity) keep the
// rounding error at about twice the direct way's; the usual 0, ±1, ±2 have six times more.
#ifndef UNDERSTORY_CONVOLUTION_H_
#define UNDERSTORY_CONVOLUTION_H_

#include <cstddef>
#include <vector>

#include "element.h"
#include "lots.h"

namespace understory {

// x [batch, height, width, inputs], w [size, size, inputs, outputs], y [batch, ⌈height / stride⌉, ⌈width / stride⌉,
// outputs], all row-major.
struct ConvShape {
  size_t batch, height, width, inputs, outputs, stride, size;
  size_t down() const { return (height + stride - 1) / stride; }
  size_t across() const { return (width + stride - 1) / stride; }
};

// One of the maps that go through the same filter; their shapes differ in batch, height and width alone.
template <typename T>
struct ConvMap {
  ConvShape shape;
  const T* from;  // x, or on the way back dy
  T* to;          // y, or dx
  const T* side;  // of the result's shape, added to it; may be null
  const T* gate;  // of the result's shape: what a ReLU gave, which lets nothing back where it is 0 or `ceiling`; may be null
};

// What meets all maps alike; the vectors may be null.
struct ConvFilter {
  const float* w;
  const float* scale;  // [outputs], times the filter
  const float* bias;   // of the result's channels, added to it
  float ceiling;       // of the ReLU that follows, or that gave `gate`: 6 or infinity; 0 without one
};

// Where one of the maps that share a filter tells the filter's gradient.
template <typename T>
struct ConvPair {
  ConvShape shape;
  const T *x, *dy;
};

// One implementation, for one set of instructions and images of T. Filters are floats.
template <typename T>
struct Convolution {
  // Floats in a vector.
  size_t lanes;
  // y = x * w; of one map by a filter of one tap also the moments of y
  void (*forward)(const std::vector<ConvMap<T>>&, const ConvFilter&, const Moments&);
  // dx from dy; of one map by a filter of one tap at stride 1 also its sums
  void (*input_gradient)(const std::vector<ConvMap<T>>&, const ConvFilter&, const GradientSums<T>&);
  // dw, over all maps, and the sums of dy [outputs] where `sums` is not null; `scale` as in ConvFilter
  void (*filter_gradient)(const std::vector<ConvPair<T>>&, const float* scale, float* dw, float* sums);
};

// The best one for this processor. Channels that are a multiple of 8 go by vectors that they fill. `pairs`: whether images in
// BFloat16 may be multiplied in it, where the processor can.
template <typename T>
const Convolution<T>& FindConvolution(size_t inputs, size_t outputs, bool pairs);

template <typename T>
const Convolution<T>& ConvolutionBase();
#if defined(__x86_64__)
template <typename T>
const Convolution<T>& ConvolutionAvx2();
template <typename T>
const Convolution<T>& ConvolutionAvx512();
// Compilers that know the processor's products of BFloat16.
#if defined(__clang__) || __GNUC__ >= 10
#define UNDERSTORY_AVX512_BF16
const Convolution<BFloat16>& ConvolutionAvx512Bf16();
#endif
// And those that know its tiles, on systems that can be asked for these.
#if defined(__linux__) && (defined(__clang__) || __GNUC__ >= 11)
#define UNDERSTORY_AMX
const Convolution<BFloat16>& ConvolutionAmx();
#endif
#endif

}  // namespace understory

#endif  // UNDERSTORY_CONVOLUTION_H_
