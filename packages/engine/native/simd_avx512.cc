#if defined(__x86_64__)
// These headers must come before the target changes: their inline functions are shared with other files.
#include <algorithm>
#include <cmath>
#include <cstdlib>
#include <functional>
#include <memory>
#include <new>
#include <vector>

#include "batch_norm.h"
#include "pool.h"
#include "winograd.h"

#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq")
#endif
#define UNDERSTORY_LANES 16
#define UNDERSTORY_ROWS 12
#include "vector.h"
#include "winograd_impl.h"

#include "batch_norm_impl.h"

namespace understory {
const Winograd& WinogradAvx512() { return kWinograd; }
const BatchNorm& BatchNormAvx512() { return kBatchNorm; }
}  // namespace understory
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
