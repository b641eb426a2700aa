#if defined(__x86_64__)
// Standard headers must come before the target changes: their inline functions are shared with other files.
#include <algorithm>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define UNDERSTORY_LANES 8
#define UNDERSTORY_ROWS 6
#include "winograd_impl.h"

namespace understory {
const Winograd& WinogradAvx2() { return kWinograd; }
}  // namespace understory
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
