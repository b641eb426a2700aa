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
import { hasSides } from '../layers/hasSides.ts';
import type { Variant } from '../options.ts';
import { levelRanges, type AnchorGrid, type LevelRange } from '../pyramid/anchorGrid.ts';

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

/** Least side of a proposal in pixels. */
const LEAST_SIDE = 1e-3;

/**
 * The likeliest boxes of the region proposal network, whatever they show (Ren et al. 2015, section 3.3): `objectness`
 * [B, A, 1] and `deltas` [B, A, 4] → [B, P, 5] top, left, bottom, right, and a score above 0, or 0 for none. No gradient flows
 * through it.
 */
export class Proposals extends layers.Layer {
  static className = 'Proposals';
  readonly grid: AnchorGrid;
  readonly variant: Variant;
  readonly #options: ProposalOptions;

  constructor(grid: AnchorGrid, options: ProposalOptions) {
    super({ name: 'proposals' });
    this.grid = grid;
    this.variant = options.variant;
    this.#options = options;
  }

  override computeOutputShape(): (number | null)[] {
    return [null, this.#options.most.inference, 5];
  }

  override call(inputs: Tensor | Tensor[], { training = false }: Partial<CallArgs>): Tensor {
    return tidy(() => {
      const [objectness, deltas] = [inputs].flat().map((x) => stopGradient(x));
      const { overlap, ...counts } = this.#options;
      const stage = training ? 'training' : 'inference';
      const [wanted, most] = [counts.before[stage], counts.most[stage]];
      const parts = levelRanges(this.grid).map((range) => this.#ofLevel(objectness!, deltas!, range, wanted));
      const kept = bestBoxes(together(parts), { iou: overlap, most, least: 0 }); // [B, P, 6]
      const [images = 0] = kept.shape;
      const sides = slice(kept, [0, 0, 0], [images, most, 4]);
      return concat([sides, slice(kept, [0, 0, 5], [images, most, 1])], 2);
    });
  }

  #ofLevel(
    objectness: Tensor,
    deltas: Tensor,
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
    const boxes = clipBoxes(moved, this.grid.size);
    return {
      boxes,
      scores: where(hasSides(boxes, LEAST_SIDE), sigmoid(best.values), fill(best.values.shape, -1)),
      classes: fill(best.values.shape, level, 'int32'),
    };
  }
}
