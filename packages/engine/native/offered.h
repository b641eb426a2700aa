// What a whole set of instructions offers: all kernels, compiled for it.
#include "vector.h"
#include "convolution_impl.h"

#include "batch_norm_impl.h"
#include "dense_impl.h"
#include "attention_impl.h"
#include "depthwise_impl.h"
#include "elementwise_impl.h"
#include "sums_impl.h"
#include "gelu_impl.h"
#include "layer_norm_impl.h"
#include "max_pool_impl.h"
#include "roi_align_impl.h"

#define UNDERSTORY_OFFER_ONE(Kernel, Set, T) \
  template <>                                \
  const Kernel<T>& Kernel##Set<T>() {        \
    return k##Kernel<T>;                     \
  }
#define UNDERSTORY_OFFER_FLOATS(Kernel, Set) \
  const Kernel& Kernel##Set() {              \
    return k##Kernel;                        \
  }
#define UNDERSTORY_OFFER(Set)                         \
  namespace understory {                              \
  UNDERSTORY_OFFER_ONE(Convolution, Set, float)       \
  UNDERSTORY_OFFER_ONE(Convolution, Set, BFloat16)    \
  UNDERSTORY_OFFER_ONE(Dense, Set, float)             \
  UNDERSTORY_OFFER_ONE(Dense, Set, BFloat16)          \
  UNDERSTORY_OFFER_ONE(Attention, Set, float)         \
  UNDERSTORY_OFFER_ONE(Attention, Set, BFloat16)      \
  UNDERSTORY_OFFER_ONE(Depthwise, Set, float)         \
  UNDERSTORY_OFFER_ONE(Depthwise, Set, BFloat16)      \
  UNDERSTORY_OFFER_ONE(MaxPool, Set, float)           \
  UNDERSTORY_OFFER_ONE(MaxPool, Set, BFloat16)        \
  UNDERSTORY_OFFER_ONE(BatchNorm, Set, float)         \
  UNDERSTORY_OFFER_ONE(BatchNorm, Set, BFloat16)      \
  UNDERSTORY_OFFER_ONE(Gelu, Set, float)              \
  UNDERSTORY_OFFER_ONE(Gelu, Set, BFloat16)           \
  UNDERSTORY_OFFER_ONE(LayerNorm, Set, float)         \
  UNDERSTORY_OFFER_ONE(LayerNorm, Set, BFloat16)      \
  UNDERSTORY_OFFER_FLOATS(Elementwise, Set)           \
  UNDERSTORY_OFFER_FLOATS(RoiAlign, Set)              \
  UNDERSTORY_OFFER_FLOATS(Sums, Set)                  \
  }
