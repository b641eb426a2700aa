// Patches of images with few channels, side by side: a convolution of any size is a product with them. Included by
// convolution_impl.h.

namespace understory {
namespace {

// Whole vectors, the last one from the end back.
template <typename Number, typename T>
UNDERSTORY_INLINE void CopyVector(const T* from, Number* to) {
  if constexpr (std::is_same_v<Number, T> && sizeof(T) == 2)
    *reinterpret_cast<LooseHalves*>(to) = *reinterpret_cast<const LooseHalves*>(from);
  else
    Store(to, Load(from));
}
template <typename Number, typename T>
UNDERSTORY_INLINE void CopyNumbers(const T* from, size_t count, Number* to) {
  if (count < kLanes) return StoreFirst(to, LoadFirst(from, count), count);
  for (size_t c = 0; c + kLanes <= count; c += kLanes) CopyVector(from + c, to + c);
  CopyVector(from + count - kLanes, to + count - kLanes);
}

// Rows of numbers from row `first` on, each filled up to whole vectors.
template <typename Number, typename T>
void CopyRows(size_t first, size_t rows, size_t channels, const T* from, Number* to) {
  for (size_t r = 0; r < rows; r++)
    InVectors(0, channels, channels,
              [&](size_t c, auto numbers) { Store(to + r * Filled(channels) + c, numbers.load(from + (first + r) * channels + c)); });
}

// What the filter meets of an image from (top, left) on: [size, size, inputs], 0 outside of it.
template <typename Number, typename T>
void CopyPatch(const ConvShape& s, const T* image, long top, long left, Number* to) {
  const long size = static_cast<long>(s.size), height = static_cast<long>(s.height), width = static_cast<long>(s.width);
  const long first = std::max(0L, -left), end = std::min(size, width - left);
  for (long i = 0; i < size; i++, to += s.size * s.inputs) {
    const long y = top + i;
    const bool meets = y >= 0 && y < height && first < end;
    if (!meets || end - first < size) std::fill_n(to, s.size * s.inputs, Number{});
    if (meets) CopyNumbers(image + (y * width + left + first) * s.inputs, (end - first) * s.inputs, to + first * s.inputs);
  }
}

// Calls each(place in the lot, image, top, left) for some of the patches.
template <typename T, typename Each>
UNDERSTORY_INLINE void ForPatches(const Some& some, const ConvShape& s, const T* images, Each each) {
  const size_t across = some.tiles.across, down = some.tiles.down;
  const long margin = static_cast<long>(s.size / 2), stride = static_cast<long>(s.stride);
  size_t row = some.first / across % down, column = some.first % across;
  const T* image = images + some.first / (down * across) * s.height * s.width * s.inputs;
  for (size_t i = 0; i < some.count; i++) {
    each(some.before + i, image, static_cast<long>(row) * stride - margin, static_cast<long>(column) * stride - margin);
    if (++column < across) continue;
    column = 0;
    if (++row < down) continue;
    row = 0;
    image += s.height * s.width * s.inputs;
  }
}

// Patches for products along their numbers: number [place, number].
template <typename P, typename T>
void PatchRows(const Some& some, const ConvShape& s, const T* images, typename P::Word* v) {
  auto* numbers = reinterpret_cast<typename P::Number*>(v);
  const size_t length = s.size * s.size * s.inputs, row = Filled(length);
  ForPatches(some, s, images, [&](size_t place, const T* image, long top, long left) {
    CopyPatch(s, image, top, left, numbers + place * row);
    std::fill_n(numbers + place * row + length, row - length, typename P::Number{});
  });
}

}  // namespace
}  // namespace understory
