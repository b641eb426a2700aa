// Batch normalisation by a batch's own statistics, together with a residual addition and a ReLU or ReLU6 after it.
#ifndef UNDERSTORY_BATCH_NORM_H_
#define UNDERSTORY_BATCH_NORM_H_

#include <cstddef>

#include "element.h"
#include "lots.h"

namespace understory {

template <typename T>
struct BatchNormForward {
  size_t rows, channels;
  const T* x;       // [rows, channels]
  const float* scale;   // [channels]
  const float* offset;  // [channels]
  const T* side;    // [rows, channels], added before the ReLU; may be null
  KnownLots moments;  // of x, where the op that gave it has told them
  float epsilon;
  float ceiling;  // of the ReLU, 6 or infinity; 0 without one
  T* y;         // [rows, channels]
  float* mean;      // [channels]
  float* variance;  // [channels], divided by rows - 1
};

template <typename T>
struct BatchNormBackward {
  size_t rows, channels;
  const T* dy;        // [rows, channels]
  const T* y;         // what the ReLU gave; null without one
  const T* x;         // [rows, channels]
  const float* scale;     // [channels]
  const float* mean;      // [channels]
  const float* variance;  // [channels], divided by rows
  float epsilon;
  float ceiling;  // of the ReLU
  KnownLots sums;  // of dy, where the op that gave it has told them; there is no ReLU then
  T* dx;       // [rows, channels]
  float* dscale;   // [channels]
  float* doffset;  // [channels]
  T* dside;    // [rows, channels]: dy where the ReLU let something through; may be null
};

// One implementation, for one set of instructions and images of T.
template <typename T>
struct BatchNorm {
  bool (*fits)(size_t rows, size_t channels);
  void (*forward)(const BatchNormForward<T>&);
  void (*backward)(const BatchNormBackward<T>&);
};

// The best one for this processor and these sizes; null where none fits.
template <typename T>
const BatchNorm<T>* FindBatchNorm(size_t rows, size_t channels);

template <typename T>
const BatchNorm<T>& BatchNormBase();
#if defined(__x86_64__)
template <typename T>
const BatchNorm<T>& BatchNormAvx2();
template <typename T>
const BatchNorm<T>& BatchNormAvx512();
const BatchNorm<BFloat16>& BatchNormAvx512Bf16();
#endif

}  // namespace understory

#endif  // UNDERSTORY_BATCH_NORM_H_
