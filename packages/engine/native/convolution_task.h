// Which tiles a convolution's maps have, and where they lie. Included by convolution_impl.h.

namespace understory {
namespace {

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
    const long pixel = static_cast<long>(images.channels), row = width * pixel;
    const long first = (static_cast<long>(n_) * height + top) * row + left * pixel;
    const bool whole = top >= 0 && left >= 0 && top + Size <= height && left + Size <= width;
    for (long i = 0; i < Size; i++)
      for (long j = 0; j < Size; j++) {
        const long y = top + i, x = left + j;
        const bool inside = whole || (y >= 0 && y < height && x >= 0 && x < width);
        at[i][j] = inside ? image + first + i * row + j * pixel : elsewhere;
      }
  }

 private:
  const Tiles tiles_;
  size_t n_, i_, j_;
};

// Some of the tiles of a map, from `first` on, which follow `before` others in a lot.
struct Some {
  const Images& images;
  const Tiles& tiles;
  size_t first, count, before;
};

// One map's share of a convolution: what it reads, what it writes, and its tiles, which follow those of the maps before it.
template <typename Map>
struct Part {
  const Map& map;
  Images from, to;
  Tiles tiles;
  size_t before;
};

// The tiles of all maps, one after another.
template <typename Scheme, typename Map>
struct Task {
  Task(const std::vector<Map>& maps, bool back) : count(0) {
    for (const Map& map : maps) {
      const ConvShape& s = map.shape;
      const Images whole{s.batch, s.height, s.width, s.inputs}, result{s.batch, s.down(), s.across(), s.outputs};
      constexpr size_t kStep = std::min(Scheme::kInStep, Scheme::kOutStep);  // in the smaller images
      const size_t down = Blocks(s.down(), kStep), across = Blocks(s.across(), kStep);
      parts.push_back({map, back ? result : whole, back ? whole : result, {down, across, s.batch * down * across}, count});
      count += parts.back().tiles.count;
    }
  }

  // Calls each(part, tiles of it from `first` on, how many, how many of the lot come before) for tiles of the whole.
  template <typename Each>
  void ForTiles(size_t first, size_t some, Each each) const {
    for (const auto& part : parts) {
      const size_t from = std::max(first, part.before), to = std::min(first + some, part.before + part.tiles.count);
      if (from < to) each(part, from - part.before, to - from, from - first);
    }
  }

  std::vector<Part<Map>> parts;
  size_t count;
};

}  // namespace
}  // namespace understory
