// The gradient of pooling by the largest: what a window gives goes back to the first of its largest pixels.
#ifndef UNDERSTORY_MAX_POOL_H_
#define UNDERSTORY_MAX_POOL_H_

#include <cstddef>

#include "element.h"

namespace understory {

// Along one side of the images: window i covers `size` pixels from i * stride - before on.
struct Windows {
  size_t pixels, windows, size, stride, before;
};

// x [batch, down.pixels, across.pixels, channels], y [batch, down.windows, across.windows, channels].
struct MaxPoolShape {
  size_t batch, channels;
  Windows down, across;
};

// One implementation, for one set of instructions and images of T.
template <typename T>
struct MaxPool {
  void (*gradient)(const MaxPoolShape&, const T* x, const T* y, const T* dy, T* dx);
};

// The best one for this processor.
template <typename T>
const MaxPool<T>& FindMaxPool();

template <typename T>
const MaxPool<T>& MaxPoolBase();
#if defined(__x86_64__)
template <typename T>
const MaxPool<T>& MaxPoolAvx2();
template <typename T>
const MaxPool<T>& MaxPoolAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_MAX_POOL_H_
