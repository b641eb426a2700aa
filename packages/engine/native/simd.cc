// Chooses the implementation that the processor can run.
#include <initializer_list>

#include "batch_norm.h"
#include "convolution.h"
#include "dense.h"
#include "depthwise.h"
#include "elementwise.h"
#include "max_pool.h"
#include "roi_align.h"

namespace understory {

namespace {

// Numbers of channels that are no multiple of 8 fit any vector: the last one is not full.
template <typename T>
bool Fits(const Convolution<T>& one, size_t inputs, size_t outputs) {
  const auto fits = [&](size_t channels) { return channels % 8 != 0 || channels % one.lanes == 0; };
  return fits(inputs) && fits(outputs);
}
template <typename Kernels>
bool Fits(const Kernels& one, size_t a, size_t b) {
  return a % one.lanes == 0 && b % one.lanes == 0;
}
template <typename T>
bool Fits(const BatchNorm<T>& one, size_t rows, size_t channels) {
  return one.fits(rows, channels);
}

template <typename Kernels>
const Kernels* Best(std::initializer_list<const Kernels*> candidates, size_t a, size_t b) {
  for (const Kernels* one : candidates)
    if (one && Fits(*one, a, b)) return one;
  return nullptr;
}

#if defined(__x86_64__)
bool HasAvx512() { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"); }
bool HasAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif
#if defined(UNDERSTORY_AVX512_BF16)
bool HasBFloat16Products() {
  static const bool has = HasAvx512() && __builtin_cpu_supports("avx512bf16");
  return has;
}
#endif

}  // namespace

#if defined(__x86_64__)
#define UNDERSTORY_BEST(Kernel, T, a, b) \
  Best({HasAvx512() ? &Kernel##Avx512<T>() : nullptr, HasAvx2() ? &Kernel##Avx2<T>() : nullptr, &Kernel##Base<T>()}, a, b)
#else
#define UNDERSTORY_BEST(Kernel, T, a, b) Best({&Kernel##Base<T>()}, a, b)
#endif

template <>
const Convolution<float>& FindConvolution(size_t inputs, size_t outputs) {
  return *UNDERSTORY_BEST(Convolution, float, inputs, outputs);
}
template <>
const Convolution<BFloat16>& FindConvolution(size_t inputs, size_t outputs) {
#if defined(UNDERSTORY_AVX512_BF16)
  if (const auto* found = HasBFloat16Products() ? Best({&ConvolutionAvx512Bf16()}, inputs, outputs) : nullptr) return *found;
#endif
  return *UNDERSTORY_BEST(Convolution, BFloat16, inputs, outputs);
}

template <typename T>
const Depthwise<T>* FindDepthwise(size_t channels) {
  return UNDERSTORY_BEST(Depthwise, T, channels, channels);
}
template const Depthwise<float>* FindDepthwise(size_t);
template const Depthwise<BFloat16>* FindDepthwise(size_t);

template <typename T>
const BatchNorm<T>* FindBatchNorm(size_t rows, size_t channels) {
  return UNDERSTORY_BEST(BatchNorm, T, rows, channels);
}
template const BatchNorm<float>* FindBatchNorm(size_t, size_t);
template const BatchNorm<BFloat16>* FindBatchNorm(size_t, size_t);

// Of kernels that take any sizes.
#if defined(__x86_64__)
#define UNDERSTORY_BEST_OF_ANY(Kernel) HasAvx512() ? Kernel##Avx512() : HasAvx2() ? Kernel##Avx2() : Kernel##Base()
#else
#define UNDERSTORY_BEST_OF_ANY(Kernel) Kernel##Base()
#endif

#if defined(__x86_64__)
#define UNDERSTORY_BEST_OF(Kernel, T) HasAvx512() ? Kernel##Avx512<T>() : HasAvx2() ? Kernel##Avx2<T>() : Kernel##Base<T>()
#else
#define UNDERSTORY_BEST_OF(Kernel, T) Kernel##Base<T>()
#endif

template <>
const Dense<float>& FindDense() {
  static const Dense<float>& best = UNDERSTORY_BEST_OF(Dense, float);
  return best;
}
template <>
const Dense<BFloat16>& FindDense() {
#if defined(UNDERSTORY_AVX512_BF16)
  if (HasBFloat16Products()) return DenseAvx512Bf16();
#endif
  static const Dense<BFloat16>& best = UNDERSTORY_BEST_OF(Dense, BFloat16);
  return best;
}

template <typename T>
const MaxPool<T>& FindMaxPool() {
  static const MaxPool<T>& best = UNDERSTORY_BEST_OF(MaxPool, T);
  return best;
}
template const MaxPool<float>& FindMaxPool();
template const MaxPool<BFloat16>& FindMaxPool();

const Elementwise& FindElementwise() {
  static const Elementwise& best = UNDERSTORY_BEST_OF_ANY(Elementwise);
  return best;
}

const RoiAlign& FindRoiAlign() {
  static const RoiAlign& best = UNDERSTORY_BEST_OF_ANY(RoiAlign);
  return best;
}

}  // namespace understory
