import {
  float32,
  seedOf,
  uint8,
  type NdArrays,
  type Prediction,
  type RunResult,
  type Targets,
} from '@understory/core';
import { drawFigure } from './figure.test.data.ts';
import type { Example, MeasuredNumber, Picture, ReportInput, ReportMethod } from './input.ts';

const seed = seedOf(11);
const COUNT = 8;

/** A made-up task: its classes, what is true of an image, and what a network that is right so often says of it. */
interface MadeUp {
  readonly task: string;
  readonly classes: readonly string[];
  readonly metrics: readonly MeasuredNumber[];
  readonly targets: Targets;
  readonly side: number;
  readonly example: (at: number) => { readonly picture: Picture; readonly targets: NdArrays };
  readonly say: (targets: NdArrays, skill: number, at: number) => Prediction;
}

const METHODS = [
  { label: 'baseline', skill: 0.75 },
  { label: 'contrastive deep supervision', skill: 0.9 },
] as const;

const LABELS = ['red', 'green', 'blue', 'circle', 'square', 'triangle'];
const labels: MadeUp = {
  task: 'multi-label',
  classes: LABELS,
  metrics: [
    { name: 'f1', goal: 'max' },
    { name: 'map', goal: 'max' },
  ],
  targets: { labels: { kind: 'labels', dtype: 'uint8', shape: [LABELS.length] } },
  side: 32,
  example(at) {
    const rng = seed.at('labels', at).rng();
    const has = Uint8Array.from(LABELS, () => Number(at !== 3 && rng.uniform() < 0.45));
    return { picture: drawFigure(at % 9, at), targets: { labels: uint8(has, [LABELS.length]) } };
  },
  say({ labels: { data } = uint8(new Uint8Array(), [0]) }, skill, at) {
    const rng = seed.at('say', at).rng();
    const probabilities = Array.from(data, (has) => {
      const sure = 0.55 + 0.44 * rng.uniform();
      return rng.uniform() < skill === (has === 1) ? sure : 1 - sure;
    });
    return {
      kind: 'labels',
      labels: LABELS.map((name, c) => ({ class: name, probability: probabilities[c]! })),
      chosen: LABELS.filter((_, c) => probabilities[c]! > 0.5),
    };
  },
};

const THINGS = ['background', 'Animals & Nature', 'face', 'flag'];
/** Discs of some classes on a ground of noise, by the distance to their middles. */
const discs = (
  at: number,
  side: number,
): { readonly picture: Picture; readonly map: Uint8Array; readonly boxes: number[][] } => {
  const rng = seed.at('discs', at).rng();
  const data = Uint8Array.from({ length: side * side * 3 }, () => 120 + rng.integer(0, 60));
  const map = new Uint8Array(side * side);
  const boxes: number[][] = [];
  for (let k = 0; k < 1 + (at % 3); k++) {
    const [c, r] = [1 + rng.integer(0, 2), side * (0.12 + 0.14 * rng.uniform())];
    const [y, x] = [r + rng.uniform() * (side - 2 * r), r + rng.uniform() * (side - 2 * r)];
    boxes.push([y - r, x - r, y + r, x + r, c]);
    for (let i = 0; i < side * side; i++) {
      if (Math.hypot(Math.floor(i / side) - y, (i % side) - x) > r) continue;
      map[i] = c;
      data.set([230 - 60 * c, 60 + 55 * c, 40 + ((90 * c) % 200)], i * 3);
    }
  }
  for (let i = 0; i < side; i++) map[i] = 255; // a row that nobody labelled
  return { picture: uint8(data, [side, side, 3]), map, boxes };
};

const map: MadeUp = {
  task: 'semantic-segmentation',
  classes: THINGS,
  metrics: [{ name: 'mean-iou', goal: 'max' }],
  targets: { map: { kind: 'map', dtype: 'uint8', shape: [64, 64], outside: 255 } },
  side: 64,
  example(at) {
    const { picture, map: values } = discs(at, 64);
    return { picture, targets: { map: uint8(values, [64, 64]) } };
  },
  say({ map: truth }, skill, at) {
    const rng = seed.at('say', at).rng();
    const shift = Math.round((1 - skill) * 30);
    const said = Int32Array.from({ length: 64 * 64 }, (_, i) => {
      const from = Math.min(64 * 64 - 1, i + shift);
      const c = truth!.data[from]!;
      return c > 3 ? 0 : rng.uniform() < 0.97 ? c : rng.integer(0, 3);
    });
    return { kind: 'map', size: [64, 64], classes: THINGS, map: said };
  },
};

const boxes: MadeUp = {
  task: 'detection',
  classes: THINGS,
  metrics: [{ name: 'ap50', goal: 'max' }],
  targets: { boxes: { kind: 'boxes', dtype: 'float32', shape: [4, 5] } },
  side: 96,
  example(at) {
    const { picture, boxes: found } = discs(at, 96);
    const all = new Float32Array(20);
    found.forEach((box, i) => all.set(box, i * 5));
    return { picture, targets: { boxes: float32(all, [4, 5]) } };
  },
  say({ boxes: truth }, skill, at) {
    const rng = seed.at('say', at).rng();
    const near = (v: number): number => v + (1 - skill) * 40 * (rng.uniform() - 0.5);
    const said = [0, 1, 2, 3].flatMap((i) => {
      const [top = 0, left = 0, bottom = 0, right = 0, c = 0] = truth!.data.subarray(i * 5, i * 5 + 5);
      if (bottom <= top || rng.uniform() > skill) return [];
      const box = [near(top), near(left), near(bottom), near(right)] as const;
      return [{ class: THINGS[c]!, probability: 0.4 + 0.6 * rng.uniform(), box }];
    });
    return { kind: 'boxes', boxes: said };
  },
};

const scored = (metrics: readonly MeasuredNumber[], value: number): Record<string, number> =>
  Object.fromEntries(metrics.map(({ name }, i) => [name, value - 0.1 * i]));

const resultOf = (metrics: readonly MeasuredNumber[], value: number): RunResult => {
  const split = { validation: scored(metrics, value + 0.02), test: scored(metrics, value) };
  return { selectOn: 'validation', bestEpoch: 3, best: split, last: split };
};

const methodOf = (
  { label, skill }: (typeof METHODS)[number],
  metrics: readonly MeasuredNumber[],
  examples: readonly Prediction[],
): ReportMethod => ({
  ...{ label, examples },
  epochs: [0, 1, 2, 3].map((epoch) => ({
    epoch,
    step: 10 * (epoch + 1),
    metrics: scored(metrics, skill - 0.3 / (epoch + 1)),
  })),
  steps: Array.from({ length: 40 }, (_, step) => ({ step, loss: 2 / (1 + step / 10), terms: {} })),
  result: resultOf(metrics, skill - 0.1),
  seconds: 60,
  parameters: { inference: 12_345, heads: 0 },
  embeddings: [
    {
      stage: 'stage1',
      values: float32(
        Float32Array.from({ length: COUNT * 4 }, (_, i) => Math.sin(i * skill)),
        [COUNT, 4],
      ),
    },
  ],
});

const inputOf = ({ task, classes, metrics, targets, side, example, say }: MadeUp): ReportInput => {
  const images = Array.from({ length: COUNT }, (_, at): Example => ({
    ...example(at),
    name: `drawing ${at}`,
  }));
  const methods = METHODS.map((made) =>
    methodOf(
      made,
      metrics,
      images.map((image, at) => say(image.targets, made.skill, at)),
    ),
  );
  return {
    title: `Two ways to learn ${task}`,
    date: '2026-11-28T12:00:00Z',
    task,
    dataset: { name: 'drawings', classes, sizes: { train: 400, validation: 100, test: 120 } },
    methods,
    metrics,
    examples: { targets, images },
    sample: { pictures: images.map(({ picture }) => picture) },
    views: {
      titles: ['crop', 'flip'],
      samples: images.slice(0, 4).map(({ picture }) => ({ views: [picture, picture] })),
    },
    reproduce: { command: `understory compare ${task}-${side}.yaml`, seed: 0, versions: {} },
  };
};

/** Reports of two methods on what is no single class: labels, a map, boxes. */
export const inputsOfKinds = (): Readonly<Record<'labels' | 'map' | 'boxes', ReportInput>> => ({
  labels: inputOf(labels),
  map: inputOf(map),
  boxes: inputOf(boxes),
});
