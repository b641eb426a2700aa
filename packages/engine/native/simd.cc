// Chooses the implementation that the processor can run.
#include <initializer_list>

#include "batch_norm.h"
#include "winograd.h"

namespace understory {

namespace {

template <typename Kernels>
const Kernels* Best(std::initializer_list<const Kernels*> candidates, bool (*fits)(const Kernels&, size_t, size_t), size_t a, size_t b) {
  for (const Kernels* one : candidates)
    if (one && fits(*one, a, b)) return one;
  return nullptr;
}

template <typename Kernels>
bool Divides(const Kernels& one, size_t a, size_t b) {
  return a % one.lanes == 0 && b % one.lanes == 0;
}

#if defined(__x86_64__)
bool HasAvx512() { return __builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq"); }
bool HasAvx2() { return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"); }
#endif

}  // namespace

const Winograd* FindWinograd(size_t inputs, size_t outputs) {
#if defined(__x86_64__)
  return Best({HasAvx512() ? &WinogradAvx512() : nullptr, HasAvx2() ? &WinogradAvx2() : nullptr, &WinogradBase()}, Divides<Winograd>,
              inputs, outputs);
#else
  return Best({&WinogradBase()}, Divides<Winograd>, inputs, outputs);
#endif
}

const BatchNorm* FindBatchNorm(size_t channels) {
#if defined(__x86_64__)
  return Best({HasAvx512() ? &BatchNormAvx512() : nullptr, HasAvx2() ? &BatchNormAvx2() : nullptr, &BatchNormBase()},
              Divides<BatchNorm>, channels, channels);
#else
  return Best({&BatchNormBase()}, Divides<BatchNorm>, channels, channels);
#endif
}

}  // namespace understory
