// RoIAlign as ops of TensorFlow: UnderstoryRoiAlign and its gradient.
#include <algorithm>
#include <cmath>

#include "kernel.h"
#include "pool.h"
#include "roi_align.h"

namespace understory {

namespace {

// Regions along one axis of a level's map.
struct Span {
  float start, bin;
  size_t pixels;
};

Span SpanOf(float first, float last, float scale, size_t pixels, const RoiGrid& grid) {
  const float shift = grid.aligned ? 0.5f : 0.0f;
  const float start = first * scale - shift, end = last * scale - shift;
  float length = end - start;
  if (!grid.aligned && length < 1) length = 1;  // what is not a number stays so
  return {start, length / static_cast<float>(grid.size), pixels};
}

void Add(std::vector<RoiShare>& shares, size_t begin, float pixel, size_t bin, float weight) {
  const auto at = static_cast<uint32_t>(pixel);
  if (weight == 0) return;
  for (size_t i = shares.size(); i > begin && i + 3 > shares.size(); i--)
    if (shares[i - 1].pixel == at) {
      shares[i - 1].weight += weight;
      return;
    }
  shares.push_back({at, static_cast<uint32_t>(bin), weight});
}

// A sample gives the two pixels that it lies between their part; none where it is outside, or not a number.
void AddSample(std::vector<RoiShare>& shares, size_t begin, float position, const Span& span, size_t bin, float weight) {
  if (!(position >= -1 && position <= static_cast<float>(span.pixels))) return;
  const float last = static_cast<float>(span.pixels - 1), at = std::min(std::max(position, 0.0f), last);
  const float low = std::floor(at), behind = (at - low) * weight;
  Add(shares, begin, low, bin, weight - behind);
  Add(shares, begin, std::min(low + 1, last), bin, behind);
}

// Sorted by pixel. As many samples as a bin is wide may be any number: only those that can lie on the map are looked at,
// which are more than half a pixel apart wherever there are two.
std::vector<RoiShare> SharesOf(const Span& span, const RoiGrid& grid) {
  std::vector<RoiShare> shares;
  const float samples = grid.samples > 0 ? static_cast<float>(grid.samples) : std::ceil(span.bin);
  if (!(samples >= 1)) return shares;
  const double most = grid.samples > 0 ? samples : std::min<double>(samples, 2.0 * static_cast<double>(span.pixels) + 8);
  for (size_t bin = 0; bin < grid.size; bin++) {
    const size_t begin = shares.size();
    const float first = span.start + static_cast<float>(bin) * span.bin;
    const double ahead = most < samples ? std::floor((-1.0 - first) / (span.bin / samples)) - 2 : 0;
    const double from = std::min<double>(std::max(ahead, 0.0), samples);
    for (double k = 0; k < most && from + k < samples; k++) {
      const float position = first + (static_cast<float>(from + k) + 0.5f) * span.bin / samples;
      AddSample(shares, begin, position, span, bin, 1 / samples);
    }
  }
  std::stable_sort(shares.begin(), shares.end(), [](const RoiShare& a, const RoiShare& b) { return a.pixel < b.pixel; });
  return shares;
}

}  // namespace

std::vector<Region> RegionsOf(size_t count, const float* rois, const int32_t* levels, const RoiPyramid& pyramid, const RoiGrid& grid) {
  constexpr size_t kEach = 64;
  std::vector<Region> regions(count);
  InParallel((count + kEach - 1) / kEach, [&](size_t lot) {
    for (size_t i = lot * kEach; i < std::min(count, (lot + 1) * kEach); i++) {
      const float* roi = rois + 5 * i;
      const bool exists = roi[0] >= 0 && roi[0] < static_cast<float>(pyramid.images) && levels[i] >= 0 &&
                          static_cast<size_t>(levels[i]) < pyramid.levels.size();
      if (!exists) continue;
      const RoiLevel& level = pyramid.levels[levels[i]];
      regions[i] = {static_cast<size_t>(levels[i]), static_cast<size_t>(roi[0]),
                    SharesOf(SpanOf(roi[1], roi[3], level.scale, level.height, grid), grid),
                    SharesOf(SpanOf(roi[2], roi[4], level.scale, level.width, grid), grid)};
    }
  });
  return regions;
}

namespace {

struct RoiAttributes {
  explicit RoiAttributes(TF_OpKernelConstruction* construction)
      : grid{static_cast<size_t>(IntAttribute(construction, "size")), static_cast<size_t>(IntAttribute(construction, "samples")),
             BoolAttribute(construction, "aligned")} {}
  RoiGrid grid;
};

void Require(bool fine, const char* what) {
  if (!fine) throw Failure("INVALID_ARGUMENT", what);
}

// rois [r, 5], levels [r], scales [l], maps [b, h, w, c] -> y [r, size, size, c]
void Forward(Running& run, const void* attributes) {
  constexpr int kFirst = 3;
  const RoiGrid& grid = static_cast<const RoiAttributes*>(attributes)->grid;
  const size_t count = run.Size(0, 0), levels = run.Elements(2);
  Require(run.Elements(0) == 5 * count && run.Elements(1) == count, "Regions and levels do not fit");
  Require(static_cast<size_t>(run.Inputs()) == kFirst + levels, "There is not a scale for each map");
  RoiPyramid pyramid{run.Size(kFirst, 0), run.Size(kFirst, 3), {}};
  std::vector<const float*> maps;
  for (size_t i = 0; i < levels; i++) {
    const int input = kFirst + static_cast<int>(i);
    Require(run.Rank(input) == 4 && run.Size(input, 0) == pyramid.images && run.Size(input, 3) == pyramid.channels, "Maps differ");
    pyramid.levels.push_back({run.Size(input, 1), run.Size(input, 2), run.Read<float>(2)[i]});
    maps.push_back(run.Read<float>(input));
  }
  const auto regions = RegionsOf(count, run.Read<float>(0), run.Read<int32_t>(1), pyramid, grid);
  const auto size = static_cast<int64_t>(grid.size);
  float* y = run.Output(0, {static_cast<int64_t>(count), size, size, static_cast<int64_t>(pyramid.channels)});
  FindRoiAlign().forward({pyramid, regions, grid.size, maps, y});
}

// dy [r, size, size, c], rois [r, 5], levels [r], scales [l], shapes [l, 4] -> gradients [b, h, w, c]
void Backward(Running& run, const void* attributes) {
  const RoiGrid& grid = static_cast<const RoiAttributes*>(attributes)->grid;
  const size_t count = run.Size(1, 0), levels = run.Elements(3);
  Require(run.Elements(1) == 5 * count && run.Elements(2) == count, "Regions and levels do not fit");
  Require(levels > 0 && run.Elements(4) == 4 * levels, "There is not a shape for each scale");
  const int32_t* shapes = run.Read<int32_t>(4);
  RoiPyramid pyramid{static_cast<size_t>(shapes[0]), static_cast<size_t>(shapes[3]), {}};
  Require(run.Elements(0) == count * grid.size * grid.size * pyramid.channels, "The gradient does not fit the regions");
  std::vector<float*> gradients;
  for (size_t i = 0; i < levels; i++) {
    const int32_t* shape = shapes + 4 * i;
    Require(shape[0] == shapes[0] && shape[3] == shapes[3], "Maps differ");
    pyramid.levels.push_back({static_cast<size_t>(shape[1]), static_cast<size_t>(shape[2]), run.Read<float>(3)[i]});
    gradients.push_back(run.Output(static_cast<int>(i), {shape[0], shape[1], shape[2], shape[3]}));
  }
  const auto regions = RegionsOf(count, run.Read<float>(1), run.Read<int32_t>(2), pyramid, grid);
  FindRoiAlign().backward({pyramid, regions, grid.size, run.Read<float>(0), gradients});
}

}  // namespace

void RegisterRoiAlign() {
  Register<RoiAttributes, Forward>({"UnderstoryRoiAlign",
                                    {"rois: float", "levels: int32", "scales: float", "maps: N * float"},
                                    {"y: float"},
                                    {"size: int >= 1", "samples: int >= 0", "aligned: bool", "N: int >= 1"}});
  Register<RoiAttributes, Backward>({"UnderstoryRoiAlignGrad",
                                     {"dy: float", "rois: float", "levels: int32", "scales: float", "shapes: int32"},
                                     {"gradients: N * float"},
                                     {"size: int >= 1", "samples: int >= 0", "aligned: bool", "N: int >= 1"}});
}

}  // namespace understory
