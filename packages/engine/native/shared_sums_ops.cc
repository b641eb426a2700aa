// Sums over processes of one machine as ops of TensorFlow: UnderstorySharedPut, UnderstorySharedTake.
#include "kernel.h"
#include "shared_sums.h"

namespace understory {

namespace {

struct SumAttributes {
  explicit SumAttributes(TF_OpKernelConstruction* construction)
      : sums(SharedSums::Get(IntAttribute(construction, "sums"))),
        number(static_cast<uint32_t>(IntAttribute(construction, "number"))) {}
  SharedSums& sums;
  const uint32_t number;
};

// x of any shape -> [], which says that it is there
void Put(Running& run, const void* attributes) {
  const auto& of = *static_cast<const SumAttributes*>(attributes);
  of.sums.Put(of.number, run.Read<float>(0), run.Elements(0));
  *run.Output(0, {}) = 0;
}

struct TakeAttributes : SumAttributes {
  explicit TakeAttributes(TF_OpKernelConstruction* construction)
      : SumAttributes(construction), shape(IntsAttribute(construction, "shape")) {}
  const std::vector<int64_t> shape;
};

// what the put gives -> the sum, of the attribute's shape
void Take(Running& run, const void* attributes) {
  const auto& of = *static_cast<const TakeAttributes*>(attributes);
  size_t elements = 1;
  for (const int64_t length : of.shape) elements *= static_cast<size_t>(length);
  of.sums.Take(of.number, run.Output(0, of.shape), elements);
}

}  // namespace

void RegisterSharedSums() {
  Register<SumAttributes, Put>({"UnderstorySharedPut", {"x: float"}, {"put: float"}, {"sums: int", "number: int"}, true});
  Register<TakeAttributes, Take>(
      {"UnderstorySharedTake", {"put: float"}, {"y: float"}, {"sums: int", "number: int", "shape: list(int)"}, true});
}

}  // namespace understory
