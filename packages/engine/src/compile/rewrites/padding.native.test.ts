import { expect, it } from 'vitest';
import { Definitions } from '../graph/definitions.ts';
import { GraphBuilder } from '../graph/graphBuilder.ts';
import { ownAddon, TF } from '../graph/native.ts';
import { widened } from './padding.ts';

const native = ownAddon();
const graph = (): GraphBuilder => new GraphBuilder(native, new Definitions(native, ['CPU']));

it('pads a value once for each axis and length', () => {
  const builder = graph();
  const value = builder.placeholder(TF.float32, [2, 3, 4]);
  const wide = widened(value, 2, builder, 16);
  expect(wide.shape).toEqual([2, 3, 16]);
  expect(widened(value, 2, builder, 8).shape).toEqual([2, 3, 8]);
  expect(widened(value, 1, builder, 16).shape).toEqual([2, 16, 4]);
  expect(widened(value, 2, builder, 16)).toBe(wide);
  expect(widened(value, 2, builder, 4)).toBe(value);
});

it('keeps the values of one graph out of another', () => {
  const [one, other] = [graph(), graph()];
  const inOne = widened(one.placeholder(TF.float32, [4]), 0, one, 8);
  const inOther = widened(other.placeholder(TF.float32, [4]), 0, other, 8);
  expect(inOther.id).toBe(inOne.id); // numbers begin again in each graph, and nothing is mixed up by it
  expect(inOther).not.toBe(inOne);
});
