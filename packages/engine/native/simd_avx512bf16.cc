#include "kernels.h"

#if defined(UNDERSTORY_AVX512_BF16)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq,avx512bw,avx512bf16")
#endif
#define UNDERSTORY_LANES 16
#define UNDERSTORY_ROWS 12
#define UNDERSTORY_PAIRS
#include "vector.h"
#include "convolution_impl.h"

#include "batch_norm_impl.h"
#include "dense_impl.h"
#include "attention_impl.h"
#include "depthwise_impl.h"
#include "sums_impl.h"
#include "gelu_impl.h"
#include "layer_norm_impl.h"

// Kernels that multiply pairs, and those that round a result to 16 bits, which takes one instruction here.
namespace understory {
const BatchNorm<BFloat16>& BatchNormAvx512Bf16() { return kBatchNorm<BFloat16>; }
const Depthwise<BFloat16>& DepthwiseAvx512Bf16() { return kDepthwise<BFloat16>; }
const Gelu<BFloat16>& GeluAvx512Bf16() { return kGelu<BFloat16>; }
const LayerNorm<BFloat16>& LayerNormAvx512Bf16() { return kLayerNorm<BFloat16>; }
const Convolution<BFloat16>& ConvolutionAvx512Bf16() { return kConvolution<BFloat16>; }
const Dense<BFloat16>& DenseAvx512Bf16() { return kDense<BFloat16>; }
const Attention<BFloat16>& AttentionAvx512Bf16() { return kAttention<BFloat16>; }
}  // namespace understory
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
