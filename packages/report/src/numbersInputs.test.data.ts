import { float32, uint8, type NdArray } from '@understory/core';
import type { ReportInput, ReportMethod } from './input.ts';
import { sampleInput } from './sample.test.data.ts';

/** Two stages alone: to lay out their maps takes a while. */
export const few = (input: ReportInput): ReportInput => ({
  ...input,
  methods: input.methods.map((method) => ({ ...method, embeddings: (method.embeddings ?? []).slice(0, 1) })),
});

export const sampled = (): ReportInput => {
  const { sample, ...input } = few(sampleInput());
  const count = 60;
  const cut = ({ data, shape: [, width = 0] }: NdArray): NdArray =>
    float32(Float32Array.from(data).slice(0, count * width), [count, width]);
  return {
    ...input,
    sample: { labels: sample!.labels!.slice(0, count), pictures: sample!.pictures!.slice(0, count) },
    methods: input.methods.map((method) => ({
      ...method,
      embeddings: method.embeddings!.map((e) => ({
        ...e,
        values: cut(e.values),
        again: cut(e.again!),
      })),
    })),
  };
};

export const depths = (): ReportInput => {
  const numbers = (knn: number) => ({
    accuracy: 0.5,
    'stage1/knn': knn,
    'stage2/knn': knn + 0.11,
    'stage1/spread': -2.512,
    'stage2/spread': 37 * knn,
  });
  const methods = [0.4, 0.63].map((knn, i): ReportMethod => {
    const split = { validation: numbers(knn - 0.2), test: numbers(knn) };
    return {
      label: `method ${i}`,
      seconds: 1,
      parameters: { inference: 1, heads: 0 },
      depth: {
        taps: ['stage1', 'stage2'],
        measures: {
          knn: { title: 'Nearest neighbours', about: '', share: true, shown: 'curves' },
          spread: { title: 'Spread', about: '' },
        },
      },
      epochs: [0, 1].map((epoch) => ({ epoch, step: epoch, metrics: numbers(knn - 0.1 + 0.07 * epoch) })),
      result: { selectOn: 'validation', bestEpoch: 1, last: split, best: split },
      ...(i > 0 && { likeness: { stage1: 0.912, stage2: 0.25 } }),
    };
  });
  return {
    title: 'Depths',
    date: '2026-11-28',
    dataset: { name: 'pets', classes: ['cat', 'dog'] },
    metrics: [{ name: 'accuracy', goal: 'max' }],
    methods,
    kept: {
      seeds: [5, 7, 8],
      machine: 'another one',
      methods: methods.map(({ label }, i) => ({ label, accuracy: [0.511, 0.5523, 0.4 + 0.2 * i] })),
      differences: ['method 1 against method 0: 6.67 (-2.0 to 15.3) points'],
    },
  };
};

/** Images of which a class is said with its probability. */
export const classed = (): ReportInput => {
  const names = ['cat', 'dog', 'owl', 'yak'];
  const images = [0, 1].map((at) => ({
    picture: uint8(new Uint8Array(12), [2, 2, 3]),
    targets: { class: uint8(Uint8Array.of(at), []) },
  }));
  const examples = images.map((_, at) => ({
    kind: 'class' as const,
    classes: names.map((name, i) => ({ class: name, probability: [0.512, 0.3, 0.15, 0.038][(i + at) % 4]! })),
  }));
  return {
    title: 'Classes',
    date: '2026-11-28',
    dataset: { name: 'pets', classes: names },
    methods: [{ label: 'one', examples }],
    examples: { targets: { class: { kind: 'class', dtype: 'uint8', shape: [] } }, images },
  };
};
