import { expandDims, ones, tensor, zeros } from '@tensorflow/tfjs-core';
import { leakedBy } from '@understory/core/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { anyBox, boxesOf, codeOf, taken } from '../boxes.test.support.ts';
import { assign, assignBoxes, iou, type AssignOptions } from '../index.ts';

const RPN: AssignOptions = { positive: 0.7, negative: 0.3 };

describe('two boxes and five anchors of the handbook', () => {
  const overlaps = tensor([0.9, 0.6, 0.1429, 0, 0, 0, 0, 0, 0.3556, 0], [1, 2, 5]);
  const of = (options: Partial<AssignOptions>): number[] =>
    taken(assign(overlaps, ones([1, 2]), { ...RPN, ...options }));

  it('gives the box without an anchor its best one, by either rule', () => {
    expect(of({ lowQuality: 'each-box', least: 0.3 })).toEqual([0, -2, -1, 1, -1]);
    expect(of({ lowQuality: 'own-best' })).toEqual([0, -2, -1, 1, -1]);
  });
  it('gives it none without the rule, or where the best is below the least', () => {
    expect(of({})).toEqual([0, -2, -1, -2, -1]);
    expect(of({ lowQuality: 'each-box', least: 0.4 })).toEqual([0, -2, -1, -2, -1]);
    expect(of({ lowQuality: 'own-best', least: 0.4 })).toEqual([0, -2, -1, -2, -1]);
  });
});

it('parts the rules where an anchor is the best of a box, but is itself nearer to another', () => {
  const overlaps = tensor([0.9, 0.2, 0.8, 0.1, 0.8, 0], [1, 3, 2]); // anchor 0 is the best of all three boxes
  const of = (lowQuality: 'each-box' | 'own-best'): number[] =>
    taken(assign(overlaps, ones([1, 3]), { ...RPN, lowQuality }));
  expect(of('each-box')).toEqual([2, -1]); // the last box wins
  expect(of('own-best')).toEqual([0, -1]);
});

it('gives a box all anchors that share its best overlap, and an anchor the first of equal boxes', () => {
  const overlaps = tensor([0.2, 0.2, 0.1, 0.75, 0, 0.75], [1, 2, 3]);
  expect(taken(assign(overlaps, ones([1, 2]), { ...RPN, lowQuality: 'own-best' }))).toEqual([1, 0, 1]);
  const torn = tensor([0.8, 0.8], [1, 2, 1]);
  expect(taken(assign(torn, ones([1, 2]), RPN))).toEqual([0]);
});

it('is positive from the one threshold on, and negative below the other', () => {
  const overlaps = tensor([0.5, 0.25, 0.24, 0.49], [1, 1, 4]);
  expect(taken(assign(overlaps, ones([1, 1]), { positive: 0.5, negative: 0.25 }))).toEqual([0, -2, -1, -2]);
});

it('is the same in slices of any size', () => {
  const many = fc.array(anyBox, { minLength: 1, maxLength: 8 });
  const rules = fc.constantFrom('each-box', 'own-best', 'none');
  fc.assert(
    fc.property(many, many, rules, fc.integer({ min: 1, max: 40 }), (boxes, anchors, rule, atOnce) => {
      const options: AssignOptions = {
        positive: 0.5,
        negative: 0.4,
        ...(rule === 'none' ? {} : { lowQuality: rule }),
      };
      const [rows, real] = [expandDims(boxesOf(boxes), 0), ones([1, boxes.length])];
      const whole = taken(assign(iou(rows, boxesOf(anchors)), real, options));
      expect(taken(assignBoxes(rows, boxesOf(anchors), real, { ...options, atOnce }))).toEqual(whole);
    }),
    { seed: 1, numRuns: 40 },
  );
});

it('leaves no tensor behind', () => {
  const overlaps = tensor([0.9, 0.2], [1, 1, 2]);
  const [boxes, real] = [tensor([0, 0, 10, 10], [1, 1, 4]), ones([1, 1])];
  for (const lowQuality of ['each-box', 'own-best'] as const) {
    expect(leakedBy(() => assign(overlaps, real, { ...RPN, lowQuality }))).toBe(0);
    expect(leakedBy(() => assignBoxes(boxes, boxes, real, { ...RPN, lowQuality }))).toBe(0);
  }
});

it('refuses shapes that do not fit, and thresholds in the wrong order', () => {
  expect(codeOf(() => assign(zeros([2, 3]), zeros([2]), RPN))).toBe('bad-shape');
  expect(codeOf(() => assign(zeros([2, 3, 4]), zeros([2, 4]), RPN))).toBe('bad-shape');
  expect(codeOf(() => assignBoxes(zeros([2, 3, 4]), zeros([5, 4]), zeros([2, 4]), RPN))).toBe('bad-shape');
  expect(codeOf(() => assignBoxes(zeros([2, 3, 4]), zeros([3, 5, 4]), zeros([2, 3]), RPN))).toBe('bad-shape');
  const turned = { positive: 0.3, negative: 0.7 };
  expect(codeOf(() => assign(zeros([2, 3, 4]), zeros([2, 3]), turned))).toBe('bad-value');
});
