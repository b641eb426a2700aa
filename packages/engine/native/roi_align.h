// Means of maps under regions of interest (RoIAlign, He et al. 2017), from several levels at once, and their gradient.
#ifndef UNDERSTORY_ROI_ALIGN_H_
#define UNDERSTORY_ROI_ALIGN_H_

#include <cstddef>
#include <cstdint>
#include <vector>

namespace understory {

// A level of a pyramid: a map of `height` times `width` pixels for each image.
struct RoiLevel {
  size_t height, width;
  float scale;  // pixels of the map for each pixel of the image
};

struct RoiPyramid {
  size_t images, channels;
  std::vector<RoiLevel> levels;
};

// A pixel's share of a bin's mean along one axis.
struct RoiShare {
  uint32_t pixel, bin;
  float weight;
};

// A region of interest of one image on one level: the product of a row's share and a column's is that of their pixel.
// Without any where it is no region.
struct Region {
  size_t level = 0, image = 0;
  std::vector<RoiShare> rows;     // by pixel, then bin
  std::vector<RoiShare> columns;  // likewise
};

struct RoiGrid {
  size_t size;     // bins along a side
  size_t samples;  // along a side of a bin; 0: as many as it is wide
  bool aligned;    // whether a pixel's centre lies at half
};

// From [count, 5] image, top, left, bottom, right and [count] levels, in torchvision's order of operations.
std::vector<Region> RegionsOf(size_t count, const float* rois, const int32_t* levels, const RoiPyramid& pyramid, const RoiGrid& grid);

struct RoiAlignForward {
  const RoiPyramid& pyramid;
  const std::vector<Region>& regions;
  size_t size;
  std::vector<const float*> maps;  // of each level [images, height, width, channels]
  float* y;                        // [regions, size, size, channels]
};

struct RoiAlignBackward {
  const RoiPyramid& pyramid;
  const std::vector<Region>& regions;
  size_t size;
  const float* dy;                 // [regions, size, size, channels]
  std::vector<float*> gradients;   // of each level [images, height, width, channels]
};

// Each number is added up in the order of the regions, so results do not depend on threads.
struct RoiAlign {
  void (*forward)(const RoiAlignForward&);
  void (*backward)(const RoiAlignBackward&);
};

const RoiAlign& FindRoiAlign();
const RoiAlign& RoiAlignBase();
#if defined(__x86_64__)
const RoiAlign& RoiAlignAvx2();
const RoiAlign& RoiAlignAvx512();
#endif

}  // namespace understory

#endif  // UNDERSTORY_ROI_ALIGN_H_
