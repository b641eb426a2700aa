// Convolutions as ops of TensorFlow: UnderstoryConv, UnderstoryDepthwise, and their gradients.
#include "convolution.h"
#include "depthwise.h"
#include "kernel.h"

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

struct FilterGradientAttributes : ConvAttributes {
  explicit FilterGradientAttributes(TF_OpKernelConstruction* construction)
      : ConvAttributes(construction), size(static_cast<size_t>(IntAttribute(construction, "size"))) {}
  size_t size;
};

template <typename Kernels>
const Kernels& Supported(const Kernels* found, size_t stride, bool size) {
  if (found && size && (stride == 1 || stride == 2)) return *found;
  throw Failure("INVALID_ARGUMENT", "These channels, this stride or this size are not supported");
}

template <typename T>
const Convolution<T>& Kernels(const ConvShape& s) {
  return Supported(FindConvolution<T>(s.inputs, s.outputs), s.stride, s.size == 1 || s.size == 3);
}

template <typename T>
const Depthwise<T>& Kernels(const DepthwiseShape& s) {
  return Supported(FindDepthwise<T>(s.channels), s.stride, s.size == 3 || s.size == 5 || s.size == 7);
}

std::vector<int64_t> Dimensions(std::initializer_list<size_t> sizes) { return {sizes.begin(), sizes.end()}; }

// x [n, h, w, inputs], filter [size, size, inputs, outputs] -> [n, ⌈h / stride⌉, ⌈w / stride⌉, outputs]
template <typename T>
void Forward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvAttributes*>(attributes);
  const ConvShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(1, 2), run.Size(1, 3), of.stride, run.Size(1, 0)};
  T* y = run.Output<T>(0, Dimensions({shape.batch, shape.down(), shape.across(), shape.outputs}));
  Kernels<T>(shape).forward(shape, run.Read<T>(0), run.Read<float>(1), y);
}

// dy as the result, filter -> [n, h, w, inputs]
template <typename T>
void InputGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const InputGradientAttributes*>(attributes);
  const ConvShape shape{run.Size(0, 0), of.height, of.width, run.Size(1, 2), run.Size(1, 3), of.stride, run.Size(1, 0)};
  T* dx = run.Output<T>(0, Dimensions({shape.batch, shape.height, shape.width, shape.inputs}));
  Kernels<T>(shape).input_gradient(shape, run.Read<T>(0), run.Read<float>(1), dx);
}

// x, dy as the result -> [size, size, inputs, outputs]
template <typename T>
void FilterGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const FilterGradientAttributes*>(attributes);
  const ConvShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(0, 3), run.Size(1, 3), of.stride, of.size};
  float* dw = run.Output(0, Dimensions({shape.size, shape.size, shape.inputs, shape.outputs}));
  Kernels<T>(shape).filter_gradient(shape, run.Read<T>(0), run.Read<T>(1), dw);
}

// x [n, h, w, c], filter [size, size, c, 1] -> [n, ⌈h / stride⌉, ⌈w / stride⌉, c]
template <typename T>
void DepthwiseForward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvAttributes*>(attributes);
  const DepthwiseShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(0, 3), of.stride, run.Size(1, 0)};
  T* y = run.Output<T>(0, Dimensions({shape.batch, shape.down(), shape.across(), shape.channels}));
  Kernels<T>(shape).forward(shape, run.Read<T>(0), run.Read<float>(1), y);
}

// dy as the result, filter -> [n, h, w, c]
template <typename T>
void DepthwiseInputGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const InputGradientAttributes*>(attributes);
  const DepthwiseShape shape{run.Size(0, 0), of.height, of.width, run.Size(0, 3), of.stride, run.Size(1, 0)};
  T* dx = run.Output<T>(0, Dimensions({shape.batch, shape.height, shape.width, shape.channels}));
  Kernels<T>(shape).input_gradient(shape, run.Read<T>(0), run.Read<float>(1), dx);
}

// x, dy as the result -> [size, size, c, 1]
template <typename T>
void DepthwiseFilterGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const FilterGradientAttributes*>(attributes);
  const DepthwiseShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(0, 3), of.stride, of.size};
  float* dw = run.Output(0, Dimensions({shape.size, shape.size, shape.channels, 1}));
  Kernels<T>(shape).filter_gradient(shape, run.Read<T>(0), run.Read<T>(1), dw);
}

// An op and its two gradients.
template <Compute kForward, Compute kInputGradient, Compute kFilterGradient>
void RegisterThree(const char* forward, const char* input_gradient, const char* filter_gradient) {
  Register<ConvAttributes, kForward>({forward, {"x: T", "filter: float"}, {"y: T"}, {"T: {float, bfloat16}", "stride: int"}});
  Register<InputGradientAttributes, kInputGradient>({input_gradient,
                                                     {"dy: T", "filter: float"},
                                                     {"dx: T"},
                                                     {"T: {float, bfloat16}", "stride: int", "height: int", "width: int"}});
  Register<FilterGradientAttributes, kFilterGradient>(
      {filter_gradient, {"x: T", "dy: T"}, {"dfilter: float"}, {"T: {float, bfloat16}", "stride: int", "size: int"}});
}

}  // namespace

void RegisterConvolutions() {
  RegisterThree<ByElement<Forward<float>, Forward<BFloat16>>, ByElement<InputGradient<float>, InputGradient<BFloat16>>,
                ByElement<FilterGradient<float>, FilterGradient<BFloat16>>>("UnderstoryConv", "UnderstoryConvInputGrad",
                                                                            "UnderstoryConvFilterGrad");
  RegisterThree<ByElement<DepthwiseForward<float>, DepthwiseForward<BFloat16>>,
                ByElement<DepthwiseInputGradient<float>, DepthwiseInputGradient<BFloat16>>,
                ByElement<DepthwiseFilterGradient<float>, DepthwiseFilterGradient<BFloat16>>>(
      "UnderstoryDepthwise", "UnderstoryDepthwiseInputGrad", "UnderstoryDepthwiseFilterGrad");
}

}  // namespace understory
