// Vectors of floats for one set of instructions. Included by .cc files that set the target, and
//   UNDERSTORY_LANES  floats in a vector register
// What stands here has internal linkage: each of these files has its own.

#include <cstddef>
#include <cstdint>

#include "element.h"

#if defined(__clang__)
#define UNDERSTORY_UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNDERSTORY_UNROLL _Pragma("GCC unroll 16")
#endif
#define UNDERSTORY_INLINE inline __attribute__((always_inline))

namespace understory {
namespace {

constexpr size_t kLanes = UNDERSTORY_LANES;

typedef float Vec __attribute__((vector_size(4 * UNDERSTORY_LANES)));
typedef float Loose __attribute__((vector_size(4 * UNDERSTORY_LANES), aligned(4), may_alias));
typedef uint32_t Bits __attribute__((vector_size(4 * UNDERSTORY_LANES)));
typedef uint16_t Halves __attribute__((vector_size(2 * UNDERSTORY_LANES)));
typedef uint16_t LooseHalves __attribute__((vector_size(2 * UNDERSTORY_LANES), aligned(2), may_alias));

UNDERSTORY_INLINE Vec Load(const float* from) { return *reinterpret_cast<const Loose*>(from); }
UNDERSTORY_INLINE void Store(float* to, Vec v) { *reinterpret_cast<Loose*>(to) = v; }

UNDERSTORY_INLINE Vec Load(const BFloat16* from) {
  const Halves halves = *reinterpret_cast<const LooseHalves*>(from);
  return reinterpret_cast<Vec>(__builtin_convertvector(halves, Bits) << 16);
}

// Rounded to the nearest BFloat16, halves to even, in the upper 16 bits; what is not a number stays so.
UNDERSTORY_INLINE Bits Rounded(Vec v) {
  const Bits bits = reinterpret_cast<Bits>(v);
  return v == v ? bits + 0x7fff + ((bits >> 16) & 1) : bits | 0x400000;
}

UNDERSTORY_INLINE void Store(BFloat16* to, Vec v) {
  *reinterpret_cast<LooseHalves*>(to) = __builtin_convertvector(Rounded(v) >> 16, Halves);
}

constexpr size_t Blocks(size_t count, size_t size) { return (count + size - 1) / size; }

}  // namespace
}  // namespace understory
