import { createHash } from 'node:crypto';
import { float32, type UnderstoryError, type NdArray, type NdArrays, type Step } from '@understory/core';
import { elementsIn } from '../graph/value.ts';
import { compiledRunner, type CompiledRunner, type CompiledRunnerOptions } from '../run/compiledRunner.ts';

/** Makes runners for tests, and ends them all. */
export const runnerPool = (): {
  runner: (options?: CompiledRunnerOptions) => CompiledRunner;
  disposeAll: () => void;
} => {
  const made: CompiledRunner[] = [];
  return {
    runner(options) {
      made.push(compiledRunner(options));
      return made.at(-1)!;
    },
    disposeAll() {
      for (const one of made.splice(0)) one.dispose();
    },
  };
};

/** Numbers between −1 and 1 that look random, without the correlations of a sine's. */
export const noise = (length: number, seed: number): Float32Array =>
  Float32Array.from({ length }, (_, i) => {
    const mixed = Math.imul((i + seed * 0x9e3779b1) ^ (i >>> 15), 0x85ebca6b);
    return Math.imul(mixed ^ (mixed >>> 13), 0xc2b2ae35) / 2 ** 31;
  });

/** Noise of a shape. */
export const filled = (seed: number, ...shape: readonly number[]): NdArray =>
  float32(noise(elementsIn(shape), seed), shape);

/** What a promise is rejected with. */
export const failure = (promise: Promise<unknown>): Promise<UnderstoryError> =>
  promise.then(
    () => Promise.reject(new Error('It was not refused')),
    (error: unknown) => error as UnderstoryError,
  );

/** The first number of a step's first output. */
export const firstNumber = async (step: Step, inputs: NdArrays = {}): Promise<number> =>
  Object.values(await step.run(inputs))[0]!.data[0]!;

const rootMeanSquare = (a: ArrayLike<number>): number =>
  Math.sqrt(Array.from(a).reduce((sum, x) => sum + x * x, 0) / Math.max(1, a.length));

/** How far numbers are from others, as a share of these. */
export const differenceOf = (a: ArrayLike<number>, b: ArrayLike<number>): number =>
  rootMeanSquare(Array.from(a, (x, i) => x - b[i]!)) / (rootMeanSquare(b) || 1);

/** Of all bits of a step's results. */
export const hashOf = (results: Readonly<Record<string, { readonly data: ArrayLike<number> }>>): string =>
  Object.values(results)
    .reduce((hash, { data }) => hash.update(Float32Array.from(data)), createHash('sha256'))
    .digest('hex');
