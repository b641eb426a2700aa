#include "kernels.h"

#if defined(__x86_64__)
#if defined(__clang__)
#pragma clang attribute push(__attribute__((target("avx2,fma"))), apply_to = function)
#else
#pragma GCC target("avx2,fma")
#endif
#define UNDERSTORY_LANES 8
#define UNDERSTORY_ROWS 6
#include "offered.h"

UNDERSTORY_OFFER(Avx2)
#if defined(__clang__)
#pragma clang attribute pop
#endif
#endif
