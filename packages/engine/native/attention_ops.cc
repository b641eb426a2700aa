// Attention as ops of TensorFlow: UnderstoryAttention and its gradient.
#include "attention.h"
#include "kernel.h"

namespace understory {

namespace {

struct AttentionAttributes {
  explicit AttentionAttributes(TF_OpKernelConstruction* construction) : heads(static_cast<size_t>(IntAttribute(construction, "heads"))) {}
  size_t heads;
};

AttentionShape ShapeOf(Running& run, const void* attributes) {
  const size_t heads = static_cast<const AttentionAttributes*>(attributes)->heads;
  if (run.Rank(0) != 3 || heads == 0 || run.Size(0, 2) % (3 * heads) != 0)
    throw Failure("INVALID_ARGUMENT", "The rows do not divide into queries, keys and values of each head");
  return {run.Size(0, 0), run.Size(0, 1), heads, run.Size(0, 2) / (3 * heads)};
}

// qkv [batch, tokens, 3 * row] -> [batch, tokens, row], sums [batch, heads, tokens]
void Forward(Running& run, const void* attributes) {
  const AttentionShape shape = ShapeOf(run, attributes);
  const auto size = [](size_t n) { return static_cast<int64_t>(n); };
  float* y = run.Output(0, {size(shape.batch), size(shape.tokens), size(shape.row())});
  float* sums = run.Output(1, {size(shape.batch), size(shape.heads), size(shape.tokens)});
  FindAttention().forward(shape, run.Read<float>(0), y, sums);
}

// qkv, y, sums and dy [batch, tokens, row] -> that of qkv
void Gradient(Running& run, const void* attributes) {
  const AttentionShape shape = ShapeOf(run, attributes);
  const size_t numbers = shape.batch * shape.tokens * shape.row();
  if (run.Elements(1) != numbers || run.Elements(3) != numbers || run.Elements(2) != shape.batch * shape.heads * shape.tokens)
    throw Failure("INVALID_ARGUMENT", "The tokens, what became of them and its gradient do not fit each other");
  float* dqkv = run.Output(0, run.Shape(0));
  FindAttention().gradient(shape, run.Read<float>(0), run.Read<float>(1), run.Read<float>(2), run.Read<float>(3), dqkv);
}

}  // namespace

void RegisterAttention() {
  Register<AttentionAttributes, Forward>(
      {"UnderstoryAttention", {"qkv: float"}, {"y: float", "sums: float"}, {"heads: int >= 1"}});
  Register<AttentionAttributes, Gradient>({"UnderstoryAttentionGrad",
                                           {"qkv: float", "y: float", "sums: float", "dy: float"},
                                           {"dqkv: float"},
                                           {"heads: int >= 1"}});
}

}  // namespace understory
