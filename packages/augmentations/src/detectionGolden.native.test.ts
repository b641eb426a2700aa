import { getBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { testDetection } from './detectionGolden.test.support.ts';

describe("equals torchvision's transforms for detection, on TensorFlow", () => {
  it('runs on TensorFlow', () => expect(getBackend()).toBe('tensorflow'));
  testDetection();
});
