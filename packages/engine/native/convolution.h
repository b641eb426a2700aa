// Convolutions 3x3 with one pixel of padding, and 1x1 without, of stride 1 or 2.
//
// 3x3 go by Winograd's minimal filtering (Lavin & Gray 2016). Stride 1 is F(4x4, 3x3): 36 multiplications for 16 pixels, a
// quarter of the direct way's 144. Stride 2 splits the image into its odd and even rows and columns: the odd ones meet two
// taps of the filter, F(4, 2), the even ones one tap, so that there are 81 multiplications for 16 pixels. The points of
// interpolation (±2/3, ±3/2, 0 and infinity; ±1/2, ±3/2 and infinity) keep the rounding error at about twice the direct
// way's; the usual 0, ±1, ±2 have six times more.
#ifndef UNDERSTORY_CONVOLUTION_H_
#define UNDERSTORY_CONVOLUTION_H_

#include <cstddef>

#include "element.h"

namespace understory {

// x [batch, height, width, inputs], w [size, size, inputs, outputs], y [batch, ⌈height / stride⌉, ⌈width / stride⌉,
// outputs], all row-major.
struct ConvShape {
  size_t batch, height, width, inputs, outputs, stride, size;
  size_t down() const { return (height + stride - 1) / stride; }
  size_t across() const { return (width + stride - 1) / stride; }
};

// One implementation, for one set of instructions and images of T. Filters are floats.
template <typename T>
struct Convolution {
  // Floats in a vector: `inputs` and `outputs` must be multiples of it.
  size_t lanes;
  // y = x * w
  void (*forward)(const ConvShape&, const T* x, const float* w, T* y);
  // dx from dy
  void (*input_gradient)(const ConvShape&, const T* dy, const float* w, T* dx);
  // dw from x and dy
  void (*filter_gradient)(const ConvShape&, const T* x, const T* dy, float* dw);
};

// The best one for this processor and these channels; null where none fits.
template <typename T>
const Convolution<T>* FindConvolution(size_t inputs, size_t outputs);

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
#endif

}  // namespace understory

#endif  // UNDERSTORY_CONVOLUTION_H_
