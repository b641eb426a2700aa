import { readFileSync } from 'node:fs';
import { tensor, type Tensor } from '@tensorflow/tfjs-core';
import { expect } from 'vitest';
import type { AssignOptions, DeltaStd, FocalOptions, SampleOptions, SmoothL1Options } from './index.ts';

/** A tensor as the script writes it. */
export interface Written {
  readonly shape: number[];
  readonly data: number[];
}

interface Anchors {
  readonly strides: number[];
  readonly scales: number[];
  readonly round: boolean;
  readonly maps: [number, number][];
  readonly image?: [number, number];
  readonly anchors: Written;
}

/** What `testdata/boxes.py` writes. */
interface Goldens {
  readonly iou: Record<'a' | 'b' | 'iou' | 'giou' | 'overlap', Written>;
  readonly giou: Record<'boxes' | 'targets' | 'value' | 'gradient', Written>;
  readonly coder: readonly (Record<
    'anchors' | 'boxes' | 'encoded' | 'deltas' | 'decoded' | 'gradient',
    Written
  > & { readonly std: DeltaStd; readonly symmetric: boolean })[];
  readonly anchors: readonly Anchors[];
  readonly assign: Record<'boxes' | 'anchors', Written> & {
    readonly cases: readonly { readonly options: AssignOptions; readonly assigned: number[] }[];
  };
  readonly nms: Record<'boxes' | 'scores' | 'classes', Written> & {
    readonly cases: readonly { readonly iou: number; readonly kept: number[]; readonly by_class: number[] }[];
  };
  readonly sample: Record<'assigned' | 'keys', Written> & {
    readonly cases: readonly (SampleOptions & {
      readonly indices: number[][];
      readonly weights: number[][];
    })[];
  };
  readonly clip: Record<'boxes' | 'clipped', Written> & { readonly size: [number, number] };
  readonly focal: {
    readonly logits: Written;
    readonly cases: readonly ({ readonly options: FocalOptions } & Record<
      'targets' | 'value' | 'gradient',
      Written
    >)[];
  };
  readonly smoothL1: {
    readonly difference: Written;
    readonly cases: readonly (SmoothL1Options & Record<'value' | 'gradient', Written>)[];
  };
}

export const goldens = JSON.parse(
  readFileSync(new URL('../testdata/boxes.json', import.meta.url), 'utf8'),
) as Goldens;

/** A function of this package with inputs, and what torchvision or mmdetection make of them. */
export interface GoldenCase {
  readonly name: string;
  readonly inputs: Readonly<Record<string, Written>>;
  readonly compute: (inputs: Record<string, Tensor>) => Record<string, Tensor>;
  readonly expected: Readonly<Record<string, readonly number[]>>;
}

const typeOf = (name: string): 'int32' | 'float32' =>
  name === 'classes' || name === 'assigned' ? 'int32' : 'float32';

/** The inputs of a case as tensors. */
export const tensorsOf = ({ inputs }: GoldenCase): Record<string, Tensor> =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => [name, tensor(data, shape, typeOf(name))]),
  );

/** The inputs of a case as plain data, as compiled steps take them. */
export const valuesOf = ({ inputs }: GoldenCase) =>
  Object.fromEntries(
    Object.entries(inputs).map(([name, { shape, data }]) => {
      const dtype = typeOf(name);
      return [
        name,
        { dtype, shape, data: dtype === 'int32' ? Int32Array.from(data) : Float32Array.from(data) },
      ];
    }),
  );

/**
 * The largest error among numbers, each relative to the number expected, or to a hundredth of the largest one where that is
 * more. Infinite where a number is missing, or none.
 */
export const worstError = (actual: ArrayLike<number>, expected: readonly number[]): number => {
  if (actual.length !== expected.length) return Infinity;
  const scale = Math.max(1e-30, ...expected.map(Math.abs));
  const errors = expected.map((e, i) => Math.abs(actual[i]! - e) / Math.max(Math.abs(e), scale / 100));
  return errors.some(Number.isNaN) ? Infinity : Math.max(...errors);
};

/** Compares what a case has computed with what it is to be, within 1e-5. */
export const expectGolden = (
  { expected }: GoldenCase,
  computed: (name: string) => ArrayLike<number>,
): void => {
  for (const [name, values] of Object.entries(expected))
    expect(worstError(computed(name), values), name).toBeLessThan(1e-5);
};
