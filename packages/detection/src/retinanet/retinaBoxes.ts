import {
  cast,
  concat,
  div,
  floor,
  gather,
  mod,
  range,
  reshape,
  sigmoid,
  slice,
  tensor2d,
  topk,
  type Tensor,
} from '@tensorflow/tfjs-core';
import { clipBoxes, decodeBoxes, type DeltaStd } from '../boxes/coder.ts';
import type { Variant } from '../options.ts';
import { bestBoxes, pickRows, type Candidates } from '../layers/bestBoxes.ts';
import { InferenceLayer } from '../layers/inferenceLayer.ts';
import type { AnchorGrid } from '../pyramid/anchorGrid.ts';

export interface TellOptions {
  readonly least: number;
  readonly overlap: number;
  readonly most: number;
}

/** What a box's deltas are divided by. */
export const RETINA_STD: DeltaStd = [1, 1, 1, 1];

/** Candidates that each level sends, before boxes that overlap are dropped. */
const A_LEVEL = 1000;

/** The likeliest pairs of anchor and class on each level, as boxes: RetinaNet's inference (Lin et al. 2017, section 4.1). */
export class RetinaBoxes extends InferenceLayer {
  static className = 'RetinaBoxes';
  readonly grid: AnchorGrid;
  readonly variant: Variant;
  readonly #options: TellOptions;

  constructor(grid: AnchorGrid, { variant, ...options }: TellOptions & { readonly variant: Variant }) {
    super('boxes', [options.most, 6]);
    this.grid = grid;
    this.variant = variant;
    this.#options = options;
  }

  protected override finish([logits, deltas]: readonly Tensor[]): Tensor {
    const { least, overlap, most } = this.#options;
    const parts: Candidates[] = [];
    let from = 0;
    for (const count of this.grid.counts) {
      parts.push(this.#ofLevel(logits!, deltas!, [from, count]));
      from += count;
    }
    const together = (pick: (part: Candidates) => Tensor): Tensor => concat(parts.map(pick), 1);
    const all = {
      boxes: together((p) => p.boxes),
      scores: together((p) => p.scores),
      classes: together((p) => p.classes),
    };
    return bestBoxes(all, { iou: overlap, most, least });
  }

  #ofLevel(logits: Tensor, deltas: Tensor, [from, count]: readonly [number, number]): Candidates {
    const [images = 0, , classes = 1] = logits.shape;
    const own = slice(logits, [0, from, 0], [images, count, classes]);
    const best = topk(reshape(own, [images, count * classes]), Math.min(A_LEVEL, count * classes));
    const anchorOf = cast(floor(div(cast(best.indices, 'float32'), classes)), 'int32'); // [B, K]
    const { anchors, size } = this.grid;
    const rows = tensor2d(anchors.subarray(4 * from, 4 * (from + count)), [count, 4]);
    const boxes = decodeBoxes(
      gather(rows, anchorOf),
      pickRows(slice(deltas, [0, from, 0], [images, count, 4]), anchorOf),
      RETINA_STD,
      { symmetric: this.variant === 'mmdetection' },
    );
    return {
      boxes: clipBoxes(boxes, size),
      scores: sigmoid(best.values),
      classes: cast(mod(best.indices, classes), 'int32'),
    };
  }
}
