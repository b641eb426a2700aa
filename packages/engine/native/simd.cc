// Chooses the implementation that the processor can run, and that is not forbidden.
#include "simd.h"

#include <atomic>
#include <initializer_list>
#if defined(__linux__)
#include <sys/syscall.h>
#include <unistd.h>
#endif

#include "kernels.h"

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

// Sets of instructions, each of which needs the one before.
enum Set { kBase, kAvx2, kAvx512, kAvx512Bf16, kAmx };
constexpr const char* kNames[] = {"base", "avx2", "avx512", "avx512bf16", "amx"};

#if defined(UNDERSTORY_AMX)
// Tiles are 8 KB of state of each thread: Linux gives them to processes that ask.
bool GivesTiles() {
  constexpr long kAsk = 0x1023, kTileData = 18;  // ARCH_REQ_XCOMP_PERM
  return syscall(SYS_arch_prctl, kAsk, kTileData) == 0;
}
#endif

Set BestSet() {
#if defined(__x86_64__)
  if (!__builtin_cpu_supports("avx2") || !__builtin_cpu_supports("fma")) return kBase;
  if (!__builtin_cpu_supports("avx512f") || !__builtin_cpu_supports("avx512vl") || !__builtin_cpu_supports("avx512dq")) return kAvx2;
#if defined(UNDERSTORY_AVX512_BF16)
  if (!__builtin_cpu_supports("avx512bf16")) return kAvx512;
#if defined(UNDERSTORY_AMX)
  if (__builtin_cpu_supports("amx-bf16") && GivesTiles()) return kAmx;
#endif
  return kAvx512Bf16;
#endif
  return kAvx512;
#else
  return kBase;
#endif
}

std::atomic<Set> allowed{BestSet()};

#if defined(__x86_64__)
bool HasAvx512() { return allowed >= kAvx512; }
bool HasAvx2() { return allowed >= kAvx2; }
#endif
#if defined(UNDERSTORY_AVX512_BF16)
bool HasBFloat16() { return allowed >= kAvx512Bf16; }
#endif
#if defined(UNDERSTORY_AMX)
bool HasTiles() { return allowed >= kAmx; }
#endif

}  // namespace

std::vector<std::string> InstructionSets() { return {kNames, kNames + BestSet() + 1}; }

bool AllowInstructionSet(const std::string& name) {
  for (int set = kBase; set <= BestSet(); set++)
    if (name == kNames[set]) {
      allowed = static_cast<Set>(set);
      return true;
    }
  return false;
}

#if defined(__x86_64__)
#define UNDERSTORY_BEST(Kernel, T, a, b) \
  Best({HasAvx512() ? &Kernel##Avx512<T>() : nullptr, HasAvx2() ? &Kernel##Avx2<T>() : nullptr, &Kernel##Base<T>()}, a, b)
#else
#define UNDERSTORY_BEST(Kernel, T, a, b) Best({&Kernel##Base<T>()}, a, b)
#endif

template <>
const Convolution<float>& FindConvolution(size_t inputs, size_t outputs, bool) {
  return *UNDERSTORY_BEST(Convolution, float, inputs, outputs);
}
template <>
const Convolution<BFloat16>& FindConvolution(size_t inputs, size_t outputs, bool pairs) {
#if defined(UNDERSTORY_AMX)
  if (pairs && HasTiles()) return ConvolutionAmx();
#endif
#if defined(UNDERSTORY_AVX512_BF16)
  if (const auto* found = pairs && HasBFloat16() ? Best({&ConvolutionAvx512Bf16()}, inputs, outputs) : nullptr) return *found;
#endif
  return *UNDERSTORY_BEST(Convolution, BFloat16, inputs, outputs);
}

// Of kernels that come in halves as well, which the processor may round by itself.
#if defined(UNDERSTORY_AVX512_BF16)
#define UNDERSTORY_BEST_HALF(Kernel, a, b) \
  HasBFloat16() && Fits(Kernel##Avx512Bf16(), a, b) ? &Kernel##Avx512Bf16() : UNDERSTORY_BEST(Kernel, BFloat16, a, b)
#else
#define UNDERSTORY_BEST_HALF(Kernel, a, b) UNDERSTORY_BEST(Kernel, BFloat16, a, b)
#endif

template <>
const Depthwise<float>* FindDepthwise(size_t channels) {
  return UNDERSTORY_BEST(Depthwise, float, channels, channels);
}
template <>
const Depthwise<BFloat16>* FindDepthwise(size_t channels) {
  return UNDERSTORY_BEST_HALF(Depthwise, channels, channels);
}

template <>
const BatchNorm<float>* FindBatchNorm(size_t rows, size_t channels) {
  return UNDERSTORY_BEST(BatchNorm, float, rows, channels);
}
template <>
const BatchNorm<BFloat16>* FindBatchNorm(size_t rows, size_t channels) {
  return UNDERSTORY_BEST_HALF(BatchNorm, rows, channels);
}

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

// Of kernels that multiply layers of any size.
#if defined(UNDERSTORY_AMX)
#define UNDERSTORY_TRY_TILES(Kernel) if (pairs && HasTiles()) return Kernel##Amx();
#else
#define UNDERSTORY_TRY_TILES(Kernel)
#endif
#if defined(UNDERSTORY_AVX512_BF16)
#define UNDERSTORY_TRY_PAIRS(Kernel) if (pairs && HasBFloat16()) return Kernel##Avx512Bf16();
#else
#define UNDERSTORY_TRY_PAIRS(Kernel)
#endif
#define UNDERSTORY_FIND_LAYER(Find, Kernel)      \
  template <>                                    \
  const Kernel<float>& Find(bool) {              \
    return UNDERSTORY_BEST_OF(Kernel, float);    \
  }                                              \
  template <>                                    \
  const Kernel<BFloat16>& Find(bool pairs) {     \
    UNDERSTORY_TRY_TILES(Kernel)                 \
    UNDERSTORY_TRY_PAIRS(Kernel)                 \
    return UNDERSTORY_BEST_OF(Kernel, BFloat16); \
  }
UNDERSTORY_FIND_LAYER(FindDense, Dense)
UNDERSTORY_FIND_LAYER(FindAttention, Attention)

template <typename T>
const MaxPool<T>& FindMaxPool() {
  return UNDERSTORY_BEST_OF(MaxPool, T);
}
template const MaxPool<float>& FindMaxPool();
template const MaxPool<BFloat16>& FindMaxPool();

const Elementwise& FindElementwise() {
  return UNDERSTORY_BEST_OF_ANY(Elementwise);
}

const RoiAlign& FindRoiAlign() {
  return UNDERSTORY_BEST_OF_ANY(RoiAlign);
}

const Sums& FindSums() {
  return UNDERSTORY_BEST_OF_ANY(Sums);
}

// Of kernels whose results the processor may round by itself.
#if defined(UNDERSTORY_AVX512_BF16)
#define UNDERSTORY_TRY_ROUNDING(Kernel) if (HasBFloat16()) return Kernel##Avx512Bf16();
#else
#define UNDERSTORY_TRY_ROUNDING(Kernel)
#endif
#define UNDERSTORY_FIND_ROUNDING(Find, Kernel)   \
  template <>                                    \
  const Kernel<float>& Find() {                  \
    return UNDERSTORY_BEST_OF(Kernel, float);    \
  }                                              \
  template <>                                    \
  const Kernel<BFloat16>& Find() {               \
    UNDERSTORY_TRY_ROUNDING(Kernel)              \
    return UNDERSTORY_BEST_OF(Kernel, BFloat16); \
  }
UNDERSTORY_FIND_ROUNDING(FindGelu, Gelu)
UNDERSTORY_FIND_ROUNDING(FindLayerNorm, LayerNorm)

}  // namespace understory
