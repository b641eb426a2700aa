// Layer normalisation as ops of TensorFlow: UnderstoryLayerNorm and its gradient.
#include "layer_norm.h"
#include "kernel.h"

namespace understory {

namespace {

struct LayerNormAttributes {
  explicit LayerNormAttributes(TF_OpKernelConstruction* construction) : epsilon(FloatAttribute(construction, "epsilon")) {}
  float epsilon;
};

LayerNormShape ShapeOf(Running& run) {
  const int rank = run.Rank(0);
  const size_t channels = rank > 0 ? run.Size(0, rank - 1) : 0;
  if (channels == 0 || run.Elements(1) != channels) throw Failure("INVALID_ARGUMENT", "The rows and their scale do not fit each other");
  return {run.Elements(0) / channels, channels};
}

// x [..., channels], scale and offset [channels] -> [..., channels], means [rows], factors [rows]
void Forward(Running& run, const void* attributes) {
  const LayerNormShape shape = ShapeOf(run);
  if (run.Elements(2) != shape.channels) throw Failure("INVALID_ARGUMENT", "The rows and their offset do not fit each other");
  const std::vector<int64_t> rows{static_cast<int64_t>(shape.rows)};
  float *means = run.Output(1, rows), *factors = run.Output(2, rows);
  const auto give = [&](auto* y) {
    using T = std::remove_pointer_t<decltype(y)>;
    FindLayerNorm<T>().forward(shape, static_cast<const LayerNormAttributes*>(attributes)->epsilon, run.Read<float>(0), run.Read<float>(1),
                               run.Read<float>(2), y, means, factors);
  };
  run.GivesBFloat16(0) ? give(run.Output<BFloat16>(0, run.Shape(0))) : give(run.Output(0, run.Shape(0)));
}

// x [..., channels], scale [channels], means [rows], factors [rows], dy [..., channels] -> those of x, scale and offset
void Gradient(Running& run, const void*) {
  const LayerNormShape shape = ShapeOf(run);
  if (run.Elements(2) != shape.rows || run.Elements(3) != shape.rows || run.Shape(4) != run.Shape(0))
    throw Failure("INVALID_ARGUMENT", "The rows, their means and their gradient do not fit each other");
  float *dx = run.Output(0, run.Shape(0)), *dscale = run.Output(1, run.Shape(1)), *doffset = run.Output(2, run.Shape(1));
  FindLayerNorm<float>().gradient(shape, run.Read<float>(0), run.Read<float>(1), run.Read<float>(2), run.Read<float>(3),
                           run.Read<float>(4), dx, dscale, doffset);
}

}  // namespace

void RegisterLayerNorm() {
  Register<LayerNormAttributes, Forward>({"UnderstoryLayerNorm",
                                          {"x: float", "scale: float", "offset: float"},
                                          {"y: R", "means: float", "factors: float"},
                                          {"R: {float, bfloat16} = DT_FLOAT", "epsilon: float"}});
  Register<NoAttributes, Gradient>({"UnderstoryLayerNormGrad",
                                    {"x: float", "scale: float", "means: float", "factors: float", "dy: float"},
                                    {"dx: float", "dscale: float", "doffset: float"},
                                    {}});
}

}  // namespace understory
