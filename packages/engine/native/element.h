// What images are stored as: floats, or only the first 16 bits of each. Either way the arithmetic is that of floats.
#ifndef UNDERSTORY_ELEMENT_H_
#define UNDERSTORY_ELEMENT_H_

#include <cstdint>

namespace understory {

struct BFloat16 {
  uint16_t bits;
};

}  // namespace understory

#endif  // UNDERSTORY_ELEMENT_H_
