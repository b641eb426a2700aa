import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { build, check, referenceCases, title } from './testing/reference.ts';

// The same comparison as on tfjs's own backend, here on TensorFlow's kernels.
describe.each(referenceCases.map((reference) => [title(reference), reference] as const))(
  '%s',
  (_, reference) => {
    it('equals PyTorch in inference and in training', () => {
      const before = memory().numTensors;
      const backbone = build(reference);
      check(backbone, reference, 1e-4);
      backbone.model.dispose();
      expect(memory().numTensors).toBe(before);
    });
  },
);
