import fc from 'fast-check';
import { expect, it } from 'vitest';
import type { GraphNode, Value } from '../graph/value.ts';
import { cheapest, type Cut } from './cuts.ts';

const node: GraphNode = { op: 'Relu', name: 'relu', id: 0, inputs: [], attributes: [], outputs: [] };
const mapOf = (id: number): Value => ({ id, dtype: 1, shape: [1, 1, 1, 1], node, index: 0 });

const cuts = fc
  .array(fc.record({ size: fc.nat(50), inside: fc.nat(200) }), { minLength: 1, maxLength: 7 })
  .map((all) => all.map((one, id): Cut => ({ ...one, map: mapOf(id) })));

/** Numbers in memory at most, where the maps of these cuts are held: they, and what lies between two of them. */
const mostOf = (all: readonly Cut[], held: readonly Value[]): number => {
  const own = all.filter(({ map }) => held.includes(map)).reduce((sum, { size }) => sum + size, 0);
  const between = all.reduce(
    ([...parts], { map, size, inside }) => {
      const last = (parts.pop() ?? 0) + inside;
      return held.includes(map) ? [...parts, last, 0] : [...parts, last + size];
    },
    [0],
  );
  return own + Math.max(...between);
};

const subsetsOf = (all: readonly Cut[]): Value[][] =>
  all.reduce<Value[][]>((sets, { map }) => [...sets, ...sets.map((set) => [...set, map])], [[]]);

it('takes the least memory of all choices', () => {
  fc.assert(
    fc.property(cuts, (all) => {
      const least = Math.min(...subsetsOf(all).map((held) => mostOf(all, held)));
      expect(mostOf(all, cheapest(all))).toBe(least);
    }),
  );
});

it('holds maps at even distances where all layers are alike', () => {
  const alike = Array.from({ length: 16 }, (_, id): Cut => ({ map: mapOf(id), size: 10, inside: 30 }));
  const held = cheapest(alike).map(({ id }) => id);
  expect(held.length).toBeGreaterThanOrEqual(4);
  expect(held.length).toBeLessThanOrEqual(8);
  expect(mostOf(alike, cheapest(alike))).toBeLessThan(16 * 40 * 0.4);
});
