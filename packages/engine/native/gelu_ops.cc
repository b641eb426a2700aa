// GELU as ops of TensorFlow: UnderstoryGelu and its gradient.
#include "gelu.h"
#include "kernel.h"

namespace understory {

namespace {

// x [...] -> [...]
template <typename T>
void Forward(Running& run, const void*) {
  T* y = run.Output<T>(0, run.Shape(0));
  FindGelu<T>().forward(run.Elements(0), run.Read<T>(0), y);
}

// x and dy [...] -> [...]
template <typename T>
void Gradient(Running& run, const void*) {
  if (run.Shape(0) != run.Shape(1)) throw Failure("INVALID_ARGUMENT", "The numbers and their gradient do not fit each other");
  T* dx = run.Output<T>(0, run.Shape(0));
  FindGelu<T>().gradient(run.Elements(0), run.Read<T>(0), run.Read<T>(1), dx);
}

}  // namespace

void RegisterGelu() {
  const char* type = "T: {float, bfloat16} = DT_FLOAT";
  Register<NoAttributes, ByElement<Forward<float>, Forward<BFloat16>>>({"UnderstoryGelu", {"x: T"}, {"y: T"}, {type}});
  Register<NoAttributes, ByElement<Gradient<float>, Gradient<BFloat16>>>({"UnderstoryGeluGrad", {"x: T", "dy: T"}, {"dx: T"}, {type}});
}

}  // namespace understory
