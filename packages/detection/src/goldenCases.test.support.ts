import {
  expandDims,
  grad,
  mul,
  ones,
  sum,
  type Tensor,
  type Tensor1D,
  type Tensor2D,
} from '@tensorflow/tfjs-core';
import { streamTensor } from '@understory/core/testing';
import { goldens, type GoldenCase } from './golden.test.support.ts';
import {
  assign,
  assignBoxes,
  classNms,
  clipBoxes,
  decodeBoxes,
  encodeBoxes,
  focalLoss,
  giouLoss,
  iou,
  nms,
  overlap,
  pairGiou,
  pairIou,
  sample,
  smoothL1,
  type Kept,
} from './index.ts';

/** A function's values, and the gradient of their sum weighted by T(shape, seed), as the script takes it. */
const valueAndGradient = (f: (x: Tensor) => Tensor, x: Tensor, seed: number): Record<string, Tensor> => {
  const value = f(x);
  const weights = streamTensor(value.shape, seed);
  return { value, gradient: grad((at: Tensor) => sum(mul(f(at), weights)))(x) };
};

const overlaps: GoldenCase = {
  name: 'overlaps of all pairs',
  inputs: { a: goldens.iou.a, b: goldens.iou.b },
  compute: ({ a, b }) => ({
    iou: iou(a!, b!),
    overlap: overlap(a!, b!),
    pairIou: pairIou(expandDims(a!, 1), expandDims(b!, 0)),
    giou: pairGiou(expandDims(a!, 1), expandDims(b!, 0)),
  }),
  expected: {
    iou: goldens.iou.iou.data,
    overlap: goldens.iou.overlap.data,
    pairIou: goldens.iou.iou.data,
    giou: goldens.iou.giou.data,
  },
};

const giou: GoldenCase = {
  name: 'GIoU loss',
  inputs: { boxes: goldens.giou.boxes, targets: goldens.giou.targets },
  compute: ({ boxes, targets }) => valueAndGradient((x) => giouLoss(x, targets!), boxes!, 6),
  expected: { value: goldens.giou.value.data, gradient: goldens.giou.gradient.data },
};

const coders = goldens.coder.map(
  ({ std, symmetric, anchors, boxes, deltas, encoded, decoded, gradient }): GoldenCase => ({
    name: `box coder, std ${std.join(' ')}, symmetric ${symmetric}`,
    inputs: { anchors, boxes, deltas },
    compute: (x) => ({
      ...valueAndGradient((d) => decodeBoxes(x['anchors']!, d, std, { symmetric }), x['deltas']!, 8),
      encoded: encodeBoxes(x['anchors']!, x['boxes']!, std),
    }),
    expected: { value: decoded.data, gradient: gradient.data, encoded: encoded.data },
  }),
);

const assignments = goldens.assign.cases.map(({ options, assigned }): GoldenCase => {
  const { positive, negative, lowQuality = 'no', least } = options;
  return {
    name: `assignment ${positive} / ${negative}, ${lowQuality} low quality${least ? ` from ${least}` : ''}`,
    inputs: { boxes: goldens.assign.boxes, anchors: goldens.assign.anchors },
    compute: ({ boxes, anchors }) => {
      const real = ones([1, boxes!.shape[0]]);
      const rows = expandDims(boxes!, 0);
      return {
        whole: assign(iou(rows, anchors!), real, options),
        slices: assignBoxes(rows, anchors!, real, { ...options, atOnce: 200 }),
        single: assignBoxes(rows, expandDims(anchors!, 0), real, options),
      };
    },
    expected: { whole: assigned, slices: assigned, single: assigned },
  };
});

/** Places kept, in front of zeros. */
const filled = (kept: readonly number[], most: number): number[] =>
  Array.from({ length: most }, (_, i) => kept[i] ?? 0);

const counted = (kept: readonly number[], most: number): number[] =>
  Array.from({ length: most }, (_, i) => (i < kept.length ? 1 : 0));

const suppressions = goldens.nms.cases.flatMap(({ iou: threshold, kept, by_class }) =>
  [30, 100, 120].map((most): GoldenCase => {
    const all = ({ indices, valid }: Kept, name: string): Record<string, Tensor> => ({
      [name]: indices,
      [`${name} valid`]: valid,
    });
    return {
      name: `NMS ${threshold}, at most ${most}`,
      inputs: { boxes: goldens.nms.boxes, scores: goldens.nms.scores, classes: goldens.nms.classes },
      compute: ({ boxes, scores, classes }) => {
        const [b, s, c] = [boxes as Tensor2D, scores as Tensor1D, classes as Tensor1D];
        return {
          ...all(nms(b, s, { iou: threshold, most }), 'kept'),
          ...all(classNms(b, s, c, { iou: threshold, most }), 'by class'),
        };
      },
      expected: {
        kept: filled(kept, most),
        'kept valid': counted(kept, most),
        'by class': filled(by_class, most),
        'by class valid': counted(by_class, most),
      },
    };
  }),
);

const focals = goldens.focal.cases.map(({ options, targets, value, gradient }, i): GoldenCase => ({
  name: `focal loss, alpha ${options.alpha}, gamma ${options.gamma}, targets ${i % 2}`,
  inputs: { logits: goldens.focal.logits, targets },
  compute: (x) => valueAndGradient((l) => focalLoss(l, x['targets']!, options), x['logits']!, 33),
  expected: { value: value.data, gradient: gradient.data },
}));

const smooths = goldens.smoothL1.cases.map(({ beta, value, gradient }): GoldenCase => ({
  name: `smooth L1, beta ${beta}`,
  inputs: { difference: goldens.smoothL1.difference },
  compute: ({ difference }) => valueAndGradient((d) => smoothL1(d, { beta }), difference!, 42),
  expected: { value: value.data, gradient: gradient.data },
}));

const samples = goldens.sample.cases.map(({ indices, weights, ...options }): GoldenCase => ({
  name: `sample of ${options.count}, positives ${options.positives}`,
  inputs: { assigned: goldens.sample.assigned, keys: goldens.sample.keys },
  compute: ({ assigned, keys }) => ({ ...sample(assigned!, keys!, options) }),
  expected: { indices: indices.flat(), weights: weights.flat() },
}));

const clip: GoldenCase = {
  name: 'boxes clipped to the image',
  inputs: { boxes: goldens.clip.boxes, frame: { shape: [1, 4], data: [0, 0, ...goldens.clip.size] } },
  compute: ({ boxes, frame }) => ({
    bySize: clipBoxes(boxes!, goldens.clip.size),
    byFrame: clipBoxes(expandDims(boxes!, 0), frame!),
  }),
  expected: { bySize: goldens.clip.clipped.data, byFrame: goldens.clip.clipped.data },
};

export const goldenCases: readonly GoldenCase[] = [
  overlaps,
  giou,
  ...coders,
  ...assignments,
  ...suppressions,
  ...samples,
  clip,
  ...focals,
  ...smooths,
];
