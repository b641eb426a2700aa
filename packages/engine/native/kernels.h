// What all kernels declare, and what their code needs of the libraries. Files that set a target include it before: inline functions of
// these headers are shared with other files.
#ifndef UNDERSTORY_KERNELS_H_
#define UNDERSTORY_KERNELS_H_

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <type_traits>
#include <utility>
#include <vector>

#include "attention.h"
#include "batch_norm.h"
#include "convolution.h"
#include "dense.h"
#include "depthwise.h"
#include "elementwise.h"
#include "gelu.h"
#include "layer_norm.h"
#include "max_pool.h"
#include "pool.h"
#include "roi_align.h"
#include "sums.h"

#endif  // UNDERSTORY_KERNELS_H_
