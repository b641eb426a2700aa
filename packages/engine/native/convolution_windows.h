// A filter's gradient as a product over the pixels of the result: what its taps meet around each of them, times the gradient there.
// For products by rows (matrices.h), one side of which must be turned: the narrower one is. Included by convolution_impl.h.

namespace understory {
namespace {

// Words of the depth that are multiplied at a time.
constexpr size_t kWindowWords = 256;
// Pixels of a slice, which is summed by itself, and how many slices there are at most.
constexpr size_t kPixelsApart = 4096, kSumsApart = 8;

// A pixel's surroundings: where the first tap meets the image, how far it is to the next row of taps, and which rows and columns of
// taps are inside.
template <typename T>
struct Window {
  const T* first;
  uint32_t row;
  uint8_t rows, columns;
};

// A matrix with a row for each pixel: the channels that each tap meets, one tap after another.
template <typename T>
struct Windows {
  const Task<Patch, ConvPair<T>>& task;
  const T* ConvPair<T>::*images;
  bool result;  // of the convolution, with one tap, or what goes into it
  size_t size, channels;
  size_t columns() const { return size * size * channels; }

  // Those of some pixels.
  void Locate(size_t first, size_t count, Window<T>* to) const {
    task.ForTiles(first, count, [&](const auto& part, size_t at, size_t some, size_t before) {
      ConvShape s = part.map.shape;
      if (result) s = {s.batch, s.down(), s.across(), s.outputs, s.outputs, 1, 1};
      const long row = static_cast<long>(s.width * s.inputs);
      ForPatches({part.from, part.tiles, at, some, before}, s, part.map.*images, [&](size_t place, const T* image, long top, long left) {
        to[place] = {image + top * row + left * static_cast<long>(s.inputs), static_cast<uint32_t>(row), Inside(top, s.height),
                     Inside(left, s.width)};
      });
    });
  }

  // Calls each(tap, its first channel in the range, how many) for the taps that have columns in a range.
  template <typename Each>
  UNDERSTORY_INLINE void InTaps(size_t begin, size_t end, Each each) const {
    for (size_t c = begin; c < end;) {
      const size_t tap = c / channels, some = std::min(end, (tap + 1) * channels) - c;
      each(tap, c % channels, some);
      c += some;
    }
  }

  // Where a tap meets the image around each of some pixels; zeros where it is outside, and for pixels beyond them until there are `all`.
  void Point(size_t tap, const Window<T>* windows, size_t count, size_t all, const T* zeros, const T** at) const {
    const size_t down = tap / size, across = tap % size;
    for (size_t d = 0; d < count; d++) {
      const Window<T>& window = windows[d];
      const bool inside = window.rows >> down & window.columns >> across & 1;
      const T* there = window.first + (down * window.row + across * channels);
      at[d] = inside ? there : zeros;
    }
    std::fill(at + count, at + all, zeros);
  }

  // One panel of columns: word [pixel / 2, column].
  void PackPanel(const Window<T>* windows, size_t count, size_t words, size_t begin, size_t end, const T* zeros, uint32_t* to) const {
    const T* at[2 * kWindowWords];
    auto* column = reinterpret_cast<float*>(to);
    InTaps(begin, end, [&](size_t tap, size_t channel, size_t some) {
      Point(tap, windows, count, 2 * words, zeros, at);
      if (some == kPanel)
        for (size_t word = 0; word < words; word++) {
          const T *first = at[2 * word] + channel, *second = at[2 * word + 1] + channel;
          UNDERSTORY_UNROLL
          for (size_t c = 0; c < kPanel; c += kLanes)
            Store(column + word * kPanel + c, Paired(LowerHalves(first + c, kLanes), LowerHalves(second + c, kLanes)));
        }
      else
        for (size_t c = 0; c < some; c += kLanes) {
          const size_t few = std::min(kLanes, some - c);
          for (size_t word = 0; word < words; word++) {
            const T *first = at[2 * word] + channel + c, *second = at[2 * word + 1] + channel + c;
            StoreFirst(column + word * kPanel + c, Paired(LowerHalves(first, few), LowerHalves(second, few)), few);
          }
        }
      column += some;
    });
  }

  // All columns, turned: word [column, pixel / 2].
  void PackTurnedRows(const Window<T>* windows, size_t count, size_t words, size_t row, const T* zeros, uint32_t* to) const {
    const T* at[2 * kLanes];
    for (size_t word = 0; word < words; word += kLanes)
      InTaps(0, columns(), [&](size_t tap, size_t, size_t) {
        Point(tap, windows + 2 * word, std::min(2 * kLanes, count - std::min(count, 2 * word)), 2 * kLanes, zeros, at);
        for (size_t c = 0; c < channels; c += kLanes) {
          const size_t some = std::min(kLanes, channels - c);
          const auto halves = [&](size_t d) { return LowerHalves(at[d] + c, some); };
          PackTurned(some, std::min(kLanes, words - word), row, halves, to + (tap * channels + c) * row + word);
        }
      });
  }

 private:
  uint8_t Inside(long first, size_t length) const {
    const long from = std::max(0L, -first), to = std::min(static_cast<long>(size), static_cast<long>(length) - first);
    return static_cast<uint8_t>(from < to ? (1L << to) - (1L << from) : 0);
  }
};

// Adds the sums of some pixels' gradients to `sums`.
template <typename T>
void SumWindows(const Window<T>* windows, size_t count, size_t channels, float* sums) {
  for (size_t i = 0; i < count; i++)
    InVectors(0, channels, channels,
              [&](size_t c, auto numbers) { numbers.store(sums + c, numbers.load(sums + c) + numbers.load(windows[i].first + c)); });
}

// Products of some rows with panels of columns, summed over slices of the pixels: [slice, panel, row, kPanel].
struct WindowSums {
  size_t slices, panels, rows;
  float* data;
  float* Panel(size_t slice, size_t panel) const { return data + (slice * panels + panel) * rows * kPanel; }
  // The first numbers of a vector over all slices, added up in their order.
  Vec Of(size_t row, size_t column, size_t count) const {
    Vec sum{};
    for (size_t slice = 0; slice < slices; slice++) {
      const Vec part = LoadFirst(Panel(slice, column / kPanel) + row * kPanel + column % kPanel, count);
      sum = slice == 0 ? part : sum + part;
    }
    return sum;
  }
};

// The gradient [inputs, outputs] from sums whose rows are its own, or, turned, its columns.
inline void WriteFilter(const WindowSums& sums, bool turned, size_t inputs, size_t outputs, const float* scale, float* dw) {
  InParallel(Blocks(inputs, kLanes), [&](size_t block) {
    const size_t first = block * kLanes, high = std::min(kLanes, inputs - first);
    for (size_t o = 0; o < outputs; o += kLanes) {
      const size_t wide = std::min(kLanes, outputs - o);
      Vec values[kLanes] = {};
      for (size_t i = 0; i < (turned ? wide : high); i++)
        values[i] = turned ? sums.Of(o + i, first, high) : sums.Of(first + i, o, wide);
      if (turned) Turn(values);
      const Vec factor = scale ? LoadFirst(scale + o, wide) : Vec{} + 1.0f;
      for (size_t i = 0; i < high; i++) StoreFirst(dw + (first + i) * outputs + o, values[i] * factor, wide);
    }
  });
}

template <typename P, typename T>
void FilterByWindows(const std::vector<ConvPair<T>>& maps, const float* scale, float* dw, float* sums) {
  const Task<Patch, ConvPair<T>> task(maps, false);
  const ConvShape& s = maps[0].shape;
  const Windows<T> x{task, &ConvPair<T>::x, false, s.size, s.inputs}, dy{task, &ConvPair<T>::dy, true, 1, s.outputs};
  const bool turned = dy.columns() < x.columns();
  const Windows<T>&left = turned ? dy : x, &right = turned ? x : dy;
  const size_t rows = left.columns(), columns = right.columns(), panels = Blocks(columns, kPanel);
  const size_t slices = std::clamp<size_t>(task.count / kPixelsApart, 1, kSumsApart), threads = static_cast<size_t>(Threads());
  const size_t groups = slices >= 2 * threads ? 1 : std::min(panels, Blocks(2 * threads, slices));
  const size_t products = slices * panels * rows * kPanel, told = sums ? slices * s.outputs : 0;
  const Scratch product_memory(products), sum_memory(told);
  const WindowSums m{slices, panels, rows, product_memory.get()};
  float* added = sum_memory.get();
  std::fill_n(added, told, 0.0f);
  if (task.count == 0) std::fill_n(m.data, products, 0.0f);
  InParallel(slices * groups, [&](size_t part) {
    constexpr size_t kDepth = P::kDeep * kWindowWords, kWords = Blocks(sizeof(Window<T>), sizeof(float));
    const size_t slice = part / groups, group = part % groups, row = Apart(kWindowWords);
    const size_t begin = task.count * slice / slices, end = task.count * (slice + 1) / slices;
    const Scratch window_memory(2 * kDepth * kWords), row_memory(rows * row), panel_memory(kWindowWords * kPanel);
    auto *lefts = window_memory.as<Window<T>>(), *rights = lefts + kDepth;
    auto *v = row_memory.as<uint32_t>(), *u = panel_memory.as<uint32_t>();
    const Outside<T> zeros(std::max(s.inputs, s.outputs));
    for (size_t first = begin; first < end; first += kDepth) {
      const size_t count = std::min(kDepth, end - first), words = P::Words(count);
      left.Locate(first, count, lefts);
      right.Locate(first, count, rights);
      if (sums && group == 0) SumWindows(turned ? lefts : rights, count, s.outputs, added + slice * s.outputs);
      left.PackTurnedRows(lefts, count, words, row, zeros.get(), v);
      for (size_t panel = panels * group / groups; panel < panels * (group + 1) / groups; panel++) {
        const size_t column = panel * kPanel, wide = ColumnsOf(panel, columns);
        right.PackPanel(rights, count, words, column, column + wide, zeros.get(), u);
        const Product<P> product{rows, wide, words, v, row, 1, u, m.Panel(slice, panel), kPanel};
        first == begin ? Multiply<false>(product) : Multiply<true>(product);
      }
    }
  });
  WriteFilter(m, turned, x.columns(), s.outputs, scale, dw);
  for (size_t o = 0; sums && o < s.outputs; o++) {
    sums[o] = 0;
    for (size_t slice = 0; slice < slices; slice++) sums[o] += added[slice * s.outputs + o];
  }
}

}  // namespace
}  // namespace understory
