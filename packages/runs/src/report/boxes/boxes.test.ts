import { BOX_KINDS } from '@understory/core';
import {
  cocoEvaluation,
  detectionErrors,
  type FoundBox,
  type ImageBoxes,
  type TrueBox,
} from '@understory/metrics';
import { expect, it } from 'vitest';
import { boxSamples } from '../../data/data.test.support.ts';
import { bestThreshold } from './bestThreshold.ts';
import { cutOut } from './cutOut.ts';
import { errorsOf } from './errors.ts';
import { worstFalseAlarms, worstMisses } from './mistakes.ts';
import { curvesOf, scoresByClass, scoresBySize } from './scores.ts';

type Box = TrueBox['box'];

const classes = ['cat', 'dog', 'owl'];
const truth = (box: Box, c = 0, kind: number = BOX_KINDS.ordinary): TrueBox => ({
  ...{ box, class: c, kind },
  area: (box[2] - box[0]) * (box[3] - box[1]),
});
const found = (box: Box, probability: number, c = 0): FoundBox => ({ box, probability, class: c });

const large: Box = [0, 0, 100, 100];
const small: Box = [150, 200, 170, 220];

/** A cat that is found, one that is taken for a dog, one that is missed, and faint boxes where nothing is. */
const images: readonly ImageBoxes[] = [
  {
    truth: [truth(large), truth(small)],
    found: [found(large, 0.9), found([1, 1, 100, 100], 0.6), found([150, 0, 160, 10], 0.05)],
  },
  {
    truth: [truth(large), truth([0, 200, 50, 250], 1, BOX_KINDS.difficult)],
    found: [found(large, 0.8, 1), found([0, 200, 50, 250], 0.7, 1)],
  },
];

it('finds the probability from which on boxes are best', () => {
  expect(bestThreshold(images, 3)).toBe(0.9);
  const both = [...images, { truth: [truth(small, 1)], found: [found(small, 0.3, 1)] }];
  expect(bestThreshold(both, 3)).toBe(0.3);
  expect(bestThreshold([{ truth: [truth(large)], found: [] }], 3)).toBe(0);
});

it('counts what goes wrong from that probability on', () => {
  const told = (least: number): Record<string, number> =>
    Object.fromEntries(
      errorsOf(detectionErrors(images, 3, { least })).errors.map(({ name, count }) => [name, count]),
    );
  expect(told(0.5)).toEqual({
    localisation: 0,
    confusion: 1,
    both: 0,
    duplicate: 1,
    background: 0,
    missed: 1,
  });
  expect(told(0)['background']).toBe(1);
  const { right, boxes } = errorsOf(detectionErrors(images, 3, { least: 0.5 }));
  expect([right, boxes]).toEqual([1, 3]);
});

it('tells scores by class and by size, none where no box is', () => {
  const evaluation = cocoEvaluation(images, 3);
  const [cat, dog] = scoresByClass(evaluation, classes);
  expect(cat).toMatchObject({ name: 'cat', boxes: 3 });
  expect(cat!.scores['AP50']).toBeCloseTo(34 / 101);
  expect(dog).toEqual({ name: 'dog', boxes: 0, scores: {} });
  const [ofSmall, ofMedium, ofLarge] = scoresBySize(evaluation, images);
  expect([ofSmall?.boxes, ofMedium?.boxes, ofLarge?.boxes]).toEqual([1, 0, 2]);
  expect(ofMedium?.scores).toEqual({});
  expect(ofLarge?.scores['AP50']).toBeCloseTo(51 / 101);
  expect(curvesOf(evaluation, classes).map(({ name, iou }) => `${name} ${iou}`)).toEqual([
    'cat 0.5',
    'cat 0.75',
  ]);
});

it('names the largest misses and the likeliest false alarms, with the box that was meant', () => {
  const given = { images, classes, errors: detectionErrors(images, 3, { least: 0.5 }) };
  expect(worstMisses(given)).toEqual([{ image: 0, fault: 'not found', truth: { box: small, name: 'cat' } }]);
  expect(
    worstFalseAlarms(given).map(({ image, fault, found: box, truth: true_ }) => [
      image,
      fault,
      box?.name,
      true_?.name,
    ]),
  ).toEqual([
    [1, 'the box fits, its class is another', 'dog', 'cat'],
    [0, 'found by a likelier box already', 'cat', 'cat'],
  ]);
});

it('cuts a mistake out of the image as the network saw it, never out of what fills it up', async () => {
  // The picture of 200 × 300 pixels is the left 20 × 30 of an image of 20 × 40.
  const samples = boxSamples([[], []]);
  const [cut] = await cutOut(samples, [
    { image: 1, fault: 'not found', truth: { box: [150, 260, 200, 300], name: 'cat' } },
  ]);
  expect(cut?.picture.shape).toEqual([15, 14, 3]);
  expect(cut?.truth).toEqual({ class: 'cat', box: [10, 10, 15, 14] });
  expect(cut?.image).toBe('pictures/1.jpg');
  const odd = {
    image: 0,
    fault: 'nothing',
    found: { box: [NaN, 0, 1, 1] as const, probability: 1, name: 'cat' },
  };
  expect(await cutOut(samples, [odd])).toEqual([]);
});
