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

// The same by way of memory, in code that all who do more than a whole vector's loads and stores share.
template <int From, int To, void (*Transform)(const Vec*, Vec*)>
__attribute__((noinline)) void SquareApart(const Vec in[From][From], Vec out[To][To]) {
  Square<From, To, Transform>([&](int i, int j) { return in[i][j]; }, [&](int i, int j, Vec value) { out[i][j] = value; });
}
template <int From, int To, void (*Transform)(const Vec*, Vec*), typename Read, typename Write>
UNDERSTORY_INLINE void SquareRolled(Read read, Write write) {
  Vec in[From][From], out[To][To];
  for (int i = 0; i < From; i++)
    for (int j = 0; j < From; j++) in[i][j] = read(i, j);
  SquareApart<From, To, Transform>(in, out);
  for (int i = 0; i < To; i++)
    for (int j = 0; j < To; j++) write(i, j, out[i][j]);
}
// By `Square` for whole vectors, and where nothing more is done to them.
template <bool kPlain, int From, int To, void (*Transform)(const Vec*, Vec*), typename Numbers, typename Read, typename Write>
UNDERSTORY_INLINE void SquareOf(Numbers, Read read, Write write) {
  if constexpr (kPlain && std::is_same_v<Numbers, Whole>)
    Square<From, To, Transform>(read, write);
  else
    SquareRolled<From, To, Transform>(read, write);
}

// Pixels that stand for those outside of an image.
template <typename T>
class Outside {
 public:
  explicit Outside(size_t channels) : memory_(channels) { std::fill_n(memory_.get(), channels, 0.0f); }
  T* get() const { return reinterpret_cast<T*>(memory_.get()); }

 private:
  const Scratch memory_;
};

// Calls put(point, place in the lot, channel, values) for transformed tiles; what a vector has beyond the channels is 0.
template <typename Scheme, typename T, typename Put>
UNDERSTORY_INLINE void TransformTiles(const Some& some, const T* image, Put put) {
  constexpr int kIn = Scheme::kIn, kPoints = Scheme::kPoints;
  const size_t channels = some.images.channels;
  const Outside<T> zeros(channels);
  Place place(some.tiles, some.first);
  for (size_t t = some.before; t < some.before + some.count; t++, place.Next()) {
    const T* at[kIn][kIn];
    place.Locate<kIn, const T>(some.images, Scheme::kInStep, Scheme::kMargin, image, zeros.get(), at);
    InVectors(0, channels, channels, [&](size_t c, auto numbers) {
      SquareOf<true, kIn, kPoints, Scheme::Input>(numbers, [&](int i, int j) { return numbers.load(at[i][j] + c); },
                                                  [&](int i, int j, Vec value) { put(i * kPoints + j, t, c, value); });
    });
  }
}

// Transformed tiles for products along the channels: number [place, channel] of each point's plane.
template <typename Scheme, typename P, typename T>
void InputRows(const Some& some, const T* image, typename P::Word* v, size_t plane) {
  auto* numbers = reinterpret_cast<typename P::Number*>(v);
  const size_t row = Filled(some.images.channels);
  TransformTiles<Scheme>(some, image, [&](size_t point, size_t t, size_t c, Vec value) {
    Store(numbers + point * plane * P::kDeep + t * row + c, value);
  });
}

// The same for products along the tiles: word [place / kDeep, channel].
template <typename Scheme, typename P, typename T>
void InputColumns(const Some& some, const T* image, typename P::Word* v, size_t plane) {
  const size_t row = Filled(some.images.channels);
  TransformTiles<Scheme>(some, image, [&](size_t point, size_t t, size_t c, Vec value) {
    P::Put(v + point * plane + t / P::kDeep * row + c, value, t);
  });
}

// What becomes of a result before it is written: see ConvMap and ConvFilter.
template <typename T>
struct Finish {
  const float* bias;
  const T *side, *gate;
  float ceiling;
  bool any() const { return bias || side || gate || ceiling > 0; }
};

// A vector of a result, once it is finished.
template <typename T, typename Numbers>
UNDERSTORY_INLINE Vec Finished(const Finish<T>& finish, Vec value, Vec bias, Numbers numbers, const T* side, const T* gate) {
  if (finish.bias) value += bias;
  if (finish.side) value += numbers.load(side);
  if (finish.gate) return LetBack(value, numbers.load(gate), finish.ceiling);
  return finish.ceiling > 0 ? Relu(value, finish.ceiling) : value;
}

// Rows of the result as they follow each other in memory, from row `first` on: m[row, channel - from], channels from `from` to `to`.
template <bool kFinish, typename T>
void FinishRows(size_t first, size_t rows, size_t channels, size_t from, size_t to, const float* m, size_t row, const Finish<T>& finish,
                T* image) {
  for (size_t r = 0; r < rows; r++)
    InVectors(from, to, channels, [&](size_t c, auto numbers) {
      const size_t at = (first + r) * channels + c;
      const Vec value = Load(m + r * row + (c - from)), bias = kFinish && finish.bias ? numbers.load(finish.bias + c) : Vec{};
      numbers.store(image + at, kFinish ? Finished(finish, value, bias, numbers, finish.side + at, finish.gate + at) : value);
    });
}

// Tiles of the result from their transforms: m[point * plane + place * row + channel - from], channels from `from` to `to`.
template <typename Scheme, bool kFinish, typename T>
void OutputTiles(const Some& some, size_t from, size_t to, const float* m, size_t plane, size_t row, const Finish<T>& finish, T* image) {
  constexpr int kOut = Scheme::kOut, kPoints = Scheme::kPoints;
  const size_t channels = some.images.channels;
  const Outside<T> trash(channels);  // written, never read
  const Outside<T> zeros(kFinish ? channels : 0);
  Place place(some.tiles, some.first);
  for (size_t t = some.before; t < some.before + some.count; t++, place.Next()) {
    T* at[kOut][kOut];
    const T *side[kOut][kOut], *gate[kOut][kOut];
    place.Locate<kOut, T>(some.images, Scheme::kOutStep, 0, image, trash.get(), at);
    if (kFinish && finish.side) place.Locate<kOut, const T>(some.images, Scheme::kOutStep, 0, finish.side, zeros.get(), side);
    if (kFinish && finish.gate) place.Locate<kOut, const T>(some.images, Scheme::kOutStep, 0, finish.gate, zeros.get(), gate);
    InVectors(from, to, channels, [&](size_t c, auto numbers) {
      const float* in = m + t * row + (c - from);
      const Vec bias = kFinish && finish.bias ? numbers.load(finish.bias + c) : Vec{};
      const auto finished = [&](int i, int j, Vec value) {
        return Finished(finish, value, bias, numbers, finish.side ? side[i][j] + c : nullptr, finish.gate ? gate[i][j] + c : nullptr);
      };
      SquareOf<!kFinish, kPoints, kOut, Scheme::Output>(
          numbers, [&](int i, int j) { return Load(in + (i * kPoints + j) * plane); },
          [&](int i, int j, Vec value) { numbers.store(at[i][j] + c, kFinish ? finished(i, j, value) : value); });
    });
  }
}

template <typename Scheme, typename T>
void OutputRows(const Some& some, size_t from, size_t to, const float* m, size_t plane, size_t row, const Finish<T>& finish, T* image) {
  finish.any() ? OutputTiles<Scheme, true>(some, from, to, m, plane, row, finish, image)
               : OutputTiles<Scheme, false>(some, from, to, m, plane, row, finish, image);
}

// One panel of what Spread makes of gradients, for products along the tiles: word [place / kDeep, channel]. The gradients
// themselves are added to `sums` [kPanel].
template <typename Scheme, typename P, typename T>
void SpreadPanel(const Some& some, size_t from, const T* dy, typename P::Word* z, size_t plane, float* sums) {
  constexpr int kOut = Scheme::kOut, kPoints = Scheme::kPoints;
  const size_t channels = some.images.channels;
  const Outside<T> zeros(channels);
  Vec sum[kPanel / kLanes][kOut] = {};
  Place place(some.tiles, some.first);
  for (size_t t = some.before; t < some.before + some.count; t++, place.Next()) {
    const T* at[kOut][kOut];
    place.Locate<kOut, const T>(some.images, Scheme::kOutStep, 0, dy, zeros.get(), at);
    InVectors(from, std::min(channels, from + kPanel), channels, [&](size_t c, auto numbers) {
      auto* to = z + t / P::kDeep * kPanel + (c - from);
      SquareOf<true, kOut, kPoints, Scheme::Spread>(
          numbers,
          [&](int i, int j) {
            const Vec value = numbers.load(at[i][j] + c);
            sum[(c - from) / kLanes][i] += value;
            return value;
          },
          [&](int i, int j, Vec value) { P::Put(to + (i * kPoints + j) * plane, value, t); });
    });
  }
  for (size_t half = 0; half < kPanel; half += kLanes)
    for (int i = 0; i < kOut; i++) Store(sums + half, Load(sums + half) + sum[half / kLanes][i]);
}

// The filter as a convolution sees it: `depth` channels in, `columns` out.
struct Filter {
  const float* w;
  const float* scale;  // of the outputs; may be null
  size_t inputs, outputs;
  bool turned;      // by 180°, with the roles of inputs and outputs exchanged
  size_t taps = 1;  // of a turned one that meets patches: the channels of its taps follow each other
  size_t channels() const { return turned ? taps * outputs : inputs; }
  size_t depth() const { return Filled(channels()); }  // as the transformed tiles have it
  size_t columns() const { return turned ? inputs : outputs; }
};

// kLanes x kLanes values of each of the taps, with columns side by side; 0 beyond the filter.
template <size_t Taps>
void ReadTaps(const Filter& f, size_t depth, size_t column, float taps[kLanes][Taps][kLanes]) {
  const size_t deep = std::min(kLanes, f.channels() - depth), wide = std::min(kLanes, f.columns() - column);
  if (deep < kLanes || wide < kLanes) std::fill_n(taps[0][0], kLanes * Taps * kLanes, 0.0f);
  for (size_t tap = 0; tap < Taps; tap++) {
    if (!f.turned) {
      for (size_t d = 0; d < deep; d++) Store(taps[d][tap], LoadFirst(f.w + (tap * f.inputs + depth + d) * f.outputs + column, wide));
      continue;
    }
    const size_t later = f.taps - 1 - depth / f.outputs;
    const float* from = f.w + ((Taps - 1 - tap + later) * f.inputs + column) * f.outputs + depth % f.outputs;
    Vec block[kLanes];
    LoadTurned(from, f.outputs, wide, deep, block);
    for (size_t d = 0; d < deep; d++) Store(taps[d][tap], block[d]);
  }
  if (!f.scale) return;
  const Vec across = f.turned ? Vec{} : LoadFirst(f.scale + column, wide);
  for (size_t d = 0; d < deep; d++)
    for (size_t tap = 0; tap < Taps; tap++)
      Store(taps[d][tap], Load(taps[d][tap]) * (f.turned ? Vec{} + f.scale[depth % f.outputs + d] : across));
}

// One panel of the transformed filter: word [depth / kDeep, column] of each factor's plane, for the filter's columns.
template <typename Scheme, typename P>
void FilterPanel(const Filter& f, size_t panel, typename P::Word* u) {
  constexpr int kFactors = Scheme::kFactors, kTaps = Scheme::kTaps;
  const size_t plane = Apart(f.depth() / P::kDeep * kPanel);
  for (size_t depth = 0; depth < f.depth(); depth += kLanes)
    for (size_t half = 0; half < ColumnsOf(panel, f.columns()); half += kLanes) {
      alignas(64) float taps[kLanes][kTaps * kTaps][kLanes];
      ReadTaps<kTaps * kTaps>(f, depth, panel * kPanel + half, taps);
      for (size_t d = 0; d < kLanes; d++) {
        auto* to = u + (depth + d) / P::kDeep * kPanel + half;
        Square<kTaps, kFactors, Scheme::Filter>([&](int i, int j) { return Load(taps[d][i * kTaps + j]); },
                                                [&](int i, int j, Vec value) { P::Put(to + (i * kFactors + j) * plane, value, d); });
      }
    }
}

// Rows of the filter's gradient from its transforms in `slices`, added up, for inputs from `begin` to `end`:
// m[factor * plane + (input - begin) * kPanel + output].
template <typename Scheme>
void GatherPanel(const ConvShape& shape, size_t panel, size_t begin, size_t end, const float* m, size_t plane, size_t slices, size_t slice,
                 const float* scale, float* dw) {
  constexpr int kFactors = Scheme::kFactors, kTaps = Scheme::kTaps;
  const size_t first = panel * kPanel;
  for (size_t c = begin; c < end; c++)
    InVectors(first, std::min(shape.outputs, first + kPanel), shape.outputs, [&](size_t at, auto numbers) {
      const auto read = [&](int i, int j) {
        const float* from = m + (i * kFactors + j) * plane + (c - begin) * kPanel + (at - first);
        Vec sum = Load(from);
        for (size_t s = 1; s < slices; s++) sum += Load(from + s * slice);
        return sum;
      };
      const Vec factor = scale ? numbers.load(scale + at) : Vec{} + 1.0f;
      float* to = dw + c * shape.outputs + at;
      SquareOf<true, kFactors, kTaps, Scheme::Gather>(numbers, read, [&](int i, int j, Vec value) {
        numbers.stream(to + (i * kTaps + j) * shape.inputs * shape.outputs, value * factor);
      });
    });
  EndStream();
}

}  // namespace
}  // namespace understory
