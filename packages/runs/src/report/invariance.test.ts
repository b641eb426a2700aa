import { float32, seedOf } from '@understory/core';
import { invariance, matrixOf, type Matrix } from '@understory/evaluators';
import { buildReport } from '@understory/report/node';
import { expect, it } from 'vitest';

const [IMAGES, WIDTH] = [40, 6];

/** The depth lens's number, computed in one go. */
const inLens = (first: readonly number[], second: readonly number[]): number => {
  const matrices = [first, second].map((rows) => matrixOf(Float32Array.from(rows), IMAGES, WIDTH));
  const work = invariance(...(matrices as [Matrix, Matrix]));
  for (;;) {
    const { done, value } = work.next();
    if (done === true) return value.same;
  }
};

it('invariance is one number in the depth lens and in the report', () => {
  const rng = seedOf(3).at('pairs').rng();
  const first = Array.from({ length: IMAGES * WIDTH }, () => 2 + rng.normal());
  for (const apart of [0, 0.4, 3]) {
    const second = first.map((x) => x + apart * rng.normal());
    const [values, again] = [float32(first, [IMAGES, WIDTH]), float32(second, [IMAGES, WIDTH])];
    const page = buildReport({
      title: 'pairs',
      date: '2026-11-23T12:00:00Z',
      dataset: { name: 'made up', classes: ['a', 'b'] },
      sample: { labels: Int32Array.from({ length: IMAGES }, (_, i) => i % 2) },
      secondLook: 'mirrored',
      methods: [{ label: 'm', embeddings: [{ stage: 'final', values, again }] }],
    });
    const [, told] = /Likeness of an image and its augmented copy[^"]*m: (-?\d\.\d+)/.exec(page) ?? [];
    expect(told).toBe(inLens(first, second).toFixed(2));
  }
});
