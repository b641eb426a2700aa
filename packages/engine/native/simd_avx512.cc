#include "kernels.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx512f,avx512vl,avx512dq"))), apply_to = function)
#else
#pragma GCC target("avx512f,avx512vl,avx512dq")
#endif
#define UNDERSTORY_LANES 16
#define UNDERSTORY_ROWS 12
#include "offered.h"

UNDERSTORY_OFFER(Avx512)
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
