import { dispose, memory, type Tensor } from '@tensorflow/tfjs-core';
import { input, layers, model, type SymbolicTensor } from '@tensorflow/tfjs-layers';
import { fill, initialize, normalsByKernel, seedOf, stateOf } from '@understory/core';
import fc from 'fast-check';
import { expect, it } from 'vitest';

interface Wanted {
  readonly length: number;
  readonly deviation: number;
  readonly seed: number;
}

const byKernel = (wanted: readonly Wanted[]): Tensor[] | undefined =>
  normalsByKernel({
    shapes: wanted.map(({ length }) => [length]),
    deviations: wanted.map(({ deviation }) => deviation),
    states: wanted.flatMap(({ seed }) => stateOf(seedOf(seed))),
  });

const bytes = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Buffer =>
  Buffer.from(buffer, byteOffset, byteLength);

const expectAsFilled = (wanted: readonly Wanted[]): void => {
  const before = memory().numTensors;
  const drawn = byKernel(wanted)!;
  for (const [i, { length, deviation, seed }] of wanted.entries())
    expect(
      Buffer.compare(bytes(drawn[i]!.dataSync()), bytes(fill(length, { normal: deviation }, seedOf(seed)))),
    ).toBe(0);
  dispose(drawn);
  expect(memory().numTensors).toBe(before);
};

const one = fc.record({
  length: fc.oneof(fc.integer({ min: 0, max: 4 }), fc.integer({ min: 500, max: 1100 })),
  deviation: fc.double({ min: 1e-6, max: 10, noNaN: true }),
  seed: fc.nat(),
});

it('are drawn to the bits of fill, of any streams and lengths', () => {
  fc.assert(fc.property(fc.array(one, { maxLength: 12 }), expectAsFilled), { numRuns: 50 });
});

it('are drawn to the bits of fill by the million, where a logarithm takes all of its ways', () => {
  expectAsFilled([{ length: 4_000_001, deviation: 0.0417, seed: 7 }]);
});

it('are what weights begin with', () => {
  const x = input({ shape: [8, 8, 3] });
  const made = model({
    inputs: x,
    outputs: layers.conv2d({ name: 'conv', filters: 16, kernelSize: 3 }).apply(x) as SymbolicTensor,
  });
  const before = memory().numTensors;
  initialize(made, seedOf(3));
  expect(memory().numTensors).toBe(before);
  const [kernel, bias] = made.getWeights().map((weight) => weight.dataSync());
  expect(kernel).toEqual(
    fill(3 * 3 * 3 * 16, { normal: Math.sqrt(2 / (9 * 16)) }, seedOf(3).at('conv/kernel')),
  );
  expect(bias).toEqual(new Float32Array(16));
  made.dispose();
});
