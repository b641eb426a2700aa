// The code of convolution.h for one set of instructions. Included by one .cc file for each, which sets the target, and
//   UNDERSTORY_LANES  floats in a vector register
//   UNDERSTORY_ROWS   rows of the matrix kernel: 2 * ROWS + 3 registers are in use

#include <algorithm>
#include <type_traits>
#include <utility>
#include <vector>

#include "convolution.h"
#include "convolution_schemes.h"
#include "functions.h"
#include "matrices.h"
#include "telling.h"
#include "pool.h"

#include "convolution_task.h"
#include "convolution_blocks.h"
#include "convolution_patches.h"
#if defined(UNDERSTORY_AMX_PRODUCTS)
#include "convolution_windows.h"
#endif

namespace understory {
namespace {

// Bytes that a thread should have in use at a time: transformed tiles of the input, and products.
constexpr size_t kNearInputs = 192 * 1024;
constexpr size_t kNearProducts = 128 * 1024;
// Bytes of a large filter's transformed gradient that a thread has in use at a time.
constexpr size_t kNearGradient = 1024 * 1024;
// Bytes of a transformed filter that the third-level cache can hold while tiles go by.
constexpr size_t kWholeFilter = 12 << 20;
// Tiles whose transforms stay in memory while a larger filter goes by.
constexpr size_t kWholeTiles = 512;

template <typename Scheme>
constexpr size_t kProducts = Scheme::kPoints * Scheme::kPoints;
template <typename Scheme>
constexpr size_t kPlanes = Scheme::kFactors * Scheme::kFactors;  // of a transformed filter

// The first point that meets one factor of the transformed filter.
template <typename Scheme>
constexpr size_t FirstPointOf(size_t factor) {
  return factor / Scheme::kFactors * Scheme::kPoints + factor % Scheme::kFactors;
}

// Calls each(point) for all of them, one after another: the factor's panel comes into the cache once.
template <typename Scheme, typename Each>
UNDERSTORY_INLINE void ForPointsOf(size_t factor, Each each) {
  constexpr size_t kFactors = Scheme::kFactors, kPoints = Scheme::kPoints;
  const auto end = [](size_t of) { return of + 1 < kFactors ? of + 1 : kPoints; };
  const size_t down = factor / kFactors, across = factor % kFactors;
  for (size_t i = down; i < end(down); i++)
    for (size_t j = across; j < end(across); j++) each(i * kPoints + j);
}

// Tiles at a time for the filter's gradient: its sums are read and written once for each lot.
constexpr size_t kTilesForFilter = 48;

// Panels of a large filter's gradient that meet the same inputs, where there are enough of them for all threads.
constexpr size_t kPanelsTogether = 2;

// Inputs of a large filter whose gradients' products are in use at a time.
template <typename Scheme, typename P>
constexpr size_t kInputsAtOnce =
    std::max<size_t>(1, kNearGradient / (kPlanes<Scheme> * sizeof(float) * kPanelsTogether * kPanel * P::kRows)) * P::kRows;

// Tiles that a thread transforms at a time, where all of a lot are transformed first.
constexpr size_t kTilesTogether = 8;
constexpr size_t kPixelsTogether = 64;

template <typename Scheme, typename P>
size_t TilesAtOnce(size_t channels) {
  const size_t fitting = kNearInputs / (kProducts<Scheme> * sizeof(typename P::Number) * channels);
  return std::min<size_t>(8 * P::kRows, std::max<size_t>(2 * P::kRows, fitting / P::kRows * P::kRows));
}

// Panels whose products are in use at a time.
template <typename Scheme>
size_t PanelsAtOnce(size_t tiles) {
  return std::max<size_t>(1, kNearProducts / (kProducts<Scheme> * sizeof(float) * tiles * kPanel));
}

template <typename Scheme>
bool IsLarge(size_t inputs, size_t outputs) {
  return kPlanes<Scheme> * inputs * outputs * sizeof(float) > kWholeFilter;
}

// Filters of so many pixels across, or more, are products with patches of the images. By tiles of BFloat16 that takes less than the
// transforms of Winograd's way, and rounds once.
#if defined(UNDERSTORY_AMX_PRODUCTS)
constexpr size_t kSmallestPatches = 3;
#else
constexpr size_t kSmallestPatches = 5;
#endif

// How a convolution of images of T multiplies. Winograd's way would add to what pairs of BFloat16 round, up to 1 % of a
// result: too much on the way forward, and little beside what the choice of a batch does to a gradient.
#if defined(UNDERSTORY_AMX_PRODUCTS)
template <typename Scheme, typename T, bool Gradient>
using ProductsOf = Amx;
#elif defined(UNDERSTORY_PAIRS)
template <typename Scheme, typename T, bool Gradient>
using ProductsOf = std::conditional_t<std::is_same_v<T, BFloat16> && (Gradient || Scheme::kTaps == 1), Pairs, Floats>;
#else
template <typename Scheme, typename T, bool Gradient>
using ProductsOf = Floats;
#endif

// Whether a scheme's tiles are pixels that follow each other in memory: those that are read, and those that are written.
template <typename Scheme>
constexpr bool kReadsRows = kProducts<Scheme> == 1 && Scheme::kInStep == 1 && !std::is_same_v<Scheme, Patch>;
template <typename Scheme>
constexpr bool kWritesRows = kProducts<Scheme> == 1 && Scheme::kOut == 1;

// What a filter meets on the way back at stride 1.
inline ConvShape TurnedShape(ConvShape s) {
  std::swap(s.inputs, s.outputs);
  return s;
}

// A convolution of maps of T, what its filter is, and what it tells of its result.
template <typename Scheme, typename T, typename Told>
struct Work {
  Task<Scheme, ConvMap<T>> task;
  Filter filter;
  const float* bias;
  float ceiling;
  Told told;

  template <typename P>
  void Read(size_t first, size_t count, typename P::Word* v, size_t plane, size_t shift = 0) const {
    task.ForTiles(first, count, [&](const auto& part, size_t at, size_t some, size_t before) {
      const Some those{part.from, part.tiles, at, some, before + shift};
      if constexpr (kReadsRows<Scheme>)
        CopyRows(at, some, part.from.channels, part.map.from,
                 reinterpret_cast<typename P::Number*>(v) + those.before * Filled(part.from.channels));
      else if constexpr (std::is_same_v<Scheme, Patch>)
        PatchRows<P>(those, filter.turned ? TurnedShape(part.map.shape) : part.map.shape, part.map.from, v);
      else
        InputRows<Scheme, P>(those, part.map.from, v, plane);
    });
  }
  Finish<T> FinishOf(const ConvMap<T>& map) const { return {bias, map.side, map.gate, ceiling}; }
  void Write(size_t first, size_t count, size_t from, size_t to, const float* m, size_t plane, size_t row) const {
    task.ForTiles(first, count, [&](const auto& part, size_t at, size_t some, size_t before) {
      const Finish<T> finish = FinishOf(part.map);
      if constexpr (kWritesRows<Scheme>)
        (finish.any() ? FinishRows<true, T> : FinishRows<false, T>)(at, some, part.to.channels, from, to, m + before * row, row, finish,
                                                                    part.map.to);
      else
        OutputRows<Scheme>({part.to, part.tiles, at, some, before}, from, to, m, plane, row, finish, part.map.to);
    });
  }
};

// A filter that is not too large: all of it is transformed first.
template <typename Scheme, typename P, typename T, typename Told>
void ConvolveByTiles(const Work<Scheme, T, Told>& work) {
  const Filter& f = work.filter;
  // What the tiles have beyond the channels is 0, and needs no products.
  const size_t tile = f.depth() / P::kDeep, depth = P::Words(f.channels()), panels = Blocks(f.columns(), kPanel);
  const size_t u_plane = Apart(tile * kPanel);
  const Scratch filter_memory(panels * kPlanes<Scheme> * u_plane);
  auto* u = filter_memory.as<typename P::Word>();
  InParallel(panels, [&](size_t panel) { FilterPanel<Scheme, P>(f, panel, u + panel * kPlanes<Scheme> * u_plane); });
  const size_t block = TilesAtOnce<Scheme, P>(f.depth()), lot = std::min(panels, PanelsAtOnce<Scheme>(block)), row = lot * kPanel;
  const size_t v_plane = Apart(block * tile), m_plane = Apart(block * row);
  InParallel(Blocks(work.task.count, block), [&](size_t i) {
    const size_t first = i * block, count = std::min(block, work.task.count - first);
    const Scratch input_memory(kProducts<Scheme> * v_plane), product_memory(kProducts<Scheme> * m_plane);
    auto* v = input_memory.as<typename P::Word>();
    float* m = product_memory.get();
    work.template Read<P>(first, count, v, v_plane);
    for (size_t begin = 0; begin < panels; begin += lot) {
      const size_t end = std::min(panels, begin + lot);
      for (size_t factor = 0; factor < kPlanes<Scheme>; factor++)
        for (size_t panel = begin; panel < end; panel++)
          ForPointsOf<Scheme>(factor, [&](size_t point) {
            Multiply<false>(Product<P>{count, ColumnsOf(panel, f.columns()), depth, v + point * v_plane, tile, 1,
                                       u + (panel * kPlanes<Scheme> + factor) * u_plane,
                                       m + point * m_plane + (panel - begin) * kPanel, row});
          });
      work.Write(first, count, begin * kPanel, std::min(f.columns(), end * kPanel), m, m_plane, row);
    }
  });
}

// A filter of one tap: rows of pixels times all of it. Floats are read and written where they lie.
template <typename Scheme, typename P, typename T, typename Told>
void ConvolveRows(const Work<Scheme, T, Told>& work) {
  using Word = typename P::Word;
  constexpr bool kFloats = std::is_same_v<Word, T>;
  const Filter& f = work.filter;
  const size_t channels = f.channels(), columns = f.columns(), panels = Blocks(columns, kPanel);
  const size_t tile = f.depth() / P::kDeep, words = P::Words(channels), u_panel = Apart(tile * kPanel);
  const Scratch filter_memory(panels * u_panel);
  auto* u = filter_memory.as<Word>();
  InParallel(panels, [&](size_t panel) { FilterPanel<Scheme, P>(f, panel, u + panel * u_panel); });
  ForRanges<P>(work.task.count, columns, work.told.data ? work.told.rows : 0, [&](size_t first, size_t count, size_t begin, size_t end) {
    const size_t to = std::min(columns, end * kPanel);
    // Where the filter stays in the cache, a few rows at a time stay in a nearer one.
    const bool few = kByRows<P> && (end - begin) * words * kPanel <= kColumnsInCache;
    work.task.ForTiles(first, count, [&](const auto& part, size_t at, size_t all, size_t before) {
      const bool in_place = kFloats && kWritesRows<Scheme> && columns % kLanes == 0;
      const size_t row = in_place ? columns : (end - begin) * kPanel, at_once = few ? P::kRows : all;
      Rows<P> x;
      const bool read_in_place = kReadsRows<Scheme> && InPlace(part.map.from + at * channels, channels, channels, &x);
      const Scratch input_memory(read_in_place ? 0 : at_once * tile), product_memory(in_place ? 0 : at_once * row);
      if (!read_in_place) x = {input_memory.as<Word>(), tile, 1, P::kRows * tile};
      for (size_t r = 0; r < all; r += at_once) {
        const size_t rows = std::min(at_once, all - r);
        const Word* read = x.words + (read_in_place ? r * x.row : 0);
        float* m = product_memory.get();
        if (!read_in_place) work.template Read<P>(first + before + r, rows, input_memory.as<Word>(), 0);
        if constexpr (kFloats)
          if (in_place) m = part.map.to + (at + r) * columns + begin * kPanel;
        for (size_t from = 0; from < words; from += kDepthAtOnce) {
          const PackedColumns<P> some{u + begin * u_panel + from * kPanel, u_panel, std::min(kDepthAtOnce, words - from),
                                      columns - begin * kPanel,            from == 0, nullptr};
          MultiplyRange<P>(rows, {read + from, x.row, x.step, x.tile}, some, 0, end - begin, m, row);
        }
        if (!in_place || work.FinishOf(part.map).any()) work.Write(first + before + r, rows, begin * kPanel, to, m, 0, row);
      }
      if (work.told.data) Tell(work.told, {at, all, columns, begin * kPanel, to}, part.map.to);
    });
  });
}

// Calls transform(first, count) for lots of `at_once` tiles, side by side.
template <typename Transform>
void TransformTogether(size_t count, size_t at_once, Transform transform) {
  InParallel(Blocks(count, at_once), [&](size_t i) { transform(i * at_once, std::min(at_once, count - i * at_once)); });
}

// A large filter: some tiles are transformed first, and then the filter a panel at a time.
template <typename Scheme, typename P, typename T, typename Told>
void ConvolveByPanels(const Work<Scheme, T, Told>& work) {
  const Filter& f = work.filter;
  const size_t tile = f.depth() / P::kDeep, depth = P::Words(f.channels()), u_plane = Apart(tile * kPanel);
  for (size_t first = 0; first < work.task.count; first += kWholeTiles) {
    const size_t count = std::min(kWholeTiles, work.task.count - first);
    const size_t v_plane = Apart(count * tile), m_plane = Apart(count * kPanel);
    const Scratch input_memory(kProducts<Scheme> * v_plane);
    auto* v = input_memory.as<typename P::Word>();
    TransformTogether(count, kTilesTogether,
                      [&](size_t from, size_t some) { work.template Read<P>(first + from, some, v, v_plane, from); });
    InParallel(Blocks(f.columns(), kPanel), [&](size_t panel) {
      const Scratch filter_memory(kPlanes<Scheme> * u_plane), product_memory(kProducts<Scheme> * m_plane);
      auto* u = filter_memory.as<typename P::Word>();
      float* m = product_memory.get();
      FilterPanel<Scheme, P>(f, panel, u);
      for (size_t factor = 0; factor < kPlanes<Scheme>; factor++)
        ForPointsOf<Scheme>(factor, [&](size_t point) {
          Multiply<false>(Product<P>{count, ColumnsOf(panel, f.columns()), depth, v + point * v_plane, tile, 1, u + factor * u_plane,
                                     m + point * m_plane, kPanel});
        });
      work.Write(first, count, panel * kPanel, std::min(f.columns(), (panel + 1) * kPanel), m, m_plane, kPanel);
    });
  }
}

// The filter's inputs, as its scheme sees them.
template <typename Scheme>
size_t InputsOf(const ConvShape& s) {
  return std::is_same_v<Scheme, Patch> ? s.size * s.size * s.inputs : s.inputs;
}

template <typename Scheme, bool Back, typename T, typename Told = Moments>
void Convolve(const std::vector<ConvMap<T>>& maps, const ConvFilter& filter, const Told& told = {}) {
  using P = ProductsOf<Scheme, T, Back>;
  const ConvShape& s = maps[0].shape;
  const bool turned_patches = Back && std::is_same_v<Scheme, Patch>;
  const size_t inputs = turned_patches ? s.inputs : InputsOf<Scheme>(s), outputs = s.outputs, taps = turned_patches ? s.size * s.size : 1;
  const Filter of{filter.w, filter.scale, inputs, outputs, Back, taps};
  const Work<Scheme, T, Told> work{{maps, Back}, of, filter.bias, filter.ceiling, told};
  if constexpr (kProducts<Scheme> == 1)
    ConvolveRows<Scheme, P>(work);
  else
    IsLarge<Scheme>(inputs, outputs) ? ConvolveByPanels<Scheme, P>(work) : ConvolveByTiles<Scheme, P>(work);
}

// What the gradient of a filter is computed from, and where it goes.
template <typename Scheme, typename T>
struct FilterWork {
  Task<Scheme, ConvPair<T>> task;
  const ConvShape shape;  // of its channels
  const float* scale;
  float* dw;
  float* sums;

  template <typename P>
  void Read(size_t first, size_t count, typename P::Word* v, size_t plane, size_t shift = 0) const {
    task.ForTiles(first, count, [&](const auto& part, size_t at, size_t some, size_t before) {
      const Some those{part.from, part.tiles, at, some, before + shift};
      if constexpr (std::is_same_v<Scheme, Patch>)
        PatchRows<P>(those, part.map.shape, part.map.x, v);
      else if constexpr (kProducts<Scheme> == 1)
        InputRows<Scheme, P>(those, part.map.x, v, plane);
      else
        InputColumns<Scheme, P>(those, part.map.x, v, plane);
    });
  }
  template <typename P>
  void Spread(size_t first, size_t count, size_t panel, typename P::Word* z, size_t plane, float* added) const {
    task.ForTiles(first, count, [&](const auto& part, size_t at, size_t some, size_t before) {
      SpreadPanel<Scheme, P>({part.to, part.tiles, at, some, before}, panel * kPanel, part.map.dy, z, plane, added);
    });
  }
  // Writes a panel of the result from its parts in `slices`.
  void Write(size_t panel, const float* m, size_t plane, size_t slices, size_t slice, const float* added, size_t each) const {
    GatherPanel<Scheme>(shape, panel, 0, shape.inputs, m, plane, slices, slice, scale, dw);
    for (size_t c = 0; sums && c < ColumnsOf(panel, shape.outputs); c++) {
      float sum = 0;
      for (size_t s = 0; s < slices; s++) sum += added[s * each + c];
      sums[panel * kPanel + c] = sum;
    }
  }
};

// The gradient of a filter that is not too large: each thread takes some of the tiles and some of the panels, and keeps its
// sums.
template <typename Scheme, typename P, typename T>
void FilterByTiles(const FilterWork<Scheme, T>& work) {
  const size_t inputs = work.shape.inputs, row = Filled(inputs), outputs = work.shape.outputs;
  const size_t panels = Blocks(outputs, kPanel), plane = Apart(inputs * kPanel);
  const size_t threads = static_cast<size_t>(Threads());
  const size_t ranges = std::min(threads, std::max<size_t>(1, panels / 2)), range = Blocks(panels, ranges);
  const size_t slices = Blocks(threads, ranges), slice = panels * kPlanes<Scheme> * plane;
  const Scratch memory(slices * slice), sum_memory(slices * panels * kPanel);
  float *m = memory.get(), *sums = sum_memory.get();
  std::fill_n(sums, slices * panels * kPanel, 0.0f);
  InParallel(slices * ranges, [&](size_t part) {
    const size_t s = part / ranges, from = part % ranges * range, to = std::min(panels, from + range);
    if (from >= to) return;
    const size_t begin = work.task.count * s / slices, end = work.task.count * (s + 1) / slices;
    constexpr size_t kDepth = kTilesForFilter / P::kDeep;
    const size_t v_plane = Apart(kDepth * row), z_plane = Apart(kDepth * kPanel);
    const size_t z_panel = kProducts<Scheme> * z_plane;
    const Scratch input_memory(kProducts<Scheme> * v_plane), spread_memory((to - from) * z_panel);
    auto* v = input_memory.as<typename P::Word>();
    auto* z = spread_memory.as<typename P::Word>();
    std::fill_n(m + s * slice + from * kPlanes<Scheme> * plane, (to - from) * kPlanes<Scheme> * plane, 0.0f);
    for (size_t first = begin; first < end; first += kTilesForFilter) {
      const size_t count = std::min(kTilesForFilter, end - first);
      work.template Read<P>(first, count, v, v_plane);
      for (size_t panel = from; panel < to; panel++)
        work.template Spread<P>(first, count, panel, z + (panel - from) * z_panel, z_plane, sums + (s * panels + panel) * kPanel);
      for (size_t factor = 0; factor < kPlanes<Scheme>; factor++)
        for (size_t panel = from; panel < to; panel++)
          ForPointsOf<Scheme>(factor, [&](size_t point) {
            Multiply<true>(Product<P>{inputs, ColumnsOf(panel, outputs), Blocks(count, P::kDeep), v + point * v_plane, 1, row,
                                      z + (panel - from) * z_panel + point * z_plane,
                                      m + s * slice + (panel * kPlanes<Scheme> + factor) * plane, kPanel});
          });
    }
  });
  InParallel(panels, [&](size_t panel) {
    work.Write(panel, m + panel * kPlanes<Scheme> * plane, plane, slices, slice, sums + panel * kPanel, panels * kPanel);
  });
}

// The gradient of a large filter: some inputs of one or two panels at a time, over all tiles, whose products stay in the cache.
template <typename Scheme, typename P, typename T>
void FilterByPanels(const FilterWork<Scheme, T>& work) {
  const size_t count = work.task.count, inputs = work.shape.inputs, outputs = work.shape.outputs;
  const size_t row = Filled(inputs), depth = Blocks(count, P::kDeep), panels = Blocks(outputs, kPanel);
  const size_t v_plane = Apart(depth * row), m_plane = Apart(kInputsAtOnce<Scheme, P> * kPanel), z_plane = Apart(depth * kPanel);
  const size_t m_panel = kPlanes<Scheme> * m_plane, z_panel = kProducts<Scheme> * z_plane;
  const Scratch input_memory(kProducts<Scheme> * v_plane);
  auto* v = input_memory.as<typename P::Word>();
  TransformTogether(count, kTilesTogether, [&](size_t from, size_t some) { work.template Read<P>(from, some, v, v_plane, from); });
  const size_t together = panels < 2 * kPanelsTogether * static_cast<size_t>(Threads()) ? 1 : kPanelsTogether;
  InParallel(Blocks(panels, together), [&](size_t lot) {
    const size_t from = lot * together, to = std::min(panels, from + together);
    const Scratch spread_memory((to - from) * z_panel), product_memory((to - from) * m_panel);
    auto* z = spread_memory.as<typename P::Word>();
    float *m = product_memory.get(), added[kPanelsTogether * kPanel] = {};
    for (size_t panel = from; panel < to; panel++)
      work.template Spread<P>(0, count, panel, z + (panel - from) * z_panel, z_plane, added + (panel - from) * kPanel);
    for (size_t begin = 0; begin < inputs; begin += kInputsAtOnce<Scheme, P>) {
      const size_t end = std::min(inputs, begin + kInputsAtOnce<Scheme, P>);
      for (size_t factor = 0; factor < kPlanes<Scheme>; factor++)
        ForPointsOf<Scheme>(factor, [&](size_t point) {
          for (size_t panel = from; panel < to; panel++) {
            const Product<P> product{end - begin, ColumnsOf(panel, outputs), depth, v + point * v_plane + begin, 1, row,
                                     z + (panel - from) * z_panel + point * z_plane,
                                     m + (panel - from) * m_panel + factor * m_plane, kPanel};
            point == FirstPointOf<Scheme>(factor) ? Multiply<false>(product) : Multiply<true>(product);
          }
        });
      for (size_t panel = from; panel < to; panel++)
        GatherPanel<Scheme>(work.shape, panel, begin, end, m + (panel - from) * m_panel, m_plane, 1, 0, work.scale, work.dw);
    }
    if (work.sums) std::copy_n(added, std::min(outputs, to * kPanel) - from * kPanel, work.sums + from * kPanel);
  });
}

// The gradient of a filter of one tap: the pixels' rows, turned, times those of the gradients.
template <typename Scheme, typename P, typename T>
void FilterRows(const FilterWork<Scheme, T>& work) {
  using Word = typename P::Word;
  using Number = typename P::Number;
  const size_t inputs = work.shape.inputs, outputs = work.shape.outputs, x_row = Filled(inputs);
  const size_t panels = Blocks(outputs, kPanel), row = Filled(outputs);
  const bool one = work.task.parts.size() == 1;
  const Scratch product_memory(row == outputs ? 0 : inputs * row), sum_memory(panels * kPanel);
  float *m = row == outputs ? work.dw : product_memory.get(), *sums = sum_memory.get();
  std::fill_n(sums, panels * kPanel, 0.0f);
  const auto pack = [&](size_t panel, size_t first, size_t count, Word* to) {
    if (!one) {
      work.template Spread<P>(first, count, panel, to, 0, sums + panel * kPanel);
      return FillPanel<P>(count, to);
    }
    const Matrix<T> dy{work.task.parts[0].map.dy, outputs, false};
    PackAndSum<P>(dy, {panel * kPanel, ColumnsOf(panel, outputs), first, count}, to, work.sums ? sums : nullptr);
  };
  const auto multiply = [&](auto left) { MultiplyBy<P>(inputs, outputs, work.task.count, Floating{m, row}, nullptr, pack, left); };
  const Scratch input_memory(kReadsRows<Scheme> && one ? 0 : PiecesAtOnce(panels) * kDepthAtOnce * x_row);
  auto* x = input_memory.as<Number>();
  if (kReadsRows<Scheme> && one)
    multiply([&](size_t first, size_t) { return Matrix<T>{work.task.parts[0].map.x, inputs, true}.From(first); });
  else
    multiply([&](size_t first, size_t count) {
      TransformTogether(count, kPixelsTogether, [&](size_t from, size_t some) {
        work.template Read<P>(first + from, some, reinterpret_cast<Word*>(x), 0, from);
      });
      return Matrix<Number>{x, x_row, true};
    });
  if (work.sums) std::copy_n(sums, outputs, work.sums);
  if (work.scale || m != work.dw)
    InParallel(inputs, [&](size_t c) {
      InVectors(0, outputs, outputs, [&](size_t at, auto numbers) {
        const Vec factor = work.scale ? numbers.load(work.scale + at) : Vec{} + 1.0f;
        numbers.store(work.dw + c * outputs + at, Load(m + c * row + at) * factor);
      });
    });
}

template <typename Scheme, typename T>
void FilterGradientOf(const std::vector<ConvPair<T>>& maps, const float* scale, float* dw, float* sums) {
  using P = ProductsOf<Scheme, T, true>;
  ConvShape shape = maps[0].shape;
  shape.inputs = InputsOf<Scheme>(shape);
  const FilterWork<Scheme, T> work{{maps, false}, shape, scale, dw, sums};
  if constexpr (kProducts<Scheme> == 1) {
    FilterRows<Scheme, P>(work);
  } else {
    const bool few = work.task.count <= kWholeTiles;
    few && IsLarge<Scheme>(shape.inputs, shape.outputs) ? FilterByPanels<Scheme, P>(work) : FilterByTiles<Scheme, P>(work);
  }
}

template <typename T>
void Forward(const std::vector<ConvMap<T>>& maps, const ConvFilter& f, const Moments& moments) {
  const auto& [size, stride] = std::pair(maps[0].shape.size, maps[0].shape.stride);
  if (size >= kSmallestPatches) return Convolve<Patch, false>(maps, f);
  if (size == 1) return stride == 1 ? Convolve<OneTap, false>(maps, f, moments) : Convolve<HalveOneTap, false>(maps, f, moments);
  if constexpr (kSmallestPatches > 3) stride == 1 ? Convolve<Same, false>(maps, f) : Convolve<Halve, false>(maps, f);
}

template <typename T>
void InputGradient(const std::vector<ConvMap<T>>& maps, const ConvFilter& f, const GradientSums<T>& sums) {
  const auto& [size, stride] = std::pair(maps[0].shape.size, maps[0].shape.stride);
  if (size == 1) return stride == 1 ? Convolve<OneTap, true>(maps, f, sums) : Convolve<DoubleOneTap, true>(maps, f);
  if (size >= kSmallestPatches && stride == 1 && maps[0].shape.outputs % kLanes == 0) return Convolve<Patch, true>(maps, f);
  stride == 1 ? Convolve<Same, true>(maps, f) : Convolve<Double, true>(maps, f);
}

template <typename T>
void FilterGradient(const std::vector<ConvPair<T>>& maps, const float* scale, float* dw, float* sums) {
  const auto& [size, stride] = std::pair(maps[0].shape.size, maps[0].shape.stride);
#if defined(UNDERSTORY_AMX_PRODUCTS)
  if (maps[0].shape.inputs >= kLanes) return FilterByWindows<Amx>(maps, scale, dw, sums);
#endif
  if (size >= kSmallestPatches) return FilterGradientOf<Patch>(maps, scale, dw, sums);
  if (size == 1)
    return stride == 1 ? FilterGradientOf<OneTap>(maps, scale, dw, sums) : FilterGradientOf<HalveOneTap>(maps, scale, dw, sums);
  if constexpr (kSmallestPatches > 3)
    stride == 1 ? FilterGradientOf<Same>(maps, scale, dw, sums) : FilterGradientOf<Halve>(maps, scale, dw, sums);
}

template <typename T>
constexpr Convolution<T> kConvolution{kLanes, Forward<T>, InputGradient<T>, FilterGradient<T>};

}  // namespace
}  // namespace understory
