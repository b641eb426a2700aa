import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { build, check, referenceCases, title } from './testing/reference.ts';

// Narrow, short networks of every family against torchvision's, timm's and our own PyTorch ones.
describe.each(referenceCases.map((reference) => [title(reference), reference] as const))(
  '%s',
  (_, reference) => {
    it('equals PyTorch in inference and in training, batch-norm statistics too', () => {
      const before = memory().numTensors;
      const backbone = build(reference);
      const trainable = backbone.model.trainableWeights.reduce((sum, w) => sum + w.read().size, 0);
      expect(trainable).toBe(reference.parameters);
      check(backbone, reference, 1e-4);
      backbone.model.dispose();
      expect(memory().numTensors).toBe(before);
    });
  },
);
