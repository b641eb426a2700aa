#include "winograd.h"

namespace understory {

const Winograd* FindWinograd(size_t inputs, size_t outputs) {
  const auto fits = [&](const Winograd& one) { return inputs % one.lanes == 0 && outputs % one.lanes == 0; };
#if defined(__x86_64__)
  if (__builtin_cpu_supports("avx512f") && fits(WinogradAvx512())) return &WinogradAvx512();
  if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && fits(WinogradAvx2())) return &WinogradAvx2();
#endif
  return fits(WinogradBase()) ? &WinogradBase() : nullptr;
}

}  // namespace understory
