// Vectors of floats for one set of instructions. Included by .cc files that set the target, and
//   UNDERSTORY_LANES  floats in a vector register
// What stands here has internal linkage: each of these files has its own.

#include <cstddef>
#include <cstdint>
#include <utility>

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

// Numbers of 16 bits in words of 32, and back: compilers do this by halves of a vector of 512 bits, unless they are told.
UNDERSTORY_INLINE Bits Widen(Halves halves) {
#if UNDERSTORY_LANES == 16
  return (Bits)_mm512_cvtepu16_epi32((__m256i)halves);
#else
  return __builtin_convertvector(halves, Bits);
#endif
}
UNDERSTORY_INLINE Halves Narrow(Bits bits) {
#if UNDERSTORY_LANES == 16
  return (Halves)_mm512_cvtepi32_epi16((__m512i)bits);
#else
  return __builtin_convertvector(bits, Halves);
#endif
}

UNDERSTORY_INLINE Vec Load(const BFloat16* from) {
  return reinterpret_cast<Vec>(Widen(*reinterpret_cast<const LooseHalves*>(from)) << 16);
}

// A whole line of the cache that is written at once and not read soon: it goes to memory by itself, where `to` begins one. `EndStream`
// comes before others read what was written so.
UNDERSTORY_INLINE void Stream(float* to, Vec v) {
#if UNDERSTORY_LANES == 16
  if (reinterpret_cast<uintptr_t>(to) % 64 == 0) return _mm512_stream_ps(to, (__m512)v);
#endif
  Store(to, v);
}
UNDERSTORY_INLINE void EndStream() {
#if UNDERSTORY_LANES == 16
  _mm_sfence();
#endif
}

// Rounded to the nearest BFloat16, halves to even, in the upper 16 bits; what is not a number stays so.
UNDERSTORY_INLINE Bits Rounded(Vec v) {
  const Bits bits = reinterpret_cast<Bits>(v);
  return v == v ? bits + 0x7fff + ((bits >> 16) & 1) : bits | 0x400000;
}

// The same in 16 bits. The processor's own instruction makes numbers below the least normal one 0.
UNDERSTORY_INLINE Halves RoundedHalves(Vec v) {
#if defined(UNDERSTORY_PAIRS)
  return (Halves)_mm512_cvtneps_pbh((__m512)v);
#else
  return Narrow(Rounded(v) >> 16);
#endif
}

UNDERSTORY_INLINE void Store(BFloat16* to, Vec v) { *reinterpret_cast<LooseHalves*>(to) = RoundedHalves(v); }

// The first `count` numbers of a vector, of which there may be fewer than it has; then zeros.
#if defined(UNDERSTORY_PAIRS)
UNDERSTORY_INLINE Vec LoadFirst(const BFloat16* from, size_t count) {
  const __m256i halves = _mm256_maskz_loadu_epi16(static_cast<__mmask16>((1u << count) - 1), from);
  return (Vec)_mm512_slli_epi32(_mm512_cvtepu16_epi32(halves), 16);
}
UNDERSTORY_INLINE void StoreFirst(BFloat16* to, Vec v, size_t count) {
  _mm256_mask_storeu_epi16(to, static_cast<__mmask16>((1u << count) - 1), (__m256i)RoundedHalves(v));
}
#endif
template <typename T>
UNDERSTORY_INLINE Vec LoadFirst(const T* from, size_t count) {
  alignas(64) T some[kLanes] = {};
  for (size_t i = 0; i < count; i++) some[i] = from[i];
  return Load(some);
}
template <typename T>
UNDERSTORY_INLINE void StoreFirst(T* to, Vec v, size_t count) {
  alignas(64) T some[kLanes];
  Store(some, v);
  for (size_t i = 0; i < count; i++) to[i] = some[i];
}
#if UNDERSTORY_LANES == 16
UNDERSTORY_INLINE Vec LoadFirst(const float* from, size_t count) {
  return (Vec)_mm512_maskz_loadu_ps(static_cast<__mmask16>((1u << count) - 1), from);
}
UNDERSTORY_INLINE void StoreFirst(float* to, Vec v, size_t count) {
  _mm512_mask_storeu_ps(to, static_cast<__mmask16>((1u << count) - 1), (__m512)v);
}
#endif

// Loads and stores whole vectors, or as many numbers as there are.
struct Whole {
  template <typename T>
  UNDERSTORY_INLINE Vec load(const T* from) const {
    return Load(from);
  }
  template <typename T>
  UNDERSTORY_INLINE void store(T* to, Vec v) const {
    Store(to, v);
  }
  UNDERSTORY_INLINE void stream(float* to, Vec v) const { Stream(to, v); }
};
struct First {
  size_t count;
  template <typename T>
  UNDERSTORY_INLINE Vec load(const T* from) const {
    return LoadFirst(from, count);
  }
  template <typename T>
  UNDERSTORY_INLINE void store(T* to, Vec v) const {
    StoreFirst(to, v, count);
  }
  UNDERSTORY_INLINE void stream(float* to, Vec v) const { store(to, v); }
};

// Calls body(c, numbers) for the vectors of a row from `from` to `to`, which has `length` numbers. Whether a vector is whole is
// known when the body is compiled: with a branch in it the compiler would join other products with sums than without.
template <typename Body>
UNDERSTORY_INLINE void InVectors(size_t from, size_t to, size_t length, Body body) {
  size_t c = from;
  for (; c < to && c + kLanes <= length; c += kLanes) body(c, Whole{});
  if (c < to) body(c, First{length - c});
}

// Numbers of two vectors by turns: of their lower halves, or from lane `From` on.
template <size_t From, size_t... I>
UNDERSTORY_INLINE Vec ByTurns(Vec a, Vec b, std::index_sequence<I...>) {
#if defined(__clang__)
  return __builtin_shufflevector(a, b, (I % 2 * kLanes + From + I / 2)...);
#else
  return __builtin_shuffle(a, b, Bits{static_cast<uint32_t>(I % 2 * kLanes + From + I / 2)...});
#endif
}

// A square of numbers, a row in each vector, turned: afterwards number i of row k is what was number k of row i.
UNDERSTORY_INLINE void Turn(Vec (&rows)[kLanes]) {
  using Lanes = std::make_index_sequence<kLanes>;
  UNDERSTORY_UNROLL
  for (size_t round = 1; round < kLanes; round *= 2) {
    Vec next[kLanes];
    UNDERSTORY_UNROLL
    for (size_t i = 0; i < kLanes / 2; i++) {
      next[2 * i] = ByTurns<0>(rows[i], rows[i + kLanes / 2], Lanes{});
      next[2 * i + 1] = ByTurns<kLanes / 2>(rows[i], rows[i + kLanes / 2], Lanes{});
    }
    UNDERSTORY_UNROLL
    for (size_t i = 0; i < kLanes; i++) rows[i] = next[i];
  }
}

// `rows` rows of `length` numbers each, `row` from one to the next, turned; 0 beyond them.
template <typename T>
UNDERSTORY_INLINE void LoadTurned(const T* from, size_t row, size_t rows, size_t length, Vec (&turned)[kLanes]) {
  for (size_t r = 0; r < kLanes; r++)
    turned[r] = r >= rows ? Vec{} : length == kLanes ? Load(from + r * row) : LoadFirst(from + r * row, length);
  Turn(turned);
}

constexpr size_t Blocks(size_t count, size_t size) { return (count + size - 1) / size; }
// So many numbers, filled up to whole vectors.
constexpr size_t Filled(size_t count) { return Blocks(count, kLanes) * kLanes; }

}  // namespace
}  // namespace understory
