// The matrix kernel for processors that multiply a tile of 16 rows of 16 words by another one at once (Intel's AMX). Included by
// products.h.
#ifndef UNDERSTORY_AMX_H_
#define UNDERSTORY_AMX_H_

namespace understory {
namespace {

constexpr size_t kTile = 16;  // rows of a tile, and words of each

// Pairs whose rows lie as their words follow each other: the `step` of a product is 1.
struct Amx : Pairs {
  static constexpr size_t kRows = 2 * kTile;

  // Words of the depth that a tile takes: all tiles of a product take as many.
  static constexpr size_t Each(size_t words) {
    size_t each = std::min(words, kTile);
    while (words % each != 0) each--;
    return each;
  }
  // As many as there are, where they fill half of each tile at least; else filled up with zeros until they do.
  static constexpr size_t Words(size_t depth) {
    const size_t words = Pairs::Words(depth);
    return words == 0 || Each(words) >= kTile / 2 ? words : Blocks(words, kTile / 2) * kTile / 2;
  }
};

// How many rows and bytes of a row each tile has: 0 to 3 hold the sums of two tiles of rows by two of columns, 4 and 5 rows,
// 6 and 7 columns.
struct TileSizes {
  uint8_t palette = 1, start = 0, reserved[14] = {};
  uint16_t bytes[16] = {};
  uint8_t rows[16] = {};

  TileSizes() = default;
  TileSizes(size_t above, size_t below, size_t words) {
    constexpr size_t kWord = sizeof(uint32_t);
    for (size_t side : {0, 1}) {
      Set(0 + side, above, kTile * kWord);
      Set(2 + side, below, kTile * kWord);
      Set(4 + side, side == 0 ? above : below, words * kWord);
      Set(6 + side, words, kTile * kWord);
    }
  }

 private:
  // A tile without rows may have no bytes either.
  void Set(size_t tile, size_t some, size_t wide) {
    rows[tile] = static_cast<uint8_t>(some);
    bytes[tile] = static_cast<uint16_t>(some == 0 ? 0 : wide);
  }
};

// Compilers do not see what memory tiles come from, and might write it later.
UNDERSTORY_INLINE void WriteAll() { __asm__ volatile("" ::: "memory"); }

// Reading what is set takes a tenth of the time that setting it takes. Others may have set what they need: it is not kept in mind.
inline void SetTiles(const TileSizes& sizes) {
  alignas(64) TileSizes now;
  WriteAll();
  _tile_storeconfig(&now);
  WriteAll();
  if (__builtin_memcmp(&now, &sizes, sizeof sizes) != 0) _tile_loadconfig(&sizes);
}

template <bool Below, bool Wide, bool Sum>
UNDERSTORY_INLINE void MultiplyTile(const Product<Amx>& p, size_t first, size_t each) {
  const auto* x = p.x + first * p.row;
  const auto* u = p.u;
  float *m = p.m + first * p.m_row, *below = m + kTile * p.m_row;
  const size_t m_bytes = p.m_row * sizeof(float), x_bytes = p.row * sizeof(uint32_t), u_bytes = kPanel * sizeof(uint32_t);
  if (Sum) {
    _tile_loadd(0, m, m_bytes);
    if (Wide) _tile_loadd(1, m + kTile, m_bytes);
    if (Below) _tile_loadd(2, below, m_bytes);
    if (Below && Wide) _tile_loadd(3, below + kTile, m_bytes);
  } else {
    _tile_zero(0);
    if (Wide) _tile_zero(1);
    if (Below) _tile_zero(2);
    if (Below && Wide) _tile_zero(3);
  }
  for (size_t i = 0; i < p.depth; i += each, x += each, u += each * kPanel) {
    _tile_loadd(4, x, x_bytes);
    _tile_loadd(6, u, u_bytes);
    _tile_dpbf16ps(0, 4, 6);
    if (Wide) _tile_loadd(7, u + kTile, u_bytes);
    if (Wide) _tile_dpbf16ps(1, 4, 7);
    if (Below) _tile_loadd(5, x + kTile * p.row, x_bytes);
    if (Below) _tile_dpbf16ps(2, 5, 6);
    if (Below && Wide) _tile_dpbf16ps(3, 5, 7);
  }
  _tile_stored(0, m, m_bytes);
  if (Wide) _tile_stored(1, m + kTile, m_bytes);
  if (Below) _tile_stored(2, below, m_bytes);
  if (Below && Wide) _tile_stored(3, below + kTile, m_bytes);
}

template <bool Wide, bool Sum>
void MultiplyTilesOf(const Product<Amx>& p) {
  const size_t each = p.depth == 0 ? 1 : Amx::Each(p.depth);
  WriteAll();
  for (size_t r = 0; r < p.rows; r += Amx::kRows) {
    const size_t above = std::min(kTile, p.rows - r), below = std::min(kTile, p.rows - r - above);
    SetTiles({above, below, each});
    below > 0 ? MultiplyTile<true, Wide, Sum>(p, r, each) : MultiplyTile<false, Wide, Sum>(p, r, each);
  }
}

template <bool Sum>
void Multiply(const Product<Amx>& p) {
  const bool wide = p.columns > kLanes;
  wide ? MultiplyTilesOf<true, Sum>(p) : MultiplyTilesOf<false, Sum>(p);
  if (!p.bias) return;
  for (size_t r = 0; r < p.rows; r++)
    for (size_t c = 0; c < (wide ? kPanel : kLanes); c += kLanes) {
      float* sum = p.m + r * p.m_row + c;
      Store(sum, Load(sum) + Load(p.bias + c));
    }
}

}  // namespace
}  // namespace understory

#endif  // UNDERSTORY_AMX_H_
