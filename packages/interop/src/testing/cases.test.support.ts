import { readFileSync } from 'node:fs';
import * as backbones from '@understory/backbones';
import { float32, type Backbone, type NdArray, type NdArrays } from '@understory/core';
import { streamValues } from '@understory/core/testing';

/** A network of other code: `testdata/names.py`. */
export interface NameCase {
  readonly code: string;
  readonly function: string;
  readonly options: Readonly<Record<string, unknown>> & { readonly variant: string };
  readonly side: number;
  readonly logits: readonly number[];
  readonly embeddings?: readonly (readonly number[])[];
  readonly tensors: readonly (readonly [name: string, shape: readonly number[]])[];
}

export const nameCases = JSON.parse(
  readFileSync(new URL('../../testdata/names.json', import.meta.url), 'utf8'),
) as readonly NameCase[];

const product = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

const valueOf = (name: string, shape: readonly number[], s: number): NdArray => {
  const u = streamValues(shape, s);
  const scale = Math.sqrt(3 / product(shape.slice(1)));
  const of = (v: number): number => {
    if (shape.length >= 2) return v * scale;
    if (name.endsWith('weight')) return 1 + 0.25 * v;
    return name.endsWith('running_var') ? 1 + 0.5 * v : 0.25 * v;
  };
  return float32(u.map(of), shape);
};

/** The file that the case's network would be saved as. */
export const fileOf = ({ tensors }: NameCase): NdArrays =>
  Object.fromEntries(tensors.map(([name, shape], i) => [name, valueOf(name, shape, 100 + i)]));

/** The same network here, its weights all zero. */
export const backboneOf = ({ function: name, options, side }: NameCase): Backbone => {
  const make = (backbones as unknown as Record<string, (args: object) => Backbone>)[name]!;
  return make({ ...options, classes: 7, size: side, blank: true });
};
