// What every processor of the architecture has: SSE2 or NEON.
#include "kernels.h"

#define UNDERSTORY_LANES 4
#define UNDERSTORY_ROWS 6
#include "offered.h"

UNDERSTORY_OFFER(Base)
