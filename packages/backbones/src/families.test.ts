import { memory } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { build, check, quickCases, title } from './testing/reference.ts';

// Narrow, short networks against torchvision's, timm's and our own PyTorch ones; all of them in the native test.
describe.each(quickCases.map((reference) => [title(reference), reference] as const))('%s', (_, reference) => {
  it('equals PyTorch in inference and in training, batch-norm statistics too', () => {
    const before = memory().numTensors;
    const backbone = build(reference);
    const trainable = backbone.model.trainableWeights.reduce((sum, w) => sum + w.read().size, 0);
    expect(trainable).toBe(reference.parameters);
    check(backbone, reference, 1e-4);
    backbone.model.dispose();
    expect(memory().numTensors).toBe(before);
  });
});
