// The code of winograd.h for one set of instructions. Included by one .cc file for each, which sets the target, and
//   UNDERSTORY_LANES  floats in a vector register
//   UNDERSTORY_ROWS   rows of the matrix kernel: 2 * ROWS + 3 registers are in use

#include <algorithm>
#include <cstdlib>
#include <memory>
#include <new>

#include "pool.h"
#include "winograd.h"

namespace understory {
namespace {

constexpr size_t kLanes = UNDERSTORY_LANES;
constexpr size_t kRows = UNDERSTORY_ROWS;
constexpr size_t kPanel = 2 * kLanes;  // columns of the matrix kernel
constexpr size_t kPoints = 36;

#if defined(__clang__)
#define UNDERSTORY_UNROLL _Pragma("clang loop unroll(full)")
#else
#define UNDERSTORY_UNROLL _Pragma("GCC unroll 16")
#endif
#define UNDERSTORY_INLINE inline __attribute__((always_inline))

typedef float Vec __attribute__((vector_size(4 * UNDERSTORY_LANES)));
typedef float Loose __attribute__((vector_size(4 * UNDERSTORY_LANES), aligned(4), may_alias));

UNDERSTORY_INLINE Vec Load(const float* from) { return *reinterpret_cast<const Loose*>(from); }
UNDERSTORY_INLINE void Store(float* to, Vec v) { *reinterpret_cast<Loose*>(to) = v; }

// Points of interpolation ±a and ±b with a * b = 1, and what follows from them.
constexpr float a = 2.0f / 3, b = 3.0f / 2;
constexpr float a2 = a * a, b2 = b * b, a3 = a2 * a, b3 = b2 * b, s2 = a2 + b2;
constexpr float na = 1 / (2 * a2 * (a2 - b2)), nb = 1 / (2 * b2 * (b2 - a2));

// One dimension of each transform, in place or from one array to another; `Step` is the distance between elements.
UNDERSTORY_INLINE void TransformInput(const Vec d[6], Vec v[6]) {
  const Vec even_a = d[4] - b2 * d[2], odd_a = a * d[3] - b * d[1];
  const Vec even_b = d[4] - a2 * d[2], odd_b = b * d[3] - a * d[1];
  v[0] = d[0] + d[4] - s2 * d[2];
  v[1] = even_a + odd_a;
  v[2] = even_a - odd_a;
  v[3] = even_b + odd_b;
  v[4] = even_b - odd_b;
  v[5] = d[1] + d[5] - s2 * d[3];
}

UNDERSTORY_INLINE void TransformFilter(const Vec g[3], Vec u[6]) {
  const Vec even_a = na * g[0] + (na * a2) * g[2], odd_a = (na * a) * g[1];
  const Vec even_b = nb * g[0] + (nb * b2) * g[2], odd_b = (nb * b) * g[1];
  u[0] = g[0];
  u[1] = even_a + odd_a;
  u[2] = even_a - odd_a;
  u[3] = even_b + odd_b;
  u[4] = even_b - odd_b;
  u[5] = g[2];
}

UNDERSTORY_INLINE void TransformOutput(const Vec m[6], Vec y[4]) {
  const Vec sum_a = m[1] + m[2], difference_a = m[1] - m[2];
  const Vec sum_b = m[3] + m[4], difference_b = m[3] - m[4];
  y[0] = m[0] + sum_a + sum_b;
  y[1] = a * difference_a + b * difference_b;
  y[2] = a2 * sum_a + b2 * sum_b;
  y[3] = a3 * difference_a + b3 * difference_b + m[5];
}

// The transpose of TransformOutput.
UNDERSTORY_INLINE void SpreadOutput(const Vec y[4], Vec z[6]) {
  const Vec even_a = y[0] + a2 * y[2], odd_a = a * y[1] + a3 * y[3];
  const Vec even_b = y[0] + b2 * y[2], odd_b = b * y[1] + b3 * y[3];
  z[0] = y[0];
  z[1] = even_a + odd_a;
  z[2] = even_a - odd_a;
  z[3] = even_b + odd_b;
  z[4] = even_b - odd_b;
  z[5] = y[3];
}

// The transpose of TransformFilter.
UNDERSTORY_INLINE void GatherFilter(const Vec m[6], Vec g[3]) {
  const Vec sum_a = m[1] + m[2], sum_b = m[3] + m[4];
  g[0] = m[0] + na * sum_a + nb * sum_b;
  g[1] = (na * a) * (m[1] - m[2]) + (nb * b) * (m[3] - m[4]);
  g[2] = (na * a2) * sum_a + (nb * b2) * sum_b + m[5];
}

// Applies a transform to the columns and then to the rows of a square: From x From -> To x To.
template <int From, int To, void (*Transform)(const Vec*, Vec*), typename Read, typename Write>
UNDERSTORY_INLINE void Square(Read read, Write write) {
  Vec middle[To][From];
  UNDERSTORY_UNROLL
  for (int j = 0; j < From; j++) {
    Vec in[From], out[To];
    UNDERSTORY_UNROLL
    for (int i = 0; i < From; i++) in[i] = read(i, j);
    Transform(in, out);
    UNDERSTORY_UNROLL
    for (int i = 0; i < To; i++) middle[i][j] = out[i];
  }
  UNDERSTORY_UNROLL
  for (int i = 0; i < To; i++) {
    Vec out[To];
    Transform(middle[i], out);
    UNDERSTORY_UNROLL
    for (int j = 0; j < To; j++) write(i, j, out[j]);
  }
}

struct Tiles {
  explicit Tiles(const ConvShape& s) : down((s.height + 3) / 4), across((s.width + 3) / 4), count(s.batch * down * across) {}
  size_t down, across, count;
};

constexpr size_t Blocks(size_t count, size_t size) { return (count + size - 1) / size; }

// The matrix kernel: m[r][0 … kPanel) (+)= sum over i of x(r, i) * u[i][0 … kPanel), for x(r, i) = x[r * row + i * step].
template <size_t Rows, bool Add>
UNDERSTORY_INLINE void MultiplyRows(const float* x, size_t row, size_t step, const float* u, size_t depth, float* m, size_t m_row) {
  Vec sum[Rows][2];
  UNDERSTORY_UNROLL
  for (size_t r = 0; r < Rows; r++) {
    sum[r][0] = Add ? Load(m + r * m_row) : Vec{};
    sum[r][1] = Add ? Load(m + r * m_row + kLanes) : Vec{};
  }
  for (size_t i = 0; i < depth; i++) {
    const Vec u0 = Load(u + i * kPanel), u1 = Load(u + i * kPanel + kLanes);
    UNDERSTORY_UNROLL
  for (size_t r = 0; r < Rows; r++) {
      const float value = x[r * row + i * step];
      sum[r][0] += value * u0;
      sum[r][1] += value * u1;
    }
  }
  UNDERSTORY_UNROLL
  for (size_t r = 0; r < Rows; r++) {
    Store(m + r * m_row, sum[r][0]);
    Store(m + r * m_row + kLanes, sum[r][1]);
  }
}

template <size_t Rows, bool Add>
void MultiplyRest(size_t rows, const float* x, size_t row, size_t step, const float* u, size_t depth, float* m, size_t m_row) {
  if constexpr (Rows > 0) {
    if (rows == Rows) return MultiplyRows<Rows, Add>(x, row, step, u, depth, m, m_row);
    MultiplyRest<Rows - 1, Add>(rows, x, row, step, u, depth, m, m_row);
  }
}

template <bool Add>
void Multiply(size_t rows, const float* x, size_t row, size_t step, const float* u, size_t depth, float* m, size_t m_row) {
  size_t r = 0;
  for (; r + kRows <= rows; r += kRows) MultiplyRows<kRows, Add>(x + r * row, row, step, u, depth, m + r * m_row, m_row);
  MultiplyRest<kRows - 1, Add>(rows - r, x + r * row, row, step, u, depth, m + r * m_row, m_row);
}

// Where the pixels of a tile lie in an image; `elsewhere` for those outside of it.
template <int Size, typename Pixel>
void Locate(const ConvShape& shape, const Tiles& tiles, size_t tile, size_t channels, Pixel* image, Pixel* elsewhere,
            Pixel* at[Size][Size]) {
  constexpr long kMargin = (Size - 4) / 2;
  const size_t n = tile / (tiles.down * tiles.across), place = tile % (tiles.down * tiles.across);
  const long top = static_cast<long>(place / tiles.across * 4) - kMargin;
  const long left = static_cast<long>(place % tiles.across * 4) - kMargin;
  const long height = static_cast<long>(shape.height), width = static_cast<long>(shape.width);
  for (long i = 0; i < Size; i++)
    for (long j = 0; j < Size; j++) {
      const long y = top + i, x = left + j;
      const bool inside = y >= 0 && y < height && x >= 0 && x < width;
      at[i][j] = inside ? image + ((n * height + y) * width + x) * channels : elsewhere;
    }
}

// Rows of transformed tiles: v[point * plane + tile * channels + channel].
void InputRows(const ConvShape& shape, const Tiles& tiles, size_t first, size_t count, size_t channels, const float* image, float* v,
               size_t plane) {
  const Scratch outside(channels);
  const float* zeros = std::fill_n(outside.get(), channels, 0.0f) - channels;
  for (size_t t = 0; t < count; t++) {
    const float* at[6][6];
    Locate<6>(shape, tiles, first + t, channels, image, zeros, at);
    for (size_t c = 0; c < channels; c += kLanes) {
      float* to = v + t * channels + c;
      Square<6, 6, TransformInput>([&](int i, int j) { return Load(at[i][j] + c); },
                                   [&](int i, int j, Vec value) { Store(to + (i * 6 + j) * plane, value); });
    }
  }
}

// One panel of what SpreadOutput makes of dy: z[point * plane + tile * kPanel + channel].
void SpreadPanel(const ConvShape& shape, const Tiles& tiles, size_t first, size_t count, size_t channels, size_t from, const float* dy,
                 float* z, size_t plane) {
  const Scratch outside(channels);
  const float* zeros = std::fill_n(outside.get(), channels, 0.0f) - channels;
  for (size_t t = 0; t < count; t++) {
    const float* at[4][4];
    Locate<4>(shape, tiles, first + t, channels, dy, zeros, at);
    for (size_t half = 0; half < kPanel; half += kLanes) {
      float* to = z + t * kPanel + half;
      const bool there = from + half < channels;
      Square<4, 6, SpreadOutput>([&](int i, int j) { return there ? Load(at[i][j] + from + half) : Vec{}; },
                                 [&](int i, int j, Vec value) { Store(to + (i * 6 + j) * plane, value); });
    }
  }
}

// Tiles of the result from their transforms: m[point * plane + tile * row + channel], channels from `from` to `to`.
void OutputRows(const ConvShape& shape, const Tiles& tiles, size_t first, size_t count, size_t channels, size_t from, size_t to,
                const float* m, size_t plane, size_t row, float* image) {
  const Scratch outside(channels);
  float* trash = outside.get();  // written, never read
  for (size_t t = 0; t < count; t++) {
    float* at[4][4];
    Locate<4>(shape, tiles, first + t, channels, image, trash, at);
    for (size_t c = from; c < to; c += kLanes) {
      const float* in = m + t * row + (c - from);
      Square<6, 4, TransformOutput>([&](int i, int j) { return Load(in + (i * 6 + j) * plane); },
                                    [&](int i, int j, Vec value) { Store(at[i][j] + c, value); });
    }
  }
}

// The filter as a convolution sees it: `depth` channels in, `columns` out.
struct Filter {
  const float* w;
  size_t inputs, outputs;
  bool turned;  // by 180°, with the roles of inputs and outputs exchanged
  size_t depth() const { return turned ? outputs : inputs; }
  size_t columns() const { return turned ? inputs : outputs; }
};

// kLanes x kLanes values of each of the nine taps, with columns side by side.
void ReadTaps(const Filter& f, size_t depth, size_t column, float taps[kLanes][9][kLanes]) {
  for (size_t tap = 0; tap < 9; tap++) {
    if (!f.turned) {
      for (size_t d = 0; d < kLanes; d++) Store(taps[d][tap], Load(f.w + (tap * f.inputs + depth + d) * f.outputs + column));
      continue;
    }
    const float* from = f.w + ((8 - tap) * f.inputs + column) * f.outputs + depth;
    for (size_t c = 0; c < kLanes; c++)
      for (size_t d = 0; d < kLanes; d++) taps[d][tap][c] = from[c * f.outputs + d];
  }
}

// One panel of the transformed filter: u[point][depth][kPanel]; columns beyond the filter's are zero.
void FilterPanel(const Filter& f, size_t panel, float* u) {
  const size_t plane = f.depth() * kPanel;
  for (size_t half = 0; half < kPanel; half += kLanes) {
    const size_t column = panel * kPanel + half;
    for (size_t depth = 0; depth < f.depth(); depth += kLanes) {
      alignas(64) float taps[kLanes][9][kLanes] = {};
      if (column < f.columns()) ReadTaps(f, depth, column, taps);
      for (size_t d = 0; d < kLanes; d++) {
        float* to = u + (depth + d) * kPanel + half;
        Square<3, 6, TransformFilter>([&](int i, int j) { return Load(taps[d][i * 3 + j]); },
                                      [&](int i, int j, Vec value) { Store(to + (i * 6 + j) * plane, value); });
      }
    }
  }
}

// Bytes that a thread should keep in use at a time: about a second-level cache.
constexpr size_t kNear = 384 * 1024;
// Up to so many tiles the transformed images stay whole and the filter goes by in panels; beyond, the other way round.
constexpr size_t kFewTiles = 256;

size_t TilesAtOnce(size_t channels) {
  const size_t fitting = kNear / (kPoints * sizeof(float) * channels);
  return std::min<size_t>(96, std::max<size_t>(4 * kRows, fitting / kRows * kRows));
}

// Many tiles, few channels: the whole filter is transformed first.
void ConvolveByTiles(const ConvShape& shape, const Filter& f, const float* x, float* y) {
  const Tiles tiles(shape);
  const size_t depth = f.depth(), columns = f.columns(), panels = Blocks(columns, kPanel), row = panels * kPanel;
  const Scratch filter_memory(panels * kPoints * depth * kPanel);
  float* u = filter_memory.get();
  InParallel(panels, [&](size_t panel) { FilterPanel(f, panel, u + panel * kPoints * depth * kPanel); });
  const size_t block = TilesAtOnce(depth + row);
  InParallel(Blocks(tiles.count, block), [&](size_t i) {
    const size_t first = i * block, count = std::min(block, tiles.count - first);
    const Scratch input_memory(kPoints * block * depth);
    float* v = input_memory.get();
    const Scratch product_memory(kPoints * block * row);
    float* m = product_memory.get();
    InputRows(shape, tiles, first, count, depth, x, v, block * depth);
    for (size_t point = 0; point < kPoints; point++)
      for (size_t panel = 0; panel < panels; panel++)
        Multiply<false>(count, v + point * block * depth, depth, 1, u + (panel * kPoints + point) * depth * kPanel, depth,
                        m + point * block * row + panel * kPanel, row);
    OutputRows(shape, tiles, first, count, columns, 0, columns, m, block * row, row, y);
  });
}

// Few tiles, many channels: all tiles are transformed first, and the filter a panel at a time.
void ConvolveByPanels(const ConvShape& shape, const Filter& f, const float* x, float* y) {
  const Tiles tiles(shape);
  const size_t depth = f.depth(), columns = f.columns(), plane = tiles.count * depth;
  const Scratch input_memory(kPoints * plane);
  float* v = input_memory.get();
  constexpr size_t kAtOnce = 8;
  InParallel(Blocks(tiles.count, kAtOnce), [&](size_t i) {
    const size_t first = i * kAtOnce, count = std::min(kAtOnce, tiles.count - first);
    InputRows(shape, tiles, first, count, depth, x, v + first * depth, plane);
  });
  InParallel(Blocks(columns, kPanel), [&](size_t panel) {
    const Scratch filter_memory(kPoints * depth * kPanel);
    float* u = filter_memory.get();
    const Scratch product_memory(kPoints * tiles.count * kPanel);
    float* m = product_memory.get();
    FilterPanel(f, panel, u);
    for (size_t point = 0; point < kPoints; point++)
      Multiply<false>(tiles.count, v + point * plane, depth, 1, u + point * depth * kPanel, depth, m + point * tiles.count * kPanel,
                      kPanel);
    const size_t from = panel * kPanel, to = std::min(columns, from + kPanel);
    OutputRows(shape, tiles, 0, tiles.count, columns, from, to, m, tiles.count * kPanel, kPanel, y);
  });
}

void Convolve(const ConvShape& shape, const Filter& f, const float* x, float* y) {
  if (Tiles(shape).count > kFewTiles) ConvolveByTiles(shape, f, x, y);
  else ConvolveByPanels(shape, f, x, y);
}

void Forward(const ConvShape& shape, const float* x, const float* w, float* y) {
  Convolve(shape, {w, shape.inputs, shape.outputs, false}, x, y);
}

void InputGradient(const ConvShape& shape, const float* dy, const float* w, float* dx) {
  Convolve(shape, {w, shape.inputs, shape.outputs, true}, dy, dx);
}

// Rows of the filter's gradient from its transform, summed over `slices`: m[point * plane + input * kPanel + output].
void GatherPanel(const ConvShape& shape, size_t panel, const float* m, size_t plane, size_t slices, size_t slice, float* dw) {
  for (size_t half = 0; half < kPanel && panel * kPanel + half < shape.outputs; half += kLanes)
    for (size_t c = 0; c < shape.inputs; c++) {
      const auto read = [&](int i, int j) {
        const float* from = m + (i * 6 + j) * plane + c * kPanel + half;
        Vec sum = Load(from);
        for (size_t s = 1; s < slices; s++) sum += Load(from + s * slice);
        return sum;
      };
      float* to = dw + c * shape.outputs + panel * kPanel + half;
      Square<6, 3, GatherFilter>(
          read, [&](int i, int j, Vec value) { Store(to + (i * 3 + j) * shape.inputs * shape.outputs, value); });
    }
}

// Many tiles, few channels: each task takes some of the tiles and some of the panels, and keeps its sums.
void FilterByTiles(const ConvShape& shape, const float* x, const float* dy, float* dw) {
  const Tiles tiles(shape);
  const size_t inputs = shape.inputs, panels = Blocks(shape.outputs, kPanel), plane = inputs * kPanel;
  const size_t threads = static_cast<size_t>(Threads());
  const size_t ranges = std::min(threads, std::max<size_t>(1, panels / 2)), range = Blocks(panels, ranges);
  const size_t slices = Blocks(threads, ranges), slice = panels * kPoints * plane;
  const Scratch product_memory(slices * slice);
  float* m = product_memory.get();
  InParallel(slices * ranges, [&](size_t task) {
    const size_t s = task / ranges, from = task % ranges * range, to = std::min(panels, from + range);
    if (from >= to) return;
    const size_t begin = tiles.count * s / slices, end = tiles.count * (s + 1) / slices;
    const size_t block = TilesAtOnce(inputs + range * kPanel);
    const Scratch input_memory(kPoints * block * inputs);
    float* v = input_memory.get();
    const Scratch spread_memory(kPoints * block * kPanel);
    float* z = spread_memory.get();
    std::fill_n(m + s * slice + from * kPoints * plane, (to - from) * kPoints * plane, 0.0f);
    for (size_t first = begin; first < end; first += block) {
      const size_t count = std::min(block, end - first);
      InputRows(shape, tiles, first, count, inputs, x, v, block * inputs);
      for (size_t panel = from; panel < to; panel++) {
        SpreadPanel(shape, tiles, first, count, shape.outputs, panel * kPanel, dy, z, block * kPanel);
        float* sum = m + s * slice + panel * kPoints * plane;
        for (size_t point = 0; point < kPoints; point++)
          Multiply<true>(inputs, v + point * block * inputs, 1, inputs, z + point * block * kPanel, count, sum + point * plane, kPanel);
      }
    }
  });
  InParallel(panels, [&](size_t panel) { GatherPanel(shape, panel, m + panel * kPoints * plane, plane, slices, slice, dw); });
}

// Few tiles, many channels.
void FilterByPanels(const ConvShape& shape, const float* x, const float* dy, float* dw) {
  const Tiles tiles(shape);
  const size_t inputs = shape.inputs, plane = tiles.count * inputs;
  const Scratch input_memory(kPoints * plane);
  float* v = input_memory.get();
  constexpr size_t kAtOnce = 8;
  InParallel(Blocks(tiles.count, kAtOnce), [&](size_t i) {
    const size_t first = i * kAtOnce, count = std::min(kAtOnce, tiles.count - first);
    InputRows(shape, tiles, first, count, inputs, x, v + first * inputs, plane);
  });
  InParallel(Blocks(shape.outputs, kPanel), [&](size_t panel) {
    const Scratch spread_memory(kPoints * tiles.count * kPanel);
    float* z = spread_memory.get();
    const Scratch product_memory(kPoints * inputs * kPanel);
    float* m = product_memory.get();
    SpreadPanel(shape, tiles, 0, tiles.count, shape.outputs, panel * kPanel, dy, z, tiles.count * kPanel);
    for (size_t point = 0; point < kPoints; point++)
      Multiply<false>(inputs, v + point * plane, 1, inputs, z + point * tiles.count * kPanel, tiles.count, m + point * inputs * kPanel,
                      kPanel);
    GatherPanel(shape, panel, m, inputs * kPanel, 1, 0, dw);
  });
}

void FilterGradient(const ConvShape& shape, const float* x, const float* dy, float* dw) {
  if (Tiles(shape).count > kFewTiles) FilterByTiles(shape, x, dy, dw);
  else FilterByPanels(shape, x, dy, dw);
}

constexpr Winograd kWinograd{kLanes, Forward, InputGradient, FilterGradient};

}  // namespace
}  // namespace understory
