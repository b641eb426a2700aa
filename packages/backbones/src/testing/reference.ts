import { readFileSync } from 'node:fs';
import { tidy, type Tensor } from '@tensorflow/tfjs-core';
import type { Backbone } from '@understory/core';
import { expect } from 'vitest';
import * as package_ from '../index.ts';
import { fillDeterministically, numbers, streamImages } from './deterministic.ts';

interface Probe {
  readonly shape: readonly number[];
  readonly values: readonly number[];
  readonly mean: number;
}

interface Outputs {
  readonly logits: Probe;
  readonly taps: readonly Probe[];
}

/** What PyTorch made of a narrow network: `testdata/reference.py`. */
export interface ReferenceCase {
  readonly function: string;
  readonly options: Readonly<Record<string, unknown>> & { readonly variant: string; readonly stem: string };
  readonly side: number;
  readonly parameters: number;
  readonly eval: Outputs;
  readonly train: Outputs;
  readonly statistics: readonly number[];
}

export const referenceCases = JSON.parse(
  readFileSync(new URL('../../testdata/families.json', import.meta.url), 'utf8'),
) as readonly ReferenceCase[];

/** A case of each family and kind of layer, quick enough for tfjs's own backend. */
export const quickCases = referenceCases.filter((one, i) => {
  const first = referenceCases.findIndex((other) => other.function === one.function) === i;
  return first || /resnext50$|resnet50$/.test(one.options.variant) || one.side === 72;
});

export const title = ({ function: name, options }: ReferenceCase): string =>
  `${name} ${JSON.stringify(options)}`;

/** The case's network with its deterministic weights. */
export const build = ({ function: name, options, side }: ReferenceCase): Backbone => {
  const make = package_[name as 'resnet'] as (args: object) => Backbone;
  const backbone = make({ ...options, classes: 7, size: side, blank: true });
  fillDeterministically(backbone.model, true);
  return backbone;
};

const close = (actual: number, expected: number, tolerance: number, what: string): void =>
  expect(Math.abs(actual - expected), what).toBeLessThan(tolerance * Math.max(1, Math.abs(expected)));

const compare = (actual: Tensor, { shape, values, mean }: Probe, tolerance: number, what: string): void => {
  expect(actual.shape, what).toEqual(shape);
  const flat = actual.dataSync<'float32'>();
  for (const [k, value] of values.entries()) {
    close(
      flat[Math.floor(((2 * k + 1) * flat.length) / (2 * values.length))]!,
      value,
      tolerance,
      `${what} value ${k}`,
    );
  }
  close(flat.reduce((sum, v) => sum + Math.abs(v), 0) / flat.length, mean, tolerance, `${what} mean`);
};

/** Compares logits and every tap with PyTorch's; then, after a forward pass in training mode, batch norm's averages. */
export const check = (backbone: Backbone, reference: ReferenceCase, tolerance: number): void => {
  for (const mode of ['eval', 'train'] as const) {
    tidy(() => {
      const images = streamImages(reference[mode].logits.shape[0]!, reference.side);
      const outputs = backbone.model.apply(images, { training: mode === 'train' }) as Tensor[];
      for (const [i, tap] of reference[mode].taps.entries())
        compare(outputs[i]!, tap, tolerance, `${mode} tap ${i}`);
      compare(outputs.at(-1)!, reference[mode].logits, tolerance, `${mode} logits`);
    });
  }
  const actual = statistics(backbone);
  expect(actual.length).toBe(reference.statistics.length);
  for (const [i, value] of reference.statistics.entries())
    close(actual[i]!, value, tolerance, `statistics ${i}`);
};

/** One number for each batch norm, sorted, as the reference has it. */
const statistics = (backbone: Backbone): number[] => {
  const of = (role: string): Float32Array[] =>
    backbone.model.weights
      .filter((w) => w.originalName.endsWith(`/${role}`))
      .map((w) => w.read().dataSync<'float32'>());
  const variances = of('moving_variance');
  const signature = (mean: Float32Array, variance: Float32Array): number => {
    const [a, b] = [numbers(mean.length, 7), numbers(mean.length, 8)];
    return mean.reduce((sum, m, i) => sum + a[i]! * m + b[i]! * variance[i]!, 0) / mean.length;
  };
  return of('moving_mean')
    .map((mean, i) => signature(mean, variances[i]!))
    .sort((a, b) => a - b);
};
