import { getBackend } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import { testTransforms } from './transforms.test.support.ts';

describe('equals torchvision on 8-bit pictures, on TensorFlow', () => {
  it('runs on TensorFlow', () => expect(getBackend()).toBe('tensorflow'));
  testTransforms();
});
