// Sums as ops of TensorFlow: UnderstoryColumnSum over all axes but the last, UnderstorySquareSum of the squares of all numbers.
#include "kernel.h"
#include "sums.h"

namespace understory {

namespace {

// x [..., columns] -> [columns]
void SumColumns(Running& run, const void*) {
  if (run.Rank(0) < 1) throw Failure("INVALID_ARGUMENT", "A single number has no columns");
  const size_t columns = run.Size(0, run.Rank(0) - 1), elements = run.Elements(0);
  float* y = run.Output(0, {static_cast<int64_t>(columns)});
  if (columns > 0) FindSums().columns(elements / columns, columns, run.Read<float>(0), y);
}

// x -> one number
void SumSquares(Running& run, const void*) { run.Output(0, {})[0] = FindSums().squares(run.Elements(0), run.Read<float>(0)); }

}  // namespace

void RegisterSums() {
  Register<NoAttributes, SumColumns>({"UnderstoryColumnSum", {"x: float"}, {"y: float"}, {}});
  Register<NoAttributes, SumSquares>({"UnderstorySquareSum", {"x: float"}, {"y: float"}, {}});
}

}  // namespace understory
