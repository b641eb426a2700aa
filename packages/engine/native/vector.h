// Vectors of floats for one set of instructions. Included by .cc files that set the target, and
//   UNDERSTORY_LANES  floats in a vector register
// What stands here has internal linkage: each of these files has its own.

#include <cstddef>

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

UNDERSTORY_INLINE Vec Load(const float* from) { return *reinterpret_cast<const Loose*>(from); }
UNDERSTORY_INLINE void Store(float* to, Vec v) { *reinterpret_cast<Loose*>(to) = v; }

constexpr size_t Blocks(size_t count, size_t size) { return (count + size - 1) / size; }

}  // namespace
}  // namespace understory
