import type { RecordedGraph } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';

import { agreementOf, errorOf, expectedAgreement, rowsOf, scoreOutputs } from './scores.ts';

const graph = (shapes: Readonly<Record<string, readonly number[]>>): RecordedGraph => ({
  nodes: Object.entries(shapes).map(([name, shape]) => ({
    ...{ name, op: 'Identity', inputs: [], attributes: {} },
    gives: [{ dtype: 'float32', shape }],
  })),
  inputs: {},
  outputs: Object.fromEntries(Object.keys(shapes).map((name) => [name, name])),
});

describe('scores of classes', () => {
  it('are rows of several numbers, not boxes, pixels or one number an image', () => {
    const shapes = { logits: [-1, 3], inside: [-1, 1], detections: [-1, 10, 6], mask: [-1, 8, 8, 3] };
    expect(scoreOutputs(graph(shapes))).toEqual(['logits']);
  });

  it('agree where the likeliest class is the same, and differ by how far it moves from the one after it', () => {
    const data = Float32Array.of(0.7, 0.3, 0.4, 0.6);
    const wanted = rowsOf({ p: { dtype: 'float32', shape: [2, 2], data } }, ['p']);
    const made = [Float32Array.of(0.6, 0.4), Float32Array.of(0.5, 0.4)];
    expect(agreementOf(made, wanted)).toBe(0.5);
    const moved = [Math.log(7 / 3) - Math.log(3 / 2), Math.log(3 / 2) - Math.log(4 / 5)];
    expect(errorOf(made, wanted)).toBeCloseTo(moved[0]! ** 2 + moved[1]! ** 2, 5);
    expect(agreementOf(wanted, wanted)).toBe(1);
    expect(expectedAgreement(wanted, wanted)).toBe(1);
  });

  it('are compared as logits where those of an image happen to be positive', () => {
    expect(errorOf([Float32Array.of(-0.01, 2)], [Float32Array.of(0.1, 2)])).toBeCloseTo(0.11 ** 2, 5);
  });

  it('can be expected to agree as often as many other images do', () => {
    const count = 4000;
    const numbers = [...streamValues([count, 4], 8)];
    const noise = [...streamValues([count, 4], 9)].map((v) => v * 0.2);
    const rows = (of: readonly number[]) =>
      Array.from({ length: count }, (_, i) => Float32Array.from(of.slice(4 * i, 4 * i + 4)));
    const [wanted, made] = [rows(numbers), rows(numbers.map((v, i) => v + noise[i]!))];
    const few = expectedAgreement(made.slice(0, 250), wanted.slice(0, 250));
    expect(agreementOf(made, wanted)).toBeLessThan(0.95);
    expect(Math.abs(few - agreementOf(made, wanted))).toBeLessThan(0.02);
  });
});
