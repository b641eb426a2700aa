import { stopGradient, type CallArgs } from '@understory/core';
import {
  concat,
  fill,
  gather,
  sigmoid,
  slice,
  squeeze,
  tensor2d,
  tidy,
  topk,
  where,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { layers } from '@tensorflow/tfjs-layers';
import { ANCHOR_STD, clipBoxes, decodeBoxes } from '../boxes/coder.ts';
import { bestBoxes, pickRows, together, type Candidates } from '../layers/bestBoxes.ts';
import { given } from '../layers/given.ts';
import { hasSides } from '../layers/hasSides.ts';
import type { Variant } from '../options.ts';
import {
  levelRanges,
  requireRows,
  type AnchorGrid,
  type AnchorGrids,
  type LevelRange,
} from '../pyramid/anchorGrid.ts';

/** How many there are in training, and afterwards. */
export interface Counts {
  readonly training: number;
  readonly inference: number;
}

export interface ProposalOptions {
  readonly variant: Variant;
  /** Anchors that each level sends before those that overlap are dropped. */
  readonly before: Counts;
  /** Proposals of an image at most. */
  readonly most: Counts;
  /** Intersection over union above which the worse of two is dropped. */
  readonly overlap: number;
}

const INPUTS = ['objectness', 'deltas', 'map'] as const;

/** What is said of all anchors, on images of `size`. */
interface Said {
  readonly objectness: Tensor;
  readonly deltas: Tensor;
  readonly size: AnchorGrid['size'];
}

/** Least side of a proposal in pixels. */
const LEAST_SIDE = 1e-3;

/**
 * The likeliest boxes of the region proposal network, whatever they show (Ren et al. 2015, section 3.3): `objectness`
 * [B, A, 1], `deltas` [B, A, 4] and the finest map, whose shape tells the size of the images → [B, P, 5] top, left, bottom, right, and a score above 0, or 0 for none. No gradient flows
 * through it.
 */
export class Proposals extends layers.Layer {
  static className = 'Proposals';
  readonly grids: AnchorGrids;
  readonly variant: Variant;
  readonly #options: ProposalOptions;

  constructor(grids: AnchorGrids, options: ProposalOptions) {
    super({ name: 'proposals' });
    this.grids = grids;
    this.variant = options.variant;
    this.#options = options;
  }

  override computeOutputShape(shapes: (number | null)[][]): (number | null)[] {
    const { objectness, map } = given(this.name, shapes, INPUTS);
    requireRows(this.grids, objectness, map);
    return [null, this.#options.most.inference, 5];
  }

  override call(inputs: Tensor | Tensor[], { training = false }: Partial<CallArgs>): Tensor {
    return tidy(() => {
      const { objectness, deltas, map } = given(this.name, inputs, INPUTS);
      const grid = this.grids.under(map.shape);
      const said = { objectness: stopGradient(objectness), deltas: stopGradient(deltas), size: grid.size };
      const { overlap, ...counts } = this.#options;
      const stage = training ? 'training' : 'inference';
      const [wanted, most] = [counts.before[stage], counts.most[stage]];
      const parts = levelRanges(grid).map((range) => this.#ofLevel(said, range, wanted));
      const kept = bestBoxes(together(parts), { iou: overlap, most, least: 0 }); // [B, P, 6]
      const [images = 0] = kept.shape;
      const sides = slice(kept, [0, 0, 0], [images, most, 4]);
      return concat([sides, slice(kept, [0, 0, 5], [images, most, 1])], 2);
    });
  }

  #ofLevel(
    { objectness, deltas, size }: Said,
    { level, from, count, anchors }: LevelRange,
    wanted: number,
  ): Candidates {
    const [images = 0] = objectness.shape;
    const own = squeeze(slice(objectness, [0, from, 0], [images, count, 1]), [2]); // [B, count]
    const best = topk(own, Math.min(wanted, count));
    const moved = decodeBoxes(
      gather(tensor2d(anchors, [count, 4]), best.indices),
      pickRows(slice(deltas, [0, from, 0], [images, count, 4]), best.indices),
      ANCHOR_STD,
      { symmetric: this.variant === 'mmdetection' },
    );
    const boxes = clipBoxes(moved, size);
    return {
      boxes,
      scores: where(hasSides(boxes, LEAST_SIDE), sigmoid(best.values), fill(best.values.shape, -1)),
      classes: fill(best.values.shape, level, 'int32'),
    };
  }
}
