// Convolutions as ops of TensorFlow: UnderstoryConv, UnderstoryDepthwise, and their gradients.
#include "convolution.h"
#include "depthwise.h"
#include "kernel.h"

namespace understory {

namespace {

size_t SizeAttribute(TF_OpKernelConstruction* construction, const char* name) {
  return static_cast<size_t>(IntAttribute(construction, name));
}

// Of gradients that tell sums of lots of their rows: whether there is a ReLU behind the norm, and how many rows make up a lot.
struct ToldAttributes {
  explicit ToldAttributes(TF_OpKernelConstruction* construction)
      : norm(IntAttribute(construction, "norms") > 0),
        relu(IntAttribute(construction, "relus") > 0),
        lot(SizeAttribute(construction, "lot")) {}
  bool norm, relu;
  size_t lot;
};

struct DepthwiseAttributes {
  explicit DepthwiseAttributes(TF_OpKernelConstruction* construction) : stride(SizeAttribute(construction, "stride")) {}
  size_t stride;
};

struct DepthwiseForwardAttributes : DepthwiseAttributes {
  explicit DepthwiseForwardAttributes(TF_OpKernelConstruction* construction)
      : DepthwiseAttributes(construction), norm(IntAttribute(construction, "norms") > 0), ceiling(FloatAttribute(construction, "ceiling")),
        lot(SizeAttribute(construction, "lot")) {}
  bool norm;
  float ceiling;
  size_t lot;
};

// The input gradient cannot tell an image's size from that of its half.
struct DepthwiseInputAttributes : DepthwiseAttributes {
  explicit DepthwiseInputAttributes(TF_OpKernelConstruction* construction)
      : DepthwiseAttributes(construction), height(SizeAttribute(construction, "height")), width(SizeAttribute(construction, "width")),
        told(construction), ceiling(FloatAttribute(construction, "ceiling")) {}
  size_t height, width;
  ToldAttributes told;
  float ceiling;
};

struct DepthwiseFilterAttributes : DepthwiseAttributes {
  explicit DepthwiseFilterAttributes(TF_OpKernelConstruction* construction)
      : DepthwiseAttributes(construction), size(SizeAttribute(construction, "size")) {}
  size_t size;
};

// How many inputs there are of each kind that may be absent, or of which there may be several.
struct ConvAttributes {
  explicit ConvAttributes(TF_OpKernelConstruction* construction)
      : stride(SizeAttribute(construction, "stride")), maps(Count(construction, "maps")), scale(Count(construction, "scales")),
        pairs(BoolAttribute(construction, "pairs")) {}
  static int Count(TF_OpKernelConstruction* construction, const char* name) {
    return static_cast<int>(IntAttribute(construction, name));
  }
  size_t stride;
  int maps, scale;
  bool pairs;
};

struct ConvForwardAttributes : ConvAttributes {
  explicit ConvForwardAttributes(TF_OpKernelConstruction* construction)
      : ConvAttributes(construction), bias(Count(construction, "biases")), sides(Count(construction, "sides")),
        ceiling(FloatAttribute(construction, "ceiling")), lot(SizeAttribute(construction, "lot")) {}
  int bias, sides;
  float ceiling;
  size_t lot;
};

struct ConvInputAttributes : ConvAttributes {
  explicit ConvInputAttributes(TF_OpKernelConstruction* construction)
      : ConvAttributes(construction), sides(Count(construction, "sides")), gates(Count(construction, "gates")),
        ceiling(FloatAttribute(construction, "ceiling")), heights(IntsAttribute(construction, "heights")),
        widths(IntsAttribute(construction, "widths")), told(construction) {}
  int sides, gates;
  float ceiling;
  std::vector<int64_t> heights, widths;
  ToldAttributes told;
};

struct ConvFilterAttributes : ConvAttributes {
  explicit ConvFilterAttributes(TF_OpKernelConstruction* construction)
      : ConvAttributes(construction), size(SizeAttribute(construction, "size")), sums(BoolAttribute(construction, "sums")) {}
  size_t size;
  bool sums;
};

template <typename Kernels>
const Kernels& Supported(const Kernels* found, size_t stride, bool size) {
  if (found && size && (stride == 1 || stride == 2)) return *found;
  throw Failure("INVALID_ARGUMENT", "These channels, this stride or this size are not supported");
}

// What there is for these maps, whose filter may have a side of up to `largest`. Throws where they differ in more than they may.
template <typename T, typename Map>
const Convolution<T>& Kernels(const std::vector<Map>& maps, bool pairs, size_t largest = 7) {
  const ConvShape& s = maps[0].shape;
  for (const Map& map : maps)
    if (map.shape.inputs != s.inputs || map.shape.outputs != s.outputs || s.inputs * s.outputs == 0)
      throw Failure("INVALID_ARGUMENT", "The maps that share a filter differ in channels");
  return Supported(&FindConvolution<T>(s.inputs, s.outputs, pairs), s.stride, s.size % 2 == 1 && s.size <= largest);
}

template <typename T>
const Depthwise<T>& Kernels(const DepthwiseShape& s) {
  return Supported(FindDepthwise<T>(s.channels), s.stride, s.size == 3 || s.size == 5 || s.size == 7);
}

constexpr const char* kNotTold = "Nothing is told of so many rows of this convolution";

std::vector<int64_t> Dimensions(std::initializer_list<size_t> sizes) { return {sizes.begin(), sizes.end()}; }

// What goes into a convolution, and what comes out.
std::vector<int64_t> WholeOf(const ConvShape& s) { return Dimensions({s.batch, s.height, s.width, s.inputs}); }
std::vector<int64_t> WholeOf(const DepthwiseShape& s) { return Dimensions({s.batch, s.height, s.width, s.channels}); }
std::vector<int64_t> ResultOf(const ConvShape& s) { return Dimensions({s.batch, s.down(), s.across(), s.outputs}); }
std::vector<int64_t> ResultOf(const DepthwiseShape& s) { return Dimensions({s.batch, s.down(), s.across(), s.channels}); }

// One of the inputs, `index` among those that begin at `first` of which there are `count`; null where there is none.
template <typename T>
const T* Optional(Running& run, int first, int index, int count) {
  return index < count ? run.Read<T>(first + index) : nullptr;
}

// A map or a gradient: kernels read and write as much as the shape says that they compute with.
template <typename T>
const T* Sized(Running& run, int input, const std::vector<int64_t>& shape) {
  if (run.Shape(input) != shape) throw Failure("INVALID_ARGUMENT", "A map has another size than the convolution computes with");
  return run.Read<T>(input);
}
template <typename T>
const T* OptionalSized(Running& run, int first, int index, int count, const std::vector<int64_t>& shape) {
  return index < count ? Sized<T>(run, first + index, shape) : nullptr;
}

// Where it goes what is told of lots of so many of a result's rows, [lots, 2, channels]; of no rows, nothing is asked for.
Lots<float> LotsOf(Running& run, int output, const std::vector<int64_t>& result, size_t lot) {
  float* to = nullptr;
  const auto rows = static_cast<size_t>(result[0] * result[1] * result[2]);
  if (lot > 0)
    to = run.Output(output, Dimensions({LotsIn(rows, lot), 2, static_cast<size_t>(result[3])}));
  else
    run.Output(output, {0});
  return {lot, to};
}

// A depthwise convolution tells of whole rows of pixels.
void RequireRows(size_t lot, size_t across) {
  if (lot > 0 && (across == 0 || lot % across != 0)) throw Failure("INVALID_ARGUMENT", kNotTold);
}

// The sums of a gradient [result], for a norm whose x, mean and, behind a ReLU, y are inputs from `first` on.
template <typename T>
GradientSums<T> SumsOf(Running& run, int first, int output, const std::vector<int64_t>& result, const ToldAttributes& of, float ceiling) {
  const Lots<float> lots = LotsOf(run, output, result, of.lot);
  if (of.lot == 0) return {lots, nullptr, nullptr, nullptr, 0};
  if (!of.norm) throw Failure("INVALID_ARGUMENT", "Sums of a gradient are told for a norm alone");
  return {lots, Sized<T>(run, first, result), Sized<float>(run, first + 1, {result[3]}), OptionalSized<T>(run, first + 2, 0, of.relu, result),
          ceiling};
}

// Each x [n, h, w, inputs], filter [size, size, inputs, outputs], scale and bias [outputs], each side as the result
// -> each [n, ⌈h / stride⌉, ⌈w / stride⌉, outputs], moments
template <typename T>
void Forward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvForwardAttributes*>(attributes);
  const int filter = of.maps, bias = filter + 1 + of.scale, sides = bias + of.bias;
  std::vector<ConvMap<T>> maps;
  for (int i = 0; i < of.maps; i++) {
    const ConvShape shape{run.Size(i, 0),      run.Size(i, 1),      run.Size(i, 2),     run.Size(filter, 2),
                          run.Size(filter, 3), of.stride,           run.Size(filter, 0)};
    const auto whole = WholeOf(shape), result = ResultOf(shape);
    T* y = run.Output<T>(i, result);
    maps.push_back({shape, Sized<T>(run, i, whole), y, OptionalSized<T>(run, sides, i, of.sides, result), nullptr});
  }
  if (of.lot > 0 && (of.maps != 1 || maps[0].shape.size != 1)) throw Failure("INVALID_ARGUMENT", kNotTold);
  Kernels<T>(maps, of.pairs).forward(maps, {run.Read<float>(filter), Optional<float>(run, filter + 1, 0, of.scale),
                                  Optional<float>(run, bias, 0, of.bias), of.ceiling},
                                  LotsOf(run, of.maps, ResultOf(maps[0].shape), of.lot));
}

// Each dy as the result, filter, scale, each side and gate as dx, of a norm x, mean and y -> each dx [n, h, w, inputs], its sums
template <typename T>
void InputGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvInputAttributes*>(attributes);
  const int filter = of.maps, sides = filter + 1 + of.scale, gates = sides + of.sides;
  std::vector<ConvMap<T>> maps;
  for (int i = 0; i < of.maps; i++) {
    const ConvShape shape{run.Size(i, 0),      static_cast<size_t>(of.heights.at(i)), static_cast<size_t>(of.widths.at(i)),
                          run.Size(filter, 2), run.Size(filter, 3), of.stride,        run.Size(filter, 0)};
    const auto whole = WholeOf(shape);
    T* dx = run.Output<T>(i, whole);
    maps.push_back({shape, Sized<T>(run, i, ResultOf(shape)), dx, OptionalSized<T>(run, sides, i, of.sides, whole),
                    OptionalSized<T>(run, gates, i, of.gates, whole)});
  }
  const ConvShape& shape = maps[0].shape;
  if (of.told.lot > 0 && (of.maps != 1 || shape.size != 1 || shape.stride != 1)) throw Failure("INVALID_ARGUMENT", kNotTold);
  Kernels<T>(maps, of.pairs, 3).input_gradient(
      maps, {run.Read<float>(filter), Optional<float>(run, filter + 1, 0, of.scale), nullptr, of.told.relu ? 0 : of.ceiling},
      SumsOf<T>(run, gates + of.gates, of.maps, WholeOf(shape), of.told, of.ceiling));
}

// Each x, each dy as the result, scale [outputs] -> [size, size, inputs, outputs], and the sums of dy [outputs]
template <typename T>
void FilterGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const ConvFilterAttributes*>(attributes);
  std::vector<ConvPair<T>> maps;
  for (int i = 0; i < of.maps; i++) {
    const ConvShape shape{run.Size(i, 0), run.Size(i, 1), run.Size(i, 2), run.Size(i, 3), run.Size(of.maps + i, 3), of.stride, of.size};
    maps.push_back({shape, run.Read<T>(i), Sized<T>(run, of.maps + i, ResultOf(shape))});
  }
  const auto& kernels = Kernels<T>(maps, of.pairs);
  const ConvShape& shape = maps[0].shape;
  float* dw = run.Output(0, Dimensions({shape.size, shape.size, shape.inputs, shape.outputs}));
  float* sums = run.Output(1, Dimensions({of.sums ? shape.outputs : 0}));
  kernels.filter_gradient(maps, Optional<float>(run, 2 * of.maps, 0, of.scale), dw, of.sums ? sums : nullptr);
}

// x [n, h, w, c], filter [size, size, c, 1], of a norm factor and summand [c] -> [n, ⌈h / stride⌉, ⌈w / stride⌉, c], moments
template <typename T>
void DepthwiseForward(Running& run, const void* attributes) {
  const auto& of = *static_cast<const DepthwiseForwardAttributes*>(attributes);
  const DepthwiseShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(1, 2), of.stride, run.Size(1, 0)};
  T* y = run.Output<T>(0, ResultOf(shape));
  const DepthwiseNorm norm{Optional<float>(run, 2, 0, of.norm), Optional<float>(run, 3, 0, of.norm), of.ceiling};
  RequireRows(of.lot, shape.across());
  Kernels<T>(shape).forward(shape, Sized<T>(run, 0, WholeOf(shape)), run.Read<float>(1), norm, y, LotsOf(run, 1, ResultOf(shape), of.lot));
}

// dy as the result, filter, of a norm x, mean and y -> [n, h, w, c], its sums
template <typename T>
void DepthwiseInputGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const DepthwiseInputAttributes*>(attributes);
  const DepthwiseShape shape{run.Size(0, 0), of.height, of.width, run.Size(1, 2), of.stride, run.Size(1, 0)};
  T* dx = run.Output<T>(0, WholeOf(shape));
  RequireRows(of.told.lot, shape.width);
  Kernels<T>(shape).input_gradient(shape, Sized<T>(run, 0, ResultOf(shape)), run.Read<float>(1), dx,
                                   SumsOf<T>(run, 2, 1, WholeOf(shape), of.told, of.ceiling));
}

// x, dy as the result -> [size, size, c, 1]
template <typename T>
void DepthwiseFilterGradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const DepthwiseFilterAttributes*>(attributes);
  const DepthwiseShape shape{run.Size(0, 0), run.Size(0, 1), run.Size(0, 2), run.Size(0, 3), of.stride, of.size};
  float* dw = run.Output(0, Dimensions({shape.size, shape.size, shape.channels, 1}));
  Kernels<T>(shape).filter_gradient(shape, run.Read<T>(0), Sized<T>(run, 1, ResultOf(shape)), dw);
}

}  // namespace

void RegisterConvolutions() {
  Register<ConvForwardAttributes, ByElement<Forward<float>, Forward<BFloat16>>>(
      {"UnderstoryConv",
       {"x: maps * T", "filter: float", "scale: scales * float", "bias: biases * float", "side: sides * T"},
       {"y: maps * T", "moments: float"},
       {"T: {float, bfloat16}", "stride: int", "ceiling: float", "maps: int >= 1", "scales: int >= 0", "biases: int >= 0",
        "sides: int >= 0", "pairs: bool = true", "lot: int = 0"}});
  Register<ConvInputAttributes, ByElement<InputGradient<float>, InputGradient<BFloat16>>>(
      {"UnderstoryConvInputGrad",
       {"dy: maps * T", "filter: float", "scale: scales * float", "side: sides * T", "gate: gates * T", "x: norms * T", "mean: norms * float",
        "y: relus * T"},
       {"dx: maps * T", "sums: float"},
       {"T: {float, bfloat16}", "stride: int", "ceiling: float", "heights: list(int)", "widths: list(int)", "maps: int >= 1",
        "scales: int >= 0", "sides: int >= 0", "gates: int >= 0", "pairs: bool = true", "norms: int >= 0 = 0", "relus: int >= 0 = 0",
        "lot: int = 0"}});
  Register<ConvFilterAttributes, ByElement<FilterGradient<float>, FilterGradient<BFloat16>>>(
      {"UnderstoryConvFilterGrad",
       {"x: maps * T", "dy: maps * T", "scale: scales * float"},
       {"dfilter: float", "sum: float"},
       {"T: {float, bfloat16}", "stride: int", "size: int", "sums: bool", "maps: int >= 1", "scales: int >= 0",
        "pairs: bool = true"}});
  Register<DepthwiseForwardAttributes, ByElement<DepthwiseForward<float>, DepthwiseForward<BFloat16>>>(
      {"UnderstoryDepthwise",
       {"x: T", "filter: float", "factor: norms * float", "summand: norms * float"},
       {"y: T", "moments: float"},
       {"T: {float, bfloat16}", "stride: int", "norms: int >= 0 = 0", "ceiling: float = 0", "lot: int = 0"}});
  Register<DepthwiseInputAttributes, ByElement<DepthwiseInputGradient<float>, DepthwiseInputGradient<BFloat16>>>(
      {"UnderstoryDepthwiseInputGrad",
       {"dy: T", "filter: float", "x: norms * T", "mean: norms * float", "y: relus * T"},
       {"dx: T", "sums: float"},
       {"T: {float, bfloat16}", "stride: int", "height: int", "width: int", "norms: int >= 0 = 0", "relus: int >= 0 = 0",
        "ceiling: float = 0", "lot: int = 0"}});
  Register<DepthwiseFilterAttributes, ByElement<DepthwiseFilterGradient<float>, DepthwiseFilterGradient<BFloat16>>>(
      {"UnderstoryDepthwiseFilterGrad", {"x: T", "dy: T"}, {"dfilter: float"}, {"T: {float, bfloat16}", "stride: int", "size: int"}});
}

}  // namespace understory
