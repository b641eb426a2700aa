// Convolutions 3x3, stride 1, one pixel of padding, as ops of TensorFlow: UnderstoryConv3x3 and its two gradients.
#include "kernel.h"
#include "winograd.h"

namespace understory {

namespace {

// Shapes in a shape function are handles that must be given back.
class Inference {
 public:
  Inference(TF_ShapeInferenceContext* context, TF_Status* status) : context_(context), status_(status) {}
  ~Inference() {
    for (TF_ShapeHandle* handle : handles_) TF_DeleteShapeHandle(handle);
  }
  TF_ShapeHandle* Input(int index) {
    TF_ShapeHandle* handle = New();
    TF_ShapeInferenceContextGetInput(context_, index, handle, status_);
    if (Fine()) TF_ShapeInferenceContextWithRank(context_, handle, 4, handle, status_);
    return handle;
  }
  TF_ShapeHandle* Part(TF_ShapeHandle* shape, int from, int to) {
    TF_ShapeHandle* handle = New();
    if (Fine()) TF_ShapeInferenceContextSubshape(context_, shape, from, to, handle, status_);
    return handle;
  }
  TF_ShapeHandle* Vector(size_t size) { return handles_.emplace_back(TF_ShapeInferenceContextVectorFromSize(context_, size)); }
  TF_ShapeHandle* Joined(TF_ShapeHandle* first, TF_ShapeHandle* second) {
    TF_ShapeHandle* handle = New();
    if (Fine()) TF_ShapeInferenceContextConcatenateShapes(context_, first, second, handle, status_);
    return handle;
  }
  void Output(TF_ShapeHandle* shape) {
    if (Fine()) TF_ShapeInferenceContextSetOutput(context_, 0, shape, status_);
  }

 private:
  bool Fine() const { return TF_GetCode(status_) == TF_OK; }
  TF_ShapeHandle* New() { return handles_.emplace_back(TF_NewShapeHandle()); }
  TF_ShapeInferenceContext* context_;
  TF_Status* status_;
  std::vector<TF_ShapeHandle*> handles_;
};

// x [n, h, w, inputs], filter [3, 3, inputs, outputs] -> [n, h, w, outputs]
void ForwardShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  Inference shapes(context, status);
  shapes.Output(shapes.Joined(shapes.Part(shapes.Input(0), 0, 3), shapes.Part(shapes.Input(1), 3, 4)));
}

// dy [n, h, w, outputs], filter [3, 3, inputs, outputs] -> [n, h, w, inputs]
void InputGradientShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  Inference shapes(context, status);
  shapes.Output(shapes.Joined(shapes.Part(shapes.Input(0), 0, 3), shapes.Part(shapes.Input(1), 2, 3)));
}

// x [n, h, w, inputs], dy [n, h, w, outputs] -> [3, 3, inputs, outputs]
void FilterGradientShape(TF_ShapeInferenceContext* context, TF_Status* status) {
  Inference shapes(context, status);
  TF_ShapeHandle* window = shapes.Joined(shapes.Vector(3), shapes.Vector(3));
  TF_ShapeHandle* channels = shapes.Joined(shapes.Part(shapes.Input(0), 3, 4), shapes.Part(shapes.Input(1), 3, 4));
  shapes.Output(shapes.Joined(window, channels));
}

const Winograd& Implementation(const ConvShape& shape) {
  const Winograd* found = FindWinograd(shape.inputs, shape.outputs);
  if (!found) throw Failure("INVALID_ARGUMENT", "These numbers of channels are not supported");
  return *found;
}

ConvShape ShapeOf(Running& run, int images, size_t inputs, size_t outputs) {
  return {run.Size(images, 0), run.Size(images, 1), run.Size(images, 2), inputs, outputs};
}

void Forward(Running& run, const void*) {
  const ConvShape shape = ShapeOf(run, 0, run.Size(1, 2), run.Size(1, 3));
  auto size = run.Shape(0);
  size[3] = static_cast<int64_t>(shape.outputs);
  Implementation(shape).forward(shape, run.Read<float>(0), run.Read<float>(1), run.Output(0, size));
}

void InputGradient(Running& run, const void*) {
  const ConvShape shape = ShapeOf(run, 0, run.Size(1, 2), run.Size(1, 3));
  auto size = run.Shape(0);
  size[3] = static_cast<int64_t>(shape.inputs);
  Implementation(shape).input_gradient(shape, run.Read<float>(0), run.Read<float>(1), run.Output(0, size));
}

void FilterGradient(Running& run, const void*) {
  const ConvShape shape = ShapeOf(run, 0, run.Size(0, 3), run.Size(1, 3));
  const std::vector<int64_t> size{3, 3, static_cast<int64_t>(shape.inputs), static_cast<int64_t>(shape.outputs)};
  Implementation(shape).filter_gradient(shape, run.Read<float>(0), run.Read<float>(1), run.Output(0, size));
}

template <Compute kCompute>
void Register(const char* op, std::initializer_list<const char*> inputs, ShapeFunction shape) {
  RegisterOp(op, inputs, {"result: float"}, {}, shape);
  const auto compute = [](void*, TF_OpKernelContext* context) { Guarded(context, kCompute, nullptr); };
  RegisterCpuKernel(op, nullptr, compute, nullptr);
}

}  // namespace

void RegisterConvolutions() {
  Register<Forward>("UnderstoryConv3x3", {"x: float", "filter: float"}, ForwardShape);
  Register<InputGradient>("UnderstoryConv3x3InputGrad", {"dy: float", "filter: float"}, InputGradientShape);
  Register<FilterGradient>("UnderstoryConv3x3FilterGrad", {"x: float", "dy: float"}, FilterGradientShape);
}

}  // namespace understory
