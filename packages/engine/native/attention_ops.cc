// Attention as ops of TensorFlow: UnderstoryAttention and its gradient.
#include "attention.h"
#include "kernel.h"

namespace understory {

namespace {

struct AttentionAttributes {
  explicit AttentionAttributes(TF_OpKernelConstruction* construction)
      : heads(static_cast<size_t>(IntAttribute(construction, "heads"))), pairs(BoolAttribute(construction, "pairs")) {}
  size_t heads;
  bool pairs;
};

template <typename T>
const Attention<T>& Kernels(const void* attributes) {
  return FindAttention<T>(static_cast<const AttentionAttributes*>(attributes)->pairs);
}

AttentionShape ShapeOf(Running& run, const void* attributes) {
  const size_t heads = static_cast<const AttentionAttributes*>(attributes)->heads;
  if (run.Rank(0) != 3 || heads == 0 || run.Size(0, 2) % (3 * heads) != 0)
    throw Failure("INVALID_ARGUMENT", "The rows do not divide into queries, keys and values of each head");
  return {run.Size(0, 0), run.Size(0, 1), heads, run.Size(0, 2) / (3 * heads)};
}

// qkv [batch, tokens, 3 * row] -> [batch, tokens, row], sums [batch, heads, tokens]
template <typename T>
void Forward(Running& run, const void* attributes) {
  const AttentionShape shape = ShapeOf(run, attributes);
  const auto size = [](size_t n) { return static_cast<int64_t>(n); };
  T* y = run.Output<T>(0, {size(shape.batch), size(shape.tokens), size(shape.row())});
  float* sums = run.Output(1, {size(shape.batch), size(shape.heads), size(shape.tokens)});
  Kernels<T>(attributes).forward(shape, run.Read<T>(0), y, sums);
}

// qkv, y, sums and dy [batch, tokens, row] -> that of qkv
template <typename T>
void Gradient(Running& run, const void* attributes) {
  const AttentionShape shape = ShapeOf(run, attributes);
  const size_t numbers = shape.batch * shape.tokens * shape.row();
  if (run.Elements(1) != numbers || run.Elements(3) != numbers || run.Elements(2) != shape.batch * shape.heads * shape.tokens)
    throw Failure("INVALID_ARGUMENT", "The tokens, what became of them and its gradient do not fit each other");
  T* dqkv = run.Output<T>(0, run.Shape(0));
  Kernels<T>(attributes).gradient(shape, run.Read<T>(0), run.Read<T>(1), run.Read<float>(2), run.Read<T>(3), dqkv);
}

}  // namespace

void RegisterAttention() {
  Register<AttentionAttributes, ByElement<Forward<float>, Forward<BFloat16>>>(
      {"UnderstoryAttention",
       {"qkv: T"},
       {"y: T", "sums: float"},
       {"T: {float, bfloat16} = DT_FLOAT", "heads: int >= 1", "pairs: bool = false"}});
  Register<AttentionAttributes, ByElement<Gradient<float>, Gradient<BFloat16>>>(
      {"UnderstoryAttentionGrad",
       {"qkv: T", "y: T", "sums: float", "dy: T"},
       {"dqkv: T"},
       {"T: {float, bfloat16} = DT_FLOAT", "heads: int >= 1", "pairs: bool = false"}});
}

}  // namespace understory
