import {
  add,
  addN,
  cast,
  customGrad,
  div,
  engine,
  fill,
  greaterEqual,
  mul,
  reshape,
  slice,
  sqrt,
  sub,
  tidy,
  type GradSaveFunc,
  type NamedTensorMap,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { UnderstoryError } from '../errors.ts';
import { shapeText } from './checkTensors.ts';
import { hasKernels } from './kernels.ts';
import { alignAdaptive, alignAdaptiveGradients } from './roi/adaptive.ts';
import type { MapShapes, RoiAlignOptions, Rois } from './roi/geometry.ts';
import { alignSampled, alignSampledGradients } from './roi/sampled.ts';

/**
 * Kernel that a backend may register for `roiAlign`: inputs `rois`, `levels` and `map0`, `map1` … for each level; attributes
 * those of `RoiAlignOptions` → [R, size, size, C]. It is used together with its gradient's.
 */
export const ROI_ALIGN = 'RoiAlign';

/** Its gradient: inputs `dy`, `rois`, `levels`; attributes also `shapes`, those of all maps one after the other → a gradient for each map. */
export const ROI_ALIGN_GRAD = 'RoiAlignGrad';

export type { RoiAlignOptions };

const attributesOf = ({ strides, size, samples, aligned }: RoiAlignOptions) => ({
  strides: [...strides],
  size,
  samples,
  aligned,
});

const forward = (maps: readonly Tensor4D[], rois: Rois, options: RoiAlignOptions): Tensor4D => {
  if (!hasKernels(ROI_ALIGN, ROI_ALIGN_GRAD))
    return options.samples > 0 ? alignSampled(maps, rois, options) : alignAdaptive(maps, rois, options);
  const named = Object.fromEntries(maps.map((map, i) => [`map${i}`, map]));
  const inputs: NamedTensorMap = { rois: rois.rois, levels: rois.levels, ...named };
  return engine().runKernel<Tensor4D>(ROI_ALIGN, inputs, attributesOf(options));
};

const backward = (dy: Tensor4D, rois: Rois, shapes: MapShapes, options: RoiAlignOptions): Tensor[] => {
  if (!hasKernels(ROI_ALIGN, ROI_ALIGN_GRAD))
    return options.samples > 0
      ? alignSampledGradients(dy, rois, shapes, options)
      : alignAdaptiveGradients(dy, rois, shapes, options);
  const inputs: NamedTensorMap = { dy, rois: rois.rois, levels: rois.levels };
  const attributes = { ...attributesOf(options), shapes: shapes.flat() };
  const gradients = engine().runKernel<Tensor | Tensor[]>(ROI_ALIGN_GRAD, inputs, attributes);
  return [gradients].flat();
};

const refuse = (message: string): never => {
  throw new UnderstoryError('bad-shape', `roiAlign: ${message}`);
};

const checkMaps = (maps: readonly Tensor4D[], { strides }: RoiAlignOptions): void => {
  const seen = maps.map(shapeText).join(', ');
  const alike = maps.every(
    ({ rank, size, shape, dtype }) =>
      rank === 4 &&
      size > 0 &&
      dtype === 'float32' &&
      shape[0] === maps[0]!.shape[0] &&
      shape[3] === maps[0]!.shape[3],
  );
  if (maps.length === 0 || !alike)
    refuse(`maps ${seen} do not fit. Give float32 maps [B, H, W, C] of as many images and channels each.`);
  if (strides.length !== maps.length || !strides.every((stride) => stride > 0 && Number.isFinite(stride)))
    refuse(
      `strides [${strides.join(', ')}] do not fit ${maps.length} maps. Give each map its stride above 0, in pixels.`,
    );
};

const checkRois = ({ rois, levels }: Rois): void => {
  const sound = rois.rank === 2 && rois.shape[0] > 0 && rois.shape[1] === 5 && rois.dtype === 'float32';
  if (!sound)
    refuse(
      `RoIs ${shapeText(rois)} ${rois.dtype} must be [R, 5] float32: image, top, left, bottom, right; R from 1.`,
    );
  if (levels.rank !== 1 || levels.shape[0] !== rois.shape[0] || levels.dtype !== 'int32')
    refuse(
      `levels ${shapeText(levels)} ${levels.dtype} must be [R] int32, one for each of the ${rois.shape[0]} RoIs.`,
    );
};

const checkCounts = ({ size, samples }: RoiAlignOptions): void => {
  if (!Number.isSafeInteger(size) || size < 1)
    refuse(`size is ${size}. Give how many bins there are along a side, a whole number from 1.`);
  if (!Number.isSafeInteger(samples) || samples < 0)
    refuse(
      `samples is ${samples}. Give how many there are along a side of a bin, a whole number, or 0 for as many as it is wide.`,
    );
};

/**
 * The maps under regions of interest, each divided into `size` × `size` bins whose means are taken of samples between
 * pixels (RoIAlign, He et al. 2017), as torchvision's `roi_align` does it. `maps` [B, H, W, C] float32 of each level; `rois`
 * [R, 5] rows of image, top, left, bottom, right in pixels of the image; `levels` [R] int32, the map that each takes →
 * [R, size, size, C]. It has a gradient for the maps, and none for the RoIs.
 *
 * A RoI that is no number, or of an image or a level that there is none, gives 0; so does one without length where `samples`
 * is 0 and `aligned` true. Where the active backend has the kernels `RoiAlign` and `RoiAlignGrad`, these compute it.
 */
export const roiAlign = (
  maps: readonly Tensor4D[],
  rois: Tensor2D,
  levels: Tensor1D,
  options: RoiAlignOptions,
): Tensor4D => {
  checkMaps(maps, options);
  checkRois({ rois, levels });
  checkCounts(options);
  const shapes = maps.map(({ shape }) => shape);
  const run = customGrad((...inputs) => {
    const save = inputs.at(-1) as GradSaveFunc;
    save([rois, levels]);
    const value = forward(inputs.slice(0, -1) as Tensor4D[], { rois, levels }, options);
    const gradFunc = (dy: Tensor4D, saved: Tensor[]): Tensor[] => {
      const [r, l] = saved as [Tensor2D, Tensor1D];
      return backward(dy, { rois: r, levels: l }, shapes, options);
    };
    return { value, gradFunc };
  });
  return run(...maps);
};

/**
 * The level of a feature pyramid that each RoI takes: ⌊log2(√(w · h) / finest + 1e−6)⌋ in 0 … levels − 1 (Lin et al. 2017,
 * eq. 1). `rois` [R, 5] image, top, left, bottom, right; `finest`: the RoIs' size in pixels from which on the next level
 * is taken is twice as much → [R] int32. RoIs that are no numbers take level 0.
 */
export const roiLevels = (
  rois: Tensor2D,
  { levels, finest = 56 }: { readonly levels: number; readonly finest?: number },
): Tensor1D =>
  tidy(() => {
    const column = (at: number): Tensor => slice(rois, [0, at], [-1, 1]); // [R, 1]
    const area = mul(sub(column(3), column(1)), sub(column(4), column(2)));
    const ratio = add(div(sqrt(area), finest), 1e-6);
    // Comparisons with powers of two instead of a logarithm, whose rounding would move the limits.
    const limits = Array.from({ length: levels }, (_, k) => 2 ** k).slice(1);
    const passed = limits.map((limit) => cast(greaterEqual(ratio, limit), 'float32'));
    return passed.length === 0
      ? fill([rois.shape[0]], 0, 'int32')
      : reshape<Rank.R1>(cast(addN(passed), 'int32'), [-1]);
  });
