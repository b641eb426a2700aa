// What the ways through winograd_impl.h are made of: the matrix kernel, and transforms of many tiles and filters.

namespace understory {
namespace {

constexpr size_t kRows = UNDERSTORY_ROWS;
constexpr size_t kPanel = 2 * kLanes;  // columns of the matrix kernel

// Distance between the matrices of neighbouring points. They are written side by side, dozens at a time: at a distance of
// a power of two all of them would fall into the same few lines of the cache.
constexpr size_t Apart(size_t floats) { return Blocks(floats, 16) * 16 + 16; }

// m[r][0 … kPanel) (+)= sum over i of x(r, i) * u[i][0 … kPanel), for x(r, i) = x[r * row + i * step].
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

// Images of one size, with their tiles.
struct Images {
  size_t batch, height, width, channels;
};
struct Tiles {
  size_t down, across, count;
};

// Where the pixels of a tile lie in an image; `elsewhere` for those outside of it.
template <int Size, typename Pixel>
void Locate(const Images& images, const Tiles& tiles, size_t tile, long step, long margin, Pixel* image, Pixel* elsewhere,
            Pixel* at[Size][Size]) {
  const size_t n = tile / (tiles.down * tiles.across), place = tile % (tiles.down * tiles.across);
  const long top = static_cast<long>(place / tiles.across) * step - margin;
  const long left = static_cast<long>(place % tiles.across) * step - margin;
  const long height = static_cast<long>(images.height), width = static_cast<long>(images.width);
  for (long i = 0; i < Size; i++)
    for (long j = 0; j < Size; j++) {
      const long y = top + i, x = left + j;
      const bool inside = y >= 0 && y < height && x >= 0 && x < width;
      at[i][j] = inside ? image + ((n * height + y) * width + x) * images.channels : elsewhere;
    }
}

// Transformed tiles: v[point * plane + tile * channels + channel].
template <typename Scheme>
void InputRows(const Images& images, const Tiles& tiles, size_t first, size_t count, const float* image, float* v, size_t plane) {
  constexpr int kIn = Scheme::kIn, kPoints = Scheme::kPoints;
  const Scratch outside(images.channels);
  const float* zeros = std::fill_n(outside.get(), images.channels, 0.0f) - images.channels;
  for (size_t t = 0; t < count; t++) {
    const float* at[kIn][kIn];
    Locate<kIn>(images, tiles, first + t, Scheme::kInStep, Scheme::kMargin, image, zeros, at);
    for (size_t c = 0; c < images.channels; c += kLanes) {
      float* to = v + t * images.channels + c;
      Square<kIn, kPoints, Scheme::Input>([&](int i, int j) { return Load(at[i][j] + c); },
                                          [&](int i, int j, Vec value) { Store(to + (i * kPoints + j) * plane, value); });
    }
  }
}

// Tiles of the result from their transforms: m[point * plane + tile * row + channel], channels from `from` to `to`.
template <typename Scheme>
void OutputRows(const Images& images, const Tiles& tiles, size_t first, size_t count, size_t from, size_t to, const float* m,
                size_t plane, size_t row, float* image) {
  constexpr int kOut = Scheme::kOut, kPoints = Scheme::kPoints;
  const Scratch outside(images.channels);
  float* trash = outside.get();  // written, never read
  for (size_t t = 0; t < count; t++) {
    float* at[kOut][kOut];
    Locate<kOut>(images, tiles, first + t, Scheme::kOutStep, 0, image, trash, at);
    for (size_t c = from; c < to; c += kLanes) {
      const float* in = m + t * row + (c - from);
      Square<kPoints, kOut, Scheme::Output>([&](int i, int j) { return Load(in + (i * kPoints + j) * plane); },
                                            [&](int i, int j, Vec value) { Store(at[i][j] + c, value); });
    }
  }
}

// One panel of what Spread makes of gradients: z[point * plane + tile * kPanel + channel].
template <typename Scheme>
void SpreadPanel(const Images& images, const Tiles& tiles, size_t first, size_t count, size_t from, const float* dy, float* z,
                 size_t plane) {
  constexpr int kOut = Scheme::kOut, kPoints = Scheme::kPoints;
  const Scratch outside(images.channels);
  const float* zeros = std::fill_n(outside.get(), images.channels, 0.0f) - images.channels;
  for (size_t t = 0; t < count; t++) {
    const float* at[kOut][kOut];
    Locate<kOut>(images, tiles, first + t, Scheme::kOutStep, 0, dy, zeros, at);
    for (size_t half = 0; half < kPanel; half += kLanes) {
      float* to = z + t * kPanel + half;
      const bool there = from + half < images.channels;
      Square<kOut, kPoints, Scheme::Spread>([&](int i, int j) { return there ? Load(at[i][j] + from + half) : Vec{}; },
                                            [&](int i, int j, Vec value) { Store(to + (i * kPoints + j) * plane, value); });
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
inline void ReadTaps(const Filter& f, size_t depth, size_t column, float taps[kLanes][9][kLanes]) {
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

// One panel of the transformed filter: u[point * Apart(depth * kPanel) + depth * kPanel + column]; columns beyond the
// filter's are zero.
template <typename Scheme>
void FilterPanel(const Filter& f, size_t panel, float* u) {
  constexpr int kPoints = Scheme::kPoints;
  const size_t plane = Apart(f.depth() * kPanel);
  for (size_t depth = 0; depth < f.depth(); depth += kLanes)
    for (size_t half = 0; half < kPanel; half += kLanes) {
      const size_t column = panel * kPanel + half;
      alignas(64) float taps[kLanes][9][kLanes] = {};
      if (column < f.columns()) ReadTaps(f, depth, column, taps);
      for (size_t d = 0; d < kLanes; d++) {
        float* to = u + (depth + d) * kPanel + half;
        Square<3, kPoints, Scheme::Filter>([&](int i, int j) { return Load(taps[d][i * 3 + j]); },
                                           [&](int i, int j, Vec value) { Store(to + (i * kPoints + j) * plane, value); });
      }
    }
}

// Rows of the filter's gradient from its transforms in `slices`, added up: m[point * plane + input * kPanel + output].
template <typename Scheme>
void GatherPanel(const ConvShape& shape, size_t panel, const float* m, size_t plane, size_t slices, size_t slice, float* dw) {
  constexpr int kPoints = Scheme::kPoints;
  for (size_t c = 0; c < shape.inputs; c++)
    for (size_t half = 0; half < kPanel && panel * kPanel + half < shape.outputs; half += kLanes) {
      const auto read = [&](int i, int j) {
        const float* from = m + (i * kPoints + j) * plane + c * kPanel + half;
        Vec sum = Load(from);
        for (size_t s = 1; s < slices; s++) sum += Load(from + s * slice);
        return sum;
      };
      float* to = dw + c * shape.outputs + panel * kPanel + half;
      Square<kPoints, 3, Scheme::Gather>(
          read, [&](int i, int j, Vec value) { Store(to + (i * 3 + j) * shape.inputs * shape.outputs, value); });
    }
}

}  // namespace
}  // namespace understory
