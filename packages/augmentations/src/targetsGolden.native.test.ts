import { getBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { testTargets } from './targets.test.support.ts';

describe("moves maps and boxes as torchvision's v2 transforms do, on TensorFlow", () => {
  it('runs on TensorFlow', () => expect(getBackend()).toBe('tensorflow'));
  testTargets();
});
