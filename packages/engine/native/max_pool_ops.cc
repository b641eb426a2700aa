// The gradient of pooling by the largest as an op of TensorFlow: UnderstoryMaxPoolBackprop.
#include "kernel.h"
#include "max_pool.h"

namespace understory {

namespace {

// Each [down, across].
struct PoolAttributes {
  explicit PoolAttributes(TF_OpKernelConstruction* construction)
      : size(IntsAttribute(construction, "size")), stride(IntsAttribute(construction, "stride")),
        before(IntsAttribute(construction, "before")) {}
  std::vector<int64_t> size, stride, before;

  Windows Along(size_t axis, size_t pixels, size_t windows) const {
    return {pixels, windows, static_cast<size_t>(size.at(axis)), static_cast<size_t>(stride.at(axis)),
            static_cast<size_t>(before.at(axis))};
  }
};

// x [n, h, w, c], y and dy [n, windows down, windows across, c] -> [n, h, w, c]
template <typename T>
void Gradient(Running& run, const void* attributes) {
  const auto& of = *static_cast<const PoolAttributes*>(attributes);
  const MaxPoolShape shape{run.Size(0, 0), run.Size(0, 3), of.Along(0, run.Size(0, 1), run.Size(1, 1)),
                           of.Along(1, run.Size(0, 2), run.Size(1, 2))};
  if (run.Shape(1) != run.Shape(2) || run.Size(1, 0) != shape.batch || run.Size(1, 3) != shape.channels)
    throw Failure("INVALID_ARGUMENT", "The images, the pooled ones and their gradient do not fit each other");
  T* dx = run.Output<T>(0, run.Shape(0));
  FindMaxPool<T>().gradient(shape, run.Read<T>(0), run.Read<T>(1), run.Read<T>(2), dx);
}

}  // namespace

void RegisterMaxPool() {
  Register<PoolAttributes, ByElement<Gradient<float>, Gradient<BFloat16>>>(
      {"UnderstoryMaxPoolBackprop",
       {"x: T", "y: T", "dy: T"},
       {"dx: T"},
       {"T: {float, bfloat16}", "size: list(int)", "stride: list(int)", "before: list(int)"}});
}

}  // namespace understory
