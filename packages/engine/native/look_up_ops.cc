// Images made of another's pixels as an op of TensorFlow: UnderstoryLookUp.
#include <algorithm>
#include <cstring>

#include "kernel.h"
#include "pool.h"

namespace understory {

namespace {

// Coordinates [b, h, w] along one axis of the source, where any size may be 1.
struct Axis {
  const float* data;
  size_t batch, height, width;
  float pixels;

  const float* Row(size_t image, size_t y) const {
    return data + ((batch == 1 ? 0 : image) * height + (height == 1 ? 0 : y)) * width;
  }
  size_t Step() const { return width == 1 ? 0 : 1; }
  bool Holds(float at) const { return at >= 0 && at < pixels; }  // what is not a number is outside
};

// Takes pixels of `count` elements, a known number where there is one.
template <typename T>
inline void Copy(T* to, const T* from, size_t count) {
  if (count == 3) {
    to[0] = from[0];
    to[1] = from[1];
    to[2] = from[2];
  } else {
    std::copy_n(from, count, to);
  }
}

template <typename T>
struct LookingUp {
  const T *images, *fill;
  Axis rows, columns;
  size_t height, width, channels;  // of the source
  size_t across;                   // of the result

  void Pixel(const T* image, float r, float c, T* to) const {
    const bool inside = rows.Holds(r) && columns.Holds(c);
    Copy(to, inside ? image + (static_cast<size_t>(r) * width + static_cast<size_t>(c)) * channels : fill, channels);
  }

  // Pixels beside each other in the source come in one piece.
  void Row(size_t image, size_t y, T* to) const {
    const T* source = images + image * height * width * channels;
    const float *r = rows.Row(image, y), *c = columns.Row(image, y);
    const size_t row_step = rows.Step(), column_step = columns.Step();
    for (size_t x = 0; x < across;) {
      const float row = r[x * row_step], column = c[x * column_step];
      size_t end = x + 1;
      if (row_step == 0 && rows.Holds(row) && columns.Holds(column)) {
        const size_t last = std::min(across, x + width - static_cast<size_t>(column));
        while (end < last && c[end * column_step] == column + static_cast<float>(end - x)) end++;
      }
      if (end > x + 1)
        std::memcpy(to + x * channels, source + (static_cast<size_t>(row) * width + static_cast<size_t>(column)) * channels,
                    (end - x) * channels * sizeof(T));
      else
        Pixel(source, row, column, to + x * channels);
      x = end;
    }
  }
};

Axis AxisOf(Running& run, int input, size_t pixels) {
  if (run.Rank(input) != 3) throw Failure("INVALID_ARGUMENT", "Coordinates are not [b, h, w]");
  return {run.Read<float>(input), run.Size(input, 0), run.Size(input, 1), run.Size(input, 2), static_cast<float>(pixels)};
}

bool Fits(size_t size, size_t all) { return size == 1 || size == all; }

// images [b, h', w', c], rows and columns [b, h, w], fill [c] -> y [b, h, w, c]
template <typename T>
void Compute(Running& run) {
  if (run.Rank(0) != 4) throw Failure("INVALID_ARGUMENT", "Images are not [b, h, w, c]");
  const size_t batch = run.Size(0, 0), channels = run.Size(0, 3);
  const Axis rows = AxisOf(run, 1, run.Size(0, 1)), columns = AxisOf(run, 2, run.Size(0, 2));
  const size_t down = std::max(rows.height, columns.height), across = std::max(rows.width, columns.width);
  for (const Axis& axis : {rows, columns})
    if (!Fits(axis.batch, batch) || !Fits(axis.height, down) || !Fits(axis.width, across))
      throw Failure("INVALID_ARGUMENT", "Coordinates do not fit the images");
  if (run.Elements(3) != channels) throw Failure("INVALID_ARGUMENT", "The fill is no pixel of the images");
  const LookingUp<T> work{run.Read<T>(0), run.Read<T>(3), rows, columns, run.Size(0, 1), run.Size(0, 2), channels, across};
  const auto size = [](size_t n) { return static_cast<int64_t>(n); };
  T* y = run.Output<T>(0, {size(batch), size(down), size(across), size(channels)});
  constexpr size_t kShare = 32;
  const size_t all = batch * down;
  InParallel((all + kShare - 1) / kShare, [&](size_t lot) {
    for (size_t i = lot * kShare; i < std::min(all, (lot + 1) * kShare); i++)
      work.Row(i / down, i % down, y + i * across * channels);
  });
}

void LookUp(Running& run, const void*) { run.IsUInt8(0) ? Compute<uint8_t>(run) : Compute<float>(run); }

}  // namespace

void RegisterLookUp() {
  Register<NoAttributes, LookUp>(
      {"UnderstoryLookUp", {"images: T", "rows: float", "columns: float", "fill: T"}, {"y: T"}, {"T: {float, uint8}"}});
}

}  // namespace understory
