// Multi-head self-attention (Vaswani et al. 2017, section 3.2) of one sequence with itself.
#ifndef UNDERSTORY_ATTENTION_H_
#define UNDERSTORY_ATTENTION_H_

#include <cstddef>

namespace understory {

// A row of qkv [batch, tokens, 3 * heads * width] has the queries of all heads, then their keys, then their values.
struct AttentionShape {
  size_t batch, tokens, heads, width;
  size_t row() const { return heads * width; }
};

// One implementation, for one set of instructions. y and dy [batch, tokens, heads * width]; sums [batch, heads, tokens]: the
// logarithm of the sum of a query's exponentials, from which the way back computes its weights again.
struct Attention {
  void (*forward)(const AttentionShape&, const float* qkv, float* y, float* sums);
  void (*gradient)(const AttentionShape&, const float* qkv, const float* y, const float* sums, const float* dy, float* dqkv);
};

const Attention& FindAttention();
const Attention& AttentionBase();
#if defined(__x86_64__)
const Attention& AttentionAvx2();
const Attention& AttentionAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_ATTENTION_H_
