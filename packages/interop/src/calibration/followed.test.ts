import { float32, type RecordedGraph, type RecordedNode } from '@understory/core';
import { streamValues } from '@understory/core/testing';
import { describe, expect, it } from 'vitest';
import { constantNode } from '../graph/convolutions.ts';
import { Neighbours } from '../graph/neighbours.ts';

import { activationRange } from './activationRange.ts';
import { followed, type Curve } from './followed.ts';
import { Histogram } from './histogram.ts';

const node = (name: string, op: string, ...inputs: string[]): RecordedNode => ({
  ...{ name, op, inputs, attributes: {} },
  gives: [{ dtype: 'float32', shape: [-1, 8] }],
});

const curveOf = (...nodes: RecordedNode[]): Curve | undefined => {
  const graph: RecordedGraph = {
    nodes: [node('x', 'Conv2D'), ...nodes],
    inputs: {},
    outputs: { y: nodes.at(-1)!.name },
  };
  return followed(graph, new Neighbours(graph), 'x');
};

const silu: Curve = (x) => x / (1 + Math.exp(-x));
const points = [-30, -4, -1, 0, 0.5, 7];

describe('what follows a value', () => {
  it('is SiLU where a product with its own sigmoid goes on', () => {
    const found = curveOf(
      node('s', 'Sigmoid', 'x'),
      node('y', 'Mul', 'x', 's'),
      node('p', 'Mean', 'y'),
      node('z', 'Mul', 'y', 'p'),
    );
    for (const x of points) expect(found?.(x)).toBeCloseTo(silu(x), 6);
  });

  it('is hard swish of constants that are one number each', () => {
    const constants = [constantNode('three', float32([3], [])), constantNode('six', float32([6], []))];
    const found = curveOf(
      ...constants,
      node('a', 'AddV2', 'x', 'three'),
      node('r', 'Relu6', 'a'),
      node('m', 'Mul', 'x', 'r'),
      node('y', 'RealDiv', 'm', 'six'),
      node('next', 'Conv2D', 'y'),
    );
    for (const x of points) expect(found?.(x)).toBeCloseTo((x * Math.max(0, Math.min(6, x + 3))) / 6, 6);
  });

  it('is nothing where the value itself goes on, or several results do', () => {
    expect(curveOf(node('next', 'Conv2D', 'x'))).toBe(undefined);
    expect(curveOf(node('s', 'Sigmoid', 'x'), node('y', 'Conv2D', 's'), node('z', 'Mean', 'x'))).toBe(
      undefined,
    );
    const two = [node('s', 'Sigmoid', 'x'), node('t', 'Tanh', 'x')];
    expect(curveOf(...two, node('y', 'Conv2D', 's'), node('z', 'Conv2D', 't'))).toBe(undefined);
    expect(curveOf(constantNode('c', float32([1, 2], [2])), node('y', 'Mul', 'x', 'c'))).toBe(undefined);
  });
});

it('a range does not reach to numbers that the curve makes nothing of, and rounds the others finer', () => {
  const histogram = new Histogram();
  histogram.add([...streamValues([20_000], 3)].map((v) => 14 * v - 10));
  const [plain, curved] = [activationRange(histogram, 'mse'), activationRange(histogram, 'mse', silu)];
  expect(curved.scale).toBeLessThan(0.7 * plain.scale);
  expect(-curved.zero * curved.scale).toBeGreaterThan(-10);
  expect((255 - curved.zero) * curved.scale).toBeGreaterThan(3.5);
});
