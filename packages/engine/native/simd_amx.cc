#include "kernels.h"

#if defined(UNDERSTORY_AMX)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,amx-tile,amx-bf16"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16,amx-tile,amx-bf16")
#endif
#define UNDERSTORY_LANES 16
#define UNDERSTORY_ROWS 12
#define UNDERSTORY_PAIRS
#define UNDERSTORY_AMX_PRODUCTS
#include "vector.h"
#include "convolution_impl.h"
#include "dense_impl.h"
#include "attention_impl.h"

namespace understory {
const Convolution<BFloat16>& ConvolutionAmx() { return kConvolution<BFloat16>; }
const Dense<BFloat16>& DenseAmx() { return kDense<BFloat16>; }
const Attention<BFloat16>& AttentionAmx() { return kAttention<BFloat16>; }
}  // namespace understory
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
