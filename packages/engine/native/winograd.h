// Convolutions 3x3 of stride 1 with one pixel of padding by Winograd's minimal filtering, F(4x4, 3x3): a quarter of the
// multiplications of the direct way (Lavin & Gray 2016). The points of interpolation are 0, ±2/3, ±3/2 and infinity:
// with them the rounding error is about twice the direct way's, a sixth of what the usual 0, ±1, ±2 give.
#ifndef UNDERSTORY_WINOGRAD_H_
#define UNDERSTORY_WINOGRAD_H_

#include <cstddef>

namespace understory {

// Images [batch, height, width, ·], row-major; filters [3, 3, inputs, outputs].
struct ConvShape {
  size_t batch, height, width, inputs, outputs;
};

// One implementation, for one set of instructions.
struct Winograd {
  // Floats in a vector: `inputs` and `outputs` must be multiples of it.
  size_t lanes;
  // y = x * w
  void (*forward)(const ConvShape&, const float* x, const float* w, float* y);
  // dx from dy: the same with the filter turned by 180° and transposed
  void (*input_gradient)(const ConvShape&, const float* dy, const float* w, float* dx);
  // dw from x and dy
  void (*filter_gradient)(const ConvShape&, const float* x, const float* dy, float* dw);
};

// The best one for this processor and these channels; null where none fits.
const Winograd* FindWinograd(size_t inputs, size_t outputs);

const Winograd& WinogradBase();
#if defined(__x86_64__)
const Winograd& WinogradAvx2();
const Winograd& WinogradAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_WINOGRAD_H_
