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

std::vector<int64_t> Sizes(size_t rows, size_t columns) { return {static_cast<int64_t>(rows), static_cast<int64_t>(columns)}; }

// x [rows, inputs], weights [inputs, outputs] -> [rows, outputs]
template <typename T>
void Forward(Running& run, const void* attributes) {
  const DenseShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(1, 1)};
  Require(run.Size(1, 0) == shape.inputs);
  float* y = run.Output(0, Sizes(shape.rows, shape.outputs));
  Kernels<T>(attributes).forward(shape, run.Read<T>(0), run.Read<float>(1), y);
}

// dy [rows, outputs], weights [inputs, outputs] -> [rows, inputs]
template <typename T>
void InputGradient(Running& run, const void* attributes) {
  const DenseShape shape{run.Size(0, 0), run.Size(1, 0), run.Size(0, 1)};
  Require(run.Size(1, 1) == shape.outputs);
  float* dx = run.Output(0, Sizes(shape.rows, shape.inputs));
  Kernels<T>(attributes).input_gradient(shape, run.Read<T>(0), run.Read<float>(1), dx);
}

// x [rows, inputs], dy [rows, outputs] -> [inputs, outputs]
template <typename T>
void FilterGradient(Running& run, const void* attributes) {
  const DenseShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(1, 1)};
  Require(run.Size(1, 0) == shape.rows);
  float* dw = run.Output(0, Sizes(shape.inputs, shape.outputs));
  Kernels<T>(attributes).filter_gradient(shape, run.Read<T>(0), run.Read<T>(1), dw);
}

}  // namespace

void RegisterDense() {
  Register<DenseAttributes, ByElement<Forward<float>, Forward<BFloat16>>>(
      {"UnderstoryDense", {"x: T", "weights: float"}, {"y: float"}, {"T: {float, bfloat16}", "pairs: bool = true"}});
  Register<DenseAttributes, ByElement<InputGradient<float>, InputGradient<BFloat16>>>(
      {"UnderstoryDenseInputGrad", {"dy: T", "weights: float"}, {"dx: float"}, {"T: {float, bfloat16}", "pairs: bool = true"}});
  Register<DenseAttributes, ByElement<FilterGradient<float>, FilterGradient<BFloat16>>>(
      {"UnderstoryDenseFilterGrad", {"x: T", "dy: T"}, {"dweights: float"}, {"T: {float, bfloat16}", "pairs: bool = true"}});
}

}  // namespace understory
