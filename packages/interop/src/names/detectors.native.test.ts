import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { networkNames, networkSlots } from '../model/network.ts';
import { takeWeights } from '../model/toModel.ts';
import {
  detectionsOf,
  disposeAll,
  filled,
  projections,
  trainedStep,
} from '../testing/detectorRuns.test.support.ts';
import { detectorCases, detectorFile, type DetectorCase } from '../testing/detectors.test.support.ts';

/** What torchvision calls the terms of our objectives. */
const TERMS: Readonly<Record<DetectorCase['task'], Readonly<Record<string, string>>>> = {
  retinanet: { class: 'classification', box: 'bbox_regression' },
  'faster-rcnn': {
    objectness: 'loss_objectness',
    proposal: 'loss_rpn_box_reg',
    class: 'loss_classifier',
    box: 'loss_box_reg',
  },
};

const title = ({ task, size }: DetectorCase): string => `${task} of ${size.join('×')}`;

/** Within 0.1 pixel, and a score within 1e-4. */
const isSame = (a: readonly number[], b: readonly number[]): boolean =>
  a.every((v, i) => Math.abs(v - b[i]!) < [0.1, 0.1, 0.1, 0.1, 0.5, 1e-4][i]!);

describe.each(detectorCases.map((given) => [title(given), given] as const))('%s', (_, given) => {
  it('has torchvision’s losses and gradients', async () => {
    const network = filled(given);
    const before = memory().numTensors;
    const { losses, gradients } = await trainedStep(given, network);
    expect(memory().numTensors).toBe(before);
    for (const [ours, theirs] of Object.entries(TERMS[given.task]))
      expect(Math.abs(losses[ours]! / given.losses[theirs]! - 1), theirs).toBeLessThan(1e-4);
    for (const [name, expected] of Object.entries(given.gradients)) {
      const found = projections(gradients[name]!.data);
      const worst = Math.max(...expected.map((e, i) => Math.abs(e - found[i]!)));
      expect(worst / Math.max(expected[0]!, 1e-6), name).toBeLessThan(1e-4);
    }
    disposeAll(network);
  });

  it('finds the boxes that torchvision’s finds, and gives its weights back unchanged', async () => {
    const network = filled(given);
    const found = detectionsOf(given, network);
    for (const [i, expected] of given.detections.entries()) {
      expect(found[i]!.length).toBe(expected.length);
      for (const row of expected)
        expect(found[i]!.filter((own) => isSame(own, row)).length, String(row)).toBe(1);
    }
    const back = await takeWeights(networkSlots(network), networkNames(network, given.task, 'torchvision'));
    const file = detectorFile(given);
    for (const [name, { shape, data }] of Object.entries(back)) {
      if (name.endsWith('num_batches_tracked')) continue;
      expect(shape, name).toEqual(file[name]!.shape);
      // What belongs to the background's box is read by nothing.
      const from = name.includes('box_predictor.bbox_pred') ? data.length / 4 : 0;
      const [own, theirs] = [data, file[name]!.data].map((all) => Buffer.from(all.slice(from).buffer));
      expect(own!.equals(theirs!), name).toBe(true);
    }
    disposeAll(network);
  });
});
