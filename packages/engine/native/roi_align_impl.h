// The code of roi_align.h for one set of instructions (vector.h).

#include <algorithm>
#include <vector>

#include "pool.h"
#include "roi_align.h"

namespace understory {
namespace {

// Regions that a thread takes at a time.
constexpr size_t kRegions = 8;
// Channels that a thread takes at a time where gradients are added up.
constexpr size_t kChannels = 64;

// to (+)= the sum of each share's weight times the numbers that are its own.
template <bool kAdd, typename Own>
UNDERSTORY_INLINE void Combine(float* to, size_t length, const RoiShare* from, const RoiShare* end, Own own) {
  constexpr size_t kWide = 4;
  size_t c = 0;
  for (; c + kWide * kLanes <= length; c += kWide * kLanes) {
    Vec sum[kWide];
    UNDERSTORY_UNROLL
    for (size_t i = 0; i < kWide; i++) sum[i] = kAdd ? Load(to + c + i * kLanes) : Vec{};
    for (const RoiShare* share = from; share != end; share++) {
      const float* numbers = own(*share) + c;
      UNDERSTORY_UNROLL
      for (size_t i = 0; i < kWide; i++) sum[i] += share->weight * Load(numbers + i * kLanes);
    }
    UNDERSTORY_UNROLL
    for (size_t i = 0; i < kWide; i++) Store(to + c + i * kLanes, sum[i]);
  }
  for (; c < length; c++) {
    float sum = kAdd ? to[c] : 0;
    for (const RoiShare* share = from; share != end; share++) sum += share->weight * own(*share)[c];
    to[c] = sum;
  }
}

// Calls each(first, last) for the shares of every pixel.
template <typename Each>
UNDERSTORY_INLINE void EachPixel(const std::vector<RoiShare>& shares, Each each) {
  const RoiShare* const end = shares.data() + shares.size();
  for (const RoiShare* first = shares.data(); first != end;) {
    const RoiShare* last = first + 1;
    while (last != end && last->pixel == first->pixel) last++;
    each(first, last);
    first = last;
  }
}

// One row of the map at a time: its means along the columns, `line` [size, channels], then their share of the bins.
void AlignRegion(const RoiAlignForward& of, const Region& region, const std::vector<RoiShare>& by_bin, float* line, float* y) {
  const size_t channels = of.pyramid.channels, width = of.size * channels;
  std::fill_n(y, of.size * width, 0.0f);
  if (region.rows.empty() || region.columns.empty()) return;
  const RoiLevel& level = of.pyramid.levels[region.level];
  const float* map = of.maps[region.level] + region.image * level.height * level.width * channels;
  EachPixel(region.rows, [&](const RoiShare* first, const RoiShare* last) {
    const float* row = map + first->pixel * level.width * channels;
    const RoiShare *column = by_bin.data(), *const end = column + by_bin.size();
    for (size_t bin = 0; bin < of.size; bin++) {
      const RoiShare* next = column;
      while (next != end && next->bin == bin) next++;
      Combine<false>(line + bin * channels, channels, column, next, [&](const RoiShare& share) { return row + share.pixel * channels; });
      column = next;
    }
    for (; first != last; first++)
      Combine<true>(y + first->bin * width, width, first, first + 1, [&](const RoiShare&) { return line; });
  });
}

void ForwardRoiAlign(const RoiAlignForward& of) {
  const size_t count = of.regions.size(), width = of.size * of.pyramid.channels;
  InParallel(Blocks(count, kRegions), [&](size_t i) {
    const Scratch line(width);
    std::vector<RoiShare> by_bin;
    for (size_t r = i * kRegions; r < std::min(count, (i + 1) * kRegions); r++) {
      by_bin = of.regions[r].columns;
      std::stable_sort(by_bin.begin(), by_bin.end(), [](const RoiShare& a, const RoiShare& b) { return a.bin < b.bin; });
      AlignRegion(of, of.regions[r], by_bin, line.get(), of.y + r * of.size * width);
    }
  });
}

// What a region adds to some channels of its map: `map`, `dy` and `line` [size, length] begin at these.
UNDERSTORY_INLINE void SpreadRegion(const RoiAlignBackward& of, const Region& region, size_t length, const float* dy, float* line, float* map) {
  const size_t channels = of.pyramid.channels, width = of.pyramid.levels[region.level].width;
  EachPixel(region.rows, [&](const RoiShare* first, const RoiShare* last) {
    for (size_t bin = 0; bin < of.size; bin++)
      Combine<false>(line + bin * length, length, first, last,
                     [&](const RoiShare& share) { return dy + (share.bin * of.size + bin) * channels; });
    float* row = map + first->pixel * width * channels;
    EachPixel(region.columns, [&](const RoiShare* left, const RoiShare* right) {
      Combine<true>(row + left->pixel * channels, length, left, right, [&](const RoiShare& share) { return line + share.bin * length; });
    });
  });
}

// Threads share the maps by level, image and channels: no two write to the same numbers.
void BackwardRoiAlign(const RoiAlignBackward& of) {
  const size_t channels = of.pyramid.channels, images = of.pyramid.images, lots = Blocks(channels, kChannels);
  InParallel(of.pyramid.levels.size() * images * lots, [&](size_t i) {
    const size_t at = i % lots * kChannels, image = i / lots % images, level = i / lots / images;
    const size_t length = std::min(kChannels, channels - at);
    const size_t pixels = of.pyramid.levels[level].height * of.pyramid.levels[level].width;
    float* map = of.gradients[level] + image * pixels * channels + at;
    for (size_t p = 0; p < pixels; p++) std::fill_n(map + p * channels, length, 0.0f);
    const Scratch line(of.size * length);
    for (size_t r = 0; r < of.regions.size(); r++) {
      const Region& region = of.regions[r];
      if (region.level != level || region.image != image) continue;
      SpreadRegion(of, region, length, of.dy + r * of.size * of.size * channels + at, line.get(), map);
    }
  });
}

constexpr RoiAlign kRoiAlign{ForwardRoiAlign, BackwardRoiAlign};

}  // namespace
}  // namespace understory
