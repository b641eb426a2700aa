// The code of max_pool.h for one set of instructions (vector.h).

#include <algorithm>
#include <type_traits>

#include "max_pool.h"
#include "pool.h"

namespace understory {
namespace {

// Numbers of a band of rows, which a thread fills at a time.
constexpr size_t kBand = 64 * 1024;
constexpr size_t kBandRows = 8;

// Pixels of a window, from `first` up to `end`, of which it has those inside the image.
struct WindowPixels {
  WindowPixels(const Windows& w, size_t window) {
    const size_t start = window * w.stride;  // in the padded image
    first = start > w.before ? start - w.before : 0;
    end = std::min(w.pixels, start + w.size > w.before ? start + w.size - w.before : 0);
  }
  size_t first, end;
};

// Adds the gradients of all windows to rows from `first` up to `end` of image n: sums [end - first, pixels, channels].
template <typename T>
void AddWindows(const MaxPoolShape& s, const T* x, const T* y, const T* dy, size_t n, size_t first, size_t end, float* sums) {
  const Windows &down = s.down, &across = s.across;
  const size_t c = s.channels, row = across.pixels * c;
  const T* image = x + n * down.pixels * row;
  for (size_t i = 0; i < down.windows; i++) {
    const WindowPixels rows(down, i);
    if (rows.end <= first || rows.first >= end) continue;
    for (size_t j = 0; j < across.windows; j++) {
      const WindowPixels columns(across, j);
      const size_t at = ((n * down.windows + i) * across.windows + j) * c;
      InVectors(0, c, c, [&](size_t from, auto numbers) {
        const Vec largest = numbers.load(y + at + from), gradient = numbers.load(dy + at + from);
        auto found = largest != largest;
        for (size_t k = rows.first; k < rows.end; k++)
          for (size_t l = columns.first; l < columns.end; l++) {
            const auto here = (numbers.load(image + k * row + l * c + from) == largest) & ~found;
            found |= here;
            if (k < first || k >= end) continue;
            float* to = sums + (k - first) * row + l * c + from;
            numbers.store(to, numbers.load(to) + (here ? gradient : Vec{}));
          }
      });
    }
  }
}

// Each pixel sums its windows in their order.
template <typename T>
void MaxPoolGradient(const MaxPoolShape& s, const T* x, const T* y, const T* dy, T* dx) {
  const size_t row = s.across.pixels * s.channels, height = s.down.pixels;
  if (row == 0) return;
  const size_t each = std::max(kBandRows, kBand / row), bands = Blocks(height, each);
  InParallel(s.batch * bands, [&](size_t band) {
    const size_t n = band / bands, first = band % bands * each, end = std::min(height, first + each), count = (end - first) * row;
    T* to = dx + (n * height + first) * row;
    if constexpr (std::is_same_v<T, float>) {
      std::fill_n(to, count, 0.0f);
      AddWindows(s, x, y, dy, n, first, end, to);
    } else {
      const Scratch memory(count);
      float* sums = memory.get();
      std::fill_n(sums, count, 0.0f);
      AddWindows(s, x, y, dy, n, first, end, sums);
      InVectors(0, count, count, [&](size_t i, auto numbers) { numbers.store(to + i, numbers.load(sums + i)); });
    }
  });
}

template <typename T>
constexpr MaxPool<T> kMaxPool{MaxPoolGradient<T>};

}  // namespace
}  // namespace understory
