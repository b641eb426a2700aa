import { roiAlign, roiLevels } from '@understory/core';
import {
  add,
  cast,
  concat,
  greater,
  matMul,
  mul,
  range,
  relu,
  reshape,
  slice,
  softmax,
  tidy,
  tile,
  topk,
  type Tensor,
  type Tensor2D,
  type Tensor4D,
} from '@tensorflow/tfjs-core';
import { initializers, type layers } from '@tensorflow/tfjs-layers';
import { clipBoxes, decodeBoxes, type DeltaStd } from '../boxes/coder.ts';
import { bestBoxes, pickRows } from '../layers/bestBoxes.ts';
import { hasSides } from '../layers/hasSides.ts';
import { rowsAndColumns } from '../layers/places.ts';
import { InferenceLayer, type TellOptions } from '../layers/inferenceLayer.ts';
import type { Variant } from '../options.ts';
import type { Size } from '../pyramid/levels.ts';

/** What the deltas of regions are divided by. */
export const REGION_STD: DeltaStd = [0.1, 0.1, 0.2, 0.2];

/** Side of a region's map, in pixels. */
export const REGION_SIDE = 7;

/** Pairs of region and class among which overlapping ones are dropped: far fewer are above the least score. */
const MOST_PAIRS = 4096;

/** Least side in pixels of a box that torchvision's variant tells. */
const LEAST_SIDE = 1e-2;

export interface RegionOptions extends TellOptions {
  readonly variant: Variant;
  readonly classes: number;
  /** Pixels of the image for a pixel of each map, fine to coarse. */
  readonly strides: readonly number[];
  /** Height and width of the network's images by the shape of their finest map. */
  readonly sizeUnder: (map: readonly (number | null)[]) => Size;
  /** Width of the two fully connected layers. */
  readonly hidden: number;
  /** Points along each side of a bin that are averaged; 0 for as many as it has pixels. */
  readonly samples: number;
}

/** What the head says of regions. */
export interface RegionOutputs {
  /** [R, C + 1], background last. */
  readonly scores: Tensor2D;
  /** [R, C, 4] */
  readonly deltas: Tensor;
}

/** Regions of a batch's images: [B · N, 5] image, top, left, bottom, right of boxes [B, N, 4]. */
export const regionsOf = (boxes: Tensor): Tensor2D =>
  tidy(() => {
    const [images = 0, count = 0] = boxes.shape;
    const image = tile(reshape(range(0, images, 1, 'float32'), [images, 1, 1]), [1, count, 1]);
    return reshape(concat([image, boxes], 2), [images * count, 5]);
  });

/** Maps of regions [R, 7, 7, C], each cut out of the level that fits its size (Lin et al. 2017, eq. 1). */
const regionMaps = (
  maps: readonly Tensor4D[],
  regions: Tensor2D,
  { variant, strides, samples }: RegionOptions,
): Tensor4D => {
  const [finest = 4] = strides;
  const levels = roiLevels(regions, { levels: maps.length, finest: 14 * finest });
  return roiAlign(maps, regions, levels, {
    ...{ strides, samples, size: REGION_SIDE },
    aligned: variant === 'mmdetection',
  });
};

/**
 * The second stage of Faster R-CNN (Girshick 2015; Ren et al. 2015): two fully connected layers on the maps of regions, then
 * scores and deltas. As a layer it tells the boxes of `proposals` on the pyramid's maps; `predict` is what training calls.
 */
export class RegionHead extends InferenceLayer {
  static className = 'RegionHead';
  readonly options: RegionOptions;

  constructor(options: RegionOptions) {
    super('boxes', [options.most, 6]);
    this.options = options;
  }

  override build(inputShape: Parameters<layers.Layer['build']>[0]): void {
    const [first] = inputShape as (number | null)[][];
    const channels = first?.[3] ?? 0;
    const { hidden, classes } = this.options;
    const dense = (name: string, inputs: number, outputs: number): void => {
      const zero = initializers.zeros();
      this.addWeight(`${name}/kernel`, [inputs, outputs], 'float32', zero, undefined, true);
      this.addWeight(`${name}/bias`, [outputs], 'float32', zero, undefined, true);
    };
    dense('hidden1', REGION_SIDE ** 2 * channels, hidden);
    dense('hidden2', hidden, hidden);
    dense('score', hidden, classes + 1);
    dense('delta', hidden, 4 * classes);
    this.built = true;
  }

  /** What it says of regions [R, 5] on the pyramid's maps. */
  predict(maps: readonly Tensor4D[], regions: Tensor2D): RegionOutputs {
    return tidy(() => {
      const pooled: Tensor2D = reshape(regionMaps(maps, regions, this.options), [regions.shape[0], -1]);
      const features = relu(this.#dense(1, relu(this.#dense(0, pooled))));
      const deltas = this.#dense(3, features);
      return { scores: this.#dense(2, features), deltas: reshape(deltas, [-1, this.options.classes, 4]) };
    });
  }

  #dense(index: number, x: Tensor2D): Tensor2D {
    const [kernel, bias] = this.weights.slice(2 * index, 2 * index + 2).map((w) => w.read());
    return add(matMul(x, kernel as Tensor2D), bias!);
  }

  protected override finish(inputs: readonly Tensor[]): Tensor {
    const { classes, most, least, overlap, sizeUnder, variant } = this.options;
    const maps = inputs.slice(0, -1) as Tensor4D[];
    const proposals = inputs.at(-1)!; // [B, P, 5]
    const [images = 0, count = 0] = proposals.shape;
    const boxes = slice(proposals, [0, 0, 0], [images, count, 4]);
    const known = cast(greater(slice(proposals, [0, 0, 4], [images, count, 1]), 0), 'float32');
    const said = this.predict(maps, regionsOf(boxes));
    const shares = reshape(softmax(said.scores), [images, count, classes + 1]);
    const pairs = count * classes;
    const scores = reshape(mul(slice(shares, [0, 0, 0], [images, count, classes]), known), [images, pairs]);
    const moved = decodeBoxes(
      reshape(boxes, [images, count, 1, 4]),
      reshape(said.deltas, [images, count, classes, 4]),
      REGION_STD,
      { symmetric: variant === 'mmdetection' },
    );
    const clipped = reshape(clipBoxes(moved, sizeUnder(maps[0]?.shape ?? [])), [images, pairs, 4]);
    const large = variant === 'torchvision' ? hasSides(clipped, LEAST_SIDE) : undefined;
    const best = topk(large ? mul(scores, cast(large, 'float32')) : scores, Math.min(pairs, MOST_PAIRS));
    const all = {
      boxes: pickRows(clipped, best.indices),
      scores: best.values,
      classes: rowsAndColumns(best.indices, classes).columns,
    };
    return bestBoxes(all, { iou: overlap, most, least });
  }
}
