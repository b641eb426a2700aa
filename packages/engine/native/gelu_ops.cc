// GELU as ops of TensorFlow: UnderstoryGelu and its gradient.
#include "gelu.h"
#include "kernel.h"

namespace understory {

namespace {

// x [...] -> [...]
void Forward(Running& run, const void*) {
  float* y = run.Output(0, run.Shape(0));
  FindGelu().forward(run.Elements(0), run.Read<float>(0), y);
}

// x and dy [...] -> [...]
void Gradient(Running& run, const void*) {
  if (run.Shape(0) != run.Shape(1)) throw Failure("INVALID_ARGUMENT", "The numbers and their gradient do not fit each other");
  float* dx = run.Output(0, run.Shape(0));
  FindGelu().gradient(run.Elements(0), run.Read<float>(0), run.Read<float>(1), dx);
}

}  // namespace

void RegisterGelu() {
  Register<NoAttributes, Forward>({"UnderstoryGelu", {"x: float"}, {"y: float"}, {}});
  Register<NoAttributes, Gradient>({"UnderstoryGeluGrad", {"x: float", "dy: float"}, {"dx: float"}, {}});
}

}  // namespace understory
