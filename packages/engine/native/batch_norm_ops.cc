// Batch norm as ops of TensorFlow: UnderstoryBatchNorm and its gradient.
#include "batch_norm.h"
#include "kernel.h"

namespace understory {

namespace {

struct NormAttributes {
  explicit NormAttributes(TF_OpKernelConstruction* construction)
      : epsilon(FloatAttribute(construction, "epsilon")), relu(BoolAttribute(construction, "relu")) {}
  float epsilon;
  bool relu;
};

struct NormGradAttributes : NormAttributes {
  explicit NormGradAttributes(TF_OpKernelConstruction* construction)
      : NormAttributes(construction), side(BoolAttribute(construction, "side")) {}
  bool side;
};

const BatchNorm& Implementation(size_t channels) {
  const BatchNorm* found = FindBatchNorm(channels);
  if (!found) throw Failure("INVALID_ARGUMENT", "This number of channels is not supported");
  return *found;
}

// x [..., c], scale [c], offset [c], at most one side [..., c] -> y [..., c], mean [c], variance [c]
void Forward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const NormAttributes*>(attributes);
  const size_t channels = run.Elements(1);
  const auto shape = run.Shape(0), each = run.Shape(1);
  BatchNormForward norm{run.Elements(0) / channels,
                        channels,
                        run.Read<float>(0),
                        run.Read<float>(1),
                        run.Read<float>(2),
                        run.Inputs() > 3 ? run.Read<float>(3) : nullptr,
                        of.epsilon,
                        of.relu,
                        run.Output(0, shape),
                        run.Output(1, each),
                        run.Output(2, each)};
  Implementation(channels).forward(norm);
}

// dy, x [..., c], scale, mean, variance [c], with a ReLU its result [..., c] -> dx [..., c], dscale, doffset [c], dside
void Backward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const NormGradAttributes*>(attributes);
  const size_t channels = run.Elements(2);
  const auto shape = run.Shape(0), each = run.Shape(2);
  float* side = run.Output(3, of.side ? shape : std::vector<int64_t>{0});
  BatchNormBackward norm{run.Elements(0) / channels,
                         channels,
                         run.Read<float>(0),
                         of.relu ? run.Read<float>(5) : nullptr,
                         run.Read<float>(1),
                         run.Read<float>(2),
                         run.Read<float>(3),
                         run.Read<float>(4),
                         of.epsilon,
                         run.Output(0, shape),
                         run.Output(1, each),
                         run.Output(2, each),
                         of.side ? side : nullptr};
  Implementation(channels).backward(norm);
}

}  // namespace

void RegisterBatchNorm() {
  Register<NormAttributes, Forward>({"UnderstoryBatchNorm",
                                     {"x: float", "scale: float", "offset: float", "side: N * float"},
                                     {"y: float", "mean: float", "variance: float"},
                                     {"epsilon: float", "relu: bool", "N: int >= 0"}});
  Register<NormGradAttributes, Backward>(
      {"UnderstoryBatchNormGrad",
       {"dy: float", "x: float", "scale: float", "mean: float", "variance: float", "y: N * float"},
       {"dx: float", "dscale: float", "doffset: float", "dside: float"},
       {"epsilon: float", "relu: bool", "side: bool", "N: int >= 0"}});
}

}  // namespace understory
