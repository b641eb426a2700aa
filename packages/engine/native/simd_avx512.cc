#if defined(__x86_64__)
// These headers must come before the target changes: their inline functions are shared with other files.
#include <immintrin.h>

#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "attention.h"
#include "batch_norm.h"
#include "sums.h"
#include "convolution.h"
#include "dense.h"
#include "depthwise.h"
#include "elementwise.h"
#include "gelu.h"
#include "layer_norm.h"
#include "max_pool.h"
#include "pool.h"
#include "roi_align.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq")
#endif
#define UNDERSTORY_LANES 16
#define UNDERSTORY_ROWS 12
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
#include "offered.h"

UNDERSTORY_OFFER(Avx512)
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
