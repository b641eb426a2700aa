import type { RecordedGraph } from '@understory/core';
import { describe, expect, it } from 'vitest';
import { agreementOf, errorOf, rowsOf, scoreOutputs } from './scores.ts';

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

  it('agree where the likeliest class is the same, and differ by their squares', () => {
    const data = Float32Array.of(0.7, 0.3, 0.4, 0.6);
    const wanted = rowsOf({ logits: { dtype: 'float32', shape: [2, 2], data } }, ['logits']);
    const made = [Float32Array.of(0.6, 0.4), Float32Array.of(0.5, 0.4)];
    expect(agreementOf(made, wanted)).toBe(0.5);
    expect(errorOf(made, wanted)).toBeCloseTo(0.02 + 0.05, 6);
    expect(agreementOf(wanted, wanted)).toBe(1);
  });
});
