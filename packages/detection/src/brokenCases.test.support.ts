import {
  add,
  expandDims,
  gather,
  grad,
  mul,
  ones,
  reshape,
  slice,
  sum,
  tensor2d,
  type Rank,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import type { GoldenCase } from './golden.test.support.ts';
import {
  assign,
  assignBoxes,
  classNms,
  decodeBoxes,
  encodeBoxes,
  focalLoss,
  giouLoss,
  iou,
  nms,
  overlap,
  pairIou,
  sample,
  smoothL1,
} from './index.ts';

const SOUND = [0, 0, 10, 10];

/** Boxes that mean nothing: without area, swapped, of NaN, endless. */
const BROKEN = [
  [5, 5, 5, 5],
  [0, 0, 0, 10],
  [10, 10, 0, 0],
  [NaN, 0, 10, 10],
  [0, 0, 10, NaN],
  [NaN, NaN, NaN, NaN],
  [0, 0, Infinity, 10],
  [-Infinity, 0, 10, 10],
  [0, 0, 1e30, 1e30],
];
const boxes = { shape: [BROKEN.length, 4], data: BROKEN.flat() };
const sound = { shape: [1, 4], data: SOUND };
const none = BROKEN.map(() => 0);
const thresholds = { positive: 0.5, negative: 0.4 };

const overlaps: GoldenCase = {
  name: 'broken boxes overlap nothing, themselves included',
  inputs: { boxes, sound },
  compute: (x) => ({
    iou: iou(x['boxes']!, x['sound']!),
    turned: iou(x['sound']!, x['boxes']!),
    itself: sum(iou(x['boxes']!, x['boxes']!), 1),
    overlap: overlap(x['boxes']!, x['sound']!),
  }),
  expected: { iou: none, turned: none, itself: none, overlap: none },
};

/** Two boxes of an image, of which the first is broken or not real, beside three anchors. */
const assignment = (
  first: readonly number[],
  real: number,
  lowQuality: 'each-box' | 'own-best',
): GoldenCase => ({
  name: `a box ${first.join(' ')}, real ${real}, takes no anchor, ${lowQuality}`,
  inputs: {
    boxes: { shape: [1, 2, 4], data: [...first, ...SOUND] },
    anchors: { shape: [3, 4], data: [...SOUND, 0, 0, 10, 3, 50, 50, 60, 60] },
    real: { shape: [1, 2], data: [real, 1] },
  },
  compute: (x) => ({
    whole: assign(iou(x['boxes']!, x['anchors']!), x['real']!, { ...thresholds, lowQuality }),
    slices: assignBoxes(x['boxes']!, x['anchors']!, x['real']!, { ...thresholds, lowQuality, atOnce: 1 }),
  }),
  expected: { whole: [1, -1, -1], slices: [1, -1, -1] },
});

const overlapsOfNaN: GoldenCase = {
  name: 'overlaps of NaN count as none, and an image without boxes is background',
  inputs: {
    iou: { shape: [2, 2, 3], data: [NaN, 0.9, NaN, NaN, NaN, 0.45, 0.9, 0.9, NaN, 0.9, 0.9, 0.9] },
    real: { shape: [2, 2], data: [1, 1, 0, 0] },
  },
  compute: (x) => ({
    none: assign(x['iou']!, x['real']!, thresholds),
    each: assign(x['iou']!, x['real']!, { ...thresholds, lowQuality: 'each-box' }),
    own: assign(x['iou']!, x['real']!, { ...thresholds, lowQuality: 'own-best' }),
    nought: assign(x['iou']!, x['real']!, { positive: 0, negative: 0, lowQuality: 'each-box' }),
  }),
  expected: {
    none: [-1, 0, -2, -1, -1, -1],
    each: [-1, 0, 1, -1, -1, -1],
    own: [-1, 0, 1, -1, -1, -1],
    nought: [0, 0, 1, -1, -1, -1],
  },
};

const suppression: GoldenCase = {
  name: 'NMS keeps no broken box, no score of NaN, and boxes without area',
  inputs: {
    boxes: { shape: [BROKEN.length + 3, 4], data: [...BROKEN.flat(), ...SOUND, ...SOUND, 0, 0, 10, 9] },
    scores: {
      shape: [BROKEN.length + 3],
      data: [0.9, 0.9, -1, ...BROKEN.slice(3).map(() => 1), NaN, 0.5, -Infinity],
    },
    classes: { shape: [BROKEN.length + 3], data: [...none, 0, 0, 1] },
  },
  compute: (x) => {
    const [b, s, c] = [x['boxes'] as Tensor2D, x['scores'] as Tensor1D, x['classes'] as Tensor1D];
    return {
      ...nms(b, s, { iou: 0.5, most: 5 }),
      byClass: classNms(b, s, c, { iou: 0.5, most: 5 }).indices,
      least: nms(b, s, { iou: 0.5, most: 5, least: 0.5 }).valid,
    };
  },
  expected: {
    indices: [0, 1, 10, 2, 0],
    valid: [1, 1, 1, 1, 0],
    byClass: [0, 1, 10, 2, 0],
    least: [1, 1, 0, 0, 0],
  },
};

/** The sum of what is not finite: 0 where all is. */
const unsound = (x: Tensor): Tensor => sum(mul(x, 0));

const GAMMAS = [0, 0.5, 1, 1.5, 2, 3];

const gradients: GoldenCase = {
  name: 'values and gradients of boxes without area, and of far logits, are finite',
  inputs: {
    boxes: { shape: [3, 4], data: BROKEN.slice(0, 3).flat() },
    sound,
    logits: { shape: [6], data: [100, -100, 1e4, -1e4, 0, 50] },
    targets: { shape: [6], data: [0, 1, 0, 1, 1, 1] },
  },
  compute: (x) => {
    const { boxes, sound, logits, targets } = x as Record<'boxes' | 'sound' | 'logits' | 'targets', Tensor>;
    const slope = (f: (at: Tensor) => Tensor, at: Tensor): Tensor =>
      unsound(grad((v: Tensor) => sum(f(v)))(at));
    const std = [0.1, 0.1, 0.2, 0.2] as const;
    return {
      giou: slope((b) => giouLoss(b, sound), boxes),
      same: slope((b) => giouLoss(b, boxes), boxes),
      pair: slope((b) => pairIou(b, boxes), boxes),
      encoded: unsound(encodeBoxes(boxes, expandDims(boxes, 1), std)),
      decoded: slope((d) => decodeBoxes(boxes, d, std, {}), mul(boxes, 1e4)),
      ...Object.fromEntries(
        GAMMAS.map((gamma) => [
          `gamma ${gamma}`,
          slope((l) => focalLoss(l, targets, { alpha: 0.25, gamma }), logits),
        ]),
      ),
      l1: slope((l) => smoothL1(l, { beta: 0 }), logits),
    };
  },
  expected: Object.fromEntries(
    ['giou', 'same', 'pair', 'encoded', 'decoded', 'l1', ...GAMMAS.map((gamma) => `gamma ${gamma}`)].map(
      (name) => [name, [0]],
    ),
  ),
};

const matching: GoldenCase = {
  name: 'no gradient is asked of a matching whose boxes depend on what is learnt',
  inputs: { moved: { shape: [1, 4], data: [1, 1, 1, 1] }, boxes: { shape: [1, 1, 4], data: [2, 2, 10, 10] } },
  compute: ({ moved, boxes }) => {
    const anchors = tensor2d([SOUND, [0, 0, 5, 5], [40, 40, 50, 50]]);
    const loss = (by: Tensor): Tensor => {
      const found: Tensor2D = add(anchors, by); // [3, 4]
      const scores: Tensor1D = slice(reshape<Rank.R1>(found, [12]), 0, 3);
      const { indices, valid } = nms(found, scores, { iou: 0.5, most: 3 });
      const assigned = assignBoxes(boxes!, found, ones([1, 1]), { ...thresholds, lowQuality: 'each-box' });
      const { indices: drawn, weights } = sample(assigned, reshape(iou(boxes!, found), [1, 3]), {
        count: 2,
        positives: 0.5,
      });
      const kept = mul(gather(found, indices), expandDims(valid, 1)); // [3, 4]
      return add(sum(kept), sum(mul(gather(found, reshape(drawn, [2])), reshape(weights, [2, 1]))));
    };
    return { gradient: grad(loss)(moved!) };
  },
  expected: { gradient: [5, 5, 5, 5] }, // three boxes kept, and two drawn
};

const badBoxes = BROKEN.flatMap((box) =>
  (['each-box', 'own-best'] as const).map((rule) => assignment(box, 1, rule)),
);

/** Inputs that no data has when all is well, and what is to be made of them. */
export const brokenCases: readonly GoldenCase[] = [
  overlaps,
  ...badBoxes,
  assignment(SOUND, 0, 'each-box'),
  assignment(SOUND, 0, 'own-best'),
  overlapsOfNaN,
  suppression,
  gradients,
  matching,
];
