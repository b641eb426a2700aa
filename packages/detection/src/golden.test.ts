import { dispose, memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { expectGolden, goldens, tensorsOf, worstError } from './golden.test.support.ts';
import { brokenCases } from './brokenCases.test.support.ts';
import { goldenCases } from './goldenCases.test.support.ts';
import { gridAnchors } from './index.ts';

describe('against torchvision and mmdetection', () => {
  it.each([...goldenCases, ...brokenCases])('$name', (golden) => {
    const inputs = tensorsOf(golden);
    const results = golden.compute(inputs);
    expectGolden(golden, (name) => results[name]!.dataSync());
    dispose([inputs, results]);
  });

  it.each(goldens.anchors)(
    'anchors of $maps, scales $scales, round $round',
    ({ maps, image, anchors, ...options }) => {
      const before = memory().numTensors;
      const found = gridAnchors(maps, { ...options, ratios: [0.5, 1, 2] }, image);
      expect(worstError(found, anchors.data)).toBeLessThan(1e-6);
      expect(memory().numTensors).toBe(before);
    },
  );
});
