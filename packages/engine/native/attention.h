// Multi-head self-attention (Vaswani et al. 2017, section 3.2) of one sequence with itself.
#ifndef UNDERSTORY_ATTENTION_H_
#define UNDERSTORY_ATTENTION_H_

#include <cstddef>

#include "element.h"

namespace understory {

// A row of qkv [batch, tokens, 3 * heads * width] has the queries of all heads, then their keys, then their values.
struct AttentionShape {
  size_t batch, tokens, heads, width;
  size_t row() const { return heads * width; }
};

// One implementation, for one set of instructions and tokens of T. y and dy [batch, tokens, heads * width]; sums [batch, heads,
// tokens]: the logarithm of the sum of a query's exponentials, from which the way back computes its weights again.
template <typename T>
struct Attention {
  void (*forward)(const AttentionShape&, const T* qkv, T* y, float* sums);
  void (*gradient)(const AttentionShape&, const T* qkv, const T* y, const float* sums, const T* dy, T* dqkv);
};

// The best one for this processor. `pairs`: whether tokens in BFloat16 may be multiplied in it, where the processor can.
template <typename T>
const Attention<T>& FindAttention(bool pairs);

template <typename T>
const Attention<T>& AttentionBase();
#if defined(__x86_64__)
template <typename T>
const Attention<T>& AttentionAvx2();
template <typename T>
const Attention<T>& AttentionAvx512();
const Attention<BFloat16>& AttentionAvx512Bf16();
const Attention<BFloat16>& AttentionAmx();
#endif

}  // namespace understory

#endif  // UNDERSTORY_ATTENTION_H_
