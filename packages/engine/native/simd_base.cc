// What every processor of the architecture has: SSE2 or NEON.
#define UNDERSTORY_LANES 4
#define UNDERSTORY_ROWS 6
#include "vector.h"
#include "convolution_impl.h"

#include "batch_norm_impl.h"
#include "dense_impl.h"
#include "attention_impl.h"
#include "depthwise_impl.h"
#include "elementwise_impl.h"
#include "sums_impl.h"
#include "gelu_impl.h"
#include "layer_norm_impl.h"
#include "max_pool_impl.h"
#include "roi_align_impl.h"
#include "offered.h"

UNDERSTORY_OFFER(Base)
