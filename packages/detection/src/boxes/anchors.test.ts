import { expect, it } from 'vitest';
import { codeOf } from '../boxes.test.support.ts';
import { baseAnchors, gridAnchors } from '../index.ts';

const RATIOS = [0.5, 1, 2];
const OCTAVES = [0, 1, 2].map((i) => 4 * 2 ** (i / 3));

it('makes the exact anchors of mmdetection: all scales of a ratio, then those of the next', () => {
  const rpn = baseAnchors(4, { scales: [8], ratios: RATIOS });
  expect(rpn).toHaveLength(12);
  [-11.3137, -22.6274, 11.3137, 22.6274].forEach((v, i) => expect(rpn[i]).toBeCloseTo(v, 4));
  const retina = baseAnchors(8, { scales: OCTAVES, ratios: RATIOS });
  const halfWidths = [0, 1, 2].map((i) => retina[4 * i + 3]!);
  [22.6274, 28.5088, 35.9188].forEach((v, i) => expect(halfWidths[i]).toBeCloseTo(v, 4));
});

it('makes the rounded anchors of torchvision, halves to the even number', () => {
  const of = (stride: number, scales: number[]): number[] =>
    Array.from(baseAnchors(stride, { scales, ratios: RATIOS, round: true }));
  expect(of(4, [8])).toEqual([-11, -23, 11, 23, -16, -16, 16, 16, -23, -11, 23, 11]);
  const sides = [8, 16, 32, 64, 128].map((stride) =>
    baseAnchors(stride, { scales: OCTAVES, ratios: [1], round: true }).filter((_, i) => i % 4 === 3),
  );
  expect(sides.map((s) => Array.from(s))).toEqual([
    [16, 20, 25],
    [32, 40, 50], // 101 / 2
    [64, 80, 102], // 161 / 2, 203 / 2
    [128, 161, 203],
    [256, 322, 406], // 645 / 2
  ]);
});

it('takes sides in times of the base, which is the stride if not given', () => {
  const one = baseAnchors(8, { scales: [2], ratios: [1], base: 4 });
  expect(Array.from(one)).toEqual([-32, -32, 32, 32]);
});

it('lays levels one after another, positions row by row from the corner, all anchors of one together', () => {
  const found = gridAnchors(
    [
      [1, 2],
      [1, 1],
    ],
    { strides: [4, 8], scales: [1, 2], ratios: [1] },
  );
  expect(Array.from(found)).toEqual(
    [
      [-2, -2, 2, 2],
      [-4, -4, 4, 4],
      [-2, 2, 2, 6],
      [-4, 0, 4, 8],
      [-4, -4, 4, 4],
      [-8, -8, 8, 8],
    ].flat(),
  );
});

it('refuses another number of maps than strides', () => {
  expect(codeOf(() => gridAnchors([[1, 1]], { strides: [4, 8], scales: [1], ratios: [1] }))).toBe(
    'bad-shape',
  );
});
