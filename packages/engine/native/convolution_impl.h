// The code of convolution.h for one set of instructions. Included by one .cc file for each, which sets the target, and
//   UNDERSTORY_LANES  floats in a vector register
//   UNDERSTORY_ROWS   rows of the matrix kernel: 2 * ROWS + 3 registers are in use

#include <algorithm>
#include <type_traits>

#include "convolution.h"
#include "convolution_schemes.h"
#include "pool.h"
#include "products.h"

#include "convolution_blocks.h"

namespace understory {
namespace {

// Bytes that a thread should have in use at a time: transformed tiles of the input, and products.
constexpr size_t kNearInputs = 192 * 1024;
constexpr size_t kNearProducts = 128 * 1024;
// Bytes of a transformed filter that the third-level cache can hold while tiles go by.
constexpr size_t kWholeFilter = 12 << 20;
// Tiles whose transforms stay in memory while a larger filter goes by.
constexpr size_t kWholeTiles = 512;

template <typename Scheme>
constexpr size_t kProducts = Scheme::kPoints * Scheme::kPoints;

// Tiles at a time for the filter's gradient: its sums are read and written once for each lot.
template <typename Scheme>
constexpr size_t kTilesForFilter = kProducts<Scheme> == 1 ? 192 : 48;

template <typename Scheme, typename P>
size_t TilesAtOnce(size_t channels) {
  const size_t fitting = kNearInputs / (kProducts<Scheme> * sizeof(typename P::Number) * channels);
  return std::min<size_t>(8 * kRows, std::max<size_t>(2 * kRows, fitting / kRows * kRows));
}

// Panels whose products are in use at a time.
template <typename Scheme>
size_t PanelsAtOnce(size_t tiles) {
  return std::max<size_t>(1, kNearProducts / (kProducts<Scheme> * sizeof(float) * tiles * kPanel));
}

template <typename Scheme>
bool IsLarge(size_t inputs, size_t outputs) {
  return kProducts<Scheme> * inputs * outputs * sizeof(float) > kWholeFilter;
}

// How a convolution of images of T multiplies. Winograd's way would add to what pairs of BFloat16 round, up to 1 % of a
// result: too much on the way forward, and little beside what the choice of a batch does to a gradient.
#if defined(UNDERSTORY_PAIRS)
template <typename Scheme, typename T, bool Gradient>
using ProductsOf = std::conditional_t<std::is_same_v<T, BFloat16> && (Gradient || Scheme::kTaps == 1), Pairs, Floats>;
#else
template <typename Scheme, typename T, bool Gradient>
using ProductsOf = Floats;
#endif

// What a convolution reads, what it writes, and how many tiles that makes.
struct Task {
  Images from, to;
  Tiles tiles;
};

template <typename Scheme>
Task TaskOf(const ConvShape& s, bool back) {
  const Images whole{s.batch, s.height, s.width, s.inputs}, result{s.batch, s.down(), s.across(), s.outputs};
  constexpr size_t kStep = std::min(Scheme::kInStep, Scheme::kOutStep);  // in the smaller images
  const size_t down = Blocks(s.down(), kStep), across = Blocks(s.across(), kStep);
  return {back ? result : whole, back ? whole : result, {down, across, s.batch * down * across}};
}

// A filter that is not too large: all of it is transformed first.
template <typename Scheme, typename P, typename T>
void ConvolveByTiles(const Task& task, const Filter& f, const T* x, T* y) {
  const size_t depth = f.depth() / P::kDeep, panels = Blocks(f.columns(), kPanel), u_plane = Apart(depth * kPanel);
  const Scratch filter_memory(panels * kProducts<Scheme> * u_plane);
  auto* u = filter_memory.as<typename P::Word>();
  InParallel(panels, [&](size_t panel) { FilterPanel<Scheme, P>(f, panel, u + panel * kProducts<Scheme> * u_plane); });
  const size_t block = TilesAtOnce<Scheme, P>(f.depth()), lot = std::min(panels, PanelsAtOnce<Scheme>(block)), row = lot * kPanel;
  const size_t v_plane = Apart(block * depth), m_plane = Apart(block * row);
  InParallel(Blocks(task.tiles.count, block), [&](size_t i) {
    const size_t first = i * block, count = std::min(block, task.tiles.count - first);
    const Scratch input_memory(kProducts<Scheme> * v_plane), product_memory(kProducts<Scheme> * m_plane);
    auto* v = input_memory.as<typename P::Word>();
    float* m = product_memory.get();
    InputRows<Scheme, P>(task.from, task.tiles, first, count, x, v, v_plane);
    for (size_t begin = 0; begin < panels; begin += lot) {
      const size_t end = std::min(panels, begin + lot);
      for (size_t point = 0; point < kProducts<Scheme>; point++)
        for (size_t panel = begin; panel < end; panel++)
          Multiply<false, P>({count, ColumnsOf(panel, f.columns()), depth, v + point * v_plane, depth, 1,
                              u + (panel * kProducts<Scheme> + point) * u_plane, m + point * m_plane + (panel - begin) * kPanel, row});
      OutputRows<Scheme>(task.to, task.tiles, first, count, begin * kPanel, std::min(f.columns(), end * kPanel), m, m_plane, row, y);
    }
  });
}

// Calls transform(first, count) for lots of tiles, side by side.
template <typename Transform>
void TransformTogether(size_t count, Transform transform) {
  constexpr size_t kAtOnce = 8;
  InParallel(Blocks(count, kAtOnce), [&](size_t i) { transform(i * kAtOnce, std::min(kAtOnce, count - i * kAtOnce)); });
}

// A large filter: some tiles are transformed first, and then the filter a panel at a time.
template <typename Scheme, typename P, typename T>
void ConvolveByPanels(const Task& task, const Filter& f, const T* x, T* y) {
  const size_t depth = f.depth() / P::kDeep, u_plane = Apart(depth * kPanel);
  for (size_t first = 0; first < task.tiles.count; first += kWholeTiles) {
    const size_t count = std::min(kWholeTiles, task.tiles.count - first);
    const size_t v_plane = Apart(count * depth), m_plane = Apart(count * kPanel);
    const Scratch input_memory(kProducts<Scheme> * v_plane);
    auto* v = input_memory.as<typename P::Word>();
    TransformTogether(count, [&](size_t from, size_t some) {
      InputRows<Scheme, P>(task.from, task.tiles, first + from, some, x, v + from * depth, v_plane);
    });
    InParallel(Blocks(f.columns(), kPanel), [&](size_t panel) {
      const Scratch filter_memory(kProducts<Scheme> * u_plane), product_memory(kProducts<Scheme> * m_plane);
      auto* u = filter_memory.as<typename P::Word>();
      float* m = product_memory.get();
      FilterPanel<Scheme, P>(f, panel, u);
      for (size_t point = 0; point < kProducts<Scheme>; point++)
        Multiply<false, P>({count, ColumnsOf(panel, f.columns()), depth, v + point * v_plane, depth, 1, u + point * u_plane,
                            m + point * m_plane, kPanel});
      const size_t from = panel * kPanel, to = std::min(f.columns(), from + kPanel);
      OutputRows<Scheme>(task.to, task.tiles, first, count, from, to, m, m_plane, kPanel, y);
    });
  }
}

template <typename Scheme, bool Back, typename T>
void Convolve(const ConvShape& shape, const T* x, const float* w, T* y) {
  using P = ProductsOf<Scheme, T, Back>;
  const Task task = TaskOf<Scheme>(shape, Back);
  const Filter filter{w, shape.inputs, shape.outputs, Back};
  IsLarge<Scheme>(shape.inputs, shape.outputs) ? ConvolveByPanels<Scheme, P>(task, filter, x, y)
                                               : ConvolveByTiles<Scheme, P>(task, filter, x, y);
}

// The gradient of a filter that is not too large: each thread takes some of the tiles and some of the panels, and keeps its
// sums.
template <typename Scheme, typename P, typename T>
void FilterByTiles(const ConvShape& shape, const T* x, const T* dy, float* dw) {
  const Task task = TaskOf<Scheme>(shape, false);
  const size_t inputs = shape.inputs, panels = Blocks(shape.outputs, kPanel), plane = Apart(inputs * kPanel);
  const size_t threads = static_cast<size_t>(Threads());
  const size_t ranges = std::min(threads, std::max<size_t>(1, panels / 2)), range = Blocks(panels, ranges);
  const size_t slices = Blocks(threads, ranges), slice = panels * kProducts<Scheme> * plane;
  const Scratch sums(slices * slice);
  float* m = sums.get();
  InParallel(slices * ranges, [&](size_t part) {
    const size_t s = part / ranges, from = part % ranges * range, to = std::min(panels, from + range);
    if (from >= to) return;
    const size_t begin = task.tiles.count * s / slices, end = task.tiles.count * (s + 1) / slices;
    constexpr size_t kDepth = kTilesForFilter<Scheme> / P::kDeep;
    const size_t v_plane = Apart(kDepth * inputs), z_plane = Apart(kDepth * kPanel);
    const size_t z_panel = kProducts<Scheme> * z_plane;
    const Scratch input_memory(kProducts<Scheme> * v_plane), spread_memory((to - from) * z_panel);
    auto* v = input_memory.as<typename P::Word>();
    auto* z = spread_memory.as<typename P::Word>();
    std::fill_n(m + s * slice + from * kProducts<Scheme> * plane, (to - from) * kProducts<Scheme> * plane, 0.0f);
    for (size_t first = begin; first < end; first += kTilesForFilter<Scheme>) {
      const size_t count = std::min(kTilesForFilter<Scheme>, end - first);
      InputColumns<Scheme, P>(task.from, task.tiles, first, count, x, v, v_plane);
      for (size_t panel = from; panel < to; panel++)
        SpreadPanel<Scheme, P>(task.to, task.tiles, first, count, panel * kPanel, dy, z + (panel - from) * z_panel, z_plane);
      for (size_t point = 0; point < kProducts<Scheme>; point++)
        for (size_t panel = from; panel < to; panel++)
          Multiply<true, P>({inputs, ColumnsOf(panel, shape.outputs), Blocks(count, P::kDeep), v + point * v_plane, 1, inputs,
                             z + (panel - from) * z_panel + point * z_plane,
                             m + s * slice + (panel * kProducts<Scheme> + point) * plane, kPanel});
    }
  });
  InParallel(panels, [&](size_t panel) {
    GatherPanel<Scheme>(shape, panel, m + panel * kProducts<Scheme> * plane, plane, slices, slice, dw);
  });
}

// The gradient of a large filter: a panel of it at a time, over all tiles.
template <typename Scheme, typename P, typename T>
void FilterByPanels(const ConvShape& shape, const T* x, const T* dy, float* dw) {
  const Task task = TaskOf<Scheme>(shape, false);
  const size_t count = task.tiles.count, inputs = shape.inputs, depth = Blocks(count, P::kDeep);
  const size_t v_plane = Apart(depth * inputs), m_plane = Apart(inputs * kPanel), z_plane = Apart(depth * kPanel);
  const Scratch input_memory(kProducts<Scheme> * v_plane);
  auto* v = input_memory.as<typename P::Word>();
  TransformTogether(count, [&](size_t from, size_t some) {
    InputColumns<Scheme, P>(task.from, task.tiles, from, some, x, v + from / P::kDeep * inputs, v_plane);
  });
  InParallel(Blocks(shape.outputs, kPanel), [&](size_t panel) {
    const Scratch spread_memory(kProducts<Scheme> * z_plane), sums(kProducts<Scheme> * m_plane);
    auto* z = spread_memory.as<typename P::Word>();
    float* m = sums.get();
    SpreadPanel<Scheme, P>(task.to, task.tiles, 0, count, panel * kPanel, dy, z, z_plane);
    for (size_t point = 0; point < kProducts<Scheme>; point++)
      Multiply<false, P>({inputs, ColumnsOf(panel, shape.outputs), depth, v + point * v_plane, 1, inputs, z + point * z_plane,
                          m + point * m_plane, kPanel});
    GatherPanel<Scheme>(shape, panel, m, m_plane, 1, 0, dw);
  });
}

template <typename Scheme, typename T>
void FilterGradientOf(const ConvShape& shape, const T* x, const T* dy, float* dw) {
  using P = ProductsOf<Scheme, T, true>;
  const bool few = TaskOf<Scheme>(shape, false).tiles.count <= kWholeTiles;
  few && IsLarge<Scheme>(shape.inputs, shape.outputs) ? FilterByPanels<Scheme, P>(shape, x, dy, dw)
                                                      : FilterByTiles<Scheme, P>(shape, x, dy, dw);
}

template <typename T>
void Forward(const ConvShape& shape, const T* x, const float* w, T* y) {
  if (shape.size == 1)
    return shape.stride == 1 ? Convolve<OneTap, false>(shape, x, w, y) : Convolve<HalveOneTap, false>(shape, x, w, y);
  shape.stride == 1 ? Convolve<Same, false>(shape, x, w, y) : Convolve<Halve, false>(shape, x, w, y);
}

template <typename T>
void InputGradient(const ConvShape& shape, const T* dy, const float* w, T* dx) {
  if (shape.size == 1)
    return shape.stride == 1 ? Convolve<OneTap, true>(shape, dy, w, dx) : Convolve<DoubleOneTap, true>(shape, dy, w, dx);
  shape.stride == 1 ? Convolve<Same, true>(shape, dy, w, dx) : Convolve<Double, true>(shape, dy, w, dx);
}

template <typename T>
void FilterGradient(const ConvShape& shape, const T* x, const T* dy, float* dw) {
  if (shape.size == 1)
    return shape.stride == 1 ? FilterGradientOf<OneTap>(shape, x, dy, dw) : FilterGradientOf<HalveOneTap>(shape, x, dy, dw);
  shape.stride == 1 ? FilterGradientOf<Same>(shape, x, dy, dw) : FilterGradientOf<Halve>(shape, x, dy, dw);
}

template <typename T>
constexpr Convolution<T> kConvolution{kLanes, Forward<T>, InputGradient<T>, FilterGradient<T>};

}  // namespace
}  // namespace understory
