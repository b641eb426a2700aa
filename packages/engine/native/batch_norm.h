// Batch normalisation by a batch's own statistics, together with a residual addition and a ReLU after it.
#ifndef UNDERSTORY_BATCH_NORM_H_
#define UNDERSTORY_BATCH_NORM_H_

#include <cstddef>

namespace understory {

struct BatchNormForward {
  size_t rows, channels;
  const float* x;       // [rows, channels]
  const float* scale;   // [channels]
  const float* offset;  // [channels]
  const float* side;    // [rows, channels], added before the ReLU; may be null
  float epsilon;
  bool relu;
  float* y;         // [rows, channels]
  float* mean;      // [channels]
  float* variance;  // [channels], divided by rows - 1
};

struct BatchNormBackward {
  size_t rows, channels;
  const float* dy;        // [rows, channels]
  const float* y;         // what the ReLU gave; null without one
  const float* x;         // [rows, channels]
  const float* scale;     // [channels]
  const float* mean;      // [channels]
  const float* variance;  // [channels], divided by rows
  float epsilon;
  float* dx;       // [rows, channels]
  float* dscale;   // [channels]
  float* doffset;  // [channels]
  float* dside;    // [rows, channels]: dy where the ReLU let something through; may be null
};

// One implementation, for one set of instructions.
struct BatchNorm {
  // Floats in a vector: `channels` must be a multiple of it.
  size_t lanes;
  void (*forward)(const BatchNormForward&);
  void (*backward)(const BatchNormBackward&);
};

// The best one for this processor and these channels; null where none fits.
const BatchNorm* FindBatchNorm(size_t channels);

const BatchNorm& BatchNormBase();
#if defined(__x86_64__)
const BatchNorm& BatchNormAvx2();
const BatchNorm& BatchNormAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_BATCH_NORM_H_
