import { variable, zeros } from '@tensorflow/tfjs-core';
import { describe, expect, it } from 'vitest';
import type { UnderstoryError } from '../errors.ts';
import { encodeSafetensors, joinBytes } from '../formats/safetensors.ts';
import { readCheckpoint, takeCheckpoint, type Progress } from './checkpoint.ts';
import { eagerRunner } from './eagerRunner.ts';

const progress: Progress = {
  step: 7,
  bestEpoch: 0,
  bestValue: 0.5,
  sums: { loss: 1 },
  seconds: 3,
  images: 12,
};
const take = async (): Promise<Uint8Array> => {
  const weights = { 'a/kernel': variable(zeros([3, 5])), 'a/bias': variable(zeros([5])) };
  const parts = await takeCheckpoint(eagerRunner(), weights, progress);
  Object.values(weights).forEach((v) => v.dispose());
  return joinBytes(parts);
};
const codeOf = (bytes: Uint8Array): string => {
  try {
    readCheckpoint(bytes, 'run/last.safetensors');
    return 'read';
  } catch (error) {
    expect((error as Error).message).toMatch(/^run\/last\.safetensors is /);
    return (error as UnderstoryError).code;
  }
};

describe('a checkpoint', () => {
  it('is read as it was taken, from a Buffer, a part of one and shared memory too', async () => {
    const bytes = await take();
    const shared = new Uint8Array(new SharedArrayBuffer(bytes.length));
    shared.set(bytes);
    const room = Buffer.concat([Buffer.from('odd'), bytes]);
    for (const one of [bytes, Buffer.from(bytes), room.subarray(3), shared])
      expect(readCheckpoint(one, 'x').progress).toEqual(progress);
  });

  it('is refused when any byte of it has changed, or any number of bytes is cut off', async () => {
    const bytes = await take();
    for (let at = 0; at < bytes.length; at++) {
      for (const bit of [1, 32, 128]) {
        const flipped = bytes.slice();
        flipped[at]! ^= bit;
        expect(codeOf(flipped), `byte ${at} ^ ${bit}`).toMatch(/damaged|checkpoint/);
      }
      expect(codeOf(bytes.subarray(0, at)), `cut at ${at}`).toBe('damaged');
    }
  });

  it('of an earlier version, without a checksum, is read', () => {
    const { images, ...old } = progress;
    expect(images).toBe(12);
    const metadata = { format: 'understory-1', progress: JSON.stringify(old) };
    expect(readCheckpoint(encodeSafetensors({}, metadata), 'x')).toEqual({ tensors: {}, progress: old });
  });

  it('says what is wrong with metadata that make no sense', () => {
    const read = (more: Record<string, string>): string => codeOf(encodeSafetensors({}, more));
    expect(read({})).toBe('checkpoint');
    for (const text of ['{', 'null', '7', '{}', '{"step":-1,"bestEpoch":0,"sums":{}}'])
      expect(read({ format: 'understory-1', progress: text })).toBe('damaged');
  });
});
