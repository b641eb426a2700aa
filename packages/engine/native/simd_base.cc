// What every processor of the architecture has: SSE2 or NEON.
#define UNDERSTORY_LANES 4
#define UNDERSTORY_ROWS 6
#include "vector.h"
#include "winograd_impl.h"

#include "batch_norm_impl.h"

namespace understory {
const Winograd& WinogradBase() { return kWinograd; }
const BatchNorm& BatchNormBase() { return kBatchNorm; }
}  // namespace understory
