import type { io } from '@tensorflow/tfjs-core';
import { copiedPart, float32, joinBytes } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { eightBits } from './eightBits.ts';
import { halves } from './halves.ts';
import { roundedWeights } from './roundedWeights.ts';
import { transposed } from './transposed.ts';

/** What a float16 says, by IEEE 754. */
const fromHalf = (bits: number): number => {
  const [sign, exponent, mantissa] = [bits >> 15 ? -1 : 1, (bits >> 10) & 31, bits & 1023];
  if (exponent === 31) return mantissa ? NaN : sign * Infinity;
  return exponent === 0 ? sign * mantissa * 2 ** -24 : sign * (1 + mantissa / 1024) * 2 ** (exponent - 15);
};

it('rounds to the nearest float16, ties to even', () => {
  const known = [
    ...[
      [0, 0],
      [-0, 0x8000],
      [1, 0x3c00],
      [-2, 0xc000],
      [65504, 0x7bff],
      [65520, 0x7c00],
      [Infinity, 0x7c00],
    ],
    ...[
      [2 ** -24, 1],
      [2 ** -25, 0],
      [3 * 2 ** -25, 2],
      [2 ** -14, 0x0400],
      [1 + 2 ** -11, 0x3c00],
      [1 + 3 * 2 ** -11, 0x3c02],
    ],
  ] as [number, number][];
  expect([...halves(known.map(([value]) => value))]).toEqual(known.map(([, bits]) => bits));
  expect(fromHalf(halves([NaN])[0]!)).toBeNaN();
  fc.assert(
    fc.property(fc.float({ min: -60000, max: 60000, noNaN: true }), (value) => {
      const step = Math.max(2 ** -24, 2 ** (Math.floor(Math.log2(Math.abs(value) || 1)) - 10));
      expect(Math.abs(fromHalf(halves([value])[0]!) - value)).toBeLessThanOrEqual(step / 2);
    }),
    { seed: 1, numRuns: 300 },
  );
});

it('rounds each channel to eight bits by its largest weight, and zeros to zeros', () => {
  const array = float32([1, 0.5, -0.25, 0, -4, 0, 2, 0], [4, 2]);
  const { numbers, scales } = eightBits(array, 1);
  expect([...scales].map((v) => v * 127)).toEqual([expect.closeTo(4, 5), expect.closeTo(0.5, 5)]);
  expect([...numbers]).toEqual([32, 127, -8, 0, -127, 0, 64, 0]);
});

it('changes the order of sides as a transpose does', () => {
  const array = float32(
    Array.from({ length: 24 }, (_, i) => i),
    [2, 3, 4],
  );
  const { shape, data } = transposed(array, [2, 0, 1]);
  expect(shape).toEqual([4, 2, 3]);
  for (let a = 0; a < 2; a++)
    for (let b = 0; b < 3; b++)
      for (let c = 0; c < 4; c++) expect(data[(c * 2 + a) * 3 + b]).toBe(array.data[(a * 3 + b) * 4 + c]);
});

describe('a graph of plain tfjs in eight bits', () => {
  const weights = {
    anchors: float32(streamValues([300, 4], 1), [300, 4]),
    filter: float32(streamValues([3, 3, 8, 32], 2), [3, 3, 8, 32]),
  };
  const bytes = joinBytes(Object.values(weights).map(({ data }) => new Uint8Array(data.buffer)));
  const artifacts: io.ModelArtifacts = {
    format: 'graph-model',
    modelTopology: {
      node: [
        ...['pixels', 'filter', 'anchors'].map((name) => ({ name, op: 'Const' })),
        { name: 'maps', op: 'Conv2D', input: ['pixels', 'filter'] },
        { name: 'boxes', op: 'AddV2', input: ['maps', 'anchors'] },
      ],
    },
    weightSpecs: Object.entries(weights).map(([name, { shape }]) => ({
      ...{ name, shape: [...shape], dtype: 'float32' as const },
    })),
    weightData: copiedPart(bytes, 0, bytes.length),
  };

  it('has the weights of its layers rounded, and no anchors', () => {
    const { weightSpecs = [] } = roundedWeights(artifacts, 'int8');
    expect(weightSpecs.map(({ name, quantization }) => [name, quantization?.dtype])).toEqual([
      ['anchors', undefined],
      ['filter', 'uint8'],
    ]);
  });

  it('keeps weights that are all one number', () => {
    const ninths = new Float32Array(1024).fill(1 / 9);
    const { weightSpecs = [], weightData } = roundedWeights(
      {
        weightSpecs: [{ name: 'a', shape: [32, 32], dtype: 'float32' }],
        weightData: new Uint8Array(ninths.buffer).buffer,
      },
      'int8',
    );
    const { scale = 0, min = 0 } = weightSpecs[0]?.quantization ?? {};
    const [first = 0] = new Uint8Array(weightData as ArrayBuffer);
    expect(first * scale + min).toBeCloseTo(1 / 9, 6);
  });
});
