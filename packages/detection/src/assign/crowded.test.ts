import { memory, tensor, tidy } from '@tensorflow/tfjs-core';
import { expect, it } from 'vitest';
import { IGNORED, NEGATIVE } from './assign.ts';
import { withoutCrowded } from './crowded.ts';

const ANCHORS = tensor([0, 0, 10, 10, 0, 6, 10, 16, 20, 20, 30, 30], [3, 4]);
/** A crowd over the first anchor and 40 % of the second; the second image has none. */
const CROWDS = tensor([0, 0, 10, 10, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], [2, 2, 4]);

it('asks no anchor for background of which a crowd covers more than half, and leaves those that show a box', () => {
  const assigned = tensor([NEGATIVE, NEGATIVE, NEGATIVE, 1, NEGATIVE, IGNORED], [2, 3], 'int32');
  expect([...withoutCrowded(assigned, ANCHORS, CROWDS).dataSync()]).toEqual([
    ...[IGNORED, NEGATIVE, NEGATIVE],
    ...[1, NEGATIVE, IGNORED],
  ]);
  const both = tensor([...ANCHORS.dataSync(), ...ANCHORS.dataSync()], [2, 3, 4]);
  const shown = tensor([0, NEGATIVE, NEGATIVE, NEGATIVE, NEGATIVE, NEGATIVE], [2, 3], 'int32');
  expect([...withoutCrowded(shown, both, CROWDS).dataSync()]).toEqual([
    0,
    ...Array<number>(5).fill(NEGATIVE),
  ]);
});

it('leaves no tensor behind', () => {
  const assigned = tensor([NEGATIVE, NEGATIVE, NEGATIVE, 1, NEGATIVE, IGNORED], [2, 3], 'int32');
  const before = memory().numTensors;
  tidy(() => void withoutCrowded(assigned, ANCHORS, CROWDS));
  expect(memory().numTensors).toBe(before);
  withoutCrowded(assigned, ANCHORS, CROWDS).dispose();
  expect(memory().numTensors).toBe(before);
});
