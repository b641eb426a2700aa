// What every processor of the architecture has: SSE2 or NEON.
#define UNDERSTORY_LANES 4
#define UNDERSTORY_ROWS 6
#include "winograd_impl.h"

namespace understory {
const Winograd& WinogradBase() { return kWinograd; }
}  // namespace understory
