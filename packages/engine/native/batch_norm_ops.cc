// Batch norm as ops of TensorFlow: UnderstoryBatchNorm and its gradient.
#include "batch_norm.h"
#include "kernel.h"

namespace understory {

namespace {

struct NormAttributes {
  explicit NormAttributes(TF_OpKernelConstruction* construction)
      : epsilon(FloatAttribute(construction, "epsilon")), ceiling(FloatAttribute(construction, "ceiling")) {}
  float epsilon;
  float ceiling;
};

struct NormForwardAttributes : NormAttributes {
  explicit NormForwardAttributes(TF_OpKernelConstruction* construction)
      : NormAttributes(construction), sides(static_cast<int>(IntAttribute(construction, "N"))),
        lot(static_cast<size_t>(IntAttribute(construction, "lot"))) {}
  int sides;
  size_t lot;
};

struct NormGradAttributes : NormAttributes {
  explicit NormGradAttributes(TF_OpKernelConstruction* construction)
      : NormAttributes(construction), side(BoolAttribute(construction, "side")),
        relus(static_cast<int>(IntAttribute(construction, "N"))), lot(static_cast<size_t>(IntAttribute(construction, "lot"))) {}
  bool side;
  int relus;
  size_t lot;
};

void Require(bool supported) {
  if (!supported) throw Failure("INVALID_ARGUMENT", "These numbers of rows and channels are not supported");
}

size_t RowsOf(size_t elements, size_t channels) {
  Require(channels > 0);
  return elements / channels;
}

template <typename T>
const BatchNorm<T>& Implementation(size_t rows, size_t channels) {
  const BatchNorm<T>* found = FindBatchNorm<T>(rows, channels);
  Require(found != nullptr);
  return *found;
}

// What the op before has told of its lots of rows, [lots, 2, c].
KnownLots Told(Running& run, int input, size_t lot, size_t rows, size_t channels) {
  if (lot == 0) return {};
  Require(run.Elements(input) == 2 * LotsIn(rows, lot) * channels);
  return {lot, run.Read<float>(input)};
}

// x [..., c], scale [c], offset [c], at most one side [..., c], x's moments -> y [..., c], mean [c], variance [c]
template <typename T>
void Forward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const NormForwardAttributes*>(attributes);
  const size_t channels = run.Elements(1), rows = RowsOf(run.Elements(0), channels);
  const auto shape = run.Shape(0), each = run.Shape(1);
  BatchNormForward<T> norm{rows,
                        channels,
                        run.Read<T>(0),
                        run.Read<float>(1),
                        run.Read<float>(2),
                        of.sides > 0 ? run.Read<T>(3) : nullptr,
                        Told(run, 3 + of.sides, of.lot, rows, channels),
                        of.epsilon,
                        of.ceiling,
                        run.Output<T>(0, shape),
                        run.Output(1, each),
                        run.Output(2, each)};
  Implementation<T>(norm.rows, channels).forward(norm);
}

// dy, x [..., c], scale, mean, variance [c], with a ReLU its result [..., c], dy's sums -> dx [..., c], dscale, doffset [c], dside
template <typename T>
void Backward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const NormGradAttributes*>(attributes);
  const size_t channels = run.Elements(2), rows = RowsOf(run.Elements(0), channels);
  const auto shape = run.Shape(0), each = run.Shape(2);
  T* side = run.Output<T>(3, of.side ? shape : std::vector<int64_t>{0});
  BatchNormBackward<T> norm{rows,
                         channels,
                         run.Read<T>(0),
                         of.relus > 0 ? run.Read<T>(5) : nullptr,
                         run.Read<T>(1),
                         run.Read<float>(2),
                         run.Read<float>(3),
                         run.Read<float>(4),
                         of.epsilon,
                         of.ceiling,
                         Told(run, 5 + of.relus, of.lot, rows, channels),
                         run.Output<T>(0, shape),
                         run.Output(1, each),
                         run.Output(2, each),
                         of.side ? side : nullptr};
  Implementation<T>(norm.rows, channels).backward(norm);
}

}  // namespace

void RegisterBatchNorm() {
  Register<NormForwardAttributes, ByElement<Forward<float>, Forward<BFloat16>>>(
      {"UnderstoryBatchNorm",
       {"x: T", "scale: float", "offset: float", "side: N * T", "moments: M * float"},
       {"y: T", "mean: float", "variance: float"},
       {"T: {float, bfloat16}", "epsilon: float", "ceiling: float", "N: int >= 0", "M: int >= 0 = 0", "lot: int = 0"}});
  Register<NormGradAttributes, ByElement<Backward<float>, Backward<BFloat16>>>(
      {"UnderstoryBatchNormGrad",
       {"dy: T", "x: T", "scale: float", "mean: float", "variance: float", "y: N * T", "sums: M * float"},
       {"dx: T", "dscale: float", "doffset: float", "dside: T"},
       {"T: {float, bfloat16}", "epsilon: float", "ceiling: float", "side: bool", "N: int >= 0", "M: int >= 0 = 0", "lot: int = 0"}});
}

}  // namespace understory
