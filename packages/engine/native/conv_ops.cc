// Convolutions 3x3 of stride 1 or 2 with one pixel of padding, as ops of TensorFlow: UnderstoryConv3x3 and its gradients.
#include "kernel.h"
#include "winograd.h"

namespace understory {

namespace {

struct ConvAttributes {
  explicit ConvAttributes(TF_OpKernelConstruction* construction)
      : stride(static_cast<size_t>(IntAttribute(construction, "stride"))) {}
  size_t stride;
};

// The input gradient cannot tell an image's size from that of its half.
struct InputGradientAttributes : ConvAttributes {
  explicit InputGradientAttributes(TF_OpKernelConstruction* construction)
      : ConvAttributes(construction),
        height(static_cast<size_t>(IntAttribute(construction, "height"))),
        width(static_cast<size_t>(IntAttribute(construction, "width"))) {}
  size_t height, width;
};

const Winograd& Implementation(const ConvShape& shape) {
  const Winograd* found = FindWinograd(shape.inputs, shape.outputs);
  if (!found || (shape.stride != 1 && shape.stride != 2)) {
    throw Failure("INVALID_ARGUMENT", "These channels or this stride are not supported");
  }
  return *found;
}

std::vector<int64_t> Dimensions(std::initializer_list<size_t> sizes) { return {sizes.begin(), sizes.end()}; }

// x [n, h, w, inputs], filter [3, 3, inputs, outputs] -> [n, ⌈h / stride⌉, ⌈w / stride⌉, outputs]
void Forward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvAttributes*>(attributes);
  const ConvShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(1, 2), run.Size(1, 3), of.stride};
  float* y = run.Output(0, Dimensions({shape.batch, shape.down(), shape.across(), shape.outputs}));
  Implementation(shape).forward(shape, run.Read<float>(0), run.Read<float>(1), y);
}

// dy as the result, filter -> [n, h, w, inputs]
void InputGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const InputGradientAttributes*>(attributes);
  const ConvShape shape{run.Size(0, 0), of.height, of.width, run.Size(1, 2), run.Size(1, 3), of.stride};
  float* dx = run.Output(0, Dimensions({shape.batch, shape.height, shape.width, shape.inputs}));
  Implementation(shape).input_gradient(shape, run.Read<float>(0), run.Read<float>(1), dx);
}

// x, dy as the result -> [3, 3, inputs, outputs]
void FilterGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvAttributes*>(attributes);
  const ConvShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(0, 3), run.Size(1, 3), of.stride};
  float* dw = run.Output(0, Dimensions({3, 3, shape.inputs, shape.outputs}));
  Implementation(shape).filter_gradient(shape, run.Read<float>(0), run.Read<float>(1), dw);
}

}  // namespace

void RegisterConvolutions() {
  Register<ConvAttributes, Forward>({"UnderstoryConv3x3", {"x: float", "filter: float"}, {"y: float"}, {"stride: int"}});
  Register<InputGradientAttributes, InputGradient>({"UnderstoryConv3x3InputGrad",
                                                    {"dy: float", "filter: float"},
                                                    {"dx: float"},
                                                    {"stride: int", "height: int", "width: int"}});
  Register<ConvAttributes, FilterGradient>(
      {"UnderstoryConv3x3FilterGrad", {"x: float", "dy: float"}, {"dfilter: float"}, {"stride: int"}});
}

}  // namespace understory
