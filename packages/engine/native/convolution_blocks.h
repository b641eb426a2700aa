// What the ways through convolution_impl.h are made of: the matrix kernel (products.h), and transforms of many tiles and
// filters.

namespace understory {
namespace {

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

// Goes from tile to tile.
class Place {
 public:
  Place(const Tiles& tiles, size_t tile)
      : tiles_(tiles), n_(tile / (tiles.down * tiles.across)), i_(tile / tiles.across % tiles.down), j_(tile % tiles.across) {}

  void Next() {
    if (++j_ < tiles_.across) return;
    j_ = 0;
    if (++i_ < tiles_.down) return;
    i_ = 0;
    n_++;
  }

  // Where the pixels of the tile lie in an image; `elsewhere` for those outside of it.
  template <int Size, typename Pixel>
  UNDERSTORY_INLINE void Locate(const Images& images, long step, long margin, Pixel* image, Pixel* elsewhere, Pixel* at[Size][Size]) const {
    const long top = static_cast<long>(i_) * step - margin, left = static_cast<long>(j_) * step - margin;
    const long height = static_cast<long>(images.height), width = static_cast<long>(images.width);
    for (long i = 0; i < Size; i++)
      for (long j = 0; j < Size; j++) {
        const long y = top + i, x = left + j;
        const bool inside = y >= 0 && y < height && x >= 0 && x < width;
        at[i][j] = inside ? image + ((n_ * height + y) * width + x) * images.channels : elsewhere;
      }
  }

 private:
  const Tiles tiles_;
  size_t n_, i_, j_;
};

// Pixels that stand for those outside of an image.
template <typename T>
class Outside {
 public:
  explicit Outside(size_t channels) : memory_(channels) { std::fill_n(memory_.get(), channels, 0.0f); }
  T* get() const { return reinterpret_cast<T*>(memory_.get()); }

 private:
  const Scratch memory_;
};

// Calls put(point, tile, channel, values) for transformed tiles.
template <typename Scheme, typename T, typename Put>
UNDERSTORY_INLINE void TransformTiles(const Images& images, const Tiles& tiles, size_t first, size_t count, const T* image, Put put) {
  constexpr int kIn = Scheme::kIn, kPoints = Scheme::kPoints;
  const Outside<T> zeros(images.channels);
  Place place(tiles, first);
  for (size_t t = 0; t < count; t++, place.Next()) {
    const T* at[kIn][kIn];
    place.Locate<kIn, const T>(images, Scheme::kInStep, Scheme::kMargin, image, zeros.get(), at);
    for (size_t c = 0; c < images.channels; c += kLanes)
      Square<kIn, kPoints, Scheme::Input>([&](int i, int j) { return Load(at[i][j] + c); },
                                          [&](int i, int j, Vec value) { put(i * kPoints + j, t, c, value); });
  }
}

// Transformed tiles for products along the channels: number [tile, channel] of each point's plane.
template <typename Scheme, typename P, typename T>
void InputRows(const Images& images, const Tiles& tiles, size_t first, size_t count, const T* image, typename P::Word* v, size_t plane) {
  auto* numbers = reinterpret_cast<typename P::Number*>(v);
  TransformTiles<Scheme>(images, tiles, first, count, image, [&](size_t point, size_t t, size_t c, Vec value) {
    Store(numbers + point * plane * P::kDeep + t * images.channels + c, value);
  });
}

// The same for products along the tiles: word [tile / kDeep, channel].
template <typename Scheme, typename P, typename T>
void InputColumns(const Images& images, const Tiles& tiles, size_t first, size_t count, const T* image, typename P::Word* v, size_t plane) {
  TransformTiles<Scheme>(images, tiles, first, count, image, [&](size_t point, size_t t, size_t c, Vec value) {
    P::Put(v + point * plane + t / P::kDeep * images.channels + c, value, t);
  });
}

// Tiles of the result from their transforms: m[point * plane + tile * row + channel], channels from `from` to `to`.
template <typename Scheme, typename T>
void OutputRows(const Images& images, const Tiles& tiles, size_t first, size_t count, size_t from, size_t to, const float* m,
                size_t plane, size_t row, T* image) {
  constexpr int kOut = Scheme::kOut, kPoints = Scheme::kPoints;
  const Outside<T> trash(images.channels);  // written, never read
  Place place(tiles, first);
  for (size_t t = 0; t < count; t++, place.Next()) {
    T* at[kOut][kOut];
    place.Locate<kOut, T>(images, Scheme::kOutStep, 0, image, trash.get(), at);
    for (size_t c = from; c < to; c += kLanes) {
      const float* in = m + t * row + (c - from);
      Square<kPoints, kOut, Scheme::Output>([&](int i, int j) { return Load(in + (i * kPoints + j) * plane); },
                                            [&](int i, int j, Vec value) { Store(at[i][j] + c, value); });
    }
  }
}

// One panel of what Spread makes of gradients, for products along the tiles: word [tile / kDeep, channel].
template <typename Scheme, typename P, typename T>
void SpreadPanel(const Images& images, const Tiles& tiles, size_t first, size_t count, size_t from, const T* dy, typename P::Word* z,
                 size_t plane) {
  constexpr int kOut = Scheme::kOut, kPoints = Scheme::kPoints;
  const Outside<T> zeros(images.channels);
  Place place(tiles, first);
  for (size_t t = 0; t < count; t++, place.Next()) {
    const T* at[kOut][kOut];
    place.Locate<kOut, const T>(images, Scheme::kOutStep, 0, dy, zeros.get(), at);
    for (size_t half = 0; half < kPanel && from + half < images.channels; half += kLanes) {
      auto* to = z + t / P::kDeep * kPanel + half;
      Square<kOut, kPoints, Scheme::Spread>([&](int i, int j) { return Load(at[i][j] + from + half); },
                                            [&](int i, int j, Vec value) { P::Put(to + (i * kPoints + j) * plane, value, t); });
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

// kLanes x kLanes values of each of the taps, with columns side by side.
template <size_t Taps>
void ReadTaps(const Filter& f, size_t depth, size_t column, float taps[kLanes][Taps][kLanes]) {
  for (size_t tap = 0; tap < Taps; tap++) {
    if (!f.turned) {
      for (size_t d = 0; d < kLanes; d++) Store(taps[d][tap], Load(f.w + (tap * f.inputs + depth + d) * f.outputs + column));
      continue;
    }
    const float* from = f.w + ((Taps - 1 - tap) * f.inputs + column) * f.outputs + depth;
    for (size_t c = 0; c < kLanes; c++)
      for (size_t d = 0; d < kLanes; d++) taps[d][tap][c] = from[c * f.outputs + d];
  }
}

// One panel of the transformed filter: word [depth / kDeep, column] of each point's plane, for the filter's columns.
template <typename Scheme, typename P>
void FilterPanel(const Filter& f, size_t panel, typename P::Word* u) {
  constexpr int kPoints = Scheme::kPoints, kTaps = Scheme::kTaps;
  const size_t plane = Apart(f.depth() / P::kDeep * kPanel);
  for (size_t depth = 0; depth < f.depth(); depth += kLanes)
    for (size_t half = 0; half < ColumnsOf(panel, f.columns()); half += kLanes) {
      alignas(64) float taps[kLanes][kTaps * kTaps][kLanes];
      ReadTaps<kTaps * kTaps>(f, depth, panel * kPanel + half, taps);
      for (size_t d = 0; d < kLanes; d++) {
        auto* to = u + (depth + d) / P::kDeep * kPanel + half;
        Square<kTaps, kPoints, Scheme::Filter>([&](int i, int j) { return Load(taps[d][i * kTaps + j]); },
                                               [&](int i, int j, Vec value) { P::Put(to + (i * kPoints + j) * plane, value, d); });
      }
    }
}

// Rows of the filter's gradient from its transforms in `slices`, added up: m[point * plane + input * kPanel + output].
template <typename Scheme>
void GatherPanel(const ConvShape& shape, size_t panel, const float* m, size_t plane, size_t slices, size_t slice, float* dw) {
  constexpr int kPoints = Scheme::kPoints, kTaps = Scheme::kTaps;
  for (size_t c = 0; c < shape.inputs; c++)
    for (size_t half = 0; half < ColumnsOf(panel, shape.outputs); half += kLanes) {
      const auto read = [&](int i, int j) {
        const float* from = m + (i * kPoints + j) * plane + c * kPanel + half;
        Vec sum = Load(from);
        for (size_t s = 1; s < slices; s++) sum += Load(from + s * slice);
        return sum;
      };
      float* to = dw + c * shape.outputs + panel * kPanel + half;
      Square<kPoints, kTaps, Scheme::Gather>(
          read, [&](int i, int j, Vec value) { Store(to + (i * kTaps + j) * shape.inputs * shape.outputs, value); });
    }
}

}  // namespace
}  // namespace understory
