// Sums over all axes but the last as an op of TensorFlow: UnderstoryColumnSum.
#include "column_sum.h"
#include "kernel.h"

namespace understory {

namespace {

// x [..., columns] -> [columns]
void Run(Running& run, const void*) {
  if (run.Rank(0) < 1) throw Failure("INVALID_ARGUMENT", "A single number has no columns");
  const size_t columns = run.Size(0, run.Rank(0) - 1), elements = run.Elements(0);
  float* y = run.Output(0, {static_cast<int64_t>(columns)});
  if (columns > 0) FindColumnSum().sum(elements / columns, columns, run.Read<float>(0), y);
}

}  // namespace

void RegisterColumnSum() { Register<NoAttributes, Run>({"UnderstoryColumnSum", {"x: float"}, {"y: float"}, {}}); }

}  // namespace understory
