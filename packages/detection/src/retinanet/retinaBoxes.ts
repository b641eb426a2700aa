import { gather, reshape, sigmoid, slice, tensor2d, topk, type Tensor } from '@tensorflow/tfjs-core';
import { ANCHOR_STD, clipBoxes, decodeBoxes } from '../boxes/coder.ts';
import type { Variant } from '../options.ts';
import { bestBoxes, pickRows, together, type Candidates } from '../layers/bestBoxes.ts';
import { given } from '../layers/given.ts';
import { rowsAndColumns } from '../layers/places.ts';
import { InferenceLayer, type TellOptions } from '../layers/inferenceLayer.ts';
import {
  levelRanges,
  requireRows,
  type AnchorGrid,
  type AnchorGrids,
  type LevelRange,
} from '../pyramid/anchorGrid.ts';

/** Candidates that each level sends, before boxes that overlap are dropped. */
const A_LEVEL = 1000;

const INPUTS = ['logits', 'deltas', 'map'] as const;

/**
 * The likeliest pairs of anchor and class on each level, as boxes: RetinaNet's inference (Lin et al. 2017, section 4.1). Takes
 * `logits` [B, A, C], `deltas` [B, A, 4] and the finest map, whose shape tells the size of the images.
 */
export class RetinaBoxes extends InferenceLayer {
  static className = 'RetinaBoxes';
  readonly grids: AnchorGrids;
  readonly variant: Variant;
  readonly #options: TellOptions;

  constructor(grids: AnchorGrids, { variant, ...options }: TellOptions & { readonly variant: Variant }) {
    super('boxes', [options.most, 6]);
    this.grids = grids;
    this.variant = variant;
    this.#options = options;
  }

  protected override checkInputs(shapes: readonly (number | null)[][]): void {
    const { logits, map } = given(this.name, shapes, INPUTS);
    requireRows(this.grids, logits, map);
  }

  protected override finish(inputs: readonly Tensor[]): Tensor {
    const { least, overlap, most } = this.#options;
    const { logits, deltas, map } = given(this.name, inputs, INPUTS);
    const grid = this.grids.under(map.shape);
    const parts = levelRanges(grid).map((range) => this.#ofLevel({ logits, deltas }, range, grid.size));
    return bestBoxes(together(parts), { iou: overlap, most, least });
  }

  #ofLevel(
    { logits, deltas }: { readonly logits: Tensor; readonly deltas: Tensor },
    { from, count, anchors }: LevelRange,
    size: AnchorGrid['size'],
  ): Candidates {
    const [images = 0, , classes = 1] = logits.shape;
    const own = slice(logits, [0, from, 0], [images, count, classes]);
    const best = topk(reshape(own, [images, count * classes]), Math.min(A_LEVEL, count * classes));
    const { rows: anchorOf, columns } = rowsAndColumns(best.indices, classes); // [B, K] each
    const boxes = decodeBoxes(
      gather(tensor2d(anchors, [count, 4]), anchorOf),
      pickRows(slice(deltas, [0, from, 0], [images, count, 4]), anchorOf),
      ANCHOR_STD,
      { symmetric: this.variant === 'mmdetection' },
    );
    return {
      boxes: clipBoxes(boxes, size),
      scores: sigmoid(best.values),
      classes: columns,
    };
  }
}
