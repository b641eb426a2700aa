// Dense layers as ops of TensorFlow: UnderstoryDense and its gradients.
#include "dense.h"
#include "kernel.h"

namespace understory {

namespace {

struct DenseAttributes {
  explicit DenseAttributes(TF_OpKernelConstruction* construction) : pairs(BoolAttribute(construction, "pairs")) {}
  bool pairs;
};

template <typename T>
const Dense<T>& Kernels(const void* attributes) {
  return FindDense<T>(static_cast<const DenseAttributes*>(attributes)->pairs);
}

void Require(bool fine) {
  if (!fine) throw Failure("INVALID_ARGUMENT", "The matrices do not fit each other");
}

size_t Columns(Running& run, int input) { return run.Size(input, run.Rank(input) - 1); }
size_t Rows(Running& run, int input) { return run.Size(input, run.Rank(input) - 2); }

// One matrix, though it may be the only one of a batch.
void RequireMatrix(Running& run, int input) {
  Require(run.Rank(input) >= 2 && run.Elements(input) == Rows(run, input) * Columns(run, input));
}

// The shape of an input with other sizes at its end.
std::vector<int64_t> Sized(Running& run, int input, size_t rows, size_t columns) {
  std::vector<int64_t> shape = run.Shape(input);
  shape[shape.size() - 2] = static_cast<int64_t>(rows);
  shape[shape.size() - 1] = static_cast<int64_t>(columns);
  return shape;
}

DenseRows RowsOut(Running& run, const std::vector<int64_t>& shape) {
  if (run.GivesBFloat16(0)) return {nullptr, run.Output<BFloat16>(0, shape)};
  return {run.Output(0, shape), nullptr};
}

// x [rows, inputs], weights [inputs, outputs], at most one bias [outputs] -> [rows, outputs]
template <typename T>
void Forward(Running& run, const void* attributes) {
  RequireMatrix(run, 0), RequireMatrix(run, 1);
  const DenseShape shape{Rows(run, 0), Columns(run, 0), Columns(run, 1)};
  const bool biased = run.Inputs() > 2;
  Require(Rows(run, 1) == shape.inputs && (!biased || run.Elements(2) == shape.outputs));
  const DenseRows y = RowsOut(run, Sized(run, 0, shape.rows, shape.outputs));
  Kernels<T>(attributes).forward(shape, run.Read<T>(0), run.Read<float>(1), biased ? run.Read<float>(2) : nullptr, y);
}

// dy [rows, outputs], weights [inputs, outputs] -> [rows, inputs]
template <typename T>
void InputGradient(Running& run, const void* attributes) {
  RequireMatrix(run, 0), RequireMatrix(run, 1);
  const DenseShape shape{Rows(run, 0), Rows(run, 1), Columns(run, 0)};
  Require(Columns(run, 1) == shape.outputs);
  const DenseRows dx = RowsOut(run, Sized(run, 0, shape.rows, shape.inputs));
  Kernels<T>(attributes).input_gradient(shape, run.Read<T>(0), run.Read<float>(1), dx);
}

struct FilterAttributes : DenseAttributes {
  explicit FilterAttributes(TF_OpKernelConstruction* construction)
      : DenseAttributes(construction), sums(BoolAttribute(construction, "sums")) {}
  bool sums;
};

// x [rows, inputs], dy [rows, outputs] -> dweights [inputs, outputs], dbias [outputs] where sums are wanted
template <typename T>
void FilterGradient(Running& run, const void* attributes) {
  RequireMatrix(run, 0), RequireMatrix(run, 1);
  const DenseShape shape{Rows(run, 0), Columns(run, 0), Columns(run, 1)};
  Require(Rows(run, 1) == shape.rows);
  float* dw = run.Output(0, Sized(run, 0, shape.inputs, shape.outputs));
  const bool sums = static_cast<const FilterAttributes*>(attributes)->sums;
  float* dbias = run.Output(1, {static_cast<int64_t>(sums ? shape.outputs : 0)});
  Kernels<T>(attributes).filter_gradient(shape, run.Read<T>(0), run.Read<T>(1), dw, sums ? dbias : nullptr);
}

}  // namespace

void RegisterDense() {
  Register<DenseAttributes, ByElement<Forward<float>, Forward<BFloat16>>>(
      {"UnderstoryDense",
       {"x: T", "weights: float", "bias: N * float"},
       {"y: R"},
       {"T: {float, bfloat16}", "R: {float, bfloat16} = DT_FLOAT", "pairs: bool = true", "N: int >= 0"}});
  Register<DenseAttributes, ByElement<InputGradient<float>, InputGradient<BFloat16>>>(
      {"UnderstoryDenseInputGrad",
       {"dy: T", "weights: float"},
       {"dx: R"},
       {"T: {float, bfloat16}", "R: {float, bfloat16} = DT_FLOAT", "pairs: bool = true"}});
  Register<FilterAttributes, ByElement<FilterGradient<float>, FilterGradient<BFloat16>>>(
      {"UnderstoryDenseFilterGrad",
       {"x: T", "dy: T"},
       {"dweights: float", "dbias: float"},
       {"T: {float, bfloat16}", "pairs: bool = true", "sums: bool"}});
}

}  // namespace understory
